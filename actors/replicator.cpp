#include "actors/replicator.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/replica_source.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/incoming_segment.hpp"
#include "storage/replica_files.hpp"
#include "storage/segment.hpp"
#include "storage/volume_move.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto step_deadline = 30s;
constexpr auto tell_interval = 5s;   // between words to those who wait for a copy that it is still made
constexpr auto report_retry = 5s;    // after a chunk report that was not answered
constexpr int most_attempts = 5;     // of a copy whose files go while it is made
// Both ends touch every byte several times, so frames are made to stay in the processors' caches.
constexpr uint64_t frame_bytes = 1 << 20;
constexpr uint64_t bytes_ahead = 8 * frame_bytes;  // read there, on their way, and written here
constexpr size_t files_ahead = 4;                  // open here at a time, since many may fit into that

class pull;
struct replicator_state {
  replicator_config config;
  std::map<chunk_id, std::shared_ptr<pull>> pulls;  // one of a chunk at a time: they write the same files
  std::deque<std::shared_ptr<pull>> waiting;        // those of `pulls` that have not begun
  std::vector<std::function<void()>> later;         // steps that let other messages pass before them
  bool telling = false;
  uint64_t report = 0;                              // number of the newest one; older ones are not sent again
  static inline const char* name = "replicator";
};
using report_atom = caf::atom_constant<caf::atom("report")>;
/// To itself: `tick` to tell those who wait, `flush` for the next steps, and a report (incarnation, number) once more.
using self_protocol = protocol<caf::reacts_to<caf::tick_atom>, caf::reacts_to<caf::flush_atom>, caf::reacts_to<report_atom, uint64_t, uint64_t>>;
using with_steps = replication_protocol::plus<protocol<answers<registered, void>>>::plus<status_protocol>::plus<self_protocol>::handle;
using pointer = with_steps::stateful_pointer<replicator_state>;
using promise_of_chunk = caf::typed_response_promise<held_chunk>;

held_chunk describe_held(const held_record& held) {
  auto& newest = *held.newest();
  return {held.id.high, held.id.low, newest.version, newest.cid, newest.rows()};
}

/// Other messages come first.
void do_later(pointer self, std::function<void()> step) {
  self->state.later.push_back(std::move(step));
  self->send(self, caf::flush_atom::value);
}

void start_waiting(pointer self);

/// One pull: segments that are missing here are copied by frames, of which a few are under way, those of the next file as soon as
/// all of one are asked for; then the version is installed.
/// A replica that is marked as damaged is read first, and files that are not whole are copied again. Without a source it is
/// only read: perhaps its files are back. Files are read one a turn, since others want to copy from here meanwhile.
class pull : public std::enable_shared_from_this<pull> {
public:
  pull(pointer self, chunk_info chunk, std::string source) : self_(self), chunk_(std::move(chunk)), source_alias_(std::move(source)) {
    damaged_ = is_marked(chunk_, self_->state.config.alias);
  }

  static bool is_marked(const chunk_info& chunk, const std::string& node) {
    return std::any_of(chunk.replicas.begin(), chunk.replicas.end(), [&](auto& r) { return r.node == node && r.corrupted; });
  }
  /// Whether it reads what a mark of this replica asks for.
  bool reads_files() const { return damaged_; }

  /// Whoever asks while it is made is answered with the others.
  void join(promise_of_chunk promise) { waiting_.push_back(std::move(promise)); }

  void start() {
    if (source_alias_.empty()) return check_own();
    self_->request(self_->state.config.peers, step_deadline, find_peer{source_alias_})
        .then(
            [p = shared_from_this()](const caf::actor& found) {
              p->source_ = caf::actor_cast<node_door>(found);
              p->ask_for_list();
            },
            [p = shared_from_this()](caf::error& err) { p->fail(err); });
  }

  /// That it is still made; they ask again.
  void tell() {
    auto news = to_caf({ec::timed_out, fmt::format("chunk {} is being copied, {} bytes so far", to_string(chunk_.id), copied_)});
    for (auto& promise : std::exchange(waiting_, {})) promise.deliver(news);
  }

private:
  struct coming {
    uint64_t number;
    std::string name;
    uint64_t asked;
    incoming_segment file;
  };

  chunk_files& files() { return *self_->state.config.files; }
  std::string path_of(const segment_ref& segment) const { return directory_ + "/" + segment.file; }

