// append! and join for every form: vectors and tuples grow by elements, matrices and joined tables by columns, tables
// by rows.
#pragma once

#include "query/functions/registry.hpp"

namespace pelorus {

value append_function(call_context& context, arguments& args);
value join_function(call_context& context, arguments& args);
value join_in_place_function(call_context& context, arguments& args);

} // namespace pelorus
