#include "query/literals.hpp"

#include <algorithm>

#include "query/script_error.hpp"

namespace pelorus {

type_id common_type(type_id a, type_id b) {
  if (a == b) return a;
  if (a == type_id::void_) return b;
  if (b == type_id::void_) return a;
  if (is_text(a) && is_text(b)) return type_id::string;
  bool numbers = (is_integral(a) || is_floating(a)) && (is_integral(b) || is_floating(b));
  if (numbers) {
    // BOOL does not mix with numbers silently: [true, 2] keeps both as they are.
    return std::max(a, b);
  }
  if (is_decimal(a) && (is_decimal(b) || is_integral(b))) return is_decimal(b) ? std::max(a, b) : a;
  if (is_decimal(b) && is_integral(a)) return b;
  if ((is_decimal(a) && is_floating(b)) || (is_decimal(b) && is_floating(a)))
    return type_id::double_;
  return type_id::any;
}

value make_tuple_value(std::vector<value> items) {
  auto result = column::make(type_id::any, items.size());
  result->own_items() = std::move(items);
  return value{std::move(result)};
}

value combine(std::span<const value> items) {
  type_id type = type_id::void_;
  int32_t scale = 0;
  for (const auto& x : items) {
    bool plain = x.is_scalar() && physical_of(x.type()) != physical::any;
    type = plain ? common_type(type, x.type()) : type_id::any;
    scale = std::max(scale, x.scale());
    if (type == type_id::any) break;
  }
  if (type == type_id::any || type == type_id::void_)
    return make_tuple_value({items.begin(), items.end()});
  auto result = column::make(type, 0, is_decimal(type) ? scale : 0);
  result->reserve(items.size());
  for (const auto& x : items)
    unwrap(push_element(*result, x));
  return value{std::move(result)};
}

} // namespace pelorus
