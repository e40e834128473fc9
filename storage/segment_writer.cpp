// Writing segments: columns are cut into blocks, the blocks encoded side by side, the file written in one go.
#include <bit>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/checksum.hpp"
#include "storage/codec.hpp"
#include "storage/parallel.hpp"
#include "storage/segment.hpp"

namespace pelorus {

namespace {

using namespace segment_format;

constexpr size_t cells_worth_a_thread = size_t{1} << 18;
constexpr size_t largest_block = size_t{1} << 31;

using picked_rows = std::span<const uint32_t>;

// -- what a block holds -------------------------------------------------------------------------------

template <class T>
void describe_numbers(const T* from, size_t count, segment_block& b) {
  using limit = std::numeric_limits<T>;
  T low = limit::has_infinity ? limit::infinity() : limit::max(), high = limit::has_infinity ? -limit::infinity() : limit::lowest();
  size_t nulls = 0, odd = 0;
  for (size_t i = 0; i < count; ++i) {
    bool null = is_null(from[i]);
    nulls += null;
    odd += from[i] != from[i];  // NaN has no place in an order
    low = !null && from[i] < low ? from[i] : low;
    high = !null && from[i] > high ? from[i] : high;
  }
  b.nulls = static_cast<uint32_t>(nulls);
  if (nulls == count || odd != 0) return;
  b.range = segment_block::bounds::numbers;
  if constexpr (std::is_floating_point_v<T>) {
    b.low = std::bit_cast<int64_t>(static_cast<double>(low));
    b.high = std::bit_cast<int64_t>(static_cast<double>(high));
  } else {
    b.low = low;
    b.high = high;
  }
}

void set_bounds(std::string_view low, std::string_view high, segment_block& b) {
  if (high.size() > longest_bound) return;
  b.range = segment_block::bounds::texts;
  b.low_text = low.substr(0, longest_bound);
  b.high_text = high;
}

void describe_texts(const column& col, size_t from, size_t count, segment_block& b) {
  std::string_view low, high;
  for (size_t i = from; i < from + count; ++i) {
    auto text = col.text(i);
    b.nulls += text.empty();
    if (text.empty()) continue;
    if (low.empty() || text < low) low = text;
    if (text > high) high = text;
  }
  if (b.nulls < count) set_bounds(low, high, b);
}

void describe_codes(const column& col, size_t from, size_t count, segment_block& b) {
  auto& dict = *col.dict();
  auto* codes = col.data<int32_t>() + from;
  std::vector<uint8_t> seen(dict.size());
  for (size_t i = 0; i < count; ++i) seen[static_cast<size_t>(codes[i])] = 1;
  if (seen[0])
    for (size_t i = 0; i < count; ++i) b.nulls += codes[i] == 0;
  std::string_view low, high;
  for (size_t code = 1; code < seen.size(); ++code) {
    if (!seen[code]) continue;
    auto text = dict[static_cast<int32_t>(code)];
    if (low.empty() || text < low) low = text;
    if (text > high) high = text;
  }
  if (b.nulls < count) set_bounds(low, high, b);
}

void describe_rows(const column& col, size_t from, size_t count, segment_block& b) {
  b.rows = static_cast<uint32_t>(count);
  if (col.type() == type_id::string) return describe_texts(col, from, count, b);
  bool ordered = col.type() != type_id::duration;  // counts of different units do not compare
  switch (ordered ? col.physical() : physical::b16) {
    case physical::i8: return describe_numbers(col.data<int8_t>() + from, count, b);
    case physical::i16: return describe_numbers(col.data<int16_t>() + from, count, b);
    case physical::i32: return describe_numbers(col.data<int32_t>() + from, count, b);
    case physical::i64: return describe_numbers(col.data<int64_t>() + from, count, b);
    case physical::f32: return describe_numbers(col.data<float>() + from, count, b);
    case physical::f64: return describe_numbers(col.data<double>() + from, count, b);
    case physical::code: return describe_codes(col, from, count, b);
    default:
      for (size_t i = 0; i < count; ++i) b.nulls += col.is_null(from + i);
  }
}

// -- encoding -----------------------------------------------------------------------------------------

/// A column of the new file. `rows` picks from `source`; empty when these are its rows already.
struct column_job {
  column_ptr source;
  picked_rows rows;
  codec_wish wish = codec_wish::automatic;
  segment_column head;
  std::string dictionary;
  std::vector<std::string> blocks;
};

void seal(segment_block& b, encoded_block encoded, std::string& bytes) {
  b.codec = static_cast<uint8_t>(encoded.scheme);
  bytes = std::move(encoded.bytes);
  b.bytes = static_cast<uint32_t>(bytes.size());
  b.sum = checksum(bytes);
}

/// Reduces a SYMBOL column to the strings that occur, in order of appearance, and encodes these.
void compact(column_job& job) {
  auto& from = *job.source;
  auto* codes = from.data<int32_t>();
  auto count = job.rows.empty() ? from.size() : job.rows.size();
  auto dict = std::make_shared<symbol_dictionary>();
  auto result = column::make_symbol(dict, count);
  std::vector<int32_t> translated(from.dict()->size(), -1);
  translated[0] = 0;
  auto* to = result->mutable_data<int32_t>();
  for (size_t i = 0; i < count; ++i) {
    auto code = codes[job.rows.empty() ? i : job.rows[i]];
    auto& known = translated[static_cast<size_t>(code)];
    if (known < 0) known = dict->code((*from.dict())[code]);
    to[i] = known;
  }
  auto texts = column::make(type_id::string);
  for (size_t i = 0; i < dict->size(); ++i) texts->push_text((*dict)[static_cast<int32_t>(i)]);
  job.head.dictionary.rows = static_cast<uint32_t>(texts->size());
  seal(job.head.dictionary, encode_block(*texts, 0, texts->size()), job.dictionary);
  job.source = std::move(result);
  job.rows = {};
}

size_t text_bytes(const column& col, size_t from, size_t count) {
  size_t total = 0;
  for (size_t i = from; i < from + count; ++i) total += col.text(i).size() + sizeof(uint32_t);
  return total;
}

expected<void> encode_rows(column_job& job, size_t block, size_t from, size_t count) {
  auto col = job.source;
  if (!job.rows.empty()) {
    col = col->gather(job.rows.subspan(from, count));
    from = 0;
  }
  if (col->physical() == physical::str && text_bytes(*col, from, count) > largest_block)
    return error{ec::limit_exceeded, fmt::format("rows {} to {} of column {} hold more than {} bytes of text",
                                                 from, from + count - 1, job.head.name, largest_block)};
  auto& head = job.head.blocks[block];
  describe_rows(*col, from, count, head);
  seal(head, encode_block(*col, from, count, job.wish), job.blocks[block]);
  return {};
}

/// A job for one column of the file; SYMBOL columns are reduced to what they use.
expected<column_job> job_for(std::string name, column_ptr source, picked_rows picked, size_t position, const segment_footer& footer,
                             const segment_options& options) {
  column_job job;
  job.source = std::move(source);
  job.rows = picked;
  if (position < options.codecs.size()) job.wish = wish_of(options.codecs[position]);
  job.head.name = std::move(name);
  job.head.type = job.source->type();
  job.head.scale = job.source->scale();
  if (job.source->physical() == physical::any || job.source->physical() == physical::list)
    return error{ec::not_supported, fmt::format("column {} of type {} cannot be stored", job.head.name, type_name(job.head.type))};
  job.head.blocks.resize(footer.block_count());
  job.blocks.resize(footer.block_count());
  if (job.source->physical() == physical::code) compact(job);
  return job;
}

expected<std::vector<column_job>> encode_table(const table& rows, picked_rows picked, const segment_footer& footer,
                                               const segment_options& options) {
  std::vector<column_job> jobs(rows.width());
  auto threads = rows.width() * footer.rows < cells_worth_a_thread ? 1 : options.threads;
  PELORUS_TRY(parallel_for(jobs.size(), threads, [&](size_t c) -> expected<void> {
    PELORUS_ASSIGN(jobs[c], job_for(rows.name(c), rows.col(c), picked, c, footer, options));
    return {};
  }));
  PELORUS_TRY(parallel_for(jobs.size() * footer.block_count(), threads, [&](size_t i) {
    auto block = i / jobs.size();
    return encode_rows(jobs[i % jobs.size()], block, block * segment_block_rows, footer.block_size(block));
  }));
  return jobs;
}

// -- the file -----------------------------------------------------------------------------------------

/// The file as it grows, column by column. `write` takes an offset and the bytes that go there; they come one behind the other.
class body {
public:
  using write = std::function<expected<void>(uint64_t, std::string_view)>;
  body(write out, segment_footer& footer) : out_(std::move(out)), footer_(footer) {}

