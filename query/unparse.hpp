// From syntax trees back to script text.
#pragma once

#include <functional>
#include <string>

#include "query/syntax.hpp"

namespace pelorus {

/// Values to print in the place of names, for functions and metacode that captured variables; null: print the name.
using substitution = std::function<const value*(const name_node&)>;

/// Canonical text, which parses back to the same tree (with the same functions known). Infix and prefix calls become
/// `f(x, y)`. Throws script_error for constants that have no literal.
std::string unparse(const node& n, const substitution& substitute = {});
/// The same for people to read: a constant without a literal stands there as its form in brackets, as "[table]".
std::string readable(const node& n, const substitution& substitute = {});

/// The tree with all its parts as nested brackets, positions and slots aside: for tests and for comparing.
std::string tree_text(const node& n);

/// Are the trees equal, but for positions?
bool same_tree(const node& a, const node& b);

} // namespace pelorus
