// LMDB with the house's manners: RAII, expected, checksummed records, a map that grows. The only user of <lmdb.h>.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

/// One environment with one unnamed database. One thread writes; readers may be on any thread, but must not write while
/// they read. A seal over all records (their number and sums) tells when one went missing.
class lmdb_store {
public:
  /// `sync` false only where losing the last transactions on power loss is allowed (dataSync=0). The file is surveyed
  /// before LMDB sees it (storage/lmdb_file.hpp): ec::corrupt tells what is wrong with it.
  static expected<lmdb_store> open(const std::string& directory, bool sync = true);
  /// Makes a new environment of all whole records that can be reached in a damaged one, which stays beside it as
  /// `data.mdb.damaged`. `on_damage` is told what was wrong, and whether records are missing.
  static expected<lmdb_store> rescue(const std::string& directory, bool sync, const std::function<void(error)>& on_damage);
  ~lmdb_store();
  lmdb_store(lmdb_store&&) noexcept;
  lmdb_store& operator=(lmdb_store&&) noexcept;

  class writer {
  public:
    virtual ~writer() = default;
    virtual expected<void> put(std::string_view key, std::string_view record) = 0;
    virtual expected<void> erase(std::string_view key) = 0;
  };

  /// Runs `body` in one write transaction; all or nothing. When the map is full it is doubled and `body` runs again.
  expected<void> write(const std::function<expected<void>(writer&)>& body);
  /// The record of a key; ec::corrupt when its checksum does not fit.
  expected<std::optional<std::string>> get(std::string_view key) const;
  using visitor = std::function<expected<void>(std::string_view key, std::string_view record)>;
  /// All records whose key begins with `prefix`, in key order; stops when `body` answers an error. An empty prefix also
  /// checks the seal. Damaged records, and a seal that does not fit, go to `on_damage`; without it they end the walk.
  expected<void> for_each(std::string_view prefix, const visitor& body,
                          const std::function<void(error)>& on_damage = nullptr) const;
  /// Seals the records as they are, after `on_damage` was told what is wrong with them.
  expected<void> reseal();
  uint64_t map_bytes() const;
  const std::string& path() const;

private:
  struct impl;
  explicit lmdb_store(std::unique_ptr<impl> x);
  std::unique_ptr<impl> impl_;
};

} // namespace pelorus
