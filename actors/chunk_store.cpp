#include "actors/chunk_store.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/cache_keeper.hpp"
#include "actors/cache_order.hpp"
#include "actors/errors.hpp"
#include "actors/guarded.hpp"
#include "actors/move_order.hpp"
#include "actors/unknown_chunks.hpp"
#include "actors/write_fence.hpp"
#include "cfg/log.hpp"
#include "query/sorted_chunk.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/file.hpp"
#include "storage/replica_files.hpp"
#include "storage/segment.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto resolve_interval = 5s;    // between looks at staged rows that nobody completed
constexpr auto look_interval = 1s;       // at the cache and the redo log
constexpr auto controller_deadline = 10s;
constexpr size_t small_write = size_t{1} << 20;  // bytes in memory; rows of a bigger write are a file at once

struct incoming {
  table_ptr rows;
  uint64_t incarnation = 0;  ///< of who sends them
  uint32_t next_frame = 0;
};

/// Rows that wait for the sync of the redo log, together with all that arrive until it begins.
struct waiting {
  cache_engine::staging rows;
  size_t total = 0;  ///< number of rows
  caf::typed_response_promise<uint64_t> answer;
};

struct chunk_store_state {
  chunk_store_config config;
  std::vector<waiting> group;
  bool group_due = false;
  std::unique_ptr<cache_keeper> keeper;  // null without a redo log
  std::map<std::pair<tid_t, chunk_id>, incoming> arriving;
  std::set<tid_t> seen_staged;  // staged at the last look: in doubt if they still are
  std::vector<leftovers::file> left;  // of a crash, until they are certain to be needed by nobody
  static inline const char* name = "chunk_store";
};

using look_atom = caf::atom_constant<caf::atom("look")>;
/// To itself: `tick` for rows in doubt and garbage, `look` for the cache, `flush` for the group.
using self_protocol = protocol<caf::reacts_to<caf::tick_atom>, caf::reacts_to<look_atom>, caf::reacts_to<caf::flush_atom>>;
using with_ticks = store_protocol::plus<local_store_protocol>::plus<cache_order_protocol>::plus<move_order_protocol>::plus<status_protocol>::plus<self_protocol>::handle;
using pointer = with_ticks::stateful_pointer<chunk_store_state>;

class store {
public:
  explicit store(pointer self) : self_(self) {}

  /// Rows that go through the redo log are answered by `commit_group`.
  caf::result<uint64_t> take(const stage_rows& message) {
    queued_ = false;
    auto done = guarded([&] { return stage(message); });
    if (!done) return to_caf(done.error());
    if (!queued_) return *done;
    auto& answer = self_->state.group.back().answer;
    answer = self_->make_response_promise<uint64_t>();
    return answer;
  }

  expected<uint64_t> stage(const stage_rows& message) {
    PELORUS_ASSIGN(auto chunk, decode_chunk(message.chunk));
    PELORUS_ASSIGN(auto info, decode_table(message.table));
    PELORUS_ASSIGN(auto rows, rows_of(message));
    if (!rows || rows->width() != info.columns.size())
      return error{ec::bad_argument, fmt::format("a write to table {} does not carry a table of {} columns", info.name, info.columns.size())};
    if (message.here && message.frame == 0 && message.last && fits(*rows, info)) return stage_whole(message, chunk, info, *rows);
    std::pair key{message.tid, chunk.id};
    auto& arriving = self_->state.arriving;
    if (message.frame == 0) {
      PELORUS_TRY(catalog().check_open(message.tid));
      arriving[key] = {std::make_shared<table>(info.columns), message.incarnation, 0};
    }
    auto found = arriving.find(key);
    if (found == arriving.end() || found->second.next_frame != message.frame || found->second.incarnation != message.incarnation)
      return error{ec::stale, fmt::format("frame {} of transaction {} is out of order", message.frame, message.tid)};
    if (auto done = take_in(*found->second.rows, *rows, info); !done) {
      arriving.erase(found);
      return done.error();
    }
    ++found->second.next_frame;
    auto total = found->second.rows->rows();
    if (!message.last) return total;
    auto whole = std::move(found->second.rows);
    arriving.erase(found);
    PELORUS_TRY(write(message, chunk, info, *whole));
    return total;
  }

