/* validate: is the configuration right, down to every rule?
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"

static int validate(const tm_arguments *arguments)
{
    tm_checked checked;
    int code = tm_checked_read(&checked, arguments);
    tm_checked_drop(&checked);
    return code;
}

static const tm_option options[] = {TM_CONFIG_OPTIONS, {0}};

const tm_command tm_command_validate = {
    .name = "validate",
    .operands = "",
    .manual = "Reads the configuration and compiles every rule; says what is wrong",
    .options = options,
    .run = validate};
