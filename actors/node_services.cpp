#include "actors/node_services.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/append_coordinator.hpp"
#include "actors/ask_controller.hpp"
#include "actors/node_tables.hpp"
#include "actors/errors.hpp"
#include "actors/metadata.hpp"
#include "actors/query_coordinator.hpp"
#include "actors/task_runner.hpp"
#include "cfg/log.hpp"
#include "query/function.hpp"
#include "query/function_closure.hpp"
#include "query/session.hpp"
#include "query/write_routing.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"
#include "storage/file.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto cancel_poll = 50ms;           // how often a waiting job looks at its cancel flag
constexpr int chunk_attempts = 250;           // of an append with atomic='CHUNK' to a partition that others write
constexpr uint64_t detach_above_rows = 10'000;  // an append this big encodes on a thread of its own

} // namespace

node_services::node_services(caf::actor_system& system, node_services_config config)
    : system_(system), config_(std::move(config)) {}

/// Doors of this process and the controller's are remembered: who is one, is one until it, or the connection to it, ends.
/// About others `peers` may have news.
expected<caf::actor> node_services::door(const std::string& alias) {
  if (auto known = known_door(alias)) return known;
  auto doing = alias.empty() ? std::string{"controller"} : fmt::format("node {}", alias);
  PELORUS_ASSIGN(auto found, ask<caf::actor>(system_, config_.peers, find_peer{alias}, control_deadline, doing));
  if (alias.empty() || found->node() == system_.node()) {
    std::lock_guard guard{doors_lock_};
    known_doors_[alias] = found;
  }
  return found;
}

caf::actor node_services::known_door(const std::string& alias) {
  std::lock_guard guard{doors_lock_};
  auto known = known_doors_.find(alias);
  if (known == known_doors_.end()) return {};
  auto ended = caf::actor_cast<caf::abstract_actor*>(known->second)->getf(caf::abstract_actor::is_cleaned_up_flag);
  return ended ? caf::actor{} : known->second;
}

std::map<std::string, caf::actor> node_services::doors_here() {
  std::map<std::string, caf::actor> found;
  if (auto own = door(config_.identity.alias)) found.emplace(config_.identity.alias, *own);
  if (!metadata_here()) return found;
  if (auto controller = door("")) found.emplace("", *controller);
  return found;
}

template <class Out, class Message>
expected<Out> node_services::ask_controller(const Message& message) {
  PELORUS_ASSIGN(auto controller, door(""));
  return ask<Out>(system_, caf::actor_cast<controller_door>(controller), message, control_deadline, "controller");
}

template <class Message>
expected<void> node_services::tell_controller(const Message& message) {
  PELORUS_ASSIGN(auto controller, door(""));
  return tell(system_, caf::actor_cast<controller_door>(controller), message, control_deadline, "controller");
}

// -- metadata -----------------------------------------------------------------------------------------

expected<void> node_services::create_database(const database_info& db) {
  return tell_controller(mutate{encode_entry(pelorus::create_database{db})});
}

expected<void> node_services::drop_database(const std::string& path) {
  PELORUS_ASSIGN(auto names, table_names(path));
  std::vector<chunk_info> chunks;
  for (auto& name : names)
    if (auto found = snapshot(path, name)) chunks.insert(chunks.end(), found->chunks.begin(), found->chunks.end());
  PELORUS_TRY(tell_controller(mutate{encode_entry(pelorus::drop_database{path})}));
  release(chunks);
  return {};
}

void node_services::release(const std::vector<chunk_info>& chunks) {
  std::map<std::string, drop_chunks> orders;
  for (auto& chunk : chunks)
    for (auto& replica : chunk.replicas) orders[replica.node].ids.push_back(encode_chunk(chunk));
  for (auto& [node, order] : orders) {
    auto target = door(node);
    auto done = target ? tell(system_, caf::actor_cast<node_door>(*target), order, control_deadline, node)
                       : expected<void>{target.error()};
    // A node that is down finds out when it reports its chunks.
    if (!done) log_warn("files of dropped chunks stay on node {} for now: {}", node, done.error().message);
  }
}

expected<database_info> node_services::find_database(const std::string& path) {
  if (auto here = metadata_here()) return here->read([&](auto& state) { return state.database(path); });
  PELORUS_ASSIGN(auto found, ask_controller<bytes>(get_snapshot{path, ""}));
  return decode_database(found);
}

expected<std::vector<std::string>> node_services::database_paths() {
  return ask_controller<std::vector<std::string>>(list_names{""});
}

expected<void> node_services::create_table(const table_info& t) {
  return tell_controller(mutate{encode_entry(pelorus::create_table{t})});
}

