#include "actors/transactions.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <caf/actor_addr.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/commit_outcome.hpp"
#include "actors/errors.hpp"
#include "actors/transaction_history.hpp"
#include "cfg/log.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto inner_deadline = 30s;   // metadata and membership answer from memory or after one sync
constexpr auto sweep_interval = 1s;
constexpr auto nodes_last = 3s;        // a list of nodes that was not renewed for so long is asked for

struct transactions_state {
  transaction_table table{{}};
  transaction_history history;
  placement_memory placements;
  std::map<caf::actor_addr, tid_t> beginners;  // of other processes: whose loss ends what they began
  member_list nodes;                                          // as membership has told last
  std::optional<std::chrono::steady_clock::time_point> nodes_of;  // when that was
  std::mt19937_64 ids;
  wall_clock now_ms;
  static inline const char* name = "transactions";
};

using with_ticks = transaction_protocol::plus<member_protocol>::plus<status_protocol>::plus<protocol<caf::reacts_to<caf::tick_atom>>>::handle;
using pointer = with_ticks::stateful_pointer<transactions_state>;

bool is_alive(const node_view& node) {
  return node.state == static_cast<uint8_t>(node_state::alive) || node.state == static_cast<uint8_t>(node_state::suspect);
}

std::vector<placement_candidate> live_data_nodes(const member_list& nodes) {
  std::vector<placement_candidate> live;
  for (auto& node : nodes) {
    auto role = static_cast<node_role>(node.address.role);
    if ((role == node_role::datanode || role == node_role::single) && is_alive(node))
      live.push_back({node.address.alias, node.address.host, node.load.chunks, node.load.disk_free});
  }
  return live;
}

class coordinator_of_commits {
public:
  coordinator_of_commits(pointer self, metadata_actor metadata, membership_actor membership)
      : self_(self), metadata_(std::move(metadata)), membership_(std::move(membership)) {}

  caf::result<write_plan> begin(const begin_write& order) {
    auto asker = caf::actor_cast<caf::actor>(self_->current_sender());  // the promise takes it away
    auto promise = self_->make_response_promise<write_plan>();
    auto failed = [promise](caf::error& err) mutable { promise.deliver(std::move(err)); };
    auto look_up = [this, order, asker, promise, failed] {
      self_->request(metadata_, inner_deadline, look_up_write{order.database, order.table, order.partitions})
          .then([this, order, asker, promise](write_lookup& found) mutable {
            auto plan = open(order, found);
            if (!plan) return void(promise.deliver(to_caf(plan.error())));
            watch(asker, plan->tid);
            promise.deliver(*std::move(plan));
          }, failed);
    };
    // The look-up comes last: a commit that it did not see is not answered yet, so its locks are still held.
    if (knows_nodes()) look_up();
    else ask_for_nodes(look_up, failed);
    return promise;
  }

  /// From membership: whenever a node's state changes, and once a second for the nodes' loads.
  void take_nodes(member_list nodes) {
    self_->state.nodes = std::move(nodes);
    self_->state.nodes_of = self_->clock().now();
  }

  caf::result<uint64_t> commit(const commit_write& order) {
    if (auto before = self_->state.table.committed(order.tid)) return *before;
    auto txn = self_->state.table.prepare_commit(order);
    if (!txn) return to_caf(txn.error());
    auto tid = order.tid;
    if ((*txn)->written.empty() && (*txn)->dropped.empty()) {
      end(tid, cid_t{0});
      return uint64_t{0};
    }
    commit_transaction entry;
    entry.tid = tid;
    entry.chunks = (*txn)->written;
    entry.dropped = (*txn)->dropped;
    entry.new_values = (*txn)->new_values;
    self_->state.history.deciding(tid);
    auto promise = self_->make_response_promise<uint64_t>();
    // No deadline here: whether the record is durable is known only from the answer.
    self_->request(metadata_, caf::infinite, decide{encode_entry(entry)})
        .then(
            [this, tid, promise](uint64_t cid) mutable {
              end(tid, cid);
              promise.deliver(cid);
            },
            [this, tid, promise](caf::error& err) mutable {
              // Else the record may be in the log, and it stays undecided until the metadata is read again.
              if (surely_not_committed(from_caf(err, "metadata").code)) end(tid, std::nullopt);
              promise.deliver(std::move(err));
            });
    return promise;
  }

