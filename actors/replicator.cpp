#include "actors/replicator.hpp"

#include <algorithm>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/limits.hpp"
#include "cfg/log.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/replica_files.hpp"
#include "storage/segment.hpp"

namespace pelorus {

namespace {

constexpr auto step_deadline = std::chrono::seconds{30};
constexpr int most_attempts = 5;  // of a copy whose files go while it is made

struct replicator_state {
  replicator_config config;
  static inline const char* name = "replicator";
};
using pointer = replicator_actor::stateful_pointer<replicator_state>;

held_chunk describe_held(const held_record& held) {
  auto& newest = *held.newest();
  return {held.id.high, held.id.low, newest.version, newest.cid, newest.rows()};
}

/// The segments at the front of a version that are whole; the error is that of the first one that is not.
struct whole_front {
  std::vector<segment_ref> segments;
  expected<void> damage;
};

whole_front read_all(const std::string& directory, const std::vector<segment_ref>& segments) {
  whole_front front;
  for (auto& segment : segments) {
    front.damage = verify_segment(directory, segment);
    if (!front.damage) break;
    front.segments.push_back(segment);
  }
  return front;
}

/// One pull: segments that are missing here are copied one frame at a time, then the version is installed. A replica that
/// is marked as damaged is read first, and files that are not whole are copied again.
class pull {
public:
  pull(pointer self, chunk_info chunk, node_door source, caf::typed_response_promise<held_chunk> promise)
      : self_(self), chunk_(std::move(chunk)), source_(std::move(source)), promise_(std::move(promise)) {
    auto& alias = self_->state.config.alias;
    for (auto& replica : chunk_.replicas) damaged_ |= replica.node == alias && replica.corrupted;
  }

  static void start(std::shared_ptr<pull> p) {
    p->self_->request(p->source_, step_deadline, list_segments{encode_chunk(p->chunk_)})
        .then([p](const bytes& encoded) { p->listed(p, encoded); }, [p](caf::error& err) { p->fail(err); });
  }

private:
  chunk_files& files() { return *self_->state.config.files; }

  void listed(const std::shared_ptr<pull>& p, const bytes& encoded) {
    auto held = decode_held(encoded);
    if (!held) return fail(to_caf(held.error()));
    wanted_ = *std::move(held);
    directory_ = files().path_of(wanted_.id, wanted_.directory);
    if (auto done = make_directories(directory_); !done) return fail(to_caf(done.error()));
    auto& theirs = wanted_.versions.back().segments;
    if (auto here = files().catalog->find(wanted_.id); here && here->newest()) {
      auto& own = here->newest()->segments;
      theirs = with_own_files(damaged_ ? read_all(directory_, own).segments : own, theirs);
    }
    next_segment(p);
  }

  bool is_here(const segment_ref& segment) const {
    if (segment.cached) return true;
    return damaged_ ? bool(verify_segment(directory_, segment)) : file_exists(directory_ + "/" + segment.file);
  }

  void next_segment(const std::shared_ptr<pull>& p) {
    auto& segments = wanted_.newest()->segments;
    while (at_ < segments.size() && is_here(segments[at_])) ++at_;
    if (at_ == segments.size()) return install(p);
    auto temporary = directory_ + "/" + segments[at_].file + ".tmp";
    auto opened = file::open_write(temporary, true);
    if (!opened) return fail(to_caf(opened.error()));
    out_ = *std::move(opened);
    offset_ = 0;
    next_frame(p);
  }

  void next_frame(const std::shared_ptr<pull>& p) {
    auto& segment = wanted_.newest()->segments[at_];
    auto size = std::min<uint64_t>(limits::frame_bytes, segment.bytes - offset_);
    self_->request(source_, step_deadline, fetch_segment{encode_chunk(chunk_), segment.file, offset_, size})
        .then([p](const bytes& frame) { p->take(p, frame); }, [p](caf::error& err) { p->again_or_fail(p, err); });
  }

  void take(const std::shared_ptr<pull>& p, const bytes& frame) {
    auto& segment = wanted_.newest()->segments[at_];
    if (frame.empty()) return fail(to_caf({ec::corrupt, fmt::format("segment {} ends early at its source", segment.file)}));
    if (auto done = out_.write_at(offset_, frame); !done) return fail(to_caf(done.error()));
    offset_ += frame.size();
    if (offset_ < segment.bytes) return next_frame(p);
    auto path = directory_ + "/" + segment.file;
    auto finish = [&]() -> expected<void> {
      PELORUS_TRY(out_.sync_data());
      // What was copied must be whole before it takes its name.
      auto copied = segment;
      copied.file += ".tmp";
      PELORUS_TRY(verify_segment(directory_, copied));
      PELORUS_TRY(rename_file(path + ".tmp", path));
      return sync_directory(directory_);
    };
    if (auto done = finish(); !done) return fail(to_caf(done.error()));
    next_segment(p);
  }

  void install(const std::shared_ptr<pull>& p) {
    if (damaged_) log_info("chunk {} is whole again", to_string(chunk_.id));
    self_->request(self_->state.config.store, step_deadline, install_chunk{encode_held(wanted_)})
        .then([p] { p->promise_.deliver(describe_held(p->wanted_)); }, [p](caf::error& err) { p->again_or_fail(p, err); });
  }

