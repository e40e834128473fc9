// Settings that say who a process is and where its files are.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr setting rows[] = {
    {.name = "mode", .type = choice, .fallback = "single",
     .choices = "controller,agent,datanode,computenode,single",
     .description = "The role of this process."},
    {.name = "localSite", .type = site, .fallback = "localhost:8848:local8848",
     .description = "Own address and alias. Mandatory except in single mode."},
    {.name = "controllerSite", .roles = roles::agent | roles::datanode | roles::computenode,
     .type = site,
     .description = "Address and alias of the controller; must equal its localSite. Mandatory for "
                    "an agent; the agent passes it on to the nodes it starts."},
    {.name = "actorPort", .type = integer, .fallback = "port of localSite + 10000",
     .derive = defaults::actor_port, .range = {1, 65535},
     .description = "Port of the connections between the processes of a cluster. Peers learn it at "
                    "registration."},
    {.name = "publicName", .roles = roles::controller | roles::nodes, .planned = true,
     .description = "Host name or address under which browsers reach this node; a domain name with "
                    "HTTPS."},
    {.name = "home", .type = path, .fallback = "the working directory",
     .command_line_only = true,
     .description = "Home directory, <HOME> in other settings. Relative to the working directory."},
    {.name = "config", .type = path, .command_line_only = true,
     .description = "Configuration file of this process: controller.cfg, agent.cfg or "
                    "dolphindb.cfg. Relative to the working directory."},
    {.name = "nodesFile", .roles = roles::controller, .type = path, .command_line_only = true,
     .description = "The file cluster.nodes, which lists agents, data nodes and compute nodes. "
                    "Mandatory for a controller."},
    {.name = "clusterConfig", .roles = roles::controller, .type = path,
     .command_line_only = true,
     .description = "The file cluster.cfg, the settings of data nodes and compute nodes."},
    {.name = "logFile", .type = path, .command_line_only = true,
     .description = "Log file; without it lines go to standard output. Relative to the working "
                    "directory."},
    {.name = "console", .type = boolean, .fallback = "true", .command_line_only = true,
     .description = "0 starts without a command line on the terminal."},
    {.name = "stdoutLog", .type = integer, .fallback = "0", .range = {0, 2},
     .command_line_only = true,
     .description = "0 logs to logFile, 1 to standard output, 2 to both."},
    {.name = "script", .type = path, .command_line_only = true, .planned = true,
     .description = "Script that is run at start, before `startup`."},
    {.name = "run", .type = path, .command_line_only = true, .planned = true,
     .description = "Script that is run after the start; the process ends with it."},
    {.name = "remoteHost", .command_line_only = true, .planned = true,
     .description = "Host of a server whose command line is wanted."},
    {.name = "remotePort", .type = integer, .range = {1, 65535}, .command_line_only = true,
     .planned = true, .description = "Site port of that server."},
    {.name = "uid", .command_line_only = true, .planned = true,
     .description = "User name at the server of remoteHost."},
    {.name = "pwd", .command_line_only = true, .planned = true, .secret = true,
     .description = "Password at the server of remoteHost."},
    {.name = "init", .type = path, .fallback = "dolphindb.dos", .planned = true,
     .description = "System script that is run first at every start."},
    {.name = "startup", .type = path, .fallback = "startup.dos", .planned = true,
     .description = "Script that is run once the node can be used."},
    {.name = "postStart", .type = path, .fallback = "postStart.dos", .planned = true,
     .description = "Script that is run after the job scheduler; its failure stops nothing."},
    {.name = "preloadModules", .planned = true,
     .description = "Modules and plugins that are loaded at start, separated by commas."},
    {.name = "moduleDir", .type = path, .fallback = "modules",
     .description = "Directory of script modules."},
    {.name = "pluginDir", .type = path, .fallback = "plugins", .planned = true,
     .description = "Directory of plugins."},
    {.name = "webRoot", .type = path, .fallback = "web",
     .description = "Directory of the files of the web console."},
    {.name = "tzdb", .type = path, .fallback = "tzdb", .planned = true,
     .description = "Directory of the time zone database."},
};

std::span<const setting> start_settings() { return rows; }

} // namespace pelorus
