// What a request of the API protocol does in its session. Internal to actors/gateway.
#pragma once

#include <string>
#include <string_view>

#include "actors/gateway/api_request.hpp"
#include "actors/gateway/client_session.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Runs the request with the interpreter. On a job thread that took the session. The error's message is complete: it
/// names the place in the script where the language knows one.
expected<value> execute(client_session& who, const api_request& request);

/// "connect", "script", ..: the type of the job.
std::string_view kind_of(const api_request& request);

/// Must it run although every worker is busy? The client says so, or it logs in, or it calls an urgent function.
bool is_urgent(const api_request& request);

/// A text without line breaks and NUL bytes: errors must be one line on the wire.
std::string one_line(std::string_view text);

} // namespace pelorus
