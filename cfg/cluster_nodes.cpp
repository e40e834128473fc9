#include "cfg/cluster_nodes.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "cfg/config_file.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

using strings::quoted;

// -- lookup -------------------------------------------------------------------

const cluster_node* cluster_nodes::find(std::string_view alias) const {
  auto found = std::find_if(nodes.begin(), nodes.end(),
                            [&](const cluster_node& n) { return n.address.alias == alias; });
  return found == nodes.end() ? nullptr : &*found;
}

const cluster_node* cluster_nodes::agent_of(std::string_view host) const {
  auto found = std::find_if(nodes.begin(), nodes.end(), [&](const cluster_node& n) {
    return n.role == node_role::agent && n.address.host == host;
  });
  return found == nodes.end() ? nullptr : &*found;
}

uint32_t cluster_nodes::count(node_role role) const {
  return uint32_t(std::count_if(nodes.begin(), nodes.end(),
                                [&](const cluster_node& n) { return n.role == role; }));
}

std::string nodes_file_failure(std::string_view file, std::string_view reason) {
  return fmt::format("Failed to load the nodes file [{}] with error: {}", file, reason);
}

// -- header -------------------------------------------------------------------

// Column numbers; -1: the file has no such column.
struct nodes_header {
  int site = -1, mode = -1, compute_group = -1, zone = -1;
  size_t columns = 0;
};

static nodes_header parse_header(const text_line& line, std::string_view file,
                                 diagnostics& findings) {
  nodes_header header;
  origin place{std::string{file}, line.number};
  for (auto cell : strings::split(line.text, ',')) {
    auto name = strings::trim(cell);
    int* column = name == "localSite"      ? &header.site
                  : name == "mode"         ? &header.mode
                  : name == "computeGroup" ? &header.compute_group
                  : name == "zone"         ? &header.zone
                                           : nullptr;
    int number = int(header.columns++);
    if (!column)
      findings.warn(place, name, "unknown column, ignored");
    else if (*column >= 0)
      findings.fail(place, name, "the header names this column twice");
    else
      *column = number;
  }
  return header;
}

// -- rows ---------------------------------------------------------------------

static bool parse_mode(std::string_view mode, const origin& place, diagnostics& findings,
                       node_role& role) {
  auto parsed = parse_node_role(mode);
  if (parsed == node_role::controller) {
    findings.fail(place, "mode", "a controller is listed only in a raft group, which is not "
                                 "supported; leave the line out");
    return false;
  }
  if (!parsed || *parsed == node_role::single) {
    findings.fail(place, "mode", fmt::format("unknown mode {}; expected agent, datanode or "
                                             "computenode",
                                             quoted(mode)));
    return false;
  }
  role = *parsed;
  return true;
}

static void parse_row(const text_line& line, const nodes_header& header, cluster_nodes& result,
                      diagnostics& findings) {
  origin place{result.file, line.number};
  auto cells = strings::split(line.text, ',');
  if (cells.size() < 2 || cells.size() > header.columns)
    return findings.fail(place, "", fmt::format("{} has {} columns; the header has {}",
                                                quoted(line.text), cells.size(), header.columns));
  auto cell = [&](int column) {
    bool there = column >= 0 && size_t(column) < cells.size();
    return there ? strings::trim(cells[size_t(column)]) : std::string_view{};
  };
  cluster_node node;
  node.line = line.number;
  node.compute_group = cell(header.compute_group);
  node.zone = cell(header.zone);
  auto address = parse_site(cell(header.site));
  if (!address) findings.fail(place, "localSite", address.error().message);
  bool good_mode = parse_mode(cell(header.mode), place, findings, node.role);
  if (!address || !good_mode) return;
  node.address = *std::move(address);
  result.nodes.push_back(std::move(node));
}

// -- checks over all rows -----------------------------------------------------

static std::string place_text(const cluster_nodes& all, uint32_t line) {
  return line == 0 ? std::string{"the controller's localSite"}
                   : fmt::format("line {} of {}", line, all.file);
}

static void check_aliases(const cluster_nodes& all, const site& controller,
                          diagnostics& findings) {
  std::map<std::string, cluster_node> seen;  // by lower-case alias
  seen[strings::lower(controller.alias)].address = controller;
  for (const auto& node : all.nodes) {
    const auto& alias = node.address.alias;
    auto [first, is_new] = seen.emplace(strings::lower(alias), node);
    if (is_new) continue;
    const auto& [other, line] = std::pair{first->second.address.alias, first->second.line};
    auto reason = other == alias
                      ? fmt::format("alias {} is taken by {}", alias, place_text(all, line))
                      : fmt::format("alias {} differs only in case from {} of {}", alias, other,
                                    place_text(all, line));
    findings.fail({all.file, node.line}, "localSite", std::move(reason));
  }
}

static void check_ports(const cluster_nodes& all, const site& controller, diagnostics& findings) {
  std::map<std::string, uint32_t> seen;  // endpoint -> line
  seen[endpoint(controller)] = 0;
  for (const auto& node : all.nodes) {
    auto [first, is_new] = seen.emplace(endpoint(node.address), node.line);
    if (!is_new)
      findings.fail({all.file, node.line}, "localSite",
                    fmt::format("{} is taken by {}", endpoint(node.address),
                                place_text(all, first->second)));
  }
}

static void check_agents(const cluster_nodes& all, diagnostics& findings) {
  for (const auto& node : all.nodes) {
    origin place{all.file, node.line};
    const auto* agent = all.agent_of(node.address.host);
    if (node.role == node_role::agent && agent != &node)
      findings.fail(place, "localSite",
                    fmt::format("host {} has an agent already, in line {}", node.address.host,
                                agent->line));
    if (node.role != node_role::agent && !agent)
      findings.fail_node(node.address.alias, place, "localSite",
                         fmt::format("no agent on host {}; {} cannot be started",
                                     node.address.host, node.address.alias));
  }
}

// -- the file -----------------------------------------------------------------

static bool first_line_empty(std::string_view content) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (content.starts_with(mark)) content.remove_prefix(mark.size());
  auto line = content.substr(0, content.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return strings::trim(line).empty();
}

cluster_nodes parse_cluster_nodes(std::string_view content, std::string_view file,
                                  const site& controller, diagnostics& findings) {
  cluster_nodes result{std::string{file}, {}};
  if (first_line_empty(content)) {
    findings.fail({}, "", nodes_file_failure(file, "The input file is empty."));
    return result;
  }
  auto lines = significant_lines(content, file, findings);
  if (lines.empty()) {
    findings.fail({}, "", nodes_file_failure(file, "The header line localSite,mode is missing."));
    return result;
  }
  diagnostics of_header;
  auto header = parse_header(lines.front(), file, of_header);
  if (header.site < 0 || header.mode < 0) {
    findings.fail({result.file, lines.front().number}, "",
                  nodes_file_failure(file, "The header line localSite,mode is missing."));
    return result;
  }
  findings.append(of_header);
  for (size_t i = 1; i < lines.size(); ++i) parse_row(lines[i], header, result, findings);
  if (lines.size() == 1) findings.warn({result.file, 0}, "", "the file lists no node");
  check_aliases(result, controller, findings);
  check_ports(result, controller, findings);
  check_agents(result, findings);
  return result;
}

} // namespace pelorus
