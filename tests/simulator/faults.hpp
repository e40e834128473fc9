// Which faults a run meets, and a record of those that it met.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/simulator/disk.hpp"
#include "tests/simulator/network.hpp"

namespace pelorus::simulation {

/// Faults at given messages and disk steps, counted from the start of the run, and random ones.
struct fault_choice {
  std::map<uint64_t, message_fault> messages = {};
  std::map<uint64_t, disk_fault> steps = {};
  double message_rate = 0, step_rate = 0;  ///< of random faults
  int random_faults = 0;                   ///< at most so many
  uint64_t seed = 0;
};
std::string to_string(const fault_choice& x);

class fault_plan {
public:
  explicit fault_plan(fault_choice choice) : choice_(std::move(choice)), random_(choice_.seed ^ 0x9e3779b97f4a7c15) {}

  message_fault fate_of(uint64_t number, const packet& x);
  disk_fault fate_of(uint64_t number, const std::string& node, disk_step step);
  /// Of a crash: whether its peers see the connection break, and what its disk keeps.
  bool is_noticed() { return note(random_() % 2, "noticed"); }
  survival survives();
  milliseconds down_time() { return milliseconds{200 + random_() % 9000}; }

  /// Anything that makes this run another one than the last.
  void note_event(std::string_view what, const std::string& where);

  const fault_choice& choice() const { return choice_; }
  uint64_t trace() const { return trace_; }   ///< stands for all messages, disk steps and faults in their order
  uint64_t faults() const { return met_; }
  const std::map<std::string, uint64_t>& by_kind() const { return by_kind_; }
  bool prints = false;                        ///< each message and each fault

private:
  bool note(bool x, std::string_view what);
  void hash(std::string_view text);
  void hash(uint64_t x);
  void met(std::string_view kind, const std::string& where);

  fault_choice choice_;
  std::mt19937_64 random_;
  std::map<std::string, uint64_t> by_kind_;
  uint64_t trace_ = 0, met_ = 0;
};

} // namespace pelorus::simulation
