// What scripts see of the cluster, implemented with messages: `services` for every role.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/append_coordinator.hpp"
#include "actors/login_challenges.hpp"
#include "actors/protocol.hpp"
#include "actors/query_coordinator.hpp"
#include "cfg/settings.hpp"
#include "query/cache_services.hpp"
#include "query/services.hpp"
#include "query/volume_services.hpp"
#include "storage/chunk_files.hpp"
#include "storage/metadata_store.hpp"

namespace pelorus {

/// What the site port knows of its sessions and jobs, handed over by the gateway.
struct session_services {
  std::function<table_ptr()> console_jobs, recent_jobs, sessions;
  std::function<expected<void>(const std::string&)> cancel_job;
  std::function<expected<void>(uint64_t)> close_session;
  std::function<expected<std::string>()> public_key;
  std::function<expected<std::string>(const std::string&)> decrypt;
};

struct node_services_config {
  node_identity identity;
  const settings* configuration = nullptr;
  peers_actor peers;
  /// Of this start of the process; fences its transactions.
  uint64_t incarnation = 0;
  /// The supervision tree of this process.
  std::function<expected<actor_tree>()> tree;
  /// Chunks of this node; null on nodes that hold none, and while the node opens them.
  std::function<std::shared_ptr<chunk_files>()> files;
  /// Of the controller and the single node; other nodes ask the controller.
  std::shared_ptr<login_challenges> challenges;
  /// As `challenges`; null while the node opens it. Read in place: a question to the own actors would cost their threads.
  std::function<std::shared_ptr<const metadata_store>()> metadata = {};
  /// The writer of this node's chunks; null as `files`.
  std::function<chunk_store_actor()> store = {};
};

/// Nodes at work on their share of a query, under a coordinator that turns to other replicas when one fails. What is not
/// waited for is given up.
class asked_nodes {
public:
  asked_nodes();
  asked_nodes(caf::actor_system& system, query_coordinator_actor coordinator);
  asked_nodes(asked_nodes&&) noexcept;
  asked_nodes& operator=(asked_nodes&&) noexcept;
  ~asked_nodes();
  explicit operator bool() const { return waiting_ != nullptr; }
  /// Returns when each node has the orders that may wait there: the caller's work would be in their way.
  void orders_are_out(caf::actor_system& system);
  /// In no order. Errors: cancelled, those of the tasks, unavailable when no replica could be read.
  expected<task_results> wait(session& who);

private:
  struct waiting;
  std::unique_ptr<waiting> waiting_;
};

/// Thread-safe: every call makes its own blocking actor. The locks guard the shared variables of the node and the doors
/// it knows.
class node_services final : public services, public login_services, public cache_services, public volume_services {
public:
  node_services(caf::actor_system& system, node_services_config config);

  void attach(session_services sessions) { sessions_ = std::move(sessions); }

  const node_identity& self() const override { return config_.identity; }
  const settings& config() const override { return *config_.configuration; }

  expected<void> create_database(const database_info& db) override;
  expected<void> drop_database(const std::string& path) override;
  expected<database_info> find_database(const std::string& path) override;
  expected<std::vector<std::string>> database_paths() override;
  expected<void> create_table(const table_info& t) override;
  expected<void> drop_table(const std::string& database, const std::string& table) override;
  expected<table_info> find_table(const std::string& database, const std::string& table) override;
  expected<std::vector<std::string>> table_names(const std::string& database) override;
  expected<table_snapshot> snapshot(const std::string& database, const std::string& table) override;

  expected<uint64_t> append(const std::string& database, const std::string& table,
                            const table_ptr& rows) override;
  expected<std::unique_ptr<open_write>> begin_write(const write_request& request) override;
  expected<void> release_chunks(const std::vector<chunk_info>& chunks) override;
  expected<void> alter_table(const table_info& t) override;
  expected<void> change_scheme(const scheme_change& change) override;
  expected<table_ptr> transaction_status() override;
  expected<table_ptr> unresolved_transactions() override;
  expected<table_ptr> recovery_status() override;
  expected<uint64_t> order_replicas(const std::string& what, const std::vector<replica_step>& steps) override;
  expected<std::vector<replica_step>> plan_rebalance(double idle_days) override;
  expected<uint64_t> control_recovery(const std::string& what, const std::vector<std::string>& ids, uint64_t limit) override;
  expected<std::vector<chunk_result>> run_on_chunks(const chunk_plan& plan, const table_snapshot& snapshot,
                                                    const std::vector<size_t>& chunks, session& who) override;

