#include "actors/errors.hpp"

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <fmt/format.h>

namespace pelorus {

namespace {
constexpr auto category = caf::atom("pelorus");
} // namespace

caf::error to_caf(const error& err) {
  return {static_cast<uint8_t>(err.code), category, caf::make_message(err.message, err.place)};
}

error from_caf(const caf::error& err, std::string_view doing) {
  if (err.category() == category) {
    error result;
    result.code = static_cast<ec>(err.code());
    if (err.context().match_elements<std::string, std::string>()) {
      result.message = err.context().get_as<std::string>(0);
      result.place = err.context().get_as<std::string>(1);
    }
    return result;
  }
  bool late = err == caf::sec::request_timeout;
  auto what = late ? std::string{"no answer before the deadline"}
                   : fmt::format("the peer is gone ({})", to_string(err));
  return {late ? ec::timed_out : ec::unavailable, fmt::format("{}: {}", doing, what)};
}

} // namespace pelorus
