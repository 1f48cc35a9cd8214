/* Call credentials: made from settings and files, by the kind of the extension.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/call_credentials.h"

#include "base/base64.h"
#include "config/kinds.h"
#include "config/secrets.h"
#include "pipe/oauth2.h"
#include "pipe/partition.h"

#include <stdio.h>

enum { LOOK_MS = 5000 };

struct kind;

struct tm_call_credentials {
    tm_call_credentials_options options;
    const struct kind *kind;
    tm_oauth2 *oauth2;       /* that fetches them; NULL: they are made */
    tm_arena *arena, *aside; /* of the headers, and for the next ones */
    tm_headers headers;
    uint64_t looked_ms; /* when they were made last, or files read that have a part in them */
    tm_arena *files, *files_aside;
    tm_text *value; /* of headers_setter, in `files`: by header, its own value */
};

/* Headers in the making. */
typedef struct making {
    tm_call_credentials *credentials;
    tm_arena *arena;
    tm_text partition; /* of the request; empty: of none */
    tm_headers headers;
    char *error;
    size_t error_bytes;
    bool made;
} making;

static void add(making *m, tm_text name, tm_text value)
{
    tm_header *longer = TM_NEW_ARRAY(m->arena, m->headers.count + 1, tm_header);
    if (m->headers.count)
        memcpy(longer, m->headers.items, m->headers.count * sizeof *longer);
    longer[m->headers.count++] = (tm_header){.key = name, .value = value};
    m->headers.items = longer;
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool make_bearer(making *m, const tm_extension_settings *extension)
{
    const tm_bearer_settings *bearer = &extension->bearer;
    tm_config_world world = tm_config_os();
    tm_texts tokens;
    if (!tm_secrets_tokens(&world, m->arena, bearer, &tokens, m->error, m->error_bytes))
        return false;
    add(m, bearer->header,
        tm_arena_print(m->arena, "%.*s%s%.*s", TM_PRI(bearer->scheme), bearer->scheme.n ? " " : "",
                       TM_PRI(tokens.items[0])));
    return true;
}

static bool make_basic(making *m, const tm_extension_settings *extension)
{
    tm_config_world world = tm_config_os();
    tm_text name, password;
    if (!tm_secrets_client(&world, m->arena, extension->basic.client_auth, &name, &password,
                           m->error, m->error_bytes))
        return false;
    tm_buf value = {.arena = m->arena};
    tm_buf_print(&value, "Basic ");
    tm_base64_encode(&value, tm_arena_print(m->arena, "%.*s:%.*s", TM_PRI(name), TM_PRI(password)),
                     0);
    add(m, TM_TEXT("Authorization"), tm_buf_text(&value));
    return true;
}

/* Where a header with that name is in the list; its count: nowhere. */
static size_t place_of(const tm_headers *headers, tm_text name)
{
    size_t i = 0;
    while (i < headers->count && !tm_text_same_word(headers->items[i].key, name))
        i++;
    return i;
}

static void set_header(making *m, const tm_set_header *h, tm_text value)
{
    const size_t at = place_of(&m->headers, h->key);
    const bool there = at < m->headers.count;
    if (h->action == TM_HEADER_DELETE) {
        if (there)
            m->headers.items[at] = m->headers.items[--m->headers.count];
    } else if (!value.n || !tm_secrets_visible(value)) {
        return; /* the client has sent none, or none that may be sent on */
    } else if (!there && h->action != TM_HEADER_UPDATE) {
        add(m, h->key, value);
    } else if (there && h->action != TM_HEADER_INSERT) {
        m->headers.items[at].value = value;
    }
}

static bool make_setter(making *m, const tm_extension_settings *extension)
{
    const tm_set_headers *all = &extension->setter.headers;
    for (size_t i = 0; i < all->count; i++) {
        const tm_set_header *h = &all->items[i];
        tm_text value = m->credentials->value[i];
        if (h->from_context.n && !tm_partition_value(m->partition, h->from_context, &value))
            value = h->default_value;
        set_header(m, h, value);
    }
    return true;
}

/* The values that stand in the configuration or in files. */
typedef struct reading {
    const tm_set_headers *headers;
    tm_arena *arena;
    tm_text *value;
    char *error;
    size_t error_bytes;
    bool done;
} reading;

static void read_values(void *argument)
{
    reading *r = argument;
    const tm_config_world world = tm_config_os();
    r->value = TM_NEW_ARRAY(r->arena, r->headers->count, tm_text);
    r->done = true;
    for (size_t i = 0; i < r->headers->count && r->done; i++)
        r->done = tm_secrets_header(&world, r->arena, &r->headers->items[i], &r->value[i], r->error,
                                    r->error_bytes);
}

/* False with a sentence in `error`; the old ones stay. */
static bool renew_values(tm_call_credentials *c, char *error, size_t error_bytes)
{
    reading r = {.headers = &c->options.extension->setter.headers,
                 .arena = c->files_aside,
                 .error = error,
                 .error_bytes = error_bytes};
    c->looked_ms = tm_loop_now_ms(c->options.home);
    snprintf(error, error_bytes, "out of memory");
    tm_arena_reset(r.arena);
    if (!tm_arena_try(r.arena, read_values, &r) || !r.done)
        return false;
    c->files_aside = c->files;
    c->files = r.arena;
    c->value = r.value;
    return true;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* What an extension marked AUTH in keys/extensions.def means for exporters. */
typedef struct kind {
    /* Makes its headers; false with a sentence in the error. NULL: they are fetched. */
    bool (*make)(making *m, const tm_extension_settings *extension);
    bool of_requests; /* they differ from request to request: those of headers_setter */
} kind;

static const kind kind_bearer = {.make = make_bearer}, kind_basic = {.make = make_basic},
                  kind_setter = {.make = make_setter, .of_requests = true}, kind_oauth2 = {0};

static const kind *const KINDS[] = {
#define ROW_NONE(MEMBER) NULL
#define ROW_PAGES(MEMBER) NULL
#define ROW_AUTH(MEMBER) &kind_##MEMBER
#define EXTENSION(ID, MEMBER, NAME, STATE, USE, MANUAL) [TM_EXTENSION_##ID] = ROW_##USE(MEMBER),
#include "config/keys/extensions.def"
#undef EXTENSION
};

static void list_wanted(void *owner, tm_auth_settings *auth)
{
    making *m = owner;
    if (!auth->extension || !KINDS[auth->extension->type]->of_requests)
        return;
    const tm_set_headers *all = &auth->extension->setter.headers;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].from_context.n &&
            place_of(&m->headers, all->items[i].from_context) == m->headers.count)
            add(m, tm_arena_copy(m->arena, all->items[i].from_context), TM_TEXT(""));
}

