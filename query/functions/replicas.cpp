// Transactions and replicas of the cluster: what is going on, and orders to copy, move and remove.
#include <map>
#include <set>

#include <fmt/format.h>

#include "query/functions/shapes.hpp"
#include "query/functions/stored.hpp"
#include "query/partitioned_table.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"
#include "query/volume_services.hpp"

namespace pelorus {

namespace {

services& node_of(call_context& context) { return *context.who.node; }

value transactions_function(call_context& context, arguments&) { return value{unwrap(node_of(context).transaction_status())}; }
value unresolved_function(call_context& context, arguments&) { return value{unwrap(node_of(context).unresolved_transactions())}; }
value recovery_function(call_context& context, arguments&) { return value{unwrap(node_of(context).recovery_status())}; }

std::vector<chunk_id> chunk_list(const value& x, std::string_view function) {
  std::vector<chunk_id> ids;
  for (auto& text : text_list(x, function, "chunkIds")) {
    auto id = parse_chunk_id(text);
    if (!id) throw script_error{ec::bad_argument, std::string{function} + ": chunkIds: '" + text + "' is not the id of a chunk."};
    ids.push_back(*id);
  }
  return ids;
}

value order(call_context& context, const std::string& what, const std::vector<chunk_id>& ids, const std::string& source,
            const std::string& target) {
  std::vector<replica_step> steps;
  for (auto& id : ids) steps.push_back({id, source, target});
  unwrap(node_of(context).order_replicas(what, steps));
  return value::nothing();
}

value copy_function(call_context& context, arguments& args) {
  return order(context, "copy", chunk_list(args[2], "copyReplicas"), text_of_argument(args[0], "copyReplicas", "srcNode"),
               text_of_argument(args[1], "copyReplicas", "destNode"));
}
value move_function(call_context& context, arguments& args) {
  if (is_given(args, 3))
    throw script_error{ec::not_supported, "moveReplicas: destVolumes cannot be chosen; a chunk's id picks its volume. moveChunksAcrossVolume moves it on."};
  return order(context, "move", chunk_list(args[2], "moveReplicas"), text_of_argument(args[0], "moveReplicas", "srcNode"),
               text_of_argument(args[1], "moveReplicas", "destNode"));
}
value delete_function(call_context& context, arguments& args) {
  return order(context, "remove", chunk_list(args[0], "deleteReplicas"), text_of_argument(args[1], "deleteReplicas", "nodeAlias"), "");
}

value rebalance_function(call_context& context, arguments& args) {
  bool exec = is_given(args, 0) && args[0].as_long() == 1;
  auto days = is_given(args, 1) ? args[1].as_double() : 7.0;
  if (!(days >= 0))
    throw script_error{ec::bad_argument, "rebalanceChunksAmongDataNodes: updatedBeforeDays must not be negative."};
  auto steps = unwrap(node_of(context).plan_rebalance(days));
  if (exec) unwrap(node_of(context).order_replicas("move", steps));
  row_table rows{{"srcNode", type_id::string}, {"chunkId", type_id::string}, {"destNode", type_id::string},
                 {"destVolume", type_id::string}};
  for (auto& step : steps)
    rows.add({value::of_text(step.source), value::of_text(to_string(step.chunk)), value::of_text(step.target), value::of_text("")});
  return value{rows.take()};
}

/// Chunks of one partition belong on the nodes of its first table by name.
void find_dislocated(const std::vector<table_snapshot>& tables, std::vector<replica_step>& steps) {
  std::map<std::string, std::set<std::string>> homes;
  for (auto& table : tables)
    for (auto& chunk : table.chunks) {
      std::set<std::string> nodes;
      for (auto& replica : chunk.replicas) nodes.insert(replica.node);
      auto& home = homes.try_emplace(chunk.partition, nodes).first->second;
      std::vector<std::string> missing;
      for (auto& node : home)
        if (!nodes.contains(node)) missing.push_back(node);
      for (auto& node : nodes) {
        if (home.contains(node) || missing.empty()) continue;
        steps.push_back({chunk.id, node, missing.back()});
        missing.pop_back();
      }
    }
}

value dislocated_function(call_context& context, arguments&) {
  auto& node = node_of(context);
  std::vector<replica_step> steps;
  for (auto& path : unwrap(node.database_paths())) {
    std::vector<table_snapshot> tables;
    for (auto& name : unwrap(node.table_names(path))) tables.push_back(unwrap(node.snapshot(path, name)));
    find_dislocated(tables, steps);
  }
  if (!steps.empty()) unwrap(node.order_replicas("move", steps));
  return value::nothing();
}

value suspend_function(call_context& context, arguments&) {
  unwrap(node_of(context).control_recovery("suspend", {}, 0));
  return value::nothing();
}
value resume_function(call_context& context, arguments&) {
  unwrap(node_of(context).control_recovery("resume", {}, 0));
  return value::nothing();
}
value cancel_function(call_context& context, arguments& args) {
  unwrap(node_of(context).control_recovery("cancel", text_list(args[0], "cancelRecoveryTask", "taskId"), 0));
  return value::nothing();
}

/// How many copies for `what` ("recoveries", "rebalances") run at one time.
value concurrency(call_context& context, const std::string& what, uint64_t limit = 0) {
  return value::of_int(static_cast<int32_t>(unwrap(node_of(context).control_recovery(what, {}, limit))));
}
uint64_t new_limit(const value& x, std::string_view function, std::string_view parameter) {
  bool is_whole = x.is_scalar() && is_integral(x.type()) && x.type() != type_id::bool_ && x.type() != type_id::char_;
  auto limit = is_whole ? x.as_long() : 0;
  if (limit < 1 || limit > 1024)
    throw script_error{ec::bad_argument, fmt::format("{}: {} must be an integer between 1 and 1024.", function, parameter)};
  return static_cast<uint64_t>(limit);
}
value recoveries_function(call_context& context, arguments&) { return concurrency(context, "recoveries"); }
value rebalances_function(call_context& context, arguments&) { return concurrency(context, "rebalances"); }
value limit_recoveries_function(call_context& context, arguments& args) {
  concurrency(context, "recoveries", new_limit(args[0], "resetDfsRecoveryConcurrency", "number"));
  return value::nothing();
}
value limit_rebalances_function(call_context& context, arguments& args) {
  concurrency(context, "rebalances", new_limit(args[0], "resetDfsRebalanceConcurrency", "number"));
  return value::nothing();
}

value workers_function(call_context& context, arguments&) {
  return value::of_int(static_cast<int32_t>(unwrap(offer_of_node<volume_services>(context).recovery_workers(0))));
}
value limit_workers_function(call_context& context, arguments& args) {
  auto limit = static_cast<uint32_t>(new_limit(args[0], "resetRecoveryWorkerNum", "newWorkerNum"));
  unwrap(offer_of_node<volume_services>(context).recovery_workers(limit));
  return value::nothing();
}

const function_entry table_of_replicas[] = {
    {"getTransactionStatus", "getTransactionStatus()",
     "Open transactions and the last 1024 that ended, newest first: those begun at this node, on the controller all. Columns "
     "tid, startTime, type, status (BEGIN, COMMIT, COMPLETE, ROLLBACK), partitionCount, endTime, elapsedTime (ms); times are UTC.",
     transactions_function, 0, 0, impure, {{"getTransactionStatus(1)", "error: "}}},
    {"getUnresolvedTxn", "getUnresolvedTxn()",
     "Chunks of open transactions that a data node has asked about. Columns tid, cid, chunkId, initiatingNode, "
     "firstResolutionAt, lastResolutionAt.",
     unresolved_function, 0, 0, impure | admin_only, {{"getUnresolvedTxn(1)", "error: "}}},
    {"getRecoveryTaskStatus", "getRecoveryTaskStatus()",
     "Copies of chunks between data nodes: waiting, running and the last 1000 that ended. Times are UTC.", recovery_function, 0, 0,
     impure, {{"getRecoveryTaskStatus(1)", "error: "}}},
    {"copyReplicas", "copyReplicas(srcNode, destNode, chunkIds)",
     "Copies replicas to another data node; chunks that it has already are left alone. See getRecoveryTaskStatus for the end.",
     copy_function, 3, 3, impure | admin_only, {{"copyReplicas(`a, `b, `c)", "error: chunkIds: 'c' is not"}}},
    {"moveReplicas", "moveReplicas(srcNode, destNode, chunkIds, [destVolumes])",
     "Moves replicas to another data node: copied, then gone from the source. Writes go on meanwhile.", move_function, 3, 4,
     impure | admin_only, {{"moveReplicas(`a, `b, `c)", "error: chunkIds: 'c' is not"}, {"moveReplicas(`a, `b, `c, `d)", "error: destVolumes"}}},
    {"deleteReplicas", "deleteReplicas(chunkIds, nodeAlias)",
     "Removes replicas from a data node; refused for the last whole one of a chunk.", delete_function, 2, 2, impure | admin_only,
     {{"deleteReplicas(`c, `a)", "error: chunkIds: 'c' is not"}}},
    {"rebalanceChunksAmongDataNodes", "rebalanceChunksAmongDataNodes([exec=false], [updatedBeforeDays=7.0])",
     "The moves that would even out the rows of the data nodes, and with `exec` their start; only chunks that were not written for "
     "so many days.",
     rebalance_function, 0, 2, impure | admin_only, {{"rebalanceChunksAmongDataNodes(false, -1)", "error: updatedBeforeDays"}}},
    {"restoreDislocatedTablet", "restoreDislocatedTablet()",
     "Moves chunks so that all tables of a partition lie on the same nodes.", dislocated_function, 0, 0, impure | admin_only,
     {{"restoreDislocatedTablet(1)", "error: "}}},
    {"suspendRecovery", "suspendRecovery()", "Starts no more copies; running ones go on.", suspend_function, 0, 0,
     impure | admin_only, {{"suspendRecovery(1)", "error: "}}},
    {"resumeRecovery", "resumeRecovery()", "Starts waiting copies again.", resume_function, 0, 0, impure | admin_only,
     {{"resumeRecovery(1)", "error: "}}},
    {"cancelRecoveryTask", "cancelRecoveryTask(taskId)", "Ends waiting copies; running ones cannot be ended.", cancel_function, 1, 1,
     impure | admin_only, {{"cancelRecoveryTask(1)", "error: taskId"}}},
    {"getDfsRecoveryConcurrency", "getDfsRecoveryConcurrency()", "How many recoveries of chunks run at one time.", recoveries_function, 0, 0,
     impure, {{"getDfsRecoveryConcurrency(1)", "error: "}}},
    {"resetDfsRecoveryConcurrency", "resetDfsRecoveryConcurrency(number)",
     "Lets that many recoveries of chunks (1 to 1024) run at one time until the controller is started again.", limit_recoveries_function, 1, 1,
     impure | admin_only, {{"resetDfsRecoveryConcurrency(0)", "error: number must be an integer between 1 and 1024"}}},
    {"getDfsRebalanceConcurrency", "getDfsRebalanceConcurrency()", "How many moves of chunks run at one time.", rebalances_function, 0, 0,
     impure, {{"getDfsRebalanceConcurrency(1)", "error: "}}},
    {"resetDfsRebalanceConcurrency", "resetDfsRebalanceConcurrency(number)",
     "Lets that many moves of chunks (1 to 1024) run at one time until the controller is started again.", limit_rebalances_function, 1, 1,
     impure | admin_only, {{"resetDfsRebalanceConcurrency(0)", "error: number must be an integer between 1 and 1024"}}},
    {"getRecoveryWorkerNum", "getRecoveryWorkerNum()", "How many chunks this data node copies from others at one time.", workers_function,
     0, 0, impure, {{"getRecoveryWorkerNum(1)", "error: "}}},
    {"resetRecoveryWorkerNum", "resetRecoveryWorkerNum(newWorkerNum)",
     "Lets this data node copy that many chunks (1 to 1024) from others at one time until it is started again. The controller "
     "orders no more of them than resetDfsRecoveryConcurrency says.",
     limit_workers_function, 1, 1, impure | admin_only, {{"resetRecoveryWorkerNum(0)", "error: newWorkerNum must be an integer between 1 and 1024"}, {"resetRecoveryWorkerNum(2.5)", "error: newWorkerNum"}}},
};

} // namespace

function_family replica_functions() { return table_of_replicas; }

} // namespace pelorus
