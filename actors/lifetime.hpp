// From start to end of the process: signals, and reasons of its own to end.
#pragma once

#include <csignal>
#include <mutex>
#include <string>

namespace pelorus {

/// Make one before any thread starts: SIGTERM and SIGINT go to `wait` alone from then on, SIGPIPE is ignored.
class lifetime {
public:
  lifetime();

  /// Ends the process with an exit code other than 0. The first reason counts; it is logged and goes to stderr. Any
  /// thread.
  void fail(const std::string& reason);

  /// Blocks until a signal comes or `fail` is called; answers the exit code.
  int wait();

private:
  sigset_t signals_;
  pthread_t waiter_;
  std::mutex lock_;
  bool failed_ = false;
};

} // namespace pelorus
