/* Reload, opening: what the next configuration needs, beside what is in force.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/same.h"
#include "daemon/reload_inside.h"

#include <stdio.h>

/* What cannot be opened, and where it stands. */
typedef struct failing {
    tm_generation *generation;
    const tm_source *source;
    tm_place place;
    char error[512];
} failing;

static void report(void *argument)
{
    const failing *f = argument;
    tm_diag_error(&f->generation->diags, f->source, f->place, "E0549", "%s", f->error);
}

static bool fail(failing *f, const tm_source *source, tm_place place)
{
    f->source = source;
    f->place = place;
    f->generation->fine = false;
    (void)tm_arena_try(f->generation->arena, report, f); /* without memory there is less to say */
    return false;
}

/* ---- exporters and pipelines ----------------------------------------------------------------- */

static bool open_exporters(tm_reload *r)
{
    failing f = {.generation = r->next};
    const tm_exporter_settings *failed = NULL;
    return tm_daemon_open_exporters(r->daemon, &r->next->compiled.settings, &failed, f.error,
                                    sizeof f.error) ||
           fail(&f, failed->source, failed->place);
}

static bool add_pipelines(tm_reload *r)
{
    const tm_settings *next = &r->next->compiled.settings;
    for (size_t i = 0; i < next->pipeline_count; i++) {
        const tm_pipeline_settings *p = &next->pipelines[i];
        const char *why = NULL;
        if (tm_daemon_add_pipeline(r->daemon, p->id, &why))
            continue;
        failing f = {.generation = r->next};
        snprintf(f.error, sizeof f.error, "%s", why);
        return fail(&f, p->source, p->place);
    }
    return true;
}

bool tm_reload_open(tm_reload *r)
{
    return open_exporters(r) && add_pipelines(r);
}

/* ---- receivers ------------------------------------------------------------------------------- */

static tm_daemon_receiver *find(const tm_daemon *d, tm_text id)
{
    for (tm_daemon_receiver *r = d->receiver; r; r = r->next)
        if (!r->leaving && !r->fresh && tm_text_equal(r->settings->id, id))
            return r;
    return NULL;
}

static const tm_receiver_settings *find_used(const tm_settings *settings, tm_text id)
{
    for (size_t i = 0; i < settings->receiver_count; i++)
        if (tm_text_equal(settings->receivers[i].id, id) &&
            tm_daemon_receiver_is_used(settings, &settings->receivers[i]))
            return &settings->receivers[i];
    return NULL;
}

/* It gives its requests to the pipelines that name it now. */
static bool same_pipelines(const tm_daemon_receiver *r, const tm_settings *next,
                           const tm_receiver_settings *wanted)
{
    uint32_t n = 0;
    for (size_t i = 0; i < next->pipeline_count; i++) {
        const tm_pipeline_settings *p = &next->pipelines[i];
        bool named = false;
        for (size_t k = 0; k < p->receiver_count; k++)
            named |= p->receivers[k] == wanted;
        if (named && (n == r->pipelines || !tm_text_equal(r->pipeline[n++]->id, p->id)))
            return false;
    }
    return n == r->pipelines;
}

/* What is asked of the receivers in force. */
typedef struct asking {
    tm_reload *reload;
    tm_arena *arena;
    bool metadata; /* the rules to come read it */
} asking;

static void mark_replaced(void *argument)
{
    const asking *a = argument;
    const tm_daemon *d = a->reload->daemon;
    const tm_settings *next = &a->reload->next->compiled.settings;
    const bool judged_alike =
        memcmp(&d->settings->service.judge, &next->service.judge, sizeof next->service.judge) == 0;
    for (tm_daemon_receiver *r = d->receiver; r; r = r->next) {
        const tm_receiver_settings *wanted = find_used(next, r->settings->id);
        r->replaced = !wanted || !judged_alike || (a->metadata && !r->metadata) ||
                      !tm_same_receiver(a->arena, r->settings, wanted) ||
                      !same_pipelines(r, next, wanted);
    }
}

static bool ask(tm_reload *r, bool metadata)
{
    asking a = {.reload = r, .arena = tm_arena_new(NULL), .metadata = metadata};
    const bool asked = a.arena && tm_arena_try(a.arena, mark_replaced, &a);
    tm_arena_free(a.arena);
    return asked;
}

static bool open_one(tm_reload *r, const tm_receiver_settings *wanted, bool metadata)
{
    failing f = {.generation = r->next, .error = "out of memory"};
    const tm_settings *next = &r->next->compiled.settings;
    tm_daemon_receiver *made = tm_daemon_receiver_new(r->daemon, next, wanted, metadata);
    if (made) {
        made->fresh = true;
        if (tm_daemon_receiver_listen(made) == TM_EXIT_OK)
            return true;
        snprintf(f.error, sizeof f.error, "%s", made->error);
    }
    return fail(&f, wanted->source, wanted->place);
}

bool tm_reload_open_receivers(tm_reload *r)
{
    const tm_settings *next = &r->next->compiled.settings;
    bool metadata = false;
    for (uint32_t i = 0; i < r->daemon->pipelines; i++)
        metadata |= r->ruleset[i] && r->ruleset[i]->grpc_metadata;
    failing f = {.generation = r->next, .error = "out of memory"};
    if (!ask(r, metadata))
        return fail(&f, NULL, (tm_place){0});
    for (size_t i = 0; i < next->receiver_count; i++) {
        const tm_receiver_settings *wanted = &next->receivers[i];
        const tm_daemon_receiver *now = find(r->daemon, wanted->id);
        if (tm_daemon_receiver_is_used(next, wanted) && (!now || now->replaced) &&
            !open_one(r, wanted, metadata))
            return false;
    }
    tm_daemon_watch_auth(r->daemon);
    return true;
}

/* ---- the end of it --------------------------------------------------------------------------- */

void tm_reload_undo(tm_reload *r)
{
    for (tm_daemon_receiver *all = r->daemon->receiver; all; all = all->next) {
        all->replaced = false;
        if (all->fresh && !all->leaving) /* it stays fresh: it was never in force */
            tm_daemon_receiver_leave(all);
    }
    tm_exporters_undo(&r->daemon->exporters);
}

void tm_reload_commit(tm_reload *r)
{
    for (tm_daemon_receiver *all = r->daemon->receiver; all; all = all->next) {
        if (all->leaving)
            continue;
        all->fresh = false;
        if (all->replaced)
            tm_daemon_receiver_leave(all);
    }
}
