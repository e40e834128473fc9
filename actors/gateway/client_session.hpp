// The sessions of a node: one a connection (or one a token of the JSON API), with the job that each runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "query/session.hpp"
#include "storage/parallel.hpp"
#include "storage/table.hpp"

namespace pelorus {

struct gateway_patience;
struct peer_address {
  std::string ip;
  uint16_t port = 0;
};

/// What a request wants of the job that serves it.
struct job_order {
  std::string_view kind;         ///< "script", "function", ..
  std::string_view description;  ///< the script or the function's name
  int32_t priority = 4;
  int32_t parallelism = 64;      ///< threads of this node that it may take at once
  bool cancellable = true;       ///< others may end it by its id
};

/// What runs for a session at the moment.
struct running_job {
  uint64_t id_high = 0, id_low = 0;  ///< the root job id, a random UUID
  std::string description;           ///< the beginning of that of the order
  std::string kind;
  int32_t priority = 4, parallelism = 64;
  bool cancellable = true;
  int64_t received_ms = 0, started_ms = 0;
  bool active = false;
  bool waits = false;  ///< for a thread, as yet
};

/// A job that is over.
struct ended_job {
  running_job job;
  std::string user, error;  ///< an empty error: it went well
  int64_t ended_ms = 0;
};

class client_session {
public:
  client_session(uint64_t id, peer_address peer, std::function<void()> close_connection, std::string token);

  const uint64_t id;
  const peer_address peer;
  const int64_t created_ms;
  const bool detached;  ///< lives without a connection
  const std::function<void()> close_connection;  ///< from any thread; nothing when detached
  const std::string token;  ///< of a detached one: "<id>.<secret>", what its client must show

  session state;        ///< touched by the job that took `free` only, but for its cancel flag
  std::binary_semaphore free{1};            ///< taken while a job runs
  std::atomic<std::thread::id> job_thread;  ///< of that job

  /// A job waits for a thread: it is listed, and cancel() reaches it. Nothing when the session has a job already.
  void announce_job(const job_order& order);
  /// Waits for `free` and takes it, for the announced job if there is one.
  void begin_job(const job_order& order);
  /// Gives `free` back and notes the user for others to see.
  void end_job();
  /// Memory of its variables; unknown while a job of another thread runs.
  std::optional<int64_t> variable_bytes();
  void cancel() { state.cancel->store(true, std::memory_order_relaxed); }
  /// Cancels the job of that id, and no later one. Errors: not_found when it does not run, bad_argument when its client
  /// does not want that.
  expected<void> cancel_job(const std::string& root_job_id);
  bool is_cancelled() const { return state.cancel->load(std::memory_order_relaxed); }

  struct info {
    std::string user = "guest";
    int64_t last_active_ms = 0;
    running_job job;
  };
  info look() const;

private:
  void describe_job(const job_order& order);

  mutable std::mutex info_mutex_;
  info info_;
};

/// Takes the session for one job and gives it back.
class job_scope {
public:
  job_scope(client_session& who, const job_order& order) : who_(who), threads_(order.parallelism) { who_.begin_job(order); }
  ~job_scope() { who_.end_job(); }
  job_scope(const job_scope&) = delete;
  job_scope& operator=(const job_scope&) = delete;

private:
  client_session& who_;
  thread_limit threads_;  // of the thread that runs the job, and of the helpers that its work takes
};

using session_handle = std::shared_ptr<client_session>;

class session_registry {
public:
  explicit session_registry(services& node) : node_(node) {}

  /// `close_connection` ends the session's connection, from any thread; without it the session is a detached one.
  session_handle create(peer_address peer, std::function<void()> close_connection = {});
  session_handle find(uint64_t id) const;
  /// The detached session whose token this is, or null.
  session_handle find_token(std::string_view token) const;
  size_t size() const;
  void remove(uint64_t id);
  std::vector<session_handle> all() const;
  /// Ends sessions that were idle or lived too long: detached ones, and with `strict` all.
  void expire(bool strict, const gateway_patience& patience);

  /// Columns of getConsoleJobs and getSessionMemoryStat (protocol reference, 5.6 and 5.8).
  table_ptr console_jobs() const;
  table_ptr memory() const;
  /// Columns of getRecentJobs: the jobs that were noted, oldest first.
  table_ptr recent_jobs() const;
  /// The running job of `who` has ended, with an error unless that is empty.
  void note_end(const client_session& who, const std::string& error);
  expected<void> cancel_job(const std::string& root_job_id);
  expected<void> close(uint64_t id);

private:
  services& node_;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, session_handle> sessions_;
  static constexpr size_t ended_kept = 1000;
  mutable std::mutex ended_mutex_;
  std::deque<ended_job> ended_;
};

int64_t wall_clock_ms();

} // namespace pelorus
