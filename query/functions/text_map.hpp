// Functions of strings, element by element; NULL stays NULL.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "query/functions/kernels.hpp"

namespace pelorus {

/// STRING of each text of x. `f` gets no empty texts unless `with_null`.
value map_texts(value& x, const std::function<std::string(std::string_view)>& f,
                std::string_view function, bool with_null = false);
/// A number or flag of each text, as `type` (BOOL, INT).
value count_texts(value& x, type_id type, const std::function<int32_t(std::string_view)>& f,
                  std::string_view function);

} // namespace pelorus
