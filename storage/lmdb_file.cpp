#include "storage/lmdb_file.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "storage/file.hpp"

namespace pelorus {

namespace {

// The layout of LMDB 0.9 on a 64-bit machine (data version 1).
constexpr uint32_t meta_magic = 0xBEEFC0DE, data_version = 1;
constexpr size_t page_head = 16, node_head = 8, page_size_unknown = 4096;
constexpr uint64_t no_page = ~uint64_t{0};
constexpr uint16_t branch_page = 1, leaf_page = 2, overflow_page = 4, meta_page = 8;
constexpr uint16_t big_data = 1;      // node: the value lies on pages of its own
constexpr uint16_t integer_key = 8;   // of the free list, and only there
constexpr unsigned deepest = 32;

struct tree_head {
  uint32_t pad = 0;
  uint16_t flags = 0, depth = 0;
  uint64_t branch_pages = 0, leaf_pages = 0, overflow_pages = 0, entries = 0, root = no_page;
};
static_assert(sizeof(tree_head) == 48);

struct meta {
  uint32_t magic = 0, version = 0;
  uint64_t address = 0, map_bytes = 0;
  tree_head free, main;
  uint64_t last_page = 0, txn = 0;
};
static_assert(sizeof(meta) == 136);

struct page {
  uint64_t number = 0;
  uint16_t flags = 0, lower = 0, upper = 0;
  uint32_t pages = 0;  // of an overflow run
  std::string_view bytes;
  size_t count() const { return (lower - page_head) / 2; }
};

struct node {
  std::string_view key, value;  // of a leaf
  uint64_t child = no_page;     // of a branch, or the first page of a big value
  uint16_t flags = 0;
  uint64_t size = 0;            // of the value
};

template <class T>
T get(std::string_view bytes, size_t at) {
  T x;
  std::memcpy(&x, bytes.data() + at, sizeof x);
  return x;
}

/// Read-only and private: what others write later may or may not be seen.
class mapped_file {
public:
  static expected<mapped_file> open(const std::string& path) {
    mapped_file file;
    PELORUS_ASSIGN(auto in, pelorus::file::open_read(path));
    PELORUS_ASSIGN(auto size, in.size());
    if (size == 0) return file;
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error{ec::io_failed, fmt::format("cannot open {}: {}", path, std::strerror(errno))};
    auto* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (at == MAP_FAILED) return error{ec::io_failed, fmt::format("cannot map {}: {}", path, std::strerror(errno))};
    file.bytes_ = {static_cast<const char*>(at), size};
    return file;
  }
  mapped_file() = default;
  mapped_file(mapped_file&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~mapped_file() {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }
  std::string_view bytes() const { return bytes_; }

private:
  std::string_view bytes_;
};

class surveyor {
public:
  using visitor = std::function<void(std::string_view, std::string_view)>;
  surveyor(std::string_view bytes, const visitor& visit) : bytes_(bytes), visit_(visit) {}

  lmdb_survey run() {
    auto newest = pick_meta();
    if (!newest) return std::move(found_);
    meta_ = *newest;
    used_.assign(meta_.last_page + 1, false);
    used_[0] = used_[1] = true;
    walk_tree(meta_.main, false);
    walk_tree(meta_.free, true);
    check_free_pages();
    return std::move(found_);
  }

private:
  void damage(std::string text) {
    constexpr size_t enough = 20;
    if (found_.damage.size() < enough) found_.damage.push_back(std::move(text));
  }

  // -- the two heads ------------------------------------------------------------------------------------

  std::optional<meta> read_meta(size_t number) {
    auto at = number * page_size_;
    if (bytes_.size() < at + page_head + sizeof(meta)) return std::nullopt;
    auto m = get<meta>(bytes_, at + page_head);
    bool sound = get<uint64_t>(bytes_, at) == number && get<uint16_t>(bytes_, at + 10) == meta_page && m.magic == meta_magic &&
                 m.version == data_version && m.free.pad == page_size_ && m.free.flags == integer_key && m.main.pad == 0 &&
                 m.main.flags == 0 && m.last_page >= 1 && m.last_page < bytes_.size() / page_size_ + (size_t{1} << 20) &&
                 m.main.depth <= deepest && m.free.depth <= deepest && m.address == 0;
    // Transactions take the heads in turn.
    return sound && (m.txn == 0 || m.txn % 2 == number) ? std::optional{m} : std::nullopt;
  }

