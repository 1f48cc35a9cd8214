/* validate: is the configuration right, down to every rule?
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"
#include "tools/tools.h"

#include <stdio.h>

/* Takes --strict, --strict=true and --strict=false out of the arguments. */
static bool take_strict(int *argc, char **argv)
{
    bool strict = false;
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *p = argv[i];
        p += p[0] == '-' && p[1] == '-' ? 2 : p[0] == '-';
        if (p > argv[i] && (!strcmp(p, "strict") || !strcmp(p, "strict=true")))
            strict = true;
        else if (p > argv[i] && !strcmp(p, "strict=false"))
            strict = false;
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return strict;
}

int tm_tool_validate(int argc, char **argv)
{
    tm_checked checked;
    bool strict = take_strict(&argc, argv);
    int code = tm_checked_read(&checked, argc, argv);
    if (code == TM_EXIT_OK && strict && checked.diags.warnings) {
        fputs("tamis: --strict takes warnings for errors\n", stderr);
        code = TM_EXIT_CONFIG;
    }
    tm_checked_drop(&checked);
    return code;
}
