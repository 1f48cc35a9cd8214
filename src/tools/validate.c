/* validate: is the configuration right, down to every rule?
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"
#include "tools/complain.h"

static int validate(const tm_arguments *arguments)
{
    tm_checked checked;
    int code = tm_checked_read(&checked, arguments);
    if (code == TM_EXIT_OK && checked.diags.warnings && tm_arguments_flag(arguments, "strict")) {
        tm_complain("--strict takes warnings for errors");
        code = TM_EXIT_CONFIG;
    }
    tm_checked_drop(&checked);
    return code;
}

static const tm_option options[] = {
    TM_CONFIG_OPTIONS, {"strict", 0, TM_OPTION_FLAG, NULL, NULL, "a warning is an error"}, {0}};

const tm_command tm_command_validate = {
    .name = "validate",
    .operands = "",
    .manual = "Reads the configuration and compiles every rule; says what is wrong",
    .options = options,
    .run = validate};
