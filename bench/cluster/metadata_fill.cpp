// A metadata store with many chunks, as a controller of a large cluster holds it.
//   metadata_fill DIRECTORY TABLES CHUNKS_A_TABLE NODES
// Tables dfs://many/t0.. of DATE x HASH partitions, two replicas a chunk on n0..; a transaction writes 1,000 chunks.
// Prints the number of chunks now and then, so that a kill in the middle can be told from one at the end.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include <fmt/format.h>

#include "storage/metadata_store.hpp"
#include "storage/partition.hpp"

namespace {
using namespace pelorus;

constexpr int buckets = 100;

void must(const expected<void>& x) {
  if (x) return;
  std::fprintf(stderr, "metadata_fill: %s\n", x.error().message.c_str());
  std::exit(1);
}
template <class T>
T must(expected<T> x) {
  if (!x) must(expected<void>{x.error()});
  return *std::move(x);
}

void commit(metadata_store& store, dfs_entry entry) {
  std::vector<dfs_entry> entries;
  entries.push_back(std::move(entry));
  for (auto& done : store.commit(std::move(entries), 1'700'000'000'000)) must(done);
}

database_info many(int dates) {
  database_info db;
  db.path = "dfs://many";
  auto days = column::make(type_id::date);
  for (int i = 0; i < dates; ++i) days->push(int32_t{19'000 + i});
  db.levels.resize(2);
  db.levels[0] = {partition_type::value, type_id::date, days, {}, 0};
  db.levels[1] = {partition_type::hash, type_id::int_, nullptr, {}, buckets};
  return db;
}
} // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: metadata_fill DIRECTORY TABLES CHUNKS_A_TABLE NODES\n"), 2;
  int tables = std::atoi(argv[2]), chunks = std::atoi(argv[3]), nodes = std::atoi(argv[4]);
  metadata_store::options options;
  options.directory = argv[1];
  auto store = must(metadata_store::open(options));
  auto db = many(chunks / buckets);
  commit(store, create_database{db});
  std::mt19937_64 ids{1};
  uint64_t tid = 0, made = 0;
  for (int t = 0; t < tables; ++t) {
    table_info table;
    table.database = db.path;
    table.name = fmt::format("t{}", t);
    table.columns.resize(2);
    table.columns[0].name = "date", table.columns[0].type = type_id::date;
    table.columns[1].name = "id", table.columns[1].type = type_id::int_;
    table.partition_columns = {0, 1};
    commit(store, create_table{table});
    auto id = store.state().find_table(db.path, table.name)->id;
    for (int begin = 0; begin < chunks; begin += 1000) {
      commit_transaction entry;
      entry.tid = ++tid;
      for (int c = begin; c < std::min(begin + 1000, chunks); ++c) {
        chunk_info chunk;
        chunk.id = {ids(), ids()};
        ++made;
        chunk.table_id = id;
        chunk.partition = partition_segment(db.levels[0], static_cast<size_t>(c / buckets)) + "/" +
                          partition_segment(db.levels[1], static_cast<size_t>(c % buckets));
        chunk.version = 1;
        chunk.rows = 1000;
        chunk.state = chunk_state::complete;
        for (int r = 0; r < 2; ++r) chunk.replicas.push_back({fmt::format("n{}", (c + r) % nodes), 1, false});
        entry.chunks.push_back(std::move(chunk));
      }
      commit(store, std::move(entry));
      if (store.unflushed() > 4096) must(store.flush());
      must(store.checkpoint());
    }
    std::printf("%llu\n", static_cast<unsigned long long>(made));
    std::fflush(stdout);
  }
  must(store.flush());
}
