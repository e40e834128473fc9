// Parameters of a chunk plan: their form, and those of which each chunk has its own, such as the rows that lie before it.
#pragma once

#include <string>

#include "query/services.hpp"

namespace pelorus {

/// What `chunk_plan::parameters` encodes: an ANY vector of the names and of the values.
value parameter_lists(const chunk_plan::named_values& named);
/// The parameters of the i-th of the chunks asked for as bytes: those of the plan, and its own behind them.
std::string parameters_for(const chunk_plan& plan, size_t i);

} // namespace pelorus
