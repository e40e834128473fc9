#include "cfg/cluster_config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cfg/settings_check.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

static constexpr std::string_view alias_macro = "<ALIAS>";
static constexpr role_mask readers = roles::datanode | roles::computenode;

// -- rules --------------------------------------------------------------------

bool cluster_rule::applies_to(const cluster_node& node) const {
  if (node.role == node_role::agent || !(row->roles & bit(node.role))) return false;
  switch (reach) {
    case scope::all: return true;
    case scope::exact: return selector == node.address.alias;
    case scope::pattern: return strings::wildcard_match(selector, node.address.alias);
  }
  return false;
}

uint32_t cluster_rule::rank() const {
  if (reach == scope::all) return 0;
  if (reach == scope::exact) return UINT32_MAX;
  auto literal = std::count_if(selector.begin(), selector.end(),
                               [](char c) { return c != '%' && c != '?'; });
  return 1 + uint32_t(literal);
}

// Splits at the last dot: no key holds one, an alias may.
static cluster_rule make_rule(const config_line& line) {
  cluster_rule rule;
  rule.line = line;
  auto dot = line.key.rfind('.');
  if (dot == std::string::npos) return rule;
  rule.selector = strings::trim(std::string_view{line.key}.substr(0, dot));
  bool wild = rule.selector.find_first_of("%?") != std::string::npos;
  rule.reach = wild ? cluster_rule::scope::pattern : cluster_rule::scope::exact;
  return rule;
}

static std::string_view key_of(const config_line& line) {
  return strings::trim(std::string_view{line.key}.substr(line.key.rfind('.') + 1));
}

bool cluster_config::check_macro(const cluster_rule& rule, diagnostics& findings) const {
  bool exact = rule.reach == cluster_rule::scope::exact;
  if (!exact || rule.value.find(alias_macro) == std::string::npos) return true;
  findings.fail_node(rule.selector, rule.line.place, rule.line.key,
                     fmt::format("macro <ALIAS> not allowed in node-specific key [{}]",
                                 rule.line.key));
  return false;
}

// A finding about the line: it stops one node, if the line concerns only one.
static void fail_rule(const cluster_rule& rule, std::string reason, diagnostics& findings) {
  if (rule.reach == cluster_rule::scope::exact)
    findings.fail_node(rule.selector, rule.line.place, rule.line.key, std::move(reason));
  else
    findings.fail(rule.line.place, rule.line.key, std::move(reason));
}

void cluster_config::add(const config_line& line, diagnostics& findings) {
  auto rule = make_rule(line);
  if (line.key.starts_with('.'))
    return findings.fail(line.place, line.key, "no alias or pattern before '.'");
  rule.row = find_row(key_of(line), line, readers, findings);
  if (!rule.row) return;
  if (rule.row->name == "mode" || rule.row->name == "localSite" ||
      rule.row->name == "controllerSite")
    return findings.warn(line.place, line.key, "ignored here; cluster.nodes says it");
  add_value(std::move(rule), findings);
}

void cluster_config::add_value(cluster_rule rule, diagnostics& findings) {
  auto value = normalize_value(*rule.row, rule.line.value);
  if (!value) return fail_rule(rule, value.error().message, findings);
  rule.value = *std::move(value);
  if (!check_macro(rule, findings)) return;
  auto same = std::find_if(rules_.begin(), rules_.end(), [&](const cluster_rule& other) {
    return other.row == rule.row && other.reach == rule.reach && other.selector == rule.selector;
  });
  if (same != rules_.end()) {
    findings.warn(rule.line.place, rule.line.key,
                  fmt::format("set again; replaces {}", to_string(same->line.place)));
    rules_.erase(same);
  }
  rules_.push_back(std::move(rule));
}

// -- resolution ---------------------------------------------------------------

static void inherit(const settings& controller, settings& target) {
  for (const auto& [name, entry] : controller.entries())
    if (find_setting(name)->inherited) (void)target.set(name, entry.value, entry.from);
}

settings cluster_config::merge(const cluster_node& node, diagnostics& findings) const {
  settings result{node.role, node.address.alias};
  inherit(controller_, result);
  origin here{nodes_.file, node.line};
  (void)result.set("mode", to_string(node.role), here);
  (void)result.set("localSite", to_string(node.address), here);
  (void)result.set("controllerSite", controller_.get_string("localSite"),
                   controller_.origin_of("localSite"));
  std::map<const setting*, const cluster_rule*> winners;
  for (const auto& rule : rules_) {
    if (!rule.applies_to(node)) continue;
    auto& winner = winners[rule.row];
    bool tie = winner && winner->rank() == rule.rank();
    if (tie)
      findings.warn(rule.line.place, rule.line.key,
                    fmt::format("fits {} as well as [{}] of {}; this later line wins",
                                node.address.alias, winner->line.key,
                                to_string(winner->line.place)));
    if (!winner || rule.rank() >= winner->rank()) winner = &rule;
  }
  for (const auto& [row, rule] : winners)
    (void)result.set(row->name, rule->value, rule->line.place);
  return result;
}

