// What the paths of the site port answer over HTTP. Internal to actors/gateway.
#pragma once

#include "actors/gateway/gateway_core.hpp"
#include "actors/gateway/http_message.hpp"

namespace pelorus {

enum class http_work : uint8_t {
  immediate,  ///< answered on the io thread
  urgent,     ///< may block briefly: files, the node's status
  job,        ///< runs scripts
};

http_work work_of(const http_request& request);
http_response answer(gateway_core& core, const http_request& request, const peer_address& peer);

/// POST / or /api: a script or a function call as JSON (docs/json_api.md).
http_response answer_json(gateway_core& core, const http_request& request, const peer_address& peer);

} // namespace pelorus
