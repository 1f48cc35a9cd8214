/* Secrets: what the settings of an authenticator say, or the files that they name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/secrets.h"

#include <stdio.h>

enum { FILE_MOST_BYTES = 1 << 20 };

static bool read_file(const tm_config_world *world, tm_arena *arena, tm_text path, tm_text *bytes,
                      char *error, size_t error_bytes)
{
    tm_text why;
    if (world->read(world->owner, arena, path, FILE_MOST_BYTES, bytes, &why))
        return true;
    snprintf(error, error_bytes, "cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
    return false;
}

bool tm_secrets_visible(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    return true;
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

bool tm_secrets_tokens(const tm_config_world *world, tm_arena *arena,
                       const tm_bearer_settings *bearer, tm_texts *tokens, char *error,
                       size_t error_bytes)
{
    tm_text bytes;
    *tokens = bearer->tokens;
    if (!bearer->filename.n) {
        if (!tokens->count)
            *tokens = (tm_texts){(tm_text *)(uintptr_t)&bearer->token, 1};
        return true;
    }
    if (!read_file(world, arena, bearer->filename, &bytes, error, error_bytes))
        return false;
    *tokens = split_lines(arena, bytes);
    const char *wrong = tokens->count ? NULL : "has no token";
    for (size_t i = 0; i < tokens->count; i++)
        if (!tm_secrets_visible(tokens->items[i]))
            wrong = "has a token with characters that are not visible";
    if (wrong)
        snprintf(error, error_bytes, "%.*s %s", TM_PRI(bearer->filename), wrong);
    return !wrong;
}

/* ---- names and passwords --------------------------------------------------------------------- */

const char *tm_secrets_line(tm_text line)
{
    tm_text user;
    line = tm_text_trim(line);
    if (!line.n || line.p[0] == '#')
        return NULL;
    tm_text_next(&line, ':', &user);
    if (!line.p)
        return "it is not USER:HASH";
    if (tm_text_starts(line, TM_TEXT("$apr1$")) || tm_text_starts(line, TM_TEXT("{SSHA}")))
        return "hashes of this kind are not supported yet";
    return NULL;
}

bool tm_secrets_htpasswd(const tm_config_world *world, tm_arena *arena,
                         const tm_htpasswd_settings *htpasswd, tm_text *lines, char *error,
                         size_t error_bytes)
{
    tm_text file = TM_TEXT(""), line;
    if (htpasswd->file.n && !read_file(world, arena, htpasswd->file, &file, error, error_bytes))
        return false;
    *lines = tm_arena_print(arena, "%.*s%s%.*s", TM_PRI(file), file.n ? "\n" : "",
                            TM_PRI(htpasswd->inline_text));
    for (size_t number = 1; file.n && tm_text_next(&file, '\n', &line); number++) {
        const char *wrong = tm_secrets_line(line);
        if (!wrong)
            continue;
        snprintf(error, error_bytes, "%.*s, line %zu: %s", TM_PRI(htpasswd->file), number, wrong);
        return false;
    }
    return true;
}

/* The file's text where one is named. */
static bool read_value(const tm_config_world *world, tm_arena *arena, tm_text value, tm_text file,
                       tm_text *out, char *error, size_t error_bytes)
{
    *out = value;
    if (!file.n)
        return true;
    bool read = read_file(world, arena, file, out, error, error_bytes);
    if (read)
        *out = tm_text_trim(*out);
    return read;
}

bool tm_secrets_client(const tm_config_world *world, tm_arena *arena,
                       const tm_client_auth_settings *client, tm_text *name, tm_text *password,
                       char *error, size_t error_bytes)
{
    return read_value(world, arena, client->username, client->username_file, name, error,
                      error_bytes) &&
           read_value(world, arena, client->password, client->password_file, password, error,
                      error_bytes);
}

bool tm_secrets_oauth2(const tm_config_world *world, tm_arena *arena,
                       const tm_oauth2_settings *oauth2, tm_text *id, tm_text *secret, char *error,
                       size_t error_bytes)
{
    return read_value(world, arena, oauth2->client_id, oauth2->client_id_file, id, error,
                      error_bytes) &&
           read_value(world, arena, oauth2->client_secret, oauth2->client_secret_file, secret,
                      error, error_bytes);
}

bool tm_secrets_header(const tm_config_world *world, tm_arena *arena, const tm_set_header *header,
                       tm_text *value, char *error, size_t error_bytes)
{
    if (!read_value(world, arena, header->value, header->value_file, value, error, error_bytes))
        return false;
    if (!header->value_file.n || (value->n && tm_secrets_visible(*value)))
        return true;
    snprintf(error, error_bytes, "%.*s %s", TM_PRI(header->value_file),
             value->n ? "has a character that HTTP does not allow here" : "is empty");
    return false;
}
