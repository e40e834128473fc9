// node_services: transactions other than appends, tables and schemes that change, replicas on the move.
#include "actors/ask_controller.hpp"
#include "actors/cluster_write.hpp"
#include "actors/node_services.hpp"
#include "actors/node_tables.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

expected<std::unique_ptr<open_write>> node_services::begin_write(const write_request& request) {
  return begin_cluster_write(system_, {config_.peers, config_.identity.alias, config_.incarnation}, request);
}

expected<void> node_services::release_chunks(const std::vector<chunk_info>& chunks) {
  release(chunks);
  return {};
}

expected<void> node_services::alter_table(const table_info& t) {
  return pelorus::tell_controller(system_, config_.peers, mutate{encode_entry(pelorus::alter_table{t})});
}

expected<void> node_services::change_scheme(const scheme_change& change) {
  auto bytes_of = [](const column_ptr& x) { return x ? encode_columns({x}) : std::string{}; };
  extend_scheme entry{change.database, static_cast<uint32_t>(change.level), bytes_of(change.added), bytes_of(change.removed)};
  return pelorus::tell_controller(system_, config_.peers, mutate{encode_entry(entry)});
}

expected<table_ptr> node_services::transaction_status() {
  PELORUS_ASSIGN(auto list, pelorus::ask_controller<transaction_views>(system_, config_.peers, list_transactions{}));
  // A data or compute node tells of those that it has begun, the controller of all.
  auto mode = config_.identity.mode;
  bool own_only = mode == node_role::datanode || mode == node_role::computenode;
  if (own_only) std::erase_if(list, [&](auto& x) { return x.coordinator != config_.identity.alias; });
  return transaction_table_of(list);
}

expected<table_ptr> node_services::unresolved_transactions() {
  PELORUS_ASSIGN(auto list, pelorus::ask_controller<unresolved_views>(system_, config_.peers, list_unresolved{}));
  return unresolved_table_of(list);
}

expected<table_ptr> node_services::recovery_status() {
  PELORUS_ASSIGN(auto list, pelorus::ask_controller<recovery_views>(system_, config_.peers, list_recovery{}));
  return recovery_table_of(list);
}

expected<uint64_t> node_services::order_replicas(const std::string& what, const std::vector<replica_step>& steps) {
  auto kind = what == "copy" ? replica_order::copy : what == "move" ? replica_order::move : replica_order::remove;
  pelorus::order_replicas order{static_cast<uint8_t>(kind), {}};
  for (auto& step : steps) order.moves.push_back({step.chunk.high, step.chunk.low, step.source, step.target});
  return pelorus::ask_controller<uint64_t>(system_, config_.peers, order);
}

expected<std::vector<replica_step>> node_services::plan_rebalance(double idle_days) {
  PELORUS_ASSIGN(auto moves, pelorus::ask_controller<replica_moves>(system_, config_.peers, pelorus::plan_rebalance{idle_days}));
  std::vector<replica_step> steps;
  for (auto& move : moves) steps.push_back({{move.chunk_high, move.chunk_low}, move.source, move.target});
  return steps;
}

expected<uint64_t> node_services::control_recovery(const std::string& what, const std::vector<std::string>& ids, uint64_t limit) {
  return pelorus::ask_controller<uint64_t>(system_, config_.peers, pelorus::control_recovery{what, ids, limit});
}

} // namespace pelorus
