#include "tests/simulator/faults.hpp"

#include <caf/message.hpp>
#include <fmt/format.h>

#include "storage/checksum.hpp"

namespace pelorus::simulation {

std::string to_string(const fault_choice& x) {
  std::string text = fmt::format("seed {}", x.seed);
  for (auto& [number, fault] : x.messages) text += fmt::format(", {} at message {}", name_of(fault), number);
  for (auto& [number, fault] : x.steps) text += fmt::format(", {} at disk step {}", name_of(fault), number);
  return text;
}

void fault_plan::hash(std::string_view text) { trace_ = checksum(text, trace_); }
void fault_plan::hash(uint64_t x) { trace_ = checksum(&x, sizeof x, trace_); }

void fault_plan::met(std::string_view kind, const std::string& where) {
  ++met_;
  ++by_kind_[std::string{kind}];
  if (prints) fmt::print("  * {} ({})\n", kind, where);
}

bool fault_plan::note(bool x, std::string_view what) {
  hash(what);
  hash(x);
  return x;
}

void fault_plan::note_event(std::string_view what, const std::string& where) {
  hash(what);
  hash(where);
  if (prints) fmt::print("  - {} {}\n", what, where);
}

survival fault_plan::survives() {
  auto what = static_cast<survival>(random_() % 3);
  hash(static_cast<uint64_t>(what));
  if (prints) fmt::print("  - of its disk survives {}\n", what == survival::nothing ? "what was synced" : what == survival::some ? "a part" : "all");
  return what;
}

message_fault fault_plan::fate_of(uint64_t number, const packet& x) {
  auto fault = message_fault::none;
  if (auto planned = choice_.messages.find(number); planned != choice_.messages.end()) fault = planned->second;
  else if (met_ < static_cast<uint64_t>(choice_.random_faults) && std::uniform_real_distribution{}(random_) < choice_.message_rate)
    fault = message_faults[random_() % message_faults.size()];
  hash(x.from.alias);
  hash(x.to.alias);
  for (size_t i = 0; i < x.content.size(); ++i) {
    auto [number_of_type, info] = x.content.type(i);
    if (info) hash(info->name());
    else hash(uint64_t{number_of_type});
  }
  hash(static_cast<uint64_t>(fault));
  auto where = [&] { return fmt::format("message {} from {} to {}{}: {}", number, x.from.alias, x.to.alias, x.is_answer ? ", an answer" : "", caf::to_string(x.content).substr(0, 60)); };
  if (prints) fmt::print("{}\n", where());
  if (fault != message_fault::none) met(name_of(fault), prints ? where() : std::string{});
  return fault;
}

disk_fault fault_plan::fate_of(uint64_t number, const std::string& node, disk_step step) {
  auto fault = disk_fault::none;
  if (auto planned = choice_.steps.find(number); planned != choice_.steps.end()) fault = planned->second;
  else if (met_ < static_cast<uint64_t>(choice_.random_faults) && std::uniform_real_distribution{}(random_) < choice_.step_rate)
    fault = disk_faults[random_() % disk_faults.size()];
  hash(node);
  hash(static_cast<uint64_t>(step));
  hash(static_cast<uint64_t>(fault));
  if (fault != disk_fault::none) met(name_of(fault), fmt::format("step {} on {}", number, node));
  return fault;
}

} // namespace pelorus::simulation
