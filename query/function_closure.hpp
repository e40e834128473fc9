// Which of a session's functions a call at another node needs.
#pragma once

#include <span>
#include <string>

#include "query/session.hpp"

namespace pelorus {

/// The session's own functions that the functions in `roots` (also those inside tuples) may call, directly or through
/// each other: their definitions as script text, in the order in which they were made. Empty when there are none.
/// Throws script_error for a function that captured an object without a literal.
std::string needed_definitions(session& who, std::span<const value> roots);

/// A session under the same user that knows only those functions; for a thread beside the one that runs `who`.
session sender_session(session& who, std::span<const value> roots);

} // namespace pelorus
