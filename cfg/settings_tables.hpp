// The rows of the table of settings, one function a topic; read through setting.hpp.
#pragma once

#include <span>

#include "cfg/setting.hpp"

namespace pelorus {

std::span<const setting> start_settings();
std::span<const setting> cluster_settings();
std::span<const setting> memory_settings();
std::span<const setting> storage_settings();
std::span<const setting> job_settings();
std::span<const setting> security_settings();
std::span<const setting> log_settings();
std::span<const setting> stream_settings();
std::span<const setting> later_settings();

/// Defaults that depend on the machine or on other settings.
namespace defaults {
std::string cores(const settings&);                  ///< processors of this machine
std::string worker_num(const settings&);             ///< the value of workerNum
std::string actor_port(const settings&);             ///< site port + 10000
std::string connections_per_site(const settings&);   ///< max(workerNum + webWorkerNum + 1, 16)
std::string reserved_memory(const settings&);        ///< GB: 5% of memory, 0.0625 to 1
std::string emergency_memory(const settings&);       ///< GB: 5% of memory, 0.5 to 5
std::string warning_memory(const settings&);         ///< GB: 75% of memory
std::string tsdb_cache(const settings&);             ///< GB: 1, at most half of maxMemSize
std::string olap_cache(const settings&);             ///< GB: 0.25, at most an eighth of maxMemSize
std::string five_percent(const settings&);           ///< GB: 5% of memory, at least 0.1
std::string query_result_memory(const settings&);    ///< GB: half of memory, at most 8
std::string task_group_memory(const settings&);      ///< GB: 20% of memory, at most 2
std::string temp_results_memory(const settings&);    ///< GB: 20% of memory
std::string first_volume(const settings&);           ///< the first of `volumes`
std::string volume_count(const settings&);           ///< how many `volumes` there are
} // namespace defaults

} // namespace pelorus
