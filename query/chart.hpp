// The chart object: what plot() answers and clients draw.
#pragma once

#include <memory>
#include <utility>

#include "query/dictionary.hpp"
#include "storage/object.hpp"

namespace pelorus {

/// A dictionary of a chart's settings and its data, as clients know it: chartType (INT), stacking (BOOL), title (STRING
/// vector: chart, x, y and z axis), data (a matrix of one series a column), extras (a dictionary), and of histograms
/// binStart, binEnd, binCount.
class chart final : public object {
public:
  explicit chart(dictionary_ptr settings) : settings_(std::move(settings)) {}

  pelorus::form form() const override { return pelorus::form::chart; }
  type_id type() const override { return type_id::any; }
  size_t size() const override { return settings_->size(); }
  uint64_t bytes() const override { return settings_->bytes(); }
  const dictionary_ptr& settings() const { return settings_; }

private:
  dictionary_ptr settings_;
};

} // namespace pelorus
