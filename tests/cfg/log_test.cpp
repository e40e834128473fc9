#include "cfg/log.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/cfg/scratch_directory.hpp"

using namespace pelorus;

static std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream stream{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Every digit becomes 0.
static std::string shape_of(std::string line) {
  std::replace_if(line.begin(), line.end(), [](char c) { return c >= '1' && c <= '9'; }, '0');
  return line;
}

TEST_CASE("log lines have time, level and message; lower levels are dropped") {
  scratch_directory here;
  log_options options;
  options.file = here.path() + "/log dir/n1.log";
  options.level = log_level::info;
  REQUIRE(install_log(options));
  log_debug("not shown {}", 1);
  log_info("started on port {}", 8900);
  log_warn("careful");
  log_error("two\nlines");
  set_log_level(log_level::error);
  log_info("not shown");
  auto lines = lines_of(options.file);
  REQUIRE(lines.size() == 4);
  CHECK(shape_of(lines[0]) == "0000-00-00 00:00:00.000000 <INFO> :started on port 0000");
  CHECK(lines[1].ends_with(" <WARNING> :careful"));
  CHECK(lines[2].ends_with(" <ERROR> :two"));
  CHECK(lines[3] == "  lines");
  REQUIRE(install_log({}));
}

TEST_CASE("a full log file is archived and no line is lost, whatever the threads") {
  scratch_directory here;
  log_options options;
  options.file = here.path() + "/n1.log";
  options.size_bytes_max = 4096;
  REQUIRE(install_log(options));
  here.write("n1_2.log", "another node's log stays");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) log_info("{:040}", i);
    });
  for (auto& thread : threads) thread.join();
  REQUIRE(install_log({}));
  size_t lines = 0, files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(here.path())) {
    if (entry.path().filename() == "n1_2.log") continue;
    CHECK(entry.file_size() <= 4096);
    lines += lines_of(entry.path()).size();
    ++files;
  }
  CHECK(lines == 400);
  CHECK(files > 5);
  CHECK(std::filesystem::exists(here.path() + "/n1_2.log"));
}

TEST_CASE("the file may change while threads write, and no line is lost") {
  scratch_directory here;
  std::vector<log_options> files(8);
  for (size_t i = 0; i < files.size(); ++i) files[i].file = here.path() + "/" + std::to_string(i) + ".log";
  REQUIRE(install_log(files[0]));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) log_info("{}", i);
    });
  for (const auto& next : files) CHECK(install_log(next));
  for (auto& thread : threads) thread.join();
  REQUIRE(install_log({}));
  size_t lines = 0;
  for (const auto& options : files) lines += lines_of(options.file).size();
  CHECK(lines == 800);
}

TEST_CASE("a log file that cannot be opened is an error") {
  scratch_directory here;
  here.write("plain", "");
  log_options options;
  options.file = here.path() + "/plain/n1.log";
  auto done = install_log(options);
  REQUIRE_FALSE(done);
  CHECK(done.error().message.starts_with("cannot open the log file [" + options.file + "]: "));
}
