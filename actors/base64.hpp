// Base64 (RFC 4648, padded) by OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

std::string to_base64(std::string_view bytes);
/// ec::bad_argument when `text` is not base64, without line breaks.
expected<std::string> from_base64(std::string_view text);

} // namespace pelorus
