#include "storage/redo_record.hpp"

#include "storage/bytes.hpp"

namespace pelorus {

std::string encode_redo(const redo_record& x) {
  byte_writer out;
  out.put(x.what);
  out.put(x.tid);
  if (x.what == redo_record::kind::decided) {
    out.put(x.cid);
    return std::move(out).text();
  }
  out.put_text(encode_staged(x.rows));
  out.put_text(x.table);
  out.put_text(x.image);
  return std::move(out).text();
}

expected<redo_record> decode_redo(std::string_view bytes) {
  byte_reader in{bytes};
  redo_record x;
  x.what = in.get<redo_record::kind>();
  x.tid = in.get<tid_t>();
  if (x.what == redo_record::kind::decided) {
    x.cid = in.get<cid_t>();
  } else if (x.what == redo_record::kind::staged) {
    auto staged = decode_staged(in.get_view());
    if (!staged) return staged.error();
    x.rows = *std::move(staged);
    x.table = in.get_view();
    x.image = in.get_view();
  } else {
    in.fail();
  }
  if (in.failed() || !in.at_end()) return error{ec::corrupt, "malformed record of the redo log"};
  return x;
}

} // namespace pelorus
