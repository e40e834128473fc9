// A cluster in one process for the tests of SQL: databases and tables in maps, chunks as in-memory tables.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cfg/settings.hpp"
#include "query/chunk_parameters.hpp"
#include "query/chunk_task.hpp"
#include "query/services.hpp"
#include "storage/partition.hpp"

namespace pelorus::testing {

inline error not_here() { return {ec::not_supported, "not in this test"}; }

class sql_services : public services {
public:
  const node_identity& self() const override { return self_; }
  const settings& config() const override { return settings_; }

  expected<void> create_database(const database_info& db) override {
    databases_[db.path] = db;
    return {};
  }
  expected<void> drop_database(const std::string& path) override {
    if (databases_.erase(path) == 0) return error{ec::not_found, "The database '" + path + "' does not exist."};
    std::erase_if(tables_, [&](auto& t) { return t.first.first == path; });
    return {};
  }
  expected<database_info> find_database(const std::string& path) override {
    auto found = databases_.find(path);
    if (found == databases_.end()) return error{ec::not_found, "The database '" + path + "' does not exist."};
    return found->second;
  }
  expected<std::vector<std::string>> database_paths() override {
    std::vector<std::string> paths;
    for (auto& [path, db] : databases_) paths.push_back(path);
    return paths;
  }
  expected<void> create_table(const table_info& t) override {
    tables_[{t.database, t.name}] = {t, {}};
    return {};
  }
  expected<void> drop_table(const std::string& database, const std::string& table) override {
    if (tables_.erase({database, table}) == 0) return error{ec::not_found, "no such table"};
    return {};
  }
  expected<table_info> find_table(const std::string& database, const std::string& table) override {
    auto found = tables_.find({database, table});
    if (found == tables_.end()) return error{ec::not_found, "The table '" + table + "' does not exist in " + database + "."};
    return found->second.info;
  }
  expected<std::vector<std::string>> table_names(const std::string& database) override {
    std::vector<std::string> names;
    for (auto& [key, t] : tables_)
      if (key.first == database) names.push_back(key.second);
    return names;
  }
  expected<table_snapshot> snapshot(const std::string& database, const std::string& table) override {
    auto& t = tables_.at({database, table});
    table_snapshot s{databases_.at(database), t.info, 1, {}};
    for (auto& [path, rows] : t.chunks) {
      chunk_info c;
      c.partition = path;
      c.rows = rows->rows();
      s.chunks.push_back(c);
    }
    return s;
  }
  expected<uint64_t> append(const std::string& database, const std::string& table, const table_ptr& rows) override {
    auto& t = tables_.at({database, table});
    auto& levels = databases_.at(database).levels;
    if (t.info.partition_columns.empty()) {
      add(t, "all", rows);
      return rows->rows();
    }
    std::vector<column_ptr> keys;
    for (auto c : t.info.partition_columns) keys.push_back(rows->col(static_cast<size_t>(c)));
    auto routed = route_rows(levels, keys, true);
    if (!routed) return std::move(routed).error();
    auto by_path = rows_by_path(*routed);
    for (size_t p = 0; p < routed->paths.size(); ++p) add(t, routed->paths[p], rows->gather(by_path[p]));
    return rows->rows() - routed->rows_outside;
  }
  expected<std::unique_ptr<open_write>> begin_write(const write_request& request) override {
    return std::unique_ptr<open_write>{std::make_unique<fake_write>(*this, request)};
  }
  expected<std::vector<chunk_result>> run_on_chunks(const chunk_plan& plan, const table_snapshot& s,
                                                    const std::vector<size_t>& chunks, session& who) override {
    std::vector<chunk_result> results;
    last_sql = plan.sql;
    last_chunks = chunks.size();
    for (size_t i = chunks.size(); i-- > 0;) {  // answers come in any order
      auto& t = tables_.at({plan.database, plan.table});
      auto stored = std::make_shared<table_source>(t.chunks.at(s.chunks[chunks[i]].partition));
      auto one = plan;  // every other one as a chunk of another node
      one.of_chunk.clear();
      if (i % 2 == 1) one.parameters = parameters_for(plan, i);
      else if (!plan.of_chunk.empty()) one.of_chunk = {plan.of_chunk.at(i)};
      auto rows = run_map_side(one, in_order(stored, order_of(t.info)), who);
      if (!rows) return std::move(rows).error();
      results.push_back({chunks[i], value{*rows}});
    }
    return results;
  }

