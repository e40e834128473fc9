// The SCRAM logins under way at the controller (or single node): challenges that wait for their proof.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/protocol.hpp"
#include "actors/scram.hpp"
#include "query/login_services.hpp"

namespace pelorus {

/// The key of the named blob that keeps a user's verifier, and the blob: the verifier, a line break, and the password
/// hash that it goes with. A verifier of another hash is an old one and counts for nothing.
std::string verifier_key(const std::string& user);
std::string verifier_blob(const scram_verifier& verifier, const std::string& password_hash);
/// ec::not_found when `blob` is none for this hash.
expected<scram_verifier> verifier_of(const std::string& blob, const std::string& password_hash);

/// Thread-safe. The verifiers are read from `metadata`, which may be absent while the node starts.
class login_challenges {
public:
  login_challenges(caf::actor_system& system, std::function<metadata_actor()> metadata)
      : system_(system), metadata_(std::move(metadata)) {}

  /// A name that does not exist is challenged like any other: only the proof will fail.
  expected<login_challenge> pose(const std::string& user, const std::string& client_nonce);
  expected<proven_login> check(const std::string& user, const std::string& nonce, const std::string& proof);

private:
  struct challenge {
    std::string user, auth_message;
    scram_verifier verifier;
    bool is_admin = false, decoy = false;
    std::chrono::steady_clock::time_point since;
  };
  struct holder {
    scram_verifier verifier;
    bool is_admin = false, decoy = false;
  };
  expected<holder> find(const std::string& user);
  void make_room(std::chrono::steady_clock::time_point now);

  caf::actor_system& system_;
  std::function<metadata_actor()> metadata_;
  std::mutex mutex_;
  std::map<std::string, challenge> open_;  // by nonce
};

} // namespace pelorus
