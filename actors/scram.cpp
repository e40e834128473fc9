#include "actors/scram.hpp"

#include <charconv>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "actors/base64.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

namespace {
constexpr size_t salt_bytes = 16, nonce_bytes = 18;
constexpr size_t key_text = 44;  // base64 of SHA256_DIGEST_LENGTH bytes

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string random_text(size_t bytes) {
  std::string out(bytes, '\0');
  RAND_bytes(raw(out), static_cast<int>(bytes));
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(text), text.size(), raw(out), nullptr);
  return out;
}

std::string sha256(std::string_view text) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(raw(text), text.size(), raw(out));
  return out;
}
} // namespace

scram_verifier make_scram_verifier(std::string_view password, std::string salt, uint32_t iterations) {
  if (salt.empty()) salt = random_text(salt_bytes);
  std::string salted(SHA256_DIGEST_LENGTH, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(std::string_view{salt}),
                    static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                    static_cast<int>(salted.size()), raw(salted));
  return {std::move(salt), sha256(hmac(salted, "Client Key")), hmac(salted, "Server Key"), iterations};
}

std::string encode_verifier(const scram_verifier& x) {
  return std::to_string(x.iterations) + ' ' + to_base64(x.salt) + ' ' + to_base64(x.stored_key) + ' ' + to_base64(x.server_key);
}

expected<scram_verifier> decode_verifier(std::string_view text) {
  auto parts = strings::split(text, ' ');
  const error broken{ec::corrupt, "a SCRAM verifier is damaged"};
  if (parts.size() != 4 || parts[2].size() != key_text || parts[3].size() != key_text) return broken;
  scram_verifier out;
  std::string_view count = parts[0];
  auto parsed = std::from_chars(count.data(), count.data() + count.size(), out.iterations);
  auto salt = from_base64(parts[1]), stored = from_base64(parts[2]), server = from_base64(parts[3]);
  if (parsed.ec != std::errc{} || !salt || !stored || !server) return broken;
  out.salt = *std::move(salt);
  out.stored_key = *std::move(stored);
  out.server_key = *std::move(server);
  return out;
}

std::string combined_nonce(std::string_view client_nonce) {
  return std::string{client_nonce} + to_base64(random_text(nonce_bytes));
}

std::string scram_auth_message(std::string_view user, std::string_view client_nonce, std::string_view nonce,
                               std::string_view salt, uint32_t iterations) {
  std::string out = "n=";
  out.append(user).append(",r=").append(client_nonce).append(",r=").append(nonce).append(",s=").append(salt);
  out.append(",i=").append(std::to_string(iterations)).append(",c=biws,r=").append(nonce);
  return out;
}

bool proves(const scram_verifier& verifier, std::string_view auth_message, std::string_view proof) {
  auto sent = from_base64(proof);
  if (!sent || sent->size() != SHA256_DIGEST_LENGTH) return false;
  auto signature = hmac(verifier.stored_key, auth_message);
  std::string client_key(SHA256_DIGEST_LENGTH, '\0');
  for (size_t i = 0; i < client_key.size(); ++i) client_key[i] = static_cast<char>((*sent)[i] ^ signature[i]);
  auto stored = sha256(client_key);
  return CRYPTO_memcmp(stored.data(), verifier.stored_key.data(), stored.size()) == 0;
}

std::string server_signature(const scram_verifier& verifier, std::string_view auth_message) {
  return to_base64(hmac(verifier.server_key, auth_message));
}

} // namespace pelorus
