#include "actors/query_coordinator.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"

namespace pelorus {

void rank_replicas(std::vector<placed_task>& tasks, const std::string& self) {
  std::map<std::string, size_t> given;
  for (auto& task : tasks) {
    std::stable_sort(task.nodes.begin(), task.nodes.end(), [&](auto& a, auto& b) {
      if ((a == self) != (b == self)) return a == self;
      return given[a] < given[b];
    });
    if (!task.nodes.empty()) ++given[task.nodes.front()];
  }
}

bool worth_retrying(ec code) {
  return code == ec::unavailable || code == ec::timed_out || code == ec::corrupt || code == ec::stale ||
         code == ec::io_failed || code == ec::not_found;
}

namespace {

using pointer = query_coordinator_actor::stateful_pointer<query_coordinator_state>;
constexpr auto liveness_check = std::chrono::seconds{1};

class coordinator {
public:
  coordinator(pointer self, peers_actor peers, size_t per_node)
      : self_(self), peers_(std::move(peers)), per_node_(per_node) {}

  void send_more() {
    auto& st = self_->state;
    std::vector<size_t> held_back;
    while (!st.queue.empty()) {
      auto i = st.queue.back();
      st.queue.pop_back();
      auto& node = st.tasks[i].placed.nodes[st.tasks[i].attempt];
      if (st.outstanding[node] >= per_node_) held_back.push_back(i);
      else give(i, node);
    }
    st.queue.assign(held_back.rbegin(), held_back.rend());
  }

  void fail_node(const std::string& node, const std::string& why) {
    auto& st = self_->state;
    st.doors.erase(node);
    st.outstanding[node] = 0;
    for (size_t i = 0; i < st.tasks.size(); ++i) {
      auto& task = st.tasks[i];
      bool queued = std::find(st.queue.begin(), st.queue.end(), i) != st.queue.end();
      if (!task.done && !queued && task.attempt < task.placed.nodes.size() &&
          task.placed.nodes[task.attempt] == node)
        failed(i, task.attempt, node, {ec::unavailable, why});
    }
  }

  void watch() {
    for (auto& [node, door] : self_->state.doors) {
      auto alias = node;
      self_->request(peers_, caf::infinite, is_alive{alias}).then([this, alias](bool alive) {
        if (!alive) fail_node(alias, fmt::format("node {} does not answer", alias));
      }, [](caf::error&) {});
    }
  }

  void tell_if_given() {
    auto& st = self_->state;
    if (!st.knocking.empty()) return;
    for (auto& promise : std::exchange(st.when_given, {})) promise.deliver(caf::unit);
  }

private:
  void give(size_t i, const std::string& node) {
    auto& st = self_->state;
    ++st.outstanding[node];
    if (auto door = st.doors.find(node); door != st.doors.end()) return send(i, node, door->second);
    auto& knocking = st.knocking[node];
    knocking.push_back({i, st.tasks[i].attempt});
    if (knocking.size() > 1) return;  // the door is being looked for
    self_->request(peers_, caf::infinite, find_peer{node})
        .then(
            [this, node](const caf::actor& found) {
              auto door = caf::actor_cast<node_door>(found);
              if (self_->state.doors.emplace(node, door).second) self_->monitor(door);
              for (auto& [task, attempt] : knocked(node))
                if (self_->state.tasks[task].attempt == attempt) send(task, node, door);
              tell_if_given();
            },
            [this, node](caf::error& err) {
              for (auto& [task, attempt] : knocked(node)) {
                answered(node);
                failed(task, attempt, node, from_caf(err, fmt::format("node {}", node)));
              }
              tell_if_given();
            });
  }

  std::vector<query_coordinator_state::knock> knocked(const std::string& node) {
    auto tasks = std::move(self_->state.knocking[node]);
    self_->state.knocking.erase(node);
    return tasks;
  }

