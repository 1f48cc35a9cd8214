/* Pipelines: rooms that stay, whatever configurations put into them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pages walk over them in any thread, so none moves or goes while tamis runs: a pipeline that is no
 * more has rules that do nothing, and its room is there for the next one of its name. */
#include "daemon/parts.h"
#include "pipe/pipeline_version.h"

tm_pipeline *tm_daemon_find_pipeline(tm_daemon *d, tm_text id)
{
    for (uint32_t i = 0; i < d->pipelines; i++)
        if (tm_text_equal(d->pipeline[i].id, id))
            return &d->pipeline[i];
    return NULL;
}

static tm_ruleset *no_rules(void)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    tm_ruleset *none = arena ? tm_ruleset_new(NULL, NULL, 0, &diags) : NULL;
    tm_arena_free(arena);
    return none;
}

/* A pipeline in the making. */
typedef struct adding {
    tm_daemon *daemon;
    tm_text id;
    tm_ruleset *rules;
    bool ok;
} adding;

static void add(void *argument)
{
    adding *a = argument;
    tm_daemon *d = a->daemon;
    const tm_pipeline_options options = {.log = d->log,
                                         .clock = d->clock,
                                         .registry = d->registry,
                                         .publisher = &d->publisher,
                                         .exporters = &d->exporters,
                                         .heap = &d->memory.judging,
                                         .profiles = d->settings->service.profile > 0};
    tm_ruleset *rules = a->rules;
    a->rules = NULL;
    a->ok = tm_pipeline_init(&d->pipeline[d->pipelines], d->arena,
                             &(tm_pipeline_settings){.id = a->id}, rules, &options);
}

tm_pipeline *tm_daemon_add_pipeline(tm_daemon *d, tm_text id, const char **why)
{
    tm_pipeline *known = tm_daemon_find_pipeline(d, id);
    *why = "there have been too many pipelines of different names: restart tamis";
    if (known || d->pipelines == d->pipeline_room)
        return known;
    *why = "out of memory";
    adding a = {.daemon = d, .id = id, .rules = no_rules()};
    if (!a.rules)
        return NULL;
    const bool tried = tm_arena_try(d->arena, add, &a);
    tm_ruleset_unref(a.rules);
    if (!tried)
        return NULL;
    if (!a.ok) {
        tm_pipeline_drop(&d->pipeline[d->pipelines]);
        return NULL;
    }
    return &d->pipeline[d->pipelines++]; /* from here on others see it */
}

static bool is_wanted(const tm_daemon *d, tm_text id)
{
    for (size_t i = 0; i < d->settings->pipeline_count; i++)
        if (tm_text_equal(d->settings->pipelines[i].id, id))
            return true;
    return false;
}

static void empty(tm_pipeline *p)
{
    tm_held held = {0};
    const bool is_empty = tm_current_take(&p->current, &held)->processors == 0 &&
                          ((const tm_pipeline_version *)held.ruleset->note)->exporters == 0;
    tm_current_let_go(&held);
    tm_ruleset *none = is_empty ? NULL : no_rules();
    if (none) /* else out of memory: the next time */
        (void)tm_pipeline_publish(p, &(tm_pipeline_settings){.id = p->id}, none);
}

void tm_daemon_sweep(tm_daemon *d)
{
    for (const tm_daemon_receiver *r = d->receiver; r; r = r->next)
        if (r->leaving)
            return; /* its last requests need what it knew */
    for (uint32_t i = 0; i < d->pipelines; i++)
        if (!is_wanted(d, d->pipeline[i].id))
            empty(&d->pipeline[i]);
    tm_exporters_sweep(&d->exporters);
}
