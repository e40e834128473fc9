// The one binary: a process of any role, or the shell that talks to one.
#include <string_view>

#include "actors/node.hpp"
#include "deploy/shell.hpp"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view{argv[1]} == "shell") return pelorus::run_shell(argc - 2, argv + 2);
  return pelorus::run_node(argc, argv);
}
