#include "storage/dfs.hpp"

#include <charconv>

#include <fmt/format.h>

namespace pelorus {

std::string to_string(const chunk_id& id) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", id.high >> 32, (id.high >> 16) & 0xffff, id.high & 0xffff,
                     id.low >> 48, id.low & 0xffff'ffff'ffff);
}

expected<chunk_id> parse_chunk_id(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c != '-') digits += c;
  chunk_id id;
  auto* at = digits.data();
  bool fits = text.size() == 36 && digits.size() == 32 &&
              std::from_chars(at, at + 16, id.high, 16).ptr == at + 16 &&
              std::from_chars(at + 16, at + 32, id.low, 16).ptr == at + 32;
  if (!fits) return error{ec::bad_argument, fmt::format("[{}] is not a chunk id", text)};
  return id;
}

std::string_view partition_type_name(partition_type t) {
  switch (t) {
    case partition_type::seq: return "SEQ";
    case partition_type::value: return "VALUE";
    case partition_type::range: return "RANGE";
    case partition_type::list: return "LIST";
    case partition_type::compo: return "COMPO";
    case partition_type::hash: return "HASH";
  }
  return "UNKNOWN";
}

} // namespace pelorus
