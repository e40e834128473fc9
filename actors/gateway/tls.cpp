#include "actors/gateway/tls.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "actors/gateway/freed_by.hpp"

namespace pelorus {

namespace {
constexpr long valid_seconds = 10L * 365 * 24 * 3600;

using pkey_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

error failed(const std::string& what) { return {ec::internal, "OpenSSL cannot " + what}; }

bool add_extension(X509* cert, int kind, const std::string& text) {
  std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension{
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, text.c_str())};
  return extension && X509_add_ext(cert, extension.get(), -1) == 1;
}

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

expected<x509_ptr> self_signed(EVP_PKEY* key, const std::string& host) {
  x509_ptr cert{X509_new()};
  uint64_t serial = 0;
  if (!cert || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return failed("make a certificate");
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), valid_seconds);
  X509_set_pubkey(cert.get(), key);
  auto name = X509_get_subject_name(cert.get());
  auto common = host.substr(0, 64);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert.get(), name);
  auto names = (is_address(host) ? "IP:" : "DNS:") + host + ",DNS:localhost,IP:127.0.0.1";
  bool fine = add_extension(cert.get(), NID_subject_alt_name, names) &&
              add_extension(cert.get(), NID_basic_constraints, "critical,CA:FALSE") &&
              X509_sign(cert.get(), key, EVP_sha256()) != 0;
  if (!fine) return failed("sign the certificate for host '" + host + "'");
  return cert;
}

expected<void> write_file(const std::string& path, BIO* pem, mode_t mode) {
  char* text = nullptr;
  auto size = BIO_get_mem_data(pem, &text);
  auto temporary = path + ".new";
  auto fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool fine = fd >= 0 && write(fd, text, static_cast<size_t>(size)) == size && fsync(fd) == 0;
  auto why = errno;
  if (fd >= 0) close(fd);
  if (fine && rename(temporary.c_str(), path.c_str()) == 0) return {};
  if (fine) why = errno;
  return error{ec::io_failed, "cannot write " + path + ": " + std::strerror(why)};
}
} // namespace

expected<certificate_files> ensure_certificate(const std::string& directory, const std::string& host) {
  certificate_files files{directory + "/server.crt", directory + "/server.key"};
  bool has_certificate = access(files.certificate.c_str(), F_OK) == 0, has_key = access(files.key.c_str(), F_OK) == 0;
  if (has_certificate && has_key) return files;
  if (has_certificate != has_key)
    return error{ec::bad_config, "of " + files.certificate + " and " + files.key + " only one is there"};
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  if (problem) return error{ec::io_failed, "cannot make the directory " + directory + ": " + problem.message()};
  pkey_ptr key{EVP_EC_gen("P-256")};
  if (!key) return failed("make a key");
  PELORUS_ASSIGN(auto certificate, self_signed(key.get(), host));
  bio_ptr key_text{BIO_new(BIO_s_mem())}, certificate_text{BIO_new(BIO_s_mem())};
  if (PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1)
    return failed("write the certificate");
  PELORUS_TRY(write_file(files.key, key_text.get(), 0600));
  PELORUS_TRY(write_file(files.certificate, certificate_text.get(), 0644));
  return files;
}

} // namespace pelorus
