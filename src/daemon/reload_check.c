/* Reload, checks: what a running process cannot change, told at its place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/kinds.h"
#include "config/same.h"
#include "daemon/reload_inside.h"

typedef struct checking {
    tm_arena *arena;
    tm_diags *diags;
    const tm_settings *now, *next;
    bool fine;
} checking;

static void refuse(checking *c, const tm_source *source, tm_place place, tm_text what)
{
    c->fine = tm_diag_error(c->diags, source, place, "E0540",
                            "%.*s cannot be changed while tamis runs", TM_PRI(what));
    tm_diag_hint(c->diags, "restart tamis to change it");
}

/* ---- service --------------------------------------------------------------------------------- */

/* The key of service, or the nearest one around it that is there. */
static void refuse_key(checking *c, const char *section, const char *key, const char *what)
{
    const tm_doc *at = NULL, *doc = tm_doc_find(c->next->doc, TM_TEXT("service"));
    const char *const path[] = {section, key};
    for (size_t i = 0; doc && i < 2; i++) {
        at = doc;
        doc = path[i] && doc->type == TM_DOC_MAP ? tm_doc_find(doc, tm_text_of(path[i])) : NULL;
    }
    if (doc)
        at = doc;
    refuse(c, at ? at->source : NULL, at ? at->key_place : (tm_place){0}, tm_text_of(what));
}

static void check_service(checking *c)
{
    const tm_service_settings *a = &c->now->service, *b = &c->next->service;
    if (a->workers != b->workers)
        refuse_key(c, "workers", NULL, "service.workers");
    if (a->receive_memory_bytes != b->receive_memory_bytes)
        refuse_key(c, "receive_memory", NULL, "service.receive_memory");
    if (memcmp(&a->judge, &b->judge, sizeof a->judge) != 0)
        refuse_key(c, "judge", NULL, "service.judge");
    if (!tm_same_logs(c->arena, &a->telemetry.logs, &b->telemetry.logs))
        refuse_key(c, "telemetry", "logs", "service.telemetry.logs (but for its level)");
    if (!tm_same_metrics(c->arena, &a->telemetry.metrics, &b->telemetry.metrics))
        refuse_key(c, "telemetry", "metrics", "service.telemetry.metrics");
}

/* ---- pipelines ------------------------------------------------------------------------------- */

static const tm_pipeline_settings *find_pipeline(const tm_settings *settings, tm_text id)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (tm_text_equal(settings->pipelines[i].id, id))
            return &settings->pipelines[i];
    return NULL;
}

static void refuse_pipeline(checking *c, const tm_pipeline_settings *p, const char *what)
{
    refuse(c, p->source, p->place, tm_arena_print(c->arena, "%s of %.*s", what, TM_PRI(p->id)));
}

/* The settings of both name the same components in the same order. */
#define SAME_IDS(A, B, ENDS, COUNT) same_ids((A)->COUNT, (B)->COUNT, id_of_##ENDS, (A), (B))

static tm_text id_of_receivers(const tm_pipeline_settings *p, size_t i)
{
    return p->receivers[i]->id;
}

static bool same_ids(size_t n, size_t m, tm_text (*id_of)(const tm_pipeline_settings *p, size_t i),
                     const tm_pipeline_settings *a, const tm_pipeline_settings *b)
{
    bool same = n == m;
    for (size_t i = 0; same && i < n; i++)
        same = tm_text_equal(id_of(a, i), id_of(b, i));
    return same;
}

static void check_pipelines(checking *c)
{
    const tm_settings *now = c->now, *next = c->next;
    for (size_t i = 0; i < next->pipeline_count; i++) {
        const tm_pipeline_settings *b = &next->pipelines[i], *a = find_pipeline(now, b->id);
        if (!a) {
            refuse(c, b->source, b->place, TM_TEXT("which pipelines there are"));
            continue;
        }
        if (!SAME_IDS(a, b, receivers, receiver_count))
            refuse_pipeline(c, b, "the receivers");
    }
    if (next->pipeline_count < now->pipeline_count)
        refuse_key(c, "pipelines", NULL, "which pipelines there are");
}

/* ---- receivers and exporters ----------------------------------------------------------------- */

static void check_ends(checking *c)
{
    const tm_settings *now = c->now, *next = c->next;
    for (size_t i = 0; i < next->receiver_count; i++)
        for (size_t k = 0; k < now->receiver_count; k++) {
            const tm_receiver_settings *a = &now->receivers[k], *b = &next->receivers[i];
            if (tm_text_equal(a->id, b->id) && !tm_same_receiver(c->arena, a, b))
                refuse(c, b->source, b->place,
                       tm_arena_print(c->arena, "the receiver %.*s", TM_PRI(b->id)));
        }
    for (size_t i = 0; i < next->exporter_count; i++)
        for (size_t k = 0; k < now->exporter_count; k++) {
            const tm_exporter_settings *a = &now->exporters[k], *b = &next->exporters[i];
            if (a->type == TM_EXPORTER_FILE && b->type == TM_EXPORTER_FILE &&
                tm_text_equal(a->file.path, b->file.path) && !tm_same_exporter(c->arena, a, b))
                refuse(c, b->source, b->place,
                       tm_arena_print(c->arena, "how %.*s writes to the same file", TM_PRI(b->id)));
        }
}

/* Whether headers are kept for rules was settled when the receivers opened. */
static void check_metadata(checking *c, tm_daemon *d, const tm_generation *next)
{
    bool asked = false;
    for (uint32_t i = 0; i < d->pipelines; i++) {
        tm_held held = {0};
        asked |= tm_current_take(&d->pipeline[i].current, &held)->grpc_metadata;
        tm_current_let_go(&held);
    }
    for (size_t i = 0; !asked && i < c->next->pipeline_count; i++)
        if (next->compiled.ruleset[i]->grpc_metadata)
            refuse_pipeline(c, &c->next->pipelines[i], "whether otelcol.grpc.metadata is read by");
}

bool tm_reload_check(tm_daemon *d, tm_generation *next)
{
    checking c = {.arena = next->arena,
                  .diags = &next->diags,
                  .now = d->settings,
                  .next = &next->compiled.settings,
                  .fine = true};
    check_service(&c);
    check_pipelines(&c);
    check_ends(&c);
    check_metadata(&c, d, next);
    tm_diags_order(c.diags);
    return c.fine;
}
