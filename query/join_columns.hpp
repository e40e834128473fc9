// select .. from aj(t, loadTable(..), ..): of stored tables only the columns that the query speaks of are read.
#pragma once

#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

/// When `from` is a call of a join function over stored tables, the same call with these tables read, or its result as a
/// literal; else null.
node_ptr read_joined_columns(const node_ptr& from, const select_node& query, evaluator& eval);

} // namespace pelorus
