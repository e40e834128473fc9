// Sends each chunk's share of a query to a node that holds a replica, retries on another one, gathers the answers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol.hpp"

namespace pelorus {

/// The task of one chunk and the nodes that can do it, best first.
struct placed_task {
  run_task task;
  std::vector<std::string> nodes;
};

/// Which nodes to try for each task: the own node first, then the least loaded by what was given out already.
/// `order` keeps tasks of one node together. Pure.
void rank_replicas(std::vector<placed_task>& tasks, const std::string& self);

/// Another replica may do better after such an error; one of the query itself would be the same everywhere.
bool worth_retrying(ec code);

/// An answer of some chunks, by their places among the query's; those that are `not_wanted` have been answered by another replica.
struct chunks_answer {
  static constexpr uint32_t not_wanted = ~uint32_t{0};
  std::vector<uint32_t> indices;
  task_result result;
};
/// In no order; sent once all chunks are answered.
using task_results = std::vector<chunks_answer>;

struct run_tasks {};
template <class F> auto inspect(F& f, run_tasks&) { return f(caf::meta::type_name("run_tasks")); }
struct tell_when_given {};
template <class F> auto inspect(F& f, tell_when_given&) { return f(caf::meta::type_name("tell_when_given")); }

using query_coordinator_actor = protocol<answers<run_tasks, task_results>,
                                         answers<tell_when_given, void>,  // no task waits for the door of its node
                                         caf::reacts_to<caf::tick_atom>>::handle;  // looks after silent nodes

struct query_coordinator_state {
  struct progress {
    placed_task placed;
    size_t attempt = 0;     ///< into placed.nodes
    bool done = false;
    std::string failure;    ///< of the attempts so far
  };
  std::vector<progress> tasks;
  std::vector<size_t> queue;                  ///< tasks to send, last first
  struct sent_task {
    size_t task, attempt;
  };
  /// What a node gets in one message.
  using batch = std::vector<sent_task>;
  std::map<std::string, node_door> doors;
  std::map<std::string, std::vector<batch>> knocking;  ///< of nodes whose doors are being looked for
  std::map<std::string, size_t> outstanding;  ///< messages per node
  task_results results;
  size_t left = 0;
  caf::typed_response_promise<task_results> promise;
  std::vector<caf::response_promise> when_given;
  static inline const char* name = "query_coordinator";
};

/// One per query; ends by itself after it has answered. `per_node` bounds the messages that wait at one node; its chunks
/// are shared out among them.
query_coordinator_actor::behavior_type
query_coordinator(query_coordinator_actor::stateful_pointer<query_coordinator_state> self,
                  peers_actor peers, std::vector<placed_task> tasks, size_t per_node);

} // namespace pelorus

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::run_tasks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::tell_when_given)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::task_results)
