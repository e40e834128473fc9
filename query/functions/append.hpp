// append! for every form: vectors and tuples grow by elements, matrices by columns, tables by rows.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

value append_function(call_context& context, arguments& args);

} // namespace pelorus
