/* Checked: read, compile, complain.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"

#include "tools/complain.h"

int tm_checked_read(tm_checked *c, const tm_arguments *arguments)
{
    tm_config_sources sources;
    *c = (tm_checked){.arena = tm_arena_new(NULL)};
    c->diags.arena = c->arena;
    if (!c->arena || !tm_arguments_sources(arguments, &sources))
        return TM_EXIT_USAGE;
    bool ok = tm_compiled_read(c->arena, &c->diags, &sources, &c->compiled);
    tm_complain_diags(&c->diags);
    return ok ? TM_EXIT_OK : tm_settings_exit(&c->compiled.settings);
}

void tm_checked_drop(tm_checked *c)
{
    tm_compiled_drop(&c->compiled);
    tm_arena_free(c->arena);
}