  /// Rows of this process that have the table's types are written as they are, without a copy.
  expected<uint64_t> stage_whole(const stage_rows& message, const chunk_info& chunk, const table_info& info,
                                 const table& rows) {
    PELORUS_TRY(catalog().check_open(message.tid));
    PELORUS_TRY(write(message, chunk, info, table{table{info.columns}.names(), rows.columns()}));
    return rows.rows();
  }

  /// One write and one sync of the redo log for all rows that wait.
  void commit_group() {
    auto& st = self_->state;
    st.group_due = false;
    if (st.group.empty()) return;
    auto group = std::exchange(st.group, {});
    std::vector<cache_engine::staging> rows;
    for (auto& one : group) rows.push_back(one.rows);
    auto results = cache()->stage(std::move(rows), now_ms());
    for (size_t i = 0; i < group.size(); ++i) {
      auto& staged = group[i].rows.rows;
      if (results[i]) {
        group[i].answer.deliver(group[i].total);
        continue;
      }
      if (!group[i].rows.image && !staged.segments.empty())
        (void)remove_file(files().path_of(staged.chunk.id, staged.chunk.directory) + "/" + staged.segments.front().file);
      group[i].answer.deliver(to_caf(results[i].error()));
    }
  }

  /// `speaker` is the start of the coordinator that says so; 0: the controller's word.
  expected<void> complete(tid_t tid, cid_t cid, uint64_t speaker) {
    if (waits(tid)) commit_group();
    PELORUS_TRY(check_speaker(catalog(), tid, speaker));
    return cache() ? cache()->commit(tid, cid) : catalog().commit(tid, cid);
  }

  expected<void> forget(tid_t tid, uint64_t speaker) {
    auto& arriving = self_->state.arriving;
    auto is_its = [&](auto& entry) { return entry.first.first == tid && (speaker == 0 || speaker == entry.second.incarnation); };
    std::erase_if(arriving, is_its);
    if (waits(tid)) commit_group();
    PELORUS_TRY(check_speaker(catalog(), tid, speaker));
    PELORUS_ASSIGN(auto dropped, cache() ? cache()->rollback(tid) : catalog().rollback(tid));
    for (auto& staged : dropped) {
      auto in_use = catalog().files_of(staged.chunk.id);
      for (auto& segment : staged.segments) {
        if (segment.cached || in_use.contains(segment.file)) continue;  // a version may have it: committed after all
        auto path = files().path_of(staged.chunk.id, staged.chunk.directory) + "/" + segment.file;
        if (auto done = remove_file(path); !done) log_warn("{}", done.error().message);
      }
    }
    return {};
  }

  expected<void> drop(const drop_chunks& order) {
    commit_group();
    for (auto& encoded : order.ids) {
      PELORUS_ASSIGN(auto chunk, decode_chunk(encoded));
      PELORUS_ASSIGN(auto dropped, catalog().drop(chunk.id));
      if (!dropped) continue;
      if (auto done = remove_tree(files().path_of(chunk.id, dropped->directory)); !done) log_warn("{}", done.error().message);
    }
    return {};
  }

  expected<void> install(const bytes& encoded) {
    commit_group();
    PELORUS_ASSIGN(auto held, decode_held(encoded));
    auto here = catalog().find(held.id);
    held.directory = here ? here->directory : unmoved(held.directory);  // it may have moved meanwhile
    auto* own = here ? here->newest() : nullptr;
    if (own) keep_cached(held, *own);
    if (!own || !held.newest() || own->version < held.newest()->version) return install_whole(std::move(held));
    auto mended = with_own_tail(held.newest()->segments, own->segments);
    if (!mended && own->version > held.newest()->version)
      return error{ec::stale, fmt::format("chunk {} is at version {} here", to_string(held.id), own->version)};
    if (!mended) mended = held.newest()->segments;
    if (*mended == own->segments) return {};
    auto next = *here;
    next.versions = {*own};
    next.versions.front().segments = *std::move(mended);
    return install_whole(std::move(next));
  }

