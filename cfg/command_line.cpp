#include "cfg/command_line.hpp"

#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "cfg/setting.hpp"
#include "cfg/strings.hpp"
#include "cfg/version.hpp"

namespace pelorus {

namespace po = boost::program_options;

static std::string describe(const setting& row) {
  std::string text{row.description};
  if (!row.unit.empty()) text += fmt::format(" Unit: {}.", row.unit);
  if (!row.choices.empty()) text += fmt::format(" One of {}.", expected_value(row).substr(7));
  if (!row.fallback.empty()) text += fmt::format(" Default: {}", row.fallback);
  if (!row.fallback_single.empty()) text += fmt::format(" (single: {})", row.fallback_single);
  if (!row.fallback.empty()) text += ".";
  if (row.planned) text += " Has no effect yet.";
  return text;
}

static void add_rows(po::options_description& options, const setting_section& section,
                     role_mask readers) {
  for (const auto& row : section.rows) {
    if (!(row.roles & readers)) continue;
    auto name = std::string{row.name};
    options.add_options()(name.c_str(), po::value<std::string>()->value_name("arg"),
                          describe(row).c_str());
    if (row.alias.empty()) continue;
    auto alias = std::string{row.alias};
    options.add_options()(alias.c_str(), po::value<std::string>()->value_name("arg"),
                          fmt::format("Older name of {}.", name).c_str());
  }
}

static po::options_description all_options() {
  po::options_description options;
  options.add_options()("help,h", "")("version,v", "");
  for (const auto& section : setting_sections()) add_rows(options, section, roles::any);
  return options;
}

static error unknown_option(const std::string& option) {
  auto name = option.substr(std::min(option.find_first_not_of('-'), option.size()));
  auto nearest = nearest_setting(name.substr(0, name.find('=')));
  auto hint = nearest.empty() ? std::string{} : fmt::format("; did you mean -{}?", nearest);
  return {ec::bad_config,
          fmt::format("command line: unknown option {}{}", strings::quoted(option), hint)};
}

static expected<command_line> collect(const po::parsed_options& parsed) {
  command_line result;
  for (const auto& option : parsed.options) {
    if (option.unregistered || option.position_key >= 0) {
      const auto& token = option.original_tokens.front();
      if (token.starts_with('-')) return unknown_option(token);
      return error{ec::bad_config, fmt::format("command line: unexpected argument {}",
                                               strings::quoted(token))};
    }
    if (option.string_key == "help")
      result.help = true;
    else if (option.string_key == "version")
      result.version = true;
    else
      result.values.emplace_back(option.string_key, option.value.front());
  }
  return result;
}

expected<command_line> parse_command_line(const std::vector<std::string>& arguments) {
  using namespace po::command_line_style;
  constexpr int style = allow_long | allow_short | short_allow_next | allow_dash_for_short |
                        long_allow_next | long_allow_adjacent | allow_long_disguise;
  auto options = all_options();
  try {
    po::command_line_parser parser{arguments};
    return collect(parser.options(options).style(style).allow_unregistered().run());
  } catch (const po::invalid_command_line_syntax& failure) {
    auto name = failure.get_option_name();
    name.erase(0, name.find_first_not_of('-'));
    return error{ec::bad_config, fmt::format("command line: option -{} needs a value", name)};
  } catch (const po::error& failure) {
    return error{ec::bad_config, fmt::format("command line: {}", failure.what())};
  }
}

std::string help_text(node_role role) {
  std::ostringstream text;
  text << fmt::format("{}\n\nUsage: pelorus -mode {} [-name value]...\n", version_text(),
                      to_string(role));
  for (const auto& section : setting_sections()) {
    po::options_description options{std::string{section.title}, 100, 60};
    add_rows(options, section, bit(role));
    if (!options.options().empty()) text << '\n' << options;
  }
  text << "\nOther roles: -help -mode controller|agent|datanode|computenode|single.\n";
  // Boost prints two dashes; users of this program type one.
  return strings::replace_all(text.str(), "\n  --", "\n  -");
}

std::string version_text() { return fmt::format("pelorus {}", program_version); }

} // namespace pelorus
