// JSON of values, as toStdJson and the HTTP interface give it, and values of JSON.
#pragma once

#include <string>
#include <string_view>

#include "storage/value.hpp"

namespace pelorus {

/// Plain JSON without types: vectors are arrays, tables arrays of objects, dictionaries objects,
/// nulls null.
std::string to_standard_json(const value& x);
/// Objects become ordered dictionaries, arrays vectors (tuples when their items differ). Throws
/// script_error naming the place of a mistake.
value from_standard_json(std::string_view text);

/// JSON that keeps type and form: {"name","form","type","size","value"}.
std::string to_typed_json(const value& x);
value from_typed_json(std::string_view text);

} // namespace pelorus
