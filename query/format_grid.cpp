#include "query/format_grid.hpp"

#include <algorithm>
#include <vector>

#include "query/format.hpp"

namespace pelorus {

namespace {

constexpr size_t shown_rows = 30;
constexpr size_t shown_columns = 100;
constexpr size_t least_width = 3;  // so that a dashed line is never mistaken for a value
constexpr size_t cell_width = 100; // longer texts are cut

/// Columns a text takes on a terminal: code points, with wide East Asian ones counted twice.
size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) == 0x80) continue;
    width += byte >= 0xe3 && byte < 0xf0 ? 2 : 1;
  }
  return width;
}

std::string cut(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= cell_width) return text;
  auto end = cell_width - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end) + "...";
}

struct grid {
  std::vector<std::vector<std::string>> columns; // header first

  void add(std::string header, const column& col, size_t from, size_t rows) {
    std::vector<std::string> cells{std::move(header)};
    for (size_t i = 0; i < rows; ++i)
      cells.push_back(cut(format_scalar(col, from + i)));
    columns.push_back(std::move(cells));
  }

  std::string text() const {
    std::string out;
    std::vector<size_t> widths;
    for (auto& column : columns) {
      size_t width = least_width;
      for (auto& cell : column)
        width = std::max(width, display_width(cell));
      widths.push_back(width);
    }
    auto rows = columns.empty() ? 0 : columns.front().size();
    for (size_t r = 0; r < rows; ++r) {
      line(
          out, widths, [&](size_t c) { return columns[c][r]; }, ' ');
      if (r == 0)
        line(
            out, widths, [&](size_t c) { return std::string(widths[c], '-'); }, ' ');
    }
    if (!out.empty()) out.pop_back();
    return out;
  }

private:
  template <class F>
  static void line(std::string& out, const std::vector<size_t>& widths, F&& cell, char fill) {
    for (size_t c = 0; c < widths.size(); ++c) {
      auto text = cell(c);
      if (c != 0) out += ' ';
      out += text;
      if (c + 1 < widths.size()) out.append(widths[c] - display_width(text), fill);
    }
    out += '\n';
  }
};

std::string numbered(size_t i) { return "#" + std::to_string(i); }

} // namespace

std::string table_grid(const table& t) {
  grid g;
  auto rows = std::min(t.rows(), shown_rows);
  auto columns = std::min(t.width(), shown_columns);
  for (size_t c = 0; c < columns; ++c)
    g.add(t.name(c), *t.col(c), 0, rows);
  auto text = g.text();
  if (t.width() > columns) text += "\n(" + std::to_string(t.width() - columns) + " more columns)";
  if (t.rows() > rows) text += "\n...";
  return text;
}

std::string matrix_grid(const matrix& m) {
  grid g;
  auto rows = std::min(m.rows(), shown_rows);
  auto columns = std::min(m.columns(), shown_columns);
  if (m.row_labels()) g.add("label", *m.row_labels(), 0, rows);
  for (size_t c = 0; c < columns; ++c) {
    auto header = m.column_labels() ? format_scalar(*m.column_labels(), c) : numbered(c);
    g.add(std::move(header), *m.cells(), c * m.rows(), rows);
  }
  auto text = g.text();
  return m.rows() > rows || m.columns() > columns ? text + "\n..." : text;
}

} // namespace pelorus
