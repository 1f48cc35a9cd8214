/* HTTP transfer: one request as libcurl wants it, and its answer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client/http_client_inside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what libcurl asks for and tells --------------------------------------------------------- */

/* What comes next of the body, straight from the pieces. */
static size_t read_body(char *to, size_t one, size_t room, void *owner)
{
    tm_http_transfer *t = owner;
    size_t n = 0;
    room *= one;
    while (n < room && t->piece < t->piece_count) {
        tm_text rest = tm_text_skip(t->pieces[t->piece], t->piece_done);
        size_t some = rest.n < room - n ? rest.n : room - n;
        memcpy(to + n, rest.p, some);
        n += some;
        t->piece_done += some;
        if (some == rest.n) {
            t->piece++;
            t->piece_done = 0;
        }
    }
    return n;
}

/* The body from the start: a connection that was used before was closed meanwhile. */
static int rewind_body(void *owner, curl_off_t at, int from)
{
    tm_http_transfer *t = owner;
    if (at != 0 || from != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    t->piece = t->piece_done = 0;
    return CURL_SEEKFUNC_OK;
}

static size_t take_body(char *bytes, size_t one, size_t n, void *owner)
{
    tm_http_transfer *t = owner;
    n *= one;
    t->too_large = t->body.n + n > TM_HTTP_ANSWER_MAX;
    if (t->too_large)
        return 0;
    t->no_memory = !tm_bytes_add(&t->body, tm_text_slice(bytes, n));
    return t->no_memory ? 0 : n;
}

/* The value of the field, when it has that name. */
static bool is_field(tm_text line, const char *name, tm_text *value)
{
    tm_text key;
    *value = line;
    tm_text_next(value, ':', &key);
    if (!value->p || !tm_text_same_word(key, tm_text_of(name)))
        return false;
    *value = tm_text_trim(*value);
    return true;
}

static size_t take_head(char *bytes, size_t one, size_t n, void *owner)
{
    tm_http_transfer *t = owner;
    tm_text line = tm_text_slice(bytes, n * one), value;
    t->head_bytes += line.n;
    t->too_large = t->head_bytes > TM_HTTP_ANSWER_HEAD_MAX;
    if (t->too_large)
        return 0;
    if (tm_text_starts(line, TM_TEXT("HTTP/")))
        t->content_type.n = t->retry_after.n = 0; /* another answer: the one before was 1xx */
    tm_bytes *field = is_field(line, "content-type", &value)  ? &t->content_type
                      : is_field(line, "retry-after", &value) ? &t->retry_after
                                                              : NULL;
    if (!field)
        return line.n;
    field->n = 0;
    t->no_memory = !tm_bytes_add(field, value);
    return t->no_memory ? 0 : line.n;
}

static curl_socket_t open_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    tm_http_client *client = owner;
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0)
        atomic_fetch_add_explicit(&client->connections, 1, memory_order_relaxed);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *owner, curl_socket_t fd)
{
    tm_http_client *client = owner;
    atomic_fetch_sub_explicit(&client->connections, 1, memory_order_relaxed);
    return close(fd);
}

static CURLcode secure(CURL *easy, void *context, void *owner)
{
    tm_http_client *client = owner;
    (void)easy;
    return client->options.secure && client->options.secure(client->options.secure_owner, context)
               ? CURLE_OK
               : CURLE_OUT_OF_MEMORY;
}

/* ---- options --------------------------------------------------------------------------------- */

/* Those that hold for all requests. */
#define SET(option, value) (curl_easy_setopt(easy, CURLOPT_##option, (value)) == CURLE_OK)

static bool set_callbacks(tm_http_transfer *t)
{
    CURL *easy = t->easy;
    return SET(PRIVATE, t) && SET(ERRORBUFFER, t->why) && SET(READFUNCTION, read_body) &&
           SET(READDATA, t) && SET(SEEKFUNCTION, rewind_body) && SET(SEEKDATA, t) &&
           SET(WRITEFUNCTION, take_body) && SET(WRITEDATA, t) && SET(HEADERFUNCTION, take_head) &&
           SET(HEADERDATA, t) && SET(OPENSOCKETFUNCTION, open_socket) &&
           SET(OPENSOCKETDATA, t->client) && SET(CLOSESOCKETFUNCTION, close_socket) &&
           SET(CLOSESOCKETDATA, t->client);
}

