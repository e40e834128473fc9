// Values to bytes: a plan of headers and column bodies, given out piece by piece.
#include <algorithm>
#include <deque>

#include "query/wire.hpp"
#include "query/wire_format.hpp"
#include "query/wire_objects.hpp"
#include "storage/table.hpp"

namespace pelorus {

using namespace wire;

namespace {
constexpr size_t small_body = 4096;        ///< bytes up to which a column is copied behind its header
constexpr size_t text_block = 256 * 1024;  ///< bytes of a block of texts
constexpr size_t span_bytes = 4 << 20;     ///< bytes of a span of a column
} // namespace

struct wire_encoder::plan {
  /// Bytes, then a column body behind them (or none).
  struct section {
    std::string head;
    column_ptr body;
    size_t from = 0, to = 0;
    bool compressed = false;
  };

  explicit plan(wire_options options) : options(options) {}

  std::string& tail() {
    if (sections.empty() || sections.back().body) sections.emplace_back();
    return sections.back().head;
  }

  // -- scalars --------------------------------------------------------------------------------------
  void scalar(const value& x) {
    auto type = x.type();
    auto& out = tail();
    if (is_object_scalar(x)) return put_object_scalar(out, x);
    put_flag(out, static_cast<uint8_t>(type), form::scalar);
    if (type == type_id::void_) return put(out, static_cast<int8_t>(x.raw_int()));
    if (is_decimal(type)) put(out, x.scale());
    switch (physical_of(type)) {
      case physical::f32: return put(out, static_cast<float>(x.raw_real()));
      case physical::f64: return put(out, x.raw_real());
      case physical::b16: return put(out, x.raw_wide());
      case physical::code: return put_text(out, x.text());
      case physical::str:
        if (type != type_id::blob) return put_text(out, x.text());
        put(out, static_cast<uint32_t>(x.text().size()));
        out.append(x.text());
        return;
      default: {
        auto raw = x.raw_int();
        out.append(reinterpret_cast<const char*>(&raw), width_of(physical_of(type)));
      }
    }
  }

  // -- vectors --------------------------------------------------------------------------------------
  void body(const column_ptr& col, size_t from, size_t to) {
    auto p = col->physical();
    bool small = is_fixed(p) ? (to - from) * width_of(p) <= small_body : to - from <= small_body / 16;
    if (small) return put_items(tail(), *col, from, to);
    tail();
    auto& s = sections.back();
    // A copy shares the buffers, so whoever changes the column meanwhile copies them first.
    s.body = std::make_shared<column>(*col);
    s.from = from;
    s.to = to;
    has_work = has_work || !is_fixed(p);
  }

  void array(const column& col) {
    for (size_t from = 0; from < col.size(); from += array_block_rows) {
      auto to = std::min(col.size(), from + array_block_rows);
      put_array_lengths(tail(), col, from, to);
      body(col.child(), static_cast<size_t>(col.list_begin(from)), static_cast<size_t>(col.list_end(to - 1)));
    }
  }

  void symbols(const column_ptr& given, form f) {
    auto col = with_own_symbols(given);
    auto& dict = *col->dict();
    if (col->empty() || dict.size() >= symbol_base_max) {
      vector_head(type_id::symbol, f, col->size(), 1);
      return texts_of_symbols(*col);
    }
    auto& out = tail();
    put_flag(out, symbol_base_type, f);
    put(out, static_cast<uint32_t>(col->size()));
    put(out, uint32_t{1});
    put(out, int32_t{0});
    put(out, static_cast<uint32_t>(dict.size()));
    for (size_t i = 0; i < dict.size(); ++i) put_text(out, dict[static_cast<int32_t>(i)]);
    if (col->size() * 4 <= small_body) {
      out.append(reinterpret_cast<const char*>(col->raw()), col->size() * 4);
      return;
    }
    auto& s = sections.back();
    s.body = std::make_shared<column>(*col);
    s.to = col->size();
  }

  void texts_of_symbols(const column& col) {
    auto texts = column::make(type_id::string);
    texts->append(col);
    body(texts, 0, texts->size());
  }

  void vector_head(type_id type, form f, size_t rows, size_t cols) {
    auto& out = tail();
    put_flag(out, static_cast<uint8_t>(type), f);
    put(out, static_cast<uint32_t>(rows));
    put(out, static_cast<uint32_t>(cols));
  }

  void vector(const column_ptr& col, form f) {
    if (col->physical() == physical::code) return symbols(col, f);
    bool list = col->physical() == physical::list;
    auto values = list && !col->empty() ? col->list_end(col->size() - 1) - col->list_begin(0) : int64_t{1};
    vector_head(wire_type(*col), f, col->size(), static_cast<size_t>(list && col->empty() ? 0 : values));
    if (is_decimal(element_of(col->type()))) put(tail(), col->scale());
    if (list) return array(*col);
    if (col->physical() != physical::any) return body(col, 0, col->size());
    for (auto& item : col->items()) object(item);
  }

