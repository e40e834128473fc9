#include "storage/segment_footer.hpp"

#include "storage/bytes.hpp"

namespace pelorus {

namespace {

void put_block(byte_writer& out, const segment_block& b) {
  out.put(b.offset);
  out.put(b.bytes);
  out.put(b.codec);
  out.put(b.rows);
  out.put(b.nulls);
  out.put(b.sum);
  out.put(b.range);
  if (b.range == segment_block::bounds::numbers) {
    out.put(b.low);
    out.put(b.high);
  } else if (b.range == segment_block::bounds::texts) {
    out.put_text(b.low_text);
    out.put_text(b.high_text);
  }
}

segment_block get_block(byte_reader& in) {
  segment_block b;
  b.offset = in.get<uint64_t>();
  b.bytes = in.get<uint32_t>();
  b.codec = in.get<uint8_t>();
  b.rows = in.get<uint32_t>();
  b.nulls = in.get<uint32_t>();
  b.sum = in.get<uint64_t>();
  b.range = in.get<segment_block::bounds>();
  if (b.range == segment_block::bounds::numbers) {
    b.low = in.get<int64_t>();
    b.high = in.get<int64_t>();
  } else if (b.range == segment_block::bounds::texts) {
    b.low_text = in.get_text();
    b.high_text = in.get_text();
  } else if (b.range != segment_block::bounds::none) {
    in.fail();
  }
  return b;
}

} // namespace

std::string encode_footer(const segment_footer& footer) {
  byte_writer out;
  out.put(footer.rows);
  out.put(static_cast<uint32_t>(footer.columns.size()));
  for (auto& col : footer.columns) {
    out.put_text(col.name);
    out.put(col.type);
    out.put(col.scale);
    if (col.type == type_id::symbol) put_block(out, col.dictionary);
    for (auto& b : col.blocks) put_block(out, b);
  }
  if (!footer.sorted_by.empty()) {
    out.put(static_cast<uint32_t>(footer.sorted_by.size()));
    for (auto& name : footer.sorted_by) out.put_text(name);
    out.put(static_cast<uint8_t>(footer.distinct));
  }
  return std::move(out).text();
}

bool decode_footer(std::string_view bytes, segment_footer& footer) {
  byte_reader in{bytes};
  footer.rows = in.get<uint64_t>();
  auto columns = in.get_count(9);
  for (size_t c = 0; c < columns && !in.failed(); ++c) {
    segment_column col;
    col.position = static_cast<uint32_t>(c);
    col.name = in.get_text();
    col.type = in.get<type_id>();
    col.scale = in.get<int32_t>();
    if (col.type == type_id::symbol) col.dictionary = get_block(in);
    for (size_t b = 0; b < footer.block_count() && !in.failed(); ++b) {
      col.blocks.push_back(get_block(in));
      if (col.blocks.back().rows != footer.block_size(b)) in.fail();
    }
    footer.columns.push_back(std::move(col));
  }
  if (!in.failed() && !in.at_end()) {
    footer.sorted_by.resize(in.get_count(sizeof(uint32_t)));
    for (auto& name : footer.sorted_by) name = in.get_text();
    footer.distinct = in.get<uint8_t>() != 0;
  }
  return !in.failed() && in.at_end();
}

} // namespace pelorus
