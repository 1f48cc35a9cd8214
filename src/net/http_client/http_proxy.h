/* HTTP proxy: which one the environment names for a server, as Go's programs read it. Pure.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP_CLIENT_HTTP_PROXY_H
#define TM_NET_HTTP_CLIENT_HTTP_PROXY_H

#include "base/text.h"

/* What requests of HTTP go to, of the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY or else the
 * same in small letters; empty: unset. */
typedef struct tm_http_proxies {
    tm_text http, https; /* for requests to http:// and https:// */
    tm_text none;        /* a list of whom no proxy is for: "10.0.0.0/8, .example.org, host:8080" */
} tm_http_proxies;

/* `env` gives a variable's value, or NULL when it is not set. Under CGI (REQUEST_METHOD is set)
 * HTTP_PROXY may be a client's header and does not count. */
tm_http_proxies tm_http_proxies_read(const char *(*env)(void *owner, const char *name),
                                     void *owner);

/* The proxy for that server, which is not this machine; empty: none. The host is a name or an
 * address without brackets. */
tm_text tm_http_proxy_find(const tm_http_proxies *proxies, bool https, tm_text host, int port);

#endif
