/* Reload, reading: the files of one moment, and who tells when they change.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload_inside.h"

enum { MOST_TRIES = 5 };

/* ---- reading --------------------------------------------------------------------------------- */

/* A generation of files that do not hold still. */
typedef struct unsteady {
    tm_generation *generation;
    tm_text path;
} unsteady;

static void refuse(void *argument)
{
    const unsteady *u = argument;
    u->generation->fine =
        tm_diag_error(&u->generation->diags, NULL, (tm_place){0}, "E0500",
                      "cannot read %.*s: it changed while it was read", TM_PRI(u->path));
}

/* Texts of two moments would make a configuration that nobody wrote. */
void tm_reload_read(tm_reload *r)
{
    tm_text changed = TM_TEXT("");
    if (!r->seen)
        r->seen = tm_seen_new(&r->sources->world);
    for (unsigned i = 0; r->seen && (i == 0 || (changed.n && i < MOST_TRIES)); i++) {
        tm_config_sources sources = *r->sources;
        sources.world = tm_seen_world(r->seen);
        tm_generation_unref(r->next);
        tm_seen_reset(r->seen);
        r->next = tm_generation_new(NULL, &sources);
        changed = tm_seen_change(r->seen);
    }
    if (!changed.n || !r->next)
        return;
    if (tm_arena_try(r->next->arena, refuse, &(unsteady){r->next, changed}))
        return;
    tm_generation_unref(r->next);
    r->next = NULL;
}

/* ---- watching -------------------------------------------------------------------------------- */

static void ask(void *argument)
{
    tm_reload_ask(argument);
}

static void changed(void *owner)
{
    tm_reload *r = owner;
    (void)tm_loop_post(r->daemon->home, ask, r); /* without memory: when it looks the next time */
}

void tm_reload_watch(tm_reload *r)
{
    const tm_reload_settings *settings = &r->daemon->settings->service.reload;
    if (!settings->watch && r->watch)
        tm_file_watch_set(r->watch, NULL, settings);
    if (!settings->watch)
        return;
    if (!r->watch)
        r->watch = tm_file_watch_new(
            &(tm_file_watch_options){.log = r->daemon->log,
                                     .changed = changed,
                                     .owner = r,
                                     .polls = tm_reload_series(r, TM_RELOAD_POLLS)});
    if (!r->watch) {
        tm_log_warn(r->daemon->log, "files are not watched",
                    TM_LOG_WORD("reason", "out of memory or threads"));
        return;
    }
    if (r->seen) /* else nothing was read: it goes on as before */
        tm_file_watch_set(r->watch, r->seen, settings);
    r->seen = NULL;
}
