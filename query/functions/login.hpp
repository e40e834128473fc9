// Logging a session in, for login() and for the `connect` request of API clients.
#pragma once

#include <string>

#include "cfg/error.hpp"
#include "query/session.hpp"

namespace pelorus {

/// Makes `user` the user of the session. `encrypted`: both texts are encrypted with the key of getDynamicPublicKey().
expected<void> log_in(session& who, std::string user, std::string password, bool encrypted);
void log_out(session& who);

} // namespace pelorus
