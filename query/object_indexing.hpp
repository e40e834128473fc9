// d[..] and m[..]: dictionaries and matrices.
#pragma once

#include <span>

#include "query/dictionary.hpp"
#include "query/matrix.hpp"

namespace pelorus {

struct session;

/// d[key], d[keys], d[key, i, ..] (the rest of the indices goes to the values).
value dictionary_at(const dictionary& d, std::span<const value> indices, session& who);
void assign_dictionary(dictionary& d, std::span<const value> indices, const value& x, session& who);

/// m[c] a column, m[r, c] a cell, ranges and lists a matrix, m[conditions] the cells where they hold. Text means labels.
value matrix_at(const matrix& m, std::span<const value> indices);
void assign_matrix(matrix& m, std::span<const value> indices, const value& x);

/// What a for loop goes over: the values of a dictionary, the elements of a set; null for everything else.
column_ptr loop_column(const value& x);

} // namespace pelorus
