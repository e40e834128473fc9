#include "actors/metadata.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

constexpr size_t group_limit = 1024;         // entries of one sync
constexpr size_t flush_after = 65'536;       // changed records that do not wait for the interval
constexpr auto flush_interval = std::chrono::seconds{1};
constexpr tid_t tid_block = 1000;            // ids reserved by one log entry

struct metadata_state {
  struct waiting {
    dfs_entry entry;
    std::function<void(expected<dfs_entry>)> answer;
  };
  std::shared_ptr<metadata_store> store;
  wall_clock clock;
  std::vector<waiting> group;
  bool commit_due = false;
  caf::actor follower;  // which brings LMDB up to the log; nobody without threads
  bool following = false;
  tid_t next_tid = 0, tid_limit = 0;
  static inline const char* name = "metadata";
};

/// `metadata` to itself: `flush` behind everything that waits in the mailbox now, so that it is decided together.
using followed_atom = caf::atom_constant<caf::atom("followed")>;
using self_protocol = protocol<caf::reacts_to<caf::flush_atom>, caf::reacts_to<caf::tick_atom>, caf::reacts_to<followed_atom>>;
using metadata_with_ticks = metadata_protocol::plus<decision_protocol>::plus<status_protocol>::plus<self_protocol>::handle;
using pointer = metadata_with_ticks::stateful_pointer<metadata_state>;

/// What reached the log is unknown; only reading it again tells.
void quit_unusable(pointer self) {
  log_error("the metadata store cannot go on; restart the controller");
  self->quit(to_caf({ec::io_failed, "the metadata log failed"}));
}

/// Writes to LMDB while commits go on: a few thousand records take it 50 to 130 ms. Seldom, since a page of many changed records is
/// written as one of a few is; a start after a crash has to replay the log of this time.
caf::behavior follower(caf::event_based_actor*, std::shared_ptr<metadata_store> store) {
  return {[store](caf::flush_atom) { store->write_batch(); }};
}

void end_following(pointer self) {
  self->state.following = false;
  if (auto done = self->state.store->settle_flush(); !done) log_error("metadata: {}", done.error().message);
}

void follow(pointer self) {
  auto& st = self->state;
  if (st.following) return;
  auto begun = st.store->begin_flush();
  if (!begun) log_error("metadata: {}", begun.error().message);
  if (!begun || !*begun) return;
  st.following = true;
  if (!st.follower) return self->send(self, followed_atom::value);  // commits may come first there as well
  self->request(st.follower, caf::infinite, caf::flush_atom::value)
      .then([self] { end_following(self); }, [self](caf::error&) { end_following(self); });
}

void commit_group(pointer self) {
  auto& st = self->state;
  st.commit_due = false;
  auto group = std::exchange(st.group, {});
  std::vector<dfs_entry> entries;
  entries.reserve(group.size());
  for (auto& w : group) entries.push_back(std::move(w.entry));
  auto results = st.store->commit(std::move(entries), st.clock());
  for (size_t i = 0; i < group.size(); ++i) {
    group[i].answer(std::move(results[i]));
  }
  if (!st.store->usable()) {
    quit_unusable(self);
    return;
  }
  if (st.store->unflushed() > flush_after) follow(self);
}

void enqueue(pointer self, dfs_entry entry, std::function<void(expected<dfs_entry>)> answer) {
  auto& st = self->state;
  st.group.push_back({std::move(entry), std::move(answer)});
  if (st.group.size() >= group_limit) return commit_group(self);
  if (std::exchange(st.commit_due, true)) return;
  self->send(self, caf::flush_atom::value);
}

/// Every node that registers brings the ids that it has seen, and nearly always they are old news. Ids of the block that is
/// being given out are skipped here, they are reserved already.
bool is_old_news(metadata_state& st, const dfs_entry& entry) {
  auto* ids = std::get_if<raise_ids>(&entry);
  if (!ids) return false;
  if (ids->tid <= st.tid_limit) st.next_tid = std::max(st.next_tid, ids->tid);
  auto& state = st.store->state();
  if (ids->tid <= state.reserved_tid() && ids->cid <= state.last_cid()) return true;
  log_warn("a node has seen transaction {} and commit {}, the metadata is of an older time; new ones begin behind them", ids->tid, ids->cid);
  return false;
}

