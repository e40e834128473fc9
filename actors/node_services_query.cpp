// The chunks' share of a query: this thread's own, and that of other nodes.
#include "actors/node_services.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <caf/scoped_actor.hpp>

#include "actors/ask.hpp"
#include "actors/errors.hpp"
#include "actors/query_coordinator.hpp"
#include "actors/task_runner.hpp"
#include "query/chunk_parameters.hpp"
#include "query/session.hpp"
#include "query/wire.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
constexpr auto cancel_poll = 50ms;      // how often a waiting job looks at its cancel flag
constexpr auto orders_deadline = 1s;    // for orders to leave before the own share begins
constexpr size_t tasks_per_node = 32;   // messages of one query that wait or are worked on at a node, at most

/// Damaged replicas only when there is nothing better: what is whole of them can be read, and the error names the rest.
std::vector<std::string> readable_nodes(const chunk_info& chunk) {
  std::vector<std::string> whole, damaged;
  for (auto& replica : chunk.replicas)
    if (replica.version == chunk.version) (replica.corrupted ? damaged : whole).push_back(replica.node);
  return whole.empty() ? damaged : whole;
}

/// Parameters that each chunk has of its own are not among them yet.
std::vector<placed_task> place_tasks(const chunk_plan& plan, const table_snapshot& snapshot,
                                     const std::vector<size_t>& chunks, const session& who) {
  std::vector<placed_task> tasks;
  auto info = encode_table(snapshot.table);
  for (size_t i = 0; i < chunks.size(); ++i) {
    auto& chunk = snapshot.chunks[chunks[i]];
    tasks.push_back({{plan.database, plan.table, plan.sql, plan.functions, who.user, info,
                      {{plan.parameters, encode_chunk(chunk), static_cast<uint32_t>(i)}}, who.cancel},
                     readable_nodes(chunk)});
  }
  return tasks;
}

/// For chunks whose tasks go to an actor.
void complete_parameters(const chunk_plan& plan, std::vector<placed_task>& tasks) {
  if (plan.of_chunk.empty()) return;
  for (auto& task : tasks) {
    auto& one = task.task.chunks.front();
    one.parameters = parameters_for(plan, one.index);
  }
}

expected<std::vector<chunk_result>> rows_of(const task_results& answers, const std::vector<size_t>& chunks) {
  std::vector<chunk_result> results;
  for (auto& [indices, answer] : answers) {
    auto all = answer.here;
    if (!all) {
      PELORUS_ASSIGN(auto decoded, decode(answer.table));
      if (!(all = decoded.as<table>())) return error{ec::corrupt, "A node answered something that is not a table."};
    }
    uint64_t from = 0;
    for (size_t k = 0; k < indices.size(); from += answer.rows[k++]) {
      if (answer.rows[k] > all->rows() - from) return error{ec::corrupt, "A node answered fewer rows than it says."};
      if (indices[k] != chunks_answer::not_wanted)
        results.push_back({chunks[indices[k]], value{indices.size() == 1 ? all : all->slice(from, answer.rows[k])}});
    }
  }
  return results;
}

} // namespace

/// By this thread, which would only wait, and the helpers that its job may still take. `again` gets the tasks that another
/// replica may do, or the own node once it has caught up.
expected<task_results> node_services::run_own(const chunk_plan& plan, std::vector<placed_task> tasks, std::vector<placed_task>& again,
                                              session& who) {
  auto files = config_.files ? config_.files() : nullptr;
  if (!files) {
    std::move(tasks.begin(), tasks.end(), std::back_inserter(again));
    return task_results{};
  }
  const chunk_plan::named_values none;
  std::vector<task_result> all(tasks.size());
  std::vector<expected<void>> outcomes(tasks.size());
  for_each_task(tasks.size(), [&](size_t i) {
    if (who.cancel->load(std::memory_order_relaxed)) return void(outcomes[i] = error{ec::cancelled, "The job was cancelled."});
    auto& own = plan.of_chunk.empty() ? none : plan.of_chunk[tasks[i].task.chunks.front().index];
    auto done = run_task_here(tasks[i].task, own, *files, this);
    if (done) all[i] = *std::move(done);
    else outcomes[i] = done.error();
  });
  task_results results;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (outcomes[i]) results.push_back({{tasks[i].task.chunks.front().index}, std::move(all[i])});
    else if (!worth_retrying(outcomes[i].error().code)) return outcomes[i].error();
    else again.push_back(std::move(tasks[i]));
  }
  return results;
}

