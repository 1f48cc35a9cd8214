/* Checks of what goes over the network: headers that are sent, hosts that are listened on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"
#include "base/ascii.h"
#include "config/secrets.h"

enum { MOST_HEADERS = 64 };

/* What gRPC or HTTP/2 sets itself, or forbids. */
static bool is_reserved(tm_text name)
{
    static const char *const RESERVED[] = {
        "te",         "content-type", "content-length", "user-agent",        "host",
        "connection", "keep-alive",   "upgrade",        "transfer-encoding", "proxy-connection",
    };
    const tm_text grpc = TM_TEXT("grpc-");
    if (name.n >= grpc.n && tm_text_same_word(tm_text_slice(name.p, grpc.n), grpc))
        return true;
    for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++)
        if (tm_text_same_word(name, tm_text_of(RESERVED[i])))
            return true;
    return false;
}

static bool is_metadata_name(tm_text name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!tm_ascii_is_letter(c) && !tm_ascii_is_digit(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.n > 0;
}

bool tm_check_sent_name(tm_text name)
{
    return is_metadata_name(name) && !is_reserved(name);
}

/* Values of "...-bin" travel in base64. */
static bool is_value(const tm_header *header)
{
    const tm_text bin = TM_TEXT("-bin");
    size_t n = header->key.n;
    return tm_secrets_visible(header->value) ||
           (n >= bin.n && tm_text_same_word(tm_text_slice(header->key.p + n - bin.n, bin.n), bin));
}

bool tm_check_sent_headers(tm_reading *r, const tm_doc *doc, const tm_headers *headers)
{
    const tm_doc *map = tm_check_given(doc, "headers");
    tm_text path = map ? tm_doc_path(r->arena, map) : TM_TEXT("");
    size_t count = 0;
    bool fine = true;
    for (size_t i = 0; i < headers->count; i++) {
        const tm_header *h = &headers->items[i];
        const char *wrong = !is_metadata_name(h->key) ? "it is no name of gRPC metadata"
                            : !is_value(h)
                                ? "its value has a character that HTTP does not allow here"
                                : NULL;
        count += !is_reserved(h->key);
        if (wrong && !is_reserved(h->key))
            fine = tm_diag_error(r->diags, map->source, h->place, "E0524", "%.*s: \"%.*s\": %s",
                                 TM_PRI(path), TM_PRI(h->key), wrong);
    }
    return count <= MOST_HEADERS
               ? fine
               : tm_reading_fail(r, map, "E0524", "there are more than %d headers", MOST_HEADERS);
}

static bool is_host(tm_text host)
{
    for (size_t i = 0; i < host.n; i++)
        if ((unsigned char)host.p[i] <= ' ' || (unsigned char)host.p[i] >= 0x7f ||
            strchr("@/?#[]\\", host.p[i]))
            return false;
    return host.n <= 253;
}

bool tm_check_prometheus(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_prometheus_settings *prometheus = settings;
    tm_text host = prometheus->host;
    if (tm_text_starts(host, TM_TEXT("[")) && tm_text_ends(host, TM_TEXT("]")))
        host = tm_text_slice(host.p + 1, host.n - 2);
    return is_host(host) || tm_reading_fail(r, tm_check_place(doc, "host"), "E0524",
                                            "\"%.*s\" is no host", TM_PRI(prometheus->host));
}
