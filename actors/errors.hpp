// Between the house's `error` and CAF's: the only place that knows both.
#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/result.hpp>
#include <caf/unit.hpp>

#include "cfg/error.hpp"

namespace pelorus {

/// Packs code, message and place into a caf::error that can cross the network.
caf::error to_caf(const error& err);
/// Unpacks it; a CAF error of another origin (a dead peer, a timeout) becomes unavailable or timed_out.
error from_caf(const caf::error& err, std::string_view doing);

/// `expected<T>` to what a CAF handler may return.
template <class T>
caf::result<T> to_result(expected<T>&& x) {
  if (x) return *std::move(x);
  return to_caf(x.error());
}
inline caf::result<void> to_result(expected<void>&& x) {
  if (x) return caf::unit;
  return to_caf(x.error());
}

} // namespace pelorus
