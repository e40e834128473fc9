#include "actors/gateway/rsa_key.hpp"

#include <algorithm>
#include <iterator>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "actors/base64.hpp"
#include "actors/gateway/freed_by.hpp"

namespace pelorus {

namespace {
constexpr int key_bits = 2048;
constexpr size_t ciphertext_bytes_max = 4096;

using pkey_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using context_ptr = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

expected<std::string> sealed_bytes(std::string_view text) {
  std::string clean;  // SDKs break the lines
  std::copy_if(text.begin(), text.end(), std::back_inserter(clean), [](char c) { return c > ' '; });
  auto bytes = clean.empty() || clean.size() > ciphertext_bytes_max ? error{ec::bad_argument, ""} : from_base64(clean);
  if (!bytes) return error{ec::bad_argument, "encrypted text is not base64"};
  return bytes;
}
} // namespace

struct rsa_key::key {
  pkey_ptr pkey;
};

rsa_key::rsa_key() = default;
rsa_key::~rsa_key() = default;

expected<void> rsa_key::make() {
  std::lock_guard lock{mutex_};
  if (key_) return {};
  pkey_ptr fresh{EVP_RSA_gen(key_bits)};
  if (!fresh) return error{ec::internal, "OpenSSL cannot make an RSA key"};
  key_ = std::make_unique<key>(key{std::move(fresh)});
  return {};
}

expected<std::string> rsa_key::public_pem() {
  PELORUS_TRY(make());
  bio_ptr bio{BIO_new(BIO_s_mem())};
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key_->pkey.get()) != 1)
    return error{ec::internal, "OpenSSL cannot write the public key"};
  char* text = nullptr;
  auto size = BIO_get_mem_data(bio.get(), &text);
  return std::string{text, static_cast<size_t>(size)};
}

expected<std::string> rsa_key::decrypt(std::string_view base64) {
  PELORUS_TRY(make());
  PELORUS_ASSIGN(auto sealed_text, sealed_bytes(base64));
  auto* sealed = reinterpret_cast<const unsigned char*>(sealed_text.data());
  context_ptr context{EVP_PKEY_CTX_new(key_->pkey.get(), nullptr)};
  size_t size = 0;
  bool fine = context && EVP_PKEY_decrypt_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_decrypt(context.get(), nullptr, &size, sealed, sealed_text.size()) == 1;
  std::string out(size, '\0');
  fine = fine && EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, sealed,
                                  sealed_text.size()) == 1;
  if (!fine) return error{ec::bad_argument, "encrypted text was not made with the key of getDynamicPublicKey()"};
  out.resize(size);
  return out;
}

} // namespace pelorus