  void send(size_t i, const std::string& node, const node_door& door) {
    auto attempt = self_->state.tasks[i].attempt;
    self_->request(door, caf::infinite, self_->state.tasks[i].placed.task)
        .then([this, i, attempt, node](task_result& result) { succeeded(i, node, result); },
              [this, i, attempt, node](caf::error& err) {
                answered(node);
                failed(i, attempt, node, from_caf(err, fmt::format("node {}", node)));
              });
  }

  void answered(const std::string& node) {
    auto& count = self_->state.outstanding[node];
    if (count > 0) --count;
  }

  void succeeded(size_t i, const std::string& node, task_result& result) {
    auto& st = self_->state;
    auto& task = st.tasks[i];
    answered(node);
    if (task.done) return;
    task.done = true;
    st.queue.erase(std::remove(st.queue.begin(), st.queue.end(), i), st.queue.end());
    st.results[i] = std::move(result);
    if (--st.left == 0) return finish();
    send_more();
  }

  void failed(size_t i, size_t attempt, const std::string& node, const error& why) {
    auto& st = self_->state;
    auto& task = st.tasks[i];
    if (task.done || task.attempt != attempt) return;
    task.failure += fmt::format("{}{}", task.failure.empty() ? "" : "; ", why.message);
    if (!worth_retrying(why.code)) return fail({why});
    log_warn("query task on node {} failed, trying another replica: {}", node, why.message);
    if (++task.attempt == task.placed.nodes.size())
      return fail({ec::unavailable, fmt::format("no replica of a chunk of {}.{} could be read: {}",
                                                task.placed.task.database, task.placed.task.table,
                                                task.failure)});
    st.queue.push_back(i);
    send_more();
  }

  void finish() {
    self_->state.promise.deliver(std::move(self_->state.results));
    self_->quit();
  }

  void fail(const error& why) {
    auto& st = self_->state;
    if (st.left == 0) return;
    st.left = 0;
    for (auto& task : st.tasks) task.done = true;
    st.queue.clear();
    st.promise.deliver(to_caf(why));
    self_->quit();
  }

  pointer self_;
  peers_actor peers_;
  size_t per_node_;
};

} // namespace

query_coordinator_actor::behavior_type
query_coordinator(query_coordinator_actor::stateful_pointer<query_coordinator_state> self,
                  peers_actor peers, std::vector<placed_task> tasks, size_t per_node) {
  auto logic = std::make_shared<coordinator>(self, peers, per_node);
  auto& st = self->state;
  st.results.resize(tasks.size());
  st.left = tasks.size();
  for (auto& task : tasks) {
    st.queue.push_back(st.tasks.size());
    st.tasks.push_back({std::move(task), 0, false, {}});
  }
  std::reverse(st.queue.begin(), st.queue.end());
  self->set_down_handler([self, logic](caf::down_msg& down) {
    for (auto& [node, door] : self->state.doors)
      if (door.address() == down.source) {
        auto alias = node;
        return logic->fail_node(alias, fmt::format("connection to node {} was lost", alias));
      }
  });
  return {[self, logic](run_tasks) -> caf::result<task_results> {
    auto& state = self->state;
    if (state.left == 0) {
      self->quit();
      return task_results{};
    }
    for (auto& task : state.tasks)
      if (task.placed.nodes.empty()) {
        self->quit();
        return to_caf({ec::unavailable, fmt::format("no live replica of partition data of {}.{}",
                                                    task.placed.task.database, task.placed.task.table)});
      }
    state.promise = self->make_response_promise<task_results>();
    self->delayed_send(self, liveness_check, caf::tick_atom::value);
    logic->send_more();
    return state.promise;
  },
          [self, logic](tell_when_given) -> caf::result<void> {
            auto promise = self->make_response_promise<caf::response_promise>();
            self->state.when_given.push_back(promise);
            logic->tell_if_given();
            return promise;
          },
          [self, logic](caf::tick_atom) {
            if (self->state.left == 0) return;
            logic->watch();
            self->delayed_send(self, liveness_check, caf::tick_atom::value);
          }};
}

} // namespace pelorus
