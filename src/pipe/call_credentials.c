/* Call credentials: made from settings and files, by the kind of the extension.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/call_credentials.h"

#include "base/base64.h"
#include "config/kinds.h"
#include "config/secrets.h"
#include "pipe/oauth2.h"

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
    tm_text *value;                  /* of headers_setter, in `files`: by header, its own value */
    tm_call_credentials *additional; /* that are sent with them; NULL: none */
};

/* Headers in the making. */
typedef struct making {
    tm_call_credentials *credentials;
    tm_arena *arena;
    tm_text partition;       /* of the request; empty: of none */
    const tm_headers *token; /* that was fetched; NULL: none was */
    tm_headers headers;
    char *error;
    size_t error_bytes;
    bool made;
} making;

/* What an extension marked AUTH in keys/extensions.def means for exporters. */
typedef struct kind {
    /* Makes its headers; false with a sentence in the error. NULL: they are fetched. */
    bool (*make)(making *m, const tm_extension_settings *extension);
    bool of_requests; /* they differ from request to request: those of headers_setter */
} kind;

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

/* A header of that name is there once. */
static void put(making *m, const tm_header *header)
{
    const size_t at = place_of(&m->headers, header->key);
    if (at == m->headers.count)
        add(m, header->key, header->value);
    else
        m->headers.items[at] = *header;
}

static void put_all(making *m, const tm_headers *headers)
{
    for (size_t i = 0; headers && i < headers->count; i++)
        put(m, &headers->items[i]);
}

/* Whether the client has what the header is taken from, or nothing is taken from it. */
static bool has_value(const making *m, const tm_set_header *h, tm_text *value)
{
    if (h->from_context.n)
        return tm_partition_value(m->partition, h->from_context, value);
    return !h->from_attribute.n || tm_partition_attribute(m->partition, h->from_attribute, value);
}

static void set_headers(making *m, const tm_call_credentials *c)
{
    const tm_set_headers *all = &c->options.extension->setter.headers;
    for (size_t i = 0; i < all->count; i++) {
        const tm_set_header *h = &all->items[i];
        tm_text value = c->value[i];
        if (!has_value(m, h, &value))
            value = h->default_value;
        set_header(m, h, value);
    }
}

/* One after the other does what it does to the headers of those before it: in the order in which
 * the Collector's credentials of gRPC are made, or a request goes through its HTTP clients. */
static void apply(making *m, const tm_call_credentials *c)
{
    if (c->additional && !c->options.additional_wins)
        apply(m, c->additional);
    if (c->kind->of_requests)
        set_headers(m, c);
    else
        put_all(m, c->oauth2 ? m->token : &c->headers);
    if (c->additional && c->options.additional_wins)
        apply(m, c->additional);
}

