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
    bool ok = tm_settings_read(c->arena, &c->diags, &sources, &c->settings);
    size_t n = ok ? c->settings.pipeline_count : 0;
    c->ruleset = TM_NEW_ARRAY(c->arena, n, tm_ruleset *);
    for (size_t i = 0; i < n; i++) {
        const tm_pipeline_settings *p = &c->settings.pipelines[i];
        c->ruleset[i] =
            tm_ruleset_new(NULL, p->processors, (uint32_t)p->processor_count, &c->diags);
        ok &= c->ruleset[i] != NULL;
    }
    if (!ok)
        c->settings.pipeline_count = n;
    tm_complain_diags(&c->diags);
    return ok ? TM_EXIT_OK : tm_settings_exit(&c->settings);
}

void tm_checked_drop(tm_checked *c)
{
    for (size_t i = 0; c->ruleset && i < c->settings.pipeline_count; i++)
        tm_ruleset_unref(c->ruleset[i]);
    tm_arena_free(c->arena);
}
