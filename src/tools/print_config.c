/* print-config: the configuration as tamis understands it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"
#include "tools/tools.h"

#include <stdio.h>

int tm_tool_print_config(int argc, char **argv)
{
    tm_checked checked;
    int code = tm_checked_read(&checked, argc, argv);
    if (code == TM_EXIT_OK) {
        tm_buf out = {.arena = checked.arena};
        tm_settings_print(&checked.compiled.settings, false, &out);
        fwrite(out.p, 1, out.n, stdout);
    }
    tm_checked_drop(&checked);
    return code;
}
