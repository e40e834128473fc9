// Bits that flip on disk: in segments, in the catalog of a data node, in log, checkpoint and LMDB of the controller. What
// is read afterwards is right, or an error that names the file; never other rows, never a crash. Every flip is told of, but
// for those in pages of LMDB that nobody reads when the process before did not end well.
// PELORUS_FLIPS=N sets how many flips each kind of file gets (tests/soak.sh --part flips), PELORUS_SEED where they fall.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "flips.hpp"
#include "scratch.hpp"
#include "storage/chunk_files.hpp"
#include "storage/column_cache.hpp"
#include "storage/file.hpp"
#include "storage/lmdb_file.hpp"
#include "storage/lmdb_sum.hpp"
#include "storage/metadata_store.hpp"

using namespace pelorus;
using namespace pelorus::flips;

namespace {

/// The cache would answer in place of the file.
struct without_cache {
  uint64_t before = column_cache::shared().limit();
  without_cache() { column_cache::shared().set_limit(0); }
  ~without_cache() { column_cache::shared().set_limit(before); }
};

// -- rows of every type ---------------------------------------------------------------------------------------

schema every_type() {
  schema columns;
  for (int t = 1; t <= 39; ++t) {
    auto type = static_cast<type_id>(t);
    auto p = physical_of(type);
    if (p == physical::any || type == type_id::void_ || type == type_id::compress || t == 29 || t == 33) continue;
    columns.push_back({fmt::format("c{}", t), type, is_decimal(type) ? 2 : 0, "", ""});
  }
  return columns;
}

table_ptr rows_of_every_type(size_t rows, dice& d) {
  auto t = std::make_shared<table>(every_type());
  for (size_t c = 0; c < t->width(); ++c) {
    auto& col = t->own(c);
    for (size_t i = 0; i < rows; ++i) {
      auto x = d.below(8) == 0 ? d.below(UINT64_MAX) : i * (c + 1);
      switch (col.physical()) {
        case physical::i8: col.push(static_cast<int8_t>(x % 2)); break;
        case physical::i16: col.push(static_cast<int16_t>(x % 3000)); break;
        case physical::i32: col.push(static_cast<int32_t>(x % 1'000'000)); break;
        case physical::i64: col.push(static_cast<int64_t>(x % (uint64_t{1} << 40))); break;
        case physical::f32: col.push(static_cast<float>(x % 5000) / 7); break;
        case physical::f64: col.push(static_cast<double>(x % 100'000) / (c % 2 ? 100 : 7)); break;
        case physical::b16: col.push(static_cast<int128>(x) << 20); break;
        default: col.push_text(x % 5 == 0 ? "" : fmt::format("text {}", x % 300));
      }
    }
  }
  return t;
}

bool same(const column& a, const column& b) {
  if (a.type() != b.type() || a.size() != b.size()) return false;
  bool text = a.physical() == physical::str || a.physical() == physical::code;
  if (!text) return std::memcmp(a.raw(0), b.raw(0), a.size() * width_of(a.physical())) == 0;
  for (size_t i = 0; i < a.size(); ++i)
    if (a.text(i) != b.text(i)) return false;
  return true;
}

/// Reads all rows of a chunk and compares them. Errors: those of reading; FAILs when rows are others than they were.
expected<void> compare(const chunk_files& files, const chunk_id& id, uint32_t version, const table& wanted) {
  PELORUS_ASSIGN(auto reader, files.open_version(id, version, wanted.schema()));
  std::vector<column_ptr> read;
  for (size_t c = 0; c < wanted.width(); ++c) {
    PELORUS_ASSIGN(auto col, reader->read(c));
    read.push_back(std::move(col));
  }
  for (size_t c = 0; c < wanted.width(); ++c)
    if (!same(*read[c], *wanted.col(c))) FAIL("column ", wanted.schema()[c].name, " has other rows than were written");
  return {};
}

/// The rows from `from` on in the order of an INT column, as a level file has them.
table_ptr sorted_from(const table& rows, size_t from, const std::string& key) {
  std::vector<uint32_t> order(rows.rows());
  std::iota(order.begin(), order.end(), 0);
  auto* numbers = rows.col(static_cast<size_t>(rows.find(key)))->data<int32_t>();
  std::stable_sort(order.begin() + static_cast<ptrdiff_t>(from), order.end(), [&](auto a, auto b) { return numbers[a] < numbers[b]; });
  return rows.gather(order);
}

constexpr chunk_id first_chunk{0x1111, 0x2222};
constexpr auto sort_column = "c4";

/// A data node's files: one chunk of two segments with rows, the second one sorted, and many more records in its catalog.
struct data_node {
  scratch dir;
  table_ptr rows;
  std::vector<std::string> segments;

  explicit data_node(dice& d) : rows(sorted_from(*rows_of_every_type(3000, d), 2000, sort_column)) {
    auto files = open(dir / "meta");
    REQUIRE(files);
    held_record held;
    held.id = first_chunk;
    held.database = "dfs://flips";
    held.table = "t";
    held.directory = "flips/p/chunk";
    auto directory = (*files)->path_of(first_chunk, held.directory);
    chunk_version version{2, 7, 7, {}};
    for (size_t half : {size_t{0}, size_t{1}}) {
      auto name = fmt::format("{:016x}.seg", half + 6);
      auto part = rows->slice(half * 2000, half == 0 ? 2000 : 1000);
      segment_options options;
      if (half == 1) options.sorted_by = {sort_column};
      auto ref = write_segment(directory, name, *part, options);
      REQUIRE(ref);
      version.segments.push_back(*ref);
      segments.push_back(directory + "/" + name);
    }
    held.versions.push_back(version);
    REQUIRE((*files)->catalog->install(held));
    for (uint64_t i = 1; i <= 150; ++i) {
      held.id = {i, i};
      held.directory = fmt::format("flips/p{}/{}", i, std::string(i % 7 * 100, 'x'));
      REQUIRE((*files)->catalog->install(held));
    }
    for (uint64_t i = 1; i <= 30; ++i) REQUIRE((*files)->catalog->drop({i, i}));
  }

  expected<std::shared_ptr<chunk_files>> open(const std::string& metadata) const {
    return chunk_files::open({dir / "volume"}, metadata, false);
  }
};

} // namespace

TEST_CASE("every bit that flips in a segment is told of, by the name of the file") {
  without_cache reading_files;
  dice d;
  data_node node{d};
  auto files = node.open(node.dir / "meta");
  REQUIRE(files);
  REQUIRE(compare(**files, first_chunk, 2, *node.rows));
  tally seen;
  for (auto flips = from_environment("PELORUS_FLIPS", 1000); flips != 0; --flips) {
    auto& path = node.segments[d.below(node.segments.size())];
    // Half of the flips hit the footer, which is the index of the file.
    auto bits = bits_of(path), footer = std::min<uint64_t>(bits / 2, 16'000 * 8);
    auto bit = d.below(2) == 0 ? d.below(bits) : bits - 1 - d.below(footer);
    CAPTURE(path);
    CAPTURE(bit);
    flip one{path, bit};
    auto done = compare(**files, first_chunk, 2, *node.rows);
    REQUIRE_FALSE(done);
    REQUIRE((done.error().code == ec::corrupt || done.error().code == ec::not_found));
    REQUIRE(done.error().message.find(path) != std::string::npos);
    ++seen.told;
  }
  seen.report("segments", d.seed());
  CHECK(compare(**files, first_chunk, 2, *node.rows));
}

namespace {

/// Flips in one of the files of a catalog; what `after_clean_end` says is whether the node ended well before.
void flip_in_catalog(bool after_clean_end) {
  without_cache reading_files;
  dice d;
  data_node node{d};
  std::map<chunk_id, std::string> before;
  for (auto& held : (*node.open(node.dir / "meta"))->catalog->all()) before[held->id] = encode_held(*held);
  auto original = node.dir / "meta/CHUNK_METADATA", copy = node.dir / "copy";
  if (after_clean_end) REQUIRE(sum_lmdb(original));
  tally seen;
  uint64_t lost = 0, most_lost = 0;
  for (auto flips = from_environment("PELORUS_FLIPS", 200); flips != 0; --flips) {
    copy_to(node.dir / "meta", copy);
    auto path = copy + (after_clean_end && d.below(20) == 0 ? "/CHUNK_METADATA/data.mdb.sum" : "/CHUNK_METADATA/data.mdb");
    auto bit = d.below(bits_of(path));
    CAPTURE(path);
    CAPTURE(bit);
    flip::turn(path, bit);
    auto files = node.open(copy);
    REQUIRE(files);  // a data node comes up with what is whole
    auto& catalog = *(*files)->catalog;
    uint64_t kept = 0;
    for (auto& held : catalog.all()) {
      // An older head leads to an older state, of a version that nobody asks for; anything else is as it was.
      auto known = before.find(held->id);
      bool older = known == before.end();
      if (older) REQUIRE_FALSE(catalog.damage().empty());
      else REQUIRE(encode_held(*held) == known->second);
      kept += !older;
    }
    lost += before.size() - kept;
    most_lost = std::max<uint64_t>(most_lost, before.size() - kept);
    if (kept != before.size() || after_clean_end) REQUIRE_FALSE(catalog.damage().empty());
    if (catalog.find(first_chunk)) REQUIRE(compare(**files, first_chunk, 2, *node.rows));
    ++(catalog.damage().empty() ? seen.harmless : seen.told);
    // What is written from here on finds its place; a damaged record stays until its chunk is installed again.
    REQUIRE(catalog.drop({150, 150}));
    auto damaged = catalog.damage().size();
    if (after_clean_end) REQUIRE((*files)->close());
    files = error{ec::internal, "closed"};
    auto again = node.open(copy);
    REQUIRE(again);
    REQUIRE((*again)->catalog->damage().size() <= damaged);
    if (after_clean_end) REQUIRE((*again)->catalog->damage().empty());
    REQUIRE_FALSE((*again)->catalog->find({150, 150}));
  }
  seen.report(after_clean_end ? "catalog after a clean end" : "catalog after a crash", d.seed());
  MESSAGE("records lost: " << lost << ", at most " << most_lost << " of " << before.size() << " at once");
}

} // namespace

TEST_CASE("bits that flip in a catalog cost the records that they hit, and are told of") { flip_in_catalog(true); }
TEST_CASE("bits that flip in a catalog after a crash cost the records that they hit, and are told of then") { flip_in_catalog(false); }

namespace {

std::map<std::string, std::string> records_of(const metadata_store& store) {
  std::map<std::string, std::string> all;
  REQUIRE(store.state().for_each_record([&](auto& key, auto& record) -> expected<void> {
    all[key] = record;
    return {};
  }));
  return all;
}

dfs_entry commit_of(tid_t tid, uint64_t table_id, uint64_t chunk, uint32_t version) {
  chunk_info info;
  info.id = {9, chunk};
  info.table_id = table_id;
  info.partition = fmt::format("p{}", chunk);
  info.version = version;
  info.rows = 10 * version;
  info.replicas = {{"N1", version, false}, {"N2", version, false}};
  return commit_transaction{tid, 0, 0, {info}, ""};
}

/// Databases, a table and commits to its chunks; the first half folded into the checkpoint.
void fill(metadata_store& store) {
  database_info db;
  db.path = "dfs://a";
  partition_level level;
  level.key_type = type_id::date;
  level.values = column::of<int32_t>(type_id::date, std::vector<int32_t>{1, 2, 3});
  db.levels.push_back(level);
  table_info t;
  t.database = db.path;
  t.name = "t";
  t.columns = {{"at", type_id::datetime, 0, "", ""}, {"x", type_id::double_, 0, "", ""}};
  t.partition_columns = {0};
  REQUIRE(store.commit({create_database{db}, create_table{t}}, 1)[1]);
  auto id = store.state().find_table("dfs://a", "t")->id;
  for (uint32_t i = 1; i <= 200; ++i) {
    REQUIRE(store.commit({commit_of(i, id, i % 40 + 1, (i + 39) / 40)}, i)[0]);
    if (i == 100) REQUIRE(store.checkpoint(true));
  }
  REQUIRE(store.flush());
}

void flip_in_metadata(bool after_clean_end, const std::vector<std::string>& names) {
  dice d;
  scratch dir;
  auto original = dir / "meta", copy = dir / "copy";
  std::map<std::string, std::string> before;
  {
    auto store = metadata_store::open({original, false});
    REQUIRE(store);
    fill(*store);
    before = records_of(*store);
    if (after_clean_end) REQUIRE(store->close());
  }
  for (auto& name : names) {
    tally seen;
    uint64_t refused = 0;
    for (auto flips = from_environment("PELORUS_FLIPS", 120); flips != 0; --flips) {
      copy_to(original, copy);
      auto path = copy + "/" + name;
      // The log is allocated ahead: half of the flips hit its entries, the others mostly the zeros behind them.
      auto bits = bits_of(path);
      auto bit = d.below(d.below(2) == 0 ? std::min<uint64_t>(bits, 60'000 * 8) : bits);
      CAPTURE(path);
      CAPTURE(bit);
      flip::turn(path, bit);
      bool told = false;
      auto store = metadata_store::open({copy, false, 64 << 20, [&](const std::string&) { told = true; }});
      if (!store) {
        REQUIRE(store.error().code == ec::corrupt);
        REQUIRE(store.error().message.find(copy) != std::string::npos);
        ++refused;
      } else {
        REQUIRE(records_of(*store) == before);
      }
      if (after_clean_end) REQUIRE((told || !store));
      ++(told || !store ? seen.told : seen.harmless);
    }
    seen.report((name + (after_clean_end ? " after a clean end" : " after a crash")).c_str(), d.seed());
    MESSAGE("of these the controller refused to start: " << refused);
  }
}

} // namespace

TEST_CASE("bits that flip in files of the controller are told of, and cost nothing or it does not start") {
  flip_in_metadata(true, {"DFSMetaLog.0", "DFSMasterMetaCheckpoint.0", "lmdb/data.mdb", "lmdb/data.mdb.sum"});
}
TEST_CASE("bits that flip in LMDB of the controller after a crash cost nothing") { flip_in_metadata(false, {"lmdb/data.mdb"}); }

TEST_CASE("a sound LMDB file is sound, whatever was done to it") {
  scratch dir;
  dice d;
  auto store = lmdb_store::open(dir.path, false);
  REQUIRE(store);
  std::set<std::string> keys;
  for (int round = 0; round < 60; ++round) {
    REQUIRE(store->write([&](lmdb_store::writer& out) -> expected<void> {
      for (int i = 0; i < 50; ++i) {
        auto key = fmt::format("key/{:04}", d.below(3000));
        if (d.below(3) == 0) {
          PELORUS_TRY(out.erase(key));
          keys.erase(key);
        } else {
          PELORUS_TRY(out.put(key, std::string(d.below(20) == 0 ? d.below(20'000) : d.below(200), 'v')));
          keys.insert(key);
        }
      }
      return {};
    }));
    auto survey = survey_lmdb(dir.path);
    REQUIRE(survey);
    if (!survey->damage.empty()) FAIL(survey->damage.front());
    REQUIRE(survey->records == keys.size() + 1);  // and the seal
  }
}
