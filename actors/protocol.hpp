// Read this first: every actor of a cluster and what it answers.
//
// A process publishes one actor on its actor port, its *door*; peers talk to doors only. A door hands each message on
// to the child that is in charge, so that a child can fail and be restarted without anybody noticing but the log.
//
//   controller door ── membership      who is here, who is alive; start and stop orders (network thread, as the door)
//                   ├─ metadata        the only writer of the DFS metadata store (detached)
//                   ├─ transactions    tid, cid, chunk locks, in-doubt resolution
//                   ├─ recovery        brings stale replicas up to date (detached)
//                   ├─ user_registry   passwords, tickets (detached: hashing is slow on purpose)
//                   └─ cluster_config  the four files
//   agent door      ── launcher        starts, stops, watches and re-adopts the processes of its server
//   node door       ── chunk_store     the only writer of this node's chunks (data nodes; detached)
//                   ├─ task_runner     runs each chunk's share of queries on the workers
//                   ├─ replicator      copies missing versions from other nodes
//                   └─ call_runner     script calls from other nodes
//   every process   ── registrar       registers with the controller and sends heartbeats
//                   └─ peers           handles of the other processes' doors
#pragma once

#include <caf/typed_actor.hpp>

#include "actors/messages.hpp"

namespace pelorus {

/// Splices the signatures of several protocols into one.
template <class... Sigs>
struct protocol {
  using handle = caf::typed_actor<Sigs...>;
  template <class Other> struct joined;
  template <class... More> struct joined<protocol<More...>> { using type = protocol<Sigs..., More...>; };
  template <class Other> using plus = typename joined<Other>::type;
};

template <class In, class... Out>
using answers = typename caf::replies_to<In>::template with<Out...>;

/// Every supervised actor: its mailbox size, taken when it gets to the question.
using status_protocol = protocol<answers<get_status, uint64_t>>;

using membership_protocol = protocol<
    // A process has started. Refused (stale, conflict) when a live process holds the alias, the alias is not in
    // cluster.nodes, or its controllerSite is not the controller's localSite.
    answers<registration, registration_reply>,
    // Every 0.5 s from every process, most of them sent. The answer to one that was sent is a message of its own, and there
    // is none when the controller knows the sender and has no newer list.
    answers<heartbeat, heartbeat_reply>,
    // All nodes of cluster.nodes with state and load.
    answers<list_nodes, member_list>,
    // Orders to the agent in charge; answered when the agent has accepted, not when the node is up.
    answers<start_node, void>, answers<stop_node, void>,
    // An agent saw a process end.
    answers<process_ended, void>>;

using metadata_protocol = protocol<
    answers<mutate, void>,            // durable and visible when answered
    answers<get_snapshot, bytes>, answers<get_table, bytes>,
    answers<list_names, std::vector<std::string>>,
    answers<list_chunks, bytes>>;

using transaction_protocol = protocol<
    answers<begin_write, write_plan>,          // conflict when a chunk is locked, unavailable when too few nodes live
    answers<commit_write, uint64_t>,           // the cid; the commit record is durable
    answers<abort_write, void>,
    answers<resolve_transaction, resolution>,
    answers<list_transactions, transaction_views>,
    answers<list_unresolved, unresolved_views>>;

using recovery_protocol = protocol<
    answers<chunk_report, chunk_report_reply>, // a data node tells what it holds
    answers<replicated, void>,                 // a replica has caught up
    answers<damaged_chunk, void>,              // a replica is marked, and mended from another one
    answers<list_recovery, recovery_views>,
    answers<order_replicas, uint64_t>,         // tasks that it became
    answers<plan_rebalance, replica_moves>,
    answers<control_recovery, uint64_t>>;

using user_protocol = protocol<
    answers<authenticate, user_view>,          // permission: "The user name or password is incorrect."
    answers<describe_user, user_view>,         // not_found
    answers<change_password, void>,
    answers<issue_ticket, std::string>,
    answers<check_ticket, user_view>>;

using config_protocol = protocol<
    answers<load_config, std::vector<std::string>>,
    answers<save_config, void>>;

using launcher_protocol = protocol<
    answers<launch, void>,                     // already_exists when it runs; io_failed when it cannot be started
    answers<terminate, void>>;

using store_protocol = protocol<
    answers<stage_rows, uint64_t>,             // rows staged
    answers<complete_write, void>, answers<forget_write, void>,
    answers<drop_chunks, void>>;

using replication_protocol = protocol<
    answers<replicate, held_chunk>,
    answers<list_segments, bytes>,
    answers<fetch_segment, bytes>>;            // at most limits::frame_bytes

using task_protocol = protocol<answers<run_task, task_result>>;

using call_protocol = protocol<answers<remote_call, bytes>>;

/// The supervision tree of the process.
using tree_protocol = protocol<answers<get_status, actor_tree>>;

using controller_door = membership_protocol::plus<metadata_protocol>::plus<transaction_protocol>
    ::plus<recovery_protocol>::plus<user_protocol>::plus<config_protocol>::plus<call_protocol>
    ::plus<tree_protocol>::handle;
using agent_door = launcher_protocol::plus<call_protocol>::plus<tree_protocol>::handle;
using node_door = store_protocol::plus<replication_protocol>::plus<task_protocol>::plus<call_protocol>
    ::plus<tree_protocol>::handle;

/// Handles of other processes' doors; connects when first asked, again after a loss. Knows the node list.
using peers_protocol = protocol<
    answers<find_peer, caf::actor>,            // cast it to the door's type; unavailable when it cannot be reached
    answers<is_alive, bool>,
    answers<list_nodes, member_list>,            // the newest list this process has
    answers<member_list, void>>;                 // from registrar: a newer list

using peers_actor = peers_protocol::plus<status_protocol>::handle;

/// What only the controller's own `cluster_config` tells `membership`, and what this asks of it.
using node_list_protocol = protocol<answers<nodes_changed, void>>;
using node_settings_protocol = protocol<answers<node_settings, std::vector<std::string>>>;

using membership_actor = membership_protocol::plus<node_list_protocol>::plus<status_protocol>::handle;
/// What only the controller's own actors ask of `metadata`, never over the network.
using decision_protocol = protocol<
    answers<look_up_write, write_lookup>,
    answers<decide, uint64_t>,                 // the cid; durable when answered, many in one sync
    answers<get_chunk, bytes>,
    answers<get_table_of, bytes>,
    answers<get_user, user_record>,            // not_found
    answers<get_blob, bytes>>;                 // empty when there is none

using metadata_actor = metadata_protocol::plus<decision_protocol>::plus<status_protocol>::handle;
/// What `membership` tells those of its process who must know the nodes: the newest list.
using member_protocol = protocol<answers<member_list, void>>;

using transactions_actor = transaction_protocol::plus<member_protocol>::plus<status_protocol>::handle;
using recovery_actor = recovery_protocol::plus<status_protocol>::handle;
using user_registry_actor = user_protocol::plus<status_protocol>::handle;
using config_actor = config_protocol::plus<node_settings_protocol>::plus<status_protocol>::handle;
using launcher_actor = launcher_protocol::plus<status_protocol>::handle;
/// What only the data node's own actors ask of `chunk_store`.
using local_store_protocol = protocol<
    answers<install_chunk, void>, answers<quarantine, void>,
    answers<swap_segments, void>>;             // stale when no version has them side by side any more

using chunk_store_actor = store_protocol::plus<local_store_protocol>::plus<status_protocol>::handle;
/// `registered` makes the replicator report this node's chunks to the controller.
using replicator_actor = replication_protocol::plus<protocol<answers<registered, void>>>::plus<status_protocol>::handle;
using task_runner_actor = task_protocol::plus<status_protocol>::handle;
using call_runner_actor = call_protocol::plus<status_protocol>::handle;

} // namespace pelorus
