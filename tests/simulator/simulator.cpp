// Runs schedules of the simulated cluster and says what came out.
//
//   simulator [--random N] [--singles] [--pairs N] [--seed S] [--replicas N] [--path PATH] [--sabotage RULE] [--trace CHOICE]
//             [--seconds N] [--seen FILE] [--traces FILE] [--backwards]
//
// --random N: N runs with random faults, seeds S, S+1, ... --singles: one small run again and again, each message and each
// disk step of it met by each kind of fault, one at a time. --pairs N: the same with two faults, N of all pairs evenly picked
// (0: all). --path files|logged-files|small-cache|large-cache: what data nodes do with rows; random runs draw it when it is not
// given. --trace seed:S or m<number>:<fault>,d<number>:<fault>: one run, printed message by message. --sabotage breaks a
// rule; then the verdict must be bad, and the exit status is 0 when it is. --seconds N: no run begins later. --seen FILE: the
// schedules whose traces stand in it are not counted as distinct again, new ones are added, so that many processes in turn
// count theirs together. --traces FILE: writes there what each run was and the sum of its trace, and --backwards takes the
// random seeds from the last to the first: a run must be the same whatever ran before it (tests/simulator/alone.sh).
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <unordered_set>

#include <malloc.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

#include "actors/message_types.hpp"
#include "cfg/log.hpp"
#include "storage/column_cache.hpp"
#include "tests/simulator/run.hpp"

