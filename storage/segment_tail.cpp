#include "storage/segment_tail.hpp"

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/checksum.hpp"

namespace pelorus {

using namespace segment_format;

error damaged_segment(const std::string& path, std::string_view why) {
  return {ec::corrupt, fmt::format("segment {} {}", path, why)};
}

expected<segment_tail> read_segment_tail(const std::string& path, uint64_t size, std::string_view tail) {
  if (size < sizeof magic + trailer_bytes || tail.size() < trailer_bytes) return damaged_segment(path, "is cut off");
  byte_reader trailer{tail.substr(tail.size() - trailer_bytes)};
  auto footer_bytes = trailer.get<uint32_t>();
  auto footer_sum = trailer.get<uint64_t>();
  if (trailer.get<uint64_t>() != magic) return damaged_segment(path, "does not end as a segment does");
  if (footer_bytes > size - sizeof magic - trailer_bytes) return damaged_segment(path, "has a footer that does not fit");
  return segment_tail{footer_sum, footer_bytes + trailer_bytes};
}

expected<segment_footer> read_segment_footer(const std::string& path, const segment_tail& where, std::string_view tail) {
  auto text = tail.substr(tail.size() - where.bytes, where.bytes - trailer_bytes);
  if (checksum(text) != where.footer_sum) return damaged_segment(path, "has a footer that does not match its checksum");
  segment_footer footer;
  if (!decode_footer(text, footer)) return damaged_segment(path, "has a malformed footer");
  return footer;
}

} // namespace pelorus
