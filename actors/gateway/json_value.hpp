// Values as JSON and back, for the JSON API of the site port.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "cfg/error.hpp"
#include "query/session.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Appends `{"form":..,"type":..,"size":..,"value":..}`. Numbers and BOOL are JSON's, every null is `null`, temporal and
/// other types are the text that scripts print. A table's value is a list of its columns, each with its name.
void append_json(std::string& out, const value& x, session& who);
/// `text` as a JSON string, quotes included.
void append_json_text(std::string& out, std::string_view text);

/// JSON to a value: integers become INT or LONG, other numbers DOUBLE, arrays of one kind typed vectors, other arrays ANY
/// vectors, null VOID, objects dictionaries. An object with `form`, `type` and `value` (numbers, BOOL, STRING, SYMBOL)
/// is what it says.
expected<value> value_of_json(const nlohmann::json& json);

} // namespace pelorus