  caf::result<void> abort(const abort_write& order) {
    auto* txn = self_->state.table.find(order.tid);
    if (txn && txn->incarnation != order.incarnation)
      return to_caf({ec::stale, fmt::format("transaction {} was begun by another start of node {}", order.tid, txn->coordinator)});
    if (txn && txn->deciding)
      return to_caf({ec::conflict, fmt::format("transaction {} is being decided and cannot be rolled back", order.tid)});
    if (auto ended = end(order.tid, std::nullopt); ended && !ended->coordinator.empty())
      log_info("transaction {} rolled back: {}", order.tid, order.reason);
    return caf::unit;
  }

  /// Open while it is in the table. One that ended lately is known by its end; else it was committed when it is the chunk's
  /// newest commit.
  caf::result<resolution> resolve(const resolve_transaction& ask) {
    if (self_->state.table.find(ask.tid)) {
      self_->state.history.asked(ask, self_->state.now_ms());
      return resolution{static_cast<uint8_t>(outcome::open), 0};
    }
    if (auto cid = self_->state.table.committed(ask.tid); cid && *cid != 0)
      return resolution{static_cast<uint8_t>(outcome::committed), *cid};
    auto promise = self_->make_response_promise<resolution>();
    self_->request(metadata_, inner_deadline, get_chunk{ask.chunk_high, ask.chunk_low})
        .then(
            [promise, tid = ask.tid](bytes& encoded) mutable -> void {
              auto chunk = encoded.empty() ? expected<chunk_info>{chunk_info{}} : decode_chunk(encoded);
              if (!chunk) return void(promise.deliver(to_caf(chunk.error())));
              bool committed = chunk->tid == tid && tid != 0;
              promise.deliver(resolution{static_cast<uint8_t>(committed ? outcome::committed : outcome::aborted),
                                         committed ? chunk->cid : 0});
            },
            [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  /// The connection to who began a transaction was lost: he gives it up, or has never heard that it is open. A commit that
  /// comes all the same finds it rolled back. One who has just ended leaves his to the deadline.
  void lost(const caf::down_msg& down) {
    auto began = self_->state.beginners.extract(down.source);
    if (began.empty() || down.reason != caf::exit_reason::remote_link_unreachable) return;
    auto* txn = self_->state.table.find(began.mapped());
    if (!txn || txn->deciding) return;
    log_warn("transaction {} is rolled back: the connection to node {} was lost", txn->tid, txn->coordinator);
    end(began.mapped(), std::nullopt);
  }

  /// Looks who is there, and rolls back what nobody will commit any more.
  void sweep() {
    ask_for_nodes([this] {
      std::map<std::string, uint64_t> live;
      for (auto& node : self_->state.nodes)
        if (is_alive(node)) live[node.address.alias] = node.incarnation;
      for (auto tid : self_->state.table.abandoned(self_->clock().now(), live)) {
        auto txn = end(tid, std::nullopt);
        log_warn("transaction {} of node {} was abandoned and is rolled back", tid, txn->coordinator);
      }
    }, [](caf::error&) {});
  }

private:
  bool knows_nodes() const {
    auto& of = self_->state.nodes_of;
    return of && self_->clock().now() - *of < nodes_last;
  }

  template <class Then, class Failed>
  void ask_for_nodes(Then then, Failed failed) {
    self_->request(membership_, inner_deadline, list_nodes{})
        .then([this, then](member_list& nodes) mutable {
          take_nodes(std::move(nodes));
          then();
        }, failed);
  }

  void watch(const caf::actor& beginner, tid_t tid) {
    if (!beginner || beginner.node() == self_->system().node()) return;
    self_->state.beginners[beginner.address()] = tid;
    self_->monitor(beginner);
  }

  /// With the cid when it was committed.
  std::optional<transaction_table::transaction> end(tid_t tid, std::optional<cid_t> committed) {
    self_->state.history.ended(tid, committed.has_value(), self_->state.now_ms());
    return self_->state.table.finish(tid, committed);
  }

  expected<write_plan> open(const begin_write& order, const write_lookup& found) {
    transaction_table::request request;
    request.tid = found.tid;
    request.coordinator = order.coordinator;
    request.incarnation = order.incarnation;
    request.new_values = order.new_values;
    request.partitions = order.partitions;
    request.type = order.type;
    request.partial = order.partial;
    request.force = order.force;
    PELORUS_ASSIGN(request.table, decode_table(found.table));
    for (auto& encoded : found.chunks) {
      if (encoded.empty()) {
        request.found.push_back(std::nullopt);
        continue;
      }
      PELORUS_ASSIGN(auto chunk, decode_chunk(encoded));
      request.found.push_back(std::move(chunk));
    }
    auto& ids = self_->state.ids;
    auto now = self_->clock().now();
    auto live = live_data_nodes(self_->state.nodes);
    auto makes_chunks = std::any_of(request.found.begin(), request.found.end(), [](auto& chunk) { return !chunk; });
    if (makes_chunks) self_->state.placements.correct(live, now);
    PELORUS_ASSIGN(auto txn, self_->state.table.begin(std::move(request), std::move(live), {ids(), ids()}, now));
    if (makes_chunks)
      for (auto& chunk : txn->chunks)
        if (chunk.version == 0)
          for (auto& replica : chunk.replicas) self_->state.placements.placed(replica.node, now);
    self_->state.history.begun({txn->tid, self_->state.now_ms(), 0, txn->type, "", txn->chunks.size(), txn->coordinator});
    write_plan plan{txn->tid, found.table, {}};
    for (auto& chunk : txn->chunks) plan.chunks.push_back(encode_chunk(chunk));
    return plan;
  }

  pointer self_;
  metadata_actor metadata_;
  membership_actor membership_;
};

with_ticks::behavior_type transactions(pointer self, transactions_config config) {
  self->state.table = transaction_table{config.options};
  self->state.ids.seed(config.seed);
  self->state.now_ms = std::move(config.clock);
  auto logic = std::make_shared<coordinator_of_commits>(self, std::move(config.metadata), std::move(config.membership));
  self->set_down_handler([logic](caf::down_msg& down) { logic->lost(down); });
  self->delayed_send(self, sweep_interval, caf::tick_atom::value);
  return {
      [logic](const begin_write& x) { return logic->begin(x); },
      [logic](const commit_write& x) { return logic->commit(x); },
      [logic](const abort_write& x) { return logic->abort(x); },
      [logic](const resolve_transaction& x) { return logic->resolve(x); },
      [logic](member_list& nodes) -> caf::result<void> {
        logic->take_nodes(std::move(nodes));
        return caf::unit;
      },
      [self](const list_transactions&) -> caf::result<transaction_views> { return self->state.history.list(); },
      [self](const list_unresolved&) -> caf::result<unresolved_views> { return self->state.history.unresolved(); },
      [self](const get_status&) -> caf::result<uint64_t> { return static_cast<uint64_t>(self->mailbox().size()); },
      [self, logic](caf::tick_atom) {
        logic->sweep();
        self->delayed_send(self, sweep_interval, caf::tick_atom::value);
      },
  };
}

} // namespace

transactions_actor spawn_transactions(caf::actor_system& system, transactions_config config) {
  return system.spawn(transactions, std::move(config));
}

} // namespace pelorus
