// Settings of data at rest.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr setting rows[] = {
    {.name = "volumes", .roles = roles::nodes, .type = path_list,
     .fallback = "<HOME>/<ALIAS>/storage", .per_node = true,
     .description = "Data directories of the node, separated by commas."},
    {.name = "chunkMetaDir", .roles = roles::nodes, .type = path, .fallback = "the first volume",
     .derive = defaults::first_volume, .per_node = true,
     .description = "Directory that holds CHUNK_METADATA, the metadata of the node's chunks."},
    {.name = "allowVolumeCreation", .roles = roles::nodes, .type = boolean, .fallback = "true",
     .description = "0: a volume that does not exist stops the start (a disk is not mounted)."},
    {.name = "volumeUsageThreshold", .roles = roles::nodes, .type = real, .fallback = "0.97",
     .range = {0.1, 1}, .planned = true,
     .description = "A volume that is fuller than this takes no new chunks. Writes go on while 50 "
                    "GB are free, or 10 GB and 2%."},
    {.name = "coldVolumes", .roles = roles::nodes, .planned = true, .per_node = true,
     .description = "Directories (file:/...) or buckets (s3://...) of the slow tier."},
    {.name = "redoLogDir", .roles = roles::nodes, .type = path,
     .fallback = "<HOME>/<ALIAS>/log/redoLog", .per_node = true,
     .description = "Redo log of the node's tables, of both engines."},
    {.name = "TSDBRedoLogDir", .roles = roles::nodes, .type = path,
     .fallback = "<HOME>/<ALIAS>/log/TSDBRedo", .planned = true, .per_node = true,
     .description = "Not needed: redoLogDir has the redo log of TSDB tables too."},
    {.name = "redoLogPurgeInterval", .roles = roles::nodes, .type = integer, .unit = "s",
     .fallback = "30", .range = {1, 86400},
     .description = "Finished parts of the redo log are removed this often."},
    {.name = "redoLogPurgeLimit", .roles = roles::nodes, .type = real, .unit = "GB",
     .fallback = "4", .range = {0.001, 65536},
     .description = "When the log is longer than this, rows in memory are flushed and it is cut at once."},
    {.name = "TSDBAsyncSortingWorkerNum", .roles = roles::nodes, .type = integer,
     .fallback = "1", .range = {0, 1024}, .planned = true,
     .description = "Threads that sort the cache of TSDB tables; 0 sorts while writing."},
    {.name = "TSDBCacheFlushWorkNum", .roles = roles::nodes, .type = integer,
     .fallback = "number of volumes", .derive = defaults::volume_count, .range = {1, 1024},
     .planned = true, .description = "Threads that flush that cache."},
    {.name = "allowTSDBLevel3Compaction", .roles = roles::nodes, .type = boolean,
     .fallback = "false", .planned = true, .description = "Level 3 files may be compacted."},
    {.name = "compactWorkerNumPerVolume", .roles = roles::nodes, .type = integer,
     .fallback = "1", .range = {1, 64}, .planned = true,
     .description = "Compaction threads of each volume."},
    {.name = "oldChunkVersionRetentionTime", .roles = roles::nodes, .type = integer,
     .unit = "min", .fallback = "60", .range = {1, 240},
     .description = "Old versions of a chunk are kept this long, five at most."},
    {.name = "diskIOConcurrencyLevel", .roles = roles::nodes, .type = integer, .fallback = "1",
     .range = {0, 1024}, .planned = true,
     .description = "Disk threads; 0 does input and output on the working thread."},
    {.name = "useHardLink", .roles = roles::nodes, .type = boolean, .fallback = "true",
     .planned = true, .description = "New chunk versions share unchanged files by hard links."},
    {.name = "maxFileHandles", .roles = roles::nodes, .type = integer, .fallback = "1024",
     .range = {64, 1048576}, .planned = true, .description = "Open files of the storage engine."},
    {.name = "enableLocalDatabase", .roles = roles::any, .type = boolean,
     .fallback = "true", .planned = true,
     .description = "Databases outside DFS, on the local disk, may be created."},
    {.name = "enableInsertStatementForDFSTable", .roles = roles::nodes, .type = boolean,
     .fallback = "false", .planned = true,
     .description = "INSERT INTO works on DFS tables."},
};

std::span<const setting> storage_settings() { return rows; }

} // namespace pelorus
