// Array vectors: made from values and ends, or from columns side by side.
#include <algorithm>

#include "query/cast.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/matrix.hpp"

namespace pelorus {

namespace {

bool fits_array(type_id t) {
  auto p = physical_of(t);
  return !is_array(t) && t != type_id::void_ && p != physical::any && p != physical::str && p != physical::code &&
         t != type_id::duration;
}

void need_element_type(type_id t, std::string_view usage, std::string_view parameter) {
  if (fits_array(t)) return;
  throw script_error{ec::type_mismatch, std::string{usage} + ": " + std::string{parameter} + " of type " + std::string{type_name(t)} +
                                            " cannot be held by an array vector."};
}

value array_vector_function(call_context&, arguments& args) {
  constexpr std::string_view usage = "arrayVector(index, value)";
  if (!args[0].is_vector() || !is_integral(args[0].type()))
    throw script_error{ec::type_mismatch, std::string{usage} + ": index must be a vector of integers."};
  if (!args[1].is_vector()) throw script_error{ec::type_mismatch, std::string{usage} + ": value must be a vector."};
  auto& values = args[1].vec();
  need_element_type(values.type(), usage, "value");
  auto ends = cast_column(args[0].vec_ptr(), type_id::long_, 0);
  auto result = column::make(array_of(values.type()), ends->size(), values.scale());
  auto* out = result->mutable_data<int64_t>();
  int64_t last = 0;
  for (size_t i = 0; i < ends->size(); ++i) {
    auto end = ends->data<int64_t>()[i];
    if (end <= last)
      throw script_error{ec::bad_argument, std::string{usage} + ": index must hold positive integers in strictly ascending order."};
    out[i] = last = end;
  }
  if (last > static_cast<int64_t>(values.size()))
    throw script_error{ec::bad_argument, std::string{usage} + ": index ends at " + std::to_string(last) + ", but value holds only " +
                                             std::to_string(values.size()) + " elements."};
  result->set_child(values.slice(0, static_cast<size_t>(last))->clone());
  return value{result};
}

/// The columns that one argument stands for.
void add_columns(const value& x, std::vector<column_ptr>& out) {
  constexpr std::string_view usage = "fixedLengthArrayVector(args...)";
  if (x.is_vector() && x.type() == type_id::any)
    for (auto& item : x.vec().items()) add_columns(item, out);
  else if (x.is_vector()) out.push_back(x.vec_ptr());
  else if (auto columns = columns_of(x); !columns.empty()) out.insert(out.end(), columns.begin(), columns.end());
  else throw script_error{ec::type_mismatch, std::string{usage} + ": arguments must be vectors, tuples of vectors, matrices or tables."};
}

value fixed_length_function(call_context&, arguments& args) {
  constexpr std::string_view usage = "fixedLengthArrayVector(args...)";
  std::vector<column_ptr> columns;
  for (auto& x : args) add_columns(x, columns);
  auto rows = columns.front()->size();
  auto type = columns.front()->type();
  auto scale = columns.front()->scale();
  need_element_type(type, usage, "an argument");
  for (auto& one : columns) {
    if (one->size() != rows) throw script_error{ec::bad_argument, std::string{usage} + ": all columns must have the same length."};
    if (one->type() != type || one->scale() != scale)
      throw script_error{ec::type_mismatch, std::string{usage} + ": all columns must have the same type."};
  }
  auto result = column::make(array_of(type), rows, scale);
  auto child = column::make(type, rows * columns.size(), scale);
  auto* ends = result->mutable_data<int64_t>();
  with_physical(child->physical(), [&](auto zero) {
    using item = decltype(zero);
    auto* to = child->template mutable_data<item>();
    for (size_t c = 0; c < columns.size(); ++c) {
      auto* from = columns[c]->template data<item>();
      for (size_t i = 0; i < rows; ++i) to[i * columns.size() + c] = from[i];
    }
  });
  for (size_t i = 0; i < rows; ++i) ends[i] = static_cast<int64_t>((i + 1) * columns.size());
  result->set_child(child);
  return value{result};
}

const function_entry table_of_array_vectors[] = {
    {"arrayVector", "arrayVector(index, value)",
     "Splits a vector into the rows of an array vector. `index` holds the end of each row as a position in `value` counted "
     "from 1, strictly ascending; values behind the last end are left out.",
     array_vector_function, 2, 2, plain,
     {{"arrayVector(2 3 4, [1,2,3,4])", "[[1,2],[3],[4]]"},
      {"arrayVector(1 4 7, [1.0,2.1,4.1,6.8,0.5,2.2,2])", "[[1],[2.1,4.1,6.8],[0.5,2.2,2]]"},
      {"typestr(arrayVector(2 4, 1..4))", "FAST INT[] VECTOR"},
      {"arrayVector(2 2, 1..4)", "error: strictly ascending"},
      {"arrayVector(2 5, 1..4)", "error: index ends at 5, but value holds only 4"},
      {"arrayVector(1 2, `a`b)", "error: cannot be held by an array vector"}}},
    {"fixedLengthArrayVector", "fixedLengthArrayVector(args...)",
     "Puts vectors, tuples of vectors, columns of matrices and of tables side by side: an array vector whose rows hold one "
     "element of each. All must have the same length and type.",
     fixed_length_function, 1, 255, plain,
     {{"fixedLengthArrayVector(1 2, 3 4)", "[[1,3],[2,4]]"},
      {"fixedLengthArrayVector(1 5, [3 4, 4 5], matrix(5 0, 7 6))", "[[1,3,4,5,7],[5,4,5,0,6]]"},
      {"fixedLengthArrayVector(1 2, 3 4 5)", "error: same length"},
      {"fixedLengthArrayVector(1)", "error: must be vectors"}}},
};

} // namespace

function_family array_vector_functions() { return table_of_array_vectors; }

} // namespace pelorus