  expected<void> begin() { return put({reinterpret_cast<const char*>(&magic), sizeof magic}); }

  expected<void> add(column_job job) {
    for (size_t b = 0; b < job.blocks.size(); ++b) {
      job.head.blocks[b].offset = at_;
      PELORUS_TRY(put(job.blocks[b]));
    }
    job.head.dictionary.offset = at_;
    PELORUS_TRY(put(job.dictionary));
    footer_.columns.push_back(std::move(job.head));
    return {};
  }

  /// Answers the bytes of the file.
  expected<uint64_t> end() {
    auto contents = encode_footer(footer_);
    byte_writer trailer;
    trailer.put(static_cast<uint32_t>(contents.size()));
    trailer.put(checksum(contents));
    trailer.put(magic);
    PELORUS_TRY(put(contents));
    PELORUS_TRY(put(trailer.text()));
    return at_;
  }

private:
  expected<void> put(std::string_view bytes) {
    PELORUS_TRY(out_(at_, bytes));
    at_ += bytes.size();
    return {};
  }

  write out_;
  segment_footer& footer_;
  uint64_t at_ = 0;
};

/// Makes the directory; with `sync` the names of new directories are durable in their parents. Where that fails they are made
/// anew next time: whoever finds them believes that they are durable.
expected<void> provide_directory(const std::string& directory, bool sync) {
  std::vector<std::filesystem::path> fresh;  // the innermost first
  for (std::filesystem::path path{directory}; sync && !file_exists(path.string()) && path.has_relative_path(); path = path.parent_path())
    fresh.push_back(path);
  auto make = [&]() -> expected<void> {
    PELORUS_TRY(make_directories(directory));
    for (auto& path : fresh) PELORUS_TRY(sync_directory(path.has_parent_path() ? path.parent_path().string() : "."));
    return {};
  };
  auto made = make();
  if (made) return made;
  std::error_code ignored;
  for (auto& path : fresh) std::filesystem::remove(path, ignored);  // those in which something lies by now stay
  return made;
}

segment_footer footer_for(uint64_t rows, const segment_options& options) {
  segment_footer footer;
  footer.rows = rows;
  footer.sorted_by = options.sorted_by;
  footer.distinct = options.distinct;
  return footer;
}

/// `fill` puts the columns into the body.
expected<segment_ref> write_file(const std::string& directory, const std::string& name, segment_footer& footer,
                                 const segment_options& options, const std::function<expected<void>(body&)>& fill) {
  PELORUS_TRY(provide_directory(directory, options.sync));
  auto path = fmt::format("{}/{}", directory, name), temporary = path + ".tmp";
  auto write_all = [&]() -> expected<uint64_t> {
    PELORUS_ASSIGN(auto out, file::open_write(temporary, true));
    body contents{[&](uint64_t at, std::string_view part) { return out.write_at(at, part); }, footer};
    PELORUS_TRY(contents.begin());
    PELORUS_TRY(fill(contents));
    PELORUS_ASSIGN(auto bytes, contents.end());
    if (options.sync) PELORUS_TRY(out.sync_data());
    PELORUS_TRY(rename_file(temporary, path));
    if (options.sync) PELORUS_TRY(sync_directory(directory));
    return bytes;
  };
  auto bytes = write_all();
  if (!bytes) {
    (void)remove_file(temporary);
    (void)remove_file(path);
    return bytes.error();
  }
  return segment_ref{name, footer.rows, *bytes};
}

expected<segment_ref> write_rows(const std::string& directory, const std::string& name, const table& rows, picked_rows picked,
                                 size_t count, const segment_options& options) {
  auto footer = footer_for(count, options);
  PELORUS_ASSIGN(auto jobs, encode_table(rows, picked, footer, options));
  return write_file(directory, name, footer, options, [&](body& to) -> expected<void> {
    for (auto& job : jobs) PELORUS_TRY(to.add(std::move(job)));
    return {};
  });
}

} // namespace

expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const table& rows,
                                    const segment_options& options) {
  return write_rows(directory, name, rows, {}, rows.rows(), options);
}

expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const table& rows,
                                    std::span<const uint32_t> picked, const segment_options& options) {
  if (picked.empty()) return write_segment(directory, name, *rows.slice(0, 0), options);
  return write_rows(directory, name, rows, picked, picked.size(), options);
}

expected<std::string> encode_segment(const table& rows, std::span<const uint32_t> picked, const segment_options& options) {
  auto footer = footer_for(picked.empty() ? rows.rows() : picked.size(), options);
  PELORUS_ASSIGN(auto jobs, encode_table(rows, picked, footer, options));
  std::string image;
  body contents{[&](uint64_t, std::string_view part) -> expected<void> {
                  image.append(part);
                  return {};
                },
                footer};
  PELORUS_TRY(contents.begin());
  for (auto& job : jobs) PELORUS_TRY(contents.add(std::move(job)));
  auto bytes = contents.end();
  if (!bytes) return bytes.error();
  return image;
}

expected<segment_ref> write_segment(const std::string& directory, const std::string& name, const column_supply& supply,
                                    const segment_options& options) {
  auto footer = footer_for(supply.rows, options);
  return write_file(directory, name, footer, options, [&](body& to) -> expected<void> {
    for (size_t c = 0; c < supply.columns.size(); ++c) {
      PELORUS_ASSIGN(auto source, supply.make(c));
      PELORUS_ASSIGN(auto job, job_for(supply.columns[c].stored_name(), std::move(source), {}, c, footer, options));
      PELORUS_TRY(parallel_for(footer.block_count(), options.threads, [&](size_t block) {
        return encode_rows(job, block, block * segment_block_rows, footer.block_size(block));
      }));
      PELORUS_TRY(to.add(std::move(job)));
    }
    return {};
  });
}

} // namespace pelorus
