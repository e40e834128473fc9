#include "actors/supervisor.hpp"

#include <algorithm>
#include <optional>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "cfg/log.hpp"

namespace pelorus {

std::optional<std::chrono::seconds> restart_policy::failed(time_point now) {
  while (!failures_.empty() && now - failures_.front() > limits::restart_window) failures_.pop_front();
  failures_.push_back(now);
  if (failures_.size() >= limits::restart_failures) return std::nullopt;
  auto pause = limits::restart_backoff_first * (1 << (failures_.size() - 1));
  return std::min(pause, limits::restart_backoff_last);
}

void supervisor::start(caf::scheduled_actor* owner_actor, std::vector<child_plan> plans) {
  self = owner_actor;
  started = self->clock().now();
  children.reserve(plans.size());
  for (auto& plan : plans) {
    children.push_back({});
    children.back().plan = std::move(plan);
    if (auto& c = children.back(); !c.plan.deferred && can_start(c)) start_child(c);
  }
}

// A child that cannot even be made counts as one that failed.
void supervisor::start_child(child& c) {
  c.started = self->clock().now();
  try {
    c.handle = c.plan.make();
  } catch (const std::exception& e) {
    return on_failure(c, e.what());
  }
  if (!c.handle) return on_failure(c, "it could not be made");
  self->monitor(c.handle);
}

// When one of those it needs starts, this one is started as well.
bool supervisor::can_start(const child& c) {
  return std::all_of(c.plan.after.begin(), c.plan.after.end(), [&](const std::string& before) {
    auto* first = find(before);
    return !first || first->handle;
  });
}

supervisor::child* supervisor::find(const std::string& name) {
  auto it = std::find_if(children.begin(), children.end(), [&](const child& c) { return c.plan.name == name; });
  return it == children.end() ? nullptr : &*it;
}

expected<caf::actor> supervisor::running(const std::string& name) {
  auto* c = find(name);
  if (!c) return error{ec::not_supported, fmt::format("{} has no {}", owner, name)};
  if (!c->handle)
    return error{ec::unavailable, fmt::format("{} of {} {}", name, owner, c->failed ? "has failed" : "is restarting")};
  return c->handle;
}

void supervisor::on_down(const caf::actor_addr& who, const std::string& reason) {
  auto it = std::find_if(children.begin(), children.end(),
                         [&](const child& c) { return c.handle && c.handle.address() == who; });
  if (it == children.end()) return;  // one that was replaced on purpose
  it->handle = nullptr;
  stop_dependants(it->plan.name);
  on_failure(*it, reason);
}

void supervisor::on_failure(child& c, const std::string& reason) {
  auto pause = c.policy.failed(self->clock().now());
  if (!pause) {
    c.failed = true;
    auto why = fmt::format("{} of {} failed {} times in {} minutes, last: {}", c.plan.name, owner,
                           limits::restart_failures, limits::restart_window.count(), reason);
    log_error("{}", why);
    if (escalate) escalate(why);
    return;
  }
  log_error("{} of {} failed: {}; starting it again in {} s", c.plan.name, owner, reason, pause->count());
  caf::delayed_anon_send(caf::actor_cast<caf::actor>(self->ctrl()), *pause, restart_atom::value, c.plan.name);
}

// They hold a handle of the failed child and start again right after it.
void supervisor::stop_dependants(const std::string& name) {
  for (auto& c : children) {
    bool depends = std::find(c.plan.after.begin(), c.plan.after.end(), name) != c.plan.after.end();
    if (!depends || !c.handle) continue;
    auto old = std::exchange(c.handle, nullptr);
    caf::anon_send_exit(old, caf::exit_reason::user_shutdown);
    stop_dependants(c.plan.name);
  }
}

void supervisor::on_restart(const std::string& name) {
  auto* c = find(name);
  if (!c || c->handle || c->failed || !can_start(*c)) return;
  bool first_start = c->started == restart_policy::time_point{};
  start_child(*c);
  if (!c->handle) return;
  if (!first_start) {
    ++c->restarts;
    log_info("{} of {} runs again", name, owner);
  }
  for (auto& other : children)
    if (std::find(other.plan.after.begin(), other.plan.after.end(), name) != other.plan.after.end())
      on_restart(other.plan.name);
}

void supervisor::stop_all() {
  for (auto c = children.rbegin(); c != children.rend(); ++c)
    if (c->handle) caf::anon_send_exit(std::exchange(c->handle, nullptr), caf::exit_reason::user_shutdown);
}

actor_view describe(const supervisor::child& c, const std::string& parent, std::optional<uint64_t> mailbox,
                    restart_policy::time_point now) {
  actor_view v;
  v.name = c.plan.name;
  v.parent = parent;
  v.restarts = c.restarts;
  v.mailbox = mailbox.value_or(0);
  v.state = c.failed ? "failed" : !c.handle ? "backing off" : mailbox ? "running" : "busy";
  if (c.handle) v.uptime_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - c.started).count();
  return v;
}

} // namespace pelorus
