#include "actors/gateway/client_session.hpp"

#include <charconv>
#include <chrono>
#include <ctime>

#include <arpa/inet.h>
#include <sys/random.h>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "actors/gateway/gateway.hpp"
#include "query/row_table.hpp"

namespace pelorus {

namespace {
constexpr size_t description_bytes = 1000;

uint64_t random_bits() {
  thread_local uint64_t pool[32];
  thread_local size_t left = 0;
  if (left == 0) {
    while (getrandom(pool, sizeof pool, 0) != static_cast<ssize_t>(sizeof pool)) {}
    left = std::size(pool);
  }
  return pool[--left];
}

std::string job_id(const running_job& job) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", job.id_high >> 32, job.id_high >> 16 & 0xffff,
                     job.id_high & 0xffff, job.id_low >> 48, job.id_low & 0xffffffffffffull);
}

/// Scripts see the time of the node's zone.
int64_t local_ms(int64_t utc_ms) {
  auto seconds = static_cast<std::time_t>(utc_ms / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return utc_ms + parts.tm_gmtoff * 1000;
}

int128 ip_bits(const std::string& ip) {
  unsigned char bytes[16];
  uint64_t high = 0, low = 0;
  size_t count = inet_pton(AF_INET, ip.c_str(), bytes) == 1    ? 4
                 : inet_pton(AF_INET6, ip.c_str(), bytes) == 1 ? 16
                                                               : 0;
  for (size_t i = 0; i < count; ++i) {
    high = high << 8 | low >> 56;
    low = low << 8 | bytes[i];
  }
  return static_cast<int128>(high) << 64 | static_cast<int128>(low);
}
} // namespace

int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// -- one session --------------------------------------------------------------------------------------

client_session::client_session(uint64_t id, peer_address peer, std::function<void()> close_connection, std::string token)
    : id(id), peer(std::move(peer)), created_ms(wall_clock_ms()), detached(!close_connection),
      close_connection(std::move(close_connection)), token(std::move(token)) {
  state.id = id;
  info_.last_active_ms = created_ms;
}

/// Under the lock.
void client_session::describe_job(const job_order& order) {
  state.cancel->store(false, std::memory_order_relaxed);
  auto& job = info_.job;
  job.id_high = random_bits();
  job.id_low = random_bits();
  job.kind = order.kind;
  job.description = order.description.substr(0, description_bytes);
  job.priority = order.priority;
  job.parallelism = order.parallelism;
  job.cancellable = order.cancellable;
  job.received_ms = wall_clock_ms();
  job.active = true;
}

void client_session::announce_job(const job_order& order) {
  std::lock_guard lock{info_mutex_};
  if (info_.job.active) return;
  describe_job(order);
  info_.job.waits = true;
}

void client_session::begin_job(const job_order& order) {
  free.acquire();
  job_thread = std::this_thread::get_id();
  std::lock_guard lock{info_mutex_};
  auto& job = info_.job;
  if (!job.waits) describe_job(order);
  job.waits = false;
  job.started_ms = info_.last_active_ms = wall_clock_ms();
}

void client_session::end_job() {
  {
    std::lock_guard lock{info_mutex_};
    info_.job.active = false;
    info_.last_active_ms = wall_clock_ms();
    if (info_.user != state.user) info_.user = state.user;
  }
  job_thread = std::thread::id{};
  free.release();
}

expected<void> client_session::cancel_job(const std::string& root_job_id) {
  std::lock_guard lock{info_mutex_};
  if (!info_.job.active || job_id(info_.job) != root_job_id)
    return error{ec::not_found, "no running job has the id " + root_job_id};
  if (!info_.job.cancellable)
    return error{ec::bad_argument, "The job " + root_job_id + " can't be cancelled: its client sent it as not cancellable."};
  cancel();
  return {};
}

std::optional<int64_t> client_session::variable_bytes() {
  auto sum = [this] {
    int64_t bytes = 0;
    for (auto& name : state.variables.names())
      if (auto x = state.variables.find(name)) bytes += static_cast<int64_t>(x->bytes());
    return bytes;
  };
  // The job that asks may look at its own variables; those of other running jobs are nobody else's.
  if (job_thread.load() == std::this_thread::get_id()) return sum();
  if (!free.try_acquire()) return std::nullopt;
  auto bytes = sum();
  free.release();
  return bytes;
}

client_session::info client_session::look() const {
  std::lock_guard lock{info_mutex_};
  return info_;
}

// -- all of them --------------------------------------------------------------------------------------

session_handle session_registry::create(peer_address peer, std::function<void()> close_connection) {
  std::lock_guard lock{mutex_};
  while (true) {
    // A positive LONG that nobody can guess; clients write it into scripts.
    auto id = random_bits() >> 2 | 1;
    if (sessions_.contains(id)) continue;
    auto token = close_connection ? std::string{} : fmt::format("{}.{:016x}{:016x}", id, random_bits(), random_bits());
    auto fresh = std::make_shared<client_session>(id, std::move(peer), std::move(close_connection), std::move(token));
    fresh->state.node = &node_;
    sessions_.emplace(id, fresh);
    return fresh;
  }
}

