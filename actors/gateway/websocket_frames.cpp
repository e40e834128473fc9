#include "actors/gateway/websocket_frames.hpp"

#include <cstring>
#include <utility>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace pelorus::websocket {

std::string accept_key(std::string_view key) {
  auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char out[32];
  auto size = EVP_EncodeBlock(out, digest, sizeof digest);
  return {reinterpret_cast<char*>(out), static_cast<size_t>(size)};
}

std::string frame_head(opcode code, uint64_t size, bool last) {
  std::string out;
  out.push_back(static_cast<char>((last ? 0x80 : 0) | static_cast<uint8_t>(code)));
  unsigned bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  out.push_back(static_cast<char>(bytes == 0 ? size : bytes == 2 ? 126 : 127));
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<char>(size >> (8 * i)));
  return out;
}

std::string control_frame(opcode code, std::string_view payload) {
  payload = payload.substr(0, 125);
  return frame_head(code, payload.size(), true).append(payload);
}

std::string close_frame(uint16_t status, std::string_view reason) {
  std::string payload{static_cast<char>(status >> 8), static_cast<char>(status)};
  payload += reason.substr(0, 120);
  return control_frame(opcode::close, payload);
}

char* frame_parser::prepare(size_t size) {
  if (at_ == buffer_.size()) buffer_.clear(), at_ = 0;
  else if (at_ > (1u << 20)) buffer_.erase(0, at_), at_ = 0;
  filled_ = buffer_.size();
  reading_ = true;
  buffer_.resize(filled_ + size);
  return buffer_.data() + filled_;
}

expected<std::optional<frame_parser::head>> frame_parser::read_head() const {
  using result = expected<std::optional<head>>;
  auto in = std::string_view{buffer_}.substr(at_);
  auto byte = [&](size_t i) { return static_cast<uint8_t>(in[i]); };
  if (in.size() < 2) return result{std::nullopt};
  head h;
  h.code = static_cast<opcode>(byte(0) & 0x0f);
  h.last = (byte(0) & 0x80) != 0;
  if ((byte(0) & 0x70) != 0) return error{ec::parse_failed, "WebSocket frame with reserved bits"};
  if ((byte(1) & 0x80) == 0) return error{ec::parse_failed, "WebSocket frame of a client is not masked"};
  h.size = byte(1) & 0x7f;
  size_t extra = h.size == 126 ? 2 : h.size == 127 ? 8 : 0;
  h.bytes = 2 + extra + 4;
  if (in.size() < h.bytes) return result{std::nullopt};
  if (extra != 0) h.size = 0;
  for (size_t i = 0; i < extra; ++i) h.size = h.size << 8 | byte(2 + i);
  std::memcpy(h.mask, in.data() + 2 + extra, 4);
  PELORUS_TRY(check(h));
  return result{h};
}

expected<void> frame_parser::check(const head& h) const {
  switch (h.code) {
    case opcode::close: case opcode::ping: case opcode::pong:
      if (h.size > 125 || !h.last) return error{ec::parse_failed, "WebSocket control frame is too long or cut"};
      return {};
    case opcode::continuation:
      if (!fragmented_) return error{ec::parse_failed, "WebSocket continuation without a beginning"};
      break;
    case opcode::text: case opcode::binary:
      if (fragmented_) return error{ec::parse_failed, "WebSocket message begins inside another one"};
      break;
    default: return error{ec::parse_failed, "WebSocket frame of an unknown kind"};
  }
  if (h.size > limit_ || partial_.payload.size() + h.size > limit_)
    return error{ec::limit_exceeded, "WebSocket message is longer than " + std::to_string(limit_) + " bytes"};
  return {};
}

void frame_parser::unmask(const head& h, std::string& to) {
  auto from = buffer_.data() + at_ + h.bytes;
  auto begin = to.size();
  to.resize(begin + h.size);
  auto out = to.data() + begin;
  uint32_t once;
  std::memcpy(&once, h.mask, 4);
  auto mask = uint64_t{once} << 32 | once;
  size_t i = 0;
  for (; i + 8 <= h.size; i += 8) {
    uint64_t word;
    std::memcpy(&word, from + i, 8);
    word ^= mask;
    std::memcpy(out + i, &word, 8);
  }
  for (; i < h.size; ++i) out[i] = static_cast<char>(from[i] ^ static_cast<char>(h.mask[i % 4]));
}

expected<std::optional<message>> frame_parser::next() {
  using result = expected<std::optional<message>>;
  while (true) {
    PELORUS_ASSIGN(auto h, read_head());
    if (!h || buffer_.size() - at_ - h->bytes < h->size) return result{std::nullopt};
    bool control = static_cast<uint8_t>(h->code) >= 8;
    message one;
    auto& into = control ? one : partial_;
    unmask(*h, into.payload);
    at_ += h->bytes + h->size;
    if (h->code != opcode::continuation) into.code = h->code;
    if (!control) fragmented_ = !h->last;
    if (!control && !h->last) continue;
    if (!control) one = std::exchange(partial_, {});
    return result{std::move(one)};
  }
}

} // namespace pelorus::websocket
