#include "storage/redo_log.hpp"
#include "storage/redo_salvage.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

namespace pelorus {

namespace {

constexpr std::string_view prefix = "redo.";
constexpr auto report_interval = std::chrono::seconds{5};
/// A file with fewer bytes is not worth a new one when everything in it may go.
constexpr uint64_t worth_a_new_file = 64 << 10;

std::string file_at(const std::string& directory, uint64_t position) {
  return fmt::format("{}/{}{:016x}", directory, prefix, position);
}

} // namespace

expected<std::vector<std::string>> redo_files_in(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (std::filesystem::directory_iterator at{directory, failed}, end; !failed && at != end; at.increment(failed))
    if (at->path().filename().string().starts_with(prefix)) paths.push_back(at->path().string());
  if (failed) return error{ec::io_failed, fmt::format("cannot list {}: {}", directory, failed.message())};
  std::sort(paths.begin(), paths.end());
  return paths;
}

expected<redo_log> redo_log::open(options how, const visitor& visit) {
  using clock = std::chrono::steady_clock;
  redo_log log;
  log.options_ = std::move(how);
  auto& directory = log.options_.directory;
  PELORUS_TRY(make_directories(directory));
  PELORUS_ASSIGN(auto paths, redo_files_in(directory));
  uint64_t records = 0, bytes = 0, file = 0;
  auto tell = [&](std::string_view what) {
    if (log.options_.report && records != 0)
      log.options_.report(fmt::format("redo log: {} records, {} bytes {}, file {} of {}", records, bytes, what, file, paths.size()));
  };
  auto told = clock::now();
  auto show = [&](log_mark at, std::string_view record) -> expected<void> {
    ++records;
    bytes += record.size();
    if (clock::now() - told >= report_interval) {
      told = clock::now();
      tell("replayed so far");
    }
    return visit(at.position, record);
  };
  log_mark before;
  for (auto& path : paths) {
    ++file;
    bool first = file == 1, last = file == paths.size();
    PELORUS_ASSIGN(auto opened, metadata_log::open(path, show));
    opened.set_allocation_step(log.options_.allocation_step);
    // A crash between the making of the newest file and the sync of its head leaves it empty.
    if (last && !first && opened.mark() == log_mark{}) PELORUS_TRY(opened.restart(before));
    auto begin = opened.begin();
    if (!first && (begin.chain != before.chain || begin.position < before.position))
      return error{ec::corrupt, fmt::format("redo log {} begins behind record {}, the file before it ends at {}: records were lost",
                                            path, begin.position, before.position)};
    if (first) log.begin_ = begin.position;
    before = opened.mark();
    // The next file was begun after all of this one was durable.
    if (auto torn = opened.torn_at(); torn && !last)
      return error{ec::corrupt, fmt::format("redo log {} is damaged at byte {}: record {} cannot be read", path, *torn, before.position + 1)};
    if (!last) {
      log.older_.push_back({path, before.position, opened.bytes()});
      continue;
    }
    if (auto torn = opened.torn_at()) {
      if (log.options_.report) log.options_.report(fmt::format("redo log {}: torn end at byte {}, cut", path, *torn));
      PELORUS_TRY(opened.cut_torn_end());
    }
    log.newest_ = std::move(opened);
    log.path_ = path;
  }
  tell("replayed");
  if (paths.empty()) PELORUS_TRY(log.begin_file({}));
  return log;
}

expected<void> redo_log::begin_file(log_mark from) {
  auto path = file_at(options_.directory, from.position);
  auto begin = [&]() -> expected<void> {
    PELORUS_ASSIGN(auto fresh, metadata_log::open(path, [](log_mark, std::string_view) -> expected<void> { return {}; }));
    fresh.set_allocation_step(options_.allocation_step);
    PELORUS_TRY(fresh.restart(from));
    PELORUS_TRY(sync_directory(options_.directory));
    newest_ = std::move(fresh);
    return {};
  };
  auto begun = begin();
  // A file or name whose sync has failed once may be lost although the next sync says that it is not. A full disk is tried again.
  if (begun) path_ = std::move(path);
  else failed_ = begun.error().code != ec::disk_full;
  return begun;
}

expected<uint64_t> redo_log::append(const std::vector<std::string>& records, bool sync) {
  if (failed_) return error{ec::io_failed, fmt::format("the redo log in {} failed before; restart to find out what it holds", options_.directory)};
  if (newest_.bytes() >= options_.file_bytes) {
    // The next file says where this one ended: that must be true after a crash.
    if (!newest_.synced()) PELORUS_TRY(newest_.sync());
    closed full{path_, position(), newest_.bytes()};
    PELORUS_TRY(begin_file(newest_.mark()));
    older_.push_back(std::move(full));
  }
  PELORUS_ASSIGN(auto mark, newest_.append(records, sync));
  return mark.position;
}

expected<void> redo_log::skip_to(uint64_t position) {
  if (newest_.mark().position >= position) return {};
  closed here{path_, this->position(), newest_.bytes()};
  PELORUS_TRY(begin_file({position, newest_.mark().chain}));
  if (here.path != path_) older_.push_back(std::move(here));
  return {};
}

expected<size_t> redo_log::purge(uint64_t needed) {
  if (position() < needed && newest_.bytes() > worth_a_new_file) {
    if (!newest_.synced()) PELORUS_TRY(newest_.sync());
    closed done{path_, position(), newest_.bytes()};
    PELORUS_TRY(begin_file(newest_.mark()));
    older_.push_back(std::move(done));
  }
  size_t removed = 0;
  while (!older_.empty() && older_.front().last < needed) {
    PELORUS_TRY(remove_file(older_.front().path));
    begin_ = older_.front().last;
    older_.erase(older_.begin());
    ++removed;
  }
  return removed;
}

uint64_t redo_log::bytes() const {
  uint64_t total = newest_.bytes();
  for (auto& file : older_) total += file.bytes;
  return total;
}

} // namespace pelorus
