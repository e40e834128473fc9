#include "query/token.hpp"

#include <fmt/format.h>

namespace pelorus {

std::string describe(const token& t) {
  switch (t.kind) {
  case token_kind::end: return "the end of the script";
  case token_kind::directive: return "#include";
  default: return fmt::format("'{}'", t.text.size() > 40 ? t.text.substr(0, 40) + ".." : t.text);
  }
}

} // namespace pelorus
