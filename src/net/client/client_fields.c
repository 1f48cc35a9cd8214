/* Fields: the headers that a channel's calls carry.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_inside.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <stdio.h>

enum { TM_FIELDS_MOST = 64 };

/* What gRPC or HTTP/2 sets or forbids. */
static bool is_reserved(tm_text name)
{
    static const char *const reserved[] = {
        "te",         "content-type", "content-length", "user-agent",        "host",
        "connection", "keep-alive",   "upgrade",        "transfer-encoding", "proxy-connection",
    };
    if (tm_text_starts(name, TM_TEXT("grpc-")))
        return true;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (tm_text_is(name, reserved[i]))
            return true;
    return false;
}

static bool is_name(tm_text name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.n > 0;
}

static bool is_value(tm_text value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < ' ' || value.p[i] > '~')
            return false;
    return true;
}

static tm_text lower(tm_arena *arena, tm_text name)
{
    char *p = tm_arena_alloc(arena, name.n);
    tm_ascii_lower_to(p, name);
    return tm_text_slice(p, name.n);
}

static tm_text encoded(tm_arena *arena, tm_text value)
{
    tm_buf out = {.arena = arena};
    tm_base64_encode(&out, value, TM_BASE64_RAW);
    return tm_buf_text(&out);
}

bool tm_client_sends(tm_text name, tm_text value)
{
    return is_name(name) && !is_reserved(name) && is_value(value);
}

/* Reads all headers; out of memory leaves through the arena's escape. */
static bool read_fields(tm_channel *channel, char *error, size_t error_bytes)
{
    const tm_channel_options *options = &channel->options;
    tm_arena *arena = channel->arena;
    tm_client_header *out = TM_NEW_ARRAY(arena, options->header_count + 1, tm_client_header);
    tm_text version = options->version.n ? options->version : TM_TEXT("0");
    tm_dial_target *target = &channel->target;
    channel->authority = target->authority.n ? tm_arena_copy(arena, target->authority)
                                             : tm_arena_print(arena, "localhost:%u", target->port);
    target->host = tm_arena_copy(arena, target->host);
    target->server = tm_arena_copy(arena, target->server);
    target->path = tm_arena_copy(arena, target->path);
    channel->authority_sent =
        options->authority.n ? tm_arena_copy(arena, options->authority) : channel->authority;
    channel->user_agent = options->user_agent.n
                              ? tm_arena_copy(arena, options->user_agent)
                              : tm_arena_print(arena, "tamis/%.*s OTel-OTLP-Exporter-C/%.*s",
                                               TM_PRI(version), TM_PRI(version));
    channel->fields = out;
    for (size_t i = 0; i < options->header_count; i++) {
        tm_text name = lower(arena, options->headers[i].name);
        tm_text value = options->headers[i].value;
        if (is_reserved(name))
            continue;
        if (tm_text_ends(name, TM_TEXT("-bin")))
            value = encoded(arena, value);
        if (!is_name(name) || !is_value(value) || channel->field_count == TM_FIELDS_MOST) {
            snprintf(error, error_bytes, "header '%.*s' cannot be sent: %s", TM_PRI(name),
                     !is_name(name)     ? "no valid name"
                     : !is_value(value) ? "no valid value"
                                        : "too many headers");
            return false;
        }
        out[channel->field_count++] = (tm_client_header){name, tm_arena_copy(arena, value)};
    }
    return true;
}

/* One call of tm_client_fields_read. */
typedef struct fields_read {
    tm_channel *channel;
    char *error;
    size_t error_bytes;
    bool ok;
} fields_read;

static void read_all(void *argument)
{
    fields_read *r = argument;
    r->ok = read_fields(r->channel, r->error, r->error_bytes);
}

bool tm_client_fields_read(tm_channel *channel, char *error, size_t error_bytes)
{
    fields_read r = {channel, error, error_bytes, false};
    snprintf(error, error_bytes, "out of memory");
    channel->arena = tm_arena_new(channel->options.heap);
    return channel->arena && tm_arena_try(channel->arena, read_all, &r) && r.ok;
}
