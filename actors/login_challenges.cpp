#include "actors/login_challenges.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/ask.hpp"
#include "actors/base64.hpp"
#include "actors/passwords.hpp"

namespace pelorus {

namespace {
using namespace std::chrono_literals;
constexpr auto metadata_deadline = 30s;
constexpr auto lifetime = 60s;
constexpr size_t challenges_max = 10'000, client_nonce_bytes_max = 256, decoy_salt_bytes = 16;

error refused() { return {ec::permission, "The user name or password is incorrect."}; }

/// The same salt each time that a name which does not exist is asked for; other ones after a restart.
scram_verifier decoy_of(const std::string& user) {
  scram_verifier out;
  out.salt = quick_digest("salt of " + user).substr(0, decoy_salt_bytes);
  out.stored_key = out.server_key = quick_digest("keys of " + user);
  out.iterations = scram_iterations;
  return out;
}
} // namespace

std::string verifier_key(const std::string& user) { return "scram:" + user; }

std::string verifier_blob(const scram_verifier& verifier, const std::string& password_hash) {
  return encode_verifier(verifier) + '\n' + password_hash;
}

expected<scram_verifier> verifier_of(const std::string& blob, const std::string& password_hash) {
  auto line = blob.find('\n');
  if (line == std::string::npos || std::string_view{blob}.substr(line + 1) != password_hash)
    return error{ec::not_found, "there is no SCRAM verifier for this password"};
  return decode_verifier(std::string_view{blob}.substr(0, line));
}

expected<login_challenges::holder> login_challenges::find(const std::string& name) {
  auto metadata = metadata_();
  if (!metadata) return error{ec::unavailable, "the node is starting"};
  auto user = ask<user_record>(system_, metadata, get_user{name}, metadata_deadline, "metadata");
  if (!user && user.error().code == ec::not_found) return holder{decoy_of(name), false, true};
  if (!user) return user.error();
  PELORUS_ASSIGN(auto blob, ask<bytes>(system_, metadata, get_blob{verifier_key(name)}, metadata_deadline, "metadata"));
  auto verifier = verifier_of(blob, user->password_hash);
  // SDKs look for these words, and log in another way.
  if (!verifier && verifier.error().code == ec::not_found)
    return error{ec::not_supported, fmt::format("user '{}' with sha256 authMode doesn't support scram authMode", name)};
  if (!verifier) return verifier.error();
  return holder{*std::move(verifier), user->is_admin, false};
}

expected<login_challenge> login_challenges::pose(const std::string& user, const std::string& client_nonce) {
  bool printable = std::all_of(client_nonce.begin(), client_nonce.end(), [](char c) { return c > ' ' && c < 127 && c != ','; });
  if (client_nonce.empty() || client_nonce.size() > client_nonce_bytes_max || !printable)
    return error{ec::bad_argument, "scramClientFirst: the nonce must be 1 to 256 printable characters without a comma"};
  PELORUS_ASSIGN(auto found, find(user));
  login_challenge out{to_base64(found.verifier.salt), combined_nonce(client_nonce), static_cast<int32_t>(found.verifier.iterations)};
  challenge one;
  one.user = user;
  one.auth_message = scram_auth_message(user, client_nonce, out.nonce, out.salt, found.verifier.iterations);
  one.verifier = std::move(found.verifier);
  one.is_admin = found.is_admin;
  one.decoy = found.decoy;
  one.since = std::chrono::steady_clock::now();
  std::lock_guard lock{mutex_};
  make_room(one.since);
  open_[out.nonce] = std::move(one);
  return out;
}

expected<proven_login> login_challenges::check(const std::string& user, const std::string& nonce, const std::string& proof) {
  challenge one;
  {
    std::lock_guard lock{mutex_};
    auto found = open_.find(nonce);
    if (found == open_.end()) return refused();
    one = std::move(found->second);
    open_.erase(found);  // whatever comes of it: a nonce serves once
  }
  bool late = std::chrono::steady_clock::now() - one.since > lifetime;
  bool holds = proves(one.verifier, one.auth_message, proof);
  if (late || one.decoy || one.user != user || !holds) return refused();
  return proven_login{one.is_admin, server_signature(one.verifier, one.auth_message)};
}

void login_challenges::make_room(std::chrono::steady_clock::time_point now) {
  if (open_.size() < challenges_max) return;
  std::erase_if(open_, [now](auto& one) { return now - one.second.since > lifetime; });
  if (open_.size() >= challenges_max) open_.erase(open_.begin());
}

} // namespace pelorus
