// What is wrong or doubtful in a configuration, with the place. All of it is collected in one pass.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pelorus {

/// Where a value comes from. Line 0 means that the source has no lines (the command line).
struct origin {
  std::string file;
  uint32_t line = 0;

  bool operator==(const origin&) const = default;
};

/// `<file>:<line>`, or `<file>` without a line.
std::string to_string(const origin& place);

enum class severity : uint8_t { warning, error };

struct diagnostic {
  severity level = severity::error;
  origin place;
  std::string key;     ///< the key as written; empty when the whole line or file is meant
  std::string reason;  ///< a sentence that says what is wrong and what is expected
  std::string node;    ///< alias, when only this node must not start; empty: the process itself

  bool operator==(const diagnostic&) const = default;
};

/// `<file>:<line>: <key>: <reason>`; parts that are empty are left out.
std::string to_string(const diagnostic& d);

/// The findings of one pass, in the order of discovery.
class diagnostics {
public:
  void warn(const origin& place, std::string_view key, std::string reason);
  void fail(const origin& place, std::string_view key, std::string reason);

  /// An error that stops one node only; the process that reads the file goes on.
  void fail_node(std::string_view alias, const origin& place, std::string_view key,
                 std::string reason);

  void append(const diagnostics& more);

  /// True when the process itself must not start.
  bool fatal() const;

  /// The errors of one node, one a line; empty when it may start.
  std::string node_errors(std::string_view alias) const;

  /// All errors, one a line, those of single nodes included.
  std::string errors() const;

  const std::vector<diagnostic>& all() const { return all_; }

private:
  std::vector<diagnostic> all_;
};

} // namespace pelorus
