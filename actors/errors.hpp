// Between the house's `error` and CAF's: the only place that knows both.
#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "cfg/error.hpp"

namespace pelorus {

/// Packs code, message and place into a caf::error that can cross the network.
caf::error to_caf(const error& err);
/// Unpacks it; a CAF error of another origin (a dead peer, a timeout) becomes unavailable or timed_out.
error from_caf(const caf::error& err, std::string_view doing);

/// `expected<T>` to what a CAF handler may return.
template <class T>
auto to_result(expected<T>&& x) {
  using result = caf::expected<T>;
  return x ? result{*std::move(x)} : result{to_caf(x.error())};
}
template <>
inline auto to_result<void>(expected<void>&& x) {
  return x ? caf::expected<void>{} : caf::expected<void>{to_caf(x.error())};
}

} // namespace pelorus
