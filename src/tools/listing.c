/* listing: the bytecode of every rule of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"
#include "vm/program_listing.h"

#include <stdio.h>

static void list_ruleset(const tm_ruleset *ruleset, tm_buf *out)
{
    for (uint32_t i = 0; i < ruleset->rules; i++) {
        const tm_rule *rule = ruleset->rule[i];
        if (!rule->program)
            continue;
        tm_buf_print(out, "%.*s", TM_PRI(rule->name));
        if (ruleset->processor[rule->processor].type == TM_PROCESSOR_TAMIS)
            tm_buf_print(out, " (%.*s)", TM_PRI(rule->file));
        tm_buf_print(out, ": %.*s\n", TM_PRI(rule->text));
        tm_listing_print(out, rule->program, ruleset->needs);
    }
}

static int list(const tm_arguments *arguments)
{
    tm_checked checked;
    int code = tm_checked_read(&checked, arguments);
    if (code == TM_EXIT_OK) {
        tm_buf out = {.arena = checked.arena};
        for (size_t i = 0; i < checked.compiled.settings.pipeline_count; i++)
            list_ruleset(checked.compiled.ruleset[i], &out);
        fwrite(out.p, 1, out.n, stdout);
    }
    tm_checked_drop(&checked);
    return code;
}

static const tm_option options[] = {TM_CONFIG_OPTIONS, {0}};

const tm_command tm_command_listing = {.name = "listing",
                                       .operands = "",
                                       .manual = "Prints the bytecode of every rule",
                                       .options = options,
                                       .run = list};
