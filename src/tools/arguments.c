/* Arguments: getopt_long, with the rows of a command turned into its table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"

#include "base/diag.h"
#include "tools/complain.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

enum { OPTIONS_MOST = 32, HELP = 256 };

static size_t count(const tm_command *command)
{
    size_t n = 0;
    while (command->options && command->options[n].name)
        n++;
    assert(n < OPTIONS_MOST);
    return n;
}

/* getopt's two tables. What an option returns is its row, or HELP. */
static void make_tables(const tm_command *command, struct option *longs, char *letters)
{
    size_t n = count(command);
    *letters++ = ':'; /* a missing value is told apart */
    for (size_t i = 0; i < n; i++) {
        const tm_option *o = &command->options[i];
        bool flag = o->kind == TM_OPTION_FLAG;
        longs[i] = (struct option){.name = o->name,
                                   .has_arg = flag ? optional_argument : required_argument,
                                   .val = (int)i};
        if (o->letter) {
            *letters++ = o->letter;
            if (!flag)
                *letters++ = ':';
        }
    }
    longs[n] = (struct option){.name = "help", .val = HELP};
    longs[n + 1] = (struct option){0};
    *letters++ = 'h';
    *letters = 0;
}

/* getopt takes any beginning of a name: only whole names are right. */
static bool is_whole(const tm_command *command, const char *argument, size_t row)
{
    const char *name = argument + (argument[1] == '-' ? 2 : 1);
    size_t n = strcspn(name, "=");
    const char *wanted = command->options[row].name;
    return strlen(wanted) == n && strncmp(wanted, name, n) == 0;
}

static void unknown(const tm_command *command, tm_arena *arena, const char *argument)
{
    tm_text names[OPTIONS_MOST], word = {.p = argument, .n = strcspn(argument, "=")};
    size_t n = count(command);
    for (size_t i = 0; i < n; i++)
        names[i] = tm_text_of(command->options[i].name);
    while (word.n && word.p[0] == '-')
        word = tm_text_skip(word, 1);
    tm_text meant = tm_nearest(arena, word, names, n);
    bool daemon = !*command->name;
    tm_complain("unknown argument %s (%s%.*s%ssee tamis %s%s--help)", argument,
                meant.n ? "did you mean --" : "", TM_PRI(meant), meant.n ? "? " : "", command->name,
                daemon ? "" : " ");
}

static bool is_word(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = words; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
        if (strcspn(p, "|") == n && strncmp(p, value, n) == 0)
            return true;
    return false;
}

static void keep(tm_arguments *a, size_t row, tm_text value)
{
    tm_texts *list = &a->given[row];
    list->items = tm_arena_grow(a->arena, list->items, list->count * sizeof(tm_text),
                                (list->count + 1) * sizeof(tm_text));
    list->items[list->count++] = value;
}

/* One option that getopt has found. */
static bool take(tm_arguments *a, size_t row, const char *value)
{
    const tm_option *o = &a->command->options[row];
    if (o->kind == TM_OPTION_FLAG) {
        if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return tm_complain("--%s is true or false, not %s", o->name, value);
        keep(a, row, tm_text_of(value && *value == 'f' ? "" : "true"));
        return true;
    }
    if (!*value && o->kind == TM_OPTION_LIST && strcmp(o->name, "feature-gates") != 0)
        return tm_complain("--%s needs a value", o->name); /* as of a variable that is not set */
    if (o->words && !is_word(o->words, value))
        return tm_complain("--%s takes %s, not %s", o->name, o->words, value);
    keep(a, row, tm_text_of(value));
    return true;
}

static size_t row_of_letter(const tm_command *command, int letter)
{
    size_t row = 0;
    while (command->options[row].letter != letter)
        row++;
    return row;
}

static bool takes_value(const tm_command *command, char letter)
{
    for (const tm_option *o = command->options; o && o->name; o++)
        if (letter && o->letter == letter)
            return o->kind != TM_OPTION_FLAG;
    return false;
}

/* -f=VALUE, as Go's programs take it, becomes -fVALUE, as getopt does. */
static char **without_equals(const tm_arguments *a, int argc, char **argv)
{
    char **words = TM_NEW_ARRAY(a->arena, (size_t)argc + 1, char *);
    bool options = true;
    for (int i = 0; i < argc; i++) {
        words[i] = argv[i];
        options = options && strcmp(argv[i], "--") != 0;
        const size_t n = strlen(argv[i]);
        if (!options || i == 0 || n < 4 || argv[i][0] != '-' || argv[i][2] != '=' ||
            !takes_value(a->command, argv[i][1]))
            continue;
        words[i] = tm_arena_alloc(a->arena, n);
        memcpy(words[i], argv[i], 2);
        memcpy(words[i] + 2, argv[i] + 3, n - 2);
    }
    return words;
}

/* The argument that getopt has just read, without a value that stood apart. */
static const char *last(char **argv)
{
    bool apart = optarg && argv[optind - 1] == optarg;
    return argv[optind - (apart ? 2 : 1)];
}

