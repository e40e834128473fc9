// The copies that `recovery` makes: parts of that actor, no actors of their own.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/recovery.hpp"
#include "actors/recovery_tasks.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

inline constexpr std::chrono::seconds recovery_inner_deadline{30};

struct recovery_state {
  recovery_tasks tasks;
  std::vector<std::string> live, lost;             // data nodes: alive, and away for longer than the wait
  std::map<std::string, uint64_t> starts;          // incarnations of data nodes that are not dead
  std::vector<placement_candidate> candidates;     // the live ones
  std::chrono::steady_clock::time_point started;
  std::shared_ptr<replica_reports> reports;
  std::vector<std::function<void()>> later;        // to be tried again
  std::mt19937_64 ids;
  wall_clock now_ms;
  static inline const char* name = "recovery";
};
using recovery_with_ticks = recovery_protocol::plus<status_protocol>::plus<protocol<caf::reacts_to<caf::tick_atom>, caf::reacts_to<caf::flush_atom>>>::handle;
using recovery_pointer = recovery_with_ticks::stateful_pointer<recovery_state>;
/// Gets what went wrong.
using recovery_failure = std::function<void(const std::string&)>;

/// What all parts of a task need of the other actors.
class recovery_links {
public:
  recovery_links(recovery_pointer self, recovery_config config) : self_(self), config_(std::move(config)) {}

  void with_chunk(const chunk_id& id, std::function<void(chunk_info)> then, const recovery_failure& failed);
  void change(set_replicas entry, std::function<void()> then, const recovery_failure& failed);
  void with_node(const std::string& alias, std::function<void(node_door)> then, const recovery_failure& failed);
  /// Keeps writers away from the chunk; answers the tid to free it with.
  void lock(const chunk_info& chunk, std::function<void(uint64_t)> then, const recovery_failure& failed);
  /// An empty failure ends the lock's transaction as complete: its rows are what they were.
  void unlock(uint64_t tid, const std::string& failure);

  recovery_failure no_matter() const;
  std::function<void(caf::error&)> reason(recovery_failure failed, std::string whom) const;

  recovery_pointer self() const { return self_; }
  recovery_state& state() const { return self_->state; }
  int64_t now_ms() const { return self_->state.now_ms(); }
  const recovery_config& config() const { return config_; }

private:
  void try_lock(const begin_write& order, int attempts, std::function<void(uint64_t)> then, recovery_failure failed);

  recovery_pointer self_;
  recovery_config config_;
};

/// Runs tasks: copies in rounds beside the writers, the last round with the chunk locked.
class recovery_runs {
public:
  explicit recovery_runs(recovery_links& to) : to_(to) {}

  void start_waiting();
  /// Takes a replica away, its files last. `then` gets what went wrong, or "".
  void remove(const chunk_id& id, const std::string& node, const recovery_failure& then);
  /// Ends the tasks whose target has died or was started again since it got its order: no answer will come.
  void end_orphans();

private:
  recovery_tasks& tasks() { return to_.state().tasks; }
  void start(const recovery_task_ptr& task);
  recovery_failure failure_of(const recovery_task_ptr& task);
  void begin_round(const recovery_task_ptr& task, chunk_info chunk);
  void keep_writers_away(const recovery_task_ptr& task);
  void copy(const recovery_task_ptr& task);
  void give_order(const recovery_task_ptr& task, const node_door& door);
  void unfinished(const recovery_task_ptr& task, caf::error& err);
  bool is_unnamed(const recovery_task& task) const;
  bool waits_for(const recovery_task& task, uint64_t order) const { return task.order == order; }
  void complete(const recovery_task_ptr& task);
  void drop_replica(const chunk_info& chunk, const std::string& node, std::function<void()> then, const recovery_failure& failed);
  void finish(const recovery_task_ptr& task, const std::string& failure);

  recovery_links& to_;
  uint64_t orders_ = 0;
};

} // namespace pelorus
