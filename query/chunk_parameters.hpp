// Parameters of a chunk plan: their form, and those of which each chunk has its own, such as the rows that lie before it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/value.hpp"

namespace pelorus {

/// What `chunk_plan::parameters` encodes: an ANY vector of the names and of the values.
value parameter_lists(const std::vector<std::pair<std::string, value>>& named);
/// What `chunk_plan::parameters` holds then: those that all chunks share, and for each chunk asked for, in their order, more.
std::string with_own_parameters(const std::string& shared, const std::vector<std::string>& of_chunk);
/// The parameters for the i-th of the chunks asked for; those of a plan whose chunks have none of their own come back as they are.
std::string parameters_for(const std::string& parameters, size_t i);

} // namespace pelorus
