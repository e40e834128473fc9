#include "actors/damage_report.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/log.hpp"

namespace pelorus {

namespace {
using namespace std::chrono_literals;
constexpr auto tell_again_after = 10s;
constexpr auto deadline = 10s;
} // namespace

void damage_reporter::report(const chunk_info& chunk, const error& why) {
  auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard guard{lock_};
    std::erase_if(told_, [&](auto& entry) { return now - entry.second > tell_again_after; });
    if (!told_.emplace(chunk.id, now).second) return;
  }
  log_error("chunk {} is damaged: {}", to_string(chunk.id), why.message);
  damaged_chunk message{alias_, chunk.id.high, chunk.id.low, chunk.version, why.message};
  system_.spawn([peers = peers_, message](caf::event_based_actor* self) {
    auto failed = [](caf::error& err) { log_warn("the controller was not told of damage: {}", from_caf(err, "controller").message); };
    self->request(peers, deadline, find_peer{""}).then([self, message, failed](const caf::actor& found) {
      self->request(caf::actor_cast<controller_door>(found), deadline, message).then([] {}, failed);
    }, failed);
  });
}

} // namespace pelorus
