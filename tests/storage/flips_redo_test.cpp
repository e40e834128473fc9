// Bits that flip in the redo log of a data node. It comes up with all that it had, or says what it lost: by the file that it
// set aside, by the report of a torn end, by the damage in its catalog. Never other rows, never a crash.
#include <map>
#include <set>

#include "flips.hpp"
#include "scratch.hpp"
#include "storage/cache_engine.hpp"
#include "storage/chunk_files.hpp"
#include "storage/column_cache.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/segment.hpp"

using namespace pelorus;
using namespace pelorus::flips;

namespace {

const schema columns{{"x", type_id::long_, 0, "", ""}, {"s", type_id::string, 0, "", ""}};
constexpr uint64_t chunks = 6;

table_ptr rows_of(tid_t tid) {
  auto rows = std::make_shared<table>(columns);
  for (uint64_t i = 0; i < tid % 7 + 1; ++i) {
    rows->own(0).push(static_cast<int64_t>(tid * 1000 + i));
    rows->own(1).push_text(fmt::format("row {} of {}", i, tid));
  }
  return rows;
}

/// A data node's files with a redo log of many parts: rows in memory and in files, decided and not, half of it known to LMDB.
struct logged_node {
  std::string path;
  std::shared_ptr<chunk_files> files;
  expected<void> opened;
  std::string report;

  explicit logged_node(const std::string& where) : path(where) {
    auto made = chunk_files::open({path + "/volume"}, path + "/metadata", false);
    REQUIRE(made);
    files = *made;
    cache_engine::options how{.log = {.directory = path + "/redo", .file_bytes = 8192, .allocation_step = 4096}, .sync = false};
    how.olap_bytes = how.tsdb_bytes = 1 << 24;
    how.log.report = [this](const std::string& text) { report += text + "\n"; };
    opened = files->open_cache(std::move(how), 0);
  }

  void stage(tid_t tid, const chunk_id& id, uint32_t base, bool in_memory) {
    cache_engine::staging one;
    one.rows.tid = tid;
    one.rows.base_version = base;
    one.rows.chunk.id = id;
    one.rows.chunk.table_id = 5;
    one.rows.chunk.database = "dfs://flips";
    one.rows.chunk.table = "t";
    one.rows.chunk.directory = "flips/" + to_string(id);
    table_info info;
    info.id = 5;
    info.database = "dfs://flips";
    info.name = "t";
    info.columns = columns;
    one.table = encode_table(info);
    auto rows = rows_of(tid);
    if (in_memory) {
      auto image = encode_segment(*rows, {}, {});
      REQUIRE(image);
      one.image = std::make_shared<const std::string>(*std::move(image));
      one.rows.segments = {{fmt::format("{:016x}{}", tid, cached_suffix), rows->rows(), one.image->size()}};
    } else {
      auto segment = write_segment(files->path_of(id, one.rows.chunk.directory), fmt::format("{:016x}.seg", tid), *rows, {});
      REQUIRE(segment);
      one.rows.segments = {*segment};
    }
    REQUIRE(files->cache->stage({std::move(one)}, 1).front());
  }

