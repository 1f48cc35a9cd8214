/* Encryption: from settings to a maker of transports, and looks at files that may have changed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/encryption.h"

#include "base/duration.h"
#include "config/tls_files.h"
#include "net/tls/transport_tls.h"

#include <stdio.h>

struct tm_encryption {
    tm_encryption_options options;
    tm_arena *arena;     /* of what is in use, ... */
    tm_tls_options last; /* ... which is this */
    tm_tls *tls;
    tm_timer *look; /* NULL: nothing is ever read again */
};

/* One reading of the files, by an arena of its own. */
typedef struct attempt {
    tm_encryption *encryption;
    tm_arena *arena;
    const tm_tls_options *last; /* NULL: this is the first */
    tm_tls_options now;
    tm_tls_context *context; /* NULL: nothing has changed, or `error` says why not */
    char *error;
    size_t error_bytes;
} attempt;

static void read_all(void *argument)
{
    attempt *a = argument;
    const tm_encryption_options *o = &a->encryption->options;
    tm_config_world world = tm_config_os();
    tm_tls_fault fault;
    tm_tls_wrong wrong = {.key = ""};
    bool fine =
        tm_tls_files_read(&world, a->arena, o->settings, o->server, a->last, &a->now, &wrong);
    if (fine && a->last && tm_tls_files_same(a->last, &a->now)) {
        *a->error = 0;
        return;
    }
    a->now.http1 = o->http1;
    a->now.name = tm_arena_copy(a->arena, o->name);
    if (fine) {
        a->context = tm_tls_context_new(NULL, a->arena, &a->now, &fault);
        if (!a->context)
            tm_tls_files_blame(a->arena, o->settings, &fault, &wrong);
    }
    if (!a->context)
        snprintf(a->error, a->error_bytes, "%.*s, tls.%s: %.*s", TM_PRI(o->id), wrong.key,
                 TM_PRI(wrong.why));
}

/* Out of memory: as it was. */
static bool read_files(attempt *a)
{
    snprintf(a->error, a->error_bytes, "out of memory");
    a->arena = tm_arena_new(NULL);
    (void)(a->arena && tm_arena_try(a->arena, read_all, a));
    return a->context != NULL;
}

/* ---- files that change ----------------------------------------------------------------------- */

enum { CLIENT_CA_MS = 5000, LEAST_MS = 1000 };

/* How long until the next look; 0: there is none. */
static uint64_t pause_ms(const tm_tls_settings *tls)
{
    uint64_t ms = tls->reload_interval_ns ? tm_duration_ms(tls->reload_interval_ns) : 0;
    if (tls->client_ca_reload && tls->client_ca_file.n && (!ms || ms > CLIENT_CA_MS))
        ms = CLIENT_CA_MS;
    return ms && ms < LEAST_MS ? LEAST_MS : ms;
}

static void look(void *argument)
{
    tm_encryption *e = argument;
    char error[512];
    attempt a = {.encryption = e, .last = &e->last, .error = error, .error_bytes = sizeof error};
    bool changed = read_files(&a);
    if (changed) {
        tm_tls_set(e->tls, a.context);
        tm_arena_free(e->arena);
        e->arena = a.arena;
        e->last = a.now;
        tm_log_info(e->options.log, "certificates were read again",
                    TM_LOG_OWN("component", e->options.id));
    } else {
        if (*error)
            tm_log_some(e->options.log, TM_LOG_WARN, "certificates stay as they were",
                        TM_LOG_OWN("component", e->options.id), TM_LOG_WORD("reason", error));
        tm_arena_free(a.arena);
    }
    tm_timer_start(e->look, pause_ms(e->options.settings));
}

/* ---- life ------------------------------------------------------------------------------------ */

tm_encryption *tm_encryption_new(const tm_encryption_options *options, char *error,
                                 size_t error_bytes)
{
    tm_encryption *e = tm_heap_alloc(NULL, sizeof *e);
    uint64_t ms = pause_ms(options->settings);
    snprintf(error, error_bytes, "out of memory");
    if (!e)
        return NULL;
    *e = (tm_encryption){.options = *options};
    attempt a = {.encryption = e, .error = error, .error_bytes = error_bytes};
    bool fine = read_files(&a);
    e->arena = a.arena;
    e->last = a.now;
    e->tls = fine ? tm_tls_new(NULL, a.context) : NULL;
    if (!e->tls)
        tm_tls_context_unref(a.context);
    e->look = e->tls && ms ? tm_timer_new(options->home, look, e) : NULL;
    if (e->tls && (e->look || !ms)) {
        if (e->look)
            tm_timer_start(e->look, ms);
        return e;
    }
    if (fine)
        snprintf(error, error_bytes, "out of memory");
    tm_encryption_free(e);
    return NULL;
}

void tm_encryption_free(tm_encryption *encryption)
{
    if (!encryption)
        return;
    tm_timer_free(encryption->look);
    tm_tls_free(encryption->tls);
    tm_arena_free(encryption->arena);
    tm_heap_free(NULL, encryption);
}

tm_transport_maker tm_encryption_maker(const tm_encryption *encryption)
{
    return tm_tls_maker(encryption->tls);
}

bool tm_encryption_lend(void *encryption, struct ssl_ctx_st *to)
{
    return tm_tls_lend(((const tm_encryption *)encryption)->tls, to);
}
