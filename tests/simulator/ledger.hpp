// What writers wrote, what they were told, and whether the cluster holds just that.
#pragma once

#include <string>
#include <vector>

#include "tests/simulator/cluster.hpp"

namespace pelorus::simulation {

/// `refused`: its writer was told that nothing was written. `unknown`: it was told nothing, or that it is not known.
enum class told : uint8_t { unknown, acknowledged, refused };

/// One transaction: rows_of_entry rows in each of these partitions. One that replaces reads all rows of these partitions and
/// writes them anew with its own behind them, as an update does.
struct entry {
  int32_t writer = 0;
  int64_t sequence = 0;
  std::vector<int> partitions;
  told answer = told::unknown;
  bool replaces = false;
};

inline constexpr int32_t rows_of_entry = 2;

class ledger {
public:
  size_t begin(entry x);
  void end(size_t number, told answer) { entries_[number].answer = answer; }
  const std::vector<entry>& entries() const { return entries_; }

  /// What is wrong, as sentences: rows lost, doubled, of refused or half transactions; replicas that differ; what is still
  /// undecided. All processes run.
  std::vector<std::string> check(cluster& over) const;

private:
  std::vector<entry> entries_;
};

/// Whether every transaction has come to its end and every replica is up to date.
bool is_settled(cluster& x);

/// Files below the volumes that no record names, and those that were set aside.
struct leftover_count {
  std::vector<std::string> unnamed;
  uint64_t quarantined = 0;
};
leftover_count leftover_files(cluster& x);

/// How much a run writes.
struct workload {
  int writers = 1;         ///< number w runs on the w-th of P, N1, N2, ..
  int entries = 2;         ///< of each
  int partitions = 2;      ///< an entry writes to the first two, or with `mixes` to some of all
  bool mixes = false, replaces = false;  ///< replaces: some of the entries do
  uint64_t frame_bytes = 1 << 20;
};

/// The rows of a version of a chunk, as any node has them.
expected<table_ptr> read_table(cluster& over, const chunk_info& chunk);

/// Writes one entry from this process; `then` is told how it ended, if the process lives until then.
void append_entry(cluster& where, cluster::process& x, const entry& what, uint64_t frame_bytes, std::function<void(told)> then);
void replace_entry(cluster& where, cluster::process& x, const entry& what, uint64_t frame_bytes, std::function<void(told)> then);
/// What writes its rows carry: entry by partition.
table_ptr rows_of(const entry& x, size_t partitions);
told told_by(const error& why);

/// Starts the writers of processes as they start, until each has written its entries.
class writers {
public:
  writers(cluster& where, ledger& book, workload load);
  bool done() const;
  /// One more transaction over all partitions, tried until it is acknowledged.
  void probe();
  bool probed() const { return probed_; }

private:
  void start(cluster::process& x);
  void write(cluster::process& x, int32_t writer);

  cluster& cluster_;
  ledger& book_;
  workload load_;
  std::vector<int> written_;
  std::vector<char> busy_;
  bool probed_ = false;
};

} // namespace pelorus::simulation