  std::optional<meta> pick_meta() {
    auto first = read_meta(0), second = read_meta(1);
    if (!first) damage("its first head is damaged");
    if (!second) damage("its second head is damaged");
    if (!first || !second) return first ? first : second;
    auto newer = std::max(first->txn, second->txn), older = std::min(first->txn, second->txn);
    if (newer - older > 1) damage(fmt::format("its heads are of transactions {} and {}", first->txn, second->txn));
    return first->txn > second->txn ? first : second;
  }

  // -- pages and nodes ------------------------------------------------------------------------------------

  std::optional<page> read_page(uint64_t number, std::string_view what) {
    auto bad = [&](std::string_view why) {
      damage(fmt::format("page {} ({}) {}", number, what, why));
      return std::nullopt;
    };
    if (number < 2 || number > meta_.last_page) return bad("is none");
    if ((number + 1) * page_size_ > bytes_.size()) return bad("lies behind the end of the file");
    if (used_[number]) return bad("is used twice");
    used_[number] = true;
    page p;
    p.bytes = bytes_.substr(number * page_size_, page_size_);
    p.number = get<uint64_t>(p.bytes, 0);
    p.flags = get<uint16_t>(p.bytes, 10);
    p.lower = get<uint16_t>(p.bytes, 12);
    p.upper = get<uint16_t>(p.bytes, 14);
    p.pages = get<uint32_t>(p.bytes, 12);
    if (p.number != number) return bad("has the number of another one");
    return p;
  }

  std::optional<page> read_nodes(uint64_t number, uint16_t kind) {
    auto p = read_page(number, kind == leaf_page ? "leaf" : "branch");
    if (!p) return p;
    bool sound = p->flags == kind && p->lower >= page_head && p->lower % 2 == 0 && p->lower <= p->upper && p->upper <= page_size_ &&
                 p->count() >= (kind == branch_page ? 2u : 1u);
    if (sound) return p;
    damage(fmt::format("page {} has a malformed head", number));
    return std::nullopt;
  }

  std::optional<node> read_node(const page& p, size_t i) {
    auto bad = [&] {
      damage(fmt::format("node {} of page {} is malformed", i, p.number));
      return std::nullopt;
    };
    size_t at = get<uint16_t>(p.bytes, page_head + 2 * i);
    if (at < p.upper || at % 2 != 0 || at + node_head > page_size_) return bad();
    auto low = get<uint16_t>(p.bytes, at), high = get<uint16_t>(p.bytes, at + 2);
    node n;
    n.flags = get<uint16_t>(p.bytes, at + 4);
    size_t key_size = get<uint16_t>(p.bytes, at + 6);
    if (at + node_head + key_size > page_size_) return bad();
    n.key = p.bytes.substr(at + node_head, key_size);
    n.size = low | uint64_t{high} << 16;
    if (p.flags == branch_page) {
      n.child = n.size | uint64_t{n.flags} << 32;
      return n;
    }
    auto data = at + node_head + key_size;
    if (n.flags == big_data) {
      if (data + sizeof(uint64_t) > page_size_) return bad();
      n.child = get<uint64_t>(p.bytes, data);
      return n;
    }
    if (n.flags != 0 || data + n.size > page_size_) return bad();
    n.value = p.bytes.substr(data, n.size);
    return n;
  }

  /// The value of a leaf's node that has pages of its own: at least those it needs, since a value that is put again in the
  /// same transaction keeps the pages of a longer one before it.
  bool read_big(node& n) {
    auto p = read_page(n.child, "big value");
    if (!p) return false;
    auto needed = (page_head + n.size + page_size_ - 1) / page_size_;
    bool fits = p->flags == overflow_page && p->pages >= needed && n.child + p->pages - 1 <= meta_.last_page &&
                (n.child + needed) * page_size_ <= bytes_.size();
    for (size_t i = 1; fits && i < p->pages; ++i) {
      fits = !used_[n.child + i];
      used_[n.child + i] = true;
    }
    if (!fits) {
      damage(fmt::format("the big value at page {} does not fit there", n.child));
      return false;
    }
    overflow_pages_ += p->pages;
    n.value = bytes_.substr(n.child * page_size_ + page_head, n.size);
    return true;
  }

  // -- trees ------------------------------------------------------------------------------------------------

  int compare(std::string_view a, std::string_view b) const {
    if (!integers_) return a.compare(b);
    if (a.size() != 8 || b.size() != 8) return a.size() == b.size() ? 0 : -2;
    auto x = get<uint64_t>(a, 0), y = get<uint64_t>(b, 0);
    return x < y ? -1 : x > y;
  }

