// Settings of membership, replication and repair.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr setting rows[] = {
    {.name = "dfsReplicationFactor", .roles = roles::master, .type = integer, .fallback = "2",
     .fallback_single = "1", .range = {1, 32},
     .description = "Replicas of each chunk. A write fails while fewer data nodes are alive."},
    {.name = "dfsReplicaReliabilityLevel", .roles = roles::master, .type = integer,
     .fallback = "0", .range = {0, 2},
     .description = "0: replicas may share a host; 1: they must not; 2: different hosts are "
                    "preferred."},
    {.name = "dataSync", .roles = roles::master, .type = boolean, .fallback = "false",
     .inherited = true,
     .description = "1 syncs redo log, data and metadata to disk before a commit is answered, and "
                    "allows the cache engine. Data nodes learn it from the controller."},
    {.name = "lanCluster", .type = boolean, .fallback = "true",
     .description = "1: heartbeats over UDP; 0: over TCP. Must be the same in all files; the "
                    "controller warns if it is not and accepts both."},
    {.name = "dfsChunkNodeHeartBeatTimeout", .roles = roles::master, .type = integer, .unit = "s",
     .fallback = "8", .range = {1, 3600}, .inherited = true,
     .description = "A node without a heartbeat for this long is dead."},
    {.name = "datanodeRestartInterval", .roles = roles::controller, .type = integer, .unit = "s",
     .fallback = "0", .range = {0, 86400}, .effect = takes_effect::at_once,
     .description = "A node that is down for this long is started again; 0 never. Also starts all "
                    "nodes after the controller."},
    {.name = "datanodeRestartLevel", .roles = roles::controller, .type = choice,
     .fallback = "CRASH", .choices = "CRASH,OFFLINE",
     .description = "CRASH restarts nodes that were not stopped by an order; OFFLINE all of them."},
    {.name = "nodeStopTimeout", .roles = roles::controller | roles::agent, .type = integer,
     .unit = "s", .fallback = "60", .range = {1, 3600},
     .description = "A node that has not ended this long after SIGTERM is killed."},
    {.name = "dfsMetaDir", .roles = roles::master, .type = path, .fallback = "<HOME>/dfsMeta",
     .description = "Metadata of the controller: log, checkpoint and LMDB environment."},
    {.name = "dfsRecoveryWaitTime", .roles = roles::controller, .type = integer, .unit = "ms",
     .fallback = "0", .range = {0, 86400000},
     .description = "Chunks of a dead node get new replicas after this time; 0 never. Values from "
                    "1 to 59999 count as 60000."},
    {.name = "dfsRecoveryConcurrency", .roles = roles::controller, .type = integer,
     .fallback = "2 x number of data nodes", .range = {1, 1024},
     .description = "Recovery tasks at one time."},
    {.name = "dfsRebalanceConcurrency", .roles = roles::controller | roles::nodes,
     .type = integer, .fallback = "2 x number of data nodes", .range = {1, 1024},
     .description = "Rebalance tasks at one time."},
    {.name = "recoveryWorkers", .roles = roles::nodes, .type = integer, .fallback = "4",
     .range = {1, 64}, .description = "Chunks that a data node copies from others at one time."},
    {.name = "dfsSyncRecoveryChunkRowSize", .roles = roles::nodes, .type = integer,
     .unit = "rows", .fallback = "1000", .range = {0, 1000000000}, .planned = true,
     .description = "A recovery blocks writes once fewer rows than this are missing."},
    {.name = "enableDfsRecoverRedo", .roles = roles::nodes, .type = boolean, .fallback = "true",
     .planned = true, .description = "Writes of a recovery go through a redo log."},
    {.name = "recoverLogDir", .roles = roles::nodes, .type = path,
     .fallback = "<HOME>/<ALIAS>/log/recoverLog", .planned = true, .per_node = true,
     .description = "Directory of that log."},
    {.name = "newValuePartitionPolicy", .roles = roles::nodes, .type = choice,
     .fallback = "skip", .choices = "add,skip,fail", .effect = takes_effect::at_once,
     .description = "What happens to rows outside a VALUE scheme: add makes partitions for them, "
                    "skip drops them with a warning, fail refuses the write."},
    {.name = "allowMissingPartitions", .roles = roles::nodes, .type = boolean,
     .fallback = "true",
     .description = "false: rows outside any scheme make the write fail."},
    {.name = "enableChunkGranularityConfig", .roles = roles::nodes, .type = boolean,
     .fallback = "false", .planned = true,
     .description = "Unlocks the argument chunkGranularity of database(); its default stays "
                    "TABLE."},
    {.name = "dfsHAMode", .roles = roles::controller, .type = choice, .choices = "Raft",
     .planned = true, .description = "Raft: a group of controllers."},
    {.name = "raftElectionTick", .roles = roles::controller, .type = integer,
     .unit = "x 10 ms", .fallback = "800", .range = {400, 100000}, .planned = true,
     .description = "Time without a leader before an election."},
    {.name = "sites", .roles = roles::agent, .planned = true,
     .description = "All controllers of a raft group, seen from an agent."},
    {.name = "computeGroup", .roles = roles::computenode, .planned = true,
     .description = "Compute group of a compute node."},
};

std::span<const setting> cluster_settings() { return rows; }

} // namespace pelorus