  expected<void> swap(const swap_segments& order) {
    chunk_id id{order.id_high, order.id_low};
    if (order.replaced.empty()) return catalog().prune(id, 1);
    // The chunk may have moved to another volume while they were merged.
    auto held = catalog().find(id);
    if (!held || !file_exists(files().path_of(id, held->directory) + "/" + order.file))
      return error{ec::stale, fmt::format("chunk {} is in another directory than the merged segment", to_string(id))};
    return catalog().swap(id, order.replaced, {order.file, order.rows, order.bytes});
  }

  expected<void> move(const switch_directory& order) {
    commit_group();
    PELORUS_TRY(switch_to(files(), order.copy));
    log_info("chunk {} lies in {} now", to_string(order.copy.chunk), order.copy.path);
    return {};
  }

  expected<void> put_away(const quarantine& order) {
    commit_group();
    return put_unknown_away(files(), keeper(), order, now_ms());
  }

  /// Removes files that no version names any more, and what was left over when the last process ended once newer rows are
  /// there; of that only what staging makes, since others may be at the rest.
  void collect_garbage() {
    std::erase_if(self_->state.left, [&](auto& file) {
      if (file.name != segment_name(file.tid)) return true;
      if (!is_overtaken(files(), file)) return false;
      if (auto done = remove_file(file.path); !done) log_warn("{}", done.error().message);
      return true;
    });
    for (auto& garbage : catalog().take_garbage()) {
      if (catalog().files_of(garbage.chunk).contains(garbage.file)) continue;  // a copy has brought it back
      auto path = files().path_of(garbage.chunk, garbage.directory) + "/" + garbage.file;
      if (auto done = remove_file(path); !done) log_warn("{}", done.error().message);
    }
  }

  /// Asks the controller about rows that have been staged since the last look.
  void resolve_doubtful() {
    auto& st = self_->state;
    std::map<tid_t, std::vector<chunk_id>> staged_now;
    for (auto& staged : catalog().staged()) staged_now[staged.tid].push_back(staged.chunk.id);
    for (auto& [tid, chunks] : staged_now)
      if (st.seen_staged.contains(tid)) ask_about(tid, chunks);
    st.seen_staged.clear();
    for (auto& [tid, chunks] : staged_now) st.seen_staged.insert(tid);
  }

  int64_t now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(self_->clock().now().time_since_epoch()).count();
  }

  void look_after_cache() {
    commit_group();
    keeper()->look(now_ms());
  }

  /// What scripts ask for.
  expected<bytes> order(const cache_order& x) {
    if (!cache()) return error{ec::not_supported, "this node has no redo log"};
    commit_group();
    auto kind = x.tsdb ? cache_kind::tsdb : cache_kind::olap;
    value answer;
    if (x.what == "flush") PELORUS_TRY(keeper()->flush(kind, now_ms()));
    else if (x.what == "resize") PELORUS_TRY(keeper()->resize(kind, x.size));
    else if (x.what == "size") answer = keeper()->sizes(kind);
    else if (x.what == "stat") answer = value{keeper()->chunk_table(kind, now_ms())};
    else if (x.what == "log") answer = value{keeper()->log_table()};
    else return error{ec::bad_argument, "unknown order to the cache engine: " + x.what};
    return encode(answer);
  }

  bool is_usable() const { return !self_->state.config.files->cache || !self_->state.config.files->cache->log().broken(); }

  /// A clean end leaves nothing to replay and nothing to sweep.
  void close() {
    commit_group();
    if (keeper())
      if (auto done = keeper()->close(now_ms()); !done) return log_warn("the next start will replay the redo log: {}", done.error().message);
    collect_garbage();
    if (auto done = files().close(); !done) log_warn("the next start will look for leftovers: {}", done.error().message);
  }

