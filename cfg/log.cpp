#include "cfg/log.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/chrono.h>
#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "cfg/strings.hpp"

namespace pelorus {

namespace fs = std::filesystem;

std::string_view to_string(log_level level) {
  switch (level) {
    case log_level::debug: return "DEBUG";
    case log_level::info: return "INFO";
    case log_level::warning: return "WARNING";
    case log_level::error: return "ERROR";
  }
  return "ERROR";
}

namespace {

// Appends to one file; at the size limit the file gets a dated name and a new one begins.
class archiving_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit archiving_sink(const log_options& options) : options_(options), path_(options.file) {
    file_.open(options.file);
    size_bytes_ = file_.size();
  }

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (size_bytes_ > 0 && size_bytes_ + line.size() > options_.size_bytes_max) archive();
    file_.write(line);
    size_bytes_ += line.size();
  }

  void flush_() override { file_.flush(); }

private:
  void archive() {
    file_.close();
    std::error_code failure;
    fs::rename(path_, archive_name(), failure);
    file_.open(options_.file);  // appends to the old file if the rename failed
    size_bytes_ = failure ? 0 : file_.size();
    remove_old_archives();
  }

  fs::path archive_name() const {
    auto stamp = fmt::format("{:%Y%m%d%H%M%S}", fmt::localtime(std::time(nullptr)));
    for (int attempt = 0;; ++attempt) {
      auto suffix = attempt == 0 ? std::string{} : fmt::format("-{}", attempt);
      auto name = path_.parent_path() / fmt::format("{}_{}{}{}", path_.stem().string(), stamp,
                                                    suffix, path_.extension().string());
      if (!fs::exists(name)) return name;
    }
  }

  // <stem>_<14 digits>[-n]<extension>: nothing else is ever deleted.
  bool is_archive(const fs::path& file) const {
    auto name = file.stem().string();
    auto prefix = path_.stem().string() + "_";
    if (file.extension() != path_.extension() || !name.starts_with(prefix)) return false;
    auto stamp = name.substr(prefix.size());
    return stamp.size() >= 14 && stamp.find_first_not_of("0123456789") >= 14;
  }

  void remove_old_archives() const {
    if (options_.retention_days == 0) return;
    auto age = std::chrono::hours{24} * options_.retention_days;
    auto oldest = fs::file_time_type::clock::now() - age;
    std::error_code ignored;  // a file that cannot be removed is tried again at the next archive
    auto directory = path_.has_parent_path() ? path_.parent_path() : fs::path{"."};
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      if (is_archive(entry.path()) && entry.last_write_time(ignored) < oldest)
        fs::remove(entry.path(), ignored);
    }
  }

  log_options options_;
  fs::path path_;
  spdlog::details::file_helper file_;
  uint64_t size_bytes_ = 0;
};

using logger_ptr = std::shared_ptr<spdlog::logger>;

logger_ptr make_logger(std::vector<spdlog::sink_ptr> sinks) {
  auto logger = std::make_shared<spdlog::logger>("pelorus", sinks.begin(), sinks.end());
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%f %v");
  logger->set_level(spdlog::level::trace);  // log_enabled() decides
  logger->flush_on(spdlog::level::trace);   // a crash must not lose the last lines
  return logger;
}

std::atomic<log_level> lowest_level{log_level::info};

// Loggers are never destroyed: threads may write to one while another takes its place, and while the process ends.
spdlog::logger* keep(logger_ptr logger) {
  static auto* lock = new std::mutex;
  static auto* kept = new std::vector<logger_ptr>;
  std::lock_guard guard{*lock};
  return kept->emplace_back(std::move(logger)).get();
}

std::atomic<spdlog::logger*>& current_logger() {
  static std::atomic<spdlog::logger*> logger{keep(make_logger({std::make_shared<spdlog::sinks::stderr_sink_mt>()}))};
  return logger;
}

} // namespace

expected<void> install_log(const log_options& options) {
  lowest_level = options.level;
  std::vector<spdlog::sink_ptr> sinks;
  if (options.file.empty() || options.also_stdout)
    sinks.push_back(std::make_shared<spdlog::sinks::stdout_sink_mt>());
  try {
    auto directory = fs::path{options.file}.parent_path();
    if (!directory.empty()) fs::create_directories(directory);
    if (!options.file.empty()) sinks.push_back(std::make_shared<archiving_sink>(options));
    current_logger() = keep(make_logger(std::move(sinks)));
  } catch (const std::exception& failure) {
    return error{ec::io_failed,
                 fmt::format("cannot open the log file [{}]: {}", options.file, failure.what())};
  }
  return {};
}

void set_log_level(log_level level) { lowest_level = level; }

bool log_enabled(log_level level) { return level >= lowest_level.load(std::memory_order_relaxed); }

void log_line(log_level level, std::string_view message) {
  auto text = fmt::format("<{}> :{}", to_string(level), message);
  if (text.find('\n') != std::string::npos)
    text = strings::replace_all(std::move(text), "\n", "\n  ");
  current_logger().load()->info(spdlog::string_view_t{text.data(), text.size()});
}

} // namespace pelorus
