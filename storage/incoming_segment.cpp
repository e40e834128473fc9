#include "storage/incoming_segment.hpp"

#include <algorithm>

#include <fcntl.h>

#include "storage/replica_files.hpp"

namespace pelorus {

static constexpr uint64_t bytes_between_writes = 8 << 20;  // the disk likes more at a time than a frame
static constexpr std::string_view suffix = ".tmp";

expected<incoming_segment> incoming_segment::open(std::string path, uint64_t bytes, uint64_t rows, uint64_t tail_bytes) {
  incoming_segment fresh;
  PELORUS_ASSIGN(fresh.out_, file::open_write(path + std::string{suffix}, true));
  fresh.path_ = std::move(path);
  fresh.bytes_ = bytes;
  fresh.rows_ = rows;
  fresh.tail_begin_ = bytes - std::min(bytes, tail_bytes);
  return fresh;
}

expected<void> incoming_segment::take(uint64_t at, std::string_view frame) {
  PELORUS_TRY(out_.write_at(at, frame));
  if (at == tail_begin_) {
    PELORUS_TRY(take_tail(frame));
  } else {
    taken_ += frame.size();
    if (check_ && check_->position() != at) check_.reset();
    if (check_) PELORUS_TRY(check_->pass(frame));
  }
  write_early(complete() ? bytes_ : taken_);
  if (!complete() || !check_) return {};
  PELORUS_TRY(check_->pass(tail_));
  return check_->end();
}

expected<void> incoming_segment::take_tail(std::string_view frame) {
  has_tail_ = true;
  tail_ = frame;
  auto check = segment_check::begin(path_, bytes_, rows_, frame);
  if (!check) return check.error().code == ec::limit_exceeded ? expected<void>{} : check.error();
  if (taken_ == 0) check_ = *std::move(check);
  return {};
}

/// The disk writes while the next frames come, so that little is left to the sync; a file system that cannot is no matter.
void incoming_segment::write_early(uint64_t upto) {
  if (upto < handed_over_ + bytes_between_writes && !complete()) return;
  (void)::sync_file_range(out_.fd(), static_cast<off_t>(handed_over_), static_cast<off_t>(upto - handed_over_), SYNC_FILE_RANGE_WRITE);
  handed_over_ = upto;
}

expected<void> incoming_segment::settle() {
  auto temporary = path_ + std::string{suffix};
  auto done = settle_as(temporary);
  if (!done) (void)remove_file(temporary);
  return done;
}

expected<void> incoming_segment::settle_as(const std::string& temporary) {
  PELORUS_TRY(out_.sync_data());
  if (!check_) PELORUS_TRY(verify_segment(temporary, rows_));
  return rename_file(temporary, path_);
}

} // namespace pelorus
