#include "tests/simulator/disk.hpp"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace pelorus::simulation {

namespace fs = std::filesystem;

namespace {

bool is_followed(std::string_view path) {
  return !path.ends_with("data.mdb") && !path.ends_with(".pelorus.lock") && !path.ends_with("lmdb.loading") &&
         !path.ends_with("lmdb.loading.tmp");
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool is_sync(disk_step step) { return step == disk_step::sync || step == disk_step::sync_directory || step == disk_step::sync_all; }

uint64_t size_of(int fd) {
  struct stat info;
  return ::fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

} // namespace

std::string_view name_of(disk_fault fault) {
  switch (fault) {
    case disk_fault::none: return "none";
    case disk_fault::io_error: return "I/O error";
    case disk_fault::full: return "disk full";
    case disk_fault::crash_before: return "crash before a disk step";
    case disk_fault::crash_torn: return "crash in a disk step";
  }
  return "?";
}

std::string faulty_disk::node_of(const std::string& path) const {
  if (!path.starts_with(root_) || path.size() <= root_.size() + 1) return {};
  auto begin = root_.size() + 1;
  return path.substr(begin, path.find('/', begin) - begin);
}

expected<void> faulty_disk::before(const disk_operation& operation) {
  auto node = node_of(operation.path);
  if (node.empty()) return {};
  auto& disk = disks_[node];
  if (disk.gone) return error{ec::io_failed, fmt::format("{} is off", node)};
  if (counts_ && is_followed(operation.path)) {
    auto fault = hooks_.fate(steps_++, node, operation.step);
    if (fault != disk_fault::none) return fail(fault, node, operation);
  }
  record(disk, operation);
  return {};
}

expected<void> faulty_disk::fail(disk_fault fault, const std::string& node, const disk_operation& operation) {
  auto& disk = disks_[node];
  if (fault == disk_fault::full && !is_sync(operation.step))
    return error{ec::disk_full, fmt::format("no space left for {}", operation.path)};
  if (fault == disk_fault::io_error || fault == disk_fault::full) {
    if (is_sync(operation.step)) make_durable(disk, operation, true);
    return error{ec::io_failed, fmt::format("{} fails", operation.path)};
  }
  if (fault == disk_fault::crash_torn) {
    record(disk, operation);
    // A step without bytes is done or not; of a write the first half gets to the page cache.
    if (operation.step == disk_step::write)
      (void)!::pwrite(operation.fd, operation.bytes.data(), operation.bytes.size() / 2, static_cast<off_t>(operation.offset));
  }
  disk.gone = true;
  hooks_.crashed(node);
  return error{ec::io_failed, fmt::format("{} crashed", node)};
}

void faulty_disk::start() {
  for (auto& [node, disk] : disks_) disk.changes.clear();
  steps_ = 0;
  counts_ = true;
}

// -- what happened --------------------------------------------------------------------------------------------

faulty_disk::tracked_ptr faulty_disk::track(const std::string& path) {
  auto& file = files_[path];
  if (!file) file = std::make_shared<tracked>(tracked{path});
  return file;
}

/// A second name for what is about to lose its own; "" when there is nothing.
std::string faulty_disk::keep(const std::string& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) return {};
  auto kept = fmt::format("{}/.kept", root_);
  fs::create_directories(kept, failed);
  kept += fmt::format("/{}", kept_++);
  if (fs::is_directory(path, failed)) fs::copy(path, kept, fs::copy_options::recursive | fs::copy_options::create_hard_links, failed);
  else fs::create_hard_link(path, kept, failed);
  return kept;
}

void faulty_disk::record(node_disk& disk, const disk_operation& operation) {
  if (!is_followed(operation.path)) return;
  switch (operation.step) {
    case disk_step::write:
    case disk_step::truncate:
    case disk_step::allocate: return record_content(disk, operation);
    case disk_step::create:
    case disk_step::rename:
    case disk_step::remove: return record_names(disk, operation);
    case disk_step::sync:
    case disk_step::sync_directory:
    case disk_step::sync_all:
      if (!disk.lies_about(operation.path)) make_durable(disk, operation, false);
      return;
    case disk_step::make_directory:  // an empty directory too many or too few matters to nobody: see write_segment
    case disk_step::commit_lmdb: return;
  }
}

void faulty_disk::record_content(node_disk& disk, const disk_operation& operation) {
  change x{operation.step, track(operation.path), {}, {}, operation.offset, operation.bytes.size(), size_of(operation.fd), {}};
  auto from = operation.offset;
  auto to = operation.step == disk_step::write ? std::min(x.old_size, from + x.length) : x.old_size;
  if (from < to && operation.step != disk_step::allocate) {
    x.old_bytes.resize(to - from);
    (void)!::pread(operation.fd, x.old_bytes.data(), x.old_bytes.size(), static_cast<off_t>(from));
  }
  disk.changes.push_back(std::move(x));
}

void faulty_disk::record_names(node_disk& disk, const disk_operation& operation) {
  change x{operation.step, nullptr, operation.path, {}, 0, 0, 0, {}};
  std::error_code failed;
  if (operation.step == disk_step::create) {
    bool there = fs::exists(operation.path, failed);
    if (there && operation.offset == 0) return;  // opened, not changed
    if (there) {
      x.step = disk_step::truncate;
      int fd = ::open(operation.path.c_str(), O_RDONLY | O_CLOEXEC);
      x.old_size = size_of(fd);
      x.old_bytes.resize(x.old_size);
      (void)!::pread(fd, x.old_bytes.data(), x.old_bytes.size(), 0);
      ::close(fd);
    }
    x.file = track(operation.path);
  } else if (operation.step == disk_step::rename) {
    x.kept = keep(operation.to);
    files_.erase(operation.to);
    x.file = track(operation.path);
    files_.erase(operation.path);
    x.file->path = operation.to;
    files_[operation.to] = x.file;
  } else {
    x.kept = keep(operation.path);
    if (x.kept.empty()) return;
    x.file = track(operation.path);
    files_.erase(operation.path);
  }
  disk.changes.push_back(std::move(x));
}

namespace {

/// Whether nothing is left of what `before` did to a file.
bool overwrites(const auto& after, const auto& before) {
  if (after.step == disk_step::truncate) return after.offset <= (before.step == disk_step::write ? before.offset : before.old_size);
  // Durable bytes behind the old end keep the file's length.
  if (before.step == disk_step::allocate) return after.step == disk_step::write && after.offset + after.length > before.old_size;
  return before.step == disk_step::write && after.step == disk_step::write && after.offset <= before.offset &&
         after.offset + after.length >= before.offset + before.length;
}

} // namespace

/// A sync of a file makes its bytes durable, not its name; a sync of a directory the names in it; one of all both.
void faulty_disk::make_durable(node_disk& disk, const disk_operation& operation, bool failed) {
  bool names = operation.step == disk_step::sync_directory, all = operation.step == disk_step::sync_all;
  for (auto& x : disk.changes) {
    bool meant = all ? x.file->path.starts_with(operation.path + "/") : names ? x.is_name() && parent_of(x.file->path) == operation.path : !x.is_name() && x.file->path == operation.path;
    if (!meant) continue;
    if (failed) x.lost = true;
    else x.durable = x.durable || !x.lost;
  }
  if (failed || names) return;
  // Bytes that an earlier sync lost do not matter any more where newer ones are durable: a crash must not bring older ones there.
  for (auto lost = disk.changes.begin(); lost != disk.changes.end(); ++lost) {
    if (!lost->lost || lost->is_name()) continue;
    lost->durable = lost->durable || std::any_of(lost + 1, disk.changes.end(), [&](auto& x) {
      return x.durable && !x.is_name() && x.file == lost->file && overwrites(x, *lost);
    });
  }
}

// -- what a crash loses ----------------------------------------------------------------------------------------

void faulty_disk::restart(const std::string& node, survival what, std::mt19937_64& random) {
  auto& disk = disks_[node];
  auto names_kept = disk.changes.size();  // names reach the disk in their order, bytes in any
  if (what == survival::nothing) names_kept = 0;
  if (what == survival::some) names_kept = random() % (disk.changes.size() + 1);
  for (auto i = disk.changes.size(); i-- > 0;) {
    auto& x = disk.changes[i];
    if (x.durable) continue;
    if (x.is_name()) {
      if (i >= names_kept && !is_overtaken(x)) undo_name(x);
      continue;
    }
    auto fate = what == survival::everything ? 0 : what == survival::nothing ? 1 : random() % 3;
    if (fate == 0 || is_overtaken(x)) continue;
    std::vector<const change*> lasting;  // what an older step's loss cannot take away
    for (auto j = i + 1; j < disk.changes.size(); ++j)
      if (auto& later = disk.changes[j]; later.durable && later.step == disk_step::write && later.file == x.file) lasting.push_back(&later);
    undo_content(x, fate == 1 || x.length == 0 ? 0 : random() % x.length, lasting);
  }
  // Where only the process died nothing has become durable by that.
  if (what == survival::everything) std::erase_if(disk.changes, [](auto& x) { return x.durable; });
  else disk.changes.clear();
  disk.gone = false;
}

/// Another file has its name by now, and that has lasted: what became of this one is not seen.
bool faulty_disk::is_overtaken(const change& x) const {
  if (x.step == disk_step::remove) return fs::exists(x.from);
  auto now = files_.find(x.file->path);
  return now == files_.end() || now->second != x.file;
}

void faulty_disk::undo_name(change& x) {
  std::error_code failed;
  auto& path = x.file->path;
  if (x.step == disk_step::create) {
    fs::remove(path, failed);
    files_.erase(path);
  } else if (x.step == disk_step::rename) {
    fs::rename(path, x.from, failed);
    files_.erase(path);
    if (!x.kept.empty()) fs::rename(x.kept, path, failed);
    path = x.from;
    files_[path] = x.file;
  } else {
    fs::create_directories(parent_of(x.from), failed);
    fs::rename(x.kept, x.from, failed);
    files_[path] = x.file;
  }
}

/// Brings the old bytes and the old length back, but for the first `keep_bytes` of a write and what `lasting` has put there since.
void faulty_disk::undo_content(const change& x, uint64_t keep_bytes, const std::vector<const change*>& lasting) {
  int fd = ::open(x.file->path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;  // its name was lost too
  auto begin = x.step == disk_step::write ? x.offset : 0;
  auto bytes = x.old_bytes;
  if (x.step == disk_step::write) bytes.resize(x.length, '\0');
  uint64_t lasts_to = 0;
  for (auto* later : lasting) {
    lasts_to = std::max(lasts_to, later->offset + later->length);
    auto from = std::max(begin, later->offset), to = std::min(begin + bytes.size(), later->offset + later->length);
    if (from < to) (void)!::pread(fd, bytes.data() + (from - begin), to - from, static_cast<off_t>(from));
  }
  auto put_back = [&] {
    (void)!::pwrite(fd, bytes.data() + keep_bytes, bytes.size() - keep_bytes, static_cast<off_t>(begin + keep_bytes));
  };
  auto set_length = [&](uint64_t length) { (void)!::ftruncate(fd, static_cast<off_t>(std::max(length, lasts_to))); };
  if (x.step == disk_step::write) {
    bool at_end = begin + x.length >= size_of(fd);
    put_back();
    if (at_end) set_length(std::max(x.old_size, keep_bytes == 0 ? x.old_size : begin + keep_bytes));
  } else {
    set_length(x.old_size);
    put_back();
  }
  ::close(fd);
}

} // namespace pelorus::simulation
