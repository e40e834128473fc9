#include <algorithm>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "cfg/settings.hpp"
#include "cfg/settings_tables.hpp"

namespace pelorus::defaults {

// GB that this node may use: maxMemSize, or the machine's memory when that is unlimited.
static double memory_gb(const settings& s) {
  if (double limit = s.get_double("maxMemSize"); limit > 0) return limit;
  constexpr double gb = 1024.0 * 1024 * 1024;
  return double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGESIZE)) / gb;
}

static std::string share(const settings& s, double part, double low, double high) {
  return fmt::format("{:.6g}", std::clamp(memory_gb(s) * part, low, high));
}

std::string cores(const settings&) {
  return fmt::format("{}", std::max(1u, std::thread::hardware_concurrency()));
}

std::string worker_num(const settings& s) { return s.get_string("workerNum"); }

std::string actor_port(const settings& s) {
  auto own = s.get_site("localSite");
  return fmt::format("{}", own ? own->port + limits::actor_port_offset : 0);
}

std::string connections_per_site(const settings& s) {
  auto wanted = s.get_int("workerNum") + s.get_int("webWorkerNum") + 1;
  return fmt::format("{}", std::max<int64_t>(wanted, 16));
}

constexpr double unlimited = 65536;

std::string reserved_memory(const settings& s) { return share(s, 0.05, 0.0625, 1); }
std::string emergency_memory(const settings& s) {
  // Never more than what 50% of a small memory leaves beside the reserve.
  auto room = memory_gb(s) * 0.5 - s.get_double("reservedMemSize");
  return share(s, 0.05, std::min(0.5, std::max(room, 0.0)), 5);
}
std::string warning_memory(const settings& s) { return share(s, 0.75, 0, unlimited); }
std::string tsdb_cache(const settings& s) {
  double limit = s.get_double("maxMemSize");
  return fmt::format("{:.6g}", limit > 0 ? std::min(1.0, limit / 2) : 1.0);
}
std::string olap_cache(const settings& s) {
  double limit = s.get_double("maxMemSize");
  return fmt::format("{:.6g}", limit > 0 ? std::min(0.25, limit / 8) : 0.25);
}
std::string five_percent(const settings& s) { return share(s, 0.05, 0.1, unlimited); }
std::string query_result_memory(const settings& s) { return share(s, 0.5, 0, 8); }
std::string task_group_memory(const settings& s) { return share(s, 0.2, 0, 2); }
std::string temp_results_memory(const settings& s) { return share(s, 0.2, 0, unlimited); }

std::string first_volume(const settings& s) {
  auto volumes = split_list(s.get_string("volumes"));
  return volumes.empty() ? std::string{} : volumes.front();
}

std::string volume_count(const settings& s) {
  return fmt::format("{}", std::max<size_t>(1, split_list(s.get_string("volumes")).size()));
}

} // namespace pelorus::defaults
