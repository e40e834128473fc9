// Runs chunks' shares of queries, and script calls from other nodes, on workers of their own.
#pragma once

#include <memory>

#include "actors/damage_report.hpp"
#include "actors/protocol.hpp"
#include "query/services.hpp"
#include "storage/chunk_files.hpp"

namespace pelorus {

/// `workers` chunks are read at the same time; what is damaged goes to `damage`.
task_runner_actor spawn_task_runner(caf::actor_system& system, size_t workers, std::shared_ptr<chunk_files> files,
                                    chunk_store_actor store, services* node, std::shared_ptr<damage_reporter> damage);

call_runner_actor spawn_call_runner(caf::actor_system& system, size_t workers, services* node);

} // namespace pelorus