/// Other nodes get their orders first, and work while this one does its own share.
expected<std::vector<chunk_result>> node_services::run_on_chunks(const chunk_plan& plan,
                                                                 const table_snapshot& snapshot,
                                                                 const std::vector<size_t>& chunks,
                                                                 session& who) {
  auto tasks = place_tasks(plan, snapshot, chunks, who);
  rank_replicas(tasks, config_.identity.alias);
  auto others = std::stable_partition(tasks.begin(), tasks.end(), [&](const placed_task& task) {
    return !task.nodes.empty() && task.nodes.front() == config_.identity.alias;
  });
  std::vector<placed_task> own{std::make_move_iterator(tasks.begin()), std::make_move_iterator(others)}, again;
  tasks.erase(tasks.begin(), others);
  complete_parameters(plan, tasks);
  asked_nodes asked;
  if (!tasks.empty()) asked = ask_nodes(std::move(tasks));
  if (asked && !own.empty()) asked.orders_are_out(system_);
  PELORUS_ASSIGN(auto results, run_own(plan, std::move(own), again, who));
  auto gather = [&](task_results more) { std::move(more.begin(), more.end(), std::back_inserter(results)); };
  if (asked) {
    PELORUS_ASSIGN(auto theirs, asked.wait(who));
    gather(std::move(theirs));
  }
  if (!again.empty()) {
    complete_parameters(plan, again);
    PELORUS_ASSIGN(auto late, ask_nodes(std::move(again)).wait(who));
    gather(std::move(late));
  }
  return rows_of(results, chunks);
}

asked_nodes node_services::ask_nodes(std::vector<placed_task> tasks) {
  // One for each worker there, who are as many as here, and one that waits: more would only be more to send and to join.
  auto workers = static_cast<size_t>(config_.configuration->get_int("workerNum"));
  auto at_once = std::min({tasks_per_node, workers + 1, size_t{thread_limit::here()}});
  return asked_nodes{system_, system_.spawn(query_coordinator, config_.peers, std::move(tasks), at_once)};
}

struct asked_nodes::waiting {
  waiting(caf::actor_system& system, query_coordinator_actor who)
      : self(system), coordinator(std::move(who)), answer(self->request(coordinator, caf::infinite, run_tasks{})) {}
  ~waiting() { self->send_exit(coordinator, caf::exit_reason::user_shutdown); }

  caf::scoped_actor self;
  query_coordinator_actor coordinator;
  decltype(self->request(coordinator, caf::infinite, run_tasks{})) answer;
};

asked_nodes::asked_nodes() = default;
asked_nodes::asked_nodes(caf::actor_system& system, query_coordinator_actor coordinator)
    : waiting_(std::make_unique<waiting>(system, std::move(coordinator))) {}
asked_nodes::asked_nodes(asked_nodes&&) noexcept = default;
asked_nodes& asked_nodes::operator=(asked_nodes&&) noexcept = default;
asked_nodes::~asked_nodes() = default;

void asked_nodes::orders_are_out(caf::actor_system& system) {
  (void)tell(system, waiting_->coordinator, tell_when_given{}, orders_deadline, "query");  // late orders are none the worse for it
  std::this_thread::yield();  // or the network thread waits for its turn on this processor while a chunk is worked on
}

expected<task_results> asked_nodes::wait(session& who) {
  expected<task_results> answer = error{ec::cancelled, "The job was cancelled."};
  // A job waits here; it wakes up now and then to see whether it was cancelled.
  auto& self = waiting_->self;
  while (!self->has_next_message() && !self->await_data(std::chrono::high_resolution_clock::now() + cancel_poll))
    if (who.cancel->load(std::memory_order_relaxed)) return answer;
  waiting_->answer.receive([&](task_results& x) { answer = std::move(x); },
                           [&](caf::error& err) { answer = from_caf(err, "query"); });
  return answer;
}

} // namespace pelorus
