// The list of copies to be made: waiting, running and the last ones that ended. Pure state of the `recovery` actor.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

/// One copy to be made.
struct recovery_task {
  recovery_view view;
  chunk_info chunk;        ///< as last seen
  std::string wanted;      ///< source asked for; "" for any
  uint32_t rounds = 0;     ///< copies made so far
  uint64_t lock = 0;       ///< tid that keeps writers away; 0: none
  uint64_t order = 0;      ///< number of the order that the target has not answered; 0: none
  uint64_t incarnation = 0;  ///< of the target when it got that order
  uint32_t silences = 0;   ///< orders in a row without any answer
};
using recovery_task_ptr = std::shared_ptr<recovery_task>;

/// How many copies run at one time, by what they are for.
struct copy_limits { size_t recoveries = 1, rebalances = 1; };

class recovery_tasks {
public:
  /// False when this chunk is on its way to this node already. The view needs type, target and chunk.
  bool add(recovery_task task, const std::string& id, int64_t now_ms);
  /// The next task to run, or null: none waits for which there is room, or all is suspended.
  recovery_task_ptr next(int64_t now_ms);
  /// Ends a running task; an empty failure means that it is done.
  void finish(const recovery_task_ptr& task, const std::string& failure, int64_t now_ms);

  void limit(const copy_limits& limits) { limits_ = limits; }
  const copy_limits& limits() const { return limits_; }
  void suspend(bool yes) { suspended_ = yes; }
  bool is_suspended() const { return suspended_; }
  /// False when no task of this id waits.
  bool cancel(const std::string& id, int64_t now_ms);
  recovery_views list() const;
  /// In the order of their ids.
  std::vector<recovery_task_ptr> running() const;

private:
  using key = std::pair<chunk_id, std::string>;
  static key key_of(const recovery_task& task) { return {task.chunk.id, task.view.target}; }
  bool has_room(const recovery_task_ptr& task) const;
  void end(const recovery_task_ptr& task, const std::string& status, const std::string& failure, int64_t now_ms);

  static constexpr size_t ended_kept = 1000;
  std::deque<recovery_task_ptr> waiting_;
  std::set<recovery_task_ptr> running_;
  std::deque<recovery_task_ptr> ended_;
  std::set<key> known_;  // waiting or running
  copy_limits limits_;
  bool suspended_ = false;
};

} // namespace pelorus
