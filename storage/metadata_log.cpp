#include "storage/metadata_log.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <filesystem>

#include <fmt/format.h>

#include "storage/checksum.hpp"
#include "storage/log_extent.hpp"

namespace pelorus {

namespace {

constexpr uint32_t head_magic = 0x484d4c50, frame_magic = 0x474f4c50;  // "PLMH", "PLOG"
constexpr uint32_t log_format = 1;

struct file_head {
  uint32_t magic = head_magic, format = log_format;
  log_mark begin;
  uint64_t sum = 0;
};
static_assert(sizeof(file_head) == 32);

struct frame_head {
  uint32_t magic = frame_magic, size = 0;
  uint64_t position = 0;
  uint64_t previous = 0;  ///< sum of the frame before
  uint64_t durable = 0;   ///< position that was durable when this was written
  uint64_t sum = 0;
};
static_assert(sizeof(frame_head) == 40);

template <class Head>
std::string_view bytes_before_sum(const Head& head) {
  return {reinterpret_cast<const char*>(&head), sizeof head - sizeof head.sum};
}
uint64_t sum_of(const file_head& head) { return checksum(bytes_before_sum(head)); }
uint64_t sum_of(const frame_head& head, std::string_view payload) {
  return checksum(payload, checksum(bytes_before_sum(head)));
}

/// Whether a whole, correct frame lies at `offset`.
bool read_frame(std::string_view bytes, size_t offset, frame_head& head, std::string_view& payload) {
  if (offset + sizeof head > bytes.size()) return false;
  std::memcpy(&head, bytes.data() + offset, sizeof head);
  if (head.magic != frame_magic || head.size > bytes.size() - offset - sizeof head) return false;
  payload = bytes.substr(offset + sizeof head, head.size);
  return head.sum == sum_of(head, payload);
}

/// The first is zero and each equals the one before it: memcmp is quicker than looking at them one by one.
bool only_zeros(std::string_view bytes) {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// Of a log without damage: where the frames begin that no later one knows to be durable, or its head when there is none.
size_t first_not_known_durable(std::string_view log) {
  std::deque<std::pair<uint64_t, size_t>> doubtful;  // positions, and where they lie
  frame_head head;
  for (size_t at = sizeof(file_head); at + sizeof head <= log.size(); at += sizeof head + head.size) {
    std::memcpy(&head, log.data() + at, sizeof head);
    doubtful.emplace_back(head.position, at);
    while (!doubtful.empty() && doubtful.front().first <= head.durable) doubtful.pop_front();
  }
  return doubtful.empty() ? 0 : doubtful.front().second;
}

} // namespace

expected<metadata_log> metadata_log::open(const std::string& path, const visitor& visit) {
  metadata_log log;
  PELORUS_ASSIGN(log.file_, file::open_write(path));
  PELORUS_ASSIGN(auto bytes, log.file_.read_all());
  log.allocated_ = bytes.size();
  // The head is synced before anything follows it, so a file without one was never used.
  if (bytes.size() < sizeof(file_head) || only_zeros(bytes)) {
    PELORUS_TRY(log.restart({}));
    PELORUS_TRY(sync_directory(std::filesystem::path{path}.parent_path().string()));
    return log;
  }
  file_head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.magic != head_magic || head.sum != sum_of(head))
    return error{ec::corrupt, fmt::format("{} is damaged at byte 0: its head does not match its checksum", path)};
  if (head.format != log_format)
    return error{ec::corrupt, fmt::format("{} has format {}, this program writes {}", path, head.format, log_format)};
  log.begin_ = log.mark_ = head.begin;
  PELORUS_ASSIGN(log.end_, log.read_frames(bytes, visit));
  // What was read back may be in the page cache only: dataSync=0 left it there, a process was killed before its sync, also of the
  // name, or a sync failed. After that the next one says that the bytes are on disk, which is true only of those that were written
  // again: all that no frame knows to be durable.
  auto doubtful = first_not_known_durable(std::string_view{bytes}.substr(0, log.end_));
  PELORUS_TRY(log.file_.write_at(doubtful, std::string_view{bytes}.substr(doubtful, log.end_ - doubtful)));
  PELORUS_TRY(log.file_.sync_data());
  PELORUS_TRY(sync_directory(std::filesystem::path{path}.parent_path().string()));
  log.durable_ = log.mark_.position;
  PELORUS_TRY(log.judge_rest(bytes, log.end_));
  return log;
}

expected<uint64_t> metadata_log::read_frames(std::string_view bytes, const visitor& visit) {
  uint64_t offset = sizeof(file_head);
  frame_head head;
  std::string_view payload;
  for (; read_frame(bytes, offset, head, payload); offset += sizeof head + payload.size()) {
    if (head.position != mark_.position + 1 || head.previous != mark_.chain)
      return error{ec::corrupt, fmt::format("{}: entry {} at byte {} does not continue entry {}", file_.path(), head.position,
                                            offset, mark_.position)};
    mark_ = {head.position, head.sum};
    PELORUS_TRY(visit(mark_, payload));
  }
  return offset;
}

expected<log_extent> extent_of_log(const std::string& path) {
  PELORUS_ASSIGN(auto text, read_file(path));
  std::string_view bytes{text};
  log_extent x;
  file_head head;
  if (bytes.size() < sizeof head || only_zeros(bytes)) {
    x.is_all = only_zeros(bytes);
    return x;
  }
  std::memcpy(&head, bytes.data(), sizeof head);
  x.head = head.magic == head_magic && head.sum == sum_of(head) && head.format == log_format;
  if (!x.head) return x;
  x.begin = x.end = head.begin;
  x.bytes = sizeof head;
  frame_head frame;
  std::string_view payload;
  while (read_frame(bytes, x.bytes, frame, payload) && frame.position == x.end.position + 1 && frame.previous == x.end.chain) {
    x.end = {frame.position, frame.sum};
    x.bytes += sizeof frame + payload.size();
  }
  x.is_all = only_zeros(bytes.substr(x.bytes));
  return x;
}

expected<void> metadata_log::judge_rest(std::string_view bytes, uint64_t offset) {
  if (only_zeros(bytes.substr(offset))) return {};
  const std::string_view magic{reinterpret_cast<const char*>(&frame_magic), sizeof frame_magic};
  frame_head head;
  std::string_view payload;
  // Pages of one unsynced group reach the disk in any order, so good frames may follow a torn one; only a frame that
  // knew a lost position to be durable proves damage.
  for (auto at = bytes.find(magic, offset + 1); at != std::string_view::npos; at = bytes.find(magic, at + 1))
    if (read_frame(bytes, at, head, payload) && head.durable > mark_.position)
      return error{ec::corrupt, fmt::format("{} is damaged at byte {}: entry {} was durable and cannot be read", file_.path(),
                                            offset, mark_.position + 1)};
  torn_at_ = offset;
  return {};
}

expected<void> metadata_log::cut_torn_end() {
  if (!torn_at_) return {};
  PELORUS_TRY(file_.truncate(*torn_at_));
  PELORUS_TRY(file_.sync_data());
  allocated_ = *torn_at_;
  torn_at_.reset();
  return {};
}

expected<void> metadata_log::reserve(size_t entries, uint64_t bytes) {
  auto wanted = end_ + entries * sizeof(frame_head) + bytes;
  if (wanted <= allocated_) return {};
  // In steps, so that most syncs find the file's size unchanged and are one write.
  wanted = (wanted + allocation_step_) / allocation_step_ * allocation_step_;
  PELORUS_TRY(file_.allocate(wanted));
  allocated_ = wanted;
  return {};
}

expected<log_mark> metadata_log::append(const std::vector<std::string>& entries, bool sync_now) {
  if (broken_) return error{ec::io_failed, fmt::format("{} failed before; restart to find out what it holds", file_.path())};
  if (torn_at_) return error{ec::internal, fmt::format("{} has a torn end that was not cut", file_.path())};
  std::string frames;
  size_t size = 0;
  for (auto& entry : entries) size += sizeof(frame_head) + entry.size();
  frames.reserve(size);
  auto mark = mark_;
  for (auto& entry : entries) {
    frame_head head;
    head.size = static_cast<uint32_t>(entry.size());
    head.position = mark.position + 1;
    head.previous = mark.chain;
    head.durable = durable_;
    head.sum = sum_of(head, entry);
    mark = {head.position, head.sum};
    frames.append(reinterpret_cast<const char*>(&head), sizeof head).append(entry);
  }
  PELORUS_TRY(reserve(0, frames.size()));
  broken_ = true;
  PELORUS_TRY(file_.write_at(end_, frames));
  broken_ = false;
  end_ += frames.size();
  mark_ = mark;
  if (sync_now) PELORUS_TRY(sync());
  return mark_;
}

expected<void> metadata_log::sync() {
  if (broken_) return error{ec::io_failed, fmt::format("{} failed before; restart to find out what it holds", file_.path())};
  broken_ = true;
  PELORUS_TRY(file_.sync_data());
  broken_ = false;
  durable_ = mark_.position;
  return {};
}

expected<void> metadata_log::restart(log_mark from) {
  file_head head;
  head.begin = from;
  head.sum = sum_of(head);
  broken_ = true;
  PELORUS_TRY(file_.truncate(0));
  PELORUS_TRY(file_.write_at(0, {reinterpret_cast<const char*>(&head), sizeof head}));
  PELORUS_TRY(file_.sync_data());
  broken_ = false;
  torn_at_.reset();
  end_ = allocated_ = sizeof head;
  begin_ = mark_ = from;
  durable_ = from.position;
  return {};
}

} // namespace pelorus
