// A whole process of the cluster, of any role: boots, runs until it is told to end, ends in order.
#pragma once

namespace pelorus {

/// The command line of cfg/command_line.hpp. Answers the exit code.
int run_node(int argc, const char* const* argv);

} // namespace pelorus
