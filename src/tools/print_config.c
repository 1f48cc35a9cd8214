/* print-config: the configuration as tamis understands it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"

#include <stdio.h>

static int print_config(const tm_arguments *arguments)
{
    tm_checked checked;
    int code = tm_checked_read(&checked, arguments);
    if (code == TM_EXIT_OK) {
        tm_buf out = {.arena = checked.arena};
        tm_settings_print(&checked.compiled.settings, false, &out);
        fwrite(out.p, 1, out.n, stdout);
    }
    tm_checked_drop(&checked);
    return code;
}

static const tm_option options[] = {TM_CONFIG_OPTIONS, {0}};

const tm_command tm_command_print_config = {
    .name = "print-config",
    .operands = "",
    .manual = "Prints the effective configuration, defaults included",
    .options = options,
    .run = print_config};
