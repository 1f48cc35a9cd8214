/* Pipeline choice: by name, or the only one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/pipeline_choice.h"

#include "tools/complain.h"

static const char *name_pipelines(tm_arena *arena, const tm_settings *settings)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < settings->pipeline_count; i++)
        tm_buf_print(&out, "%s%.*s", i ? ", " : "", TM_PRI(settings->pipelines[i].id));
    tm_buf_add_char(&out, 0);
    return out.p;
}

bool tm_pipeline_choose(tm_arena *arena, const tm_settings *settings, tm_text name, size_t *index)
{
    for (*index = 0; *index < settings->pipeline_count; (*index)++)
        if (!name.n || tm_text_equal(settings->pipelines[*index].id, name))
            break;
    if (*index == settings->pipeline_count)
        return tm_complain("there is no pipeline %.*s: there are %s", TM_PRI(name),
                           name_pipelines(arena, settings));
    return name.n || settings->pipeline_count == 1 ||
           tm_complain("--pipeline is to name one of %s", name_pipelines(arena, settings));
}