/* What verifies a server is the SSL_CTX; libcurl compares the name once more. */
static bool set_tls(tm_http_transfer *t)
{
    CURL *easy = t->easy;
    const bool verify = !t->client->options.skip_verify;
    return SET(CAINFO, NULL) && SET(CAPATH, NULL) && SET(SSL_VERIFYPEER, (long)verify) &&
           SET(SSL_VERIFYHOST, verify ? 2L : 0L) && SET(PROXY_CAINFO, NULL) &&
           SET(PROXY_CAPATH, NULL) && SET(PROXY_SSL_VERIFYPEER, (long)verify) &&
           SET(PROXY_SSL_VERIFYHOST, verify ? 2L : 0L) && SET(SSL_SESSIONID_CACHE, 0L) &&
           SET(SSL_CTX_FUNCTION, secure) && SET(SSL_CTX_DATA, t->client);
}

static bool set_manners(tm_http_transfer *t)
{
    enum { CONNECT_MS = 30000, UPLOAD_BYTES = 256 << 10, MS_PER_S = 1000 };
    CURL *easy = t->easy;
    const tm_http_client_options *o = &t->client->options;
    const long idle_s = o->idle_ms ? (long)((o->idle_ms + MS_PER_S - 1) / MS_PER_S) : 0;
    return SET(NOSIGNAL, 1L) && SET(QUICK_EXIT, 1L) && SET(PROTOCOLS_STR, "http,https") &&
           SET(FOLLOWLOCATION, 0L) &&
           SET(HTTP_VERSION,
               o->http1 ? (long)CURL_HTTP_VERSION_1_1 : (long)CURL_HTTP_VERSION_2TLS) &&
           SET(CONNECTTIMEOUT_MS, (long)CONNECT_MS) && SET(UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES) &&
           SET(TCP_KEEPALIVE, 1L) && SET(FORBID_REUSE, (long)o->close_after) &&
           SET(MAXAGE_CONN, idle_s) && SET(PROXY, t->client->proxy.p) && SET(NOPROXY, "") &&
           SET(SUPPRESS_CONNECT_HEADERS, 1L) && SET(POST, 1L);
}

tm_http_transfer *tm_http_transfer_new(tm_http_client *client)
{
    tm_http_transfer *t = tm_heap_alloc(NULL, sizeof *t);
    if (!t)
        return NULL;
    *t = (tm_http_transfer){.client = client, .easy = curl_easy_init()};
    if (t->easy && set_callbacks(t) && set_tls(t) && set_manners(t))
        return t;
    tm_http_transfer_free(t);
    return NULL;
}

/* ---- requests -------------------------------------------------------------------------------- */

static bool add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

/* libcurl takes "Name;" for one without a value, and "Name:" for one that is not to be sent. */
static bool add_field(tm_http_transfer *t, tm_text name, tm_text value)
{
    tm_bytes line = {0};
    bool added = tm_bytes_add(&line, name) && tm_bytes_add(&line, TM_TEXT(": ")) &&
                 tm_bytes_add(&line, value) && tm_bytes_add(&line, tm_text_slice("", 1));
    if (added && !value.n)
        memcpy(line.p + name.n, ";", 2);
    added = added && add_line(&t->fields, line.p);
    tm_bytes_free(&line);
    return added;
}

/* The URL with the name that the server has to prove, which is asked for where the URL's host is,
 * by the URL's name. */
