#include "storage/bytes.hpp"

namespace pelorus {

namespace {
bool is_known_type(uint8_t raw) {
  auto t = static_cast<type_id>(raw);
  return type_name(t) != "UNKNOWN" && !is_array(t) && physical_of(t) != physical::any;
}
} // namespace

void byte_writer::put_column(const column_ptr& col) {
  put(static_cast<uint8_t>(col ? 1 : 0));
  if (!col) return;
  put(col->type());
  put(col->scale());
  put(static_cast<uint32_t>(col->size()));
  auto p = col->physical();
  if (p == physical::str || p == physical::code) {
    for (size_t i = 0; i < col->size(); ++i) put_text(col->text(i));
  } else {
    out_.append(reinterpret_cast<const char*>(col->raw()), col->size() * width_of(p));
  }
}

column_ptr byte_reader::get_column() {
  if (get<uint8_t>() == 0) return nullptr;
  auto raw_type = get<uint8_t>();
  auto scale = get<int32_t>();
  if (failed_ || !is_known_type(raw_type)) {
    failed_ = true;
    return nullptr;
  }
  auto type = static_cast<type_id>(raw_type);
  auto p = physical_of(type);
  bool text = p == physical::str || p == physical::code;
  auto size = get_count(text ? 4 : width_of(p));
  auto col = column::make(type, text ? 0 : size, scale);
  if (text) {
    for (size_t i = 0; i < size && !failed_; ++i) col->push_text(get_text());
  } else if (auto from = take(size * width_of(p)); !from.empty()) {
    with_physical(p, [&](auto zero) {
      using T = decltype(zero);
      std::memcpy(static_cast<void*>(col->template mutable_data<T>()), from.data(), from.size());
    });
  }
  return failed_ ? nullptr : col;
}

size_t byte_reader::get_count(size_t bytes_each) {
  size_t count = get<uint32_t>();
  if (count * bytes_each > in_.size()) failed_ = true;
  return failed_ ? 0 : count;
}

} // namespace pelorus