  void walk_tree(const tree_head& head, bool free_list) {
    integers_ = free_list;
    branch_pages_ = leaf_pages_ = overflow_pages_ = entries_ = 0;
    last_key_.reset();
    auto what = free_list ? "list of free pages" : "tree";
    if (head.root == no_page) {
      if (head.depth != 0 || head.entries != 0) damage(fmt::format("its {} has no root", what));
      return;
    }
    walk(head.root, head.depth, std::nullopt);
    if (entries_ != head.entries || branch_pages_ != head.branch_pages || leaf_pages_ != head.leaf_pages ||
        overflow_pages_ != head.overflow_pages)
      damage(fmt::format("its {} has {} records on {} pages, its head tells of {}", what, entries_, leaf_pages_, head.entries));
    if (!free_list) found_.records = entries_;
  }

  /// `from`: the key that the branch above gives for this page; everything on it is that or more.
  void walk(uint64_t number, unsigned depth, std::optional<std::string_view> from) {
    if (depth == 0 || depth > deepest) return damage("a branch is deeper or flatter than its head says");
    auto p = read_nodes(number, depth == 1 ? leaf_page : branch_page);
    if (!p) return;
    if (depth == 1) return walk_leaf(*p, from);
    ++branch_pages_;
    for (size_t i = 0; i < p->count(); ++i) {
      auto n = read_node(*p, i);
      if (!n) continue;
      // The first key of a branch is not looked at: everything less than the second one goes there.
      auto lower = i == 0 ? from : std::optional{n->key};
      if (i != 0 && last_key_ && compare(*last_key_, n->key) >= 0) damage(fmt::format("the keys of page {} are out of order", number));
      walk(n->child, depth - 1, lower);
    }
  }

  void walk_leaf(const page& p, std::optional<std::string_view> from) {
    ++leaf_pages_;
    for (size_t i = 0; i < p.count(); ++i) {
      auto n = read_node(p, i);
      if (!n) continue;
      ++entries_;
      if ((last_key_ && compare(*last_key_, n->key) >= 0) || (from && compare(*from, n->key) > 0))
        damage(fmt::format("the keys of page {} are out of order", p.number));
      last_key_ = n->key;
      if (n->flags == big_data && !read_big(*n)) continue;
      if (integers_) note_free(*n);
      else if (visit_) visit_(n->key, n->value);
    }
  }

  // -- pages that are free ------------------------------------------------------------------------------------

  /// A record of the free list: how many pages, and their numbers, descending.
  void note_free(const node& n) {
    if (n.key.size() != 8 || get<uint64_t>(n.key, 0) > meta_.txn || n.value.size() < 8 || n.value.size() % 8 != 0 ||
        get<uint64_t>(n.value, 0) > n.value.size() / 8 - 1)
      return damage("a record of the list of free pages is malformed");
    auto count = get<uint64_t>(n.value, 0);
    uint64_t before = no_page;
    for (size_t i = 1; i <= count; ++i) {
      auto number = get<uint64_t>(n.value, 8 * i);
      if (number >= before) damage("the list of free pages is out of order");
      before = number;
      free_.push_back(number);
    }
  }

  void check_free_pages() {
    for (auto number : free_) {
      if (number < 2 || number > meta_.last_page) damage(fmt::format("page {} is free and is none", number));
      else if (used_[number]) damage(fmt::format("page {} is free and in use", number));
      else used_[number] = true;
    }
  }

  std::string_view bytes_;
  const visitor& visit_;
  size_t page_size_ = page_size_unknown;
  meta meta_;
  lmdb_survey found_;
  std::vector<bool> used_;
  std::vector<uint64_t> free_;
  bool integers_ = false;
  uint64_t branch_pages_ = 0, leaf_pages_ = 0, overflow_pages_ = 0, entries_ = 0;
  std::optional<std::string_view> last_key_;
};

} // namespace

expected<lmdb_survey> survey_lmdb(const std::string& directory,
                                  const std::function<void(std::string_view, std::string_view)>& visit) {
  auto path = directory + "/data.mdb";
  if (!file_exists(path)) return lmdb_survey{};
  PELORUS_ASSIGN(auto mapped, mapped_file::open(path));
  if (mapped.bytes().empty()) return lmdb_survey{};
  return surveyor{mapped.bytes(), visit}.run();
}

} // namespace pelorus
