/* Reload, opening: what the next configuration needs, beside what is in force.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload_inside.h"

/* What cannot be opened. */
typedef struct failing {
    tm_generation *generation;
    const tm_exporter_settings *exporter;
    char error[512];
} failing;

static void tell(void *argument)
{
    const failing *f = argument;
    tm_generation *g = f->generation;
    tm_diag_error(&g->diags, f->exporter->source, f->exporter->place, "E0541", "%s", f->error);
}

bool tm_reload_open(tm_reload *r)
{
    failing f = {.generation = r->next};
    if (tm_daemon_open_exporters(r->daemon, &r->next->compiled.settings, &f.exporter, f.error,
                                 sizeof f.error))
        return true;
    r->next->fine = false;
    (void)tm_arena_try(r->next->arena, tell, &f); /* without memory there is less to say */
    return false;
}

void tm_reload_undo(tm_reload *r)
{
    tm_exporters_undo(&r->daemon->exporters);
}