expected<settings> cluster_config::resolve(std::string_view alias) const {
  const auto* node = nodes_.find(alias);
  if (!node || node->role == node_role::agent)
    return error{ec::not_found,
                 fmt::format("{} has no data node or compute node {}", nodes_.file,
                             strings::quoted(alias))};
  if (auto refused = refused_.find(alias); refused != refused_.end())
    return error{ec::bad_config, refused->second};
  diagnostics reported_by_parse;
  return merge(*node, reported_by_parse);
}

// -- checks -------------------------------------------------------------------

void cluster_config::check_targets(diagnostics& findings) const {
  for (const auto& rule : rules_) {
    if (rule.reach == cluster_rule::scope::all) continue;
    bool hit = std::any_of(nodes_.nodes.begin(), nodes_.nodes.end(),
                           [&](const cluster_node& n) { return rule.applies_to(n); });
    if (hit) continue;
    bool exact = rule.reach == cluster_rule::scope::exact;
    auto reason = exact ? fmt::format("no data node or compute node {} that this could apply to",
                                      strings::quoted(rule.selector))
                        : fmt::format("pattern {} matches no node", strings::quoted(rule.selector));
    findings.warn(rule.line.place, rule.line.key, std::move(reason));
  }
}

// The directories a node would use for itself, as far as they are set.
static std::vector<std::pair<std::string, const setting*>> own_directories(const settings& s) {
  std::vector<std::pair<std::string, const setting*>> result;
  for (const auto& [name, entry] : s.entries()) {
    const auto* row = find_setting(name);
    if (!row->per_node) continue;
    for (const auto& path : split_list(strings::replace_all(entry.value, alias_macro, s.alias())))
      result.emplace_back(path.starts_with("<HOME>") || path.find(":/") != std::string::npos
                              ? path
                              : resolve_path(path, "<HOME>"),
                          row);
  }
  return result;
}

void cluster_config::check_shared_directories(const std::vector<settings>& resolved,
                                              diagnostics& findings) {
  std::map<std::pair<std::string, std::string>, std::string> users;  // host, path -> alias
  for (const auto& s : resolved) {
    auto host = nodes_.find(s.alias())->address.host;
    for (const auto& [path, row] : own_directories(s)) {
      auto [user, is_new] = users.emplace(std::pair{host, path}, s.alias());
      if (is_new || user->second == s.alias()) continue;
      findings.fail_node(s.alias(), s.origin_of(row->name), row->name,
                         fmt::format("directory '{}' of {} is used by {} on the same host; give "
                                     "each node its own, as with <ALIAS>",
                                     path, s.alias(), user->second));
    }
  }
}

// Once for the whole file: a cluster either has UDP between its hosts or it has not.
void cluster_config::check_heartbeats(const std::vector<settings>& resolved,
                                      diagnostics& findings) const {
  bool own = controller_.get_bool("lanCluster");
  for (const auto& s : resolved) {
    if (s.get_bool("lanCluster") == own) continue;
    return findings.warn(s.origin_of("lanCluster"), "lanCluster",
                         fmt::format("{} for {}, but {} for the controller; heartbeats work, but "
                                     "one of the files is wrong",
                                     !own, s.alias(), own));
  }
}

void cluster_config::check_nodes(diagnostics& findings) {
  std::vector<settings> resolved;
  for (const auto& node : nodes_.nodes) {
    if (node.role == node_role::agent) continue;
    resolved.push_back(merge(node, findings));
    check_settings(resolved.back(), node.address.alias, findings);
  }
  check_shared_directories(resolved, findings);
  check_heartbeats(resolved, findings);
}

cluster_config cluster_config::parse(std::string_view content, std::string_view file,
                                     const cluster_nodes& nodes, const settings& controller,
                                     diagnostics& findings) {
  cluster_config result;
  result.nodes_ = nodes;
  result.controller_ = controller;
  diagnostics own;
  for (const auto& line : parse_config(content, file, own)) result.add(line, own);
  result.check_targets(own);
  result.check_nodes(own);
  for (const auto& node : nodes.nodes)
    if (auto text = own.node_errors(node.address.alias); !text.empty())
      result.refused_[node.address.alias] = std::move(text);
  findings.append(own);
  return result;
}

} // namespace pelorus
