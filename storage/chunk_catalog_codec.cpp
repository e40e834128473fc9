// Records of the chunk catalog: what they answer, and as bytes.
#include <algorithm>

#include "storage/bytes.hpp"
#include "storage/chunk_catalog.hpp"

namespace pelorus {

uint64_t chunk_version::rows() const {
  uint64_t total = 0;
  for (auto& s : segments) total += s.rows;
  return total;
}

bool chunk_version::is_cached() const {
  return std::any_of(segments.begin(), segments.end(), [](auto& s) { return s.cached != nullptr; });
}

const chunk_version* held_record::at(uint32_t version) const {
  for (auto& v : versions)
    if (v.version == version) return &v;
  return nullptr;
}

const chunk_version* held_record::at_cid(cid_t cid) const {
  const chunk_version* seen = nullptr;
  for (auto& v : versions)
    if (v.cid <= cid) seen = &v;
  return seen;
}

namespace {

void put_segments(byte_writer& out, const std::vector<segment_ref>& segments) {
  out.put(static_cast<uint32_t>(segments.size()));
  for (auto& s : segments) {
    out.put_text(s.file);
    out.put(s.rows);
    out.put(s.bytes);
    out.put(s.checksum);
  }
}

std::vector<segment_ref> get_segments(byte_reader& in) {
  std::vector<segment_ref> segments(in.get_count(28));
  for (auto& s : segments) {
    s.file = in.get_text();
    s.rows = in.get<uint64_t>();
    s.bytes = in.get<uint64_t>();
    s.checksum = in.get<uint64_t>();
  }
  return segments;
}

void put_held(byte_writer& out, const held_record& x) {
  out.put(x.id.high);
  out.put(x.id.low);
  out.put(x.table_id);
  for (auto* text : {&x.database, &x.table, &x.partition, &x.directory}) out.put_text(*text);
  // Versions of a growing chunk share their first segments: only the newest list is written, the others as its lengths
  // when they are prefixes of it.
  out.put(static_cast<uint32_t>(x.versions.size()));
  for (auto& v : x.versions) {
    auto& newest = x.versions.back().segments;
    bool prefix = &v != &x.versions.back() && v.segments.size() <= newest.size() &&
                  std::equal(v.segments.begin(), v.segments.end(), newest.begin());
    out.put(v.version);
    out.put(v.cid);
    out.put(v.tid);
    out.put(static_cast<uint8_t>(prefix));
    if (prefix) out.put(static_cast<uint32_t>(v.segments.size()));
    else put_segments(out, v.segments);
  }
}

held_record get_held(byte_reader& in) {
  held_record x;
  x.id.high = in.get<uint64_t>();
  x.id.low = in.get<uint64_t>();
  x.table_id = in.get<uint64_t>();
  for (auto* text : {&x.database, &x.table, &x.partition, &x.directory}) *text = in.get_text();
  x.versions.resize(in.get_count(21));
  std::vector<std::pair<size_t, uint32_t>> prefixes;
  for (size_t i = 0; i < x.versions.size(); ++i) {
    auto& v = x.versions[i];
    v.version = in.get<uint32_t>();
    v.cid = in.get<cid_t>();
    v.tid = in.get<tid_t>();
    if (in.get<uint8_t>() != 0) prefixes.emplace_back(i, in.get<uint32_t>());
    else v.segments = get_segments(in);
  }
  for (auto& [i, length] : prefixes) {
    auto& newest = x.versions.back().segments;
    if (length > newest.size()) in.fail();
    else x.versions[i].segments.assign(newest.begin(), newest.begin() + length);
  }
  return x;
}

} // namespace

std::string encode_held(const held_record& x) {
  byte_writer out;
  put_held(out, x);
  return std::move(out).text();
}

expected<held_record> decode_held(std::string_view bytes) {
  byte_reader in{bytes};
  auto x = get_held(in);
  if (in.failed() || !in.at_end()) return error{ec::corrupt, "malformed chunk record"};
  return x;
}

std::string encode_staged(const staged_record& x) {
  byte_writer out;
  out.put(x.tid);
  put_held(out, x.chunk);
  out.put(x.base_version);
  put_segments(out, x.segments);
  out.put(static_cast<uint8_t>(x.replaces));
  out.put_text(x.coordinator);
  out.put(x.incarnation);
  return std::move(out).text();
}

expected<staged_record> decode_staged(std::string_view bytes) {
  byte_reader in{bytes};
  staged_record x;
  x.tid = in.get<tid_t>();
  x.chunk = get_held(in);
  x.base_version = in.get<uint32_t>();
  x.segments = get_segments(in);
  x.replaces = in.get<uint8_t>() != 0;
  x.coordinator = in.get_text();
  if (!in.at_end()) x.incarnation = in.get<uint64_t>();  // older records end before it
  if (in.failed() || !in.at_end()) return error{ec::corrupt, "malformed staged record"};
  return x;
}

} // namespace pelorus