static bool make_setter(making *m, const tm_extension_settings *extension)
{
    (void)extension;
    apply(m, m->credentials);
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

/* What of clients is sent on, in the making. */
typedef struct wanting {
    tm_arena *arena;
    tm_partition_names names;
} wanting;

/* Adds a name that is not empty, and not there yet. */
static void want(tm_arena *arena, tm_texts *names, bool any_case, tm_text name)
{
    for (size_t i = 0; i < names->count; i++)
        if (any_case ? tm_text_same_word(names->items[i], name)
                     : tm_text_equal(names->items[i], name))
            return;
    if (!name.n)
        return;
    names->items = tm_arena_grow(arena, names->items, names->count * sizeof *names->items,
                                 (names->count + 1) * sizeof *names->items);
    names->items[names->count++] = tm_arena_copy(arena, name);
}

static void list_wanted(void *owner, tm_auth_settings *auth)
{
    wanting *w = owner;
    if (!auth->extension || !KINDS[auth->extension->type]->of_requests)
        return;
    const tm_set_headers *all = &auth->extension->setter.headers;
    for (size_t i = 0; i < all->count; i++) {
        want(w->arena, &w->names.headers, true, all->items[i].from_context);
        want(w->arena, &w->names.attributes, false, all->items[i].from_attribute);
    }
    tm_extension_each_auth(auth->extension, list_wanted, w);
}

tm_partition_names tm_call_credentials_wanted(tm_arena *arena, const tm_exporter_settings *exporter)
{
    wanting w = {.arena = arena};
    tm_exporter_each_auth(exporter, list_wanted, &w);
    return w.names;
}

/* ---- making them ----------------------------------------------------------------------------- */

static void make(void *argument)
{
    making *m = argument;
    const tm_extension_settings *extension = m->credentials->options.extension;
    m->made = m->credentials->kind->make(m, extension);
}

/* Makes them anew. False with a sentence in `error`; the old ones stay. */
static bool renew(tm_call_credentials *c, tm_text partition, const tm_headers *token, char *error,
                  size_t error_bytes)
{
    making m = {.credentials = c,
                .arena = c->aside,
                .partition = partition,
                .token = token,
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
    if (c->oauth2 || tm_elapsed(c->looked_ms, tm_loop_now_ms(c->options.home)) <= LOOK_MS)
        return;
    const bool done = c->kind->of_requests ? renew_values(c, error, sizeof error)
                                           : renew(c, TM_TEXT(""), NULL, error, sizeof error);
    if (!done)
        tm_log_some(c->options.log, TM_LOG_WARN, "the credential stays as it was",
                    TM_LOG_OWN("extension", c->options.extension->id),
                    TM_LOG_WORD("reason", error));
}

/* With the token, where one had to be fetched. */
static void tell(tm_call_credentials_wait *wait, const tm_headers *token)
{
    tm_call_credentials *c = wait->credentials;
    char error[512];
    for (tm_call_credentials *each = c; each; each = each->additional)
        look_again(each);
    if (c->oauth2)
        wait->ready(wait, token, NULL);
    else if (!c->kind->of_requests || renew(c, wait->partition, token, error, sizeof error))
        wait->ready(wait, &c->headers, NULL);
    else
        wait->ready(wait, NULL, error);
}

static void take_token(tm_token_wait *token, const tm_headers *headers, const char *why)
{
    tm_call_credentials_wait *wait = (tm_call_credentials_wait *)token;
    if (headers)
        tell(wait, headers);
    else
        wait->ready(wait, NULL, why);
}

void tm_call_credentials_get(tm_call_credentials *c, tm_text partition,
                             tm_call_credentials_wait *wait)
{
    static const tm_headers none;
    const tm_call_credentials *last = c;
    while (last && last->additional)
        last = last->additional;
    wait->credentials = c;
    wait->partition = partition;
    wait->token.ready = take_token;
    if (!c)
        wait->ready(wait, &none, NULL);
    else if (last->oauth2)
        tm_oauth2_get(last->oauth2, &wait->token);
    else
        tell(wait, NULL);
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Those that are sent with these; true when there are none. */
static bool open_additional(tm_call_credentials *c, char *error, size_t error_bytes)
{
    const tm_extension_settings *extension = c->options.extension;
    tm_call_credentials_options options = c->options;
    options.extension = c->kind->of_requests ? extension->setter.additional.extension : NULL;
    if (!options.extension)
        return true;
    c->additional = tm_call_credentials_new(&options, error, error_bytes);
    return c->additional != NULL;
}

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
    if (room && open_additional(c, error, error_bytes) &&
        (!c->kind->of_requests || renew_values(c, error, error_bytes)) &&
        (c->kind->make ? renew(c, TM_TEXT(""), NULL, error, error_bytes) : c->oauth2 != NULL))
        return c;
    tm_call_credentials_free(c);
    return NULL;
}

void tm_call_credentials_free(tm_call_credentials *credentials)
{
    if (!credentials)
        return;
    tm_call_credentials_free(credentials->additional);
    tm_oauth2_free(credentials->oauth2);
    tm_arena_free(credentials->arena);
    tm_arena_free(credentials->aside);
    tm_arena_free(credentials->files);
    tm_arena_free(credentials->files_aside);
    tm_heap_free(NULL, credentials);
}
