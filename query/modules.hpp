// Script modules: `use a::b` loads <moduleDir>/a/b.dos, `#include "path"` runs a file in the session.
#pragma once

#include <string>
#include <string_view>

namespace pelorus {

struct session;

/// Loads the module unless the session has it, and makes its functions callable by their short names as well as by
/// `a::b::f`. A name that the session already gives to something else keeps its meaning. Throws script_error.
void use_module(const std::string& name, session& who);

/// Runs the script of a file in the session; a relative path starts at the home directory. Throws script_error.
void include_script(const std::string& path, session& who);

} // namespace pelorus
