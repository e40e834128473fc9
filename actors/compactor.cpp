#include "actors/compactor.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/guarded.hpp"
#include "cfg/log.hpp"
#include "query/merge_segments.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
constexpr auto look_interval = 2s;
constexpr auto looks_share = 20;         // of the time goes to looking, one part in so many
constexpr auto shortest_rest = 50ms;
constexpr auto idle_after = 10s;         // without a new version
constexpr auto retry_after = 10min;      // of a merge that failed, when its chunk stays as it is
constexpr auto deadline = 60s;
constexpr uint64_t bytes_a_row = 64;     // of a merge: keys, order, one column; for the limit of rows
constexpr uint64_t share_of_memory = 4;
/// Rows in no order gain nothing from longer segments.
constexpr compaction_limits olap_limits{.segments = 16, .idle_segments = 16, .rows = 4'000'000, .source_rows = 1'000'000};

/// What is remembered of a chunk between looks.
struct observed {
  uint32_t version = 0;
  steady::time_point since;     // this version
  steady::time_point not_before;
  bool seen = false;            // at the last look
};

struct compactor_state {
  compactor_config config;
  std::map<chunk_id, observed> chunks;
  std::map<uint64_t, bool> sorted;  // tables that were met: whether they have sort columns
  std::mt19937_64 salt{std::random_device{}()};
  bool busy = false;
  static inline const char* name = "compactor";
};
using with_ticks = status_protocol::plus<protocol<caf::reacts_to<caf::tick_atom>>>::handle;
using pointer = with_ticks::stateful_pointer<compactor_state>;

class worker {
public:
  explicit worker(pointer self) : self_(self) {}

  void look() {
    if (self_->state.busy) return;
    if (auto order = board().next_order()) {
      auto held = catalog().find(order->chunk);
      if (held && held->newest()) return begin(*std::move(order), held);
      order->failure = fmt::format("chunk {} is not on this node", to_string(order->chunk));
      end(*std::move(order), steady::now());
      return;
    }
    auto began = steady::now();
    auto held = most_segments();
    if (!held) return rest(std::max<steady::duration>(look_interval, (steady::now() - began) * looks_share));
    compaction_task task;
    task.chunk = held->id;
    task.received_ms = now_ms();
    begin(std::move(task), held);
  }

private:
  compactor_config& config() { return self_->state.config; }
  chunk_catalog& catalog() { return *config().files->catalog; }
  compaction_board& board() { return config().files->compactions; }
  int64_t now_ms() { return config().clock(); }
  void rest(steady::duration time) { self_->delayed_send(self_, time, caf::tick_atom::value); }

