#include "query/chunk_parameters.hpp"

#include "query/script_error.hpp"
#include "query/wire.hpp"

namespace pelorus {

value parameter_lists(const chunk_plan::named_values& named) {
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

std::string parameters_for(const chunk_plan& plan, size_t i) {
  auto all = plan.parameters;
  if (!plan.of_chunk.empty()) encode_to(all, value{parameter_lists(plan.of_chunk.at(i))});
  return all;
}

} // namespace pelorus