  expected<value> call_remote(const std::string& alias, const value& function,
                              const std::vector<value>& arguments, session& who) override;
  expected<table_ptr> cluster_perf(bool include_controller) override;
  expected<std::vector<std::string>> live_nodes(bool include_compute) override;
  expected<void> start_node(const std::string& alias_or_address) override;
  expected<void> stop_node(const std::string& alias_or_address) override;
  expected<table_ptr> cluster_chunks() override;
  expected<table_ptr> local_chunks() override;
  expected<void> compact_chunk(const std::string& chunk, int level) override;
  expected<table_ptr> compaction_status(size_t count) override;
  expected<value> write_cache(const std::string& what, bool tsdb, uint64_t size) override;
  expected<uint32_t> recovery_workers(uint32_t limit) override;
  expected<std::vector<chunk_on_volume>> chunks_on_volumes() override;
  expected<void> move_to_volume(const chunk_id& chunk, const std::string& volume) override;
  expected<table_ptr> actor_tree() override;

  expected<bool> authenticate(const std::string& user, const std::string& password) override;
  expected<login_challenge> challenge(const std::string& user, const std::string& client_nonce, session& who) override;
  expected<proven_login> prove(const std::string& user, const std::string& nonce, const std::string& proof, session& who) override;
  expected<std::vector<std::string>> user_names() override;
  expected<void> change_password(const std::string& user, const std::string& old_password,
                                 const std::string& new_password) override;

  expected<std::vector<std::string>> load_config(const std::string& which) override;
  expected<void> save_config(const std::string& which, const std::vector<std::string>& lines) override;

  table_ptr console_jobs() override;
  table_ptr recent_jobs() override;
  table_ptr sessions() override;
  expected<void> cancel_job(const std::string& root_job_id) override;
  expected<void> close_session(uint64_t id) override;
  expected<std::string> ticket(const session& who) override;
  expected<std::string> user_of_ticket(const std::string& ticket) override;
  expected<bool> is_admin(const std::string& user) override;
  expected<std::string> public_key() override;
  expected<std::string> decrypt(const std::string& base64) override;

  void share(const std::string& name, const value& x) override;
  std::optional<value> shared(const std::string& name) override;
  bool unshare(const std::string& name) override;
  std::vector<std::string> shared_names() override;

  expected<int64_t> log_length(const std::string& alias) override;
  expected<std::vector<std::string>> log_lines(const std::string& alias, int64_t length,
                                               int64_t offset) override;

private:
  expected<task_results> run_own(const chunk_plan& plan, std::vector<placed_task> tasks, std::vector<placed_task>& again,
                                 session& who);
  asked_nodes ask_nodes(std::vector<placed_task> tasks);
  expected<bytes> call_until_cancelled(const node_door& target, const remote_call& call, const std::string& alias,
                                       session& who);
  template <class Out, class Message>
  expected<Out> ask_controller(const Message& message);
  template <class Message>
  expected<void> tell_controller(const Message& message);
  expected<caf::actor> door(const std::string& alias);
  caf::actor known_door(const std::string& alias);
  /// Those of this process, by alias.
  std::map<std::string, caf::actor> doors_here();
  std::shared_ptr<const metadata_store> metadata_here() const { return config_.metadata ? config_.metadata() : nullptr; }
  expected<member_list> nodes();
  expected<void> run_append(append_order order);
  expected<void> append_by_chunk(append_order order);
  /// Tells data nodes that the files of dropped chunks may go.
  void release(const std::vector<chunk_info>& chunks);
  expected<std::string> log_file(const std::string& alias) const;

  caf::actor_system& system_;
  node_services_config config_;
  session_services sessions_;
  std::mutex doors_lock_;
  std::map<std::string, caf::actor> known_doors_;
  std::mutex shared_lock_;
  std::map<std::string, value> shared_;
};

} // namespace pelorus
