/* Endpoint: HOST:PORT and URLs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/reader.h"

static bool refuse(tm_reading *r, const tm_endpoint *e, const tm_doc *doc, const char *why)
{
    return tm_reading_fail(r, doc, "E0524", "\"%.*s\" %s", TM_PRI(e->text), why);
}

static bool take(tm_text *rest, const char *prefix)
{
    tm_text text = tm_text_of(prefix);
    if (!tm_text_starts(*rest, text))
        return false;
    *rest = tm_text_skip(*rest, text.n);
    return true;
}

/* Takes a scheme off; dns:/// and passthrough:/// are gRPC's words for what is done anyway. */
static bool take_scheme(tm_reading *r, const tm_doc *doc, bool url, tm_text *rest, tm_endpoint *out)
{
    if (url) {
        out->http = take(rest, "http://");
        out->https = !out->http && take(rest, "https://");
        if (out->http || out->https || take(rest, "dns:///") || take(rest, "passthrough:///"))
            return true;
    }
    ptrdiff_t scheme = tm_text_find(*rest, TM_TEXT("://"));
    if (scheme < 0 && !tm_text_starts(*rest, TM_TEXT("unix:")))
        return true;
    return refuse(r, out, doc,
                  url ? "has a scheme other than http and https"
                      : "is an address to listen on and has no scheme");
}

static bool is_host(tm_text host)
{
    for (size_t i = 0; i < host.n; i++)
        if ((unsigned char)host.p[i] <= ' ' || host.p[i] == 0x7f || strchr("@/?#[]\\", host.p[i]))
            return false;
    return true;
}

static bool read_port(tm_text text, int *port)
{
    *port = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        *port = *port * 10 + (text.p[i] - '0');
        if (*port > 65535)
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

static bool split(tm_reading *r, const tm_doc *doc, tm_text text, tm_endpoint *out)
{
    ptrdiff_t colon = port_colon(text);
    out->host = colon < 0 ? text : tm_text_slice(text.p, (size_t)colon);
    out->port = 0;
    if (colon < 0 && !out->http && !out->https)
        return refuse(r, out, doc, "has no port");
    if (colon >= 0 && !read_port(tm_text_skip(text, (size_t)colon + 1), &out->port))
        return refuse(r, out, doc, "has no port between 0 and 65535");
    if (tm_text_starts(out->host, TM_TEXT("[")) && tm_text_ends(out->host, TM_TEXT("]")))
        out->host = tm_text_slice(out->host.p + 1, out->host.n - 2);
    else if (memchr(out->host.n ? out->host.p : "", ':', out->host.n))
        return refuse(r, out, doc, "has colons in its host: write an IPv6 address in brackets");
    return is_host(out->host) || refuse(r, out, doc, "has no valid host");
}

bool tm_endpoint_read(tm_reading *r, const tm_doc *doc, tm_text text, bool url, tm_endpoint *out)
{
    *out = (tm_endpoint){.text = text, .source = doc->source, .place = doc->place};
    tm_text rest = tm_text_trim(text);
    if (!rest.n)
        return tm_reading_fail(r, doc, "E0524", "an endpoint is HOST:PORT, this is empty");
    if (!take_scheme(r, doc, url, &rest, out))
        return false;
    ptrdiff_t slash = url ? tm_text_find(rest, TM_TEXT("/")) : -1;
    if (slash >= 0) {
        out->path = tm_text_skip(rest, (size_t)slash);
        rest.n = (size_t)slash;
    }
    return split(r, doc, rest, out) && (!url || out->host.n || refuse(r, out, doc, "has no host"));
}
