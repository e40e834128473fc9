#include "actors/status.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cfg/node_role.hpp"
#include "cfg/version.hpp"

namespace pelorus {

using nlohmann::ordered_json;

std::string_view state_name(uint8_t state) {
  switch (node_state(state)) {
    case node_state::stopped: return "stopped";
    case node_state::starting: return "starting";
    case node_state::alive: return "alive";
    case node_state::suspect: return "suspect";
    case node_state::dead: return "dead";
    case node_state::stopping: return "stopping";
  }
  return "unknown";
}

static ordered_json load_object(const load_report& load) {
  return {{"memoryUsed", load.memory_used}, {"memoryAllocated", load.memory_allocated},
          {"cpuPercent", load.cpu_percent}, {"loadAverage", load.load_average},
          {"connections", load.connections}, {"runningJobs", load.running_jobs},
          {"queuedJobs", load.queued_jobs}, {"runningTasks", load.running_tasks},
          {"queuedTasks", load.queued_tasks}, {"workers", load.workers},
          {"maxConnections", load.max_connections}, {"maxMemoryGb", load.max_memory_gb},
          {"diskCapacity", load.disk_capacity}, {"diskFree", load.disk_free}, {"chunks", load.chunks},
          {"rowsWritten", load.rows_written}, {"rowsRead", load.rows_read}};
}

static ordered_json node_object(const node_view& node) {
  return {{"alias", node.address.alias}, {"role", to_string(node_role(node.address.role))},
          {"state", state_name(node.state)}, {"host", node.address.host},
          {"sitePort", node.address.site_port}, {"actorPort", node.address.actor_port},
          {"silentMs", node.silent_ms}, {"uptimeMs", node.uptime_ms}, {"agent", node.agent_alias},
          {"version", node.version}, {"note", node.note}, {"load", load_object(node.load)}};
}

static uint64_t restarts_of(const actor_tree& tree) {
  uint64_t sum = 0;
  for (const auto& each : tree) sum += each.restarts;
  return sum;
}

std::string status_json(const node_status& s) {
  ordered_json result{{"role", to_string(node_role(s.self.role))}, {"alias", s.self.alias},
                      {"version", program_version}, {"host", s.self.host}, {"sitePort", s.self.site_port},
                      {"actorPort", s.self.actor_port}, {"pid", s.pid}, {"uptimeMs", s.uptime_ms},
                      {"ready", s.ready}, {"restarts", restarts_of(s.tree)}, {"load", load_object(s.load)}};
  result["nodes"] = ordered_json::array();
  for (const auto& node : s.nodes) result["nodes"].push_back(node_object(node));
  auto role = node_role(s.self.role);
  if (role == node_role::controller || role == node_role::single) result["databases"] = s.databases;
  result["actors"] = ordered_json::array();
  for (const auto& each : s.tree)
    result["actors"].push_back({{"name", each.name}, {"parent", each.parent}, {"state", each.state},
                                {"mailbox", each.mailbox}, {"restarts", each.restarts},
                                {"uptimeMs", each.uptime_ms}});
  return result.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// -- metrics ------------------------------------------------------------------------------------

// A label's value, with the three escapes of the format.
static std::string label(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    result += c == '\n' ? std::string{"\\n"} : std::string(1, c);
  }
  return result;
}

namespace {
class metric_writer {
public:
  explicit metric_writer(std::string alias) : alias_(label(alias)) {}

  void head(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# HELP pelorus_{} {}\n# TYPE pelorus_{} {}\n", name, help, name, type);
  }
  void row(std::string_view name, double value, std::string_view labels = {}) {
    text_ += fmt::format("pelorus_{}{{node=\"{}\"{}{}}} {}\n", name, alias_, labels.empty() ? "" : ",", labels, value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    head(name, "gauge", help);
    row(name, value);
  }
  void counter(std::string_view name, std::string_view help, double value) {
    head(name, "counter", help);
    row(name, value);
  }
  std::string take() { return std::move(text_); }

private:
  std::string alias_, text_;
};
} // namespace

static void write_load(metric_writer& out, const load_report& load) {
  out.gauge("memory_used_bytes", "Memory of columns.", double(load.memory_used));
  out.gauge("memory_resident_bytes", "Resident memory of the process.", double(load.memory_allocated));
  out.gauge("cpu_percent", "Processor use, in percent of all cores.", load.cpu_percent);
  out.gauge("connections", "Open client connections.", load.connections);
  out.gauge("jobs_running", "Jobs that run.", load.running_jobs);
  out.gauge("jobs_queued", "Jobs that wait for a worker.", load.queued_jobs);
  out.gauge("disk_capacity_bytes", "Size of the first volume's file system.", double(load.disk_capacity));
  out.gauge("disk_free_bytes", "Free space of the first volume's file system.", double(load.disk_free));
  out.gauge("chunks", "Chunks this node holds.", double(load.chunks));
  out.counter("rows_written_total", "Rows written since the start.", double(load.rows_written));
  out.counter("rows_read_total", "Rows read since the start.", double(load.rows_read));
}

std::string metrics_text(const node_status& s) {
  metric_writer out{s.self.alias};
  out.head("info", "gauge", "Version and role of this process.");
  out.row("info", 1, fmt::format("version=\"{}\",role=\"{}\"", program_version, to_string(node_role(s.self.role))));
  out.gauge("ready", "1 when the process can be used.", s.ready ? 1 : 0);
  out.gauge("uptime_seconds", "Time since the start.", double(s.uptime_ms) / 1000);
  write_load(out, s.load);
  out.head("peer_up", "gauge", "1 for a node of the cluster that is alive.");
  for (const auto& node : s.nodes)
    out.row("peer_up", node_state(node.state) == node_state::alive ? 1 : 0,
            fmt::format("alias=\"{}\",role=\"{}\"", label(node.address.alias), to_string(node_role(node.address.role))));
  out.head("actor_mailbox", "gauge", "Messages that wait for an actor.");
  for (const auto& each : s.tree) out.row("actor_mailbox", double(each.mailbox), fmt::format("actor=\"{}\"", label(each.name)));
  out.head("actor_restarts_total", "counter", "Restarts of an actor by its supervisor.");
  for (const auto& each : s.tree)
    out.row("actor_restarts_total", double(each.restarts), fmt::format("actor=\"{}\"", label(each.name)));
  return out.take();
}

} // namespace pelorus
