#include "actors/gateway/static_files.hpp"

#include <array>
#include <climits>
#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
#include <zlib.h>

#include <fmt/format.h>

#include "cfg/strings.hpp"

namespace pelorus {

namespace {
constexpr size_t gzip_from_bytes = 1024;
constexpr size_t gzip_to_bytes = 8 * 1024 * 1024;
constexpr size_t file_bytes_max = 256 * 1024 * 1024;
constexpr size_t packed_files_max = 500;

constexpr std::array<std::pair<std::string_view, std::string_view>, 24> mime_types{{
    {".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
    {".json", "application/json; charset=utf-8"}, {".map", "application/json; charset=utf-8"},
    {".svg", "image/svg+xml"}, {".txt", "text/plain; charset=utf-8"}, {".md", "text/plain; charset=utf-8"},
    {".xml", "application/xml"}, {".webmanifest", "application/manifest+json"}, {".wasm", "application/wasm"},
    {".png", "image/png"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}, {".gif", "image/gif"},
    {".webp", "image/webp"}, {".ico", "image/x-icon"}, {".woff", "font/woff"}, {".woff2", "font/woff2"},
    {".ttf", "font/ttf"}, {".otf", "font/otf"}, {".pdf", "application/pdf"}, {".csv", "text/csv; charset=utf-8"},
}};

bool is_compressible(std::string_view mime) {
  return mime.starts_with("text/") || mime.find("json") != std::string_view::npos ||
         mime.find("xml") != std::string_view::npos || mime == "application/wasm";
}

/// The real path of a file below the root; "" when there is none or it lies outside.
std::string real_file(const std::string& root, const std::string& path, struct stat& info) {
  char real_root[PATH_MAX], real[PATH_MAX];
  if (realpath(root.c_str(), real_root) == nullptr) return {};
  if (realpath((root + path).c_str(), real) == nullptr) return {};
  std::string inside = std::string{real_root} + "/", file = real;
  if (!file.starts_with(inside) || stat(real, &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return file;
}

std::string read_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Build tools put a hash into the names of files below assets/; those never change.
std::string_view cache_rule(std::string_view path) {
  return path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

bool matches(std::string_view if_none_match, std::string_view etag) {
  for (auto item : strings::split(if_none_match, ',')) {
    item = strings::trim(item);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag || item == "*") return true;
  }
  return false;
}

/// Hidden files and steps upwards are not served, whatever they are.
bool is_hidden(std::string_view path) {
  for (auto part : strings::split(path, '/'))
    if (part.starts_with('.')) return true;
  return path.find('\\') != std::string_view::npos;
}
} // namespace

std::string_view mime_type(std::string_view path) {
  auto dot = path.rfind('.');
  if (dot != std::string_view::npos)
    for (auto& [end, type] : mime_types)
      if (strings::equals_ignore_case(path.substr(dot), end)) return type;
  return "application/octet-stream";
}

std::string gzip(std::string_view bytes) {
  z_stream z{};
  if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  auto status = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return status == Z_STREAM_END ? out : std::string{};
}

std::shared_ptr<const std::string> static_files::gzipped(const std::string& file, const std::string& etag,
                                                         const std::string& body) {
  {
    std::lock_guard lock{mutex_};
    if (auto found = packed_.find(file); found != packed_.end() && found->second.etag == etag) return found->second.body;
  }
  auto fresh = std::make_shared<const std::string>(gzip(body));
  if (fresh->empty()) return nullptr;
  std::lock_guard lock{mutex_};
  if (packed_.size() >= packed_files_max) packed_.clear();
  packed_[file] = {etag, fresh};
  return fresh;
}

http_response static_files::answer(const http_request& request) {
  bool head = request.method == "HEAD";
  if (request.method != "GET" && !head) {
    auto refused = text_response(405, "only GET and HEAD are served here\n");
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  auto path = request.path.back() == '/' ? request.path + "index.html" : request.path;
  struct stat info {};
  auto file = is_hidden(path) ? std::string{} : real_file(root_, path, info);
  if (file.empty() || static_cast<size_t>(info.st_size) > file_bytes_max) return text_response(404, "not found\n");

  auto mime = mime_type(path);
  http_response r;
  r.head_only = head;
  auto etag = fmt::format("{:x}-{:x}{:x}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  std::string encoding;
  struct stat beside {};
  for (auto [code, end] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
    if (!encoding.empty() || !request.header_has("accept-encoding", code)) continue;
    if (auto packed_file = real_file(root_, path + end, beside); !packed_file.empty()) {
      encoding = code;
      r.body = read_file(packed_file);
    }
  }
  bool pack = encoding.empty() && is_compressible(mime) && request.header_has("accept-encoding", "gzip") &&
              static_cast<size_t>(info.st_size) >= gzip_from_bytes && static_cast<size_t>(info.st_size) <= gzip_to_bytes;
  if (encoding.empty()) r.body = read_file(file);
  if (pack) r.shared_body = gzipped(file, etag, r.body);
  if (r.shared_body) encoding = "gzip";
  etag = "\"" + etag + (encoding.empty() ? "" : "-" + encoding) + "\"";

  r.headers.emplace_back("ETag", etag);
  r.headers.emplace_back("Cache-Control", cache_rule(path));
  r.headers.emplace_back("Vary", "Accept-Encoding");
  if (matches(request.header("if-none-match"), etag)) {
    r.status = 304;
    r.body.clear();
    r.shared_body = nullptr;
    return r;
  }
  r.headers.emplace_back("Content-Type", mime);
  if (!encoding.empty()) r.headers.emplace_back("Content-Encoding", encoding);
  return r;
}

} // namespace pelorus
