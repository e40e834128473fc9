// The one binary: a process of any role.
#include "actors/node.hpp"

int main(int argc, char** argv) { return pelorus::run_node(argc, argv); }
