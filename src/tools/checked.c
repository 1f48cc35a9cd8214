/* Checked: read, compile, complain.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"

#include <stdio.h>
#include <unistd.h>

static void complain(const tm_diags *diags)
{
    tm_buf out = {.arena = diags->arena};
    tm_diags_render(diags, isatty(STDERR_FILENO), &out);
    if (out.n)
        fwrite(out.p, 1, out.n, stderr);
}

int tm_checked_read(tm_checked *c, int argc, char **argv)
{
    tm_config_sources sources;
    *c = (tm_checked){.arena = tm_arena_new(NULL)};
    c->diags.arena = c->arena;
    if (!c->arena || !tm_options_read(c->arena, argc, argv, 1, &sources))
        return TM_EXIT_USAGE;
    bool ok = tm_compiled_read(c->arena, &c->diags, &sources, &c->compiled);
    complain(&c->diags);
    return ok ? TM_EXIT_OK : tm_settings_exit(&c->compiled.settings);
}

void tm_checked_drop(tm_checked *c)
{
    tm_compiled_drop(&c->compiled);
    tm_arena_free(c->arena);
}
