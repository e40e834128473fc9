#include "query/modules.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "cfg/settings.hpp"
#include "query/interpreter.hpp"
#include "query/parser.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

std::string read_script(const std::filesystem::path& path) {
  std::error_code failed;
  auto size = std::filesystem::file_size(path, failed);
  if (failed)
    throw script_error(ec::not_found, fmt::format("The script file '{}' cannot be read: {}",
                                                  path.string(), failed.message()));
  if (size > limits::script_bytes)
    throw script_error(ec::limit_exceeded,
                       fmt::format("The script file '{}' is larger than {} bytes", path.string(),
                                   limits::script_bytes));
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file)
    throw script_error(ec::io_failed,
                       fmt::format("The script file '{}' cannot be read", path.string()));
  return text.str();
}

const settings& settings_of(session& who) {
  if (!who.node)
    throw script_error(ec::unavailable, "Modules and included files can be used only on a node");
  return who.node->config();
}

std::filesystem::path module_path(const std::string& name, session& who) {
  std::filesystem::path path = settings_of(who).get_path("moduleDir");
  size_t begin = 0;
  for (size_t end; (end = name.find("::", begin)) != std::string::npos; begin = end + 2)
    path /= name.substr(begin, end - begin);
  return path / (name.substr(begin) + ".dos");
}

/// Parses and runs the module's file; its functions get names "a::b::f".
void load_module(const std::string& name, session& who) {
  auto path = module_path(name, who);
  auto text = read_script(path);
  try {
    script_parser parser(text);
    bool first = true;
    while (auto unit = parser.next_unit()) {
      block_node body(unit->at);
      for (const auto& statement : unit->statements) {
        const auto* declared = try_as<module_node>(statement);
        if (!declared || declared->kind != node_kind::module) {
          body.statements.push_back(statement);
          continue;
        }
        if (!first || declared->name != name)
          throw script_error(ec::bad_argument,
                             fmt::format("The file declares the module '{}' instead of '{}'",
                                         declared->name, name),
                             statement->at);
      }
      first = false;
      evaluator inside(who);
      inside.set_module(name);
      inside.run_block(body);
    }
  } catch (const script_error& e) {
    throw script_error(e.code(),
                       fmt::format("Module '{}' ({}): {}", name, path.string(), describe(e, true)));
  }
}

} // namespace

void use_module(const std::string& name, session& who) {
  auto prefix = name + "::";
  auto of_module = [&] {
    std::vector<std::string> names;
    for (auto& n : who.variables.names())
      if (n.starts_with(prefix) && n.find("::", prefix.size()) == std::string::npos)
        names.push_back(std::move(n));
    return names;
  };
  auto names = of_module();
  if (names.empty()) {
    load_module(name, who);
    names = of_module();
  }
  for (const auto& full : names) {
    auto short_name = full.substr(prefix.size());
    if (who.variables.find(short_name)) continue;
    if (const auto* x = who.variables.find(full); x && x->type() == type_id::functiondef) {
      auto function = *x; // `set` may move what x points to
      who.variables.set(short_name, std::move(function));
    }
  }
}

void include_script(const std::string& path, session& who) {
  std::filesystem::path file = path;
  if (file.is_relative()) file = std::filesystem::path(settings_of(who).home()) / file;
  auto text = read_script(file);
  if (who.depth++ > 20) {
    --who.depth;
    throw script_error(ec::limit_exceeded,
                       fmt::format("Included files are nested too deeply at '{}'", path));
  }
  try {
    script_parser parser(text, parse_options_of(who));
    while (auto unit = parser.next_unit())
      evaluator(who).run_block(*unit);
    --who.depth;
  } catch (const script_error& e) {
    --who.depth;
    throw script_error(e.code(), fmt::format("File '{}': {}", file.string(), describe(e, true)));
  }
}

} // namespace pelorus
