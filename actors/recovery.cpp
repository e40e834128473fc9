#include "actors/recovery.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/recovery_runs.hpp"
#include "cfg/log.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto look_interval = 5s;
constexpr auto inner_deadline = recovery_inner_deadline;
using pointer = recovery_pointer;

/// Finds out what is to be copied.
class repairs {
public:
  repairs(pointer self, recovery_config config) : self_(self), to_(self, std::move(config)), runs_(to_) {}

  caf::result<chunk_report_reply> report(const chunk_report& x) {
    auto promise = self_->make_response_promise<chunk_report_reply>();
    auto where = [x] { return list_chunks{true, true, {x.alias}}; };
    with_chunks(where, [this, x, promise](const std::vector<chunk_info>& chunks) mutable { promise.deliver(compare(x, chunks)); },
                [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  caf::result<void> caught_up(const replicated& x) {
    auto promise = self_->make_response_promise<caf::response_promise>();
    set_replicas entry{{x.held.id_high, x.held.id_low}, {{x.alias, x.held.version, false}}};
    self_->request(to_.config().metadata, inner_deadline, mutate{encode_entry(entry)})
        .then([promise]() mutable { promise.deliver(caf::unit); },
              [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  /// Marks the replica, so that nobody reads it while there is another one, and has it mended. Of one without a version only a
  /// writer has heard that it is stale there, which a copy finds out.
  caf::result<void> damaged(const damaged_chunk& x) {
    to_.with_chunk({x.id_high, x.id_low}, [this, x](chunk_info chunk) {
      for (auto& replica : chunk.replicas) {
        if (replica.node != x.alias || replica.corrupted) continue;
        if (x.version == 0) bring_up_to_date(chunk, replica.node);
        else mark(chunk, replica, x.why);
      }
    }, to_.no_matter());
    return caf::unit;
  }

  caf::result<uint64_t> order(const order_replicas& x) {
    auto promise = self_->make_response_promise<uint64_t>();
    if (static_cast<replica_order>(x.what) == replica_order::remove) {
      remove_next(x.moves, 0, promise);
      return promise;
    }
    with_chunks(
        every_chunk, [this, x, promise](const std::vector<chunk_info>& chunks) mutable {
          auto begun = add_moves(x, chunks);
          if (begun) promise.deliver(*begun);
          else promise.deliver(to_caf(begun.error()));
          runs_.start_waiting();
        },
        [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  caf::result<replica_moves> plan(const plan_rebalance& x) {
    auto promise = self_->make_response_promise<replica_moves>();
    auto idle_since = self_->state.now_ms() - static_cast<int64_t>(x.idle_days * 86'400'000.0);
    with_chunks(every_chunk, [this, idle_since, promise](const std::vector<chunk_info>& chunks) mutable {
      promise.deliver(even_out(chunks, self_->state.live, idle_since));
    }, [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  caf::result<uint64_t> control(const control_recovery& x) {
    auto& tasks = self_->state.tasks;
    auto limits = tasks.limits();
    auto& limit = x.what == "rebalances" ? limits.rebalances : limits.recoveries;
    if (x.limit != 0) limit = x.limit;
    tasks.limit(limits);
    if (x.what == "suspend") tasks.suspend(true);
    else if (x.what == "resume") tasks.suspend(false);
    for (auto& id : x.ids)
      if (!tasks.cancel(id, self_->state.now_ms()))
        return to_caf({ec::not_found, fmt::format("There is no waiting recovery task [{}].", id)});
    runs_.start_waiting();
    return static_cast<uint64_t>(limit);
  }

  /// Stale replicas of live nodes, and chunks that lost one for good.
  void look() {
    auto what = [this] {
      list_chunks ask{true, true, self_->state.lost};
      for (auto& [chunk, node] : reports().behind) ask.nodes.push_back(node);
      return ask;
    };
    with_chunks(what, [this](const std::vector<chunk_info>& chunks) {
      for (auto& chunk : chunks) {
        for (auto& replica : chunk.replicas)
          if (is_stale(chunk, replica)) add(chunk, replica.node);
        if (self_->state.lost.empty()) continue;
        auto& options = to_.config().options;
        auto home = pick_new_home(chunk, self_->state.candidates, self_->state.lost, options.replicas, options.reliability);
        if (!home.empty()) add(chunk, home);
      }
      runs_.start_waiting();
    }, [](caf::error&) {});
  }

private:
  bool is_live(const std::string& node) const {
    auto& live = self_->state.live;
    return std::find(live.begin(), live.end(), node) != live.end();
  }

  replica_reports& reports() const { return *self_->state.reports; }

  static list_chunks every_chunk() { return {true}; }

  /// Who is alive, and then the chunks that `which` asks for, with whole paths as their partitions.
  void with_chunks(std::function<list_chunks()> which, std::function<void(const std::vector<chunk_info>&)> then,
                   std::function<void(caf::error&)> failed) {
    self_->request(to_.config().membership, inner_deadline, list_nodes{}).then([this, which, then, failed](const member_list& nodes) {
      note_nodes(nodes);
      runs_.end_orphans();
      self_->request(to_.config().metadata, inner_deadline, which()).then([then, failed](const bytes& encoded) {
        auto chunks = decode_chunks(encoded);
        if (chunks) return then(*chunks);
        auto err = to_caf(chunks.error());
        failed(err);
      }, failed);
    }, failed);
  }

  void note_nodes(const member_list& nodes) {
    auto& st = self_->state;
    auto wait = to_.config().options.wait;
    st.live.clear();
    st.lost.clear();
    st.candidates.clear();
    st.starts.clear();
    for (auto& node : nodes) {
      auto role = static_cast<node_role>(node.address.role);
      if (role != node_role::datanode && role != node_role::single) continue;
      if (node.state == static_cast<uint8_t>(node_state::alive) || node.state == static_cast<uint8_t>(node_state::suspect))
        st.starts[node.address.alias] = node.incarnation;
      if (node.state == static_cast<uint8_t>(node_state::alive)) {
        st.live.push_back(node.address.alias);
        st.candidates.push_back({node.address.alias, node.address.host, node.load.chunks, node.load.disk_free});
        continue;
      }
      auto silent = node.silent_ms >= 0 ? std::chrono::milliseconds{node.silent_ms}
                                        : std::chrono::duration_cast<std::chrono::milliseconds>(self_->clock().now() - st.started);
      if (wait.count() > 0 && silent >= wait) st.lost.push_back(node.address.alias);
    }
  }

  /// A source that was not up when the node reported may be there now.
  bool is_stale(const chunk_info& chunk, const replica_info& replica) const {
    if (!is_live(replica.node)) return false;
    if (replica.version < chunk.version) return true;
    if (replica.corrupted && reports().unnamed.contains({chunk.id, replica.node})) return true;
    bool unwell = replica.corrupted || reports().behind.contains({chunk.id, replica.node});
    return unwell && !pick_source(chunk, replica.node, self_->state.live).empty();
  }

  /// It is copied at once when another node has it, else when one does, or when its node starts again.
  void mark(chunk_info chunk, replica_info& replica, const std::string& why, bool unnamed = false) {
    if (unnamed) reports().unnamed.insert({chunk.id, replica.node});
    log_error("chunk {} is damaged on {}: {}", to_string(chunk.id), replica.node, why);
    replica.corrupted = true;
    set_replicas entry{chunk.id, {replica}};
    auto node = replica.node;
    to_.change(std::move(entry), [this, chunk, node, unnamed] {
      if (!unnamed && pick_source(chunk, node, self_->state.live).empty()) return;
      add(chunk, node);
      runs_.start_waiting();
    }, to_.no_matter());
  }

  void bring_up_to_date(const chunk_info& chunk, const std::string& node) {
    if (pick_source(chunk, node, self_->state.live).empty()) return;
    reports().behind.insert({chunk.id, node});
    add(chunk, node);
    runs_.start_waiting();
  }

  /// Chunks that the metadata believes on a node which does not have them: a volume or its catalog was lost.
  void mark_missing(const chunk_report& x, const std::vector<chunk_info>& chunks) {
    std::set<chunk_id> held;
    for (auto& one : x.chunks) held.insert({one.id_high, one.id_low});
    for (auto chunk : chunks)
      for (auto& replica : chunk.replicas)
        if (replica.node == x.alias && replica.version != 0 && !replica.corrupted && !held.contains(chunk.id))
          mark(chunk, replica, "the node does not have it", true);
  }

  chunk_report_reply compare(const chunk_report& x, const std::vector<chunk_info>& chunks) {
    std::map<chunk_id, const chunk_info*> by_id;
    for (auto& chunk : chunks) by_id[chunk.id] = &chunk;
    chunk_report_reply reply;
    for (auto* each : {&reports().behind, &reports().unnamed})
      std::erase_if(*each, [&](auto& entry) { return entry.second == x.alias; });
    for (auto& held : x.chunks) {
      auto found = by_id.find({held.id_high, held.id_low});
      auto* known = found == by_id.end() ? nullptr : found->second;
      switch (judge(known, x.alias, held)) {
        case report_verdict::current: {
          auto marked = [&](auto& r) { return r.node == x.alias && r.corrupted; };
          if (std::any_of(known->replicas.begin(), known->replicas.end(), marked)) add(*known, x.alias);
          break;
        }
        case report_verdict::stale:
          reports().behind.insert({known->id, x.alias});
          add(*known, x.alias);
          break;
        case report_verdict::unknown: reply.unknown.push_back(held); break;
        // It stays as it is: the node refuses what builds on an older version, and neither gives nor takes copies of it.
        case report_verdict::foreign:
          log_error("chunk {} on {} is at version {} of commit {}, the metadata knows version {} of commit {}; was it put back to an old state? "
                    "The chunk takes no writes until the metadata is restored or the partition is dropped",
                    to_string(known->id), x.alias, held.version, held.cid, known->version, known->cid);
          break;
      }
    }
    if (!reply.unknown.empty()) log_warn("node {} reports {} chunks that are not in the metadata", x.alias, reply.unknown.size());
    if (std::find(self_->state.live.begin(), self_->state.live.end(), x.alias) == self_->state.live.end())
      self_->state.live.push_back(x.alias);  // it has just told of itself
    self_->state.starts.try_emplace(x.alias, x.incarnation);
    mark_missing(x, chunks);
    runs_.start_waiting();
    return reply;
  }

  bool add(const chunk_info& chunk, const std::string& target, const std::string& type = "ChunkRecovery",
           const std::string& source = {}, bool moves = false) {
    auto& st = self_->state;
    recovery_task task;
    task.chunk = chunk;
    task.wanted = source;
    task.view.type = type;
    task.view.path = chunk.partition;
    task.view.source = source;
    task.view.target = target;
    task.view.delete_source = moves;
    return st.tasks.add(std::move(task), to_string(chunk_id{st.ids(), st.ids()}), self_->state.now_ms());
  }

  /// Copying to a node that has the chunk is no task. Nothing is begun after an error.
  expected<uint64_t> add_moves(const order_replicas& x, const std::vector<chunk_info>& chunks) {
    std::map<chunk_id, const chunk_info*> by_id;
    for (auto& chunk : chunks) by_id[chunk.id] = &chunk;
    auto holds = [](const chunk_info& chunk, const std::string& node) {
      return std::any_of(chunk.replicas.begin(), chunk.replicas.end(), [&](auto& r) { return r.node == node; });
    };
    for (auto& move : x.moves) {
      chunk_id id{move.chunk_high, move.chunk_low};
      auto found = by_id.find(id);
      if (found == by_id.end()) return error{ec::not_found, fmt::format("The chunk [{}] does not exist.", to_string(id))};
      if (!holds(*found->second, move.source))
        return error{ec::not_found, fmt::format("Node [{}] holds no replica of chunk [{}].", move.source, to_string(id))};
      if (!is_live(move.target)) return error{ec::unavailable, fmt::format("Node [{}] is not a live data node.", move.target)};
    }
    uint64_t begun = 0;
    bool moves = static_cast<replica_order>(x.what) == replica_order::move;
    for (auto& move : x.moves) {
      auto& chunk = *by_id.at({move.chunk_high, move.chunk_low});
      if (!holds(chunk, move.target) && add(chunk, move.target, moves ? "LoadRebalance" : "ChunkRecovery", move.source, moves)) ++begun;
    }
    return begun;
  }

  void remove_next(const replica_moves& moves, size_t i, caf::typed_response_promise<uint64_t> promise) {
    if (i == moves.size()) {
      promise.deliver(static_cast<uint64_t>(i));
      return;
    }
    auto& move = moves[i];
    runs_.remove({move.chunk_high, move.chunk_low}, move.source, [this, moves, i, promise](const std::string& why) mutable {
      if (why.empty()) remove_next(moves, i + 1, promise);
      else promise.deliver(to_caf({ec::conflict, why}));
    });
  }

  pointer self_;
  recovery_links to_;
  recovery_runs runs_;
};

recovery_with_ticks::behavior_type recovery(pointer self, recovery_config config) {
  self->state.started = self->clock().now();
  self->state.ids.seed(config.seed);
  self->state.now_ms = config.clock;
  self->state.reports = config.reports;
  self->state.tasks.limit(config.options.limits);
  auto logic = std::make_shared<repairs>(self, std::move(config));
  self->delayed_send(self, look_interval, caf::tick_atom::value);
  return {
      [logic](const chunk_report& x) { return logic->report(x); },
      [logic](const replicated& x) { return logic->caught_up(x); },
      [self](const list_recovery&) -> caf::result<recovery_views> { return self->state.tasks.list(); },
      [logic](const damaged_chunk& x) { return logic->damaged(x); },
      [logic](const order_replicas& x) { return logic->order(x); },
      [logic](const plan_rebalance& x) { return logic->plan(x); },
      [logic](const control_recovery& x) { return logic->control(x); },
      [self](const get_status&) -> caf::result<uint64_t> { return static_cast<uint64_t>(self->mailbox().size()); },
      [self](caf::flush_atom) {
        for (auto& again : std::exchange(self->state.later, {})) again();
      },
      [self, logic](caf::tick_atom) {
        logic->look();
        self->delayed_send(self, look_interval, caf::tick_atom::value);
      },
  };
}

} // namespace

recovery_actor spawn_recovery(caf::actor_system& system, recovery_config config) {
  if (config.own_thread) return system.spawn<caf::detached>(recovery, std::move(config));
  return system.spawn(recovery, std::move(config));
}

} // namespace pelorus
