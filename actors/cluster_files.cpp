#include "actors/cluster_files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <fcntl.h>
#include <unistd.h>

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "cfg/cluster_config.hpp"
#include "cfg/config_file.hpp"
#include "cfg/log.hpp"
#include "cfg/settings_check.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace fs = std::filesystem;

namespace {

bool says_something(std::string_view line) {
  return !line.empty() && !line.starts_with('#') && !line.starts_with("//");
}

// What makes two lines speak of the same: the key, or the site in cluster.nodes.
std::string subject_of(std::string_view line) {
  return std::string{strings::trim(line.substr(0, line.find_first_of("=,")))};
}

expected<std::string> path_of(const cluster_files& files, const std::string& which) {
  const std::map<std::string, std::pair<std::string, std::string>> known{
      {"controller.cfg", {files.controller_cfg, "-config"}},
      {"cluster.cfg", {files.cluster_cfg, "-clusterConfig"}},
      {"cluster.nodes", {files.cluster_nodes, "-nodesFile"}}};
  auto found = known.find(which);
  if (found == known.end())
    return error{ec::bad_argument, fmt::format("{} is not one of controller.cfg, cluster.cfg, cluster.nodes",
                                               strings::quoted(which))};
  if (found->second.first.empty())
    return error{ec::not_found, fmt::format("no {}: this process was started without {}", which, found->second.second)};
  return found->second.first;
}

expected<std::string> text_of(const std::string& path) {
  if (!fs::exists(path)) return std::string{};
  return read_text_file(path);
}

// The same checks as at the next start.
expected<void> check(const cluster_files& files, const std::string& which, const std::string& path,
                     const std::string& text) {
  diagnostics findings;
  if (which == "controller.cfg") {
    settings values{files.own.role(), files.own.alias(), files.own.home()};
    apply_config(parse_config(text, path, findings), values, findings);
    check_settings(values, {}, findings);
  } else {
    auto nodes_text = which == "cluster.nodes" ? expected<std::string>{text} : text_of(files.cluster_nodes);
    if (!nodes_text) return nodes_text.error();
    auto nodes = parse_cluster_nodes(*nodes_text, files.cluster_nodes, files.controller, findings);
    if (which == "cluster.cfg") cluster_config::parse(text, path, nodes, files.own, findings);
  }
  if (auto errors = findings.errors(); !errors.empty()) return error{ec::bad_config, errors};
  return {};
}

error failed_to(std::string_view what, const std::string& path) {
  return {ec::io_failed, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

expected<void> write_whole(const std::string& path, std::string_view text) {
  auto fresh = path + ".new";
  int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failed_to("write", fresh);
  while (!text.empty()) {
    auto n = write(fd, text.data(), text.size());
    if (n < 0) {
      auto why = failed_to("write", fresh);
      close(fd);
      return why;
    }
    text.remove_prefix(size_t(n));
  }
  bool synced = fsync(fd) == 0;
  close(fd);
  if (!synced) return failed_to("sync", fresh);
  if (rename(fresh.c_str(), path.c_str()) != 0) return failed_to("replace", path);
  return {};
}

config_actor::behavior_type behaviour(config_actor::pointer self, cluster_files files) {
  return {
      [files](const load_config& order) { return to_result(load_cluster_file(files, order.file)); },
      [files](const save_config& order) -> caf::result<void> { return to_result(save_cluster_file(files, order)); },
      [files](const node_settings& ask) { return to_result(settings_of_node(files, ask.alias)); },
      [self](const get_status&) -> caf::result<uint64_t> { return uint64_t(self->mailbox().size()); },
  };
}

} // namespace

std::vector<std::string> config_lines(const std::string& text) {
  std::vector<std::string> result;
  for (auto line : strings::split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto trimmed = strings::trim(line);
    if (says_something(trimmed)) result.emplace_back(trimmed);
  }
  return result;
}

std::string merge_lines(const std::string& old_text, const std::vector<std::string>& lines) {
  std::map<std::string, std::string> fresh;  // the last line of a subject counts
  for (const auto& line : lines) fresh[subject_of(line)] = line;
  std::string result;
  for (auto line : strings::split(old_text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto trimmed = strings::trim(line);
    if (!says_something(trimmed)) {
      result.append(line).append("\n");
      continue;
    }
    auto newer = fresh.extract(subject_of(trimmed));
    if (!newer.empty()) result.append(newer.mapped()).append("\n");
  }
  while (result.ends_with("\n\n")) result.pop_back();
  if (result == "\n") result.clear();
  for (const auto& line : lines)
    if (auto newer = fresh.extract(subject_of(line)); !newer.empty()) result.append(newer.mapped()).append("\n");
  return result;
}

expected<std::vector<std::string>> load_cluster_file(const cluster_files& files, const std::string& which) {
  PELORUS_ASSIGN(auto path, path_of(files, which));
  PELORUS_ASSIGN(auto text, text_of(path));
  return config_lines(text);
}

expected<void> save_cluster_file(const cluster_files& files, const save_config& change) {
  PELORUS_ASSIGN(auto path, path_of(files, change.file));
  PELORUS_ASSIGN(auto old_text, text_of(path));
  auto text = merge_lines(old_text, change.lines);
  PELORUS_TRY(check(files, change.file, path, text));
  if (!old_text.empty()) PELORUS_TRY(write_whole(path + ".bak", old_text));
  PELORUS_TRY(write_whole(path, text));
  log_info("{} was changed", path);
  if (change.file == "cluster.nodes" && files.nodes_saved) files.nodes_saved({text});
  return {};
}

expected<std::vector<std::string>> settings_of_node(const cluster_files& files, const std::string& alias) {
  PELORUS_ASSIGN(auto nodes_text, text_of(files.cluster_nodes));
  PELORUS_ASSIGN(auto text, files.cluster_cfg.empty() ? expected<std::string>{std::string{}} : text_of(files.cluster_cfg));
  diagnostics findings;
  auto nodes = parse_cluster_nodes(nodes_text, files.cluster_nodes, files.controller, findings);
  auto cluster = cluster_config::parse(text, files.cluster_cfg, nodes, files.own, findings);
  // Errors that concern this node refuse its start; those of others are theirs.
  if (auto errors = findings.errors(); !errors.empty()) log_warn("{}", errors);
  PELORUS_ASSIGN(auto resolved, cluster.resolve(alias));
  return resolved.to_lines();
}

config_actor spawn_cluster_files(caf::actor_system& system, cluster_files files) {
  return system.spawn<caf::detached>(behaviour, std::move(files));
}

expected<uint64_t> cluster_id_in(const std::string& directory) {
  std::error_code failure;
  fs::create_directories(directory, failure);
  if (failure) return error{ec::io_failed, fmt::format("cannot make {}: {}", directory, failure.message())};
  auto path = (fs::path{directory} / "cluster.id").string();
  uint64_t id = 0;
  if (std::ifstream file{path}; file >> id) return id;
  std::random_device source;
  id = (uint64_t(source()) << 32 | source()) & INT64_MAX;
  PELORUS_TRY(write_whole(path, fmt::format("{}\n", id)));
  return id;
}

} // namespace pelorus
