/* Man pages, from the tables that the program runs by.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/man_pages.h"

#include "base/ascii.h"
#include "config/settings.h"
#include "tools/command.h"
#include "tools/functions.h"
#include "tools/roff.h"

/* ---- parts ----------------------------------------------------------------------------------- */

/* "reads ..." of "Reads ...". */
static tm_text clause(tm_arena *arena, const char *manual)
{
    const tm_text text = tm_text_of(manual);
    char *p = tm_arena_alloc(arena, text.n);
    memcpy(p, text.p, text.n);
    p[0] = tm_ascii_lower(p[0]);
    return tm_text_slice(p, text.n);
}

static void add_synopsis(tm_buf *out, const tm_command *command)
{
    tm_buf text = {.arena = out->arena};
    tm_roff_section(out, "SYNOPSIS");
    tm_buf_add_char(&text, '`');
    tm_command_synopsis(command, &text);
    tm_buf_add_char(&text, '`');
    tm_roff_text(out, tm_buf_text(&text));
    tm_buf_add_char(out, '\n');
}

static void add_option(tm_buf *out, const tm_option *o)
{
    tm_buf tag = {.arena = out->arena}, text = {.arena = out->arena};
    if (o->letter)
        tm_buf_print(&tag, "`-%c`, ", o->letter);
    tm_buf_print(&tag, "`--%s`", o->name);
    if (o->kind != TM_OPTION_FLAG)
        tm_buf_print(&tag, "=*%s*", o->words ? o->words : o->value);
    tm_buf_print(&text, "%c%s.%s", tm_ascii_upper(o->manual[0]), o->manual + 1,
                 o->kind == TM_OPTION_LIST ? " May be given several times." : "");
    tm_roff_entry(out, tm_buf_text(&tag), tm_buf_text(&text));
}

static void add_options(tm_buf *out, const tm_command *command)
{
    static const tm_option help = {.name = "help", .letter = 'h', .manual = "prints this"};
    tm_roff_section(out, "OPTIONS");
    for (const tm_option *o = command->options; o && o->name; o++)
        add_option(out, o);
    add_option(out, &help);
}

static void add_markdown(tm_buf *out, void (*print)(tm_buf *out))
{
    tm_buf page = {.arena = out->arena};
    print(&page);
    tm_roff_markdown(out, tm_buf_text(&page));
}

static void add_exits(tm_buf *out)
{
    tm_roff_section(out, "EXIT STATUS");
    add_markdown(out, tm_manual_exits);
}

static void add_see_also(tm_buf *out, const char *others)
{
    tm_roff_section(out, "SEE ALSO");
    tm_roff_text(out, tm_text_of(others));
    tm_buf_add_char(out, '\n');
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void print_tamis(tm_buf *out)
{
    static const tm_option options[] = {TM_CONFIG_OPTIONS, {0}};
    static const tm_command daemon = {.name = "", .operands = "", .options = options};
    tm_roff_head(out, TM_TEXT("tamis"), 1,
                 TM_TEXT("lets the spans worth keeping through, by OTTL rules"));
    tm_roff_section(out, "SYNOPSIS");
    tm_roff_text(out, TM_TEXT("`tamis --config=`*FILE* ... [`--set=`*a.b.c=VALUE* ...]\n.br\n"));
    tm_roff_text(out, TM_TEXT("`tamis` *SUBCOMMAND* [*OPTION* ...] [*OPERAND* ...]"));
    tm_buf_add_char(out, '\n');
    tm_roff_section(out, "DESCRIPTION");
    add_markdown(out, tm_manual_starting);
    add_options(out, &daemon);
    tm_roff_section(out, "SUBCOMMANDS");
    for (const tm_command *const *c = tm_commands(); *c; c++) {
        tm_buf tag = {.arena = out->arena}, text = {.arena = out->arena};
        tm_buf_print(&tag, "`tamis-%s`(1)", (*c)->name);
        tm_buf_print(&text, "%s.", (*c)->manual);
        tm_roff_entry(out, tm_buf_text(&tag), tm_buf_text(&text));
    }
    add_exits(out);
    tm_roff_section(out, "ENVIRONMENT");
    tm_roff_entry(out, TM_TEXT("`NO_COLOR`"),
                  TM_TEXT("Not empty: no colours, on a terminal either."));
    add_see_also(out, "`tamis.yaml`(5), `ottl`(5)");
}

static void print_command(tm_buf *out, const tm_command *command)
{
    tm_roff_head(out, tm_arena_print(out->arena, "tamis-%s", command->name), 1,
                 clause(out->arena, command->manual));
    add_synopsis(out, command);
    tm_roff_section(out, "DESCRIPTION");
    tm_roff_text(out, tm_text_of(command->manual));
    tm_buf_add(out, TM_TEXT(".\n"));
    add_options(out, command);
    add_exits(out);
    add_see_also(out, "`tamis`(1), `tamis.yaml`(5), `ottl`(5)");
}

static void print_settings(tm_buf *out)
{
    tm_roff_head(out, TM_TEXT("tamis.yaml"), 5, TM_TEXT("configuration of tamis"));
    tm_roff_section(out, "DESCRIPTION");
    add_markdown(out, tm_config_manual);
    add_see_also(out, "`tamis`(1), `ottl`(5)");
}

static void print_language(tm_buf *out)
{
    tm_roff_head(out, TM_TEXT("ottl"), 5,
                 TM_TEXT("paths and functions of the rules that tamis judges by"));
    tm_roff_section(out, "DESCRIPTION");
    tm_roff_text(out, TM_TEXT("Rules are written in OTTL, the OpenTelemetry Transformation "
                              "Language. A condition compares values with `==`, `!=`, `<`, `<=`, "
                              "`>` and `>=` and joins comparisons by `and`, `or` and `not`; a "
                              "value is a path, a literal or the call of a converter, whose name "
                              "starts with an upper-case letter. A statement calls an editor, in "
                              "lower case, and may end in `where` and a condition. In a file that "
                              "ends in .ottl rules are `drop where` or `keep where` and a "
                              "condition, or a statement; `let`, `def`, `import` and `option` "
                              "stand beside them."));
    tm_buf_add_char(out, '\n');
    tm_roff_section(out, "PATHS");
    add_markdown(out, tm_manual_paths);
    tm_roff_section(out, "FUNCTIONS");
    add_markdown(out, tm_functions_manual);
    add_see_also(out, "`tamis`(1), `tamis-check`(1), `tamis-functions`(1), `tamis.yaml`(5)");
}

/* ---- the list -------------------------------------------------------------------------------- */

static const struct {
    const char *file;
    void (*print)(tm_buf *out);
} PAGES[] = {
    {"tamis.1", print_tamis}, {"tamis.yaml.5", print_settings}, {"ottl.5", print_language}};

bool tm_man_print(tm_buf *out, tm_text file)
{
    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++)
        if (tm_text_is(file, PAGES[i].file)) {
            PAGES[i].print(out);
            return true;
        }
    for (const tm_command *const *c = tm_commands(); *c; c++)
        if (tm_text_equal(file, tm_arena_print(out->arena, "tamis-%s.1", (*c)->name))) {
            print_command(out, *c);
            return true;
        }
    return false;
}

void tm_man_list(tm_buf *out)
{
    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++)
        tm_buf_print(out, "%s\n", PAGES[i].file);
    for (const tm_command *const *c = tm_commands(); *c; c++)
        tm_buf_print(out, "tamis-%s.1\n", (*c)->name);
}
