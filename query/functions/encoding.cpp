// Values as JSON and as digests.
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/json.hpp"

namespace pelorus {

namespace {

value standard_json(call_context&, arguments& args) {
  return value::of_text(to_standard_json(args[0]));
}
value typed_json(call_context&, arguments& args) { return value::of_text(to_typed_json(args[0])); }

template <value (*F)(std::string_view), bool Typed>
value parsed(call_context&, arguments& args) {
  constexpr std::string_view usage = Typed ? "fromJson(X)" : "fromStdJson(X)";
  if (args[0].is_text()) return F(args[0].text());
  auto texts = vector_argument(args[0], usage, "X");
  if (!is_text(texts->type())) refuse_type(usage, "X", args[0], "a string or strings");
  std::vector<value> items;
  for (size_t i = 0; i < texts->size(); ++i)
    items.push_back(F(texts->text(i)));
  auto result = column::make(type_id::any, items.size());
  result->own_items() = std::move(items);
  return value{result};
}

const std::vector<function_entry> encoding_table = {
    {"toStdJson",
     "toStdJson(X)",
     "X as plain JSON: tables are arrays of objects.",
     standard_json,
     1,
     1,
     plain,
     {{"toStdJson(1 2 NULL)", "[1, 2, null]"}, {"toStdJson(dict(`a, 1))", "{\"a\": 1}"}}},
    {"fromStdJson",
     "fromStdJson(X)",
     "The value of a JSON text: objects are dictionaries, arrays vectors.",
     parsed<from_standard_json, false>,
     1,
     1,
     plain,
     {{"fromStdJson(\"[1,2]\")", "[1,2]"}}},
    {"toJson",
     "toJson(X)",
     "X as JSON with its type and form.",
     typed_json,
     1,
     1,
     plain,
     {{"toJson(1 2)",
       "{\"name\":\"\",\"form\":\"vector\",\"type\":\"INT\",\"size\":\"2\",\"value\":[1, 2]}"}}},
    {"fromJson",
     "fromJson(X)",
     "The value of what toJson gave.",
     parsed<from_typed_json, true>,
     1,
     1,
     plain,
     {{"fromJson(toJson(1.5 2))", "[1.5,2]"}}},
};

} // namespace

function_family encoding_functions() { return encoding_table; }

} // namespace pelorus
