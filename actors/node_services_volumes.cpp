// node_services: the volumes of this node, and chunks that move between them.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include <sys/stat.h>

#include "actors/ask.hpp"
#include "actors/clock.hpp"
#include "actors/guarded.hpp"
#include "actors/move_order.hpp"
#include "actors/node_services.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto switch_deadline = 60s;
constexpr auto patience = 10s;      // with a chunk that is being written
constexpr auto between_tries = 50ms;

std::mutex one_move;  // at a time in this process

expected<std::shared_ptr<chunk_files>> files_here(const node_services_config& config) {
  auto files = config.files ? config.files() : nullptr;
  if (!files) return error{ec::not_supported, "node " + config.identity.alias + " keeps no chunks; data nodes do"};
  return files;
}

int64_t changed_ms(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000 : 0;
}

/// Whether a chunk that was being written, or whose files have changed, is worth another try.
bool may_pass(const error& err) { return err.code == ec::conflict || err.code == ec::stale; }

} // namespace

expected<uint32_t> node_services::recovery_workers(uint32_t limit) {
  PELORUS_ASSIGN(auto files, files_here(config_));
  if (limit != 0) files->recovery_workers = limit;
  return files->recovery_workers.load();
}

expected<std::vector<chunk_on_volume>> node_services::chunks_on_volumes() {
  PELORUS_ASSIGN(auto files, files_here(config_));
  std::vector<chunk_on_volume> all;
  for (auto& held : files->catalog->all()) {
    auto* newest = held->newest();
    if (!newest) continue;
    chunk_on_volume one{held->id, volume_of(*files, *held)};
    for (auto& segment : newest->segments) {
      one.bytes += segment.cached ? 0 : segment.bytes;
      auto written = segment.cached ? system_now_ms() : changed_ms(one.volume + "/" + held->directory + "/" + segment.file);
      one.written_ms = std::max(one.written_ms, written);
    }
    all.push_back(std::move(one));
  }
  return all;
}

expected<void> node_services::move_to_volume(const chunk_id& chunk, const std::string& volume) {
  PELORUS_ASSIGN(auto files, files_here(config_));
  auto store = config_.store ? config_.store() : chunk_store_actor{};
  if (!store) return error{ec::unavailable, "the chunk store of this node is not there"};
  std::unique_lock alone{one_move, std::try_to_lock};
  if (!alone) return error{ec::conflict, "another chunk of this node is being moved"};
  PELORUS_ASSIGN(auto copy, begin_copy(*files, chunk, volume));
  for (auto began = std::chrono::steady_clock::now();; std::this_thread::sleep_for(between_tries)) {
    auto done = guarded([&] { return extend_copy(*files, copy); });
    bool ordered = static_cast<bool>(done);
    if (done) done = tell(system_, caf::actor_cast<move_orders>(store), switch_directory{copy}, switch_deadline, "chunk store");
    if (done) return {};
    auto why = done.error();
    if (may_pass(why) && std::chrono::steady_clock::now() - began < patience) continue;
    // An order without an answer may be carried out yet, so the copy must stay; the next sweep knows.
    bool unanswered = ordered && (why.code == ec::timed_out || why.code == ec::unavailable);
    if (!unanswered) (void)discard_copy(*files, copy);
    return why;
  }
}

} // namespace pelorus
