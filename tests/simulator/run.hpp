// One run of the simulated cluster: writers under faults, then healing, then the verdict.
#pragma once

#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "tests/simulator/faults.hpp"
#include "tests/simulator/ledger.hpp"

namespace pelorus::simulation {

/// A rule broken on purpose, to see that the verdict notices.
enum class sabotage : uint8_t {
  none,
  unsynced_log,       ///< the controller answers commits before they are durable: its syncs do nothing
  unsynced_segments,  ///< data nodes say that rows are staged before their files are durable
  unsynced_redo,      ///< .. before their redo log is
  hasty_rollback,     ///< a coordinator takes any error in answer to a commit for a rollback and drops its rows
};
std::optional<sabotage> parse_sabotage(std::string_view name);

struct run_order {
  fault_choice faults;
  workload load;
  int replicas = 2, data_nodes = 3;
  bool shuffles = false;
  write_path path = write_path::files;
  sabotage broken = sabotage::none;
  bool prints = false;
};

struct run_result {
  std::vector<std::string> wrong;
  uint64_t trace = 0, messages = 0, steps = 0;
  std::map<std::string, uint64_t> faults;
  milliseconds settling{};            ///< from the end of the faults until nothing was in doubt any more
  uint64_t acknowledged = 0, refused = 0, unknown = 0;
  uint64_t quarantined = 0;           ///< files set aside
  uint64_t damaged_logs = 0;          ///< redo logs with a flipped bit
};

/// `root` is emptied. The same order gives the same result.
run_result run_schedule(caf::actor_system& system, const std::string& root, const run_order& order);

} // namespace pelorus::simulation
