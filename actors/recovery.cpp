#include "actors/recovery.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"

namespace pelorus {

report_verdict judge(const chunk_info* known, const std::string& node, const held_chunk& held) {
  if (!known) return report_verdict::unknown;
  for (auto& replica : known->replicas)
    if (replica.node == node) return held.version < known->version ? report_verdict::stale : report_verdict::current;
  return report_verdict::unknown;
}

std::string pick_source(const chunk_info& chunk, const std::string& target, const std::vector<std::string>& live) {
  for (auto& replica : chunk.replicas) {
    bool usable = replica.node != target && replica.version == chunk.version && !replica.corrupted;
    if (usable && std::find(live.begin(), live.end(), replica.node) != live.end()) return replica.node;
  }
  return {};
}

namespace {

using namespace std::chrono_literals;
constexpr auto inner_deadline = 30s;
constexpr auto copy_deadline = 3600s;
constexpr auto retry_interval = 5s;

struct recovery_state {
  std::deque<recovery_task> waiting;
  std::set<std::pair<chunk_id, std::string>> known;  // waiting or running
  size_t running = 0;
  static inline const char* name = "recovery";
};
using with_ticks = recovery_protocol::plus<status_protocol>::plus<protocol<caf::reacts_to<caf::tick_atom>>>::handle;
using pointer = with_ticks::stateful_pointer<recovery_state>;

class repairs {
public:
  repairs(pointer self, metadata_actor metadata, membership_actor membership, peers_actor peers, size_t concurrency)
      : self_(self), metadata_(std::move(metadata)), membership_(std::move(membership)), peers_(std::move(peers)),
        concurrency_(concurrency) {}

