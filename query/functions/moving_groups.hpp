// Moving windows that start anew with each group of rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "query/functions/registry.hpp"

namespace pelorus {

/// What the function gives for each group [offsets[g], offsets[g + 1]) of `x` by itself, one behind the other. `args`
/// are those of the call, the first one unused. Null when the function or the type of x is not among those known here.
column_ptr moving_by_group(std::string_view function, const column_ptr& x, const arguments& args,
                           std::span<const uint32_t> offsets);

} // namespace pelorus
