/* Main: a subcommand, or the daemon.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"
#include "tools/arguments.h"
#include "tools/codes.h"
#include "tools/complain.h"
#include "tools/functions.h"

#include <stdio.h>

static int run(const tm_arguments *arguments)
{
    tm_config_sources sources;
    return tm_arguments_sources(arguments, &sources) ? tm_daemon_run(&sources) : TM_EXIT_USAGE;
}

static const tm_option daemon_options[] = {TM_CONFIG_OPTIONS, {0}};

static const tm_command daemon_command = {.name = "",
                                          .operands = "",
                                          .manual = "Runs, as the OpenTelemetry Collector would",
                                          .options = daemon_options,
                                          .run = run};

static int help(void)
{
    puts("tamis lets the spans worth keeping through: OTTL rules between your apps and your trace "
         "backend.\n"
         "\n"
         "  tamis --config=FILE... [--set a.b.c=VALUE...]   run, as the OpenTelemetry Collector "
         "would\n"
         "  tamis COMMAND --help                            what a command takes\n"
         "  tamis help CODE                                 what the code of a message means\n"
         "  tamis help FUNCTION                             what a function of the language does\n"
         "  tamis --version\n"
         "  tamis --help\n");
    for (const tm_command *const *c = tm_commands(); *c; c++)
        printf("  %-14s %s\n", (*c)->name, (*c)->manual);
    puts("\nA --config is a file, file:PATH, env:NAME or yaml:a::b: VALUE; later ones win, maps "
         "merge.");
    return TM_EXIT_OK;
}

static int unknown(const char *word)
{
    const tm_text text = tm_text_of(word);
    if (tm_text_ends(text, TM_TEXT(".yaml")) || tm_text_ends(text, TM_TEXT(".yml"))) {
        tm_complain("unknown command %s (did you mean --config=%s? see tamis --help)", word, word);
        return TM_EXIT_USAGE;
    }
    tm_arena *arena = tm_arena_new(NULL);
    tm_text meant = arena ? tm_command_nearest(arena, text) : TM_TEXT("");
    tm_complain("unknown command %s (%s%.*s%ssee tamis --help)", word,
                meant.n ? "did you mean " : "", TM_PRI(meant), meant.n ? "? " : "");
    tm_arena_free(arena);
    return TM_EXIT_USAGE;
}

/* `tamis help E0107`. */
static int explain(const char *code)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_text near = {0};
    bool known = arena && tm_codes_explain(&out, tm_text_of(code), &near);
    if (known)
        fwrite(out.p, 1, out.n, stdout);
    else
        tm_complain("there is no code %s%s%.*s%s", code, near.n ? " (did you mean " : "",
                    TM_PRI(near), near.n ? "?)" : "");
    tm_arena_free(arena);
    return known ? TM_EXIT_OK : TM_EXIT_USAGE;
}

/* `tamis help`, and of a COMMAND, CODE or FUNCTION. */
static int help_about(int argc, char **argv)
{
    static char ask[] = "--help";
    const tm_command *command = argc > 1 ? tm_command_find(argv[1]) : NULL;
    if (argc == 1)
        return help();
    if (!command && tm_codes_is_one(tm_text_of(argv[1])))
        return explain(argv[1]);
    if (!command && tm_functions_know(tm_text_of(argv[1])))
        return tm_arguments_run(tm_command_find("functions"), 2, argv);
    return command ? tm_arguments_run(command, 2, (char *[]){argv[1], ask, NULL})
                   : unknown(argv[1]);
}

static int run_one(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--version") == 0 || strcmp(first, "-v") == 0) {
        puts("tamis version " TM_VERSION);
        return TM_EXIT_OK;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return help();
    if (strcmp(first, "help") == 0)
        return help_about(argc - 1, argv + 1);
    if (first[0] == 0 || first[0] == '-')
        return tm_arguments_run(&daemon_command, argc, argv);
    const tm_command *command = tm_command_find(first);
    return command ? tm_arguments_run(command, argc - 1, argv + 1) : unknown(first);
}

int main(int argc, char **argv)
{
    return tm_complain_stdout(run_one(argc, argv));
}
