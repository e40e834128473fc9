// Metacode values (CODE): expressions that have not been evaluated yet.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/syntax.hpp"
#include "storage/object.hpp"
#include "storage/value.hpp"

namespace pelorus {

/// Local variables and their values.
using named_values = std::vector<std::pair<std::string, value>>;

/// <expr>, with the local variables of the function that made it; other names are looked up where it is evaluated.
class code_object final : public object {
public:
  explicit code_object(node_ptr tree, named_values captured = {})
      : tree_(std::move(tree)), captured_(std::move(captured)) {}
  pelorus::form form() const override { return pelorus::form::scalar; }
  type_id type() const override { return type_id::code; }
  size_t size() const override { return 1; }

  const node_ptr& tree() const { return tree_; }
  const named_values& captured() const { return captured_; }
  /// As scripts print it: "< a + 1 >".
  std::string text() const;

private:
  node_ptr tree_;
  named_values captured_;
};

} // namespace pelorus
