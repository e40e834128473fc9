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

/// One chunk's task and the nodes that can do it, best first.
struct placed_task {
  run_task task;
  std::vector<std::string> nodes;
};

/// Which nodes to try for each task: the own node first, then the least loaded by what was given out already.
/// `order` keeps tasks of one node together. Pure.
void rank_replicas(std::vector<placed_task>& tasks, const std::string& self);

/// Another replica may do better after such an error; one of the query itself would be the same everywhere.
bool worth_retrying(ec code);

/// The answers, in the order of the tasks; sent once all are there.
using task_results = std::vector<task_result>;

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
  struct knock {
    size_t task, attempt;
  };
  std::map<std::string, node_door> doors;
  std::map<std::string, std::vector<knock>> knocking;  ///< tasks of nodes whose doors are being looked for
  std::map<std::string, size_t> outstanding;  ///< per node
  task_results results;
  size_t left = 0;
  caf::typed_response_promise<task_results> promise;
  std::vector<caf::response_promise> when_given;
  static inline const char* name = "query_coordinator";
};

/// One per query; ends by itself after it has answered. `per_node` bounds the tasks that wait at one node.
query_coordinator_actor::behavior_type
query_coordinator(query_coordinator_actor::stateful_pointer<query_coordinator_state> self,
                  peers_actor peers, std::vector<placed_task> tasks, size_t per_node);

} // namespace pelorus

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::run_tasks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::tell_when_given)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::task_results)
