#include "tests/simulator/run.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "storage/file.hpp"

namespace pelorus::simulation {

namespace {

constexpr milliseconds work_limit{90'000};     // of the writers, with all their deadlines
constexpr milliseconds settle_limit{60'000};   // after the last fault, for everything to be decided and copied
constexpr milliseconds probe_limit{45'000};    // then every partition takes a write again
constexpr milliseconds last_deaths{1'000};     // that were on their way when the faults ended: not in the middle of the probe
constexpr int leftover_patience = 3;
constexpr milliseconds leftover_time{10'000};  // for a node that starts to tell what it holds, and to hear of it

/// Waits until all is settled and writes to every partition; then nothing may be lost, doubled or half there.
void judge(cluster& x, writers& load, const ledger& book, std::string_view when, run_result& result) {
  auto healed = x.now();
  x.run_until(healed + last_deaths, [] { return false; });
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

/// A data node all of whose chunks are whole elsewhere too.
std::optional<std::string> pick_one_with_replicas(cluster& x) {
  std::vector<std::string> able;
  for (auto& each : x.processes())
    if (each.chunks) able.push_back(each.where.alias);
  x.of(controller_alias).metadata->state().for_each_chunk([&](const chunk_info& chunk) {
    bool whole = chunk.replicas.size() > 1 && std::none_of(chunk.replicas.begin(), chunk.replicas.end(), [](auto& r) { return r.corrupted; });
    for (auto& replica : chunk.replicas)
      if (!whole) std::erase(able, replica.node);
  });
  if (able.empty()) return std::nullopt;
  return able[x.random()() % able.size()];
}

/// Turns a bit of the redo log of a node that does not run; answers which.
std::optional<std::string> flip_in_redo_log(cluster& x, const std::string& alias) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (auto& entry : std::filesystem::directory_iterator{x.options().root + "/" + alias + "/redo", failed})
    if (entry.is_regular_file()) paths.push_back(entry.path().string());
  if (paths.empty()) return std::nullopt;
  std::sort(paths.begin(), paths.end());
  auto& path = paths[x.random()() % paths.size()];
  auto bytes = read_file(path);
  if (!bytes || bytes->empty()) return std::nullopt;
  auto used = std::max<size_t>(1, bytes->find_last_not_of('\0') + 1);
  auto bit = x.random()() % (used * 8);
  (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << bit % 8));
  std::ofstream{path, std::ios::binary} << *bytes;  // behind the back of the simulated disk
  return fmt::format("bit {} of {}", bit, std::filesystem::path{path}.filename().string());
}

/// When all is well a bit turns in the redo log of one node: it comes up and has from the others what it lost.
void damage_a_log(cluster& x, const ledger& book, fault_plan& faults, run_result& result) {
  auto victim = pick_one_with_replicas(x);
  if (!victim) return;
  x.kill(*victim);
  auto what = flip_in_redo_log(x, *victim);
  if (!what) return;
  faults.note_event("flips in the redo log:", *victim + ", " + *what);
  ++result.damaged_logs;
  x.run_until(x.now() + settle_limit, [&] { return is_settled(x); });
  auto when = fmt::format("after {} of {} flipped", *what, *victim);
  if (!is_settled(x)) {
    result.wrong.push_back(when + ": not settled");
    return;
  }
  for (auto& sentence : book.check(x)) result.wrong.push_back(fmt::format("{}: {}", when, sentence));
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
  if (result.wrong.empty() && order.replicas > 1 && order.path != write_path::files) damage_a_log(x, book, faults, result);
  result.trace = faults.trace();
  result.faults = faults.by_kind();
  result.wrong.insert(result.wrong.end(), x.problems.begin(), x.problems.end());
  x.shut_down();
  return result;
}

} // namespace pelorus::simulation
