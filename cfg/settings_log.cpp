// Settings of logs.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr setting rows[] = {
    {.name = "logLevel", .type = choice, .fallback = "INFO",
     .choices = "DEBUG,INFO,WARNING,ERROR", .effect = takes_effect::at_once,
     .description = "Lines below this level are not written."},
    {.name = "maxLogSize", .type = integer, .unit = "MB", .fallback = "1024",
     .range = {100, 1048576},
     .description = "A log file that grows longer is archived under a dated name."},
    {.name = "logRetentionTime", .type = integer, .unit = "d", .fallback = "30",
     .range = {0, 36500}, .description = "Archived logs are removed after this time; 0 never."},
    {.name = "jobLogFile", .roles = roles::nodes, .type = path,
     .fallback = "<HOME>/<ALIAS>_job.log", .planned = true, .per_node = true,
     .description = "Log of the jobs of this node."},
    {.name = "jobLogRetentionTime", .roles = roles::nodes, .type = integer, .unit = "d",
     .fallback = "0", .range = {0, 36500}, .planned = true,
     .description = "Job logs are removed after this time; 0 never."},
    {.name = "enableDFSQueryLog", .roles = roles::nodes, .type = boolean, .fallback = "false",
     .planned = true, .description = "Queries on DFS tables are logged with their scope."},
};

std::span<const setting> log_settings() { return rows; }

} // namespace pelorus
