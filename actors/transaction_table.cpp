#include "actors/transaction_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pelorus {

namespace {
/// The newest replicas on live nodes; writes go to these, older ones wait for recovery. Damaged ones only when there is
/// nothing better: what is added to them is whole.
std::vector<replica_info> writable_replicas(const chunk_info& chunk,
                                            const std::vector<placement_candidate>& live) {
  std::vector<replica_info> whole, damaged;
  for (auto& replica : chunk.replicas) {
    bool alive = std::any_of(live.begin(), live.end(), [&](auto& n) { return n.alias == replica.node; });
    if (alive && replica.version == chunk.version) (replica.corrupted ? damaged : whole).push_back(replica);
  }
  return whole.empty() ? damaged : whole;
}
} // namespace

expected<chunk_info> transaction_table::plan_chunk(const request& req, size_t i,
                                                   std::vector<placement_candidate>& live,
                                                   std::pair<uint64_t, uint64_t> id_seed) const {
  if (auto& known = req.found[i]) {
    auto chunk = *known;
    if (req.force) return chunk;
    chunk.replicas = writable_replicas(*known, live);
    if (chunk.replicas.empty())
      return error{ec::unavailable, fmt::format("<DataNodeNotAvail> no replica of partition {} of table {} is available",
                                                req.partitions[i], req.table.name)};
    return chunk;
  }
  chunk_info chunk;
  chunk.id = {id_seed.first, id_seed.second + i};
  chunk.table_id = req.table.id;
  chunk.partition = req.partitions[i];
  PELORUS_ASSIGN(auto nodes, place_replicas(live, options_.replicas, options_.reliability, id_seed.first + i));
  for (auto& node : nodes) chunk.replicas.push_back({node, 0, false});
  return chunk;
}

/// A conflict names the first partition that is locked; with `partial` only when all are.
expected<void> transaction_table::leave_out_locked(request& req) const {
  std::vector<std::string> partitions;
  std::vector<std::optional<chunk_info>> found;
  std::optional<error> conflict;
  for (size_t i = 0; i < req.partitions.size(); ++i) {
    auto held = locks_.find({req.table.id, req.partitions[i]});
    if (held == locks_.end()) {
      partitions.push_back(req.partitions[i]);
      found.push_back(std::move(req.found[i]));
    } else if (!conflict) {
      conflict = error{ec::conflict, fmt::format("<ChunkInTransaction> partition {} of table {} is being written by transaction {}",
                                                 req.partitions[i], req.table.name, held->second)};
    }
  }
  if (conflict && (!req.partial || partitions.empty())) return *std::move(conflict);
  req.partitions = std::move(partitions);
  req.found = std::move(found);
  return {};
}

expected<const transaction_table::transaction*>
transaction_table::begin(request&& req, std::vector<placement_candidate> live,
                         std::pair<uint64_t, uint64_t> id_seed, time_point now) {
  PELORUS_TRY(leave_out_locked(req));
  transaction txn;
  for (size_t i = 0; i < req.partitions.size(); ++i) {
    PELORUS_ASSIGN(auto chunk, plan_chunk(req, i, live, id_seed));
    txn.chunks.push_back(std::move(chunk));
  }
  txn.tid = req.tid;
  txn.coordinator = std::move(req.coordinator);
  txn.incarnation = req.incarnation;
  txn.table = std::move(req.table);
  txn.new_values = std::move(req.new_values);
  txn.type = std::move(req.type);
  txn.deadline = now + options_.deadline;
  for (auto& chunk : txn.chunks) locks_[{txn.table.id, chunk.partition}] = txn.tid;
  auto tid = txn.tid;
  return &open_.insert_or_assign(tid, std::move(txn)).first->second;
}

namespace {
/// The chunk after `change`; false when it stays as it is.
bool change_chunk(chunk_info& chunk, chunk_change change, tid_t tid, uint64_t rows) {
  if (change == chunk_change::none) return false;
  ++chunk.version;
  chunk.tid = tid;
  chunk.rows = change == chunk_change::replace ? rows : chunk.rows + rows;
  chunk.state = chunk_state::complete;
  for (auto& replica : chunk.replicas) replica.version = chunk.version;
  return true;
}
} // namespace

expected<const transaction_table::transaction*> transaction_table::prepare_commit(const commit_write& order) {
  auto found = open_.find(order.tid);
  if (found == open_.end()) {
    auto ended = ended_.find(order.tid);
    if (ended != ended_.end() && !ended->second) return error{ec::aborted, fmt::format("transaction {} was rolled back", order.tid)};
    return error{ec::unavailable, fmt::format("transaction {} is not open, and how it ended is not known here", order.tid)};
  }
  if (found->second.incarnation != order.incarnation)
    return error{ec::stale, fmt::format("transaction {} was begun by another start of node {}", order.tid, found->second.coordinator)};
  if (found->second.deciding)
    return error{ec::unavailable, fmt::format("transaction {} is being decided by an earlier commit", order.tid)};
  auto& txn = found->second;
  if (order.rows.size() != txn.chunks.size() || (!order.changes.empty() && order.changes.size() != txn.chunks.size()))
    return error{ec::bad_argument, fmt::format("transaction {} has {} chunks, the commit names {}", order.tid,
                                               txn.chunks.size(), order.rows.size())};
  for (size_t i = 0; i < order.rows.size(); ++i) {
    auto& chunk = txn.chunks[i];
    auto change = order.changes.empty() ? chunk_change::append : static_cast<chunk_change>(order.changes[i]);
    if (change == chunk_change::drop) {
      if (chunk.version != 0) txn.dropped.push_back(chunk.id);
    } else if (change_chunk(chunk, change, order.tid, order.rows[i])) {
      txn.written.push_back(chunk);
    }
  }
  txn.deciding = true;
  return &txn;
}

std::optional<transaction_table::transaction> transaction_table::finish(tid_t tid, std::optional<cid_t> committed) {
  auto found = open_.find(tid);
  if (found == open_.end()) return std::nullopt;
  auto txn = std::move(found->second);
  open_.erase(found);
  for (auto& chunk : txn.chunks) {
    auto held = locks_.find({txn.table.id, chunk.partition});
    if (held != locks_.end() && held->second == tid) locks_.erase(held);
  }
  ended_.emplace(tid, committed);
  ended_order_.push_back(tid);
  if (ended_order_.size() > outcomes_kept) {
    ended_.erase(ended_order_.front());
    ended_order_.pop_front();
  }
  return txn;
}

std::optional<cid_t> transaction_table::committed(tid_t tid) const {
  auto found = ended_.find(tid);
  return found == ended_.end() ? std::nullopt : found->second;
}

std::vector<tid_t> transaction_table::abandoned(
    time_point now, const std::map<std::string, uint64_t>& live_incarnations) const {
  std::vector<tid_t> result;
  for (auto& [tid, txn] : open_) {
    if (txn.deciding) continue;
    auto live = live_incarnations.find(txn.coordinator);
    bool orphaned = !txn.coordinator.empty() && (live == live_incarnations.end() || live->second != txn.incarnation);
    if (orphaned || now >= txn.deadline) result.push_back(tid);
  }
  return result;
}

const transaction_table::transaction* transaction_table::find(tid_t tid) const {
  auto found = open_.find(tid);
  return found == open_.end() ? nullptr : &found->second;
}

} // namespace pelorus
