#include "cfg/settings_markdown.hpp"

#include <fmt/format.h>

#include "cfg/setting.hpp"
#include "cfg/strings.hpp"

namespace pelorus {

static constexpr std::string_view introduction =
    R"(<!-- Generated from cfg/settings_*.cpp; do not edit.
     Anew: PELORUS_REGENERATE=1 build/cfg_tests -tc="docs/settings.md*" -->
# Settings

Configuration files hold `key=value` lines; `#` and `//` begin a comment line. Every setting can
also stand on the command line as `-key value`, which overrides the files.

| file | read by |
|---|---|
| `controller.cfg` | the controller (`-config`) |
| `agent.cfg` | an agent (`-config`) |
| `cluster.nodes` | the controller (`-nodesFile`): `localSite,mode[,computeGroup[,zone]]` |
| `cluster.cfg` | the controller (`-clusterConfig`), for all data nodes and compute nodes |
| `dolphindb.cfg` | a single node (`-config`), optional |

In `cluster.cfg` a key may be qualified: `alias.key` for one node, `P1-%.key` for all nodes that
match (`%`: any number of characters, `?`: exactly one). The exact alias wins over patterns, the
pattern with more literal characters over others, and these over the plain key. `<ALIAS>` in the
value of a pattern or a plain key stands for the node's alias, `<HOME>` for its home directory;
relative paths begin there.

*Roles*: C controller, A agent, D data node, P compute node, S single. *planned*: accepted with a
warning, has no effect yet. *inherited*: set it for the controller, nodes learn it from there.
*at once*: can be changed while the node runs; everything else needs a restart.
)";

static std::string role_letters(role_mask mask) {
  std::string letters;
  for (auto [role, letter] : {std::pair{roles::controller, 'C'}, {roles::agent, 'A'},
                              {roles::datanode, 'D'}, {roles::computenode, 'P'},
                              {roles::single, 'S'}})
    if (mask & role) letters += letter;
  return letters;
}

static std::string escaped(std::string_view text) {
  auto cell = strings::replace_all(std::string{text}, "|", "\\|");
  cell = strings::replace_all(std::move(cell), "<", "&lt;");
  return strings::replace_all(std::move(cell), ">", "&gt;");
}

static std::string type_cell(const setting& row) {
  if (row.type == setting_type::boolean) return "true, false";
  if (row.type == setting_type::choice) return expected_value(row).substr(7);
  auto text = expected_value(row);
  for (std::string_view article : {"an ", "a "})
    if (text.starts_with(article)) return text.substr(article.size());
  return text;
}

static std::string default_cell(const setting& row) {
  if (row.fallback.empty()) return "-";
  auto text = escaped(row.fallback);
  if (!row.fallback_single.empty()) text += fmt::format("; single {}", row.fallback_single);
  return text;
}

static std::string text_cell(const setting& row) {
  auto text = escaped(row.description);
  if (!row.alias.empty()) text += fmt::format(" Older name: `{}`.", row.alias);
  if (row.command_line_only) text += " Command line only.";
  if (row.inherited) text += " *inherited*";
  if (row.effect == takes_effect::at_once) text += " *at once*";
  if (row.planned) text += " *planned*";
  return text;
}

std::string settings_markdown() {
  std::string page{introduction};
  for (const auto& section : setting_sections()) {
    page += fmt::format("\n## {}\n\n| key | roles | value | default | meaning |\n"
                        "|---|---|---|---|---|\n",
                        section.title);
    for (const auto& row : section.rows)
      page += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.name, role_letters(row.roles),
                          type_cell(row), default_cell(row), text_cell(row));
  }
  return page;
}

} // namespace pelorus