tm_texts tm_call_credentials_wanted(tm_arena *arena, const tm_exporter_settings *exporter)
{
    making m = {.arena = arena};
    tm_exporter_each_auth(exporter, list_wanted, &m);
    tm_texts out = {.items = TM_NEW_ARRAY(arena, m.headers.count + 1, tm_text)};
    for (; out.count < m.headers.count; out.count++)
        out.items[out.count] = m.headers.items[out.count].key;
    return out;
}

/* ---- making them ----------------------------------------------------------------------------- */

static void make(void *argument)
{
    making *m = argument;
    const tm_extension_settings *extension = m->credentials->options.extension;
    m->made = m->credentials->kind->make(m, extension);
}

/* Makes them anew. False with a sentence in `error`; the old ones stay. */
static bool renew(tm_call_credentials *c, tm_text partition, char *error, size_t error_bytes)
{
    making m = {.credentials = c,
                .arena = c->aside,
                .partition = partition,
                .error = error,
                .error_bytes = error_bytes};
    if (!c->kind->of_requests)
        c->looked_ms = tm_loop_now_ms(c->options.home);
    snprintf(error, error_bytes, "out of memory");
    tm_arena_reset(c->aside);
    if (!tm_arena_try(c->aside, make, &m) || !m.made)
        return false;
    c->aside = c->arena;
    c->arena = m.arena;
    c->headers = m.headers;
    return true;
}

/* Files that they come from may have changed. */
static void look_again(tm_call_credentials *c)
{
    char error[512];
    if (tm_elapsed(c->looked_ms, tm_loop_now_ms(c->options.home)) <= LOOK_MS)
        return;
    const bool done = c->kind->of_requests ? renew_values(c, error, sizeof error)
                                           : renew(c, TM_TEXT(""), error, sizeof error);
    if (!done)
        tm_log_some(c->options.log, TM_LOG_WARN, "the credential stays as it was",
                    TM_LOG_OWN("extension", c->options.extension->id),
                    TM_LOG_WORD("reason", error));
}

void tm_call_credentials_get(tm_call_credentials *c, tm_text partition,
                             tm_call_credentials_wait *wait)
{
    static const tm_headers none;
    char error[512];
    if (!c) {
        wait->ready(wait, &none, NULL);
    } else if (c->oauth2) {
        tm_oauth2_get(c->oauth2, wait);
    } else {
        look_again(c);
        if (!c->kind->of_requests || renew(c, partition, error, sizeof error))
            wait->ready(wait, &c->headers, NULL);
        else
            wait->ready(wait, NULL, error);
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

tm_call_credentials *tm_call_credentials_new(const tm_call_credentials_options *options,
                                             char *error, size_t error_bytes)
{
    tm_call_credentials *c = tm_heap_alloc(NULL, sizeof *c);
    snprintf(error, error_bytes, "out of memory");
    if (!c)
        return NULL;
    *c = (tm_call_credentials){.options = *options,
                               .kind = KINDS[options->extension->type],
                               .arena = tm_arena_new(NULL),
                               .aside = tm_arena_new(NULL),
                               .files = tm_arena_new(NULL),
                               .files_aside = tm_arena_new(NULL)};
    const bool room = c->arena && c->aside && c->files && c->files_aside;
    if (!c->kind->make)
        c->oauth2 = tm_oauth2_new(options, error, error_bytes);
    if (room && (!c->kind->of_requests || renew_values(c, error, error_bytes)) &&
        (c->kind->make ? renew(c, TM_TEXT(""), error, error_bytes) : c->oauth2 != NULL))
        return c;
    tm_call_credentials_free(c);
    return NULL;
}

void tm_call_credentials_free(tm_call_credentials *credentials)
{
    if (!credentials)
        return;
    tm_oauth2_free(credentials->oauth2);
    tm_arena_free(credentials->arena);
    tm_arena_free(credentials->aside);
    tm_arena_free(credentials->files);
    tm_arena_free(credentials->files_aside);
    tm_heap_free(NULL, credentials);
}
