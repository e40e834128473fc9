// The files of a cluster, as scripts read and change them: controller.cfg, cluster.cfg, cluster.nodes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "cfg/error.hpp"
#include "cfg/settings.hpp"
#include "cfg/site.hpp"

namespace pelorus {

struct cluster_files {
  std::string controller_cfg, cluster_cfg, cluster_nodes;  ///< paths; empty: started without it
  site controller;
  settings own;  ///< of the controller, which nodes inherit from
  std::function<void(const nodes_changed&)> nodes_saved = {};  ///< called after cluster.nodes was changed
};

/// The lines of a text that say something, comments left out. Pure.
std::vector<std::string> config_lines(const std::string& text);

/// The old text with its settings replaced: comments stay where they are, a line for the same key takes the place of
/// the old one, new keys come last. Pure.
std::string merge_lines(const std::string& old_text, const std::vector<std::string>& lines);

/// Checked, then written as a whole; the file before it is kept as <file>.bak.
expected<void> save_cluster_file(const cluster_files& files, const save_config& change);
expected<std::vector<std::string>> load_cluster_file(const cluster_files& files, const std::string& which);

/// What a node is to be started with, as lines key=value: the files are read as they are now.
expected<std::vector<std::string>> settings_of_node(const cluster_files& files, const std::string& alias);

/// Reads and writes in a thread of its own.
config_actor spawn_cluster_files(caf::actor_system& system, cluster_files files);

/// The number that tells this cluster from others; made at the first start and kept in `directory`.
expected<uint64_t> cluster_id_in(const std::string& directory);

} // namespace pelorus
