#include "actors/membership_state.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "cfg/log.hpp"
#include "cfg/strings.hpp"
#include "cfg/version.hpp"

namespace pelorus {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// A controller that was itself paused for this long must not blame the nodes for the silence.
static constexpr auto own_pause = 2s;

static milliseconds ms(std::chrono::steady_clock::duration d) {
  return std::chrono::duration_cast<milliseconds>(d);
}

membership_state::membership_state(membership_config config, time_point now)
    : config_(std::move(config)), started_(now), last_tick_(now) {
  for (const auto& node : config_.nodes.nodes) {
    member m;
    describe(m, node);
    m.since = now;
    members_[node.address.alias] = std::move(m);
  }
}

// Its process is counted as running.
static bool is_up(node_state state) {
  return state == node_state::alive || state == node_state::suspect || state == node_state::stopping;
}

void membership_state::describe(member& m, const cluster_node& node) const {
  m.address = {node.address.alias, node.address.host, node.address.port, m.address.actor_port, uint8_t(node.role)};
  m.agent_alias.clear();
  if (node.role != node_role::agent)
    if (const auto* agent = config_.nodes.agent_of(node.address.host)) m.agent_alias = agent->address.alias;
}

void membership_state::move_to(member& m, node_state state, time_point now) {
  if (m.state == state) return;
  bool is_down = state == node_state::dead || state == node_state::stopped;
  if (state == node_state::alive && m.state != node_state::suspect) log_info("{} is alive", m.address.alias);
  if (is_up(m.state) && is_down) log_info("{} has gone offline", m.address.alias);
  m.state = state;
  m.since = now;
  ++view_;
}

// -- messages of nodes --------------------------------------------------------------------------

expected<void> membership_state::check(const registration& who, const member& m) const {
  const auto& is = who.who;
  const auto& want = m.address;
  if (is.role != want.role)
    return error{ec::bad_config, fmt::format("{} is a {} in {}, but the process that registers is a {}", is.alias,
                                             to_string(node_role(want.role)), config_.nodes.file,
                                             to_string(node_role(is.role)))};
  if (is.host != want.host || is.site_port != want.site_port)
    return error{ec::bad_config, fmt::format("localSite of {} is {}:{}, but {} says {}:{}", is.alias, is.host,
                                             is.site_port, config_.nodes.file, want.host, want.site_port)};
  auto configured = parse_site(who.controller_site);
  if (!configured) return configured.error();
  if (*configured != config_.controller)
    return error{ec::bad_config, controller_site_mismatch(*configured, config_.controller)};
  bool taken = m.incarnation != 0 && m.incarnation != who.incarnation && !m.ended && m.connected && is_up(m.state);
  if (taken)
    return error{ec::conflict, fmt::format("another process of {} is alive, heard {} ms ago", is.alias,
                                           m.heard ? ms(last_tick_ - *m.heard).count() : 0)};
  return {};
}

expected<registration_reply> membership_state::enter(const registration& who, time_point now) {
  auto known = members_.find(who.who.alias);
  if (known == members_.end())
    return error{ec::not_found, fmt::format("{} does not list {}", config_.nodes.file,
                                            strings::quoted(who.who.alias))};
  auto& m = known->second;
  PELORUS_TRY(check(who, m));
  if (who.lan_cluster != config_.lan_cluster)
    log_warn("lanCluster is {} for {}, but {} here; heartbeats work, but one of the files is wrong",
             who.lan_cluster, who.who.alias, config_.lan_cluster);
  if (who.version != program_version)
    log_warn("{} runs version {}, the controller {}", who.who.alias, who.version, program_version);
  if (m.incarnation != who.incarnation) m.registered = now;
  if (m.incarnation != who.incarnation && m.state == node_state::alive) move_to(m, node_state::dead, now);
  m.incarnation = who.incarnation;
  m.pid = who.pid;
  m.address.actor_port = who.who.actor_port;
  m.version = who.version;
  m.heard = now;
  m.ended = false;
  m.connected = true;
  m.note.clear();
  if (m.state != node_state::stopping) m.by_order = false;
  if (m.state != node_state::stopping) move_to(m, node_state::alive, now);
  ++view_;
  return config_.reply;
}

heartbeat_reply membership_state::beat(const heartbeat& beat, time_point now) {
  auto known = members_.find(beat.alias);
  if (known == members_.end() || known->second.incarnation != beat.incarnation) return {false, view_};
  auto& m = known->second;
  m.heard = now;
  m.load = beat.load;
  if (m.ended || m.state == node_state::stopped || m.state == node_state::starting) return {false, view_};
  if (m.state != node_state::stopping) move_to(m, node_state::alive, now);
  return {true, view_};
}

void membership_state::ended(const process_ended& report, time_point now) {
  auto known = members_.find(report.alias);
  if (known == members_.end()) return;
  auto& m = known->second;
  bool same = report.pid == m.pid;  // as the process that registered last
  bool earlier = report.pid != 0 && m.pid != 0 && (is_up(m.state) ? !same : m.state == node_state::starting && same);
  if (earlier) return log_info("pid {}, an earlier process of {}, ended: {}", report.pid, report.alias, report.how);
  m.ended = true;
  if (report.ordered || m.state == node_state::stopping) {
    m.note.clear();
    m.by_order = true;
    return move_to(m, node_state::stopped, now);
  }
  log_warn("the process of {} ended: {}", report.alias, report.how);
  m.note = report.how;
  ++view_;
  if (m.state == node_state::starting) return move_to(m, node_state::stopped, now);
  if (is_up(m.state) && same) move_to(m, node_state::dead, now);  // no need to wait for its silence
}

void membership_state::change_nodes(cluster_nodes nodes, time_point now) {
  config_.nodes = std::move(nodes);
  for (const auto& node : config_.nodes.nodes) {
    auto [entry, fresh] = members_.try_emplace(node.address.alias);
    auto& m = entry->second;
    if (fresh) m.since = now;
    m.listed = true;
    if (!is_up(m.state) && m.state != node_state::starting) describe(m, node);
  }
  for (auto& [alias, m] : members_) m.listed = config_.nodes.find(alias) != nullptr;
  drop_unlisted();
  ++view_;
}

void membership_state::drop_unlisted() {
  std::erase_if(members_, [&](const auto& entry) {
    auto& m = entry.second;
    bool gone = !m.listed && !is_up(m.state) && m.state != node_state::starting;
    if (gone) log_info("{} is no longer in {}", entry.first, config_.nodes.file);
    return gone;
  });
}

void membership_state::connection_lost(const std::string& alias, uint64_t incarnation) {
  auto known = members_.find(alias);
  if (known != members_.end() && known->second.incarnation == incarnation) known->second.connected = false;
}

// -- liveness -----------------------------------------------------------------------------------

void membership_state::watch(member& m, time_point now) {
  if (!is_up(m.state)) return;
  // One that never registered is stopped on the agent's word; an agent that is gone itself gives none.
  if (!m.heard && now - m.since > config_.stop_grace + config_.timeout) return move_to(m, node_state::stopped, now);
  if (!m.heard) return;
  auto silent = now - *m.heard;
  if (silent > config_.timeout)
    move_to(m, m.by_order ? node_state::stopped : node_state::dead, now);
  else if (m.state == node_state::alive && silent > config_.timeout / 2)
    move_to(m, node_state::suspect, now);
}

bool membership_state::agent_alive(const member& m) const {
  auto agent = members_.find(m.agent_alias);
  if (agent == members_.end()) return false;
  return agent->second.state == node_state::alive || agent->second.state == node_state::suspect;
}

bool membership_state::wants_start(const member& m, time_point now) const {
  if (config_.restart_interval == 0s || node_role(m.address.role) == node_role::agent) return false;
  if (m.state != node_state::stopped && m.state != node_state::dead) return false;
  if (m.by_order && !config_.restart_stopped) return false;
  if (!agent_alive(m) || now - m.since < config_.restart_interval) return false;
  auto first = limits::restart_backoff_first * (1 << std::min<size_t>(m.attempts.size(), 6));
  return m.attempts.empty() || now - m.attempts.back() >= std::min(first, limits::restart_backoff_last);
}

std::vector<std::string> membership_state::tick(time_point now) {
  auto paused = now - last_tick_;
  last_tick_ = now;
  std::vector<std::string> to_start;
  auto known = members_.size();
  for (auto& [alias, m] : members_) {
    if (paused > own_pause && m.heard) *m.heard += paused;
    watch(m, now);
    while (!m.attempts.empty() && now - m.attempts.front() > limits::restart_window) m.attempts.pop_front();
    if (!wants_start(m, now) || m.attempts.size() >= limits::restart_failures) continue;
    m.attempts.push_back(now);
    if (m.attempts.size() == limits::restart_failures)
      log_error("{} was started {} times in {} minutes; this is the last automatic start for a while", alias,
                limits::restart_failures, limits::restart_window.count());
    to_start.push_back(alias);
  }
  drop_unlisted();
  if (members_.size() != known) ++view_;
  return to_start;
}

// -- orders -------------------------------------------------------------------------------------

expected<membership_state::member*> membership_state::find(const std::string& name) {
  if (auto known = members_.find(name); known != members_.end()) return &known->second;
  for (auto& [alias, m] : members_)
    if (fmt::format("{}:{}", m.address.host, m.address.site_port) == name) return &m;
  return error{ec::not_found, fmt::format("{} has no node {}", config_.nodes.file.empty()
                                              ? std::string{"the cluster"} : config_.nodes.file,
                                          strings::quoted(name))};
}

expected<membership_state::order> membership_state::order_for(const member& m) const {
  if (node_role(m.address.role) == node_role::agent)
    return error{ec::bad_argument, fmt::format("{} is an agent; agents are started and stopped on their own "
                                               "server", m.address.alias)};
  if (!agent_alive(m))
    return error{ec::unavailable, fmt::format("agent offline: {} of {}, which starts and stops {}", m.agent_alias,
                                              m.address.host, m.address.alias)};
  return order{m.address, m.agent_alias};
}

expected<membership_state::order> membership_state::order_start(const std::string& name, time_point now) {
  PELORUS_ASSIGN(auto* m, find(name));
  if (!m->listed) return error{ec::not_found, fmt::format("{} is no longer in {}", m->address.alias, config_.nodes.file)};
  PELORUS_ASSIGN(auto todo, order_for(*m));
  bool runs = (m->state == node_state::alive || m->state == node_state::suspect) && !m->ended;
  if (runs) return error{ec::already_exists, fmt::format("{} is already running", m->address.alias)};
  if (m->state == node_state::stopping && !m->ended)
    return error{ec::conflict, fmt::format("{} is being stopped", m->address.alias)};
  if (const auto* node = config_.nodes.find(m->address.alias)) {
    describe(*m, *node);
    todo.node = m->address;
  }
  m->note.clear();
  m->by_order = false;
  if (m->state != node_state::starting) {
    m->before_start = is_up(m->state) ? node_state::dead : m->state;
    m->launched = false;
  }
  move_to(*m, node_state::starting, now);
  return todo;
}

void membership_state::start_accepted(const std::string& alias) {
  if (auto known = members_.find(alias); known != members_.end()) known->second.launched = true;
}

void membership_state::start_failed(const std::string& alias, const std::string& why, time_point now) {
  auto known = members_.find(alias);
  if (known == members_.end() || known->second.state != node_state::starting) return;
  auto& m = known->second;
  if (m.launched) return;
  m.note = why;
  move_to(m, m.before_start, now);
}

expected<membership_state::order> membership_state::order_stop(const std::string& name) {
  PELORUS_ASSIGN(auto* m, find(name));
  PELORUS_ASSIGN(auto todo, order_for(*m));
  if (m->state == node_state::stopped || (m->state == node_state::dead && m->ended)) {
    m->by_order = true;
    return error{ec::not_found, fmt::format("{} is not running", m->address.alias)};
  }
  m->by_order = true;
  move_to(*m, node_state::stopping, last_tick_);
  return todo;
}

void membership_state::stop_failed(const std::string& alias, const std::string& why, time_point now) {
  auto known = members_.find(alias);
  if (known == members_.end() || known->second.state != node_state::stopping) return;
  auto& m = known->second;
  m.note = why;
  bool heard = m.heard && now - *m.heard <= config_.timeout;
  if (heard) m.by_order = false;
  move_to(m, heard ? node_state::alive : node_state::stopped, now);
}

// -- answers ------------------------------------------------------------------------------------

member_list membership_state::list(time_point now) const {
  member_list result;
  node_view own;
  own.address = config_.self;
  own.state = uint8_t(node_state::alive);
  own.incarnation = config_.incarnation;
  own.silent_ms = 0;
  own.version = std::string{program_version};
  own.uptime_ms = ms(now - started_).count();
  own.load = own_load_;
  result.push_back(std::move(own));
  for (const auto& [alias, m] : members_) {
    node_view v;
    v.address = m.address;
    v.state = uint8_t(m.state);
    v.incarnation = m.incarnation;
    v.silent_ms = m.heard ? ms(now - *m.heard).count() : -1;
    v.note = m.note;
    v.agent_alias = m.agent_alias;
    v.version = m.version;
    if (is_up(m.state)) v.uptime_ms = ms(now - m.registered).count();
    if (is_up(m.state)) v.load = m.load;
    result.push_back(std::move(v));
  }
  return result;
}

} // namespace pelorus
