/* Auth: authenticators of receivers from the settings of extensions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "config/secrets.h"

#include <stdio.h>

/* ---- bearer tokens --------------------------------------------------------------------------- */

static tm_auth *open_bearer(tm_arena *arena, const tm_extension_settings *extension,
                            const tm_clock *clock, char *error, size_t error_bytes)
{
    (void)clock;
    const tm_bearer_settings *bearer = &extension->bearer;
    tm_config_world world = tm_config_os();
    tm_texts tokens;
    if (!tm_secrets_tokens(&world, arena, bearer, &tokens, error, error_bytes))
        return NULL;
    snprintf(error, error_bytes, "out of memory");
    return tm_auth_bearer(bearer->header, bearer->scheme, &tokens);
}

static bool bearer_has_file(const tm_extension_settings *extension)
{
    return extension->bearer.filename.n > 0;
}

/* The file of tokens may have changed. */
static void read_bearer_again(tm_log *log, tm_arena *arena, const tm_extension_settings *extension,
                              tm_auth *auth)
{
    char error[512];
    tm_config_world world = tm_config_os();
    tm_texts tokens;
    bool read = tm_secrets_tokens(&world, arena, &extension->bearer, &tokens, error, sizeof error);
    if (!read)
        tm_log_some(log, TM_LOG_WARN, "tokens stay as they were", TM_LOG_WORD("reason", error));
    else if (!tm_auth_bearer_set(auth, extension->bearer.scheme, &tokens))
        tm_log_some(log, TM_LOG_WARN, "tokens stay as they were",
                    TM_LOG_WORD("reason", "out of memory"));
}

/* ---- names and passwords --------------------------------------------------------------------- */

static tm_auth *open_basic(tm_arena *arena, const tm_extension_settings *extension,
                           const tm_clock *clock, char *error, size_t error_bytes)
{
    tm_config_world world = tm_config_os();
    tm_text lines;
    if (!tm_secrets_htpasswd(&world, arena, extension->basic.htpasswd, &lines, error, error_bytes))
        return NULL;
    return tm_auth_basic(lines, clock, error, error_bytes);
}

static bool basic_has_file(const tm_extension_settings *extension)
{
    return extension->basic.htpasswd && extension->basic.htpasswd->file.n > 0;
}

