#include "storage/lmdb_sum.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "storage/checksum.hpp"
#include "storage/file.hpp"

namespace pelorus {

namespace {

constexpr uint64_t sum_magic = 0x31304d5553454c50;  // "PLESUM01"
constexpr uint64_t block = uint64_t{1} << 20;

struct file_sum {
  uint64_t magic = sum_magic, bytes = 0, sum = 0;
  uint64_t own = 0;  ///< over the fields before it
  uint64_t own_sum() const { return checksum(this, offsetof(file_sum, own)); }
};
static_assert(sizeof(file_sum) == 32);

std::string data_in(const std::string& directory) { return directory + "/data.mdb"; }
std::string sum_in(const std::string& directory) { return directory + "/data.mdb.sum"; }

expected<file_sum> sum_of(const file& data) {
  file_sum x;
  PELORUS_ASSIGN(x.bytes, data.size());
  std::string bytes(std::min(block, x.bytes), '\0');
  for (uint64_t at = 0; at < x.bytes; at += block) {
    auto piece = std::min(block, x.bytes - at);
    PELORUS_TRY(data.read_at(at, bytes.data(), piece));
    x.sum = checksum(bytes.data(), piece, x.sum);
  }
  x.own = x.own_sum();
  return x;
}

} // namespace

expected<void> sum_lmdb(const std::string& directory) {
  PELORUS_ASSIGN(auto data, file::open_write(data_in(directory)));
  PELORUS_TRY(data.sync_data());
  PELORUS_ASSIGN(auto sum, sum_of(data));
  return write_file_atomically(sum_in(directory), {reinterpret_cast<const char*>(&sum), sizeof sum}, true);
}

expected<void> check_lmdb_sum(const std::string& directory) {
  auto path = sum_in(directory);
  if (!file_exists(path)) return {};
  PELORUS_ASSIGN(auto bytes, read_file(path));
  file_sum noted;
  if (bytes.size() == sizeof noted) std::memcpy(&noted, bytes.data(), sizeof noted);
  if (bytes.size() != sizeof noted || noted.magic != sum_magic || noted.own != noted.own_sum())
    return error{ec::corrupt, fmt::format("{} is damaged", path)};
  if (!file_exists(data_in(directory))) return error{ec::corrupt, fmt::format("{} is gone", data_in(directory))};
  PELORUS_ASSIGN(auto data, file::open_read(data_in(directory)));
  PELORUS_ASSIGN(auto found, sum_of(data));
  if (found.bytes != noted.bytes)
    return error{ec::corrupt, fmt::format("{} has {} bytes, it had {} when it was closed", data.path(), found.bytes, noted.bytes)};
  if (found.sum != noted.sum)
    return error{ec::corrupt, fmt::format("{} is not what it was when it was closed: its bytes do not match {}", data.path(), path)};
  return {};
}

bool has_lmdb_sum(const std::string& directory) { return file_exists(sum_in(directory)); }

expected<void> forget_lmdb_sum(const std::string& directory) {
  PELORUS_TRY(remove_file(sum_in(directory)));
  return sync_directory(directory);
}

} // namespace pelorus
