#include "storage/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "storage/disk_watch.hpp"

namespace pelorus {

error system_error(std::string_view doing, std::string_view path) {
  auto reason = errno;
  auto code = reason == ENOSPC || reason == EDQUOT ? ec::disk_full : reason == ENOENT ? ec::not_found : ec::io_failed;
  return {code, fmt::format("cannot {} {}: {}", doing, path, std::strerror(reason))};
}

file::~file() {
  if (fd_ >= 0) ::close(fd_);
}

expected<file> file::open_read(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("open", path);
  return file{fd, path};
}

expected<file> file::open_write(const std::string& path, bool truncate) {
  PELORUS_TRY(ask_disk({.step = disk_step::create, .path = path, .offset = truncate}));
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (truncate ? O_TRUNC : 0), 0644);
  if (fd < 0) return system_error("open", path);
  return file{fd, path};
}

expected<uint64_t> file::size() const {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return system_error("stat", path_);
  return static_cast<uint64_t>(info.st_size);
}

static expected<void> write_all(int fd, const std::string& path, uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    auto done = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0) {
      if (errno == EINTR) continue;
      return system_error("write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
  return {};
}

expected<void> file::write_at(uint64_t offset, std::string_view bytes) {
  PELORUS_TRY(ask_disk({.step = disk_step::write, .path = path_, .fd = fd_, .offset = offset, .bytes = bytes}));
  return write_all(fd_, path_, offset, bytes);
}

expected<void> file::read_at(uint64_t offset, void* to, size_t size) const {
  auto* at = static_cast<char*>(to);
  while (size != 0) {
    auto done = ::pread(fd_, at, size, static_cast<off_t>(offset));
    if (done < 0) {
      if (errno == EINTR) continue;
      return system_error("read", path_);
    }
    if (done == 0) return error{ec::corrupt, fmt::format("{} ends at byte {}, {} more were expected", path_, offset, size)};
    at += done;
    size -= static_cast<size_t>(done);
    offset += static_cast<uint64_t>(done);
  }
  return {};
}

expected<std::string> file::read_all() const {
  PELORUS_ASSIGN(auto bytes, size());
  std::string text(bytes, '\0');
  PELORUS_TRY(read_at(0, text.data(), text.size()));
  return text;
}

expected<void> file::truncate(uint64_t size) {
  PELORUS_TRY(ask_disk({.step = disk_step::truncate, .path = path_, .fd = fd_, .offset = size}));
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return system_error("truncate", path_);
  return {};
}

expected<void> file::allocate(uint64_t size) {
  PELORUS_TRY(ask_disk({.step = disk_step::allocate, .path = path_, .fd = fd_, .offset = size}));
  PELORUS_ASSIGN(auto before, this->size());
  if (int reason = ::posix_fallocate(fd_, 0, static_cast<off_t>(size)); reason != 0) {
    errno = reason;
    return system_error("allocate space in", path_);
  }
  // Space that is only reserved costs a change of the file system's own records at the sync of each write to it.
  static const std::string zeros(size_t{1} << 18, '\0');
  for (auto at = before; at < size;) {
    auto piece = std::min<uint64_t>(zeros.size(), size - at);
    PELORUS_TRY(write_all(fd_, path_, at, std::string_view{zeros}.substr(0, piece)));
    at += piece;
  }
  return {};
}

expected<void> file::sync_data() {
  PELORUS_TRY(ask_disk({.step = disk_step::sync, .path = path_, .fd = fd_}));
  if (::fdatasync(fd_) != 0) return system_error("sync", path_);
  return {};
}

expected<void> make_directories(const std::string& path) {
  PELORUS_TRY(ask_disk({.step = disk_step::make_directory, .path = path}));
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (!failed) return {};
  errno = failed.value();
  return system_error("create directory", path);
}

expected<void> sync_directory(const std::string& path) {
  PELORUS_TRY(ask_disk({.step = disk_step::sync_directory, .path = path}));
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("open directory", path);
  file held{fd, path};
  if (::fsync(fd) != 0) return system_error("sync directory", path);
  return {};
}

expected<void> rename_file(const std::string& from, const std::string& to) {
  PELORUS_TRY(ask_disk({.step = disk_step::rename, .path = from, .to = to}));
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename to", to);
  return {};
}

expected<void> remove_file(const std::string& path) {
  PELORUS_TRY(ask_disk({.step = disk_step::remove, .path = path}));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path);
  return {};
}

expected<void> remove_tree(const std::string& path) {
  PELORUS_TRY(ask_disk({.step = disk_step::remove, .path = path}));
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (!failed) return {};
  errno = failed.value();
  return system_error("remove", path);
}

expected<void> write_file_atomically(const std::string& path, std::string_view bytes, bool sync) {
  auto temporary = path + ".tmp";
  auto write_it = [&]() -> expected<void> {
    PELORUS_ASSIGN(auto out, file::open_write(temporary, true));
    PELORUS_TRY(out.write_at(0, bytes));
    if (sync) PELORUS_TRY(out.sync_data());
    return rename_file(temporary, path);
  };
  if (auto written = write_it(); !written) {
    (void)remove_file(temporary);  // the room it takes may be what is missing
    return written;
  }
  if (sync) PELORUS_TRY(sync_directory(std::filesystem::path{path}.parent_path().string()));
  return {};
}

expected<std::string> read_file(const std::string& path) {
  PELORUS_ASSIGN(auto in, file::open_read(path));
  return in.read_all();
}

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

expected<directory_lock> directory_lock::acquire(const std::string& directory) {
  PELORUS_TRY(make_directories(directory));
  directory_lock lock;
  PELORUS_ASSIGN(lock.held_, file::open_write(directory + "/.pelorus.lock"));
  if (::flock(lock.held_.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("lock", lock.held_.path());
    return error{ec::conflict, fmt::format("directory {} is in use by another process (it holds .pelorus.lock)", directory)};
  }
  return lock;
}

} // namespace pelorus