expected<void> node_services::drop_table(const std::string& database, const std::string& table) {
  PELORUS_ASSIGN(auto before, snapshot(database, table));
  PELORUS_TRY(tell_controller(mutate{encode_entry(pelorus::drop_table{database, table})}));
  release(before.chunks);
  return {};
}

expected<table_info> node_services::find_table(const std::string& database, const std::string& table) {
  if (auto here = metadata_here()) return here->read([&](auto& state) { return state.table(database, table); });
  PELORUS_ASSIGN(auto found, ask_controller<bytes>(get_table{database, table}));
  return decode_table(found);
}

expected<std::vector<std::string>> node_services::table_names(const std::string& database) {
  return ask_controller<std::vector<std::string>>(list_names{database});
}

expected<table_snapshot> node_services::snapshot(const std::string& database, const std::string& table) {
  if (auto here = metadata_here()) return here->read([&](auto& state) { return state.snapshot(database, table); });
  PELORUS_ASSIGN(auto found, ask_controller<bytes>(get_snapshot{database, table}));
  return decode_snapshot(found);
}

// -- data -----------------------------------------------------------------------------------------------

expected<uint64_t> node_services::append(const std::string& database, const std::string& table,
                                         const table_ptr& rows) {
  if (rows->rows() == 0) return uint64_t{0};
  PELORUS_ASSIGN(auto db, find_database(database));
  PELORUS_ASSIGN(auto info, find_table(database, table));
  PELORUS_ASSIGN(auto routed, route_write(db, info, *rows, config()));
  if (routed.partitions.empty()) return uint64_t{0};
  append_order order;
  order.rows = rows;
  order.rows_of = std::move(routed.rows_of);
  order.begin = {database, table, std::move(routed.partitions), std::move(routed.new_values), config_.identity.alias,
                 config_.incarnation};
  order.here = doors_here();
  if (db.atomic == "CHUNK") PELORUS_TRY(append_by_chunk(std::move(order)));
  else PELORUS_TRY(run_append(std::move(order)));
  return routed.rows;
}

expected<void> node_services::run_append(append_order order) {
  bool big = order.rows->rows() > detach_above_rows;
  auto coordinator = big ? system_.spawn<caf::detached>(append_coordinator, config_.peers, std::move(order))
                         : system_.spawn(append_coordinator, config_.peers, std::move(order));
  caf::scoped_actor self{system_};
  expected<void> done;
  self->request(coordinator, caf::infinite, pelorus::run_append{})
      .receive([](uint64_t) {}, [&](caf::error& err) { done = from_caf(err, "append"); });
  return done;
}

/// What is free is written at once, the rest when its writers have ended: several transactions.
expected<void> node_services::append_by_chunk(append_order order) {
  auto begin = std::move(order.begin);
  begin.partial = true;
  std::map<std::string, std::vector<uint32_t>> waiting;
  for (size_t i = 0; i < begin.partitions.size(); ++i) waiting[begin.partitions[i]] = std::move(order.rows_of[i]);
  auto all = waiting.size();
  auto unwritten = [&](error why) {
    why.message += fmt::format(" ({} of {} partitions were written; atomic is CHUNK)", all - waiting.size(), all);
    return why;
  };
  for (int attempt = 0; !waiting.empty();) {
    begin.partitions.clear();
    for (auto& [partition, rows] : waiting) begin.partitions.push_back(partition);
    auto plan = ask_controller<write_plan>(begin);
    if (!plan && plan.error().code == ec::conflict && ++attempt < chunk_attempts) {
      std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(attempt * 20ms, 1000ms));
      continue;
    }
    if (!plan) return unwritten(plan.error());
    append_order step;
    step.begin = begin;
    step.rows = order.rows;
    std::vector<std::string> planned;
    for (auto& encoded : plan->chunks) {
      PELORUS_ASSIGN(auto chunk, decode_chunk(encoded));
      step.rows_of.push_back(waiting.at(chunk.partition));
      planned.push_back(chunk.partition);
    }
    step.opened = *std::move(plan);
    step.here = order.here;
    if (auto done = run_append(std::move(step)); !done) return unwritten(done.error());
    for (auto& partition : planned) waiting.erase(partition);
  }
  return {};
}

// -- other nodes ------------------------------------------------------------------------------------------