caf::result<void> commit_bytes(pointer self, const bytes& encoded) {
  auto entry = decode_entry(encoded);
  if (!entry) return to_caf(entry.error());
  if (is_old_news(self->state, *entry)) return caf::unit;
  auto promise = self->make_response_promise<caf::response_promise>();
  enqueue(self, *std::move(entry), [promise](expected<dfs_entry> done) mutable {
    if (done) promise.deliver(caf::unit);
    else promise.deliver(to_caf(done.error()));
  });
  return promise;
}

caf::result<uint64_t> decide_bytes(pointer self, const bytes& encoded) {
  auto entry = decode_entry(encoded);
  if (!entry) return to_caf(entry.error());
  auto promise = self->make_response_promise<uint64_t>();
  enqueue(self, *std::move(entry), [promise](expected<dfs_entry> done) mutable {
    if (!done) {
      promise.deliver(to_caf(done.error()));
      return;
    }
    auto* commit = std::get_if<commit_transaction>(&*done);
    auto* dropped = std::get_if<drop_chunks_entry>(&*done);
    promise.deliver(commit ? commit->cid : dropped ? dropped->cid : uint64_t{0});
  });
  return promise;
}

/// The next transaction id; ids are reserved in blocks, so that a restart never gives one out again. A block that somebody
/// has seen ids behind is left.
expected<tid_t> issue_tid(metadata_state& st) {
  if (st.next_tid == st.tid_limit || st.store->state().reserved_tid() > st.tid_limit) {
    auto limit = std::max(st.tid_limit, st.store->state().reserved_tid()) + tid_block;
    auto done = st.store->commit({reserve_tids{limit}}, st.clock());
    if (!done[0]) return done[0].error();
    st.next_tid = limit - tid_block;
    st.tid_limit = limit;
  }
  return ++st.next_tid;
}

caf::result<write_lookup> look_up(pointer self, const look_up_write& ask) {
  auto& state = self->state.store->state();
  auto* database = state.find_database(ask.database);
  auto* table = state.find_table(ask.database, ask.table);
  if (!database || !table)
    return to_caf({ec::not_found, fmt::format("The table [{}] does not exist in database [{}].", ask.table, ask.database)});
  auto tid = issue_tid(self->state);
  if (!self->state.store->usable()) quit_unusable(self);
  if (!tid) return to_caf(tid.error());
  write_lookup found{*tid, encode_database(*database), encode_table(*table), {}};
  for (auto& partition : ask.partitions) {
    auto* chunk = state.find_chunk(table->id, partition);
    found.chunks.push_back(chunk ? encode_chunk(*chunk) : bytes{});
  }
  return found;
}

caf::result<bytes> snapshot_of(const dfs_metadata& state, const get_snapshot& ask) {
  if (ask.table.empty()) {
    auto found = state.database(ask.database);
    if (!found) return to_caf(found.error());
    return encode_database(*found);
  }
  auto found = state.snapshot(ask.database, ask.table);
  if (!found) return to_caf(found.error());
  return encode_snapshot(*found);
}

caf::result<bytes> table_of(const dfs_metadata& state, const get_table& ask) {
  auto found = state.table(ask.database, ask.table);
  if (!found) return to_caf(found.error());
  return encode_table(*found);
}

caf::result<user_record> user_of(const dfs_metadata& state, const get_user& ask) {
  auto* user = state.find_user(ask.name);
  if (!user) return to_caf({ec::not_found, fmt::format("The user [{}] does not exist.", ask.name)});
  return user_record{user->name, user->password_hash, user->is_admin};
}

