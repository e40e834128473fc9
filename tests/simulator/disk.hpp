// A disk that fails: steps can be refused, and a crash loses or tears what was not synced.
//
// Everything the store writes is really written, below <root>/<node>/, and remembered with what it replaced. A crash takes
// back what no sync had made durable: all of it, nothing (only the process died), or a part of it, torn at any byte.
// LMDB's files are not followed: a transaction of LMDB is there as a whole or not at all.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/disk_watch.hpp"

namespace pelorus::simulation {

enum class disk_fault : uint8_t { none, io_error, full, crash_before, crash_torn };
inline constexpr std::array disk_faults{disk_fault::io_error, disk_fault::full, disk_fault::crash_before, disk_fault::crash_torn};
std::string_view name_of(disk_fault fault);

enum class survival : uint8_t { everything, nothing, some };

class faulty_disk final : public disk_watch {
public:
  struct hooks {
    /// What befalls step `number` of `node`; asked only while `counts`.
    std::function<disk_fault(uint64_t number, const std::string& node, disk_step step)> fate;
    std::function<void(const std::string& node)> crashed;
  };

  faulty_disk(std::string root, hooks hooks) : root_(std::move(root)), hooks_(std::move(hooks)) {}

  expected<void> before(const disk_operation& operation) override;

  /// From here on steps are numbered and may fail; what is there counts as durable.
  void start();
  /// No more faults.
  void heal() { counts_ = false; }
  void power_off(const std::string& node) { disks_[node].gone = true; }
  /// Takes back what the crash loses; the node may open its files again then.
  void restart(const std::string& node, survival what, std::mt19937_64& random);
  /// Syncs of this node's files in directories of such a name answer well and do nothing: a lie that the checker has to find out.
  void lie_about_syncs(const std::string& node, const std::string& where) { disks_[node].lies_in = "/" + where + "/"; }
  uint64_t steps() const { return steps_; }

private:
  struct tracked { std::string path; };
  using tracked_ptr = std::shared_ptr<tracked>;
  /// How to take back one step.
  struct change {
    disk_step step;
    tracked_ptr file;
    std::string from, kept;   ///< rename: the old name; what was replaced or removed lies at `kept`
    uint64_t offset = 0, length = 0, old_size = 0;
    std::string old_bytes;
    bool durable = false, lost = false;  ///< lost: a sync of it failed, and none makes it durable any more
    bool is_name() const { return step == disk_step::create || step == disk_step::rename || step == disk_step::remove; }
  };
  struct node_disk {
    bool gone = false;
    std::string lies_in;  ///< part of a path; "" for none
    bool lies_about(const std::string& path) const { return !lies_in.empty() && (path + "/").find(lies_in) != std::string::npos; }
    std::vector<change> changes;
  };

  std::string node_of(const std::string& path) const;
  expected<void> fail(disk_fault fault, const std::string& node, const disk_operation& operation);
  void record(node_disk& disk, const disk_operation& operation);
  void record_content(node_disk& disk, const disk_operation& operation);
  void record_names(node_disk& disk, const disk_operation& operation);
  void make_durable(node_disk& disk, const disk_operation& operation, bool failed);
  tracked_ptr track(const std::string& path);
  std::string keep(const std::string& path);
  bool is_overtaken(const change& x) const;
  static void undo_content(const change& x, uint64_t keep_bytes, const std::vector<const change*>& lasting);
  void undo_name(change& x);

  std::string root_;
  hooks hooks_;
  std::map<std::string, node_disk> disks_;
  std::map<std::string, tracked_ptr> files_;
  uint64_t steps_ = 0, kept_ = 0;
  bool counts_ = false;
};

} // namespace pelorus::simulation