  /// Nobody has the chunk's newest version but this node, which was found damaged.
  void check_own() {
    auto held = files().catalog->find(chunk_.id);
    auto* newest = held ? held->at(chunk_.version) : nullptr;
    if (!newest) return fail(to_caf({ec::corrupt, fmt::format("chunk {} is lost: no node has version {}", to_string(chunk_.id), chunk_.version)}));
    directory_ = files().path_of(chunk_.id, held->directory);
    wanted_ = *held;
    wanted_.versions = {*newest};
    read_on([this](const expected<void>& damage) {
      if (!damage) return fail(to_caf(damage.error()));
      done();
    });
  }

  void ask_for_list() {
    self_->request(source_, step_deadline, list_segments{encode_chunk(chunk_)})
        .then([p = shared_from_this()](const bytes& encoded) { p->listed(encoded); },
              [p = shared_from_this()](caf::error& err) { p->fail(err); });
  }

  void listed(const bytes& encoded) {
    auto theirs = decode_held(encoded);
    if (!theirs) return fail(to_caf(theirs.error()));
    auto here = files().catalog->find(theirs->id);
    theirs->directory = here ? here->directory : unmoved(theirs->directory);
    directory_ = files().path_of(theirs->id, theirs->directory);
    if (auto done = make_directories(directory_); !done) return fail(to_caf(done.error()));
    at_ = 0;
    whole_.clear();
    if (!here || !here->newest()) return copy(*std::move(theirs), {});
    if (auto* other = theirs->newest() ? here->at(theirs->newest()->version) : nullptr; other && other->cid != theirs->newest()->cid)
      return fail(to_caf({ec::conflict, fmt::format("version {} of chunk {} was commit {} here and is commit {} there", other->version,
                                                    to_string(chunk_.id), other->cid, theirs->newest()->cid)}));
    auto own = here->newest()->segments;
    if (!damaged_) {
      for (auto& segment : own) whole_.insert(segment.file);
      return copy(*std::move(theirs), own);
    }
    wanted_ = *here;
    wanted_.versions = {*here->newest()};
    read_on([this, theirs = *std::move(theirs), own](const expected<void>&) mutable {
      own.resize(std::exchange(at_, 0));  // those in front of the first that is not whole
      copy(std::move(theirs), own);
    });
  }

  /// Reads the files of `wanted_` from `at_` on, up to the first that is not whole.
  void read_on(std::function<void(const expected<void>&)> then) {
    auto& segments = wanted_.newest()->segments;
    if (at_ == segments.size()) return then({});
    auto damage = verify_segment(directory_, segments[at_]);
    if (!damage) return then(damage);
    whole_.insert(segments[at_++].file);
    do_later(self_, [p = shared_from_this(), then = std::move(then)]() mutable { p->read_on(std::move(then)); });
  }

  void copy(held_record theirs, const std::vector<segment_ref>& own) {
    wanted_ = std::move(theirs);
    auto& segments = wanted_.versions.back().segments;
    segments = with_own_files(own, segments);
    next_segment();
  }

  /// A file of this name may be left over from an earlier copy or a crash: it is read before it counts.
  void next_segment() {
    auto& segments = wanted_.newest()->segments;
    auto is_here = [this](const segment_ref& x) { return x.cached || (whole_.contains(x.file) && file_exists(path_of(x))); };
    while (at_ < segments.size() && is_here(segments[at_])) ++at_;
    if (at_ == segments.size()) return coming_.empty() ? install() : void();
    auto& segment = segments[at_];
    if (!file_exists(path_of(segment)) || !verify_segment(directory_, segment)) return fetch(segment);
    whole_.insert(segment.file);
    looking_ = true;
    do_later(self_, [p = shared_from_this(), number = file_number_] {
      if (number != p->file_number_) return;
      p->looking_ = false;
      p->next_segment();
    });
  }

  void fetch(const segment_ref& segment) {
    auto opened = incoming_segment::open(path_of(segment), segment.bytes, segment.rows, frame_bytes);
    if (!opened) return again_or_fail(to_caf(opened.error()));
    auto tail = opened->tail_begin();  // the last frame comes first: its footer has the checksums of the others
    coming_.push_back({++file_number_, segment.file, 0, *std::move(opened)});
    ++at_;
    ask_for_frame(coming_.back(), tail, segment.bytes - tail);
    ask_for_frames();
  }

  void ask_for_frames() {
    if (coming_.empty()) return next_segment();
    auto& newest = coming_.back();
    while (newest.asked < newest.file.tail_begin() && under_way_ < bytes_ahead) {
      auto size = std::min<uint64_t>(frame_bytes, newest.file.tail_begin() - newest.asked);
      ask_for_frame(newest, newest.asked, size);
      newest.asked += size;
    }
    if (under_way_ < bytes_ahead && coming_.size() < files_ahead && !looking_) next_segment();
  }