/* The htpasswd file may have changed. */
static void read_basic_again(tm_log *log, tm_arena *arena, const tm_extension_settings *extension,
                             tm_auth *auth)
{
    char error[512];
    tm_config_world world = tm_config_os();
    tm_text lines;
    if (!tm_secrets_htpasswd(&world, arena, extension->basic.htpasswd, &lines, error,
                             sizeof error) ||
        !tm_auth_basic_set(auth, lines, error, sizeof error))
        tm_log_some(log, TM_LOG_WARN, "passwords stay as they were", TM_LOG_WORD("reason", error));
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* What an extension marked AUTH in keys/extensions.def does for receivers at run time. */
typedef struct authenticator {
    tm_auth *(*open)(tm_arena *arena, const tm_extension_settings *extension, const tm_clock *clock,
                     char *error, size_t error_bytes);
    /* Of files that are read again from time to time; NULL: there are none. */
    bool (*has_file)(const tm_extension_settings *extension);
    void (*read_again)(tm_log *log, tm_arena *arena, const tm_extension_settings *extension,
                       tm_auth *auth);
} authenticator;

static const authenticator authenticator_bearer = {open_bearer, bearer_has_file, read_bearer_again};
static const authenticator authenticator_setter = {NULL, NULL, NULL}; /* of exporters alone */
static const authenticator authenticator_oauth2 = {NULL, NULL, NULL};
static const authenticator authenticator_basic = {open_basic, basic_has_file, read_basic_again};

static const authenticator *const AUTHENTICATORS[] = {
#define ROW_NONE(MEMBER) NULL
#define ROW_PAGES(MEMBER) NULL
#define ROW_AUTH(MEMBER) &authenticator_##MEMBER
#define EXTENSION(ID, MEMBER, NAME, STATE, AUTH, MANUAL) [TM_EXTENSION_##ID] = ROW_##AUTH(MEMBER),
#include "config/keys/extensions.def"
#undef EXTENSION
};

/* ---- for ports ------------------------------------------------------------------------------- */

static tm_auth *open_auth(const tm_daemon *d, tm_arena *arena,
                          const tm_extension_settings *extension, char *error, size_t error_bytes)
{
    return AUTHENTICATORS[extension->type]->open(arena, extension, d->clock, error, error_bytes);
}

int tm_daemon_open_auth(tm_daemon_receiver *r, const tm_auth_settings *settings, tm_auth **out)
{
    char error[512] = "";
    *out = NULL;
    if (!settings)
        return TM_EXIT_OK;
    const tm_extension_settings *e = settings->extension;
    for (uint32_t i = 0; i < r->auths && !*out; i++)
        if (tm_text_equal(r->auth[i].extension->id, e->id))
            *out = r->auth[i].auth;
    if (*out)
        return TM_EXIT_OK;
    tm_auth *auth = open_auth(r->daemon, r->arena, e, error, sizeof error);
    if (!auth)
        return tm_daemon_receiver_fail(r, error);
    *out = auth;
    r->auth[r->auths++] = (tm_daemon_auth){e, auth};
    return TM_EXIT_OK;
}

bool tm_daemon_open_page_auth(tm_daemon *d, const tm_auth_settings *settings, tm_daemon_auth *out,
                              char *error, size_t error_bytes)
{
    out->extension = settings->extension;
    out->auth = open_auth(d, d->arena, out->extension, error, error_bytes);
    return out->auth != NULL;
}

/* ---- files that change ----------------------------------------------------------------------- */

enum { LOOK_MS = 5000 };

/* Calls fn for each that is there. */
typedef void auth_fn(void *owner, tm_daemon_auth *auth);

static void each_auth(tm_daemon *d, auth_fn *fn, void *owner)
{
    for (tm_daemon_receiver *r = d->receiver; r; r = r->next)
        for (uint32_t i = 0; i < r->auths; i++)
            fn(owner, &r->auth[i]);
    for (tm_daemon_page *page = d->extension_page; page; page = page->next)
        if (page->auth.auth)
            fn(owner, &page->auth);
}

static bool has_file(const tm_daemon_auth *a)
{
    const authenticator *kind = AUTHENTICATORS[a->extension->type];
    return kind->has_file && kind->has_file(a->extension);
}

/* One look at the files. */
typedef struct look {
    tm_daemon *daemon;
    tm_arena *arena;
} look;

static void read_again(void *owner, tm_daemon_auth *a)
{
    const look *l = owner;
    if (has_file(a))
        AUTHENTICATORS[a->extension->type]->read_again(l->daemon->log, l->arena, a->extension,
                                                       a->auth);
}

static void read_all_again(void *argument)
{
    look *l = argument;
    each_auth(l->daemon, read_again, l);
}

void tm_daemon_read_auth(tm_daemon *d)
{
    look l = {d, tm_arena_new(NULL)};
    if (l.arena)
        (void)tm_arena_try(l.arena, read_all_again, &l); /* without memory: the next time */
    tm_arena_free(l.arena);
}

static void look_at_files(void *argument)
{
    tm_daemon *d = argument;
    tm_daemon_read_auth(d);
    tm_timer_start(d->auth_timer, LOOK_MS);
}

static void find_file(void *owner, tm_daemon_auth *a)
{
    bool *files = owner;
    *files |= has_file(a);
}

void tm_daemon_watch_auth(tm_daemon *d)
{
    bool files = false;
    each_auth(d, find_file, &files);
    if (!files || d->auth_timer)
        return;
    d->auth_timer = tm_timer_new(d->home, look_at_files, d);
    if (d->auth_timer)
        tm_timer_start(d->auth_timer, LOOK_MS);
}

static void drop(void *owner, tm_daemon_auth *a)
{
    (void)owner;
    a->auth->free(a->auth);
    a->auth = NULL;
}

void tm_daemon_drop_auth(tm_daemon *d)
{
    tm_timer_free(d->auth_timer);
    each_auth(d, drop, NULL);
}
