// node_services: the chunks' shares of a query, on this node and on others, within the threads that its job may take.
#include <algorithm>
#include <chrono>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/errors.hpp"
#include "actors/node_services.hpp"
#include "actors/task_runner.hpp"
#include "query/session.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto cancel_poll = 50ms;     // how often a waiting job looks at its cancel flag
constexpr size_t tasks_per_node = 32;  // of one query, waiting or running at a node
constexpr size_t tasks_without_coordinator = 4;

/// Damaged replicas only when there is nothing better: what is whole of them can be read, and the error names the rest.
std::vector<std::string> readable_nodes(const chunk_info& chunk) {
  std::vector<std::string> whole, damaged;
  for (auto& replica : chunk.replicas)
    if (replica.version == chunk.version) (replica.corrupted ? damaged : whole).push_back(replica.node);
  return whole.empty() ? damaged : whole;
}

std::vector<placed_task> place_tasks(const chunk_plan& plan, const table_snapshot& snapshot,
                                     const std::vector<size_t>& chunks, const session& who) {
  std::vector<placed_task> tasks;
  auto info = encode_table(snapshot.table);
  for (size_t i = 0; i < chunks.size(); ++i) {
    auto& chunk = snapshot.chunks[chunks[i]];
    tasks.push_back({{plan.database, plan.table, plan.sql, plan.functions, who.user, plan.parameters, info,
                      encode_chunk(chunk), snapshot.cid, static_cast<uint32_t>(i), who.cancel},
                     readable_nodes(chunk)});
  }
  return tasks;
}

expected<std::vector<chunk_result>> rows_of(expected<task_results> answer, const std::vector<size_t>& chunks) {
  if (!answer) return answer.error();
  std::vector<chunk_result> results;
  for (auto& result : *answer) {
    if (result.here) {
      results.push_back({chunks[result.index], value{std::move(result.here)}});
      continue;
    }
    PELORUS_ASSIGN(auto rows, decode(result.rows));
    results.push_back({chunks[result.index], std::move(rows)});
  }
  return results;
}

} // namespace

/// A few chunks that lie here need nobody who looks after other nodes: one is read by this thread, which would only wait,
/// and the others' tasks go to the own door at once.
expected<task_results> node_services::run_here(const std::vector<placed_task>& tasks, session& who) {
  PELORUS_ASSIGN(auto own, door(config_.identity.alias));
  auto target = caf::actor_cast<node_door>(own);
  caf::scoped_actor self{system_};
  std::vector<decltype(self->request(target, caf::infinite, tasks.front().task))> requests;
  auto send = [&](const placed_task& task) { requests.push_back(self->request(target, caf::infinite, task.task)); };
  std::for_each(tasks.begin() + 1, tasks.end(), send);
  task_results results;
  expected<void> failed;
  auto files = config_.files ? config_.files() : nullptr;
  auto mine = files ? run_task_here(tasks.front().task, *files, this) : error{ec::not_found, "the chunks are being opened"};
  if (mine) results.push_back(*std::move(mine));
  else if (mine.error().code == ec::not_found) send(tasks.front());  // the node may have to catch up first
  else failed = mine.error();
  for (auto& request : requests) {
    // The tasks see the cancel flag themselves; waiting for one that still queues ends here.
    while (!self->has_next_message() && !self->await_data(std::chrono::high_resolution_clock::now() + cancel_poll))
      if (who.cancel->load(std::memory_order_relaxed)) return error{ec::cancelled, "The job was cancelled."};
    request.receive([&](task_result& x) { results.push_back(std::move(x)); },
                    [&](caf::error& err) { if (failed) failed = from_caf(err, "query"); });
  }
  if (!failed) return failed.error();
  return results;
}

/// On this thread and the helpers that its job may still take, so that all work on the chunks counts for the job.
expected<task_results> node_services::run_within_limit(const std::vector<placed_task>& tasks, session& who) {
  auto files = config_.files ? config_.files() : nullptr;
  if (!files) return error{ec::not_found, "the chunks are being opened"};
  task_results results(tasks.size());
  std::vector<expected<void>> outcomes(tasks.size());
  for_each_task(tasks.size(), [&](size_t i) {
    if (who.cancel->load(std::memory_order_relaxed)) return void(outcomes[i] = error{ec::cancelled, "The job was cancelled."});
    auto done = run_task_here(tasks[i].task, *files, this);
    if (done) results[i] = *std::move(done);
    else outcomes[i] = done.error();
  });
  for (auto& outcome : outcomes) PELORUS_TRY(outcome);
  return results;
}

expected<std::vector<chunk_result>> node_services::run_on_chunks(const chunk_plan& plan,
                                                                 const table_snapshot& snapshot,
                                                                 const std::vector<size_t>& chunks,
                                                                 session& who) {
  auto tasks = place_tasks(plan, snapshot, chunks, who);
  rank_replicas(tasks, config_.identity.alias);
  auto threads = thread_limit::here();
  bool all_here = !tasks.empty() && std::all_of(tasks.begin(), tasks.end(), [&](const placed_task& task) {
    return !task.nodes.empty() && task.nodes.front() == config_.identity.alias;
  });
  bool few = tasks.size() <= std::min<size_t>(tasks_without_coordinator, threads);
  if (all_here && (few || threads < processors())) {
    auto done = threads < processors() ? run_within_limit(tasks, who) : run_here(tasks, who);
    if (done || !worth_retrying(done.error().code)) return rows_of(std::move(done), chunks);
  }
  return rows_of(coordinate(std::move(tasks), std::min<size_t>(tasks_per_node, threads), who), chunks);
}

expected<task_results> node_services::coordinate(std::vector<placed_task> tasks, size_t per_node, session& who) {
  auto coordinator = system_.spawn(query_coordinator, config_.peers, std::move(tasks), per_node);
  caf::scoped_actor self{system_};
  expected<task_results> answer = error{ec::cancelled, "The job was cancelled."};
  auto request = self->request(coordinator, caf::infinite, run_tasks{});
  // A job waits here; it wakes up now and then to see whether it was cancelled.
  while (!self->has_next_message() && !self->await_data(std::chrono::high_resolution_clock::now() + cancel_poll)) {
    if (!who.cancel->load(std::memory_order_relaxed)) continue;
    self->send_exit(coordinator, caf::exit_reason::user_shutdown);
    return answer.error();
  }
  request.receive([&](task_results& x) { answer = std::move(x); },
                  [&](caf::error& err) { answer = from_caf(err, "query"); });
  return answer;
}

} // namespace pelorus
