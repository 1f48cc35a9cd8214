/* Endpoint: addresses to listen on, URLs, and targets of gRPC.
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

static const char *read_listen(tm_text text, tm_endpoint *out)
{
    if (tm_text_find(text, TM_TEXT("://")) >= 0 || tm_text_starts(text, TM_TEXT("unix:")))
        return "is an address to listen on and has no scheme";
    const char *wrong = tm_target_split(text, &out->host, &out->port);
    return wrong ? wrong : out->port < 0 ? "has no port" : NULL;
}

static const char *read_url(tm_text text, tm_endpoint *out)
{
    enum { HTTP_PORT = 80, HTTPS_PORT = 443 };
    out->http = take(&text, "http://");
    out->https = !out->http && take(&text, "https://");
    if (!out->http && !out->https)
        return "begins with neither http:// nor https://";
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
            return "has a character that no URL may have";
    size_t host_n = 0;
    while (host_n < text.n && !strchr("/?#", text.p[host_n]))
        host_n++;
    out->path = tm_text_skip(text, host_n);
    text.n = host_n;
    if (tm_text_find(text, TM_TEXT("@")) >= 0)
        return "has a user in it: credentials are for the extension basicauth";
    const char *wrong = tm_target_split(text, &out->host, &out->port);
    if (wrong)
        return wrong;
    if (out->port < 0)
        out->port = out->https ? HTTPS_PORT : HTTP_PORT;
    return out->host.n ? NULL : "has no host";
}

static const char *read_target(tm_text text, tm_endpoint *out)
{
    tm_dial_target target;
    const char *wrong = tm_target_read(text, &target);
    out->host = target.host;
    out->port = target.port;
    out->http = target.http;
    out->https = target.https;
    return wrong;
}

bool tm_endpoint_read(tm_reading *r, const tm_doc *doc, tm_text text, tm_key_kind kind,
                      tm_endpoint *out)
{
    *out = (tm_endpoint){.text = text, .source = doc->source, .place = doc->place};
    if (!text.n)
        return tm_reading_fail(r, doc, "E0524", "an endpoint is HOST:PORT, this is empty");
    const char *wrong = kind == TM_KEY_TARGET ? read_target(text, out)
                        : kind == TM_KEY_URL  ? read_url(text, out)
                                              : read_listen(text, out);
    if (wrong && kind == TM_KEY_URL && tm_text_find(text, TM_TEXT("@")) >= 0)
        return tm_reading_fail(r, doc, "E0524", "it %s", wrong); /* it may hold a password */
    return !wrong || refuse(r, out, doc, wrong);
}
