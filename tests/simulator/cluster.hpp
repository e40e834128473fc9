// A whole cluster in one thread: the real actors of a controller, of data nodes and of a node that only writes, on CAF's test
// scheduler with its virtual clock, a faulty network and a faulty disk. The same seed gives the same run.
//
// Not real are the membership (nodes are dead when the simulation says that they have been silent for long enough), the
// registrar, and the agent that starts a process again.
#pragma once

#include <array>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/protocol.hpp"
#include "storage/chunk_files.hpp"
#include "storage/metadata_store.hpp"
#include "tests/simulator/disk.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/network.hpp"

namespace pelorus::simulation {

inline constexpr auto controller_alias = "C", writer_alias = "P", database_path = "dfs://ledger", table_name = "entries";

/// What a data node does with rows that it stages: a file and a change of the catalog each; a file, and the rest through
/// the redo log; or all through the log, with files made of what is in memory soon or late.
enum class write_path : uint8_t { files, logged_files, small_cache, large_cache };
inline constexpr std::array write_paths{write_path::files, write_path::logged_files, write_path::small_cache, write_path::large_cache};

struct cluster_options {
  std::string root;       ///< an empty directory
  uint64_t seed = 0;
  int data_nodes = 3, replicas = 2;
  bool shuffles = false;  ///< any actor that has a message may be next, latencies vary; else first in, first out
  write_path path = write_path::files;
};

class cluster {
public:
  cluster(caf::actor_system& system, cluster_options options, fault_plan& faults);
  ~cluster();
  cluster(const cluster&) = delete;
  /// Ends everything; the destructor does it too.
  void shut_down();

  struct process {
    place where;
    bool runs = false;
    std::vector<caf::actor> actors;           ///< all of this start, the door first
    std::shared_ptr<chunk_files> chunks;      ///< data node
    std::shared_ptr<metadata_store> metadata; ///< controller
    caf::actor door, peers;
    caf::actor replicator, store, transactions;
    time_point died{}, hangs_until{}, hung{};
    bool dying = false, dies_when_idle = false;
  };

  /// Runs until this time; answers early when `done` says so, which is asked when nobody has anything to do.
  void run_until(time_point limit, const std::function<bool()>& done = nullptr);
  void pass(milliseconds time) { run_until(now() + time); }
  /// Does something later; nothing when the cluster is gone by then.
  void at(time_point when, std::function<void()> what) { events_.emplace(when, std::move(what)); }
  time_point now() const { return scheduler_.clock().now(); }

  void kill(const std::string& alias);
  /// The power of all processes fails at once, and comes back: only what was synced is left.
  void power_cycle();
  /// Starts what was killed. Errors: what kept it from starting.
  void start(const std::string& alias);
  /// All faults end: links are whole, processes run.
  void heal();

  process& of(const std::string& alias);
  std::vector<process>& processes() { return processes_; }
  /// Makes an actor a part of this process: it dies with it.
  caf::actor adopt(process& owner, caf::actor child);
  caf::actor_system& system() { return system_; }
  network& net() { return *net_; }
  faulty_disk& disk() { return *disk_; }
  std::mt19937_64& random() { return random_; }
  const cluster_options& options() const { return options_; }
  /// Called with each process that has started.
  std::function<void(process&)> on_start;
  /// What must not happen: a process that cannot open its files.
  std::vector<std::string> problems;

private:
  void make_tables();
  void start_controller(process& x);
  void start_data_node(process& x);
  expected<void> open_cache(process& x);
  void open_failed(process& x, const error& why);
  void register_node(const std::string& alias);
  caf::actor make_peers(process& x);
  caf::actor make_membership(process& x);
  member_list members() const;
  bool is_known_alive(const process& x) const;
  bool run_one();
  bool advance(time_point limit);
  void bury_the_dying();
  void bury(process& x);
  process* owner_of(caf::resumable* job);
  bool is_hanging(const process& x) const { return now() < x.hangs_until; }
  process* find(const place& where);
  std::string home_of(const process& x) const { return options_.root + "/" + x.where.alias; }

  caf::actor_system& system_;
  caf::scheduler::test_coordinator& scheduler_;
  cluster_options options_;
  fault_plan& faults_;
  std::mt19937_64 random_;
  std::unique_ptr<faulty_disk> disk_;
  std::unique_ptr<network> net_;
  std::vector<process> processes_;
  std::map<caf::actor_id, std::string> owners_;
  std::multimap<time_point, std::function<void()>> events_;
  uint64_t starts_ = 0;
};

} // namespace pelorus::simulation
