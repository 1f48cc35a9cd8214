/* components: what a configuration may name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"
#include "tools/tools.h"

#include <stdio.h>

int tm_tool_components(int argc, char **argv)
{
    tm_arena *arena = tm_arena_new(NULL);
    if (argc > 1 || !arena) {
        fprintf(stderr, "tamis: components takes no argument, but got %s\n",
                argc > 1 ? argv[1] : "");
        tm_arena_free(arena);
        return TM_EXIT_USAGE;
    }
    tm_buf out = {.arena = arena};
    tm_config_components(&out);
    fwrite(out.p, 1, out.n, stdout);
    tm_arena_free(arena);
    return TM_EXIT_OK;
}
