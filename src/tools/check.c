/* check: are rule files right, down to every rule?
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/complain.h"
#include "tools/rule_input.h"

static int check(const tm_arguments *a)
{
    tm_rule_input input;
    bool read = tm_rule_input_read(&input, a);
    tm_diags diags = {.arena = a->arena};
    tm_rule_unit unit;
    tm_rule_input_compile(&input, &diags, &unit);
    tm_diags_order(&diags);
    tm_complain_diags(&diags);
    if (!read)
        return TM_EXIT_USAGE;
    if (diags.errors)
        return TM_EXIT_CONFIG;
    if (diags.warnings && tm_arguments_flag(a, "strict")) {
        tm_complain("--strict takes warnings for errors");
        return TM_EXIT_CONFIG;
    }
    return TM_EXIT_OK;
}

static const tm_option options[] = {
    {"include", 'I', TM_OPTION_LIST, "DIRECTORY", NULL, "where imports are looked for, too"},
    {"strict", 0, TM_OPTION_FLAG, NULL, NULL, "a warning is an error"},
    {0}};

const tm_command tm_command_check = {
    .name = "check",
    .operands = "FILE...",
    .least = 1,
    .most = 10000,
    .manual = "Reads rule files and compiles every rule; says what is wrong",
    .options = options,
    .run = check};
