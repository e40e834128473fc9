// The pieces of a running process, and which children its doors have.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/door.hpp"
#include "actors/lifetime.hpp"
#include "actors/load.hpp"
#include "actors/peers.hpp"
#include "cfg/node_config.hpp"
#include "query/services.hpp"
#include "storage/chunk_files.hpp"
#include "storage/file.hpp"
#include "storage/metadata_store.hpp"

namespace pelorus {

/// Handles of children that others of the process keep; written when a child starts (again). Thread-safe.
class handle_table {
public:
  template <class Handle>
  caf::actor set(const std::string& name, const Handle& handle) {
    std::lock_guard guard{lock_};
    return handles_[name] = caf::actor_cast<caf::actor>(handle);
  }
  template <class Handle>
  Handle get(const std::string& name) const {
    std::lock_guard guard{lock_};
    auto found = handles_.find(name);
    return found == handles_.end() ? Handle{} : caf::actor_cast<Handle>(found->second);
  }
  /// Empties the table.
  std::map<std::string, caf::actor> take() {
    std::lock_guard guard{lock_};
    return std::exchange(handles_, {});
  }

private:
  mutable std::mutex lock_;
  std::map<std::string, caf::actor> handles_;
};

/// What every part of a process may use; lives as long as the process.
struct node_context {
  const node_config& config;
  lifetime& life;
  caf::actor_system& system;
  load_meter& meter;
  node_address self = {};          ///< with the actor port, 0 in single mode
  uint64_t incarnation = 0;        ///< of this start
  uint64_t cluster_id = 0;         ///< controller and single
  peers_handle peers = {};
  services* scripts = nullptr;     ///< what scripts see; set before the doors open
  std::vector<directory_lock> locks = {};          ///< directories that no other process may use
  std::shared_ptr<metadata_store> metadata = {};  ///< controller and single
  std::shared_ptr<chunk_files> chunks = {};       ///< data node and single
  handle_table handles = {};
  std::atomic<bool> registered{false};

  bool is_master() const {
    return config.role == node_role::controller || config.role == node_role::single;
  }
  bool stores_chunks() const {
    return config.role == node_role::datanode || config.role == node_role::single;
  }
  bool is_node() const {
    return config.role == node_role::datanode || config.role == node_role::computenode ||
           config.role == node_role::single;
  }
};

/// The doors of a process; two in single mode.
struct node_doors {
  caf::actor controller, agent, node;
  caf::actor main() const { return controller ? controller : agent ? agent : node; }
};

/// An actor that is never restarted: when it fails, the process ends.
void watch_for_life(node_context& node, const caf::actor& who, const std::string& name);

/// Locks and opens what the role keeps on disk: metadata, chunks.
expected<void> open_stores(node_context& node);

/// Starts the doors with their children and tells `peers` of them.
node_doors open_doors(node_context& node);

/// Starts what must wait until the door is published: the registrar.
void start_registrar(node_context& node, const node_doors& doors);

} // namespace pelorus
