// Settings of memory. Defaults given as a share refer to maxMemSize, or to the machine's memory
// when that is unlimited.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr bounds gb{0, 65536};

static constexpr setting rows[] = {
    {.name = "maxMemSize", .type = real, .unit = "GB", .fallback = "0", .range = gb,
     .effect = takes_effect::at_once,
     .description = "Upper limit of the memory of the process; 0 is unlimited."},
    {.name = "reservedMemSize", .type = real, .unit = "GB",
     .fallback = "5% of memory, 0.0625 to 1", .derive = defaults::reserved_memory, .range = gb,
     .planned = true,
     .description = "When less than this is free, blocks are limited to "
                    "maxBlockSizeForReservedMemory. Together with emergencyMemSize at most half "
                    "of maxMemSize."},
    {.name = "emergencyMemSize", .type = real, .unit = "GB",
     .fallback = "5% of memory, 0.5 to 5", .derive = defaults::emergency_memory, .range = gb,
     .planned = true, .description = "Memory kept for flushes and commits."},
    {.name = "maxBlockSizeForReservedMemory", .type = integer, .unit = "KB", .fallback = "8",
     .range = {1, 1048576}, .planned = true,
     .description = "Largest block while memory is reserved."},
    {.name = "warningMemSize", .type = real, .unit = "GB", .fallback = "75% of memory",
     .derive = defaults::warning_memory, .range = gb, .effect = takes_effect::at_once,
     .planned = true, .description = "Above this, caches are dropped."},
    {.name = "regularArrayMemoryLimit", .type = integer, .unit = "MB", .fallback = "2048",
     .range = {1, 1048576}, .planned = true,
     .description = "Larger arrays are not contiguous. A power of 2."},
    {.name = "memoryReleaseRate", .type = real, .fallback = "5", .range = {0, 10},
     .planned = true, .description = "How eagerly free memory goes back to the system."},
    {.name = "OLAPCacheEngineSize", .alias = "chunkCacheEngineMemSize", .roles = roles::nodes,
     .type = real, .unit = "GB", .fallback = "0.25, at most an eighth of maxMemSize",
     .derive = defaults::olap_cache, .range = gb,
     .description = "Cache engine of OLAP tables: memory for small writes, flushed at 30% or after "
                    "30 s; writers wait when it is full. 0: each write is a file at once. Needs "
                    "dataSync=1; at most half of maxMemSize."},
    {.name = "TSDBCacheEngineSize", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "1, at most half of maxMemSize", .derive = defaults::tsdb_cache,
     .range = {0.001, 65536},
     .description = "Cache engine of TSDB tables: memory for small writes, flushed when it is half "
                    "full or after 60 s; writers wait when it is full. At most half of maxMemSize."},
    {.name = "TSDBCacheTableBufferThreshold", .roles = roles::nodes, .type = integer,
     .unit = "rows", .fallback = "16384", .range = {1, 1000000000}, .planned = true,
     .description = "Rows of the unsorted buffer before they are sorted."},
    {.name = "TSDBLevelFileIndexCacheSize", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "5% of memory, at least 0.1", .derive = defaults::five_percent,
     .range = {0.1, 65536}, .description = "Cache of the order of TSDB chunks by their sort columns."},
    {.name = "TSDBLevelFileIndexCacheInvalidPercent", .roles = roles::nodes, .type = real,
     .fallback = "0.95", .range = {0, 1}, .planned = true,
     .description = "Share of that cache at which old indexes leave."},
    {.name = "TSDBCachedSymbolBaseCapacity", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "5% of memory, at least 0.1", .derive = defaults::five_percent,
     .range = {0.1, 65536}, .planned = true, .description = "Cache of symbol dictionaries."},
    {.name = "TSDBSymbolBaseEvictTime", .roles = roles::nodes, .type = integer, .unit = "s",
     .fallback = "3600", .range = {1, 31536000}, .planned = true,
     .description = "An unused dictionary leaves that cache after this time."},
    {.name = "maxTransactionRatio", .roles = roles::nodes, .type = real, .fallback = "0.2",
     .range = {0.1, 1}, .planned = true,
     .description = "Largest write as a share of the cache engine."},
    {.name = "memLimitOfQueryResult", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "half of memory, at most 8", .derive = defaults::query_result_memory,
     .range = gb, .effect = takes_effect::at_once, .planned = true,
     .description = "Largest result of one query. Below 80% of maxMemSize."},
    {.name = "memLimitOfTaskGroupResult", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "20% of memory, at most 2", .derive = defaults::task_group_memory, .range = gb,
     .effect = takes_effect::at_once, .planned = true,
     .description = "Largest result of one task group. Below 50% of maxMemSize."},
    {.name = "memLimitOfAllTempResults", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "20% of memory", .derive = defaults::temp_results_memory, .range = gb,
     .effect = takes_effect::at_once, .planned = true,
     .description = "Temporary results beyond this are written to tempResultsSpillDir."},
    {.name = "tempResultsSpillDir", .roles = roles::nodes, .type = path,
     .fallback = "<HOME>/<ALIAS>/tempResults", .planned = true, .per_node = true,
     .description = "Directory of those results; emptied at every start."},
};

std::span<const setting> memory_settings() { return rows; }

} // namespace pelorus
