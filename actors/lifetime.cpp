#include "actors/lifetime.hpp"

#include <cerrno>
#include <cstdio>

#include <pthread.h>

#include "cfg/log.hpp"

namespace pelorus {

// The signal by which `fail` wakes `wait`.
static constexpr int wake_up = SIGUSR2;

lifetime::lifetime() : waiter_(pthread_self()) {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, wake_up);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

void lifetime::fail(const std::string& reason) {
  std::lock_guard guard{lock_};
  if (failed_) return;
  failed_ = true;
  log_error("{}", reason);
  std::fprintf(stderr, "%s\n", reason.c_str());
  pthread_kill(waiter_, wake_up);
}

int lifetime::wait() {
  int signal = 0;
  while (sigwait(&signals_, &signal) != 0) {}
  if (signal != wake_up) log_info("Received signal {}", signal);
  std::lock_guard guard{lock_};
  return failed_ ? 1 : 0;
}

} // namespace pelorus
