#include "actors/recovery_runs.hpp"

#include <algorithm>

#include <caf/sec.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
// A node that copies says every few seconds that it does: silence means that the order or its answer was lost.
constexpr auto order_deadline = 20s;
constexpr uint32_t most_silences = 3;          // in a row, until the task is given up; the next look makes a new one
constexpr uint32_t rounds_beside_writers = 5;  // copies made while writes go on; then writers wait
constexpr auto lock_retry = 20ms;
constexpr int lock_attempts = 500;

expected<chunk_info> chunk_of(const bytes& encoded) {
  if (encoded.empty()) return error{ec::not_found, "the chunk was dropped"};
  return decode_chunk(encoded);
}

const replica_info* target_of(const recovery_task& task) {
  for (auto& r : task.chunk.replicas)
    if (r.node == task.view.target) return &r;
  return nullptr;
}

/// Rounds made: a report may know of a stale replica that the metadata believes to be whole.
bool is_current(const recovery_task& task) {
  auto* target = target_of(task);
  return task.rounds != 0 && target && target->version == task.chunk.version && !target->corrupted;
}

/// A source that a report has not found behind what the metadata says, if there is one.
std::string pick_best_source(const recovery_task& task, const recovery_state& state) {
  auto sound = state.live;
  std::erase_if(sound, [&](auto& node) { return state.reports->behind.contains({task.chunk.id, node}); });
  auto found = pick_source(task.chunk, task.view.target, sound, task.wanted);
  return found.empty() ? pick_source(task.chunk, task.view.target, state.live, task.wanted) : found;
}

} // namespace

// -- what tasks need of other actors ---------------------------------------------------------------------------

void recovery_links::with_chunk(const chunk_id& id, std::function<void(chunk_info)> then, const recovery_failure& failed) {
  self_->request(config_.metadata, recovery_inner_deadline, get_chunk{id.high, id.low})
      .then(
          [then, failed](const bytes& encoded) {
            auto chunk = chunk_of(encoded);
            if (chunk) then(*std::move(chunk));
            else failed(chunk.error().message);
          },
          reason(failed, "metadata"));
}

void recovery_links::change(set_replicas entry, std::function<void()> then, const recovery_failure& failed) {
  self_->request(config_.metadata, recovery_inner_deadline, mutate{encode_entry(entry)}).then(then, reason(failed, "metadata"));
}

void recovery_links::with_node(const std::string& alias, std::function<void(node_door)> then, const recovery_failure& failed) {
  self_->request(config_.peers, recovery_inner_deadline, find_peer{alias})
      .then([then](const caf::actor& found) { then(caf::actor_cast<node_door>(found)); }, reason(failed, alias));
}

void recovery_links::lock(const chunk_info& chunk, std::function<void(uint64_t)> then, const recovery_failure& failed) {
  self_->request(config_.metadata, recovery_inner_deadline, get_table_of{chunk.table_id})
      .then(
          [this, chunk, then, failed](const bytes& encoded) {
            auto table = encoded.empty() ? expected<table_info>{error{ec::not_found, "the table was dropped"}} : decode_table(encoded);
            if (!table) return failed(table.error().message);
            begin_write order{table->database, table->name, {chunk.partition}, {}, "", 0, "RECOVERY"};
            try_lock(order, lock_attempts, then, failed);
          },
          reason(failed, "metadata"));
}

void recovery_links::unlock(uint64_t tid, const std::string& failure) {
  if (!failure.empty()) return self_->send(config_.transactions, abort_write{tid, failure});
  commit_write nothing{tid, {0}, {static_cast<uint8_t>(chunk_change::none)}};
  self_->request(config_.transactions, recovery_inner_deadline, nothing).then([](uint64_t) {}, reason(no_matter(), "transactions"));
}

recovery_failure recovery_links::no_matter() const {
  return [](const std::string& why) { log_warn("recovery: {}", why); };
}

std::function<void(caf::error&)> recovery_links::reason(recovery_failure failed, std::string whom) const {
  return [failed, whom](caf::error& err) { failed(from_caf(err, whom).message); };
}

void recovery_links::try_lock(const begin_write& order, int attempts, std::function<void(uint64_t)> then, recovery_failure failed) {
  self_->request(config_.transactions, recovery_inner_deadline, order)
      .then([then](const write_plan& plan) { then(plan.tid); },
            [this, order, attempts, then, failed](caf::error& err) {
              auto why = from_caf(err, "transactions");
              if (why.code != ec::conflict || attempts == 0) return failed(why.message);
              state().later.push_back([this, order, attempts, then, failed] { try_lock(order, attempts - 1, then, failed); });
              self_->delayed_send(self_, lock_retry, caf::flush_atom::value);
            });
}

// -- tasks -----------------------------------------------------------------------------------------------------------

void recovery_runs::start_waiting() {
  while (auto task = tasks().next(to_.now_ms())) start(task);
}

void recovery_runs::remove(const chunk_id& id, const std::string& node, const recovery_failure& then) {
  to_.with_chunk(id, [this, node, then](chunk_info chunk) {
    to_.lock(chunk, [this, chunk, node, then](uint64_t tid) {
      auto over = [this, tid, then](const std::string& why) {
        to_.unlock(tid, why);
        then(why);
      };
      drop_replica(chunk, node, [over] { over(""); }, over);
    }, then);
  }, then);
}

void recovery_runs::end_orphans() {
  auto& starts = to_.state().starts;
  for (auto& task : tasks().running()) {
    if (task->order == 0) continue;
    auto now = starts.find(task->view.target);
    if (now != starts.end() && now->second == task->incarnation) continue;
    finish(task, fmt::format("node {} died while it copied", task->view.target));
  }
}