private:
  chunk_files& files() { return *self_->state.config.files; }
  chunk_catalog& catalog() { return *files().catalog; }
  cache_engine* cache() { return files().cache.get(); }
  cache_keeper* keeper() { return self_->state.keeper.get(); }

  static std::string segment_name(tid_t tid) { return fmt::format("{:016x}.seg", tid); }

  static expected<table_ptr> rows_of(const stage_rows& message) {
    if (message.here) return message.here;
    PELORUS_ASSIGN(auto decoded, decode(message.rows));
    return decoded.as<table>();
  }

  static bool fits(const table& rows, const table_info& info) {
    for (size_t c = 0; c < rows.width(); ++c)
      if (rows.col(c)->type() != info.columns[c].type || rows.col(c)->scale() != info.columns[c].scale) return false;
    return true;
  }

  /// Rows of this node that are still in memory stay there; the order that names them cannot carry them.
  static void keep_cached(held_record& held, const chunk_version& own) {
    for (auto& version : held.versions)
      for (auto& segment : version.segments)
        for (auto& mine : own.segments)
          if (mine.cached && mine.file == segment.file) segment.cached = mine.cached;
  }

  /// Files that were there when a copy began may have been merged into others since.
  expected<void> install_whole(held_record held) {
    if (auto* newest = held.newest())
      for (auto& segment : newest->segments)
        if (auto path = files().path_of(held.id, held.directory) + "/" + segment.file; !segment.cached && !file_exists(path))
          return error{ec::stale, fmt::format("segment {} has gone while its chunk was copied", path)};
    return catalog().install(std::move(held));
  }

  /// SYMBOL columns may arrive as STRING and the other way round; anything else must fit exactly.
  static expected<void> take_in(table& whole, const table& frame, const table_info& info) {
    for (size_t c = 0; c < frame.width(); ++c) {
      auto& col = *frame.col(c);
      auto type = info.columns[c].type;
      bool same = col.type() == type && col.scale() == info.columns[c].scale;
      if (!same && !(is_text(col.type()) && is_text(type)))
        return error{ec::type_mismatch, fmt::format("column {} of table {} is {}, the write carries {}", info.columns[c].name,
                                                    info.name, type_name(type), type_name(col.type()))};
    }
    for (size_t c = 0; c < frame.width(); ++c) whole.own(c).append(*frame.col(c));
    return {};
  }

  expected<void> write(const stage_rows& order, const chunk_info& chunk, const table_info& info, const table& rows) {
    auto tid = order.tid;
    if (waits(chunk.id)) commit_group();
    PELORUS_TRY(check_fence(catalog(), chunk.id, tid));
    // The chunk's last commit may not have been completed here (its coordinator died after the decision).
    if (chunk.tid != 0 && catalog().is_staged(chunk.id, chunk.tid)) PELORUS_TRY(complete(chunk.tid, chunk.cid, 0));
    PELORUS_TRY(catalog().check_open(tid));
    PELORUS_TRY(catalog().check_base(chunk.id, chunk.version));
    PELORUS_TRY(check_speaker(catalog(), tid, order.incarnation));
    if (auto staged = catalog().find_staged(chunk.id, tid)) return compare(*staged, chunk, info, rows);
    staged_record staged;
    staged.tid = tid;
    staged.base_version = chunk.version;
    staged.chunk.id = chunk.id;
    staged.chunk.table_id = info.id;
    staged.chunk.database = info.database;
    staged.chunk.table = info.name;
    staged.chunk.partition = chunk.partition;
    auto held = catalog().find(chunk.id);
    staged.chunk.directory = held ? held->directory : chunk_files::directory_of(info.database, chunk.partition, chunk.id);
    staged.coordinator = order.coordinator;
    staged.incarnation = order.incarnation;
    staged.replaces = order.replaces;
    std::shared_ptr<const std::string> image;
    // Of no rows at all there is no segment: nothing is left of the chunk.
    if (rows.rows() != 0 && is_for_cache(rows, info)) {
      keeper()->make_room(chunk.id, kind_of(info), now_ms());
      PELORUS_ASSIGN(auto encoded, image_of(info, rows));
      image = std::make_shared<const std::string>(std::move(encoded));
      staged.segments.push_back({fmt::format("{:016x}{}", tid, cached_suffix), rows.rows(), image->size()});
    } else if (rows.rows() != 0) {
      PELORUS_ASSIGN(auto segment, write_file(files().path_of(chunk.id, staged.chunk.directory), segment_name(tid), info, rows));
      staged.segments.push_back(std::move(segment));
    }
    return keep(std::move(staged), order.table, info, std::move(image), rows.rows());
  }

  bool is_for_cache(const table& rows, const table_info& info) {
    return cache() && cache()->limit(kind_of(info)) != 0 && rows.bytes() <= small_write;
  }

  /// Through the redo log with all others that wait, or into the catalog at once.
  expected<void> keep(staged_record staged, const bytes& table, const table_info& info, std::shared_ptr<const std::string> image, size_t total) {
    if (!cache()) {
      auto file = staged.segments.empty() ? std::string{} : files().path_of(staged.chunk.id, staged.chunk.directory) + "/" + staged.segments.front().file;
      auto done = catalog().stage(std::move(staged));
      if (!done && !file.empty()) (void)remove_file(file);
      return done;
    }
    auto& st = self_->state;
    st.group.push_back({{std::move(staged), table, std::move(image), kind_of(info), info.schema_version}, total, {}});
    queued_ = true;
    if (!std::exchange(st.group_due, true)) self_->send(self_, caf::flush_atom::value);
    return {};
  }

  /// A doubled message is compared with the rows that are staged.
  expected<void> compare(const staged_record& staged, const chunk_info& chunk, const table_info& info, const table& rows) {
    bool same = staged.segments.empty() == (rows.rows() == 0);
    if (same && !staged.segments.empty()) {
      auto& before = staged.segments.front();
      PELORUS_ASSIGN(auto now, image_of(info, rows));
      if (before.cached) {
        same = *before.cached->rows->image() == now;
      } else {
        PELORUS_ASSIGN(auto file, read_file(files().path_of(chunk.id, staged.chunk.directory) + "/" + before.file));
        same = file == now;
      }
    }
    if (same) return {};
    return error{ec::already_exists, fmt::format("transaction {} has staged other rows for this chunk", staged.tid)};
  }

  segment_options options_for(const table_info& info) {
    auto& config = self_->state.config;
    segment_options options{config.sync, config.threads};
    describe_order(info, options);
    return options;
  }

  expected<segment_ref> write_file(const std::string& directory, const std::string& name, const table_info& info, const table& rows) {
    auto order = stored_order(info, rows);
    if (!order) return write_segment(directory, name, rows, options_for(info));
    return write_segment(directory, name, rows, {order->data(), order->size()}, options_for(info));
  }

  expected<std::string> image_of(const table_info& info, const table& rows) {
    auto order = stored_order(info, rows);
    if (!order) return encode_segment(rows, {}, options_for(info));
    return encode_segment(rows, {order->data(), order->size()}, options_for(info));
  }

  bool waits(tid_t tid) const {
    return std::any_of(self_->state.group.begin(), self_->state.group.end(), [&](auto& one) { return one.rows.rows.tid == tid; });
  }
  bool waits(const chunk_id& id) const {
    return std::any_of(self_->state.group.begin(), self_->state.group.end(), [&](auto& one) { return one.rows.rows.chunk.id == id; });
  }

  /// A chunk that others have written since cannot tell of `tid` any more and answers "aborted"; so it is that only when no
  /// chunk says otherwise.
  void ask_about(tid_t tid, std::vector<chunk_id> chunks) {
    self_->request(self_->state.config.peers, controller_deadline, find_peer{""})
        .then(
            [this, tid, chunks](const caf::actor& controller) {
              auto id = chunks.back();
              self_->request(caf::actor_cast<controller_door>(controller), controller_deadline, resolve_transaction{tid, id.high, id.low})
                  .then([this, tid, chunks](const resolution& answer) mutable {
                    chunks.pop_back();
                    if (answer.outcome == static_cast<uint8_t>(outcome::aborted) && !chunks.empty()) ask_about(tid, std::move(chunks));
                    else settle(tid, answer);
                  }, [](caf::error&) {});
            },
            [](caf::error&) {});
  }

  void settle(tid_t tid, const resolution& answer) {
    auto what = static_cast<outcome>(answer.outcome);
    if (what == outcome::open) return;
    auto done = what == outcome::committed ? complete(tid, answer.cid, 0) : forget(tid, 0);
    if (done) log_info("transaction {} was in doubt and is {}", tid, what == outcome::committed ? "completed" : "rolled back");
    else log_error("transaction {} cannot be settled: {}", tid, done.error().message);
  }

  pointer self_;
  bool queued_ = false;  // the rows at hand wait in the group
};

