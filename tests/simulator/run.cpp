#include "tests/simulator/run.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace pelorus::simulation {

namespace {

constexpr milliseconds work_limit{90'000};     // of the writers, with all their deadlines
constexpr milliseconds settle_limit{60'000};   // after the last fault, for everything to be decided and copied
constexpr milliseconds probe_limit{45'000};    // then every partition takes a write again
constexpr int leftover_patience = 3;
constexpr milliseconds leftover_time{10'000};  // for a node that starts to tell what it holds, and to hear of it

/// Waits until all is settled and writes to every partition; then nothing may be lost, doubled or half there.
void judge(cluster& x, writers& load, const ledger& book, std::string_view when, run_result& result) {
  auto healed = x.now();
  x.run_until(healed + settle_limit, [&] { return is_settled(x); });
  result.settling = std::max(result.settling, std::chrono::duration_cast<milliseconds>(x.now() - healed));
  if (!is_settled(x)) result.wrong.push_back(fmt::format("{}: not settled after {} s", when, settle_limit.count() / 1000));
  for (auto& each : x.processes())
    if (!each.runs) {
      result.wrong.push_back(fmt::format("{}: {} does not run", when, each.where.alias));
      return;
    }
  load.probe();
  x.run_until(x.now() + probe_limit, [&] { return load.probed(); });
  if (!load.probed()) result.wrong.push_back(fmt::format("{}: no write to all partitions succeeds within {} s", when, probe_limit.count() / 1000));
  x.run_until(x.now() + settle_limit, [&] { return is_settled(x); });
  if (std::any_of(x.processes().begin(), x.processes().end(), [](auto& each) { return !each.runs; })) {
    result.wrong.push_back(fmt::format("{}: a process ended by itself", when));
    return;
  }
  for (auto& sentence : book.check(x)) result.wrong.push_back(fmt::format("{}: {}", when, sentence));
}

/// A node that has started and told the controller what it holds has no file that nobody needs.
void look_for_leftovers(cluster& x, run_result& result) {
  x.power_cycle();
  x.pass(leftover_time);
  auto found = leftover_files(x);
  // A copy that came late leaves what it took the place of to the next look for garbage.
  for (int i = 0; i < leftover_patience && !found.unnamed.empty(); ++i) {
    x.pass(leftover_time);
    found = leftover_files(x);
  }
  result.quarantined = found.quarantined;
  for (auto& path : found.unnamed) result.wrong.push_back(fmt::format("{} is left over", path));
}

void break_rule(cluster& x, sabotage what) {
  if (what == sabotage::unsynced_log) x.disk().lie_about_syncs(controller_alias, controller_alias);
  for (auto& each : x.processes()) {
    if (!each.chunks) continue;
    if (what == sabotage::unsynced_segments) x.disk().lie_about_syncs(each.where.alias, "volume");
    if (what == sabotage::unsynced_redo) x.disk().lie_about_syncs(each.where.alias, "redo");
  }
  if (what == sabotage::hasty_rollback) x.net().take_errors_for_rollback();
}

} // namespace

std::optional<sabotage> parse_sabotage(std::string_view name) {
  if (name == "unsynced-log") return sabotage::unsynced_log;
  if (name == "unsynced-segments") return sabotage::unsynced_segments;
  if (name == "unsynced-redo") return sabotage::unsynced_redo;
  if (name == "hasty-rollback") return sabotage::hasty_rollback;
  return std::nullopt;
}

run_result run_schedule(caf::actor_system& system, const std::string& root, const run_order& order) {
  std::error_code ignored;
  std::filesystem::remove_all(root, ignored);
  std::filesystem::create_directories(root, ignored);
  run_result result;
  fault_plan faults{order.faults};
  faults.prints = order.prints;
  ledger book;
  cluster x{system, {root, order.faults.seed, order.data_nodes, order.replicas, order.shuffles, order.path}, faults};
  break_rule(x, order.broken);
  writers load{x, book, order.load};
  x.run_until(x.now() + work_limit, [&] { return load.done(); });
  result.messages = x.net().messages();
  result.steps = x.disk().steps();
  if (order.prints) fmt::print("-- all faults end\n");
  x.heal();
  judge(x, load, book, "after healing", result);
  if (order.prints) fmt::print("-- the power fails everywhere\n");
  x.power_cycle();
  judge(x, load, book, "after a power failure", result);
  for (auto& entry : book.entries()) {
    result.acknowledged += entry.answer == told::acknowledged;
    result.refused += entry.answer == told::refused;
    result.unknown += entry.answer == told::unknown;
  }
  if (result.wrong.empty()) look_for_leftovers(x, result);
  result.trace = faults.trace();
  result.faults = faults.by_kind();
  result.wrong.insert(result.wrong.end(), x.problems.begin(), x.problems.end());
  x.shut_down();
  return result;
}

} // namespace pelorus::simulation
