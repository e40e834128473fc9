// A user's session: variables, identity, the running job, and the node it runs on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "query/scope.hpp"
#include "query/services.hpp"

namespace pelorus {

/// Set from another thread to end the running job; checked at loop back-edges, calls and between tasks.
using cancel_flag = std::shared_ptr<std::atomic<bool>>;

/// Belongs to one job at a time; never touched by two threads at once, but for `cancel`.
struct session {
  uint64_t id = 0;
  std::string user = "guest";
  bool is_admin = false;
  bool logged_in = false;

  scope variables;                 ///< the session's own variables and function definitions
  services* node = nullptr;        ///< never null while a script runs
  cancel_flag cancel = std::make_shared<std::atomic<bool>>(false);
  std::function<void(std::string_view)> print = [](std::string_view) {};  ///< a message to the client
  uint32_t depth = 0;              ///< of nested script calls, bounded by limits::max_recursion
  int64_t fetch_size = 0;          ///< rows per block the client asked for; 0: all at once
};

} // namespace pelorus