static bool rename_host(tm_http_transfer *t)
{
    char *host = NULL, *port = NULL, *given = NULL, line[1024];
    const char *name = t->client->server_name.p;
    bool fine = curl_url_get(t->url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(t->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    (void)curl_url_get(t->url, CURLUPART_PORT, &given, 0);
    if (fine) {
        const bool numeric = strchr(name, ':') != NULL;
        int n = snprintf(line, sizeof line, numeric ? "[%s]:%s:%s:%s" : "%s:%s:%s:%s", name, port,
                         host, port);
        fine = n > 0 && (size_t)n < sizeof line && add_line(&t->connect_to, line);
        n = snprintf(line, sizeof line, "Host: %s%s%s", host, given ? ":" : "", given ? given : "");
        fine = fine && n > 0 && (size_t)n < sizeof line && add_line(&t->fields, line);
        n = snprintf(line, sizeof line, numeric ? "[%s]" : "%s", name);
        fine = fine && n > 0 && (size_t)n < sizeof line &&
               curl_url_set(t->url, CURLUPART_HOST, line, 0) == CURLUE_OK;
    }
    curl_free(host);
    curl_free(port);
    curl_free(given);
    return fine;
}

static bool set_url(tm_http_transfer *t, tm_text text)
{
    CURL *easy = t->easy;
    tm_bytes url = {0};
    bool fine = tm_bytes_add(&url, text) && tm_bytes_add(&url, tm_text_slice("", 1));
    t->url = fine ? curl_url() : NULL;
    fine = t->url && curl_url_set(t->url, CURLUPART_URL, url.p, 0) == CURLUE_OK &&
           (t->client->server_name.n == 1 || rename_host(t)) && SET(CURLU, t->url) &&
           SET(CONNECT_TO, t->connect_to);
    tm_bytes_free(&url);
    return fine;
}

static size_t count_bytes(const tm_text *pieces, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += pieces[i].n;
    return n;
}

bool tm_http_transfer_set(tm_http_transfer *t, const tm_http_request *request)
{
    CURL *easy = t->easy;
    t->pieces = request->pieces;
    t->piece_count = request->piece_count;
    t->done = request->done;
    t->owner = request->owner;
    /* Nobody is asked whether the body is welcome: its answer would be waited for. */
    bool fine = add_line(&t->fields, "Expect:") && add_line(&t->fields, "Accept:");
    for (size_t i = 0; fine && i < request->field_count; i++)
        fine = add_field(t, request->fields[i].name, request->fields[i].value);
    return fine && set_url(t, request->url) && SET(HTTPHEADER, t->fields) &&
           SET(POSTFIELDSIZE_LARGE, (curl_off_t)count_bytes(t->pieces, t->piece_count)) &&
           SET(TIMEOUT_MS, (long)request->timeout_ms);
}

#undef SET

/* ---- the end --------------------------------------------------------------------------------- */

/* libcurl's words, where there are any and they tell. */
static const char *reason(tm_http_transfer *t, CURLcode result)
{
    if (t->too_large)
        return "the answer is too large";
    if (t->no_memory)
        return "out of memory";
    if (result == CURLE_UNSUPPORTED_PROTOCOL && strstr(t->why, "HTTP/0.9"))
        return "no HTTP/1.1: perhaps it is a port of gRPC";
    if (result == CURLE_SSL_CONNECT_ERROR && strstr(t->why, "wrong version number"))
        return "the server does not speak TLS";
    return *t->why ? t->why : curl_easy_strerror(result);
}

void tm_http_transfer_tell(tm_http_transfer *t, CURLcode result)
{
    long status = 0;
    tm_http_answer answer = {.body = tm_bytes_text(&t->body),
                             .content_type = tm_bytes_text(&t->content_type),
                             .retry_after = tm_bytes_text(&t->retry_after),
                             .too_large = t->too_large};
    if (result == CURLE_OK &&
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
        answer.status = (int)status;
    if (!answer.status)
        answer.why = reason(t, result);
    t->done(t->owner, &answer);
}

void tm_http_transfer_reset(tm_http_transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, NULL);
    curl_easy_setopt(t->easy, CURLOPT_CURLU, NULL);
    curl_slist_free_all(t->fields);
    curl_slist_free_all(t->connect_to);
    curl_url_cleanup(t->url);
    t->fields = t->connect_to = NULL;
    t->url = NULL;
    t->piece = t->piece_done = t->head_bytes = 0;
    t->too_large = t->no_memory = false;
    t->why[0] = 0;
    t->body.n = t->content_type.n = t->retry_after.n = 0;
    enum { KEPT_BYTES = 64 << 10 };
    if (t->body.room > KEPT_BYTES)
        tm_bytes_free(&t->body);
}

void tm_http_transfer_free(tm_http_transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->fields);
    curl_slist_free_all(t->connect_to);
    curl_url_cleanup(t->url);
    tm_bytes_free(&t->body);
    tm_bytes_free(&t->content_type);
    tm_bytes_free(&t->retry_after);
    tm_heap_free(NULL, t);
}