  // -- objects --------------------------------------------------------------------------------------
  void table_of(const table& t) {
    auto& out = tail();
    bool packed = options.compression != wire_compression::none;
    put_flag(out, packed ? compressed_table : uint8_t{0}, form::table);
    put(out, static_cast<uint32_t>(t.rows()));
    put(out, static_cast<uint32_t>(t.width()));
    put_text(out, "");
    for (auto& name : t.names()) put_text(out, name);
    for (auto& col : t.columns()) {
      if (packed && can_compress(*col)) {
        tail();
        sections.back().body = std::make_shared<column>(*col);
        sections.back().compressed = has_work = true;
      } else {
        vector(col, form::vector);
      }
    }
  }

  void matrix(const matrix_parts& m) {
    auto& out = tail();
    auto type = static_cast<uint8_t>(m.cells->type());
    put_flag(out, type, form::matrix);
    put(out, static_cast<uint8_t>((m.row_labels ? 1 : 0) | (m.column_labels ? 2 : 0)));
    if (m.row_labels) vector(m.row_labels, form::vector);
    if (m.column_labels) vector(m.column_labels, form::vector);
    auto& rest = tail();
    put_flag(rest, type, form::matrix);
    put(rest, static_cast<uint32_t>(m.rows));
    put(rest, static_cast<uint32_t>(m.columns));
    if (is_decimal(m.cells->type())) put(rest, m.cells->scale());
    if (m.cells->physical() == physical::code) return texts_of_symbols(*m.cells);
    if (m.cells->physical() != physical::any) return body(m.cells, 0, m.cells->size());
    for (auto& item : m.cells->items()) object(item);
  }

  void object(const value& x) {
    switch (x.form()) {
      case form::scalar: return scalar(x);
      case form::vector: case form::pair: return vector(x.vec_ptr(), x.form());
      case form::table: {
        auto t = table_to_send(x);
        return table_of(*t);
      }
      case form::matrix: return matrix(parts_of_matrix(x));
      case form::set: {
        auto keys = keys_of_set(x);
        put_flag(tail(), static_cast<uint8_t>(keys->type()), form::set);
        return vector(keys, form::vector);
      }
      case form::dictionary: case form::chart: {
        auto parts = parts_of_dictionary(x);
        put_flag(tail(), static_cast<uint8_t>(parts.values->type()), x.form());
        vector(parts.keys, form::vector);
        return vector(parts.values, form::vector);
      }
      default: return scalar(value::of_text(text_of_object(x)));
    }
  }

  // -- giving out -----------------------------------------------------------------------------------
  bool next(wire_piece& piece) {
    piece = {};
    while (!sections.empty()) {
      auto& s = sections.front();
      if (!s.head.empty()) {
        piece.owned = std::exchange(s.head, {});
        if (!s.body) sections.pop_front();
        return true;
      }
      if (s.body && next_of_body(s, piece)) return true;
      sections.pop_front();
    }
    return false;
  }

  bool next_of_body(section& s, wire_piece& piece) {
    if (s.compressed) {
      auto col = std::exchange(s.body, nullptr);
      piece.owned = compress_column(*col, options.compression);
      if (!piece.owned.empty()) return true;
      plan plain{{}};
      plain.vector(col, form::vector);
      for (wire_piece part; plain.next(part);) piece.owned += part.view();
      return true;
    }
    if (s.from >= s.to) return false;
    auto p = s.body->physical();
    if (is_fixed(p)) {
      piece.keep = s.body;
      auto stop = std::min(s.to, s.from + span_bytes / width_of(p));
      piece.borrowed = {reinterpret_cast<const char*>(s.body->raw(s.from)), (stop - s.from) * width_of(p)};
      s.from = stop;
      return true;
    }
    piece.owned.reserve(text_block + 4096);
    s.from = put_items_up_to(piece.owned, *s.body, s.from, s.to, text_block);
    return true;
  }

  std::optional<uint64_t> bytes_left() const {
    uint64_t sum = 0;
    for (auto& s : sections) {
      sum += s.head.size();
      if (!s.body) continue;
      if (s.compressed || !is_fixed(s.body->physical())) return std::nullopt;
      sum += (s.to - s.from) * width_of(s.body->physical());
    }
    return sum;
  }

  wire_options options;
  std::deque<section> sections;
  bool has_work = false;
};

wire_encoder::wire_encoder(wire_options options) : plan_(std::make_unique<plan>(options)) {}
wire_encoder::~wire_encoder() = default;
wire_encoder::wire_encoder(wire_encoder&&) noexcept = default;
wire_encoder& wire_encoder::operator=(wire_encoder&&) noexcept = default;

void wire_encoder::add(const value& x) { plan_->object(x); }
void wire_encoder::add_raw(std::string_view bytes) { plan_->tail().append(bytes); }
bool wire_encoder::next(wire_piece& piece) { return plan_->next(piece); }
std::optional<uint64_t> wire_encoder::bytes_left() const { return plan_->bytes_left(); }
bool wire_encoder::has_work() const { return plan_->has_work; }

void encode_to(std::string& out, const value& x, wire_options options) {
  wire_encoder encoder{options};
  encoder.add(x);
  auto bytes = encoder.bytes_left();
  if (bytes) out.reserve(out.size() + *bytes);
  for (wire_piece piece; encoder.next(piece);) {
    if (!bytes && out.empty() && !piece.keep) out = std::move(piece.owned);
    else out += piece.view();
  }
}

std::string encode(const value& x, wire_options options) {
  std::string out;
  encode_to(out, x, options);
  return out;
}

} // namespace pelorus
