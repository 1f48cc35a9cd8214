/* HTTP client: libcurl's multi interface on the loop: its sockets are watches, its time a timer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client/http_client_inside.h"

/* ---- what has ended -------------------------------------------------------------------------- */

static void let_go(tm_http_transfer *t)
{
    *t->at = t->next;
    if (t->next)
        t->next->at = t->at;
    curl_multi_remove_handle(t->client->multi, t->easy);
}

static void end(tm_http_transfer *t, CURLcode result)
{
    tm_http_client *client = t->client;
    let_go(t);
    tm_http_transfer_tell(t, result);
    tm_http_transfer_reset(t);
    t->next = client->idle;
    client->idle = t;
}

/* Those who are told may begin new requests. */
static void end_those_that_are_over(tm_http_client *client)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
        tm_http_transfer *t = NULL;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK && t)
            end(t, message->data.result);
    }
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void go_on(tm_http_client *client, curl_socket_t fd, int events)
{
    int running;
    curl_multi_socket_action(client->multi, fd, events, &running);
    end_those_that_are_over(client);
}

static void ready(void *argument, int what)
{
    const tm_http_socket *s = argument; /* which may be gone when it returns */
    go_on(s->client, s->fd, what & TM_WATCH_READ ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
}

static void ring(void *argument)
{
    go_on(argument, CURL_SOCKET_TIMEOUT, 0);
}

static void forget_socket(tm_http_client *client, tm_http_socket *s)
{
    if (!s)
        return;
    curl_multi_assign(client->multi, s->fd, NULL);
    tm_watch_free(s->watch);
    tm_heap_free(NULL, s);
}

static tm_http_socket *watch_socket(tm_http_client *client, curl_socket_t fd)
{
    tm_http_socket *s = tm_heap_alloc(NULL, sizeof *s);
    if (!s)
        return NULL;
    *s = (tm_http_socket){.client = client, .fd = fd};
    s->watch = tm_watch_new(client->options.loop, fd, ready, s);
    if (s->watch && curl_multi_assign(client->multi, fd, s) == CURLM_OK)
        return s;
    tm_watch_free(s->watch);
    tm_heap_free(NULL, s);
    return NULL;
}

/* libcurl tells what it waits for. Without memory nothing is waited for, and the request's time
 * runs out: an error would make libcurl end all of them and itself. */
static int want(CURL *easy, curl_socket_t fd, int what, void *owner, void *of_socket)
{
    tm_http_client *client = owner;
    tm_http_socket *s = of_socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        forget_socket(client, s);
        return 0;
    }
    if (!s)
        s = watch_socket(client, fd);
    if (s)
        (void)tm_watch_want(s->watch, (what & CURL_POLL_IN ? TM_WATCH_READ : 0) |
                                          (what & CURL_POLL_OUT ? TM_WATCH_WRITE : 0));
    return 0;
}

static int set_timer(CURLM *multi, long after_ms, void *owner)
{
    tm_http_client *client = owner;
    (void)multi;
    if (after_ms < 0)
        tm_timer_stop(client->timer);
    else
        tm_timer_start(client->timer, (uint64_t)after_ms);
    return 0;
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool copy_text(tm_bytes *to, tm_text text)
{
    return tm_bytes_add(to, text) && tm_bytes_add(to, tm_text_slice("", 1));
}

/* A proxy of SOCKS5 looks names up itself, as Go has it. */
static bool copy_proxy(tm_bytes *to, tm_text url)
{
    const tm_text socks5 = TM_TEXT("socks5://");
    return tm_text_starts(url, socks5) ? tm_bytes_add(to, TM_TEXT("socks5h://")) &&
                                             copy_text(to, tm_text_skip(url, socks5.n))
                                       : copy_text(to, url);
}

static bool open_multi(tm_http_client *client)
{
    const tm_http_client_options *o = &client->options;
    client->multi = curl_multi_init();
    return client->multi &&
           curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, want) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)o->most_idle) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                             (long)o->most_connections) == CURLM_OK;
}

tm_http_client *tm_http_client_new(const tm_http_client_options *options)
{
    tm_http_client *client = tm_heap_alloc(NULL, sizeof *client);
    if (!client)
        return NULL;
    *client = (tm_http_client){.options = *options};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        tm_heap_free(NULL, client);
        return NULL;
    }
    client->timer = tm_timer_new(options->loop, ring, client);
    if (client->timer && copy_proxy(&client->proxy, options->proxy) &&
        copy_text(&client->server_name, options->server_name) && open_multi(client))
        return client;
    tm_http_client_free(client);
    return NULL;
}

void tm_http_client_free(tm_http_client *client)
{
    if (!client)
        return;
    while (client->active) {
        tm_http_transfer *t = client->active;
        let_go(t);
        tm_http_transfer_tell(t, CURLE_ABORTED_BY_CALLBACK);
        tm_http_transfer_free(t);
    }
    for (tm_http_transfer *t = client->idle, *next; t; t = next) {
        next = t->next;
        tm_http_transfer_free(t);
    }
    curl_multi_cleanup(client->multi); /* which closes the connections */
    tm_timer_free(client->timer);
    tm_bytes_free(&client->proxy);
    tm_bytes_free(&client->server_name);
    tm_heap_free(NULL, client);
    curl_global_cleanup();
}

unsigned tm_http_client_connections(const tm_http_client *client)
{
    return atomic_load_explicit(&client->connections, memory_order_relaxed);
}

/* ---- requests -------------------------------------------------------------------------------- */

static tm_http_transfer *take_transfer(tm_http_client *client)
{
    tm_http_transfer *t = client->idle;
    if (!t)
        return tm_http_transfer_new(client);
    client->idle = t->next;
    return t;
}

bool tm_http_client_post(tm_http_client *client, const tm_http_request *request)
{
    tm_http_transfer *t = take_transfer(client);
    if (!t)
        return false;
    if (!tm_http_transfer_set(t, request) ||
        curl_multi_add_handle(client->multi, t->easy) != CURLM_OK) {
        tm_http_transfer_free(t);
        return false;
    }
    t->next = client->active;
    t->at = &client->active;
    if (t->next)
        t->next->at = &t->next;
    client->active = t;
    return true;
}