session_handle session_registry::find(uint64_t id) const {
  std::lock_guard lock{mutex_};
  auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

session_handle session_registry::find_token(std::string_view token) const {
  uint64_t id = 0;
  std::from_chars(token.data(), token.data() + token.size(), id);
  auto one = find(id);
  if (!one || !one->detached || one->token.size() != token.size()) return nullptr;
  // In constant time: how long a wrong guess takes must not tell how far it was right.
  return CRYPTO_memcmp(one->token.data(), token.data(), token.size()) == 0 ? one : nullptr;
}

size_t session_registry::size() const {
  std::lock_guard lock{mutex_};
  return sessions_.size();
}

void session_registry::remove(uint64_t id) {
  session_handle last;  // its variables are freed outside the lock
  std::lock_guard lock{mutex_};
  auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  last = std::move(found->second);
  sessions_.erase(found);
}

std::vector<session_handle> session_registry::all() const {
  std::vector<session_handle> result;
  std::lock_guard lock{mutex_};
  result.reserve(sessions_.size());
  for (auto& [id, handle] : sessions_) result.push_back(handle);
  return result;
}

void session_registry::expire(bool strict, const gateway_patience& patience) {
  auto now = wall_clock_ms();
  auto idle = patience.session_idle.count(), life = patience.session_life.count();
  for (auto& one : all()) {
    if (!one->detached && !strict) continue;
    auto seen = one->look();
    bool over = now - one->created_ms > life || (!seen.job.active && now - seen.last_active_ms > idle);
    if (over) [[maybe_unused]] auto done = close(one->id);
  }
}

table_ptr session_registry::console_jobs() const {
  row_table rows{{"node", type_id::string}, {"userID", type_id::string}, {"rootJobId", type_id::string},
                      {"jobType", type_id::string}, {"desc", type_id::string}, {"priority", type_id::int_},
                      {"parallelism", type_id::int_}, {"receiveTime", type_id::timestamp},
                      {"sessionId", type_id::long_}, {"remoteIP", type_id::ipaddr}, {"remotePort", type_id::int_},
                      {"totalTasks", type_id::int_}, {"finishedTasks", type_id::int_},
                      {"runningTask", type_id::int_}};
  for (auto& one : all()) {
    auto seen = one->look();
    // One that was cancelled while it waits ends as soon as it is its turn.
    if (!seen.job.active || (seen.job.waits && one->is_cancelled())) continue;
    rows.add({value::of_text(node_.self().alias), value::of_text(seen.user), value::of_text(job_id(seen.job)),
              value::of_text(seen.job.kind), value::of_text(seen.job.description),
              value::of_int(seen.job.priority), value::of_int(seen.job.parallelism),
              value::integral(type_id::timestamp, local_ms(seen.job.received_ms)),
              value::of_long(static_cast<int64_t>(one->id)), value::wide(type_id::ipaddr, ip_bits(one->peer.ip)),
              value::of_int(one->peer.port), value::of_int(1), value::of_int(0), value::of_int(seen.job.waits ? 0 : 1)});
  }
  return rows.take();
}

table_ptr session_registry::recent_jobs() const {
  row_table rows{{"node", type_id::string}, {"userID", type_id::string}, {"jobId", type_id::string},
             {"rootJobId", type_id::string}, {"jobDesc", type_id::string}, {"priority", type_id::int_},
             {"parallelism", type_id::int_}, {"receivedTime", type_id::timestamp},
             {"startTime", type_id::timestamp}, {"endTime", type_id::timestamp}, {"errorMsg", type_id::string}};
  auto time = [](int64_t utc_ms) { return value::integral(type_id::timestamp, local_ms(utc_ms)); };
  std::lock_guard lock{ended_mutex_};
  for (auto& [job, user, error, ended_ms] : ended_) {
    auto id = value::of_text(job_id(job));
    rows.add({value::of_text(node_.self().alias), value::of_text(user), id, id, value::of_text(job.description),
              value::of_int(job.priority), value::of_int(job.parallelism), time(job.received_ms), time(job.started_ms),
              time(ended_ms), value::of_text(error)});
  }
  return rows.take();
}

/// Functions that went well within a second are left out: consoles and drivers call them all the time.
void session_registry::note_end(const client_session& who, const std::string& error) {
  auto seen = who.look();
  auto now = wall_clock_ms();
  if (seen.job.kind != "script" && error.empty() && now - seen.job.started_ms < 1000) return;
  std::lock_guard lock{ended_mutex_};
  ended_.push_back({std::move(seen.job), std::move(seen.user), error, now});
  if (ended_.size() > ended_kept) ended_.pop_front();
}

table_ptr session_registry::memory() const {
  row_table rows{{"userId", type_id::string}, {"sessionId", type_id::long_}, {"memSize", type_id::long_},
                      {"remoteIP", type_id::ipaddr}, {"remotePort", type_id::int_},
                      {"createTime", type_id::timestamp}, {"lastActiveTime", type_id::timestamp}};
  for (auto& one : all()) {
    auto bytes = one->variable_bytes().value_or(null_of<int64_t>);
    auto seen = one->look();
    rows.add({value::of_text(seen.user), value::of_long(static_cast<int64_t>(one->id)), value::of_long(bytes),
              value::wide(type_id::ipaddr, ip_bits(one->peer.ip)), value::of_int(one->peer.port),
              value::integral(type_id::timestamp, local_ms(one->created_ms)),
              value::integral(type_id::timestamp, local_ms(seen.last_active_ms))});
  }
  return rows.take();
}

expected<void> session_registry::cancel_job(const std::string& root_job_id) {
  for (auto& one : all()) {
    auto done = one->cancel_job(root_job_id);
    if (done || done.error().code != ec::not_found) return done;
  }
  return error{ec::not_found, "no running job has the id " + root_job_id};
}

expected<void> session_registry::close(uint64_t id) {
  auto one = find(id);
  if (!one) return error{ec::not_found, "there is no session " + std::to_string(id)};
  one->cancel();
  if (one->detached) remove(id);
  else one->close_connection();
  return {};
}

} // namespace pelorus
