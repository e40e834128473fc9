// Settings of streaming.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr setting rows[] = {
    {.name = "maxPubConnections", .roles = roles::nodes, .type = integer, .fallback = "0",
     .range = {0, 65535}, .planned = true,
     .description = "Nodes that may subscribe to this one; 0: it publishes nothing."},
    {.name = "subExecutors", .roles = roles::nodes, .type = integer, .fallback = "1",
     .range = {0, 1024}, .planned = true,
     .description = "Threads that handle subscribed messages."},
    {.name = "persistenceDir", .roles = roles::nodes, .type = path, .planned = true,
     .absolute = true, .per_node = true,
     .description = "Directory of persisted stream tables."},
    {.name = "persistenceOffsetDir", .roles = roles::nodes, .type = path,
     .fallback = "persistenceDir", .planned = true, .absolute = true, .per_node = true,
     .description = "Directory of the offsets of subscriptions."},
    {.name = "persistenceWorkerNum", .roles = roles::nodes, .type = integer, .fallback = "0",
     .range = {0, 1024}, .planned = true,
     .description = "Threads that persist stream tables."},
    {.name = "maxPubQueueDepthPerSite", .roles = roles::nodes, .type = integer,
     .unit = "rows", .fallback = "10000000", .range = {1, 2147483647}, .planned = true,
     .description = "Rows that wait for one subscriber."},
    {.name = "maxSubConnections", .roles = roles::nodes, .type = integer, .fallback = "64",
     .range = {0, 65535}, .planned = true,
     .description = "Nodes that this one may subscribe to."},
    {.name = "maxSubQueueDepth", .roles = roles::nodes, .type = integer, .unit = "rows",
     .fallback = "10000000", .range = {1, 2147483647}, .planned = true,
     .description = "Rows that wait for a handler."},
    {.name = "subThrottle", .roles = roles::nodes, .type = integer, .unit = "ms",
     .fallback = "1000", .range = {1, 86400000}, .planned = true,
     .description = "Shortest time between two looks at incomplete batches."},
    {.name = "subExecutorPooling", .roles = roles::nodes, .type = boolean, .fallback = "false",
     .planned = true, .description = "Subscriptions share all handler threads."},
    {.name = "localSubscriberNum", .roles = roles::nodes, .type = integer, .fallback = "1",
     .range = {1, 1024}, .planned = true,
     .description = "Threads that serve subscriptions inside the node."},
    {.name = "subPort", .roles = roles::nodes, .type = integer, .fallback = "8000",
     .range = {0, 65535}, .planned = true,
     .description = "Port on which older versions received messages."},
    {.name = "streamingHAMode", .roles = roles::nodes, .type = choice, .choices = "raft",
     .planned = true, .description = "raft: stream tables with several replicas."},
    {.name = "streamingHADir", .roles = roles::nodes, .type = path, .planned = true,
     .per_node = true, .description = "Directory of their logs."},
    {.name = "streamingHALogDir", .roles = roles::nodes, .type = path, .planned = true,
     .per_node = true, .description = "An older name of that directory."},
    {.name = "streamingRaftGroups", .roles = roles::nodes, .planned = true,
     .description = "The raft groups of stream tables."},
};

std::span<const setting> stream_settings() { return rows; }

} // namespace pelorus
