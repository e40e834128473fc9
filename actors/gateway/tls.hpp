// The certificate and key of a node's site port.
#pragma once

#include <string>

#include "cfg/error.hpp"

namespace pelorus {

struct certificate_files {
  std::string certificate, key;  ///< PEM files
};

/// `<directory>/server.crt` and `server.key`; a self-signed pair for `host` is made when they are absent. The key is
/// readable by its owner only.
expected<certificate_files> ensure_certificate(const std::string& directory, const std::string& host);

} // namespace pelorus
