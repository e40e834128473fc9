// Users: logging in without sending the password, and who there is. What a node offers beyond query/services.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cfg/error.hpp"

namespace pelorus {

struct session;

/// What a SCRAM-SHA-256 login has to be answered with (actors/scram.hpp); `salt` is base64.
struct login_challenge {
  std::string salt, nonce;
  int32_t iterations = 0;
};
/// A user who has proven to know the password, and the server's own proof (base64).
struct proven_login {
  bool is_admin = false;
  std::string signature;
};

/// Nodes that take part in challenges implement this beside `services`. `who` is the session that logs in.
class login_services {
public:
  virtual ~login_services() = default;
  /// The first step; ec::not_supported when the user has to log in with the password once before.
  virtual expected<login_challenge> challenge(const std::string& user, const std::string& client_nonce, session& who) = 0;
  /// The second step, once for each challenge; ec::permission.
  virtual expected<proven_login> prove(const std::string& user, const std::string& nonce, const std::string& proof, session& who) = 0;
  /// All users of the cluster, sorted.
  virtual expected<std::vector<std::string>> user_names() = 0;
};

} // namespace pelorus
