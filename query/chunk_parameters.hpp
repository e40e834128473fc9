// Parameters of a chunk plan of which each chunk has its own, such as the rows that lie before it.
#pragma once

#include <string>
#include <vector>

namespace pelorus {

/// What `chunk_plan::parameters` holds then: those that all chunks share, and for each chunk asked for, in their order, more.
std::string with_own_parameters(const std::string& shared, const std::vector<std::string>& of_chunk);
/// The parameters for the i-th of the chunks asked for; those of a plan whose chunks have none of their own come back as they are.
std::string parameters_for(const std::string& parameters, size_t i);

} // namespace pelorus
