// The map side of a query: one plan on one chunk, where the chunk lies.
#pragma once

#include "query/select_source.hpp"
#include "query/services.hpp"
#include "query/session.hpp"
#include "query/sorted_chunk.hpp"
#include "storage/chunk_reader.hpp"

namespace pelorus {

/// Runs the plan's select over the chunk: reads only the columns it names, skips blocks that the conditions rule out
/// by their minimum and maximum, and decodes further columns only for blocks that still have rows. Rows come in `order`.
/// Throws nothing.
expected<table_ptr> run_chunk_task(const chunk_plan& plan, const chunk_reader& reader, session& who,
                                   const chunk_order& order = {});

/// The same over any source of rows; `who` lends its user, its node and its cancel flag.
expected<table_ptr> run_map_side(const chunk_plan& plan, row_source_ptr rows, session& who);

} // namespace pelorus
