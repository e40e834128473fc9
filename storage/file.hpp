// Files of the store: what can fail answers an error that names the path and the reason.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cfg/error.hpp"

namespace pelorus {

/// The error of the last system call: disk_full, not_found or io_failed, with path and reason.
error system_error(std::string_view doing, std::string_view path);

/// An open file descriptor.
class file {
public:
  file() = default;
  explicit file(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~file();
  file(file&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
  file& operator=(file&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
  }

  static expected<file> open_read(const std::string& path);
  /// Opens for reading and writing, creating it when missing.
  static expected<file> open_write(const std::string& path, bool truncate = false);

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  expected<uint64_t> size() const;
  expected<void> write_at(uint64_t offset, std::string_view bytes);
  /// Reads exactly `size` bytes; ec::corrupt when the file ends before.
  expected<void> read_at(uint64_t offset, void* to, size_t size) const;
  expected<std::string> read_all() const;
  expected<void> truncate(uint64_t size);
  /// Reserves zeroed space, so that later writes into it need no metadata sync.
  expected<void> allocate(uint64_t size);
  expected<void> sync_data();

private:
  int fd_ = -1;
  std::string path_;
};

expected<void> make_directories(const std::string& path);
/// fsync of a directory, after files were created, renamed or removed in it.
expected<void> sync_directory(const std::string& path);
expected<void> rename_file(const std::string& from, const std::string& to);
expected<void> remove_file(const std::string& path);
/// A directory with all that is in it; one that is not there is no error.
expected<void> remove_tree(const std::string& path);
/// Writes under a temporary name and renames; with `sync` both the file and its directory are durable.
expected<void> write_file_atomically(const std::string& path, std::string_view bytes, bool sync);
expected<std::string> read_file(const std::string& path);
bool file_exists(const std::string& path);

/// An exclusive lock on `<directory>/.pelorus.lock`, held as long as it lives. ec::conflict when another process has it.
class directory_lock {
public:
  static expected<directory_lock> acquire(const std::string& directory);

private:
  file held_;
};

} // namespace pelorus
