#include "actors/base64.hpp"

#include <openssl/evp.h>

namespace pelorus {

namespace {
const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
} // namespace

std::string to_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto size = EVP_EncodeBlock(raw(out), raw(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

expected<std::string> from_base64(std::string_view text) {
  const error wrong{ec::bad_argument, "not a base64 text"};
  if (text.size() % 4 != 0) return wrong;
  if (text.empty()) return std::string{};
  std::string out(text.size() / 4 * 3, '\0');
  auto size = EVP_DecodeBlock(raw(out), raw(text), static_cast<int>(text.size()));
  if (size < 0) return wrong;
  size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

} // namespace pelorus