  /// Files may go meanwhile: here with a replica that was deleted just before, at the source when segments are merged. What
  /// there is now is looked at anew.
  void again_or_fail(const std::shared_ptr<pull>& p, const caf::error& err) {
    auto code = from_caf(err, "source").code;
    if ((code != ec::stale && code != ec::not_found) || ++attempts_ == most_attempts) return fail(err);
    at_ = 0;
    start(p);
  }

  void fail(const caf::error& err) {
    log_warn("chunk {} cannot be copied: {}", to_string(chunk_.id), from_caf(err, "source").message);
    promise_.deliver(err);
  }

  pointer self_;
  chunk_info chunk_;
  node_door source_;
  caf::typed_response_promise<held_chunk> promise_;
  held_record wanted_;
  std::string directory_;
  file out_;
  size_t at_ = 0;
  uint64_t offset_ = 0;
  bool damaged_ = false;
  int attempts_ = 0;
};

/// Nobody has the chunk's newest version but this node, which was found damaged: perhaps its files are back.
caf::result<held_chunk> check_own(pointer self, const chunk_info& chunk) {
  auto& files = *self->state.config.files;
  auto held = files.catalog->find(chunk.id);
  auto* newest = held ? held->at(chunk.version) : nullptr;
  if (!newest) return to_caf({ec::corrupt, fmt::format("chunk {} is lost: no node has version {}", to_string(chunk.id), chunk.version)});
  auto front = read_all(files.path_of(chunk.id, held->directory), newest->segments);
  if (!front.damage) return to_caf(front.damage.error());
  return held_chunk{chunk.id.high, chunk.id.low, newest->version, newest->cid, newest->rows()};
}

caf::result<held_chunk> replicate_from(pointer self, const replicate& order) {
  auto chunk = decode_chunk(order.chunk);
  if (!chunk) return to_caf(chunk.error());
  if (order.source.empty()) return check_own(self, *chunk);
  auto promise = self->make_response_promise<held_chunk>();
  self->request(self->state.config.peers, step_deadline, find_peer{order.source})
      .then(
          [self, chunk = *chunk, promise](const caf::actor& found) {
            pull::start(std::make_shared<pull>(self, chunk, caf::actor_cast<node_door>(found), promise));
          },
          [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
  return promise;
}

expected<bytes> segments_of(const chunk_files& files, const list_segments& ask) {
  PELORUS_ASSIGN(auto chunk, decode_chunk(ask.chunk));
  auto held = files.catalog->find(chunk.id);
  if (!held || !held->newest())
    return error{ec::not_found, fmt::format("chunk {} is not on this node", to_string(chunk.id))};
  // Files of older versions are not copied, so these versions are not either.
  auto newest = *held;
  newest.versions = {*held->newest()};
  return encode_held(newest);
}

expected<bytes> read_segment(const chunk_files& files, const fetch_segment& ask) {
  PELORUS_ASSIGN(auto chunk, decode_chunk(ask.chunk));
  auto held = files.catalog->find(chunk.id);
  if (!held) return error{ec::not_found, fmt::format("chunk {} is not on this node", to_string(chunk.id))};
  const segment_ref* known = nullptr;
  for (auto& version : held->versions)
    for (auto& s : version.segments)
      if (s.file == ask.file) known = &s;
  if (!known) return error{ec::not_found, fmt::format("chunk {} has no segment {}", to_string(chunk.id), ask.file)};
  if (known->cached) return known->cached->rows->image()->substr(std::min<uint64_t>(ask.offset, known->bytes), std::min<uint64_t>(ask.size, limits::frame_bytes));
  PELORUS_ASSIGN(auto in, file::open_read(files.path_of(chunk.id, held->directory) + "/" + ask.file));
  PELORUS_ASSIGN(auto size, in.size());
  if (ask.offset >= size) return bytes{};
  bytes frame(std::min<uint64_t>({ask.size, size - ask.offset, limits::frame_bytes}), '\0');
  PELORUS_TRY(in.read_at(ask.offset, frame.data(), frame.size()));
  return frame;
}

/// Tells the controller what this node holds; what it does not know is put away.
void report_chunks(pointer self, uint64_t incarnation) {
  auto& config = self->state.config;
  chunk_report report{config.alias, incarnation, {}};
  for (auto& held : config.files->catalog->all())
    if (held->newest()) report.chunks.push_back(describe_held(*held));
  // The first rows of a chunk may wait here for the word that they are committed.
  for (auto& staged : config.files->catalog->staged())
    if (auto& id = staged.chunk.id; !config.files->catalog->find(id)) report.chunks.push_back({id.high, id.low, 0, 0, 0});
  auto failed = [](caf::error& err) { log_warn("the chunk report failed: {}", from_caf(err, "controller").message); };
  self->request(config.peers, step_deadline, find_peer{""})
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

replicator_actor::behavior_type replicator(pointer self, replicator_config config) {
  self->state.config = std::move(config);
  return {
      [self](const replicate& x) { return replicate_from(self, x); },
      [self](const list_segments& x) { return to_result(segments_of(*self->state.config.files, x)); },
      [self](const fetch_segment& x) { return to_result(read_segment(*self->state.config.files, x)); },
      [self](const registered& x) { report_chunks(self, x.incarnation); },
      [self](const get_status&) { return static_cast<uint64_t>(self->mailbox().size()); },
  };
}

} // namespace

replicator_actor spawn_replicator(caf::actor_system& system, replicator_config config) {
  if (config.own_thread) return system.spawn<caf::detached>(replicator, std::move(config));
  return system.spawn(replicator, std::move(config));
}

} // namespace pelorus
