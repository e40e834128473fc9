// Who is in the cluster and who is alive: the rules, without an actor. The clock is passed in.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "cfg/cluster_nodes.hpp"
#include "cfg/error.hpp"
#include "cfg/site.hpp"

namespace pelorus {

struct membership_config {
  node_address self;                   ///< the controller, or the one node of single mode
  site controller;                     ///< its localSite
  uint64_t incarnation = 0;
  cluster_nodes nodes;                 ///< empty in single mode
  std::chrono::milliseconds timeout{8000};
  std::chrono::milliseconds stop_grace{60'000};  ///< an agent kills what has not ended by then
  bool lan_cluster = true;
  std::chrono::seconds restart_interval{0};  ///< 0: nodes are not started again by themselves
  bool restart_stopped = false;              ///< datanodeRestartLevel=OFFLINE
  registration_reply reply;                  ///< what a registered node is told
};

class membership_state {
public:
  using time_point = std::chrono::steady_clock::time_point;

  membership_state(membership_config config, time_point now);

  // -- messages of nodes ------------------------------------------------------------------------

  /// Takes a process in. ec::conflict while another process of that alias may still be alive; every other error is
  /// a mistake in a file and stays.
  expected<registration_reply> enter(const registration& who, time_point now);
  heartbeat_reply beat(const heartbeat& beat, time_point now);
  void ended(const process_ended& report, time_point now);
  /// The connection of a process broke. A hint, not a death: only that a newer process of the alias may come in now.
  void connection_lost(const std::string& alias, uint64_t incarnation);
  /// A newer cluster.nodes. New nodes are there at once, stopped; a node that runs stays in the list until it ends when
  /// it was removed, and keeps its address until its next start when that was changed.
  void change_nodes(cluster_nodes nodes, time_point now);
  void set_own_load(const load_report& load) { own_load_ = load; }

  /// Looks for silent nodes. Answers the nodes that datanodeRestartInterval wants started now.
  std::vector<std::string> tick(time_point now);

  // -- orders -----------------------------------------------------------------------------------

  struct order {
    node_address node;
    std::string agent;  ///< alias of the agent in charge
  };
  /// `name` is an alias or host:port. Fails when the node runs, or its agent is not alive.
  expected<order> order_start(const std::string& name, time_point now);
  /// The agent has started the process.
  void start_accepted(const std::string& alias);
  /// The agent did not: back to where it was before the order, unless an earlier order has succeeded.
  void start_failed(const std::string& alias, const std::string& why, time_point now);
  expected<order> order_stop(const std::string& name);
  void stop_failed(const std::string& alias, const std::string& why, time_point now);

  // -- answers ----------------------------------------------------------------------------------

  uint64_t view() const { return view_; }
  member_list list(time_point now) const;

private:
  struct member {
    node_address address;
    std::string agent_alias, version, note;
    node_state state = node_state::stopped;
    node_state before_start = node_state::stopped;
    bool launched = false;       ///< while starting: the agent has a process
    uint64_t incarnation = 0;
    int32_t pid = 0;             ///< of the incarnation
    std::optional<time_point> heard;
    time_point since;            ///< of the state
    time_point registered;
    bool ended = false;          ///< the agent saw its process end
    bool connected = false;
    bool by_order = false;       ///< stopped by an operator
    bool listed = true;          ///< in cluster.nodes; else it goes when its process has ended
    std::deque<time_point> attempts;  ///< automatic starts within the window
    load_report load;
  };

  void describe(member& m, const cluster_node& node) const;
  void move_to(member& m, node_state state, time_point now);
  void watch(member& m, time_point now);
  void drop_unlisted();
  bool wants_start(const member& m, time_point now) const;
  expected<member*> find(const std::string& name);
  expected<void> check(const registration& who, const member& m) const;
  expected<order> order_for(const member& m) const;
  bool agent_alive(const member& m) const;

  membership_config config_;
  std::map<std::string, member> members_;
  load_report own_load_;
  time_point started_, last_tick_;
  uint64_t view_ = 1;
};

} // namespace pelorus