  static uint64_t rows_that_fit() {
    auto limit = memory::limit();
    return limit == 0 ? compaction_limits{}.rows : std::clamp<uint64_t>(limit / share_of_memory / bytes_a_row, 100'000, compaction_limits{}.rows);
  }

  /// Those of sorted tables as long as the table is not known.
  compaction_limits limits_of(uint64_t table) {
    auto known = self_->state.sorted.find(table);
    if (known != self_->state.sorted.end() && !known->second) return olap_limits;
    compaction_limits limits;
    limits.rows = rows_that_fit();
    return limits;
  }

  /// The chunk with the most segments among those with enough of them.
  held_ptr most_segments() {
    auto& known = self_->state.chunks;
    auto now = steady::now();
    held_ptr best;
    for (auto& [id, one] : known) one.seen = false;
    for (auto& held : catalog().all()) {
      auto* newest = held->newest();
      if (!newest || (newest->segments.size() < 2 && held->versions.size() < 2)) continue;
      auto& one = known.try_emplace(held->id).first->second;
      one.seen = true;
      if (one.version != newest->version) one = {newest->version, now, {}, true};
      if (held->versions.size() > 1 && now - one.since > config().retention) forget_old_versions(held->id);
      if (now < one.not_before) continue;
      bool idle = now - one.since > idle_after;
      if (pick_segments(newest->segments, idle, limits_of(held->table_id)).size() == 0) continue;
      if (!best || newest->segments.size() > best->newest()->segments.size()) best = held;
    }
    std::erase_if(known, [](auto& entry) { return !entry.second.seen; });
    return best;
  }

  void forget_old_versions(const chunk_id& id) {
    self_->request(config().store, deadline, swap_segments{id.high, id.low, {}, {}, 0, 0}).then([] {}, [](caf::error& err) {
      log_warn("old versions of a chunk stay: {}", from_caf(err, "chunk_store").message);
    });
  }

  /// Asks what the table is sorted by, then merges.
  void begin(compaction_task task, const held_ptr& held) {
    self_->state.busy = true;
    task.started_ms = now_ms();
    task.table = held->table;
    auto began = steady::now();
    auto failed = [this, task, began](caf::error& err) mutable {
      task.failure = from_caf(err, "controller").message;
      end(std::move(task), began);
    };
    self_->request(config().peers, deadline, find_peer{""}).then([this, task, held, began, failed](const caf::actor& found) {
      self_->request(caf::actor_cast<controller_door>(found), deadline, get_table{held->database, held->table})
          .then([this, task, held, began](const bytes& encoded) mutable {
            auto info = decode_table(encoded);
            if (info && info->id == held->table_id) return merge(std::move(task), held, as_stored(*std::move(info)), began);
            task.failure = info ? "the table was dropped" : info.error().message;
            end(std::move(task), began);
          }, failed);
    }, failed);
  }

  segment_range pick(const compaction_task& task, const held_record& held) {
    auto& segments = held.newest()->segments;
    if (task.force) return pick_level(segments, task.level, rows_that_fit());
    auto& one = self_->state.chunks[held.id];
    return pick_segments(segments, steady::now() - one.since > idle_after, limits_of(held.table_id));
  }

  void merge(compaction_task task, const held_ptr& held, const table_info& info, steady::time_point began) {
    auto& segments = held->newest()->segments;
    self_->state.sorted[info.id] = !info.sort_columns.empty();
    auto range = pick(task, *held);
    if (range.size() == 0) return end(std::move(task), began);
    std::span<const segment_ref> sources{segments.data() + range.first, range.size()};
    auto directory = config().files->path_of(held->id, held->directory);
    swap_segments order{held->id.high, held->id.low, {}, {}, 0, 0};
    for (auto& s : sources) {
      order.replaced.push_back(s.file);
      task.files += s.file + ",";
      task.level = std::max(task.level, static_cast<int>(level_of(s)));
    }
    task.volume = directory.substr(0, directory.size() - held->directory.size() - 1);
    auto name = merged_name(sources, self_->state.salt());
    auto merged = guarded([&] { return merge_segments(directory, sources, info, name, config().sync, 1); });
    if (!merged) {
      task.failure = merged.error().message;
      if (damage_reporter::is_damage(merged.error()) && catalog().find(held->id) == held) report(*held, merged.error());
      return end(std::move(task), began);
    }
    order.file = merged->file;
    order.rows = merged->rows;
    order.bytes = merged->bytes;
    self_->request(config().store, deadline, order).then(
        [this, task, began]() mutable { end(std::move(task), began); },
        [this, task, began, path = directory + "/" + order.file](caf::error& err) mutable {
          (void)remove_file(path);
          task.failure = from_caf(err, "chunk_store").message;
          end(std::move(task), began);
        });
  }

  void report(const held_record& held, const error& why) {
    chunk_info chunk;
    chunk.id = held.id;
    chunk.version = held.newest()->version;
    config().damage->report(chunk, why);
  }

  /// Half of the time is for others.
  void end(compaction_task task, steady::time_point began) {
    self_->state.busy = false;
    task.ended_ms = now_ms();
    auto took = steady::now() - began;
    if (!task.failure.empty()) {
      self_->state.chunks[task.chunk].not_before = steady::now() + retry_after;
      log_warn("segments of chunk {} were not merged: {}", to_string(task.chunk), task.failure);
    } else if (!task.files.empty()) {
      log_info("segments of chunk {} were merged in {} ms", to_string(task.chunk), std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
    }
    if (task.force || !task.files.empty()) board().ended(std::move(task));
    rest(std::max<steady::duration>(took, shortest_rest));
  }

  pointer self_;
};

with_ticks::behavior_type compactor(pointer self, compactor_config config) {
  self->state.config = std::move(config);
  auto logic = std::make_shared<worker>(self);
  self->delayed_send(self, look_interval, caf::tick_atom::value);
  return {
      [self](const get_status&) -> caf::result<uint64_t> { return static_cast<uint64_t>(self->state.busy); },
      [logic](caf::tick_atom) { logic->look(); },
  };
}

} // namespace

compactor_actor spawn_compactor(caf::actor_system& system, compactor_config config) {
  return system.spawn<caf::detached>(compactor, std::move(config));
}

} // namespace pelorus
