// Who has not logged in may do little where enableClientAuth is set.
#pragma once

#include <cstdint>
#include <string_view>

#include "cfg/error.hpp"
#include "query/session.hpp"

namespace pelorus {

/// What a client asks of a session: a function by its bare name, or anything else (a script, a variable, an expression).
enum class asked : uint8_t { function, other };

/// Errors: ec::permission when the session is a guest's, enableClientAuth is set, and `text` is not one of the functions
/// by which clients find their way to a login.
expected<void> check_guest(const session& who, asked what, std::string_view text);

} // namespace pelorus