/// What reached the redo log is unknown; only reading it again tells.
void quit_unusable(pointer self) {
  log_error("the redo log failed and the node cannot write any more; it must be started again");
  self->quit(to_caf({ec::io_failed, "the redo log failed"}));
}

with_ticks::behavior_type chunk_store(pointer self, chunk_store_config config) {
  auto& st = self->state;
  st.config = std::move(config);
  auto logic = std::make_shared<store>(self);
  st.left = st.config.files->left.files;
  for (auto& sentence : st.config.files->catalog->damage()) log_error("{}", sentence);
  if (st.config.files->cache) {
    cache_keeper_config keeping{{st.config.sync, st.config.threads}, std::chrono::milliseconds{st.config.purge_interval}.count(), st.config.purge_bytes};
    st.keeper = std::make_unique<cache_keeper>(st.config.files, std::move(keeping));
    self->delayed_send(self, look_interval, look_atom::value);
  }
  // Started again after such a failure it ends at once, until its supervisor gives up.
  if (!logic->is_usable()) quit_unusable(self);
  self->delayed_send(self, 1s, caf::tick_atom::value);
  self->set_exit_handler([self, logic](caf::exit_msg& message) {
    if (message.reason == caf::exit_reason::user_shutdown) logic->close();
    self->quit(std::move(message.reason));
  });
  return {
      [logic](const stage_rows& x) { return logic->take(x); },
      [logic](const complete_write& x) { return to_result(logic->complete(x.tid, x.cid, x.incarnation)); },
      [logic](const forget_write& x) { return to_result(logic->forget(x.tid, x.incarnation)); },
      [logic](const drop_chunks& x) { return to_result(logic->drop(x)); },
      [logic](const install_chunk& x) { return to_result(logic->install(x.held)); },
      [logic](const quarantine& x) { return to_result(logic->put_away(x)); },
      [logic](const cache_order& x) { return to_result(guarded([&] { return logic->order(x); })); },
      [logic](const switch_directory& x) { return to_result(logic->move(x)); },
      [logic](const swap_segments& x) { return to_result(logic->swap(x)); },
      [self](const get_status&) { return static_cast<uint64_t>(self->mailbox().size()); },
      [self, logic](caf::tick_atom) {
        logic->resolve_doubtful();
        logic->collect_garbage();
        self->delayed_send(self, resolve_interval, caf::tick_atom::value);
      },
      [self, logic](look_atom) {
        logic->look_after_cache();
        if (!logic->is_usable()) return quit_unusable(self);
        self->delayed_send(self, look_interval, look_atom::value);
      },
      [logic](caf::flush_atom) { logic->commit_group(); },
  };
}

} // namespace

chunk_store_actor spawn_chunk_store(caf::actor_system& system, chunk_store_config config) {
  if (config.own_thread) return system.spawn<caf::detached>(chunk_store, std::move(config));
  return system.spawn(chunk_store, std::move(config));
}

} // namespace pelorus
