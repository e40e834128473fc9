#include "actors/recovery_tasks.hpp"

#include <algorithm>

namespace pelorus {

bool recovery_tasks::add(recovery_task task, const std::string& id, int64_t now_ms) {
  if (!known_.insert(key_of(task)).second) return false;
  auto& view = task.view;
  view.id = id;
  view.chunk_high = task.chunk.id.high;
  view.chunk_low = task.chunk.id.low;
  view.status = "Waiting";
  view.created_ms = now_ms;
  waiting_.push_back(std::make_shared<recovery_task>(std::move(task)));
  return true;
}

static bool is_rebalance(const recovery_task_ptr& task) { return task->view.type == "LoadRebalance"; }

bool recovery_tasks::has_room(const recovery_task_ptr& task) const {
  auto rebalances = static_cast<size_t>(std::count_if(running_.begin(), running_.end(), is_rebalance));
  return is_rebalance(task) ? rebalances < limits_.rebalances : running_.size() - rebalances < limits_.recoveries;
}

recovery_task_ptr recovery_tasks::next(int64_t now_ms) {
  if (suspended_) return nullptr;
  auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](auto& task) { return has_room(task); });
  if (found == waiting_.end()) return nullptr;
  auto task = *found;
  waiting_.erase(found);
  task->view.status = "In-Progress";
  task->view.dequeued_ms = task->view.started_ms = now_ms;
  ++task->view.attempts;
  running_.insert(task);
  return task;
}

void recovery_tasks::end(const recovery_task_ptr& task, const std::string& status, const std::string& failure,
                         int64_t now_ms) {
  known_.erase(key_of(*task));
  task->view.status = status;
  task->view.failure = failure;
  task->view.finished_ms = now_ms;
  ended_.push_back(task);
  if (ended_.size() > ended_kept) ended_.pop_front();
}

void recovery_tasks::finish(const recovery_task_ptr& task, const std::string& failure, int64_t now_ms) {
  if (running_.erase(task) == 0) return;
  end(task, failure.empty() ? "Finished" : "Aborted", failure, now_ms);
}

bool recovery_tasks::cancel(const std::string& id, int64_t now_ms) {
  auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](auto& task) { return task->view.id == id; });
  if (found == waiting_.end()) return false;
  auto task = *found;
  waiting_.erase(found);
  end(task, "Aborted", "cancelled", now_ms);
  return true;
}

std::vector<recovery_task_ptr> recovery_tasks::running() const {
  std::vector<recovery_task_ptr> result(running_.begin(), running_.end());
  std::sort(result.begin(), result.end(), [](auto& a, auto& b) { return a->view.id < b->view.id; });
  return result;
}

recovery_views recovery_tasks::list() const {
  recovery_views result;
  for (auto& task : waiting_) result.push_back(task->view);
  for (auto& task : running_) result.push_back(task->view);
  for (auto& task : ended_) result.push_back(task->view);
  std::stable_sort(result.begin(), result.end(), [](auto& a, auto& b) { return a.created_ms > b.created_ms; });
  return result;
}

} // namespace pelorus