  /// Answers what each version of each chunk holds, as the tids whose rows it has.
  std::map<chunk_id, std::vector<tid_t>> fill() {
    std::map<chunk_id, std::vector<tid_t>> committed;
    for (tid_t tid = 1; tid <= 150; ++tid) {
      chunk_id id{1, tid % chunks};
      auto& tids = committed[id];
      stage(tid, id, static_cast<uint32_t>(tids.size()), tid % 5 != 0);
      if (tid > 144) continue;  // not decided
      if (tid % 11 == 0) {
        REQUIRE(files->cache->rollback(tid));
        continue;
      }
      REQUIRE(files->cache->commit(tid, tid + 1000));
      tids.push_back(tid);
      if (tid == 70) REQUIRE(files->cache->purge());
    }
    return committed;
  }
};

/// The rows of a version are those of its transactions, in order.
void compare(const chunk_files& files, const chunk_id& id, uint32_t version, const std::vector<tid_t>& tids) {
  auto reader = files.open_version(id, version, columns);
  if (!reader) FAIL(reader.error().message);
  auto numbers = (*reader)->read(0), texts = (*reader)->read(1);
  REQUIRE(numbers);
  REQUIRE(texts);
  size_t at = 0;
  for (uint32_t v = 0; v < version; ++v) {
    auto wanted = rows_of(tids[v]);
    for (size_t i = 0; i < wanted->rows(); ++i, ++at) {
      REQUIRE(at < (*numbers)->size());
      REQUIRE((*numbers)->data<int64_t>()[at] == wanted->col(0)->data<int64_t>()[i]);
      REQUIRE((*texts)->text(at) == wanted->col(1)->text(i));
    }
  }
  REQUIRE(at == (*numbers)->size());
}

/// Whether the node has all that was committed and staged; what it has is right in any case.
bool has_all(const logged_node& node, const std::map<chunk_id, std::vector<tid_t>>& committed, const std::set<tid_t>& staged) {
  bool all = true;
  for (auto& [id, tids] : committed) {
    auto held = node.files->catalog->find(id);
    auto* newest = held ? held->newest() : nullptr;
    all &= newest && newest->version == tids.size();
    if (!newest) continue;
    REQUIRE(newest->version <= tids.size());
    compare(*node.files, id, newest->version, tids);
  }
  std::set<tid_t> here;
  for (auto& record : node.files->catalog->staged()) here.insert(record.tid);
  return all && here == staged;
}

/// Whether the file is kept as it was found, with all its damage.
bool is_kept_aside(const std::string& redo, const std::string& name, const std::string& damaged) {
  for (auto& entry : fs::directory_iterator{redo})
    if (auto kept = entry.path() / name; entry.is_directory() && fs::exists(kept)) return *read_file(kept.string()) == damaged;
  return false;
}

} // namespace

TEST_CASE("bits that flip in a redo log are told of, and cost no row that is still said to be there") {
  column_cache::shared().set_limit(0);
  dice d;
  scratch dir;
  auto original = dir / "node", copy = dir / "copy";
  std::map<chunk_id, std::vector<tid_t>> committed;
  {
    logged_node node{original};
    REQUIRE(node.opened);
    committed = node.fill();
  }
  std::set<tid_t> staged;
  for (tid_t tid = 145; tid <= 150; ++tid) staged.insert(tid);
  {
    copy_to(original, copy);
    logged_node node{copy};
    REQUIRE(node.opened);
    REQUIRE(has_all(node, committed, staged));
    REQUIRE(node.report.find("torn") == std::string::npos);
  }
  std::vector<std::string> parts;
  for (auto& entry : fs::directory_iterator{original + "/redo"}) parts.push_back(entry.path().filename().string());
  std::sort(parts.begin(), parts.end());
  REQUIRE(parts.size() > 3);
  tally seen;
  uint64_t cut = 0, incomplete = 0;
  for (auto flips = from_environment("PELORUS_FLIPS", 300); flips != 0; --flips) {
    for (auto* each : {"metadata", "redo"}) copy_to(original + "/" + each, copy + "/" + each);
    auto path = copy + "/redo/" + parts[d.below(parts.size())];
    auto bit = d.below(bits_of(path));
    CAPTURE(path);
    CAPTURE(bit);
    flip::turn(path, bit);
    auto damaged = *read_file(path);
    std::map<chunk_id, uint32_t> versions;
    {
      logged_node node{copy};
      REQUIRE(node.opened);
      auto& left = node.files->left.failures;
      bool told = node.report.find("torn end") != std::string::npos || !node.files->catalog->damage().empty() || !left.empty();
      REQUIRE(told);
      ++seen.told;
      incomplete += !has_all(node, committed, staged);
      if (!left.empty()) {
        ++cut;
        REQUIRE(left.front().find(path) != std::string::npos);
        REQUIRE(is_kept_aside(copy + "/redo", fs::path{path}.filename().string(), damaged));
      }
      // It goes on: what is written now is there after the next start.
      for (auto& held : node.files->catalog->all()) versions[held->id] = held->newest()->version;
      node.stage(900, {7, 7}, 0, true);
      REQUIRE(node.files->cache->commit(900, 1900));
    }
    logged_node node{copy};
    REQUIRE(node.opened);
    REQUIRE(node.files->left.failures.empty());
    compare(*node.files, {7, 7}, 1, {900});
    for (auto& [id, version] : versions) {
      REQUIRE(node.files->catalog->find(id));
      REQUIRE(node.files->catalog->find(id)->newest()->version == version);
      compare(*node.files, id, version, committed.at(id));
    }
  }
  seen.report("redo log", d.seed());
  MESSAGE("of these the damaged file was set aside: " << cut << ", rows were missing: " << incomplete);
}