  void ask_for_frame(const coming& file, uint64_t at, uint64_t size) {
    under_way_ += size;
    // What comes after the end of this file's copy, well or not, is not looked at.
    self_->request(source_, step_deadline, fetch_segment{encode_chunk(chunk_), file.name, at, size})
        .then(
            [p = shared_from_this(), number = file.number, at, size](const bytes& frame) {
              auto found = p->find(number);
              if (found != p->coming_.end()) p->take(found, frame, at, size);
            },
            [p = shared_from_this(), number = file.number](caf::error& err) {
              if (p->find(number) != p->coming_.end()) p->again_or_fail(err);
            });
  }

  std::deque<coming>::iterator find(uint64_t number) {
    return std::find_if(coming_.begin(), coming_.end(), [number](auto& x) { return x.number == number; });
  }

  void take(std::deque<coming>::iterator to, const bytes& frame, uint64_t at, uint64_t size) {
    if (frame.size() != size) return fail(to_caf({ec::corrupt, fmt::format("segment {} ends early at its source", to->name)}));
    if (auto done = to->file.take(at, frame); !done) return fail(to_caf(done.error()));
    copied_ += size;
    under_way_ -= size;
    if (!to->file.complete()) return ask_for_frames();
    whole_.insert(to->name);
    unsettled_.push_back(std::move(to->file));
    coming_.erase(to);
    ask_for_frames();
    settle(1);  // the one before has been written to the disk meanwhile
  }

  /// Makes files that are complete durable and gives them their names, but for the newest `kept`. False after a failure.
  bool settle(size_t kept) {
    while (unsettled_.size() > kept) {
      auto done = unsettled_.front().settle();
      if (!done) return forget_files(), again_or_fail(to_caf(done.error())), false;
      named_.push_back(unsettled_.front().path());
      unsettled_.pop_front();
    }
    return true;
  }

  /// Whole as they are, their names may be lost for good: the next attempt must not take them for files that count.
  void forget_files() {
    for (auto& path : named_) (void)remove_file(path);
    named_.clear();
    unsettled_.clear();
    whole_.clear();
  }

  void install() {
    if (!settle(0)) return;
    if (auto done = sync_directory(directory_); !done) return forget_files(), again_or_fail(to_caf(done.error()));
    named_.clear();
    if (damaged_) log_info("chunk {} is whole again", to_string(chunk_.id));
    self_->request(self_->state.config.store, step_deadline, install_chunk{encode_held(wanted_)})
        .then([p = shared_from_this()] { p->done(); }, [p = shared_from_this()](caf::error& err) { p->again_or_fail(err); });
  }

  /// Files may go meanwhile: here with a replica that was deleted just before, at the source when segments are merged. What
  /// there is now is looked at anew.
  void again_or_fail(const caf::error& err) {
    drop_coming();
    auto code = from_caf(err, "source").code;
    if ((code != ec::stale && code != ec::not_found) || ++attempts_ == most_attempts) return fail(err);
    if (settle(0)) ask_for_list();
  }

  void fail(const caf::error& err) {
    drop_coming();
    auto why = from_caf(err, source_alias_.empty() ? "this node" : source_alias_);
    log_warn("chunk {} cannot be copied: {}", to_string(chunk_.id), why.message);
    // Its own deadlines are the end of it; `timed_out` would say that it goes on.
    if (why.code == ec::timed_out) why.code = ec::unavailable;
    for (auto& promise : end()) promise.deliver(to_caf(why));
  }

  void drop_coming() {
    ++file_number_;
    coming_.clear();
    under_way_ = 0;
    looking_ = false;
  }

  void done() {
    for (auto& promise : end()) promise.deliver(describe_held(wanted_));
  }

  std::vector<promise_of_chunk> end() {
    auto keep = shared_from_this();
    auto& pulls = self_->state.pulls;
    if (auto mine = pulls.find(chunk_.id); mine != pulls.end() && mine->second == keep) {
      pulls.erase(mine);
      if (!self_->state.waiting.empty()) do_later(self_, [self = self_] { start_waiting(self); });
    }
    return std::exchange(waiting_, {});
  }

  pointer self_;
  chunk_info chunk_;
  std::string source_alias_;
  node_door source_;
  std::vector<promise_of_chunk> waiting_;
  held_record wanted_;
  std::string directory_;
  std::set<std::string> whole_;  // files that need no look
  std::deque<coming> coming_;               // of which only the newest has frames that were not asked for
  std::deque<incoming_segment> unsettled_;  // complete, but not synced and named
  std::vector<std::string> named_;          // paths of those whose names are not durable yet
  size_t at_ = 0;
  uint64_t under_way_ = 0, copied_ = 0;
  uint64_t file_number_ = 0;  // of the newest file that was asked for; one is left out when all are dropped
  bool damaged_ = false, looking_ = false;  // at a file that was here already; `next_segment` follows
  int attempts_ = 0;
};

