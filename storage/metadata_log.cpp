#include "storage/metadata_log.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "storage/checksum.hpp"

namespace pelorus {

namespace {

constexpr uint32_t frame_magic = 0x474f4c50;  // "PLOG"
constexpr uint64_t allocation_step = uint64_t{1} << 20;

struct frame_head {
  uint32_t magic = frame_magic;
  uint32_t size = 0;
  uint64_t position = 0;
  uint64_t sum = 0;
};
static_assert(sizeof(frame_head) == 24);

uint64_t sum_of(const frame_head& head, std::string_view payload) {
  return checksum(payload, head.position * 31 + head.size);
}

/// The frame at `offset`, or nothing when the bytes there are no whole, correct frame.
bool read_frame(std::string_view bytes, size_t offset, frame_head& head, std::string_view& payload) {
  if (offset + sizeof head > bytes.size()) return false;
  std::memcpy(&head, bytes.data() + offset, sizeof head);
  if (head.magic != frame_magic || head.size > bytes.size() - offset - sizeof head) return false;
  payload = bytes.substr(offset + sizeof head, head.size);
  return head.sum == sum_of(head, payload);
}

bool good_frame_after(std::string_view bytes, size_t offset) {
  const std::string_view magic{reinterpret_cast<const char*>(&frame_magic), sizeof frame_magic};
  frame_head head;
  std::string_view payload;
  for (auto at = bytes.find(magic, offset + 1); at != std::string_view::npos; at = bytes.find(magic, at + 1))
    if (read_frame(bytes, at, head, payload)) return true;
  return false;
}

} // namespace

expected<metadata_log> metadata_log::open(const std::string& path, const visitor& visit, std::string& warning) {
  metadata_log log;
  PELORUS_ASSIGN(log.file_, file::open_write(path));
  PELORUS_ASSIGN(auto bytes, log.file_.read_all());
  frame_head head;
  std::string_view payload;
  size_t offset = 0;
  while (read_frame(bytes, offset, head, payload)) {
    PELORUS_TRY(visit(head.position, payload));
    log.position_ = head.position;
    offset += sizeof head + payload.size();
  }
  auto rest = std::string_view{bytes}.substr(offset);
  if (rest.find_first_not_of('\0') != std::string_view::npos) {
    if (good_frame_after(bytes, offset))
      return error{ec::corrupt, fmt::format("{} is damaged at byte {}; good entries follow it", path, offset)};
    warning = fmt::format("{}: the last entry was cut off by a crash at byte {} and is dropped", path, offset);
    PELORUS_TRY(log.file_.truncate(offset));
    PELORUS_TRY(log.file_.sync_data());
    log.allocated_ = offset;
  } else {
    log.allocated_ = bytes.size();
  }
  log.end_ = offset;
  return log;
}

expected<uint64_t> metadata_log::append(const std::vector<std::string>& entries, bool sync) {
  if (broken_) return error{ec::io_failed, fmt::format("{} failed before; restart to find out what it holds", file_.path())};
  std::string frames;
  auto position = position_;
  for (auto& entry : entries) {
    frame_head head;
    head.size = static_cast<uint32_t>(entry.size());
    head.position = ++position;
    head.sum = sum_of(head, entry);
    frames.append(reinterpret_cast<const char*>(&head), sizeof head).append(entry);
  }
  if (end_ + frames.size() > allocated_) {
    // More room than needed, so that most syncs find the file's size unchanged. A failure here has changed nothing.
    auto wanted = (end_ + frames.size() + allocation_step) / allocation_step * allocation_step;
    PELORUS_TRY(file_.allocate(wanted));
    allocated_ = wanted;
  }
  broken_ = true;
  PELORUS_TRY(file_.write_at(end_, frames));
  if (sync) PELORUS_TRY(file_.sync_data());
  broken_ = false;
  end_ += frames.size();
  return position_ = position;
}

expected<void> metadata_log::restart(uint64_t position) {
  PELORUS_TRY(file_.truncate(0));
  PELORUS_TRY(file_.sync_data());
  end_ = allocated_ = 0;
  position_ = position;
  return {};
}

} // namespace pelorus
