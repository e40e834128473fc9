#include "actors/node_tables.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cfg/node_role.hpp"
#include "query/row_table.hpp"
#include "storage/chunk_words.hpp"
#include "storage/file.hpp"

namespace pelorus {

namespace {
value text(const std::string& x) { return value::of_text(x); }
value number(int64_t x) { return value::of_int(static_cast<int32_t>(x)); }
value big(uint64_t x) { return value::of_long(static_cast<int64_t>(x)); }
value real(double x) { return value::of_double(x); }
value time_of(int64_t ms) { return value::integral(type_id::timestamp, ms); }

std::string replicas_text(const chunk_info& chunk) {
  std::string all;
  for (auto& r : chunk.replicas)
    all += fmt::format("{}{}:{}:{}:false:{}:0", all.empty() ? "" : ",", r.node, r.version, r.corrupted, chunk.cid);
  return all;
}
} // namespace

table_ptr perf_table(const member_list& nodes, bool include_controller, const std::string& self) {
  using t = type_id;
  row_table rows{{"host", t::string}, {"port", t::int_}, {"site", t::string}, {"mode", t::int_}, {"state", t::int_},
                 {"agentSite", t::string}, {"computeGroup", t::string}, {"maxConnections", t::int_},
                 {"maxMemSize", t::double_}, {"workerNum", t::int_}, {"executorNum", t::int_}, {"connectionNum", t::int_},
                 {"name", t::string}, {"memoryUsed", t::long_}, {"memoryAlloc", t::long_}, {"cpuUsage", t::double_},
                 {"avgLoad", t::double_}, {"medLast10QueryTime", t::long_}, {"maxLast10QueryTime", t::long_},
                 {"medLast100QueryTime", t::long_}, {"maxLast100QueryTime", t::long_}, {"maxRunningQueryTime", t::long_},
                 {"runningJobs", t::int_}, {"queuedJobs", t::int_}, {"runningTasks", t::int_}, {"queuedTasks", t::int_},
                 {"jobLoad", t::double_}, {"diskCapacity", t::long_}, {"diskFreeSpace", t::long_},
                 {"diskFreeSpaceRatio", t::double_}, {"diskWriteRate", t::long_}, {"diskReadRate", t::long_},
                 {"lastMinuteWriteVolume", t::long_}, {"lastMinuteReadVolume", t::long_}, {"networkSendRate", t::long_},
                 {"networkRecvRate", t::long_}, {"lastMinuteNetworkSend", t::long_}, {"lastMinuteNetworkRecv", t::long_},
                 {"publicName", t::string}, {"lastMsgLatency", t::long_}, {"cumMsgLatency", t::long_}, {"isLeader", t::bool_},
                 {"zone", t::string}, {"version", t::string}, {"note", t::string}, {"uptime", t::long_}};
  std::map<std::string, std::string> sites;
  for (auto& n : nodes) sites[n.address.alias] = fmt::format("{}:{}:{}", n.address.host, n.address.site_port, n.address.alias);
  for (auto& n : nodes) {
    auto role = static_cast<node_role>(n.address.role);
    bool is_controller = role == node_role::controller;
    if (is_controller && !include_controller && n.address.alias != self) continue;
    auto state = static_cast<node_state>(n.state);
    bool online = state == node_state::alive || state == node_state::suspect;
    auto& l = n.load;
    auto workers = std::max(1u, l.workers);
    rows.add({text(n.address.host), number(n.address.site_port), text(sites[n.address.alias]), number(n.address.role),
              number(online), text(n.agent_alias.empty() ? "" : sites[n.agent_alias]), value{}, number(l.max_connections),
              real(l.max_memory_gb), number(l.workers), number(workers - 1), number(l.connections), text(n.address.alias),
              big(l.memory_used), big(l.memory_allocated), real(l.cpu_percent), real(l.load_average),
              big(static_cast<uint64_t>(l.median_last10_query_ns)), big(static_cast<uint64_t>(l.max_last10_query_ns)),
              big(static_cast<uint64_t>(l.median_last10_query_ns)), big(static_cast<uint64_t>(l.max_last10_query_ns)),
              big(static_cast<uint64_t>(l.max_running_query_ns)), number(l.running_jobs), number(l.queued_jobs),
              number(l.running_tasks), number(l.queued_tasks), real(static_cast<double>(l.running_jobs + l.queued_jobs) / workers),
              big(l.disk_capacity), big(l.disk_free),
              real(l.disk_capacity == 0 ? 0 : static_cast<double>(l.disk_free) / static_cast<double>(l.disk_capacity)),
              big(0), big(0), big(0), big(0), big(0), big(0), big(0), big(0), value{}, big(0), big(0),
              is_controller || role == node_role::single ? value::of_bool(true) : value{}, value{}, text(n.version),
              text(n.note), big(static_cast<uint64_t>(n.uptime_ms))});
  }
  return rows.take();
}

table_ptr cluster_chunk_table(const std::vector<chunk_info>& chunks) {
  using t = type_id;
  row_table rows{{"chunkId", t::string}, {"file", t::string}, {"size", t::long_}, {"version", t::int_}, {"vcLength", t::int_},
                 {"versionChain", t::string}, {"state", t::string}, {"replicas", t::string}, {"replicaCount", t::int_},
                 {"lastUpdated", t::timestamp}, {"permission", t::string}, {"rows", t::long_}};
  for (auto& c : chunks)
    rows.add({text(to_string(c.id)), text(c.partition), big(0), number(c.version), number(1),
              text(fmt::format("{}:{}:{} -> ", c.cid, c.rows, c.version)), text(std::string{state_name(c.state)}),
              text(replicas_text(c)), number(static_cast<int64_t>(c.replicas.size())), time_of(c.updated_ms),
              text("READ_WRITE"), big(c.rows)});
  return rows.take();
}

table_ptr local_chunk_table(const chunk_files* files, const std::string& alias) {
  using t = type_id;
  row_table rows{{"site", t::string}, {"chunkId", t::string}, {"path", t::string}, {"dfsPath", t::string}, {"type", t::int_},
                 {"flag", t::int_}, {"size", t::long_}, {"version", t::int_}, {"state", t::int_}, {"versionList", t::string},
                 {"resolved", t::bool_}, {"tableName", t::string}, {"rowNum", t::long_}};
  if (!files) return rows.take();
  for (auto& held : files->catalog->all()) {
    auto* newest = held->newest();
    if (!newest) continue;
    uint64_t size = 0;
    for (auto& s : newest->segments) size += s.bytes;
    std::string versions;
    for (auto& v : held->versions) versions += fmt::format("cid : {},{}=>{}:{}; ", v.cid, held->table, v.version, v.rows());
    auto database = held->database.starts_with("dfs://") ? held->database.substr(5) : held->database;
    rows.add({text(alias), text(to_string(held->id)), text(files->path_of(held->id, held->directory)),
              text(database + "/" + held->partition), number(1), number(0), big(size), number(newest->version), number(0),
              text(versions + "#"), value::of_bool(!files->catalog->staged_by(held->id)), text(held->table), big(newest->rows())});
  }
  return rows.take();
}

table_ptr actor_table(const actor_tree& tree) {
  using t = type_id;
  row_table rows{{"actor", t::string}, {"parent", t::string}, {"state", t::string}, {"mailbox", t::long_},
                 {"restarts", t::long_}, {"uptime", t::double_}};
  for (auto& a : tree)
    rows.add({text(a.name), text(a.parent), text(a.state), big(a.mailbox), big(a.restarts), real(static_cast<double>(a.uptime_ms) / 1000)});
  return rows.take();
}

expected<std::vector<std::string>> lines_of_file(const std::string& path, int64_t length, int64_t offset, bool from_tail) {
  PELORUS_ASSIGN(auto in, file::open_read(path));
  PELORUS_ASSIGN(auto size, in.size());
  auto away = std::min(size, static_cast<uint64_t>(std::max<int64_t>(offset, 0)));
  auto wanted = static_cast<uint64_t>(std::max<int64_t>(length, 0));
  auto begin = from_tail ? size - away - std::min(size - away, wanted) : away;
  auto end = from_tail ? size - away : away + std::min(size - away, wanted);
  // A byte more tells whether a line begins here.
  auto from = begin == 0 ? begin : begin - 1;
  std::string bytes(end - from, '\0');
  PELORUS_TRY(in.read_at(from, bytes.data(), bytes.size()));
  std::string_view rest{bytes};
  if (begin != 0) rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + (rest.empty() ? 0 : 1));
  if (!from_tail && end != size) rest = rest.substr(0, rest.rfind('\n') + 1);
  std::vector<std::string> lines;
  while (!rest.empty()) {
    auto at = rest.find('\n');
    lines.emplace_back(rest.substr(0, at));
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  }
  return lines;
}

} // namespace pelorus
