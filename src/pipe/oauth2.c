/* OAuth 2.0: asking for tokens, one question at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/oauth2.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/number.h"
#include "config/secrets.h"
#include "net/http_client/http_client.h"
#include "net/http_client/http_proxy.h"
#include "pipe/encryption.h"

#include <stdio.h>

enum { MS_PER_S = 1000, USUAL_TIMEOUT_MS = 30000 };

/* A token that ends later than in so many seconds, ten years, counts as one that does. */
static const int64_t MOST_S = 10ll * 366 * 86400;

struct tm_oauth2 {
    tm_call_credentials_options options;
    const tm_oauth2_settings *settings;
    tm_encryption *encryption; /* NULL: none */
    tm_http_client *client;
    tm_arena *arena; /* of one question or answer */
    tm_bytes body;   /* of the question under way */
    tm_text piece;
    bool asking;
    bool in_body, knows_place;  /* where the server wants id and secret, once that is known */
    bool second;                /* the question under way is another try at that */
    tm_bytes value;             /* of the header; empty: there is no token yet */
    uint64_t ends_ms, renew_ms; /* when it does, and when to ask for the next one; 0: never */
    tm_token_wait *first, **last;
};

/* ---- texts ----------------------------------------------------------------------------------- */

void tm_oauth2_add_encoded(tm_buf *out, tm_text text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || (c && strchr("-_.~", c)))
            tm_buf_add_char(out, c);
        else if (c == ' ')
            tm_buf_add_char(out, '+');
        else
            tm_buf_print(out, "%%%02X", (unsigned char)c);
    }
}

static void add_parameter(tm_buf *out, tm_text name, tm_text value)
{
    if (out->n)
        tm_buf_add_char(out, '&');
    tm_oauth2_add_encoded(out, name);
    tm_buf_add_char(out, '=');
    tm_oauth2_add_encoded(out, value);
}

static tm_text print_error(tm_arena *arena, tm_text word, tm_text description)
{
    return tm_arena_print(arena, "%.*s%s%.*s", TM_PRI(word), word.n && description.n ? ", " : "",
                          TM_PRI(description));
}

tm_oauth2_token tm_oauth2_read(tm_arena *arena, tm_text body)
{
    tm_oauth2_token out = {.token = TM_TEXT(""), .type = TM_TEXT("")};
    tm_text error = TM_TEXT(""), description = TM_TEXT("");
    tm_json json;
    tm_json_init(&json, arena, body, 0, 0);
    if (tm_json_next(&json) == TM_JSON_OBJECT)
        while (tm_json_next(&json) == TM_JSON_KEY) {
            tm_text key = json.text;
            tm_json_event event = tm_json_next(&json);
            bool text = event == TM_JSON_STRING;
            if (text && tm_text_is(key, "access_token"))
                out.token = json.text;
            else if (text && tm_text_is(key, "token_type"))
                out.type = json.text;
            else if (text && tm_text_is(key, "error"))
                error = json.text;
            else if (text && tm_text_is(key, "error_description"))
                description = json.text;
            else if ((text || event == TM_JSON_NUMBER) && tm_text_is(key, "expires_in"))
                (void)tm_number_int(json.text, &out.expires_s);
            else
                (void)tm_json_skip(&json, event);
        }
    out.error = print_error(arena, error, description);
    return out;
}

/* ---- those who wait -------------------------------------------------------------------------- */

static void give(const tm_oauth2 *o, tm_token_wait *wait)
{
    tm_header header = {.key = TM_TEXT("Authorization"), .value = tm_bytes_text(&o->value)};
    wait->ready(wait, &(tm_headers){&header, 1}, NULL);
}

/* Tells all who wait; `why` when there is no token. */
static void tell_all(tm_oauth2 *o, const char *why)
{
    tm_token_wait *wait = o->first;
    o->first = NULL;
    o->last = &o->first;
    for (tm_token_wait *next; wait; wait = next) {
        next = wait->next;
        if (why)
            wait->ready(wait, NULL, why);
        else
            give(o, wait);
    }
}

