// Rules that tie several settings of one node together.
#pragma once

#include "cfg/diagnostic.hpp"
#include "cfg/settings.hpp"

namespace pelorus {

/// Checks sizes against maxMemSize, ports, and settings that need another one. With `node` the
/// errors stop that node only.
void check_settings(const settings& s, std::string_view node, diagnostics& findings);

/// Looks at the volumes on this machine's disks: missing ones with allowVolumeCreation=false are
/// errors, network file systems a warning. For the node's own process.
void check_volumes(const settings& s, diagnostics& findings);

} // namespace pelorus