/// "/testDB/20230108" for the chunk's "20230108".
void add_database(const dfs_metadata& state, chunk_info& chunk) {
  constexpr size_t scheme = std::string_view{"dfs:/"}.size();
  if (auto* table = state.find_table(chunk.table_id)) chunk.partition = table->database.substr(scheme) + "/" + chunk.partition;
}

bytes chunks_of(const dfs_metadata& state, const list_chunks& ask) {
  std::vector<chunk_info> chunks;
  if (ask.unwell) {
    chunks = state.unwell_chunks(ask.nodes);
  } else {
    chunks.reserve(state.chunk_count());
    state.for_each_chunk([&](const chunk_info& chunk) { chunks.push_back(chunk); });
  }
  if (ask.paths)
    for (auto& chunk : chunks) add_database(state, chunk);
  return encode_chunks(chunks);
}

void look_after_disk(pointer self) {
  auto& store = *self->state.store;
  if (auto done = store.checkpoint(); !done) log_error("metadata: {}", done.error().message);
  if (store.usable()) follow(self);
  if (!store.usable()) return quit_unusable(self);
  self->delayed_send(self, flush_interval, caf::tick_atom::value);
}

metadata_with_ticks::behavior_type metadata(pointer self, metadata_config config) {
  self->state.store = std::move(config.store);
  self->state.clock = std::move(config.clock);
  // Started again after such a failure: its state has entries that may not be in the log, and must not be shown.
  if (!self->state.store->usable()) quit_unusable(self);
  if (auto done = self->state.store->settle_flush(); !done) log_error("metadata: {}", done.error().message);  // begun by one that ended
  if (config.own_thread) self->state.follower = self->spawn<caf::linked + caf::detached>(follower, self->state.store);
  self->delayed_send(self, flush_interval, caf::tick_atom::value);
  self->set_exit_handler([self](caf::exit_msg& message) {
    auto& store = *self->state.store;
    if (message.reason == caf::exit_reason::user_shutdown && store.usable())
      if (auto done = store.close(); !done) log_warn("metadata: the next start will replay the log: {}", done.error().message);
    self->quit(std::move(message.reason));
  });
  return {
      [self](const mutate& x) { return commit_bytes(self, x.entry); },
      [self](const get_snapshot& x) { return snapshot_of(self->state.store->state(), x); },
      [self](const get_table& x) { return table_of(self->state.store->state(), x); },
      [self](const list_names& x) -> caf::result<std::vector<std::string>> {
        auto& state = self->state.store->state();
        if (x.database.empty()) return state.database_paths();
        if (x.database == names_of_users) return state.user_names();
        return state.table_names(x.database);
      },
      [self](const list_chunks& x) -> caf::result<bytes> { return chunks_of(self->state.store->state(), x); },
      [self](const look_up_write& x) { return look_up(self, x); },
      [self](const decide& x) { return decide_bytes(self, x.entry); },
      [self](const get_chunk& x) -> caf::result<bytes> {
        auto* chunk = self->state.store->state().find_chunk({x.id_high, x.id_low});
        return chunk ? encode_chunk(*chunk) : bytes{};
      },
      [self](const get_table_of& x) -> caf::result<bytes> {
        auto* table = self->state.store->state().find_table(x.table_id);
        return table ? encode_table(*table) : bytes{};
      },
      [self](const get_user& x) { return user_of(self->state.store->state(), x); },
      [self](const get_blob& x) -> caf::result<bytes> { return self->state.store->state().blob(x.key); },
      [self](const get_status&) -> caf::result<uint64_t> { return static_cast<uint64_t>(self->mailbox().size()); },
      [self](caf::flush_atom) { commit_group(self); },
      [self](caf::tick_atom) { look_after_disk(self); },
      [self](followed_atom) { end_following(self); },
  };
}

} // namespace

metadata_actor spawn_metadata(caf::actor_system& system, metadata_config config) {
  if (config.own_thread) return system.spawn<caf::detached>(metadata, std::move(config));
  return system.spawn(metadata, std::move(config));
}

} // namespace pelorus