/* The question had no token for an answer. The old one serves while it lasts. */
static void fail(tm_oauth2 *o, const char *why)
{
    char text[512];
    o->asking = false;
    snprintf(text, sizeof text, "no token: %s", why);
    tm_log_some(o->options.log, TM_LOG_WARN, "no token came",
                TM_LOG_OWN("extension", o->options.extension->id), TM_LOG_WORD("reason", why));
    tell_all(o, text);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void ask(tm_oauth2 *o);

/* Kinds of tokens are written as everybody writes them. */
static tm_text scheme_of(tm_text type)
{
    return !type.n || tm_text_same_word(type, TM_TEXT("bearer")) ? TM_TEXT("Bearer") : type;
}

static bool keep(tm_oauth2 *o, const tm_oauth2_token *t)
{
    tm_bytes value = {0};
    if (!tm_bytes_add(&value, scheme_of(t->type)) || !tm_bytes_add(&value, TM_TEXT(" ")) ||
        !tm_bytes_add(&value, t->token)) {
        tm_bytes_free(&value);
        return false;
    }
    tm_bytes_free(&o->value);
    o->value = value;
    const int64_t lasts_s = t->expires_s < MOST_S ? t->expires_s : MOST_S;
    const uint64_t now_ms = tm_loop_now_ms(o->options.home);
    const uint64_t lasts_ms = lasts_s > 0 ? (uint64_t)lasts_s * MS_PER_S : 0;
    const uint64_t buffer_ms =
        o->settings->expiry_buffer_ns ? tm_duration_ms(o->settings->expiry_buffer_ns) : 0;
    o->ends_ms = lasts_ms ? now_ms + lasts_ms : 0;
    o->renew_ms = lasts_ms ? now_ms + (lasts_ms > buffer_ms ? lasts_ms - buffer_ms : 0) : 0;
    return true;
}

/* An answer to be read. */
typedef struct reading {
    tm_oauth2 *oauth2;
    const tm_http_answer *answer;
    char why[300]; /* there is no token; empty: there is */
} reading;

static void read_answer(void *argument)
{
    reading *r = argument;
    tm_oauth2 *o = r->oauth2;
    const int status = r->answer->status;
    const tm_oauth2_token t = tm_oauth2_read(o->arena, r->answer->body);
    if (status < 200 || status > 299)
        snprintf(r->why, sizeof r->why, "the server answered %d%s%.*s", status,
                 t.error.n ? ": " : "", (int)(t.error.n < 200 ? t.error.n : 200), t.error.p);
    else if (!t.token.n || !tm_secrets_visible(t.token) || !tm_secrets_visible(t.type))
        snprintf(r->why, sizeof r->why, "the answer holds none");
    else if (keep(o, &t))
        r->why[0] = 0;
}

/* Servers that do not take id and secret in the header may want them in the body. */
static bool asks_otherwise(tm_oauth2 *o, int status)
{
    if (o->knows_place || o->second || status < 400 || status > 499)
        return false;
    o->in_body = !o->in_body;
    o->second = true;
    ask(o);
    return true;
}

static void done(void *owner, const tm_http_answer *answer)
{
    tm_oauth2 *o = owner;
    reading r = {.oauth2 = o, .answer = answer, .why = "out of memory"};
    if (!answer->status) {
        fail(o, answer->why);
        return;
    }
    tm_arena_reset(o->arena);
    (void)tm_arena_try(o->arena, read_answer, &r);
    if (r.why[0]) {
        if (!asks_otherwise(o, answer->status)) {
            o->in_body = o->knows_place && o->in_body;
            fail(o, r.why);
        }
        return;
    }
    o->knows_place = true;
    o->asking = false;
    tell_all(o, NULL);
}

/* ---- questions ------------------------------------------------------------------------------- */

/* A question to be asked. */
typedef struct asking {
    tm_oauth2 *oauth2;
    char error[300];
} asking;

static tm_text join_scopes(tm_arena *arena, const tm_texts *scopes)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < scopes->count; i++) {
        if (i)
            tm_buf_add_char(&out, ' ');
        tm_buf_add(&out, scopes->items[i]);
    }
    return tm_buf_text(&out);
}

static tm_text print_body(const tm_oauth2 *o, tm_text id, tm_text secret)
{
    const tm_oauth2_settings *s = o->settings;
    tm_buf out = {.arena = o->arena};
    add_parameter(&out, TM_TEXT("grant_type"), TM_TEXT("client_credentials"));
    if (s->scopes.count)
        add_parameter(&out, TM_TEXT("scope"), join_scopes(o->arena, &s->scopes));
    for (size_t i = 0; i < s->endpoint_params.count; i++)
        add_parameter(&out, s->endpoint_params.items[i].key, s->endpoint_params.items[i].value);
    if (o->in_body) {
        add_parameter(&out, TM_TEXT("client_id"), id);
        add_parameter(&out, TM_TEXT("client_secret"), secret);
    }
    return tm_buf_text(&out);
}

static tm_text print_basic(tm_arena *arena, tm_text id, tm_text secret)
{
    tm_buf both = {.arena = arena}, out = {.arena = arena};
    tm_oauth2_add_encoded(&both, id);
    tm_buf_add_char(&both, ':');
    tm_oauth2_add_encoded(&both, secret);
    tm_buf_print(&out, "Basic ");
    tm_base64_encode(&out, tm_buf_text(&both), 0);
    return tm_buf_text(&out);
}