namespace pelorus::simulation {

namespace {

struct options {
  uint64_t random = 0, pairs = 0, seed = 1;
  bool singles = false, all_pairs = false;
  int replicas = 2;
  sabotage broken = sabotage::none;
  std::optional<write_path> path;
  std::optional<fault_choice> trace;
  bool trace_random = false;
  std::optional<std::chrono::seconds> time;
  std::string seen, traces;
  bool backwards = false;
};

struct config : caf::actor_system_config {
  config() {
    pelorus::add_message_types(*this);
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// A run of random size with random faults, all of it drawn from the seed.
run_order random_order(uint64_t seed, int replicas, std::optional<write_path> path) {
  std::mt19937_64 random{seed};
  run_order order;
  order.faults.seed = seed;
  order.faults.random_faults = 1 + static_cast<int>(random() % 6);
  order.faults.message_rate = 0.01 + 0.01 * static_cast<double>(random() % 10);
  order.faults.step_rate = random() % 2 ? 0 : 0.002 + 0.002 * static_cast<double>(random() % 10);
  order.load.writers = 1 + static_cast<int>(random() % 3);
  order.load.entries = 2 + static_cast<int>(random() % 4);
  order.load.partitions = 1 + static_cast<int>(random() % 3);
  order.load.mixes = true;
  order.load.replaces = random() % 2;
  order.load.frame_bytes = random() % 2 ? 16 : 1 << 20;
  order.replicas = replicas;
  order.shuffles = true;
  order.path = path.value_or(write_paths[random() % write_paths.size()]);
  return order;
}

/// The run that single faults and pairs of them are tried on.
run_order small_order(int replicas, std::optional<write_path> path) {
  run_order order;
  order.path = path.value_or(write_path::files);
  order.faults.seed = 1;
  order.replicas = replicas;
  order.data_nodes = 2;
  return order;
}

/// In memory where there is such a file system: a run syncs a hundred times.
std::string scratch_root() {
  std::string memory = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  return fmt::format("{}/pelorus-simulator-{}", memory, ::getpid());
}

/// The schedules that were run, by their traces; with a file also those of the processes before.
class schedules {
public:
  explicit schedules(const std::string& path) {
    if (path.empty()) return;
    if (std::ifstream before{path}; before)
      for (uint64_t trace = 0; before >> std::hex >> trace;) known_.insert(trace);
    added_.open(path, std::ios::app);
    if (added_) return;
    fmt::print(stderr, "cannot write to {}\n", path);
    std::exit(2);
  }
  void add(uint64_t trace) {
    if (!known_.insert(trace).second) return;
    ++fresh_;
    if (added_.is_open()) added_ << fmt::format("{:016x}\n", trace);
  }
  void save() { added_.flush(); }
  uint64_t fresh() const { return fresh_; }  ///< in no process before
  size_t all() const { return known_.size(); }

private:
  std::unordered_set<uint64_t> known_;
  std::ofstream added_;
  uint64_t fresh_ = 0;
};

class tally {
public:
  explicit tally(const options& opts) : options_(opts), schedules_(opts.seen) {
    if (!opts.traces.empty()) traces_.open(opts.traces);
  }

  /// False when the time is over. Says how far it is, now and then: a run of hours that is ended has not been for nothing.
  bool goes_on(const std::function<std::string()>& next) {
    auto now = clock::now();
    if (runs_ != 0 && (runs_ - told_runs_ >= tell_runs || now - told_ >= tell_time)) {
      told_ = now;
      told_runs_ = runs_;
      fmt::print("so far {} schedules, {} distinct, {} failed, {:.0f} s; next: {}\n", runs_, schedules_.fresh(), failed_, seconds(now - begun_), next());
      save();
    }
    return !options_.time || now - begun_ < *options_.time;
  }

  /// Runs it and counts; says what is wrong with how to see it again.
  run_result run(const run_order& order) {
    auto result = run_schedule(system_, root_, order);
    ++runs_;
    schedules_.add(result.trace);
    if (traces_.is_open()) traces_ << fmt::format("{} {:016x}\n", to_string(order.faults), result.trace);
    for (auto& [kind, count] : result.faults) faults_[kind] += count;
    messages_ += result.messages;
    acknowledged_ += result.acknowledged;
    refused_ += result.refused;
    unknown_ += result.unknown;
    quarantined_ += result.quarantined;
    damaged_logs_ += result.damaged_logs;
    slowest_ = std::max(slowest_, result.settling);
    if (result.wrong.empty()) return result;
    if (++failed_ <= 5 && options_.broken == sabotage::none) {
      fmt::print("WRONG with {}{}\n", to_string(order.faults), order.shuffles ? "" : fmt::format(" (replicas {}, path {})", order.replicas, static_cast<int>(order.path)));
      for (auto& sentence : result.wrong) fmt::print("  {}\n", sentence);
      save();
    }
    return result;
  }

  int verdict() {
    auto took = seconds(clock::now() - begun_);
    fmt::print("{} schedules, {} distinct, {} failed, {:.1f} s ({:.2f} ms each)\n", runs_, schedules_.fresh(), failed_, took,
               runs_ ? took * 1000 / static_cast<double>(runs_) : 0);
    if (!options_.seen.empty()) fmt::print("with those of the runs before: {} distinct\n", schedules_.all());
    save();
    fmt::print("{} messages; transactions: {} acknowledged, {} refused, {} in doubt to their writer; slowest to settle: {} s; files set aside: {}; redo logs damaged: {}\n",
               messages_, acknowledged_, refused_, unknown_, slowest_.count() / 1000, quarantined_, damaged_logs_);
    for (auto& [kind, count] : faults_) fmt::print("  {:>8} x {}\n", count, kind);
    if (options_.broken == sabotage::none) return failed_ ? 1 : 0;
    fmt::print("the broken rule was {}noticed\n", failed_ ? "" : "NOT ");
    return failed_ ? 0 : 1;
  }

  ~tally() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

private:
  using clock = std::chrono::steady_clock;
  static constexpr uint64_t tell_runs = 1000;
  static constexpr std::chrono::seconds tell_time{10};
  static double seconds(clock::duration x) { return std::chrono::duration<double>(x).count(); }
  void save() {
    schedules_.save();
    std::fflush(stdout);
  }

  const options& options_;
  clock::time_point begun_ = clock::now(), told_ = begun_;
  uint64_t told_runs_ = 0;
  schedules schedules_;
  std::ofstream traces_;
  config config_;
  caf::actor_system system_{config_};
  std::string root_ = scratch_root();
  std::map<std::string, uint64_t> faults_;
  uint64_t runs_ = 0, failed_ = 0, messages_ = 0, acknowledged_ = 0, refused_ = 0, unknown_ = 0, quarantined_ = 0, damaged_logs_ = 0;
  milliseconds slowest_{};
};

/// All single faults of a run with so many messages and disk steps.
std::vector<fault_choice> single_faults(const run_result& base) {
  std::vector<fault_choice> all;
  for (uint64_t m = 0; m < base.messages; ++m)
    for (auto fault : message_faults) all.push_back({.messages = {{m, fault}}, .seed = 1});
  for (uint64_t d = 0; d < base.steps; ++d)
    for (auto fault : disk_faults) all.push_back({.steps = {{d, fault}}, .seed = 1});
  return all;
}

void run_singles(tally& into, const options& opts) {
  auto order = small_order(opts.replicas, opts.path);
  order.broken = opts.broken;
  auto base = into.run(order);
  for (auto& choice : single_faults(base)) {
    order.faults = choice;
    if (!into.goes_on([&] { return to_string(choice); })) return;
    into.run(order);
  }
}

void run_pairs(tally& into, const options& opts) {
  auto order = small_order(opts.replicas, opts.path);
  order.broken = opts.broken;
  auto singles = single_faults(into.run(order));
  uint64_t all = singles.size() * (singles.size() - 1) / 2, wanted = opts.all_pairs ? all : std::min(all, opts.pairs), number = 0;
  for (size_t a = 0; a < singles.size(); ++a)
    for (size_t b = a + 1; b < singles.size(); ++b, ++number) {
      if (number * wanted / all == (number + 1) * wanted / all) continue;
      order.faults = singles[a];
      order.faults.messages.insert(singles[b].messages.begin(), singles[b].messages.end());
      order.faults.steps.insert(singles[b].steps.begin(), singles[b].steps.end());
      if (!into.goes_on([&] { return to_string(order.faults); })) return;
      into.run(order);
    }
}

fault_choice parse_choice(std::string_view text) {
  fault_choice choice{.seed = 1};
  while (!text.empty()) {
    auto comma = text.find(',');
    auto part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    auto colon = part.find(':');
    auto number = std::strtoull(part.data() + 1, nullptr, 10), fault = std::strtoull(part.data() + colon + 1, nullptr, 10);
    if (part.starts_with("m")) choice.messages[number] = static_cast<message_fault>(fault);
    else choice.steps[number] = static_cast<disk_fault>(fault);
  }
  return choice;
}

std::optional<write_path> parse_path(std::string_view name) {
  constexpr std::array names{"files", "logged-files", "small-cache", "large-cache"};
  for (size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) return write_paths[i];
  return std::nullopt;
}

options parse(int argc, char** argv) {
  options x;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i], text = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--singles" || name == "--backwards") {
      (name == "--singles" ? x.singles : x.backwards) = true;
      continue;
    }
    ++i;
    if (name == "--random") x.random = std::stoull(text);
    else if (name == "--pairs") x.pairs = std::stoull(text), x.all_pairs = x.pairs == 0;
    else if (name == "--seed") x.seed = std::stoull(text);
    else if (name == "--replicas") x.replicas = std::stoi(text);
    else if (name == "--path" && parse_path(text)) x.path = parse_path(text);
    else if (name == "--seconds") x.time = std::chrono::seconds{std::stoull(text)};
    else if (name == "--seen") x.seen = text;
    else if (name == "--traces") x.traces = text;
    else if (name == "--sabotage" && parse_sabotage(text)) x.broken = *parse_sabotage(text);
    else if (name == "--trace" && text.starts_with("seed:")) x.trace_random = true, x.seed = std::stoull(text.substr(5));
    else if (name == "--trace") x.trace = parse_choice(text);
    else {
      fmt::print(stderr, "there is no option {} {}\n", name, text);
      std::exit(2);
    }
  }
  return x;
}

int run(const options& opts) {
  tally into{opts};
  if (opts.trace || opts.trace_random) {
    auto order = opts.trace_random ? random_order(opts.seed, opts.replicas, opts.path) : small_order(opts.replicas, opts.path);
    if (opts.trace) order.faults = *opts.trace;
    order.prints = true;
    order.broken = opts.broken;
    into.run(order);
  }
  if (opts.singles) run_singles(into, opts);
  if (opts.pairs || opts.all_pairs) run_pairs(into, opts);
  for (uint64_t i = 0; i < opts.random; ++i) {
    auto seed = opts.seed + (opts.backwards ? opts.random - 1 - i : i);
    if (!into.goes_on([&] { return fmt::format("seed {}", seed); })) break;
    auto order = random_order(seed, opts.replicas, opts.path);
    order.broken = opts.broken;
    into.run(order);
  }
  return into.verdict();
}

} // namespace

} // namespace pelorus::simulation

int main(int argc, char** argv) {
  using namespace pelorus;
  auto opts = simulation::parse(argc, argv);
  bool loud = opts.trace || opts.trace_random;
  if (auto opened = install_log({.file = loud ? "" : "/dev/null", .level = loud ? log_level::info : log_level::error}); !opened) return 2;
  column_cache::shared().set_limit(0);
  column_cache::indexes().set_limit(0);
  // LMDB asks for 2 MiB of zeros an environment: fresh pages are that already, used ones would be wiped. The log is shorter.
  mallopt(M_MMAP_THRESHOLD, 1536 << 10);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  return simulation::run(opts);
}
