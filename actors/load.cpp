#include "actors/load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include <malloc.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/block_pool.hpp"
#include "storage/buffer.hpp"

namespace pelorus {

namespace {

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return double(used.tv_sec) + double(used.tv_nsec) * 1e-9;
}

uint64_t resident_bytes() {
  unsigned long long total = 0, resident = 0;
  if (auto* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%llu %llu", &total, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * uint64_t(sysconf(_SC_PAGESIZE));
}

// Directories of a volume may not exist yet; a parent is on the same file system.
void read_disk(std::string path, load_report& report) {
  struct statvfs found {};
  while (statvfs(path.c_str(), &found) != 0) {
    auto slash = path.rfind('/');
    if (slash == std::string::npos || path == "/") return;
    path.resize(slash == 0 ? 1 : slash);
  }
  report.disk_capacity = uint64_t(found.f_blocks) * found.f_frsize;
  report.disk_free = uint64_t(found.f_bavail) * found.f_frsize;
}

} // namespace

load_meter::load_meter(const settings& values)
    : volume_(values.home()), workers_(uint32_t(values.get_int("workerNum"))),
      max_connections_(uint32_t(values.get_int("maxConnections"))),
      max_memory_gb_(values.get_double("maxMemSize")), last_cpu_s_(cpu_seconds()),
      last_time_(std::chrono::steady_clock::now()) {
  if (values.role() == node_role::datanode || values.role() == node_role::single)
    if (auto volumes = values.get_paths("volumes"); !volumes.empty()) volume_ = volumes.front();
}

void load_meter::attach(std::function<void(load_report&)> source) {
  std::lock_guard guard{lock_};
  sources_.push_back(std::move(source));
}

void load_meter::detach_all() {
  std::lock_guard guard{lock_};
  sources_.clear();
}

uint64_t load_meter::give_back(uint64_t used) {
  constexpr uint64_t slack = uint64_t{128} << 20, growth = uint64_t{64} << 20;
  auto resident = resident_bytes();
  if (resident > used + slack && resident > kept_bytes_ + growth) {
    malloc_trim(0);
    kept_bytes_ = resident = resident_bytes();
  }
  kept_bytes_ = std::min(kept_bytes_, resident);
  return resident;
}

load_report load_meter::sample() {
  std::lock_guard guard{lock_};
  load_report report;
  auto now = std::chrono::steady_clock::now();
  double passed = std::chrono::duration<double>(now - last_time_).count();
  if (passed > 0.2) {
    double used = cpu_seconds();
    auto cores = std::max(1u, std::thread::hardware_concurrency());
    last_percent_ = 100.0 * (used - last_cpu_s_) / passed / cores;
    last_cpu_s_ = used;
    last_time_ = now;
    age_blocks();
  }
  report.cpu_percent = last_percent_;
  double averages[1] = {0};
  if (getloadavg(averages, 1) == 1) report.load_average = averages[0];
  report.memory_used = memory::in_use();
  report.memory_allocated = give_back(report.memory_used);
  report.workers = workers_;
  report.max_connections = max_connections_;
  report.max_memory_gb = max_memory_gb_;
  read_disk(volume_, report);
  for (auto& source : sources_) source(report);
  return report;
}

} // namespace pelorus
