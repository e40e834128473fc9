#include "actors/cluster_write.hpp"

#include <set>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/append_coordinator.hpp"
#include "actors/ask_controller.hpp"
#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto roll_back_deadline = 5s;         // a node that cannot be told asks the controller later
constexpr uint64_t detach_above_rows = 10'000;  // so many rows are encoded on a thread of their own

std::string_view type_of(write_kind kind) {
  switch (kind) {
    case write_kind::append: return "APPEND";
    case write_kind::update: return "SQLUPDATE";
    case write_kind::erase: return "SQLDELETE";
    case write_kind::upsert: return "SQLUPSERT";
    case write_kind::drop: return "DROP";
  }
  return "UNKNOWN";
}

class cluster_write final : public open_write {
public:
  cluster_write(caf::actor_system& system, cluster_write_config config, write_plan plan, table_snapshot locked)
      : system_(system), config_(std::move(config)), plan_(std::move(plan)), locked_(std::move(locked)),
        changes_(plan_.chunks.size(), static_cast<uint8_t>(chunk_change::none)), rows_(plan_.chunks.size()) {}

  ~cluster_write() override {
    if (!over_) roll_back();
  }

  const table_snapshot& locked() const override { return locked_; }

  expected<void> stage(size_t chunk, const table_ptr& rows, bool replaces) override {
    append_order order;
    order.does = write_part::stage;
    order.part = chunk;
    order.rows = rows;
    order.replaces = replaces;
    changes_[chunk] = static_cast<uint8_t>(replaces ? chunk_change::replace : chunk_change::append);
    rows_[chunk] = rows->rows();
    return run(std::move(order), rows->rows() > detach_above_rows);
  }

  void drop(size_t chunk) override { changes_[chunk] = static_cast<uint8_t>(chunk_change::drop); }

  expected<void> commit() override {
    append_order order;
    order.does = write_part::commit;
    order.rows = std::make_shared<table>();
    order.decision = {plan_.tid, rows_, changes_};
    over_ = true;
    return run(std::move(order), false);
  }

private:
  /// After an error the coordinator has rolled back what it knows of, or left the outcome to the controller.
  expected<void> run(append_order order, bool detached) {
    order.opened = plan_;
    order.begin.coordinator = config_.coordinator;
    order.begin.incarnation = config_.incarnation;
    auto coordinator = detached ? system_.spawn<caf::detached>(append_coordinator, config_.peers, std::move(order))
                                : system_.spawn(append_coordinator, config_.peers, std::move(order));
    caf::scoped_actor self{system_};
    expected<void> done;
    self->request(coordinator, caf::infinite, run_append{})
        .receive([](uint64_t) {}, [&](caf::error& err) { done = from_caf(err, "write"); });
    return done;
  }

  caf::actor door(const std::string& alias) {
    caf::scoped_actor self{system_};
    caf::actor found;
    self->request(config_.peers, roll_back_deadline, find_peer{alias})
        .receive([&](caf::actor& x) { found = std::move(x); },
                 [&](caf::error& err) { log_warn("transaction {}: {}", plan_.tid, from_caf(err, alias).message); });
    return found;
  }

  void roll_back() {
    if (auto controller = door("")) caf::anon_send(controller, abort_write{plan_.tid, "the script that wrote gave it up", config_.incarnation});
    std::set<std::string> nodes;
    for (size_t i = 0; i < changes_.size(); ++i)
      if (auto change = static_cast<chunk_change>(changes_[i]); change == chunk_change::append || change == chunk_change::replace)
        for (auto& replica : locked_.chunks[i].replicas) nodes.insert(replica.node);
    for (auto& node : nodes)
      if (auto there = door(node)) caf::anon_send(there, forget_write{plan_.tid, config_.incarnation});
  }

  caf::actor_system& system_;
  cluster_write_config config_;
  write_plan plan_;
  table_snapshot locked_;
  std::vector<uint8_t> changes_;
  std::vector<uint64_t> rows_;
  bool over_ = false;
};

} // namespace

expected<std::unique_ptr<open_write>> begin_cluster_write(caf::actor_system& system, const cluster_write_config& config,
                                                          const write_request& request) {
  begin_write order{request.database, request.table, request.partitions, request.new_values, config.coordinator,
                    config.incarnation, std::string{type_of(request.kind)}, false, request.force};
  PELORUS_ASSIGN(auto plan, ask_controller<write_plan>(system, config.peers, order));
  table_snapshot locked;
  for (auto& encoded : plan.chunks) {
    PELORUS_ASSIGN(auto chunk, decode_chunk(encoded));
    locked.cid = std::max(locked.cid, chunk.cid);
    locked.chunks.push_back(std::move(chunk));
  }
  PELORUS_ASSIGN(locked.table, decode_table(plan.table));
  locked.database.path = request.database;
  auto write = std::make_unique<cluster_write>(system, config, std::move(plan), std::move(locked));
  return std::unique_ptr<open_write>{std::move(write)};
}

} // namespace pelorus
