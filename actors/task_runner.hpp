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

/// One task in the thread of the caller, who waits for it anyway. Errors: as the actor's; `not_found` also for a version
/// that is decided but not yet known here, which the actor would catch up with. `own`: what its chunk has of parameters that
/// are not among the task's.
expected<task_result> run_task_here(const run_task& task, const chunk_plan::named_values& own, const chunk_files& files, services* node);

call_runner_actor spawn_call_runner(caf::actor_system& system, size_t workers, services* node);

} // namespace pelorus
