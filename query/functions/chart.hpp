// Charts for clients that draw: plot and plotHist.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

function_family chart_functions();

} // namespace pelorus
