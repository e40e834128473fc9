#include "query/functions/text_map.hpp"

#include "query/cast.hpp"

namespace pelorus {

namespace {

/// CHARs count as texts of one character.
void require_text(value& x, std::string_view function) {
  if (x.is_void()) x = value::null(type_id::string);
  if (x.type() == type_id::char_) x = cast(x, type_id::string);
  if (!is_text(x.type())) refuse_type(function, "X", x, "a string or strings");
}

} // namespace

value map_texts(value& x, const std::function<std::string(std::string_view)>& f,
                std::string_view function, bool with_null) {
  return map_forms(
      x,
      [&](value& part) {
        require_text(part, function);
        auto one = [&](std::string_view text) {
          return text.empty() && !with_null ? std::string{} : f(text);
        };
        if (part.is_scalar()) return value::of_text(one(part.text()));
        auto& col = part.vec();
        auto result = column::make(type_id::string);
        result->reserve(col.size());
        if (col.physical() == physical::code && col.dict()->size() < col.size()) {
          // Each distinct text once.
          std::vector<std::string> mapped(col.dict()->size());
          for (size_t code = 0; code < mapped.size(); ++code)
            mapped[code] = one((*col.dict())[static_cast<int32_t>(code)]);
          for (size_t i = 0; i < col.size(); ++i)
            result->push_text(mapped[static_cast<size_t>(col.data<int32_t>()[i])]);
        } else {
          for (size_t i = 0; i < col.size(); ++i)
            result->push_text(one(col.text(i)));
        }
        return value{result};
      },
      function);
}

value count_texts(value& x, type_id type, const std::function<int32_t(std::string_view)>& f,
                  std::string_view function) {
  return map_forms(
      x,
      [&](value& part) {
        require_text(part, function);
        if (part.is_scalar()) return value::integral(type, f(part.text()));
        auto& col = part.vec();
        auto result = column::make(type, col.size());
        for (size_t i = 0; i < col.size(); ++i) {
          auto n = f(col.text(i));
          if (type == type_id::bool_)
            result->mutable_data<int8_t>()[i] = static_cast<int8_t>(n);
          else
            result->mutable_data<int32_t>()[i] = n;
        }
        return value{result};
      },
      function);
}

} // namespace pelorus
