// The border where exceptions end: what runs scripts or decodes rows inside an actor goes through here.
#pragma once

#include <exception>

#include <fmt/format.h>

#include "cfg/error.hpp"
#include "query/script_error.hpp"
#include "storage/buffer.hpp"

namespace pelorus {

/// Calls `f`, which answers an `expected`, and turns anything it throws into an error.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const memory_exceeded& e) {
    return error{ec::out_of_memory, fmt::format("{} more bytes would exceed maxMemSize ({} bytes)", e.requested, e.limit)};
  } catch (const script_error& e) {
    return error{e.code(), e.message()};
  } catch (const std::exception& e) {
    return error{ec::internal, e.what()};
  }
}

} // namespace pelorus
