#include "actors/task_runner.hpp"

#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "actors/guarded.hpp"
#include "actors/work_pool.hpp"
#include "query/chunk_task.hpp"
#include "query/interpreter.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

constexpr auto completion_deadline = std::chrono::seconds{60};

/// A commit that this node has staged but not been told about: the snapshot proves that it was decided.
expected<void> catch_up(caf::actor_system& system, const chunk_files& files, const chunk_store_actor& store,
                        const chunk_info& chunk) {
  auto held = files.catalog->find(chunk.id);
  if (held && held->at(chunk.version)) return {};
  if (chunk.tid == 0 || !files.catalog->is_staged(chunk.id, chunk.tid)) return {};
  caf::scoped_actor self{system};
  expected<void> done;
  self->request(store, completion_deadline, complete_write{chunk.tid, chunk.cid})
      .receive([] {}, [&](caf::error& err) { done = from_caf(err, "completing a write"); });
  return done;
}

session session_for(const std::string& user, bool is_admin, services* node) {
  session who;
  who.user = user;
  who.is_admin = is_admin;
  who.logged_in = user != "guest";
  who.node = node;
  return who;
}

expected<task_result> run_one(const run_task& task, const chunk_files& files, services* node,
                              const cancel_flag& cancelled) {
  PELORUS_ASSIGN(auto info, decode_table(task.table_info));
  PELORUS_ASSIGN(auto chunk, decode_chunk(task.chunk));
  PELORUS_ASSIGN(auto reader, files.open_version(chunk.id, chunk.version, info.columns));
  auto who = session_for(task.user, false, node);
  chunk_plan plan{task.database, task.table, task.sql, task.parameters, task.functions};
  who.cancel = task.asker ? task.asker : cancelled;
  PELORUS_ASSIGN(auto rows, run_chunk_task(plan, *reader, who, order_of(info)));
  if (task.asker) return task_result{task.index, {}, std::move(rows)};
  return task_result{task.index, encode(value{rows})};
}

expected<bytes> run_call(const remote_call& call, services* node, const cancel_flag& cancelled) {
  auto who = session_for(call.user, call.is_admin, node);
  who.cancel = cancelled;
  if (!call.definitions.empty()) PELORUS_TRY(run(call.definitions, who));
  PELORUS_ASSIGN(auto function, decode(call.function));
  PELORUS_ASSIGN(auto arguments, decode(call.arguments));
  auto& list = arguments.vec().items();
  if (!function.is_text()) return encode(call_context{who}.call(function, list));
  PELORUS_ASSIGN(auto answer, run_function(function.text(), list, who));
  return encode(answer);
}

} // namespace

task_runner_actor spawn_task_runner(caf::actor_system& system, size_t workers, std::shared_ptr<chunk_files> files,
                                    chunk_store_actor store, services* node) {
  return work_pool<run_task, task_result>::spawn(
      system, workers,
      [&system, files = std::move(files), store, node](const run_task& task,
                                                       const cancel_flag& cancelled) -> expected<task_result> {
        return guarded([&]() -> expected<task_result> {
          PELORUS_ASSIGN(auto chunk, decode_chunk(task.chunk));
          PELORUS_TRY(catch_up(system, *files, store, chunk));
          return run_one(task, *files, node, cancelled);
        });
      });
}

expected<task_result> run_task_here(const run_task& task, const chunk_files& files, services* node) {
  return guarded([&] { return run_one(task, files, node, task.asker); });
}

call_runner_actor spawn_call_runner(caf::actor_system& system, size_t workers, services* node) {
  return work_pool<remote_call, bytes>::spawn(system, workers, [node](const remote_call& call, const cancel_flag& cancelled) -> expected<bytes> {
    return guarded([&] { return run_call(call, node, cancelled); });
  });
}

} // namespace pelorus