/* False: told, or *help. */
static bool read_options(tm_arguments *a, int argc, char **argv, bool *help)
{
    struct option longs[OPTIONS_MOST + 2];
    char letters[3 * OPTIONS_MOST];
    make_tables(a->command, longs, letters);
    optind = 0; /* glibc: start anew */
    opterr = 0;
    for (int found; (found = getopt_long_only(argc, argv, letters, longs, NULL)) != -1;) {
        if (found == HELP || found == 'h') {
            *help = true;
            return false;
        }
        if (found == ':')
            return tm_complain("%s needs a value", last(argv));
        bool is_long = found < OPTIONS_MOST;
        if (found == '?' || (is_long && !is_whole(a->command, last(argv), (size_t)found))) {
            unknown(a->command, a->arena, last(argv));
            return false;
        }
        if (!take(a, is_long ? (size_t)found : row_of_letter(a->command, found), optarg))
            return false;
    }
    return true;
}

static bool has_option(const tm_command *command, const char *name)
{
    for (const tm_option *o = command->options; o && o->name; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

/* The option that a file was meant for which stands without one; NULL: none. */
static const char *option_meant(const tm_command *command, const char *operand)
{
    const tm_text path = tm_text_of(operand);
    const bool rules = tm_text_ends(path, TM_TEXT(".ottl"));
    if (has_option(command, "config") && !rules)
        return "config";
    if (has_option(command, "rules") &&
        (rules || tm_text_ends(path, TM_TEXT(".yaml")) || tm_text_ends(path, TM_TEXT(".yml"))))
        return "rules";
    return has_option(command, "input") && !rules && access(operand, F_OK) == 0 ? "input" : NULL;
}

/* Returns false. */
static bool unwanted(const tm_command *command, const char *operand)
{
    const char *meant = option_meant(command, operand);
    const bool none = command->most == 0;
    if (meant)
        return tm_complain("%s takes %s, but got %s%s (did you mean --%s=%s?)", command->name,
                           none ? "no argument" : command->operands, operand, none ? "" : ", too",
                           meant, operand);
    return tm_complain("%s takes %s, but got %s%s (see tamis %s --help)", command->name,
                       none ? "no argument" : command->operands, operand, none ? "" : ", too",
                       command->name);
}

static bool read_operands(tm_arguments *a, int argc, char **argv)
{
    const tm_command *c = a->command;
    size_t n = (size_t)(argc - optind);
    if (n > c->most && !*c->name) {
        if (tm_command_find(argv[optind]))
            return tm_complain("the command comes first: tamis %s ...", argv[optind]);
        unknown(c, a->arena, argv[optind]);
        return false;
    }
    if (n > c->most)
        return unwanted(c, argv[optind + (int)c->most]);
    if (n < c->least)
        return tm_complain("%s takes %s (see tamis %s --help)", c->name, c->operands, c->name);
    a->operands = (tm_texts){.items = TM_NEW_ARRAY(a->arena, n + 1, tm_text), .count = n};
    for (size_t i = 0; i < n; i++)
        a->operands.items[i] = tm_text_of(argv[optind + (int)i]);
    return true;
}

int tm_arguments_run(const tm_command *command, int argc, char **argv)
{
    tm_arguments a = {.arena = tm_arena_new(NULL), .command = command};
    bool help = false;
    int code = TM_EXIT_USAGE;
    if (!a.arena) {
        tm_complain("out of memory");
        return code;
    }
    a.given = TM_NEW_ARRAY(a.arena, count(command) + 1, tm_texts);
    char **words = without_equals(&a, argc, argv);
    if (read_options(&a, argc, words, &help) && read_operands(&a, argc, words)) {
        code = command->run(&a);
    } else if (help) {
        tm_buf out = {.arena = a.arena};
        tm_command_help(command, &out);
        fwrite(out.p, 1, out.n, stdout);
        code = TM_EXIT_OK;
    }
    tm_arena_free(a.arena);
    return code;
}

const tm_texts *tm_arguments_list(const tm_arguments *a, const char *name)
{
    for (size_t i = 0; a->command->options[i].name; i++)
        if (strcmp(a->command->options[i].name, name) == 0)
            return &a->given[i];
    assert(!"the command has no option of that name");
    return NULL;
}

bool tm_arguments_flag(const tm_arguments *a, const char *name)
{
    return tm_arguments_text(a, name, "").n > 0;
}

tm_text tm_arguments_text(const tm_arguments *a, const char *name, const char *fallback)
{
    const tm_texts *list = tm_arguments_list(a, name);
    return list->count ? list->items[list->count - 1] : tm_text_of(fallback);
}

bool tm_arguments_sources(const tm_arguments *a, tm_config_sources *sources)
{
    *sources = (tm_config_sources){.configs = *tm_arguments_list(a, "config"),
                                   .sets = *tm_arguments_list(a, "set"),
                                   .world = tm_config_os()};
    if (tm_arguments_flag(a, "traces-only")) {
        tm_text *sets = TM_NEW_ARRAY(a->arena, sources->sets.count + 1, tm_text);
        if (sources->sets.count)
            memcpy(sets, sources->sets.items, sources->sets.count * sizeof *sets);
        sets[sources->sets.count] = TM_TEXT("service.traces_only=true");
        sources->sets = (tm_texts){sets, sources->sets.count + 1};
    }
    for (size_t i = 0; i < sources->configs.count; i++)
        if (tm_text_ends(sources->configs.items[i], TM_TEXT(".ottl")))
            return tm_complain("%.*s is a rule file, not a configuration: `tamis check` reads it, "
                               "the processor tamis of a configuration names it",
                               TM_PRI(sources->configs.items[i]));
    return sources->configs.count > 0 ||
           tm_complain("at least one --config is needed, as in tamis%s%s --config=collector.yaml",
                       *a->command->name ? " " : "", a->command->name);
}
