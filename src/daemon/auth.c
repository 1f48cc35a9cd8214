/* Auth: authenticators and credentials from the settings of extensions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/base64.h"

#include <stdio.h>

enum { SECRET_FILE_MOST = 1 << 20 };

/* The whole file; false with a sentence in `error`. */
static bool read_file(tm_arena *arena, tm_text path, tm_text *bytes, char *error,
                      size_t error_bytes)
{
    tm_config_world world = tm_config_os();
    tm_text why;
    if (world.read(world.owner, arena, path, SECRET_FILE_MOST, bytes, &why))
        return true;
    snprintf(error, error_bytes, "cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
    return false;
}

/* ---- bearer tokens --------------------------------------------------------------------------- */

/* One a line. */
static tm_texts split_lines(tm_arena *arena, tm_text bytes)
{
    tm_texts out = {0};
    tm_text line;
    size_t lines = 1;
    for (size_t i = 0; i < bytes.n; i++)
        lines += bytes.p[i] == '\n';
    out.items = TM_NEW_ARRAY(arena, lines, tm_text);
    while (bytes.n && tm_text_next(&bytes, '\n', &line)) {
        line = tm_text_trim(line);
        if (line.n)
            out.items[out.count++] = line;
    }
    return out;
}

/* What may be sent, the first of them first. */
static bool read_tokens(tm_arena *arena, const tm_bearer_settings *bearer, tm_texts *tokens,
                        char *error, size_t error_bytes)
{
    tm_text bytes;
    *tokens = bearer->tokens;
    if (!bearer->filename.n) {
        if (!tokens->count)
            *tokens = (tm_texts){(tm_text *)(uintptr_t)&bearer->token, 1};
        return true;
    }
    if (!read_file(arena, bearer->filename, &bytes, error, error_bytes))
        return false;
    *tokens = split_lines(arena, bytes);
    if (!tokens->count)
        snprintf(error, error_bytes, "%.*s has no token", TM_PRI(bearer->filename));
    return tokens->count > 0;
}

static tm_auth *open_bearer(tm_arena *arena, const tm_bearer_settings *bearer, char *error,
                            size_t error_bytes)
{
    tm_texts tokens;
    if (!read_tokens(arena, bearer, &tokens, error, error_bytes))
        return NULL;
    snprintf(error, error_bytes, "out of memory");
    return tm_auth_bearer(bearer->header, bearer->scheme, &tokens);
}

static bool bearer_credential(tm_arena *arena, const tm_bearer_settings *bearer, tm_header *out,
                              char *error, size_t error_bytes)
{
    tm_texts tokens;
    if (!read_tokens(arena, bearer, &tokens, error, error_bytes))
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
    tm_text file = TM_TEXT("");
    char wrong[256];
    if (htpasswd->file.n && !read_file(arena, htpasswd->file, &file, error, error_bytes))
        return NULL;
    tm_text all = tm_arena_print(arena, "%.*s%s%.*s", TM_PRI(file), file.n ? "\n" : "",
                                 TM_PRI(htpasswd->inline_text));
    tm_auth *auth = tm_auth_basic(all, clock, wrong, sizeof wrong);
    if (!auth)
        snprintf(error, error_bytes, "htpasswd %.*s: %s", TM_PRI(htpasswd->file), wrong);
    return auth;
}

/* The file's text where one is named. */
static bool read_value(tm_arena *arena, tm_text value, tm_text file, tm_text *out, char *error,
                       size_t error_bytes)
{
    *out = value;
    if (!file.n)
        return true;
    bool read = read_file(arena, file, out, error, error_bytes);
    if (read)
        *out = tm_text_trim(*out);
    return read;
}

static bool basic_credential(tm_arena *arena, const tm_client_auth_settings *client, tm_header *out,
                             char *error, size_t error_bytes)
{
    tm_text name, password;
    if (!read_value(arena, client->username, client->username_file, &name, error, error_bytes) ||
        !read_value(arena, client->password, client->password_file, &password, error, error_bytes))
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
    tm_texts tokens;
    bool read = read_tokens(arena, a->bearer, &tokens, error, sizeof error);
    if (!read)
        tm_log_some(d->log, TM_LOG_WARN, "tokens stay as they were", TM_LOG_WORD("reason", error));
    else if (!tm_auth_bearer_set(a->auth, a->bearer->scheme, &tokens))
        tm_log_some(d->log, TM_LOG_WARN, "tokens stay as they were",
                    TM_LOG_WORD("reason", "out of memory"));
}

static void look_at_files(void *argument)
{
    tm_daemon *d = argument;
    jmp_buf escape;
    tm_arena *volatile arena = tm_arena_new(NULL);
    if (arena && setjmp(escape) == 0) {
        tm_arena_escape(arena, &escape);
        for (uint32_t i = 0; i < d->auths; i++)
            if (d->auth[i].bearer && d->auth[i].bearer->filename.n)
                read_again(d, arena, &d->auth[i]);
    }
    tm_arena_free(arena);
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