  caf::result<chunk_report_reply> report(const chunk_report& x) {
    auto promise = self_->make_response_promise<chunk_report_reply>();
    self_->request(metadata_, inner_deadline, list_chunks{})
        .then(
            [this, x, promise](const bytes& encoded) mutable {
              auto chunks = decode_chunks(encoded);
              if (!chunks) return void(promise.deliver(to_caf(chunks.error())));
              promise.deliver(compare(x, *chunks));
            },
            [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  caf::result<void> caught_up(const replicated& x) {
    auto promise = self_->make_response_promise<caf::response_promise>();
    self_->request(metadata_, inner_deadline, get_chunk{x.held.id_high, x.held.id_low})
        .then(
            [this, x, promise](const bytes& encoded) mutable {
              auto chunk = encoded.empty() ? expected<chunk_info>{error{ec::not_found, "the chunk was dropped"}} : decode_chunk(encoded);
              if (!chunk) return promise.deliver(to_caf(chunk.error()));
              for (auto& replica : chunk->replicas)
                if (replica.node == x.alias) replica = {x.alias, std::min(x.held.version, chunk->version), false};
              mutate change{encode_entry(set_replicas{chunk->id, chunk->replicas})};
              self_->request(metadata_, inner_deadline, change)
                  .then([promise]() mutable { promise.deliver(caf::unit); },
                        [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
            },
            [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
    return promise;
  }

  /// Looks for replicas of live nodes that the metadata knows to be stale, and starts waiting copies.
  void look() {
    self_->request(membership_, inner_deadline, list_nodes{}).then([this](const member_list& nodes) {
      live_.clear();
      for (auto& node : nodes)
        if (node.state == static_cast<uint8_t>(node_state::alive)) live_.push_back(node.address.alias);
      start_waiting();
    }, [](caf::error&) {});
    self_->request(metadata_, inner_deadline, list_chunks{}).then([this](const bytes& encoded) {
      auto chunks = decode_chunks(encoded);
      if (!chunks) return;
      for (auto& chunk : *chunks)
        for (auto& replica : chunk.replicas)
          if (replica.version < chunk.version && is_live(replica.node)) add(chunk, replica.node);
      start_waiting();
    }, [](caf::error&) {});
  }

private:
  bool is_live(const std::string& node) const { return std::find(live_.begin(), live_.end(), node) != live_.end(); }

  chunk_report_reply compare(const chunk_report& x, const std::vector<chunk_info>& chunks) {
    std::map<chunk_id, const chunk_info*> by_id;
    for (auto& chunk : chunks) by_id[chunk.id] = &chunk;
    chunk_report_reply reply;
    for (auto& held : x.chunks) {
      auto found = by_id.find({held.id_high, held.id_low});
      auto* known = found == by_id.end() ? nullptr : found->second;
      switch (judge(known, x.alias, held)) {
        case report_verdict::current: break;
        case report_verdict::stale: add(*known, x.alias); break;
        case report_verdict::unknown: reply.unknown.push_back(held); break;
      }
    }
    if (!reply.unknown.empty()) log_warn("node {} reports {} chunks that are not in the metadata", x.alias, reply.unknown.size());
    start_waiting();
    return reply;
  }

  void add(const chunk_info& chunk, const std::string& target) {
    auto& st = self_->state;
    if (st.known.insert({chunk.id, target}).second) st.waiting.push_back({chunk, {}, target});
  }

  void start_waiting() {
    auto& st = self_->state;
    for (auto tries = st.waiting.size(); tries != 0 && st.running < concurrency_; --tries) {
      auto task = std::move(st.waiting.front());
      st.waiting.pop_front();
      task.source = pick_source(task.chunk, task.target, live_);
      if (task.source.empty() || !is_live(task.target)) st.known.erase({task.chunk.id, task.target});
      else start(task);
    }
  }

  void start(const recovery_task& task) {
    ++self_->state.running;
    log_info("chunk {} on {} is behind; copying from {}", to_string(task.chunk.id), task.target, task.source);
    auto failed = [this, task](caf::error& err) { finished(task, from_caf(err, fmt::format("node {}", task.target)).message); };
    self_->request(peers_, inner_deadline, find_peer{task.target})
        .then(
            [this, task, failed](const caf::actor& found) {
              self_->request(caf::actor_cast<node_door>(found), copy_deadline, replicate{encode_chunk(task.chunk), {}, task.source})
                  .then(
                      [this, task](const held_chunk& held) {
                        self_->request(with_ticks{self_}, inner_deadline, replicated{task.target, held})
                            .then([this, task] { finished(task, ""); }, [this, task](caf::error& err) { finished(task, from_caf(err, "metadata").message); });
                      },
                      failed);
            },
            failed);
  }

  void finished(const recovery_task& task, const std::string& failure) {
    --self_->state.running;
    self_->state.known.erase({task.chunk.id, task.target});
    if (failure.empty()) log_info("chunk {} on {} is up to date", to_string(task.chunk.id), task.target);
    else log_warn("chunk {} on {} could not be brought up to date: {}", to_string(task.chunk.id), task.target, failure);
    start_waiting();
  }

  pointer self_;
  metadata_actor metadata_;
  membership_actor membership_;
  peers_actor peers_;
  size_t concurrency_;
  std::vector<std::string> live_;
};

with_ticks::behavior_type recovery(pointer self, metadata_actor metadata, membership_actor membership, peers_actor peers,
                                   size_t concurrency) {
  auto logic = std::make_shared<repairs>(self, std::move(metadata), std::move(membership), std::move(peers), concurrency);
  self->delayed_send(self, retry_interval, caf::tick_atom::value);
  return {
      [logic](const chunk_report& x) { return logic->report(x); },
      [logic](const replicated& x) { return logic->caught_up(x); },
      [self](const get_status&) -> caf::result<uint64_t> { return static_cast<uint64_t>(self->mailbox().size()); },
      [self, logic](caf::tick_atom) {
        logic->look();
        self->delayed_send(self, retry_interval, caf::tick_atom::value);
      },
  };
}

} // namespace

recovery_actor spawn_recovery(caf::actor_system& system, metadata_actor metadata, membership_actor membership,
                              peers_actor peers, size_t concurrency) {
  return system.spawn(recovery, std::move(metadata), std::move(membership), std::move(peers), concurrency);
}

} // namespace pelorus