/// The called node sees that its asker, which lives in here, has ended, and ends the call.
expected<bytes> node_services::call_until_cancelled(const node_door& target, const remote_call& call,
                                                    const std::string& alias, session& who) {
  caf::scoped_actor self{system_};
  auto request = self->request(target, std::chrono::seconds{24h}, call);
  hang_up_notice notice{caf::actor_cast<caf::strong_actor_ptr>(target), caf::strong_actor_ptr{self->ctrl()}, request.id()};
  while (!self->has_next_message() && !self->await_data(std::chrono::high_resolution_clock::now() + cancel_poll))
    if (who.cancel->load(std::memory_order_relaxed)) return error{ec::cancelled, "The job was cancelled."};
  expected<bytes> answer = error{ec::internal, "no answer"};
  request.receive([&](bytes& x) { answer = std::move(x); },
                  [&](caf::error& err) { answer = from_caf(err, fmt::format("node {}", alias)); });
  return answer;
}

expected<value> node_services::call_remote(const std::string& alias, const value& function,
                                           const std::vector<value>& arguments, session& who) {
  PELORUS_ASSIGN(auto target, door(alias == config_.identity.controller_alias ? "" : alias));
  auto list = column::make(type_id::any, arguments.size());
  std::copy(arguments.begin(), arguments.end(), list->own_items().begin());
  auto roots = arguments;
  roots.push_back(function);
  remote_call call{who.user, who.is_admin, encode(function), encode(value{list}), needed_definitions(who, roots)};
  // Every door answers remote_call; node_door stands for all of them here.
  PELORUS_ASSIGN(auto reply, call_until_cancelled(caf::actor_cast<node_door>(target), call, alias, who));
  return decode(reply);
}

expected<member_list> node_services::nodes() { return ask_controller<member_list>(list_nodes{}); }

expected<table_ptr> node_services::cluster_perf(bool include_controller) {
  PELORUS_ASSIGN(auto list, nodes());
  return perf_table(list, include_controller, config_.identity.alias);
}

expected<std::vector<std::string>> node_services::live_nodes(bool include_compute) {
  PELORUS_ASSIGN(auto list, nodes());
  std::vector<std::string> aliases;
  for (auto& node : list) {
    auto role = static_cast<node_role>(node.address.role);
    bool wanted = role == node_role::datanode || role == node_role::single ||
                  (include_compute && role == node_role::computenode);
    if (wanted && node.state == static_cast<uint8_t>(node_state::alive)) aliases.push_back(node.address.alias);
  }
  return aliases;
}

expected<void> node_services::start_node(const std::string& alias_or_address) {
  return tell_controller(pelorus::start_node{alias_or_address});
}

expected<void> node_services::stop_node(const std::string& alias_or_address) {
  return tell_controller(pelorus::stop_node{alias_or_address});
}

expected<table_ptr> node_services::cluster_chunks() {
  PELORUS_ASSIGN(auto encoded, ask_controller<bytes>(list_chunks{true}));
  PELORUS_ASSIGN(auto chunks, decode_chunks(encoded));
  return cluster_chunk_table(chunks);
}

expected<table_ptr> node_services::local_chunks() {
  auto files = config_.files ? config_.files() : nullptr;
  return local_chunk_table(files.get(), config_.identity.alias);
}

expected<table_ptr> node_services::actor_tree() {
  if (!config_.tree) return error{ec::unavailable, "the node is starting"};
  PELORUS_ASSIGN(auto tree, config_.tree());
  return actor_table(tree);
}

// -- logs -------------------------------------------------------------------------------------------------

expected<int64_t> node_services::log_length(const std::string& alias) {
  PELORUS_ASSIGN(auto path, log_file(alias));
  PELORUS_ASSIGN(auto in, file::open_read(path));
  PELORUS_ASSIGN(auto size, in.size());
  return static_cast<int64_t>(size);
}

expected<std::vector<std::string>> node_services::log_lines(const std::string& alias, int64_t length, int64_t offset) {
  PELORUS_ASSIGN(auto path, log_file(alias));
  // A negative offset -1 - n counts n bytes from the beginning.
  return offset < 0 ? lines_of_file(path, length, -1 - offset, false) : lines_of_file(path, length, offset, true);
}

/// The own log, or on an agent that of a node of its server, which lies beside its own.
expected<std::string> node_services::log_file(const std::string& alias) const {
  auto own = config().get_path("logFile");
  if (own.empty()) return error{ec::not_found, fmt::format("node {} logs to its terminal; set -logFile", alias)};
  if (alias == config_.identity.alias) return own;
  PELORUS_TRY(check_alias(alias));
  return (std::filesystem::path{own}.parent_path() / (alias + ".log")).string();
}

// -- users ------------------------------------------------------------------------------------------------

expected<bool> node_services::authenticate(const std::string& user, const std::string& password) {
  PELORUS_ASSIGN(auto who, ask_controller<user_view>(pelorus::authenticate{user, password}));
  return who.is_admin;
}

