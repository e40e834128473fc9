// A comparison of a number or temporal column with constants, made ready to test many portions of rows.
#pragma once

#include "query/select_predicate.hpp"

namespace pelorus {

class row_filter {
public:
  /// `p` is of the form compare or between and typed for the column, which holds no texts.
  row_filter(const predicate& p, column_ptr column);

  /// Writes each i below n for which row from + i passes; answers how many there are. `kept` has room for n.
  size_t pick(size_t from, size_t n, uint32_t* kept) const { return pick_(*this, from, n, kept); }
  /// Keeps those of kept[0 .. n) whose row passes.
  size_t refine(size_t from, uint32_t* kept, size_t n) const { return refine_(*this, from, kept, n); }

private:
  template <class T>
  void make_ready(const predicate& p);
  template <class T>
  struct loops;

  column_ptr column_;
  int64_t low_ = 0, high_ = 0;           // inclusive, of integers
  double real_low_ = 0, real_high_ = 0;  // of reals
  bool outside_ = false;                 // rows outside of the bounds pass
  size_t (*pick_)(const row_filter&, size_t from, size_t n, uint32_t* kept) = nullptr;
  size_t (*refine_)(const row_filter&, size_t from, uint32_t* kept, size_t n) = nullptr;
};

} // namespace pelorus
