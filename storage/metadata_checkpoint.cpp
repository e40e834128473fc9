#include "storage/metadata_checkpoint.hpp"

#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "storage/bytes.hpp"
#include "storage/checksum.hpp"
#include "storage/file.hpp"

namespace pelorus {

namespace {

constexpr uint64_t checkpoint_magic = 0x32305043454c4550;  // "PELECP02"
constexpr size_t block_bytes = size_t{1} << 20;

struct checkpoint_head {
  uint64_t magic = checkpoint_magic;
  log_mark mark;
  uint64_t sum = 0;
};

/// Before each block; one of size 0, whose `records` is the total, ends the file.
struct block_head {
  uint32_t size = 0;
  uint32_t records = 0;
  uint64_t sum = 0;
};

uint64_t sum_of(const checkpoint_head& head) { return checksum(&head, sizeof head - sizeof head.sum); }
/// The number is in the sum, so blocks cannot change places; so is the mark, against blocks of another checkpoint.
uint64_t sum_of(const block_head& head, std::string_view body, uint64_t number, const checkpoint_head& of) {
  uint64_t about[] = {head.size, head.records, number, of.sum};
  return checksum(body, checksum(about, sizeof about));
}

template <class Head>
std::string_view as_bytes(const Head& head) {
  return {reinterpret_cast<const char*>(&head), sizeof head};
}

class block_writer {
public:
  block_writer(file& out, const checkpoint_head& head) : out_(out), head_(head), offset_(sizeof head) {}

  expected<void> add(const std::string& key, const std::string& record) {
    block_.put_text(key);
    block_.put_text(record);
    ++records_;
    ++total_;
    return block_.text().size() < block_bytes ? expected<void>{} : write_block();
  }
  expected<void> finish() {
    if (records_ != 0) PELORUS_TRY(write_block());
    records_ = total_;
    return write_block();
  }

private:
  expected<void> write_block() {
    auto body = std::exchange(block_, {});
    block_head head{static_cast<uint32_t>(body.text().size()), records_, 0};
    head.sum = sum_of(head, body.text(), number_++, head_);
    PELORUS_TRY(out_.write_at(offset_, as_bytes(head)));
    PELORUS_TRY(out_.write_at(offset_ + sizeof head, body.text()));
    offset_ += sizeof head + body.text().size();
    records_ = 0;
    return {};
  }

  file& out_;
  const checkpoint_head& head_;
  uint64_t offset_;
  byte_writer block_;
  uint32_t records_ = 0, total_ = 0;
  uint64_t number_ = 0;
};

expected<void> write_records(file& out, const dfs_metadata& state, log_mark mark) {
  checkpoint_head head;
  head.mark = mark;
  head.sum = sum_of(head);
  PELORUS_TRY(out.write_at(0, as_bytes(head)));
  block_writer blocks{out, head};
  PELORUS_TRY(state.for_each_record([&](auto& key, auto& record) { return blocks.add(key, record); }));
  PELORUS_TRY(blocks.finish());
  return out.sync_data();
}

} // namespace

expected<void> write_checkpoint(const std::string& path, const dfs_metadata& state, log_mark mark) {
  auto temporary = path + ".tmp";
  PELORUS_ASSIGN(auto out, file::open_write(temporary, true));
  if (auto written = write_records(out, state, mark); !written) {
    (void)remove_file(temporary);  // the room may be what is missing
    return written;
  }
  PELORUS_TRY(rename_file(temporary, path));
  return sync_directory(std::filesystem::path{path}.parent_path().string());
}

expected<std::optional<log_mark>> read_checkpoint(
    const std::string& path, const std::function<expected<void>(std::string_view, std::string_view)>& visit) {
  if (!file_exists(path)) return std::optional<log_mark>{};
  PELORUS_ASSIGN(auto in, file::open_read(path));
  PELORUS_ASSIGN(auto file_bytes, in.size());
  uint64_t offset = sizeof(checkpoint_head), total = 0;
  auto bad = [&](std::string_view why) { return error{ec::corrupt, fmt::format("{} is damaged at byte {}: {}", path, offset, why)}; };
  checkpoint_head head;
  PELORUS_TRY(in.read_at(0, &head, sizeof head));
  if (head.magic != checkpoint_magic || head.sum != sum_of(head))
    return error{ec::corrupt, fmt::format("{} is damaged at byte 0: its head does not match its checksum", path)};
  std::string body;
  for (uint64_t number = 0;; ++number) {
    block_head block;
    PELORUS_TRY(in.read_at(offset, &block, sizeof block));
    if (block.size > file_bytes - offset - sizeof block) return bad("a block is cut off");
    body.resize(block.size);
    PELORUS_TRY(in.read_at(offset + sizeof block, body.data(), body.size()));
    if (block.sum != sum_of(block, body, number, head)) return bad("a block does not match its checksum");
    offset += sizeof block + body.size();
    if (block.size == 0) {
      if (block.records != total || offset != file_bytes) return bad("records are missing");
      return std::optional{head.mark};
    }
    total += block.records;
    if (!visit) continue;
    byte_reader records{body};
    for (uint32_t i = 0; i < block.records; ++i) {
      auto key = records.get_text(), record = records.get_text();
      if (records.failed()) return bad("a record is malformed");
      PELORUS_TRY(visit(key, record));
    }
  }
}

} // namespace pelorus
