/* Main: a subcommand, or the daemon.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"
#include "tools/options.h"
#include "tools/tools.h"

#include <stdio.h>

static int help(void)
{
    puts("tamis lets the spans worth keeping through: OTTL rules between your apps and your trace "
         "backend.\n"
         "\n"
         "  tamis --config=FILE... [--set a.b.c=VALUE...]   run, as the OpenTelemetry Collector "
         "would\n"
         "  tamis --version\n"
         "  tamis --help\n");
    for (const tm_command *c = tm_command_rows(); c->name; c++)
        printf("  tamis %s%s%s\n      %s.\n", c->name, *c->synopsis ? " " : "", c->synopsis,
               c->manual);
    puts("\nA --config is a file, file:PATH, env:NAME or yaml:a::b: VALUE; later ones win, maps "
         "merge.");
    return TM_EXIT_OK;
}

static int unknown(const char *word)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_text meant = arena ? tm_command_nearest(arena, tm_text_of(word)) : TM_TEXT("");
    fprintf(stderr, "tamis: unknown command %s (%s%.*s%ssee tamis --help)\n", word,
            meant.n ? "did you mean " : "", TM_PRI(meant), meant.n ? "? " : "");
    tm_arena_free(arena);
    return TM_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_config_sources sources;
    int code = TM_EXIT_USAGE;
    if (arena && tm_options_read(arena, argc, argv, 1, &sources))
        code = tm_daemon_run(&sources);
    tm_arena_free(arena);
    return code;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--version") == 0 || strcmp(first, "-v") == 0) {
        puts("tamis version " TM_VERSION);
        return TM_EXIT_OK;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0)
        return help();
    if (first[0] == 0 || first[0] == '-')
        return run(argc, argv);
    const tm_command *command = tm_command_find(first);
    return command ? command->run(argc - 1, argv + 1) : unknown(first);
}
