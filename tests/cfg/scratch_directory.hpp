// A temporary working directory for tests that read files by relative names.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace pelorus {

class scratch_directory {
public:
  scratch_directory() : before_(std::filesystem::current_path()) {
    std::string name = (std::filesystem::temp_directory_path() / "pelorus-cfg-XXXXXX").string();
    path_ = std::filesystem::canonical(mkdtemp(name.data()));
    std::filesystem::current_path(path_);
  }

  ~scratch_directory() {
    std::filesystem::current_path(before_);
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  void write(const std::string& name, std::string_view text) const {
    auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << text;
  }

  std::string path() const { return path_.string(); }

private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

} // namespace pelorus
