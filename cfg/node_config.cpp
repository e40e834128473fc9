#include "cfg/node_config.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "cfg/command_line.hpp"
#include "cfg/config_file.hpp"
#include "cfg/settings_check.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace {

// Fills one node_config, step by step; findings collect what is wrong on the way.
class loader {
public:
  explicit loader(const command_line& given) : given_(given) {}

  expected<node_config> run() {
    read_own_file();
    choose_role();
    choose_home();
    apply_config(lines_, config_.values, findings());
    apply_command_line();
    find_sites();
    check_settings(config_.values, {}, findings());
    if (config_.role == node_role::controller) load_cluster();
    if (config_.role == node_role::single || config_.role == node_role::datanode)
      check_volumes(config_.values, findings());
    if (findings().fatal()) return error{ec::bad_config, findings().errors()};
    return std::move(config_);
  }

private:
  diagnostics& findings() { return config_.findings; }
  static origin here() { return {"command line", 0}; }

  // The last value given; "" if none.
  std::string option(std::string_view name) const {
    std::string value;
    for (const auto& [key, text] : given_.values)
      if (key == name) value = text;
    return value;
  }

  void read_own_file() {
    auto path = option("config");
    if (path.empty()) return;
    if (auto content = read_text_file(path))
      lines_ = parse_config(*content, path, findings());
    else
      findings().fail(here(), "config", content.error().message);
  }

  // The command line decides, then the file; wrong spellings are reported by set() later.
  void choose_role() {
    std::string mode;
    for (const auto& line : lines_)
      if (line.key == "mode") mode = line.value;
    auto given = option("mode");
    if (!given.empty() && !mode.empty() && mode != given)
      findings().warn(here(), "mode",
                      fmt::format("{} replaces {} of {}", strings::quoted(given),
                                  strings::quoted(mode), option("config")));
    if (!given.empty()) mode = given;
    config_.role = parse_node_role(mode).value_or(node_role::single);
    config_.values = settings{config_.role, {}};
  }

  void choose_home() {
    std::error_code failure;
    auto home = std::filesystem::absolute(option("home"), failure);
    if (option("home").empty()) home = std::filesystem::current_path(failure);
    if (failure) findings().fail(here(), "home", failure.message());
    config_.values.set_home(resolve_path(".", home.lexically_normal().string()));
  }

  void apply_command_line() {
    for (const auto& [name, value] : given_.values) {
      const auto* row = find_setting(name);
      if (!(row->roles & bit(config_.role)) && !row->inherited)
        findings().warn(here(), name,
                        fmt::format("a {} does not read it", to_string(config_.role)));
      if (row->planned) findings().warn(here(), name, "accepted, has no effect yet");
      if (auto done = config_.values.set(name, anchored(*row, value), here()); !done)
        findings().fail(here(), name, done.error().message);
    }
  }

  // Paths typed on the command line start at the working directory.
  static std::string anchored(const setting& row, const std::string& value) {
    std::error_code failure;
    if (!row.command_line_only || row.type != setting_type::path || value.empty()) return value;
    auto path = std::filesystem::absolute(value, failure);
    return failure ? value : path.lexically_normal().string();
  }

  void find_sites() {
    auto& values = config_.values;
    bool needs_own = config_.role != node_role::single;
    bool needs_controller = needs_own && config_.role != node_role::controller;
    if (needs_own) require("localSite");
    if (auto own = values.get_site("localSite")) config_.local_site = *std::move(own);
    values.set_alias(config_.local_site.alias);
    if (!needs_controller) return;
    require("controllerSite");
    if (auto site = values.get_site("controllerSite")) config_.controller_site = *std::move(site);
  }

  void require(std::string_view name) {
    if (config_.values.is_set(name) || already_reported(name)) return;
    auto file = option("config");
    findings().fail(file.empty() ? here() : origin{file, 0}, name,
                    fmt::format("missing; the {} needs {}=host:port:alias",
                                to_string(config_.role), name));
  }

  bool already_reported(std::string_view name) const {
    for (const auto& d : config_.findings.all())
      if (d.level == severity::error && d.key == name) return true;
    return false;
  }

  // -- controller -------------------------------------------------------------

  void load_cluster() {
    load_nodes();
    std::string content = "# no cluster.cfg";
    auto path = option("clusterConfig");
    if (!path.empty()) {
      auto read = read_text_file(path);
      if (!read) return findings().fail(here(), "clusterConfig", read.error().message);
      content = *std::move(read);
    }
    config_.cluster = cluster_config::parse(content, path, *config_.nodes, config_.values,
                                            findings());
    check_replication();
  }

  void load_nodes() {
    config_.nodes.emplace();
    auto path = option("nodesFile");
    if (path.empty())
      return findings().fail(here(), "nodesFile",
                             "missing; a controller needs -nodesFile <path of cluster.nodes>");
    auto content = read_text_file(path);
    if (!content) return findings().fail(here(), "nodesFile", content.error().message);
    config_.nodes = parse_cluster_nodes(*content, path, config_.local_site, findings());
  }

  void check_replication() {
    auto factor = config_.values.get_int("dfsReplicationFactor");
    auto nodes = config_.nodes->count(node_role::datanode);
    if (nodes > 0 && factor > nodes)
      findings().warn(config_.values.origin_of("dfsReplicationFactor"), "dfsReplicationFactor",
                      fmt::format("{} replicas, but {} lists {} data nodes; writes fail until "
                                  "there are more",
                                  factor, config_.nodes->file, nodes));
  }

  const command_line& given_;
  node_config config_;
  std::vector<config_line> lines_;
};

} // namespace

static node_role role_of_help(const command_line& given) {
  for (const auto& [name, value] : given.values)
    if (name == "mode") return parse_node_role(value).value_or(node_role::single);
  return node_role::single;
}

expected<node_config> load_node_config(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  PELORUS_ASSIGN(auto given, parse_command_line(arguments));
  if (given.help || given.version) {
    node_config config;
    config.text_to_print = given.help ? help_text(role_of_help(given)) : version_text() + "\n";
    return config;
  }
  return loader{given}.run();
}

log_options log_options_of(const settings& values) {
  log_options options;
  if (values.get_int("stdoutLog") != 1) options.file = values.get_path("logFile");
  options.also_stdout = values.get_int("stdoutLog") == 2;
  options.size_bytes_max = values.get_bytes("maxLogSize");
  options.retention_days = uint32_t(values.get_int("logRetentionTime"));
  auto level = values.get_string("logLevel");
  for (auto each : {log_level::debug, log_level::info, log_level::warning, log_level::error})
    if (level == to_string(each)) options.level = each;
  return options;
}

void log_findings(const diagnostics& findings) {
  for (const auto& d : findings.all()) {
    if (d.level == severity::warning)
      log_warn("{}", to_string(d));
    else
      log_error("{}", to_string(d));
  }
}

} // namespace pelorus
