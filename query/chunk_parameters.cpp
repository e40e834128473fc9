#include "query/chunk_parameters.hpp"

#include "query/script_error.hpp"
#include "storage/bytes.hpp"

namespace pelorus {

namespace {
constexpr uint8_t own_parameters = 0xff;  // no type of the wire codec, with which plain parameters begin
} // namespace

value parameter_lists(const std::vector<std::pair<std::string, value>>& named) {
  auto names = column::make(type_id::string, 0), values = column::make(type_id::any, 0);
  for (auto& [name, x] : named) {
    names->push_text(name);
    unwrap(push_element(*values, x));
  }
  auto both = column::make(type_id::any, 2);
  both->own_items()[0] = value{names};
  both->own_items()[1] = value{values};
  return value{both};
}

std::string with_own_parameters(const std::string& shared, const std::vector<std::string>& of_chunk) {
  byte_writer out;
  out.put(own_parameters);
  out.put_text(shared);
  for (auto& own : of_chunk) out.put_text(own);
  return std::move(out).text();
}

std::string parameters_for(const std::string& parameters, size_t i) {
  if (parameters.empty() || static_cast<uint8_t>(parameters.front()) != own_parameters) return parameters;
  byte_reader in{std::string_view{parameters}.substr(1)};
  auto all = in.get_text();
  for (; i > 0; --i) in.get_view();
  all += in.get_view();
  if (in.failed()) throw script_error{ec::corrupt, "A chunk has no parameters of its own in the plan."};
  return all;
}

} // namespace pelorus