static void post(void *argument)
{
    asking *a = argument;
    tm_oauth2 *o = a->oauth2;
    tm_config_world world = tm_config_os();
    tm_text id, secret, version = o->options.version.n ? o->options.version : TM_TEXT("0");
    if (!tm_secrets_oauth2(&world, o->arena, o->settings, &id, &secret, a->error, sizeof a->error))
        return;
    snprintf(a->error, sizeof a->error, "out of memory");
    o->body.n = 0;
    if (!tm_bytes_add(&o->body, print_body(o, id, secret)))
        return;
    o->piece = tm_bytes_text(&o->body);
    const tm_http_field fields[] = {
        {TM_TEXT("Content-Type"), TM_TEXT("application/x-www-form-urlencoded")},
        {TM_TEXT("Accept"), TM_TEXT("application/json")},
        {TM_TEXT("User-Agent"), tm_arena_print(o->arena, "tamis/%.*s", TM_PRI(version))},
        {TM_TEXT("Authorization"), print_basic(o->arena, id, secret)}};
    const size_t count = sizeof fields / sizeof *fields;
    const tm_http_request request = {.url = o->settings->token_url.text,
                                     .fields = fields,
                                     .field_count = o->in_body ? count - 1 : count,
                                     .pieces = &o->piece,
                                     .piece_count = 1,
                                     .timeout_ms = o->settings->timeout_ns
                                                       ? tm_duration_ms(o->settings->timeout_ns)
                                                       : USUAL_TIMEOUT_MS,
                                     .done = done,
                                     .owner = o};
    if (tm_http_client_post(o->client, &request))
        a->error[0] = 0;
}

static void ask(tm_oauth2 *o)
{
    asking a = {.oauth2 = o, .error = "out of memory"};
    o->asking = true;
    tm_arena_reset(o->arena);
    (void)tm_arena_try(o->arena, post, &a);
    if (a.error[0])
        fail(o, a.error);
}

void tm_oauth2_get(tm_oauth2 *o, tm_token_wait *wait)
{
    const uint64_t now_ms = tm_loop_now_ms(o->options.home);
    const bool lasts = o->value.n && (!o->ends_ms || now_ms < o->ends_ms);
    const bool renews = !o->asking && (!lasts || (o->renew_ms && now_ms >= o->renew_ms));
    if (lasts) {
        give(o, wait);
    } else {
        wait->next = NULL;
        *o->last = wait;
        o->last = &wait->next;
    }
    if (renews) {
        o->second = false;
        ask(o);
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool open_client(tm_oauth2 *o, char *error, size_t error_bytes)
{
    const tm_endpoint *url = &o->settings->token_url;
    const tm_tls_settings *tls = &o->settings->tls;
    tm_config_world world = tm_config_os();
    tm_http_proxies proxies = tm_http_proxies_read(world.env, world.owner);
    tm_http_client_options options = {
        .loop = o->options.home,
        .proxy = tm_http_proxy_find(&proxies, url->https, url->host, url->port),
        .close_after = true};
    if (url->https) {
        const tm_encryption_options encryption = {.home = o->options.home,
                                                  .log = o->options.log,
                                                  .id = o->options.extension->id,
                                                  .settings = tls,
                                                  .name = tls->server_name.n ? tls->server_name
                                                                             : url->host};
        o->encryption = tm_encryption_new(&encryption, error, error_bytes);
        if (!o->encryption)
            return false;
        options.secure = tm_encryption_lend;
        options.secure_owner = o->encryption;
        options.skip_verify = tls->skip_verify;
        options.server_name = tls->server_name;
    }
    snprintf(error, error_bytes, "out of memory");
    o->client = tm_http_client_new(&options);
    return o->client != NULL;
}

tm_oauth2 *tm_oauth2_new(const tm_call_credentials_options *options, char *error,
                         size_t error_bytes)
{
    tm_oauth2 *o = tm_heap_alloc(NULL, sizeof *o);
    snprintf(error, error_bytes, "out of memory");
    if (!o)
        return NULL;
    *o = (tm_oauth2){
        .options = *options, .settings = &options->extension->oauth2, .arena = tm_arena_new(NULL)};
    o->last = &o->first;
    if (o->arena && open_client(o, error, error_bytes))
        return o;
    tm_oauth2_free(o);
    return NULL;
}

void tm_oauth2_free(tm_oauth2 *oauth2)
{
    if (!oauth2)
        return;
    oauth2->second = true; /* a question that ends now is not asked again */
    tm_http_client_free(oauth2->client);
    tell_all(oauth2, "the exporter ends");
    tm_encryption_free(oauth2->encryption);
    tm_bytes_free(&oauth2->body);
    tm_bytes_free(&oauth2->value);
    tm_arena_free(oauth2->arena);
    tm_heap_free(NULL, oauth2);
}
