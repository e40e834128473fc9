// A change of whole chunks, as actors/cluster_write.hpp makes it for a script that updates: the same messages and the same
// coordinators, one step after the other, without a job that waits.
#include <set>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/append_coordinator.hpp"
#include "actors/errors.hpp"
#include "storage/dfs_codec.hpp"
#include "tests/simulator/ledger.hpp"

namespace pelorus::simulation {

namespace {

constexpr milliseconds step_deadline{5'000};

class replacing : public std::enable_shared_from_this<replacing> {
public:
  replacing(cluster& where, cluster::process& x, entry what, uint64_t frame_bytes, std::function<void(told)> then)
      : cluster_(where), from_(x.where), peers_(caf::actor_cast<peers_actor>(x.peers)), entry_(std::move(what)), frame_bytes_(frame_bytes),
        then_(std::move(then)) {}

  void start(caf::event_based_actor* self) {
    self_ = self;
    self->request(peers_, step_deadline, find_peer{""})
        .then([me = shared_from_this()](const caf::actor& found) { me->begin(found); },
              [me = shared_from_this()](caf::error&) { me->then_(told::refused); });
  }

private:
  void begin(const caf::actor& controller) {
    controller_ = controller;
    begin_write order;
    order.database = database_path;
    order.table = table_name;
    for (auto p : entry_.partitions) order.partitions.push_back(std::to_string(p));
    order.coordinator = from_.alias;
    order.incarnation = from_.incarnation;
    order.type = "SQLUPDATE";
    self_->request(caf::actor_cast<controller_door>(controller), step_deadline, order)
        .then([me = shared_from_this()](const write_plan& plan) { me->stage_all(plan); },
              [me = shared_from_this()](caf::error&) { me->then_(told::refused); });
  }

  void stage_all(const write_plan& plan) {
    plan_ = plan;
    for (auto& encoded : plan.chunks) {
      auto chunk = decode_chunk(encoded);
      auto rows = chunk ? read_table(cluster_, *chunk) : expected<table_ptr>{chunk.error()};
      if (!rows) return give_up();
      auto whole = *rows;
      whole->append(*rows_of(entry_, 1));
      tables_.push_back(whole);
      decision_.rows.push_back(whole->rows());
      decision_.changes.push_back(static_cast<uint8_t>(chunk_change::replace));
      for (auto& replica : chunk->replicas) nodes_.insert(replica.node);
    }
    decision_.tid = plan.tid;
    stage(0);
  }

  append_order order_of_part() const {
    append_order order;
    order.begin.coordinator = from_.alias;
    order.begin.incarnation = from_.incarnation;
    order.opened = plan_;
    order.step_deadline = step_deadline;
    order.frame_bytes = frame_bytes_;
    return order;
  }

  void stage(size_t part) {
    if (part == tables_.size()) return commit();
    auto order = order_of_part();
    order.does = write_part::stage;
    order.part = part;
    order.rows = tables_[part];
    order.replaces = true;
    run(std::move(order), [me = shared_from_this(), part](const std::optional<error>& why) {
      if (why) me->give_up();
      else me->stage(part + 1);
    });
  }

  void commit() {
    auto order = order_of_part();
    order.does = write_part::commit;
    order.rows = std::make_shared<table>();
    order.decision = decision_;
    run(std::move(order), [me = shared_from_this()](const std::optional<error>& why) { me->then_(why ? told_by(*why) : told::acknowledged); });
  }

  void run(append_order order, std::function<void(const std::optional<error>&)> then) {
    auto coordinator = cluster_.adopt(cluster_.of(from_.alias),
                                      caf::actor_cast<caf::actor>(cluster_.system().spawn(append_coordinator, peers_, std::move(order))));
    self_->request(caf::actor_cast<append_coordinator_actor>(coordinator), caf::infinite, run_append{})
        .then([then](uint64_t) { then(std::nullopt); }, [then](caf::error& err) { then(from_caf(err, "a write")); });
  }

  /// As the destructor of an open write.
  void give_up() {
    self_->send(controller_, abort_write{plan_.tid, "the script that wrote gave it up", from_.incarnation});
    for (auto& node : nodes_)
      self_->request(peers_, step_deadline, find_peer{node})
          .then([me = shared_from_this()](const caf::actor& door) { me->self_->send(door, forget_write{me->plan_.tid, me->from_.incarnation}); }, [](caf::error&) {});
    then_(told::refused);
  }

  cluster& cluster_;
  place from_;
  peers_actor peers_;
  entry entry_;
  uint64_t frame_bytes_;
  std::function<void(told)> then_;
  caf::event_based_actor* self_ = nullptr;
  caf::actor controller_;
  write_plan plan_;
  std::vector<table_ptr> tables_;
  commit_write decision_;
  std::set<std::string> nodes_;
};

} // namespace

void replace_entry(cluster& where, cluster::process& x, const entry& what, uint64_t frame_bytes, std::function<void(told)> then) {
  auto work = std::make_shared<replacing>(where, x, what, frame_bytes, std::move(then));
  where.adopt(x, where.system().spawn([work](caf::event_based_actor* self) { work->start(self); }));
}

} // namespace pelorus::simulation
