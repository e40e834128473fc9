#include "query/functions/reshaping.hpp"

#include "query/functions/dispatch.hpp"
#include "query/matrix.hpp"

namespace pelorus {

value reshape(const value& x, const value& shape) {
  auto m = x.as<matrix>();
  if (!m && !x.is_scalar() && !x.is_vector())
    refuse_type("reshape(obj, dim)", "obj", x, "a scalar, vector or matrix");
  auto cells = m ? m->cells() : x.is_scalar() ? to_column(x) : x.vec_ptr();
  auto rows = element(shape.vec(), 0).as_long(), columns = element(shape.vec(), 1).as_long();
  auto size = static_cast<int64_t>(cells->size());
  if (rows == null_of<int64_t> && columns > 0) rows = size / columns;
  if (columns == null_of<int64_t> && rows > 0) columns = size / rows;
  if (rows < 0 || columns < 0 || rows * columns != size)
    refuse("reshape(obj, dim)",
           fmt::format("{} elements do not make a matrix of {} rows and {} columns.", size, rows,
                       columns));
  return value{
      std::make_shared<matrix>(cells, static_cast<size_t>(rows), static_cast<size_t>(columns))};
}

double as_real(const column& col, size_t i) {
  switch (col.physical()) {
  case physical::f64: return col.data<double>()[i];
  case physical::f32: return number_cast<double>(col.data<float>()[i]);
  default: return element(col, i).as_double();
  }
}

} // namespace pelorus
