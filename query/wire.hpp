// The wire codec: values as the bytes that clients and nodes exchange (protocol reference, chapter 3).
//
// One codec for everybody, so what a node sends to a node is what it would send to a client. Functions travel as the
// text of their definition. Output is little-endian; input may be of either byte order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfg/error.hpp"
#include "storage/value.hpp"

namespace pelorus {

struct session;

/// How columns of a table are packed when the peer allows it (request flag 64).
enum class wire_compression : uint8_t { none = 0, lz4 = 1, delta = 2, smaller = 3 };

struct wire_options {
  /// `delta` packs 16 to 64 bit integers and temporal columns as delta-of-delta and the others with LZ4; `smaller` takes
  /// delta-of-delta only where it makes less of a column's first block. SYMBOL and ANY columns are never compressed.
  wire_compression compression = wire_compression::none;
};

/// A run of bytes to send: either its own text or memory that `keep` holds alive.
struct wire_piece {
  std::string owned;
  std::shared_ptr<const void> keep;
  std::string_view borrowed;

  std::string_view view() const { return keep ? borrowed : std::string_view{owned}; }
};

/// Encodes values piece by piece. Big columns of fixed width come out as spans of the column's own memory of at most
/// 4 MiB, big text columns as blocks of about 256 KiB, made when they are asked for: a table is never copied as a whole.
class wire_encoder {
public:
  explicit wire_encoder(wire_options options = {});
  ~wire_encoder();
  wire_encoder(wire_encoder&&) noexcept;
  wire_encoder& operator=(wire_encoder&&) noexcept;

  /// Adds an object behind those already added. Throws script_error for a function that has no text (one that captured
  /// an object without a literal), memory_exceeded when there is no room for it.
  void add(const value& x);
  /// Adds bytes as they are: a response header, the `rows, cols` of a block reader.
  void add_raw(std::string_view bytes);
  /// The next piece, or false when everything added so far has been given out.
  bool next(wire_piece& piece);
  /// Bytes that `next` has yet to give out; nothing while texts or compressed columns, whose size shows when they are
  /// made, are among them.
  std::optional<uint64_t> bytes_left() const;
  /// True when `next` may have to make bytes, of texts or compressed columns, rather than point at them.
  bool has_work() const;

private:
  struct plan;
  std::unique_ptr<plan> plan_;
};

/// Flag and content of one object. Throws as `wire_encoder::add`.
std::string encode(const value& x, wire_options options = {});
void encode_to(std::string& out, const value& x, wire_options options = {});

struct decode_options {
  bool little_endian = true;
  /// Nesting of ANY vectors, dictionaries and tables; guards the stack.
  uint32_t max_depth = 64;
  /// Whose request it is: functions may be sent by the names of the session's variables, and as any expression. Without
  /// a session only definitions and partial applications of constants are taken, so that decoding runs nothing.
  session* who = nullptr;
};

/// Decodes the object at the beginning of `bytes`; `*consumed` is its length. A malformed or incomplete object answers
/// ec::corrupt, a definition that does not parse ec::parse_failed, types nobody may send ec::not_supported.
expected<value> decode(std::string_view bytes, size_t* consumed = nullptr,
                       const decode_options& options = {});

/// Finds the end of objects in a stream without decoding them; remembers how far it came, so that looking again after
/// more bytes arrived costs only the new bytes.
class wire_scanner {
public:
  explicit wire_scanner(size_t objects = 1, decode_options options = {});

  /// `bytes` begins at the first object and contains at least what the last call saw. Answers whether the last object
  /// is complete; ec::corrupt when it can never be.
  expected<bool> scan(std::string_view bytes);
  /// Bytes looked at; once complete, the length of all objects.
  size_t consumed() const { return at_; }

private:
  enum class want : uint8_t {
    object, skip, texts, blobs, vector, pair, matrix, matrix_body, table, symbol_base, blocks, compressed
  };
  struct step {
    want what = want::object;
    uint8_t type = 0;
    uint64_t count = 0;
  };

  expected<bool> advance(std::string_view bytes);
  expected<bool> open_object(std::string_view bytes);
  expected<bool> open_vector(std::string_view bytes);
  expected<bool> open_matrix(std::string_view bytes);
  expected<bool> open_table(std::string_view bytes);
  expected<bool> open_blocks(std::string_view bytes);
  expected<bool> skip_texts(std::string_view bytes);
  expected<void> push_items(uint8_t type, uint64_t count);
  uint32_t u32(std::string_view bytes, size_t ahead) const;
  void replace(want what, uint8_t type, uint64_t count);
  void push(want what, uint8_t type, uint64_t count);

  decode_options options_;
  std::vector<step> steps_;  // a stack: the last one is worked on
  size_t at_ = 0;
};

} // namespace pelorus
