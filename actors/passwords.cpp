#include "actors/passwords.hpp"

#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <sodium.h>

namespace pelorus {

namespace {
// OWASP's minimum for Argon2id: 19 MiB, two passes.
constexpr auto passes = 2ULL;
constexpr size_t memory_bytes = 19 << 20;

void ready() {
  [[maybe_unused]] static const int once = sodium_init();
}

std::string hex(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

std::string unhex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  size_t size = 0;
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                     nullptr, &size, nullptr) != 0)
    return {};
  bytes.resize(size);
  return bytes;
}

std::string mac_of(std::string_view key, std::string_view text) {
  std::string mac(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return mac;
}
} // namespace

expected<std::string> hash_password(std::string_view password) {
  ready();
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), passes, memory_bytes) != 0)
    return error{ec::out_of_memory, "not enough memory to hash a password"};
  hash.resize(hash.find('\0'));
  return hash;
}

bool verify_password(std::string_view hash, std::string_view password) {
  ready();
  std::string text{hash};
  return crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
}

std::string quick_digest(std::string_view text) {
  static const auto key = make_ticket_key();
  return mac_of(key, text);
}

std::string make_ticket_key() {
  ready();
  std::string key(crypto_generichash_KEYBYTES, '\0');
  randombytes_buf(key.data(), key.size());
  return key;
}

std::string make_ticket(std::string_view key, std::string_view user, int64_t expires_s) {
  ready();
  auto signed_part = fmt::format("{}|{}", hex(user), expires_s);
  return fmt::format("{}|{}", signed_part, hex(mac_of(key, signed_part)));
}

expected<std::string> check_ticket_text(std::string_view key, std::string_view ticket, int64_t now_s) {
  ready();
  const error refused{ec::permission, "The ticket is invalid or has expired."};
  auto last = ticket.rfind('|'), first = ticket.find('|');
  if (last == std::string_view::npos || first == last) return refused;
  auto signed_part = ticket.substr(0, last), expiry = ticket.substr(first + 1, last - first - 1);
  auto mac = unhex(ticket.substr(last + 1)), wanted = mac_of(key, signed_part);
  if (mac.size() != wanted.size() || sodium_memcmp(mac.data(), wanted.data(), mac.size()) != 0) return refused;
  int64_t expires_s = 0;
  auto parsed = std::from_chars(expiry.data(), expiry.data() + expiry.size(), expires_s);
  if (parsed.ec != std::errc{} || expires_s < now_s) return refused;
  return unhex(ticket.substr(0, first));
}

} // namespace pelorus
