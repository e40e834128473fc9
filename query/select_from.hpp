// The from clause: tables, their names, and joins of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "query/partitioned_table.hpp"
#include "query/select_source.hpp"
#include "query/syntax.hpp"

namespace pelorus {

class evaluator;

struct from_clause {
  table_ptr rows;                              ///< an in-memory table or the result of a join; else null
  std::shared_ptr<partitioned_table> stored;   ///< a table of the cluster; else null
  std::shared_ptr<const table_snapshot> snapshot;  ///< of `stored` when the clause itself loaded it; else null
  std::vector<std::string> qualifiers;         ///< names by which columns may be qualified, left to right
  column_names names() const;
};

/// Results of a query's with clause, by name.
using named_queries = std::map<std::string, value, std::less<>>;

/// Of a stored table, of this moment or of the one in which the clause loaded it.
std::shared_ptr<const table_snapshot> chunks_of(const from_clause& from, session& who);

/// Of a stored table, read completely.
table_ptr all_rows(const from_clause& from, evaluator& eval);

/// `query`: whose from clause it is, when that is known: of joined stored tables only its columns are read.
from_clause resolve_from(const node_ptr& from, const named_queries& with, evaluator& eval,
                         const select_node* query = nullptr);

} // namespace pelorus
