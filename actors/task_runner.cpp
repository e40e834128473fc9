#include "actors/task_runner.hpp"

#include <algorithm>

#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "actors/guarded.hpp"
#include "actors/work_pool.hpp"
#include "query/chunk_task.hpp"
#include "query/interpreter.hpp"
#include "query/plan.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"

namespace pelorus {

namespace {

constexpr auto completion_deadline = std::chrono::seconds{60};
constexpr uint64_t answer_bytes = 1 << 20;  // larger answers leave while the next chunk is worked on

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

expected<table_ptr> run_one(const run_task& task, const task_chunk& one, const chunk_files& files, services* node,
                            const cancel_flag& cancelled, const chunk_plan::named_values& own = {}) {
  PELORUS_ASSIGN(auto info, decode_table(task.table_info));
  PELORUS_ASSIGN(auto chunk, decode_chunk(one.chunk));
  PELORUS_ASSIGN(auto reader, files.open_version(chunk.id, chunk.version, info.columns));
  auto who = session_for(task.user, false, node);
  chunk_plan plan{task.database, task.table, task.sql, one.parameters, task.functions, {own}};
  who.cancel = task.asker ? task.asker : cancelled;
  return run_chunk_task(plan, *reader, who, order_of(info));
}

/// Answers that are joined come apart again at the asker, so none of them may change another's types.
bool same_columns(const table& a, const table& b) {
  auto same = [](const column_ptr& x, const column_ptr& y) { return x->type() == y->type() && x->scale() == y->scale(); };
  return std::equal(a.columns().begin(), a.columns().end(), b.columns().begin(), b.columns().end(), same);
}

/// One chunk after the other until the answer is worth a message of its own or one fails; an error is only the first one's.
template <class RunOne>
expected<task_result> run_chunks(const run_task& task, RunOne&& one) {
  std::vector<table_ptr> parts;
  task_result answer;
  uint64_t size = 0;
  for (auto& chunk : task.chunks) {
    auto rows = one(chunk);
    if (!rows && parts.empty()) return rows.error();
    if (!rows || (!parts.empty() && !same_columns(**rows, *parts.front()))) break;
    answer.rows.push_back((*rows)->rows());
    size += (*rows)->bytes();
    parts.push_back(*std::move(rows));
    if (size >= answer_bytes) break;
  }
  if (parts.empty()) return error{ec::bad_argument, "A task without chunks."};
  auto all = join_parts(std::move(parts));
  if (task.asker) answer.here = std::move(all);
  else answer.table = encode(value{std::move(all)});
  return answer;
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
                                    chunk_store_actor store, services* node, std::shared_ptr<damage_reporter> damage) {
  auto run = [&system, files = std::move(files), store, node, damage](const run_task& task, const task_chunk& one, const cancel_flag& cancelled) {
    return guarded([&]() -> expected<table_ptr> {
      PELORUS_ASSIGN(auto chunk, decode_chunk(one.chunk));
      PELORUS_TRY(catch_up(system, *files, store, chunk));
      auto done = run_one(task, one, *files, node, cancelled);
      if (!done && damage_reporter::is_damage(done.error())) damage->report(chunk, done.error());
      return done;
    });
  };
  return work_pool<run_task, task_result>::spawn(system, workers, [run](const run_task& task, const cancel_flag& cancelled) {
    return guarded([&] { return run_chunks(task, [&](const task_chunk& one) { return run(task, one, cancelled); }); });
  });
}

expected<task_result> run_task_here(const run_task& task, const chunk_plan::named_values& own, const chunk_files& files, services* node) {
  return guarded([&] {
    return run_chunks(task, [&](const task_chunk& one) { return run_one(task, one, files, node, task.asker, own); });
  });
}

call_runner_actor spawn_call_runner(caf::actor_system& system, size_t workers, services* node) {
  return work_pool<remote_call, bytes>::spawn(system, workers, [node](const remote_call& call, const cancel_flag& cancelled) -> expected<bytes> {
    return guarded([&] { return run_call(call, node, cancelled); });
  });
}

} // namespace pelorus
