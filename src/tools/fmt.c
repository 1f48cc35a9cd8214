/* fmt: rule files in their tidy form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_format.h"
#include "tools/complain.h"
#include "tools/line_diff.h"
#include "tools/replace_file.h"
#include "tools/rule_input.h"

#include <stdio.h>

/* What is to be done with a file that is not tidy. */
typedef struct asked {
    bool write, check, diff;
} wanted;

/* The exit code for one file. */
static int format_one(const tm_arguments *a, const wanted *asked, const tm_source *source)
{
    tm_diags diags = {.arena = a->arena};
    tm_buf out = {.arena = a->arena};
    const tm_rule_file *file = tm_rule_file_read(a->arena, &diags, source);
    if (diags.errors) {
        tm_complain_diags(&diags);
        return TM_EXIT_CONFIG;
    }
    tm_rule_format(file, &out);
    tm_text tidy = tm_buf_text(&out);
    bool same = tm_text_equal(tidy, source->text), standard = tm_text_is(source->name, "-");
    if (!asked->write && !asked->check && !asked->diff) {
        fwrite(tidy.p, 1, tidy.n, stdout);
        return TM_EXIT_OK;
    }
    if (same)
        return TM_EXIT_OK;
    if (asked->diff) {
        tm_buf diff = {.arena = a->arena};
        const char *name = tm_arena_copy(a->arena, source->name).p;
        tm_line_diff(&diff, name, source->text, name, tidy);
        fwrite(diff.p, 1, diff.n, stdout);
    } else {
        printf("%.*s\n", TM_PRI(source->name));
    }
    if (asked->write && standard)
        return tm_complain("stdin cannot be written to"), TM_EXIT_USAGE;
    if (asked->write && !tm_replace_file(a->arena, source->name, tidy))
        return TM_EXIT_USAGE;
    return asked->check ? TM_EXIT_FALSE : TM_EXIT_OK;
}

static int fmt(const tm_arguments *a)
{
    tm_rule_input input;
    wanted asked = {.write = tm_arguments_flag(a, "write"),
                    .check = tm_arguments_flag(a, "check"),
                    .diff = tm_arguments_flag(a, "diff")};
    int worst = tm_rule_input_read(&input, a) ? TM_EXIT_OK : TM_EXIT_USAGE;
    for (size_t i = 0; i < input.count; i++) {
        int code = format_one(a, &asked, input.source[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static const tm_option options[] = {
    {"write", 'w', TM_OPTION_FLAG, NULL, NULL, "writes files anew, and names those that changed"},
    {"check", 0, TM_OPTION_FLAG, NULL, NULL, "names files that are not tidy: then the code is 1"},
    {"diff", 'd', TM_OPTION_FLAG, NULL, NULL, "shows what would change"},
    {0}};

const tm_command tm_command_fmt = {
    .name = "fmt",
    .operands = "FILE...",
    .least = 1,
    .most = 10000,
    .manual = "Prints rule files in their tidy form, or writes them so; - is stdin",
    .options = options,
    .run = fmt};