expected<login_challenge> node_services::challenge(const std::string& user, const std::string& client_nonce, session& who) {
  if (config_.challenges) return config_.challenges->pose(user, client_nonce);
  auto first = function_value(*find_function("scramClientFirst"));
  PELORUS_ASSIGN(auto got, call_remote(config_.identity.controller_alias, first,
                                       {value::of_text(user), value::of_text(client_nonce)}, who));
  if (!got.is_vector() || got.size() != 3) return error{ec::internal, "the controller answered a login with something else"};
  auto part = [&](size_t i) { return element(got.vec(), i); };
  return login_challenge{std::string{part(0).text()}, std::string{part(2).text()}, static_cast<int32_t>(part(1).as_long())};
}

expected<proven_login> node_services::prove(const std::string& user, const std::string& nonce, const std::string& proof, session& who) {
  if (config_.challenges) return config_.challenges->check(user, nonce, proof);
  auto last = function_value(*find_function("scramClientFinal"));
  PELORUS_ASSIGN(auto got, call_remote(config_.identity.controller_alias, last,
                                       {value::of_text(user), value::of_text(nonce), value::of_text(proof)}, who));
  PELORUS_ASSIGN(auto admin, is_admin(user));
  return proven_login{admin, std::string{got.text()}};
}

expected<void> node_services::change_password(const std::string& user, const std::string& old_password,
                                              const std::string& new_password) {
  return tell_controller(pelorus::change_password{user, old_password, new_password});
}

expected<std::string> node_services::ticket(const session& who) {
  return ask_controller<std::string>(issue_ticket{who.user});
}

expected<std::string> node_services::user_of_ticket(const std::string& ticket) {
  PELORUS_ASSIGN(auto who, ask_controller<user_view>(check_ticket{ticket}));
  return who.name;
}

/// The controller lists users as it lists databases and tables.
expected<std::vector<std::string>> node_services::user_names() {
  return ask_controller<std::vector<std::string>>(list_names{names_of_users});
}

expected<bool> node_services::is_admin(const std::string& user) {
  PELORUS_ASSIGN(auto who, ask_controller<user_view>(describe_user{user}));
  return who.is_admin;
}

// -- configuration --------------------------------------------------------------------------------------------

expected<std::vector<std::string>> node_services::load_config(const std::string& which) {
  return ask_controller<std::vector<std::string>>(pelorus::load_config{which});
}

expected<void> node_services::save_config(const std::string& which, const std::vector<std::string>& lines) {
  return tell_controller(pelorus::save_config{which, lines});
}

// -- sessions and jobs: the gateway's -----------------------------------------------------------------------

namespace {
error no_site_port() { return {ec::unavailable, "the site port of this node is not open yet"}; }
} // namespace

table_ptr node_services::console_jobs() { return sessions_.console_jobs ? sessions_.console_jobs() : std::make_shared<table>(); }
table_ptr node_services::recent_jobs() { return sessions_.recent_jobs ? sessions_.recent_jobs() : std::make_shared<table>(); }
table_ptr node_services::sessions() { return sessions_.sessions ? sessions_.sessions() : std::make_shared<table>(); }
expected<void> node_services::cancel_job(const std::string& root_job_id) {
  return sessions_.cancel_job ? sessions_.cancel_job(root_job_id) : no_site_port();
}
expected<void> node_services::close_session(uint64_t id) {
  return sessions_.close_session ? sessions_.close_session(id) : no_site_port();
}
expected<std::string> node_services::public_key() {
  return sessions_.public_key ? sessions_.public_key() : no_site_port();
}
expected<std::string> node_services::decrypt(const std::string& base64) {
  return sessions_.decrypt ? sessions_.decrypt(base64) : no_site_port();
}

// -- shared variables ---------------------------------------------------------------------------------------

void node_services::share(const std::string& name, const value& x) {
  std::lock_guard guard{shared_lock_};
  shared_[name] = x;
}

std::optional<value> node_services::shared(const std::string& name) {
  std::lock_guard guard{shared_lock_};
  auto found = shared_.find(name);
  return found == shared_.end() ? std::nullopt : std::optional{found->second};
}

bool node_services::unshare(const std::string& name) {
  std::lock_guard guard{shared_lock_};
  return shared_.erase(name) != 0;
}

std::vector<std::string> node_services::shared_names() {
  std::lock_guard guard{shared_lock_};
  std::vector<std::string> names;
  for (auto& [name, x] : shared_) names.push_back(name);
  return names;
}

} // namespace pelorus
