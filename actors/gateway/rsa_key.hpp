// The RSA key pair that SDKs encrypt user names and passwords with (protocol reference, 1.4).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

/// Lives as long as the process; the private key never leaves it. Thread-safe.
class rsa_key {
public:
  rsa_key();
  ~rsa_key();

  /// PEM SubjectPublicKeyInfo. Makes the key when first asked for.
  expected<std::string> public_pem();
  /// Decrypts the base64 (line breaks allowed) of a PKCS#1 v1.5 ciphertext.
  expected<std::string> decrypt(std::string_view base64);

private:
  struct key;
  expected<void> make();

  std::mutex mutex_;
  std::unique_ptr<key> key_;
};

} // namespace pelorus
