#pragma once

namespace pelorus {

/// A deleter of std::unique_ptr that calls the C library's own function: `std::unique_ptr<BIO, freed_by<BIO_free_all>>`.
template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const { Free(p); }
};

} // namespace pelorus
