// Throws damaged bytes at everything that reads a client's bytes: the decoder and the scanner of the wire codec, the
// request parser and the WebSocket frames. Meant for ASan and UBSan builds; also a libFuzzer target.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "actors/gateway/api_request.hpp"
#include "actors/gateway/websocket_frames.hpp"
#include "query/wire.hpp"
#include "tests/query/wire_values.hpp"

using namespace pelorus;

namespace {
void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Decoder and scanner agree on where the object ends, and what was decoded can be encoded and decoded again.
void decode_once(std::string_view bytes, bool little_endian) {
  size_t used = 0;
  auto x = decode(bytes, &used, {.little_endian = little_endian});
  wire_scanner scanner{1, {.little_endian = little_endian}};
  auto done = scanner.scan(bytes);
  if (!x) return;
  check(done && *done, "the scanner finds the end of what can be decoded");
  check(scanner.consumed() == used, "scanner and decoder agree on the length");
  auto again = encode(*x);
  auto back = decode(again);
  check(bool(back), "what was encoded can be decoded");
  check(encode(*back) == again, "encoding is stable");
}

void parse_requests(std::string_view bytes) {
  api_parser parser;
  size_t at = 0;
  while (at < bytes.size()) {
    auto part = bytes.substr(at, 1 + (at * 7919) % 97);
    parser.feed(part);
    at += part.size();
    while (true) {
      auto next = parser.next({1 << 16, 1 << 20});
      if (!next) return;
      if (!*next) break;
    }
  }
}

void parse_frames(std::string_view bytes) {
  websocket::frame_parser parser{1 << 20};
  parser.feed(bytes);
  while (true) {
    auto next = parser.next();
    if (!next || !*next) return;
  }
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 8) {
    case 0: parse_requests(bytes); break;
    case 1: parse_frames(bytes); break;
    case 2: decode_once(bytes, false); break;
    default: decode_once(bytes, true); break;
  }
  return 0;
}

#ifndef PELORUS_LIBFUZZER
namespace {
/// A valid input of some kind, its first byte naming the kind.
std::string sample(std::mt19937& dice) {
  testing::random_values values{static_cast<uint32_t>(dice())};
  auto object = dice() % 4 == 0 ? value{values.big_table(dice() % 300)} : values.any_value(3);
  auto packed = static_cast<wire_compression>(dice() % 4);
  auto wire = encode(object, {packed});
  switch (dice() % 8) {
    case 0: return std::string(1, 0) + "API2 0 14 / 0_1_4_64\nfunction\nf\n1\n1" + wire + "API 7 8\nscript\n1";
    case 1: {
      auto frame = websocket::frame_head(websocket::opcode::binary, wire.size(), dice() % 2 == 0);
      frame[1] = static_cast<char>(frame[1] | 0x80);
      return std::string(1, 1) + frame + "mask" + wire;
    }
    case 2: return std::string(1, 2) + wire;
    default: return std::string(1, 3) + wire;
  }
}

void damage(std::string& bytes, std::mt19937& dice) {
  static constexpr unsigned char odd[] = {0, 1, 2, 4, 5, 6, 17, 18, 20, 25, 26, 32, 37, 64, 69, 101, 127, 128, 145, 254, 255};
  for (auto n = 1 + dice() % 6; n > 0 && bytes.size() > 1; --n) {
    auto at = 1 + dice() % (bytes.size() - 1);
    switch (dice() % 5) {
      case 0: bytes[at] = static_cast<char>(dice()); break;
      case 1: bytes[at] = static_cast<char>(odd[dice() % sizeof odd]); break;
      case 2: bytes.erase(at, 1 + dice() % 8); break;
      case 3: bytes.insert(at, bytes.substr(1 + dice() % (bytes.size() - 1), dice() % 32)); break;
      default: bytes.resize(at); break;
    }
  }
}
} // namespace

int main(int argc, char** argv) {
  auto seconds = argc > 1 ? std::atoi(argv[1]) : 10;
  auto seed = argc > 2 ? static_cast<uint32_t>(std::atoll(argv[2])) : std::random_device{}();
  std::printf("seed %u, %d s\n", seed, seconds);
  std::mt19937 dice{seed};
  uint64_t runs = 0;
  for (auto end = std::chrono::steady_clock::now() + std::chrono::seconds{seconds}; std::chrono::steady_clock::now() < end;) {
    auto valid = sample(dice);
    for (int i = 0; i < 50; ++i, ++runs) {
      auto input = valid;
      if (i != 0) damage(input, dice);
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    }
  }
  std::printf("%llu inputs, nothing found\n", static_cast<unsigned long long>(runs));
}
#endif
