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
    if (a->drops.keep != b->drops.keep || a->drops.values != b->drops.values ||
        a->drops.sample < b->drops.sample || a->drops.sample > b->drops.sample)
        refuse_key(c, "drops", NULL, "service.drops");
    if (a->profile != b->profile)
        refuse_key(c, "profile", NULL, "service.profile");
    if (!tm_same_logs(c->arena, &a->telemetry.logs, &b->telemetry.logs))
        refuse_key(c, "telemetry", "logs", "service.telemetry.logs (but for its level)");
    if (!tm_same_metrics(c->arena, &a->telemetry.metrics, &b->telemetry.metrics))
        refuse_key(c, "telemetry", "metrics", "service.telemetry.metrics");
}

/* ---- exporters ------------------------------------------------------------------------------- */

/* Two that write to one file would not know of each other's lines. */
static void check_files(checking *c)
{
    const tm_settings *now = c->now, *next = c->next;
    for (size_t i = 0; i < next->exporter_count; i++)
        for (size_t k = 0; k < now->exporter_count; k++) {
            const tm_exporter_settings *a = &now->exporters[k], *b = &next->exporters[i];
            if (a->type == TM_EXPORTER_FILE && b->type == TM_EXPORTER_FILE &&
                tm_text_equal(a->file.path, b->file.path) &&
                !(tm_text_equal(a->id, b->id) && tm_same_exporter(c->arena, a, b)))
                refuse(c, b->source, b->place,
                       tm_arena_print(c->arena, "how %.*s writes to the same file", TM_PRI(b->id)));
        }
}

/* ---- extensions ------------------------------------------------------------------------------ */

/* The same extensions have pages, with the same settings; `one` has no more of them than `other`.
 */
static bool same_pages(tm_arena *arena, const tm_settings *one, const tm_settings *other)
{
    for (size_t i = 0; i < one->active_count; i++) {
        const tm_extension_settings *a = one->active[i], *b = NULL;
        for (size_t k = 0; k < other->active_count && !b; k++)
            b = tm_text_equal(other->active[k]->id, a->id) ? other->active[k] : NULL;
        if (tm_extension_listens(a) && (!b || !tm_same_extension(arena, a, b)))
            return false;
    }
    return true;
}

static void check_extensions(checking *c)
{
    if (!same_pages(c->arena, c->now, c->next) || !same_pages(c->arena, c->next, c->now))
        refuse_key(c, "extensions", NULL, "which pages extensions serve");
}

bool tm_reload_check(tm_daemon *d, tm_generation *next)
{
    checking c = {.arena = next->arena,
                  .diags = &next->diags,
                  .now = d->settings,
                  .next = &next->compiled.settings,
                  .fine = true};
    check_service(&c);
    check_files(&c);
    check_extensions(&c);
    tm_diags_order(c.diags);
    return c.fine;
}
