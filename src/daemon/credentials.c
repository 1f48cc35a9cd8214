/* Auth: authenticators and credentials from the settings of extensions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/base64.h"
#include "config/secrets.h"

#include <stdio.h>

/* ---- bearer tokens --------------------------------------------------------------------------- */

static tm_auth *open_bearer(tm_arena *arena, const tm_bearer_settings *bearer, char *error,
                            size_t error_bytes)
{
    tm_config_world world = tm_config_os();
    tm_texts tokens;
    if (!tm_secrets_tokens(&world, arena, bearer, &tokens, error, error_bytes))
        return NULL;
    snprintf(error, error_bytes, "out of memory");
    return tm_auth_bearer(bearer->header, bearer->scheme, &tokens);
}

static bool bearer_credential(tm_arena *arena, const tm_bearer_settings *bearer, tm_header *out,
                              char *error, size_t error_bytes)
{
    tm_config_world world = tm_config_os();
    tm_texts tokens;
    if (!tm_secrets_tokens(&world, arena, bearer, &tokens, error, error_bytes))
        return false;
    out->key = bearer->header;
    out->value = tm_arena_print(arena, "%.*s%s%.*s", TM_PRI(bearer->scheme),
                                bearer->scheme.n ? " " : "", TM_PRI(tokens.items[0]));
    return true;
}

/* ---- names and passwords --------------------------------------------------------------------- */

static tm_auth *open_basic(tm_arena *arena, const tm_htpasswd_settings *htpasswd,
                           const tm_clock *clock, char *error, size_t error_bytes)
{
    tm_config_world world = tm_config_os();
    tm_text lines;
    if (!tm_secrets_htpasswd(&world, arena, htpasswd, &lines, error, error_bytes))
        return NULL;
    return tm_auth_basic(lines, clock, error, error_bytes);
}

static bool basic_credential(tm_arena *arena, const tm_client_auth_settings *client, tm_header *out,
                             char *error, size_t error_bytes)
{
    tm_config_world world = tm_config_os();
    tm_text name, password;
    if (!tm_secrets_client(&world, arena, client, &name, &password, error, error_bytes))
        return false;
    tm_buf value = {.arena = arena};
    tm_buf_print(&value, "Basic ");
    tm_base64_encode(&value, tm_arena_print(arena, "%.*s:%.*s", TM_PRI(name), TM_PRI(password)), 0);
    *out = (tm_header){.key = TM_TEXT("Authorization"), .value = tm_buf_text(&value)};
    return true;
}

/* ---- for receivers and exporters ------------------------------------------------------------- */

bool tm_daemon_credential(const tm_extension_settings *extension, tm_arena *arena, tm_header *out,
                          char *error, size_t error_bytes)
{
    if (extension->type == TM_EXTENSION_BEARER)
        return bearer_credential(arena, &extension->bearer, out, error, error_bytes);
    return basic_credential(arena, extension->basic.client_auth, out, error, error_bytes);
}

int tm_daemon_open_auth(tm_daemon *d, const tm_auth_settings *settings, tm_auth **out)
{
    char error[512] = "";
    *out = NULL;
    if (!settings)
        return TM_EXIT_OK;
    const tm_extension_settings *e = settings->extension;
    for (uint32_t i = 0; i < d->auths && !*out; i++)
        if (d->auth[i].extension == e)
            *out = d->auth[i].auth;
    if (*out)
        return TM_EXIT_OK;
    bool bearer = e->type == TM_EXTENSION_BEARER;
    tm_auth *auth = bearer ? open_bearer(d->arena, &e->bearer, error, sizeof error)
                           : open_basic(d->arena, e->basic.htpasswd, d->clock, error, sizeof error);
    if (!auth)
        return tm_daemon_fail(error);
    *out = auth;
    d->auth[d->auths++] = (tm_daemon_auth){e, auth, bearer ? &e->bearer : NULL};
    return TM_EXIT_OK;
}

/* ---- files that change ----------------------------------------------------------------------- */

enum { LOOK_MS = 5000 };

static void read_again(tm_daemon *d, tm_arena *arena, const tm_daemon_auth *a)
{
    char error[512];
    tm_config_world world = tm_config_os();
    tm_texts tokens;
    bool read = tm_secrets_tokens(&world, arena, a->bearer, &tokens, error, sizeof error);
    if (!read)
        tm_log_some(d->log, TM_LOG_WARN, "tokens stay as they were", TM_LOG_WORD("reason", error));
    else if (!tm_auth_bearer_set(a->auth, a->bearer->scheme, &tokens))
        tm_log_some(d->log, TM_LOG_WARN, "tokens stay as they were",
                    TM_LOG_WORD("reason", "out of memory"));
}

/* One look at the files. */
typedef struct look {
    tm_daemon *daemon;
    tm_arena *arena;
} look;

static void read_all_again(void *argument)
{
    const look *l = argument;
    tm_daemon *d = l->daemon;
    for (uint32_t i = 0; i < d->auths; i++)
        if (d->auth[i].bearer && d->auth[i].bearer->filename.n)
            read_again(d, l->arena, &d->auth[i]);
}

static void look_at_files(void *argument)
{
    tm_daemon *d = argument;
    look l = {d, tm_arena_new(NULL)};
    if (l.arena)
        (void)tm_arena_try(l.arena, read_all_again, &l); /* without memory: the next time */
    tm_arena_free(l.arena);
    tm_timer_start(d->auth_timer, LOOK_MS);
}

void tm_daemon_watch_auth(tm_daemon *d)
{
    bool files = false;
    for (uint32_t i = 0; i < d->auths; i++)
        files |= d->auth[i].bearer && d->auth[i].bearer->filename.n;
    d->auth_timer = files ? tm_timer_new(d->home, look_at_files, d) : NULL;
    if (d->auth_timer)
        tm_timer_start(d->auth_timer, LOOK_MS);
}

void tm_daemon_drop_auth(tm_daemon *d)
{
    tm_timer_free(d->auth_timer);
    for (uint32_t i = 0; i < d->auths; i++)
        d->auth[i].auth->free(d->auth[i].auth);
}
