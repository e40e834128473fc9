#include "actors/chunk_store.hpp"

#include <filesystem>
#include <map>
#include <set>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/guarded.hpp"
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
constexpr auto controller_deadline = 10s;

struct incoming {
  table_ptr rows;
  uint32_t next_frame = 0;
};

struct chunk_store_state {
  chunk_store_config config;
  std::map<std::pair<tid_t, chunk_id>, incoming> arriving;
  std::set<tid_t> seen_staged;  // staged at the last look: in doubt if they still are
  static inline const char* name = "chunk_store";
};

using with_ticks = store_protocol::plus<local_store_protocol>::plus<status_protocol>::plus<protocol<caf::reacts_to<caf::tick_atom>>>::handle;
using pointer = with_ticks::stateful_pointer<chunk_store_state>;

class store {
public:
  explicit store(pointer self) : self_(self) {}

  expected<uint64_t> stage(const stage_rows& message) {
    PELORUS_ASSIGN(auto chunk, decode_chunk(message.chunk));
    PELORUS_ASSIGN(auto info, decode_table(message.table));
    PELORUS_ASSIGN(auto decoded, decode(message.rows));
    auto rows = decoded.as<table>();
    if (!rows || rows->width() != info.columns.size())
      return error{ec::bad_argument, fmt::format("a write to table {} does not carry a table of {} columns", info.name, info.columns.size())};
    std::pair key{message.tid, chunk.id};
    auto& arriving = self_->state.arriving;
    if (message.frame == 0) {
      PELORUS_TRY(catalog().check_open(message.tid));
      arriving[key] = {std::make_shared<table>(info.columns), 0};
    }
    auto found = arriving.find(key);
    if (found == arriving.end() || found->second.next_frame != message.frame)
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

  expected<void> complete(tid_t tid, cid_t cid) { return catalog().commit(tid, cid); }

  expected<void> forget(tid_t tid) {
    auto& arriving = self_->state.arriving;
    std::erase_if(arriving, [&](auto& entry) { return entry.first.first == tid; });
    PELORUS_ASSIGN(auto dropped, catalog().rollback(tid));
    for (auto& staged : dropped)
      for (auto& segment : staged.segments) {
        auto path = files().path_of(staged.chunk.id, staged.chunk.directory) + "/" + segment.file;
        if (auto done = remove_file(path); !done) log_warn("{}", done.error().message);
      }
    return {};
  }

  expected<void> drop(const drop_chunks& order) {
    for (auto& encoded : order.ids) {
      PELORUS_ASSIGN(auto chunk, decode_chunk(encoded));
      PELORUS_ASSIGN(auto dropped, catalog().drop(chunk.id));
      if (!dropped) continue;
      std::error_code failed;
      std::filesystem::remove_all(files().path_of(chunk.id, dropped->directory), failed);
      if (failed) log_warn("cannot remove the files of chunk {}: {}", to_string(chunk.id), failed.message());
    }
    return {};
  }

  expected<void> install(const bytes& encoded) {
    PELORUS_ASSIGN(auto held, decode_held(encoded));
    auto here = catalog().find(held.id);
    auto* own = here ? here->newest() : nullptr;
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
    return catalog().swap(id, order.replaced, {order.file, order.rows, order.bytes});
  }

  /// Moves chunks that the controller does not know to `<volume>/.quarantine`, with the record beside the files.
  expected<void> put_away(const quarantine& order) {
    for (auto& chunk : order.chunks) {
      chunk_id id{chunk.id_high, chunk.id_low};
      if (catalog().staged_by(id)) continue;
      PELORUS_ASSIGN(auto dropped, catalog().drop(id));
      if (!dropped) continue;
      auto from = files().path_of(id, dropped->directory);
      auto to = files().volumes.front() + "/.quarantine";
      PELORUS_TRY(make_directories(to));
      to += "/" + to_string(id);
      if (file_exists(from)) PELORUS_TRY(rename_file(from, to));
      PELORUS_TRY(write_file_atomically(to + ".record", encode_held(*dropped), true));
      log_warn("chunk {} of {}/{} is unknown to the controller and was moved to {}", to_string(id), dropped->database,
               dropped->partition, to);
    }
    return {};
  }

  /// Removes files that no version names any more.
  void collect_garbage() {
    for (auto& garbage : catalog().take_garbage()) {
      if (catalog().files_of(garbage.chunk).contains(garbage.file)) continue;  // a copy has brought it back
      auto path = files().path_of(garbage.chunk, garbage.directory) + "/" + garbage.file;
      if (auto done = remove_file(path); !done) log_warn("{}", done.error().message);
    }
  }

  /// Asks the controller about rows that have been staged since the last look.
  void resolve_doubtful() {
    auto& st = self_->state;
    std::set<tid_t> staged_now;
    for (auto& staged : catalog().staged()) {
      staged_now.insert(staged.tid);
      if (st.seen_staged.contains(staged.tid)) ask_about(staged.tid, staged.chunk.id);
    }
    st.seen_staged = std::move(staged_now);
  }

private:
  chunk_files& files() { return *self_->state.config.files; }
  chunk_catalog& catalog() { return *files().catalog; }

  /// Files that were there when a copy began may have been merged into others since.
  expected<void> install_whole(held_record held) {
    if (auto* newest = held.newest())
      for (auto& segment : newest->segments)
        if (auto path = files().path_of(held.id, held.directory) + "/" + segment.file; !file_exists(path))
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
    PELORUS_TRY(check_fence(catalog(), chunk.id, tid));
    // The chunk's last commit may not have been completed here (its coordinator died after the decision).
    if (chunk.tid != 0 && catalog().is_staged(chunk.id, chunk.tid)) PELORUS_TRY(complete(chunk.tid, chunk.cid));
    PELORUS_TRY(catalog().check_open(tid));
    PELORUS_TRY(catalog().check_base(chunk.id, chunk.version));
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
    staged.replaces = order.replaces;
    auto directory = files().path_of(chunk.id, staged.chunk.directory);
    if (rows.rows() == 0) return catalog().stage(std::move(staged));  // nothing is left of a chunk
    auto name = fmt::format("{:016x}.seg", tid);
    // A doubled message is compared with the rows that are staged, whose file it must not touch.
    auto fresh = catalog().is_staged(chunk.id, tid) ? name + ".again" : name;
    PELORUS_ASSIGN(auto segment, write_sorted(directory, fresh, info, rows));
    if (fresh != name) return compare(directory + "/" + name, directory + "/" + fresh, tid);
    staged.segments.push_back(std::move(segment));
    auto done = catalog().stage(std::move(staged));
    if (!done) (void)remove_file(directory + "/" + fresh);
    return done;
  }

  static expected<void> compare(const std::string& staged, const std::string& again, tid_t tid) {
    auto before = read_file(staged), now = read_file(again);
    (void)remove_file(again);
    if (!before) return before.error();
    if (!now) return now.error();
    if (*before == *now) return {};
    return error{ec::already_exists, fmt::format("transaction {} has staged other rows for this chunk", tid)};
  }

  /// Writes the rows by the table's sort columns, if it has any; of equal keys those that keepDuplicates leaves, in the order
  /// of arrival.
  expected<segment_ref> write_sorted(const std::string& directory, const std::string& name, const table_info& info,
                                     const table& rows) {
    auto& config = self_->state.config;
    segment_options options{config.sync, config.threads};
    for (auto& c : info.columns) options.codecs.push_back(c.codec);
    std::vector<column_ptr> keys;
    auto sorted = order_of(info);
    for (auto key : sorted.keys) {
      keys.push_back(rows.col(key));
      options.sorted_by.push_back(info.columns[key].name);
    }
    options.distinct = sorted.keep != chunk_order::duplicates::all;
    auto order = rows_in_order(keys, rows.rows(), sorted.keep);
    if (!order) return write_segment(directory, name, rows, options);
    return write_segment(directory, name, rows, {order->data(), order->size()}, options);
  }

  void ask_about(tid_t tid, chunk_id id) {
    self_->request(self_->state.config.peers, controller_deadline, find_peer{""})
        .then(
            [this, tid, id](const caf::actor& controller) {
              self_->request(caf::actor_cast<controller_door>(controller), controller_deadline, resolve_transaction{tid, id.high, id.low})
                  .then([this, tid](const resolution& answer) { settle(tid, answer); }, [](caf::error&) {});
            },
            [](caf::error&) {});
  }

  void settle(tid_t tid, const resolution& answer) {
    auto what = static_cast<outcome>(answer.outcome);
    if (what == outcome::open) return;
    auto done = what == outcome::committed ? complete(tid, answer.cid) : forget(tid);
    if (done) log_info("transaction {} was in doubt and is {}", tid, what == outcome::committed ? "completed" : "rolled back");
    else log_error("transaction {} cannot be settled: {}", tid, done.error().message);
  }

  pointer self_;
};

with_ticks::behavior_type chunk_store(pointer self, chunk_store_config config) {
  self->state.config = std::move(config);
  auto logic = std::make_shared<store>(self);
  for (auto& sentence : self->state.config.files->catalog->damage()) log_error("{}", sentence);
  self->delayed_send(self, 1s, caf::tick_atom::value);
  return {
      [logic](const stage_rows& x) { return to_result(guarded([&] { return logic->stage(x); })); },
      [logic](const complete_write& x) { return to_result(logic->complete(x.tid, x.cid)); },
      [logic](const forget_write& x) { return to_result(logic->forget(x.tid)); },
      [logic](const drop_chunks& x) { return to_result(logic->drop(x)); },
      [logic](const install_chunk& x) { return to_result(logic->install(x.held)); },
      [logic](const quarantine& x) { return to_result(logic->put_away(x)); },
      [logic](const swap_segments& x) { return to_result(logic->swap(x)); },
      [self](const get_status&) { return static_cast<uint64_t>(self->mailbox().size()); },
      [self, logic](caf::tick_atom) {
        logic->resolve_doubtful();
        logic->collect_garbage();
        self->delayed_send(self, resolve_interval, caf::tick_atom::value);
      },
  };
}

} // namespace

chunk_store_actor spawn_chunk_store(caf::actor_system& system, chunk_store_config config) {
  return system.spawn<caf::detached>(chunk_store, std::move(config));
}

} // namespace pelorus
