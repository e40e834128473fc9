// SCRAM-SHA-256 (RFC 5802, 7677) as DolphinDB's SDKs speak it: who proves to know a password without sending it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

/// What a server keeps of a password to check proofs with. Keys and salt are raw bytes.
struct scram_verifier {
  std::string salt, stored_key, server_key;
  uint32_t iterations = 0;
};

/// PBKDF2 rounds of new verifiers; clients pay them at each connect (a Java client some 30 ms). RFC 7677 asks for 4096.
inline constexpr uint32_t scram_iterations = 16384;

/// Derives a verifier, for a fresh salt when none is given.
scram_verifier make_scram_verifier(std::string_view password, std::string salt = {}, uint32_t iterations = scram_iterations);

/// One line of text and back; ec::corrupt.
std::string encode_verifier(const scram_verifier& x);
expected<scram_verifier> decode_verifier(std::string_view text);

/// `client_nonce` with a fresh random part behind it.
std::string combined_nonce(std::string_view client_nonce);
/// What both sides sign. `salt` is base64.
std::string scram_auth_message(std::string_view user, std::string_view client_nonce, std::string_view nonce,
                               std::string_view salt, uint32_t iterations);
/// Whether the base64 `proof` over `auth_message` comes from someone who knows the password.
bool proves(const scram_verifier& verifier, std::string_view auth_message, std::string_view proof);
/// The base64 signature by which a client sees that the server knows the verifier.
std::string server_signature(const scram_verifier& verifier, std::string_view auth_message);

} // namespace pelorus
