// WebSocket (RFC 6455) without the socket: the handshake's answer and frames in both directions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus::websocket {

enum class opcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The Sec-WebSocket-Accept of a Sec-WebSocket-Key.
std::string accept_key(std::string_view key);

/// The head of a server's frame of `size` bytes (never masked).
std::string frame_head(opcode code, uint64_t size, bool last);
/// A whole control frame.
std::string control_frame(opcode code, std::string_view payload);
std::string close_frame(uint16_t status, std::string_view reason);

struct message {
  opcode code = opcode::binary;  ///< text, binary, or a control frame
  std::string payload;
};

/// Puts a client's frames together to messages. Control frames come out between the parts of a message.
class frame_parser {
public:
  explicit frame_parser(uint64_t limit) : limit_(limit) {}
  void set_limit(uint64_t bytes) { limit_ = bytes; }

  char* prepare(size_t size);
  void commit(size_t size) {
    buffer_.resize(filled_ + size);
    reading_ = false;
  }
  void feed(std::string_view bytes) { buffer_.append(bytes); }

  /// The next message, nothing when it is not complete; an error ends the connection (its code tells the status).
  expected<std::optional<message>> next();
  /// True between messages, also while room waits to be filled.
  bool idle() const { return at_ == (reading_ ? filled_ : buffer_.size()) && !fragmented_; }

private:
  struct head {
    opcode code = opcode::binary;
    bool last = true;
    uint64_t size = 0;
    size_t bytes = 0;  // of the head itself
    uint8_t mask[4] = {};
  };
  expected<std::optional<head>> read_head() const;
  expected<void> check(const head& h) const;
  void unmask(const head& h, std::string& to);

  std::string buffer_;
  size_t at_ = 0, filled_ = 0;
  uint64_t limit_;
  bool fragmented_ = false, reading_ = false;
  message partial_;
};

} // namespace pelorus::websocket
