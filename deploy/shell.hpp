// The remote actor shell: a console for any node of a cluster over its site port.
#pragma once

namespace pelorus {

/// `pelorus shell HOST:PORT [-u USER] [-p PASSWORD] [-e SCRIPT | FILE]`; argv[0] is the first argument behind "shell".
/// Answers the exit code: 0, 1 when a script of -e, FILE or a pipe failed, 2 for wrong arguments or no connection.
int run_shell(int argc, char** argv);

} // namespace pelorus