  expected<value> call_remote(const std::string&, const value&, const std::vector<value>&, session&) override { return not_here(); }
  expected<table_ptr> cluster_perf(bool) override { return not_here(); }
  expected<std::vector<std::string>> live_nodes(bool) override { return not_here(); }
  expected<void> start_node(const std::string&) override { return not_here(); }
  expected<void> stop_node(const std::string&) override { return not_here(); }
  expected<table_ptr> cluster_chunks() override { return not_here(); }
  expected<table_ptr> local_chunks() override { return not_here(); }
  expected<table_ptr> actor_tree() override { return not_here(); }
  expected<bool> authenticate(const std::string&, const std::string&) override { return true; }
  expected<void> change_password(const std::string&, const std::string&, const std::string&) override { return not_here(); }
  expected<std::vector<std::string>> load_config(const std::string&) override { return not_here(); }
  expected<void> save_config(const std::string&, const std::vector<std::string>&) override { return not_here(); }
  table_ptr console_jobs() override { return std::make_shared<table>(); }
  table_ptr recent_jobs() override { return std::make_shared<table>(); }
  table_ptr sessions() override { return std::make_shared<table>(); }
  expected<void> cancel_job(const std::string&) override { return not_here(); }
  expected<void> close_session(uint64_t) override { return not_here(); }
  expected<std::string> ticket(const session&) override { return not_here(); }
  expected<std::string> user_of_ticket(const std::string&) override { return not_here(); }
  expected<std::string> public_key() override { return not_here(); }
  expected<std::string> decrypt(const std::string&) override { return not_here(); }
  void share(const std::string& name, const value& x) override { shared_[name] = x; }
  std::optional<value> shared(const std::string& name) override {
    auto found = shared_.find(name);
    return found == shared_.end() ? std::nullopt : std::optional{found->second};
  }
  bool unshare(const std::string& name) override { return shared_.erase(name) != 0; }
  std::vector<std::string> shared_names() override { return {}; }
  expected<int64_t> log_length(const std::string&) override { return not_here(); }
  expected<std::vector<std::string>> log_lines(const std::string&, int64_t, int64_t) override { return not_here(); }

  std::string last_sql;    ///< map side of the last distributed query
  size_t last_locked = 0;  ///< chunks that the last transaction locked
  size_t last_chunks = 0;  ///< how many chunks it ran on

private:
  struct stored {
    table_info info;
    std::map<std::string, table_ptr> chunks;
  };
  static void add(stored& t, const std::string& path, const table_ptr& rows) {
    auto& chunk = t.chunks[path];
    if (chunk) chunk->append(*rows);
    else chunk = rows->slice(0, rows->rows());
  }

  /// Nothing of it is seen before its commit.
  class fake_write final : public open_write {
  public:
    fake_write(sql_services& node, const write_request& request) : node_(node), key_{request.database, request.table} {
      auto& t = node_.tables_.at(key_);
      locked_.database.path = request.database;
      locked_.table = t.info;
      for (auto& path : request.partitions) {
        chunk_info chunk;
        chunk.partition = path;
        chunk.version = t.chunks.contains(path) ? 1 : 0;
        chunk.rows = chunk.version ? t.chunks.at(path)->rows() : 0;
        locked_.chunks.push_back(chunk);
      }
      node_.last_locked = locked_.chunks.size();
    }
    const table_snapshot& locked() const override { return locked_; }
    expected<void> stage(size_t chunk, const table_ptr& rows, bool replaces) override {
      staged_.push_back({locked_.chunks[chunk].partition, rows, replaces});
      return {};
    }
    void drop(size_t chunk) override { staged_.push_back({locked_.chunks[chunk].partition, nullptr, true}); }
    expected<void> commit() override {
      auto& t = node_.tables_.at(key_);
      for (auto& [path, rows, replaces] : staged_) {
        if (replaces) t.chunks.erase(path);
        if (rows) add(t, path, rows);
      }
      return {};
    }

  private:
    struct staged { std::string path; table_ptr rows; bool replaces; };
    sql_services& node_;
    std::pair<std::string, std::string> key_;
    table_snapshot locked_;
    std::vector<staged> staged_;
  };

  node_identity self_;
  settings settings_;
  std::map<std::string, database_info> databases_;
  std::map<std::pair<std::string, std::string>, stored> tables_;
  std::map<std::string, value> shared_;
};

} // namespace pelorus::testing
