// A network that loses, doubles, delays and reorders messages, between the actors of simulated processes.
//
// A door of another process is a `wire`: what it is sent becomes a packet, and so does the answer. A packet of a process
// that died meanwhile may still arrive; one to a process that was started again since the wire was made does not.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_proxy.hpp>
#include <caf/actor_system.hpp>

namespace pelorus::simulation {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// One start of a process.
struct place {
  std::string alias;
  uint64_t incarnation = 0;
  friend auto operator<=>(const place&, const place&) = default;
};

enum class message_fault : uint8_t { none, lost, doubled, late, sender_dies, receiver_dies_before, receiver_dies_after, link_cut, receiver_hangs };
inline constexpr std::array message_faults{
    message_fault::lost,          message_fault::doubled,  message_fault::late, message_fault::sender_dies, message_fault::receiver_dies_before,
    message_fault::receiver_dies_after, message_fault::link_cut, message_fault::receiver_hangs};
std::string_view name_of(message_fault fault);

struct packet {
  place from, to;
  caf::strong_actor_ptr receiver, sender;
  caf::message_id id;
  caf::message content;
  bool is_answer = false;
  bool kills_receiver = false;  ///< once it is handled
};

class network {
public:
  struct hooks {
    std::function<message_fault(uint64_t number, const packet&)> fate;
    std::function<milliseconds()> latency;
    std::function<time_point()> now;
    std::function<bool(const place&)> runs;               ///< whether this very start of the process runs
    std::function<void(const place&)> dies, dies_when_idle, hangs;
  };

  network(caf::actor_system& system, hooks hooks) : system_(system), hooks_(std::move(hooks)) {}

  /// The door of `to` as `from` sees it.
  caf::actor connect(const place& from, const place& to, const caf::actor& door);
  /// Connections to a process that died are noticed by those who watch them.
  void reset_connections(const place& to);

  void send(const place& from, const place& to, const caf::strong_actor_ptr& receiver, caf::mailbox_element& what, bool is_answer);
  /// Hands over what is due, in the order of its time; answers whether there was something.
  bool deliver_next();
  std::optional<time_point> next_due() const;

  void start() { counts_ = true, messages_ = 0; }
  /// No more faults; cut links are whole again.
  void heal();
  void cut(const std::string& from, const std::string& to, time_point until) { cuts_[{from, to}] = {hooks_.now(), until}; }
  /// Since when nothing gets from one to the other.
  std::optional<time_point> cut_since(const std::string& from, const std::string& to) const;
  /// Sabotage: whoever asked for a commit and gets an error reads "aborted" in it.
  void take_errors_for_rollback() { errors_mean_rollback_ = true; }
  uint64_t messages() const { return messages_; }
  /// Forgets everything, at the end of a schedule.
  void clear();

private:
  struct outage { time_point since, until; };
  void deliver(packet x);

  caf::actor_system& system_;
  hooks hooks_;
  std::multimap<time_point, packet> under_way_;
  std::map<std::pair<std::string, std::string>, outage> cuts_;
  std::map<std::pair<std::string, std::string>, time_point> last_due_;
  std::map<std::pair<place, place>, caf::actor> doors_;
  uint64_t messages_ = 0;
  bool counts_ = false, errors_mean_rollback_ = false;
};

} // namespace pelorus::simulation
