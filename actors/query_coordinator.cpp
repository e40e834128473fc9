#include "actors/query_coordinator.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "query/wire.hpp"

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
constexpr size_t chunks_a_message = 16;
constexpr uint64_t unpacked_bytes = 32 << 20;  // a larger answer would keep other actors from this thread for too long

/// While others still work. What is left, or is no table, is for whoever takes the answers apart.
void unpack(task_result& result) {
  if (result.here || result.table.size() > unpacked_bytes) return;
  if (auto decoded = decode(result.table); decoded && (result.here = decoded->as<table>())) bytes{}.swap(result.table);  // {} would keep the room
}

class coordinator {
public:
  coordinator(pointer self, peers_actor peers, size_t per_node)
      : self_(self), peers_(std::move(peers)), per_node_(per_node) {}

  void send_more() {
    auto& st = self_->state;
    std::map<std::string, std::vector<size_t>> waiting;  // by node, in order
    for (; !st.queue.empty(); st.queue.pop_back()) {
      auto& task = st.tasks[st.queue.back()];
      waiting[task.placed.nodes[task.attempt]].push_back(st.queue.back());
    }
    for (auto& [node, tasks] : waiting) {
      auto next = tasks.begin();
      for (; next != tasks.end() && st.outstanding[node] < per_node_;) {
        auto left = static_cast<size_t>(tasks.end() - next), messages = per_node_ - st.outstanding[node];
        auto end = next + static_cast<ptrdiff_t>(std::min((left + messages - 1) / messages, chunks_a_message));
        batch some;
        for (; next != end; ++next) some.push_back({*next, st.tasks[*next].attempt});
        give(std::move(some), node);
      }
      st.queue.insert(st.queue.end(), std::make_reverse_iterator(tasks.end()), std::make_reverse_iterator(next));
    }
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
  using batch = query_coordinator_state::batch;

  void give(batch some, const std::string& node) {
    auto& st = self_->state;
    ++st.outstanding[node];
    if (auto door = st.doors.find(node); door != st.doors.end()) return send(std::move(some), node, door->second);
    auto& knocking = st.knocking[node];
    knocking.push_back(std::move(some));
    if (knocking.size() > 1) return;  // the door is being looked for
    self_->request(peers_, caf::infinite, find_peer{node})
        .then(
            [this, node](const caf::actor& found) {
              auto door = caf::actor_cast<node_door>(found);
              if (self_->state.doors.emplace(node, door).second) self_->monitor(door);
              for (auto& one : knocked(node)) send(std::move(one), node, door);
              tell_if_given();
            },
            [this, node](caf::error& err) {
              for (auto& one : knocked(node)) refused(one, node, from_caf(err, fmt::format("node {}", node)));
              tell_if_given();
            });
  }

  std::vector<batch> knocked(const std::string& node) {
    auto batches = std::move(self_->state.knocking[node]);
    self_->state.knocking.erase(node);
    return batches;
  }

  /// Whether the task still waits for this attempt's answer.
  bool is_current(const query_coordinator_state::sent_task& sent) const {
    auto& task = self_->state.tasks[sent.task];
    return !task.done && task.attempt == sent.attempt;
  }

  void send(batch some, const std::string& node, const node_door& door) {
    std::erase_if(some, [&](auto& sent) { return !is_current(sent); });  // given up while the door was looked for
    if (some.empty()) return answered(node);
    auto task = self_->state.tasks[some.front().task].placed.task;
    for (size_t k = 1; k < some.size(); ++k) task.chunks.push_back(self_->state.tasks[some[k].task].placed.task.chunks.front());
    self_->request(door, caf::infinite, std::move(task))
        .then([this, some, node](task_result& result) { succeeded(some, node, result); },
              [this, some, node](caf::error& err) { refused(some, node, from_caf(err, fmt::format("node {}", node))); });
  }

  /// The error is the first chunk's, unless the node does not answer at all.
  void refused(const batch& some, const std::string& node, const error& why) {
    answered(node);
    auto failing = why.code == ec::unavailable ? some.size() : size_t{1};
    ask_again(some, failing);
    for (size_t k = 0; k < failing; ++k) failed(some[k].task, some[k].attempt, node, why);
    send_more();
  }

  /// Those from the given one on, which have not been answered; their turn is next.
  void ask_again(const batch& some, size_t from) {
    auto& queue = self_->state.queue;
    for (auto k = some.size(); k-- > from;)
      if (is_current(some[k])) queue.push_back(some[k].task);
  }

  void answered(const std::string& node) {
    auto& count = self_->state.outstanding[node];
    if (count > 0) --count;
  }

  void succeeded(const batch& some, const std::string& node, task_result& result) {
    auto& st = self_->state;
    if (result.rows.empty() || result.rows.size() > some.size())
      return refused(some, node, {ec::corrupt, fmt::format("node {} answered {} of {} chunks", node, result.rows.size(), some.size())});
    answered(node);
    chunks_answer answer;
    for (size_t k = 0; k < result.rows.size(); ++k) {
      auto& task = st.tasks[some[k].task];
      answer.indices.push_back(task.done ? chunks_answer::not_wanted : task.placed.task.chunks.front().index);
      if (std::exchange(task.done, true)) continue;
      std::erase(st.queue, some[k].task);
      --st.left;
    }
    answer.result = std::move(result);
    ask_again(some, answer.indices.size());
    auto all_here = st.left == 0;
    if (!all_here) send_more();  // first, so that nobody waits for this node
    unpack(answer.result);
    st.results.push_back(std::move(answer));
    if (all_here) finish();
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
    logic->send_more();
    self->delayed_send(self, liveness_check, caf::tick_atom::value);
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
