/* Target: schemes first, then host and port.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/target.h"

enum { DNS_PORT = 53 };

/* ---- host and port -------------------------------------------------------------------------- */

static bool is_host(tm_text host, bool brackets)
{
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];
        if (c <= ' ' || c >= 0x7f || strchr("@/?#[]\\", c) || (c == '%' && !brackets))
            return false;
    }
    return true;
}

static bool read_port(tm_text text, int *port)
{
    *port = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        *port = *port * 10 + (text.p[i] - '0');
        if (*port > UINT16_MAX)
            return false;
    }
    return text.n > 0;
}

/* Offset of the colon in front of the port, behind the brackets of an IPv6 address; or -1. */
static ptrdiff_t port_colon(tm_text text)
{
    for (size_t i = text.n; i > 0 && text.p[i - 1] != ']'; i--)
        if (text.p[i - 1] == ':')
            return (ptrdiff_t)i - 1;
    return -1;
}

const char *tm_target_split(tm_text text, tm_text *host, int *port)
{
    ptrdiff_t colon = port_colon(text);
    *host = colon < 0 ? text : tm_text_slice(text.p, (size_t)colon);
    *port = -1;
    if (colon >= 0 && !read_port(tm_text_skip(text, (size_t)colon + 1), port))
        return "has no port between 0 and 65535";
    bool brackets = tm_text_starts(*host, TM_TEXT("[")) && tm_text_ends(*host, TM_TEXT("]"));
    if (brackets)
        *host = tm_text_slice(host->p + 1, host->n - 2);
    else if (tm_text_find(*host, TM_TEXT(":")) >= 0)
        return "has colons in its host: write an IPv6 address in brackets";
    return is_host(*host, brackets) && (host->n || !brackets) ? NULL : "has no valid host";
}

/* ---- targets -------------------------------------------------------------------------------- */

static bool take(tm_text *rest, const char *prefix)
{
    tm_text text = tm_text_of(prefix);
    if (!tm_text_starts(*rest, text))
        return false;
    *rest = tm_text_skip(*rest, text.n);
    return true;
}

/* HOST:PORT, or :PORT of this machine. */
static const char *read_host(tm_text text, tm_dial_target *out)
{
    int port;
    const char *wrong = tm_target_split(text, &out->host, &port);
    if (wrong)
        return wrong;
    if (port < 0)
        return "has no port";
    if (port == 0)
        return "has no port between 1 and 65535";
    out->port = (uint16_t)port;
    if (out->host.n)
        out->authority = text;
    else
        out->host = TM_TEXT("localhost");
    return NULL;
}

/* Behind "//" of dns and passthrough: takes what names a server off the front, up to the '/'. */
static const char *take_server(tm_text *rest, tm_text *server)
{
    ptrdiff_t slash = tm_text_find(*rest, TM_TEXT("/"));
    if (slash < 0)
        return "has no third slash, and a host and a port behind it";
    *server = tm_text_slice(rest->p, (size_t)slash);
    *rest = tm_text_skip(*rest, (size_t)slash + 1);
    return NULL;
}

static const char *read_dns(tm_text rest, tm_dial_target *out)
{
    int port;
    const char *wrong = take_server(&rest, &out->server);
    if (wrong)
        return wrong;
    if (out->server.n) {
        wrong = tm_target_split(out->server, &out->server, &port);
        if (wrong)
            return wrong;
        if (!out->server.n || port == 0)
            return "names no server between its slashes";
        out->server_port = port < 0 ? DNS_PORT : (uint16_t)port;
    }
    return read_host(rest, out);
}

static const char *read_passthrough(tm_text rest, tm_dial_target *out)
{
    tm_text nobody; /* whom gRPC does not ask, either */
    const char *wrong = take_server(&rest, &nobody);
    out->kind = TM_TARGET_PASSTHROUGH;
    return wrong ? wrong : read_host(rest, out);
}

static const char *read_socket(tm_text rest, tm_target_kind kind, tm_dial_target *out)
{
    out->kind = kind;
    out->authority = TM_TEXT("localhost");
    if (take(&rest, "//") && !tm_text_starts(rest, TM_TEXT("/")))
        return "names a server, which a socket of this machine has no use for";
    if (!rest.n)
        return "has no path";
    if (rest.n > TM_TARGET_PATH_MOST)
        return "has a path of more than 107 bytes";
    if (memchr(rest.p, 0, rest.n))
        return "has a path with a NUL in it";
    out->path = rest;
    return NULL;
}

/* http:// and https:// say nothing of the way there, and the slash at their end nothing at all. */
static const char *read_url(tm_text rest, tm_dial_target *out)
{
    ptrdiff_t slash = tm_text_find(rest, TM_TEXT("/"));
    if (slash >= 0 && (size_t)slash + 1 < rest.n)
        return "has a path, which gRPC has no use for";
    if (slash >= 0)
        rest.n--;
    return read_host(rest, out);
}

const char *tm_target_read(tm_text text, tm_dial_target *out)
{
    tm_text rest = text;
    *out = (tm_dial_target){.kind = TM_TARGET_DNS};
    out->http = take(&rest, "http://");
    out->https = !out->http && take(&rest, "https://");
    if (out->http || out->https)
        return read_url(rest, out);
    if (take(&rest, "dns://"))
        return read_dns(rest, out);
    if (take(&rest, "passthrough://"))
        return read_passthrough(rest, out);
    if (take(&rest, "unix:"))
        return read_socket(rest, TM_TARGET_UNIX, out);
    if (take(&rest, "unix-abstract:"))
        return read_socket(rest, TM_TARGET_ABSTRACT, out);
    if (tm_text_find(rest, TM_TEXT("://")) >= 0)
        return "has a scheme other than http, https, dns, passthrough, unix and unix-abstract";
    if (take(&rest, "dns:") && tm_text_find(rest, TM_TEXT(":")) < 0)
        rest = text; /* a host called dns */
    else if (take(&rest, "passthrough:"))
        out->kind = TM_TARGET_PASSTHROUGH;
    return read_url(rest, out);
}