void recovery_runs::start(const recovery_task_ptr& task) {
  auto failed = failure_of(task);
  to_.with_chunk(task->chunk.id, [this, task](chunk_info chunk) { begin_round(task, std::move(chunk)); }, failed);
}

recovery_failure recovery_runs::failure_of(const recovery_task_ptr& task) {
  return [this, task](const std::string& why) { finish(task, why); };
}

void recovery_runs::begin_round(const recovery_task_ptr& task, chunk_info chunk) {
  auto& view = task->view;
  task->chunk = std::move(chunk);
  if (is_current(*task)) return complete(task);
  auto* target = target_of(*task);
  view.source = is_unnamed(*task) ? std::string{} : pick_best_source(*task, to_.state());
  if (view.source.empty() && !(target && target->corrupted)) return finish(task, "no live node has the chunk's newest version");
  view.incremental = target != nullptr;
  if (task->lock == 0 && task->rounds >= rounds_beside_writers) return keep_writers_away(task);
  ++task->rounds;
  if (task->rounds == 1 && view.source.empty()) log_info("chunk {} is looked at on {}", to_string(task->chunk.id), view.target);
  else if (task->rounds == 1) log_info("chunk {} goes from {} to {}", to_string(task->chunk.id), view.source, view.target);
  copy(task);
}

/// Whether its target is marked only because a report did not name the chunk.
bool recovery_runs::is_unnamed(const recovery_task& task) const {
  auto* target = target_of(task);
  return target && target->corrupted && to_.state().reports->unnamed.contains({task.chunk.id, task.view.target});
}

void recovery_runs::keep_writers_away(const recovery_task_ptr& task) {
  task->view.async = false;
  task->view.sync_ms = to_.now_ms();
  to_.lock(task->chunk, [this, task](uint64_t tid) {
    task->lock = tid;
    start(task);
  }, failure_of(task));
}

void recovery_runs::copy(const recovery_task_ptr& task) {
  to_.with_node(task->view.target, [this, task](const node_door& door) { give_order(task, door); }, failure_of(task));
}

void recovery_runs::give_order(const recovery_task_ptr& task, const node_door& door) {
  auto& starts = to_.state().starts;
  auto now = starts.find(task->view.target);
  task->incarnation = now == starts.end() ? 0 : now->second;
  auto number = task->order = ++orders_;
  replicate order{encode_chunk(task->chunk), {}, task->view.source};
  to_.self()->request(door, order_deadline, order)
      .then(
          [this, task, number](const held_chunk& held) {
            if (!waits_for(*task, number)) return;
            task->order = task->silences = 0;
            // The metadata believes the target whole, a report does not, and the source has not completed its last commit either:
            // the next look tries again. Where the metadata knows, the next round does.
            auto* believed = target_of(*task);
            if (held.version < task->chunk.version && believed && believed->version == task->chunk.version)
              return finish(task, fmt::format("{} gave version {}, the newest is {}", task->view.source, held.version, task->chunk.version));
            set_replicas entry{task->chunk.id, {{task->view.target, held.version, false}}};
            to_.change(std::move(entry), [this, task] { start(task); }, failure_of(task));
          },
          [this, task, number](caf::error& err) {
            if (!waits_for(*task, number)) return;
            task->order = 0;
            // It has looked and does not have it: now it is copied.
            if (is_unnamed(*task) && from_caf(err, task->view.target).code == ec::corrupt) {
              to_.state().reports->unnamed.erase({task->chunk.id, task->view.target});
              return start(task);
            }
            unfinished(task, err);
          });
}

/// The target still copies, or has not been heard: the order is given again, and joins what is under way there.
void recovery_runs::unfinished(const recovery_task_ptr& task, caf::error& err) {
  task->silences = err == caf::sec::request_timeout ? task->silences + 1 : 0;
  auto why = from_caf(err, task->view.target);
  if (why.code != ec::timed_out || task->silences == most_silences) return finish(task, why.message);
  copy(task);
}

/// The target is up to date. A move takes its source away, with writers kept out so that none writes there.
void recovery_runs::complete(const recovery_task_ptr& task) {
  if (!task->view.delete_source) return finish(task, "");
  if (task->lock == 0) return keep_writers_away(task);
  drop_replica(task->chunk, task->wanted, [this, task] { finish(task, ""); }, failure_of(task));
}

void recovery_runs::drop_replica(const chunk_info& chunk, const std::string& node, std::function<void()> then,
                                 const recovery_failure& failed) {
  to_.change({chunk.id, {}, {node}}, [this, chunk, node, then] {
    to_.with_node(node, [this, chunk](const node_door& door) {
      to_.self()->send(door, drop_chunks{{encode_chunk(chunk)}});
    }, to_.no_matter());  // a node that is away puts the chunk aside when it reports it
    then();
  }, failed);
}

void recovery_runs::finish(const recovery_task_ptr& task, const std::string& failure) {
  task->order = 0;
  if (task->lock != 0) to_.unlock(std::exchange(task->lock, 0), failure);
  tasks().finish(task, failure, to_.now_ms());
  auto& reports = *to_.state().reports;
  for (auto* each : {&reports.behind, &reports.unnamed})
    if (failure.empty()) each->erase({task->chunk.id, task->view.target});
  auto id = to_string(task->chunk.id);
  if (failure.empty()) log_info("chunk {} on {} is up to date", id, task->view.target);
  else log_warn("chunk {} on {} could not be brought up to date: {}", id, task->view.target, failure);
  start_waiting();
}

} // namespace pelorus