/// As many as may run (recoveryWorkers, resetRecoveryWorkerNum).
void start_waiting(pointer self) {
  auto& st = self->state;
  auto most = std::max(1u, st.config.files->recovery_workers.load());
  while (!st.waiting.empty() && st.pulls.size() - st.waiting.size() < most) {
    auto next = std::move(st.waiting.front());
    st.waiting.pop_front();
    next->start();
  }
}

caf::result<held_chunk> replicate_from(pointer self, const replicate& order) {
  auto chunk = decode_chunk(order.chunk);
  if (!chunk) return to_caf(chunk.error());
  auto& st = self->state;
  auto found = st.pulls.find(chunk->id);
  if (found != st.pulls.end() && !found->second->reads_files() && pull::is_marked(*chunk, st.config.alias))
    return to_caf({ec::conflict, fmt::format("chunk {} is being copied without a look at its files", to_string(chunk->id))});
  auto promise = self->make_response_promise<held_chunk>();
  if (found != st.pulls.end()) {
    found->second->join(promise);
    return promise;
  }
  auto id = chunk->id;
  auto fresh = st.pulls[id] = std::make_shared<pull>(self, *std::move(chunk), order.source);
  fresh->join(promise);
  if (!std::exchange(st.telling, true)) self->delayed_send(self, tell_interval, caf::tick_atom::value);
  st.waiting.push_back(std::move(fresh));
  start_waiting(self);
  return promise;
}

void tell_all(pointer self) {
  auto& st = self->state;
  for (auto& [id, each] : st.pulls) each->tell();
  start_waiting(self);  // more may run by now
  st.telling = !st.pulls.empty();
  if (st.telling) self->delayed_send(self, tell_interval, caf::tick_atom::value);
}

/// Tells the controller what this node holds, until it answers; what it does not know is put away.
void report_chunks(pointer self, uint64_t incarnation, uint64_t number) {
  auto& st = self->state;
  if (number != st.report) return;  // there is a newer one
  auto& files = *st.config.files;
  chunk_report report{st.config.alias, incarnation, {}};
  for (auto& held : files.catalog->all())
    if (held->newest()) report.chunks.push_back(describe_held(*held));
  // The first rows of a chunk may wait here for the word that they are committed; others may be files that nobody knows.
  auto without_versions = [&](const chunk_id& id) {
    if (!files.catalog->find(id)) report.chunks.push_back({id.high, id.low, 0, 0, 0});
  };
  for (auto& staged : files.catalog->staged()) without_versions(staged.chunk.id);
  for (auto& [id, directory] : files.left.directories)
    if (file_exists(directory)) without_versions(id);
  auto failed = [self, incarnation, number](caf::error& err) {
    log_warn("the chunk report failed and is sent again: {}", from_caf(err, "controller").message);
    self->delayed_send(self, report_retry, report_atom::value, incarnation, number);
  };
  self->request(st.config.peers, step_deadline, find_peer{""})
      .then(
          [self, report, failed](const caf::actor& found) {
            self->request(caf::actor_cast<controller_door>(found), step_deadline, report)
                .then(
                    [self](chunk_report_reply& reply) {
                      if (!reply.unknown.empty()) self->send(self->state.config.store, quarantine{std::move(reply.unknown)});
                    },
                    failed);
          },
          failed);
}

with_steps::behavior_type replicator(pointer self, replicator_config config) {
  self->state.config = std::move(config);
  return {
      [self](const replicate& x) { return replicate_from(self, x); },
      [self](const list_segments& x) { return to_result(list_for_copy(*self->state.config.files, x)); },
      [self](const fetch_segment& x) { return to_result(read_frame(*self->state.config.files, x)); },
      [self](const registered& x) { report_chunks(self, x.incarnation, ++self->state.report); },
      [self](const get_status&) { return static_cast<uint64_t>(self->mailbox().size()); },
      [self](caf::tick_atom) { tell_all(self); },
      [self](caf::flush_atom) {
        for (auto& step : std::exchange(self->state.later, {})) step();
      },
      [self](report_atom, uint64_t incarnation, uint64_t number) { report_chunks(self, incarnation, number); },
  };
}

} // namespace

replicator_actor spawn_replicator(caf::actor_system& system, replicator_config config) {
  if (config.own_thread) return system.spawn<caf::detached>(replicator, std::move(config));
  return system.spawn(replicator, std::move(config));
}

} // namespace pelorus
