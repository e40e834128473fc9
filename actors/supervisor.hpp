// Keeps the children of a process running: restarts with backoff, escalates when that does not help.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/atom.hpp>
#include <caf/scheduled_actor.hpp>

#include "actors/messages.hpp"
#include "cfg/error.hpp"

namespace pelorus {

/// The door tells itself (with a child's name) that the pause is over.
using restart_atom = caf::atom_constant<caf::atom("restart")>;

/// What a child is and how it is made. `make` may look up the handles of the children in `after`, which run by then.
struct child_plan {
  std::string name;
  std::function<caf::actor()> make;
  std::vector<std::string> after = {};  ///< children whose handles it keeps: it is replaced together with them
  bool deferred = false;               ///< not started before the door gets restart_atom and its name
};

/// Pure: how long to wait after each failure.
class restart_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// The pause before the next start, or nothing when there were too many failures.
  std::optional<std::chrono::seconds> failed(time_point now);

private:
  std::deque<time_point> failures_;
};

/// A part of a door, which is an actor and owns it.
struct supervisor {
  struct child {
    child_plan plan;
    caf::actor handle;              ///< null while it pauses
    restart_policy policy;
    uint64_t restarts = 0;
    restart_policy::time_point started{};
    bool failed = false;            ///< given up
  };

  std::string owner;                ///< name in the tree
  std::vector<child> children;
  std::function<void(const std::string&)> escalate;  ///< gets the reason; ends the process
  caf::scheduled_actor* self = nullptr;
  restart_policy::time_point started;

  /// Starts all children in order and watches them.
  void start(caf::scheduled_actor* owner_actor, std::vector<child_plan> plans);
  /// Null when there is none of that name.
  child* find(const std::string& name);
  /// The handle to send to, or why there is none.
  expected<caf::actor> running(const std::string& name);
  void on_down(const caf::actor_addr& who, const std::string& reason);
  void on_restart(const std::string& name);
  void stop_all();

private:
  void start_child(child& c);
  bool can_start(const child& c);
  void on_failure(child& c, const std::string& reason);
  void stop_dependants(const std::string& name);
};

/// One row of the tree; `mailbox` is nullopt when the actor did not answer in time.
actor_view describe(const supervisor::child& c, const std::string& parent, std::optional<uint64_t> mailbox,
                    restart_policy::time_point now);

} // namespace pelorus
