/* HTTP/2 messages: the table of fields, and of the characters in them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2_message.h"

#include "base/ascii.h"

/* Classes of characters. */
enum {
    DIGIT = 1,
    SCHEME = 2, /* RFC 3986, 3.1 */
    NAME = 4,   /* RFC 9110, 5.6.2: a token; HTTP/2 knows small letters only */
    TOKEN = 8,
    SIGN = NAME | TOKEN,
    LETTER = SCHEME | TOKEN,
};

static const uint8_t classes[256] = {
    ['!'] = SIGN,
    ['#' ... '\''] = SIGN,
    ['*'] = SIGN,
    ['+'] = SIGN | SCHEME,
    ['-' ... '.'] = SIGN | SCHEME,
    ['0' ... '9'] = SIGN | SCHEME | DIGIT,
    ['A' ... 'Z'] = LETTER,
    ['^' ... '`'] = SIGN,
    ['a' ... 'z'] = LETTER | NAME,
    ['|'] = SIGN,
    ['~'] = SIGN,
};

/* How often a field may come in a head; in trailers none of these may. */
typedef enum how_often { ANY_NUMBER, ONCE, NEVER } how_often;

typedef struct field_rule {
    tm_text name;
    how_often often;
    uint8_t class; /* of the characters of its value, of which it has one at least; 0: any */
} field_rule;

static const field_rule rules[TM_HTTP2_OTHER + 1] = {
    [TM_HTTP2_TE] = {TM_TEXT("te"), ANY_NUMBER, TOKEN},
    [TM_HTTP2_HOST] = {TM_TEXT("host"), ONCE, 0},
    [TM_HTTP2_PATH] = {TM_TEXT(":path"), ONCE, 0},
    [TM_HTTP2_METHOD] = {TM_TEXT(":method"), ONCE, TOKEN},
    [TM_HTTP2_SCHEME] = {TM_TEXT(":scheme"), ONCE, SCHEME},
    [TM_HTTP2_UPGRADE] = {TM_TEXT("upgrade"), NEVER, 0},
    [TM_HTTP2_AUTHORITY] = {TM_TEXT(":authority"), ONCE, 0},
    [TM_HTTP2_CONNECTION] = {TM_TEXT("connection"), NEVER, 0},
    [TM_HTTP2_KEEP_ALIVE] = {TM_TEXT("keep-alive"), NEVER, 0},
    [TM_HTTP2_CONTENT_LENGTH] = {TM_TEXT("content-length"), ONCE, DIGIT},
    [TM_HTTP2_PROXY_CONNECTION] = {TM_TEXT("proxy-connection"), NEVER, 0},
    [TM_HTTP2_TRANSFER_ENCODING] = {TM_TEXT("transfer-encoding"), NEVER, 0},
};

/* The first rule for a name so long; where there is none, one for a name of another length. */
static const uint8_t first_of[] = {
    [2] = TM_HTTP2_TE,
    [4] = TM_HTTP2_HOST,
    [5] = TM_HTTP2_PATH,
    [7] = TM_HTTP2_METHOD,
    [10] = TM_HTTP2_AUTHORITY,
    [14] = TM_HTTP2_CONTENT_LENGTH,
    [16] = TM_HTTP2_PROXY_CONNECTION,
    [17] = TM_HTTP2_TRANSFER_ENCODING,
};

#define SEEN(name) (1u << (name))
#define SEEN_REGULAR SEEN(TM_HTTP2_OTHER)     /* a field that is no pseudo-header */
#define SEEN_CONNECT SEEN(TM_HTTP2_MALFORMED) /* the method */

/* ---- texts ---------------------------------------------------------------------------------- */

static bool consists_of(tm_text text, uint8_t class)
{
    for (size_t i = 0; i < text.n; i++)
        if (!(classes[(uint8_t)text.p[i]] & class))
            return false;
    return text.n > 0;
}

/* RFC 9110, 5.5: no control characters but tabs; bytes with a high bit are opaque. */
static bool is_value_byte(uint8_t c)
{
    return c >= ' ' ? c != 0x7f : c == '\t';
}

/* Whether all bytes are at least `least` and none is DEL, eight at a time. */
static bool is_plain(tm_text text, uint8_t least)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t found = 0;
    for (; text.n >= sizeof found; text = tm_text_skip(text, sizeof found)) {
        uint64_t word;
        memcpy(&word, text.p, sizeof word);
        const uint64_t other = word ^ ones * 0x7f;
        found |= ((word - ones * least) & ~word) | ((other - ones) & ~other);
    }
    bool plain = !(found & ones << 7);
    for (size_t i = 0; i < text.n; i++)
        plain &= (uint8_t)text.p[i] >= least && text.p[i] != 0x7f;
    return plain;
}

static bool is_value(tm_text text)
{
    if (is_plain(text, ' '))
        return true;
    for (size_t i = 0; i < text.n; i++)
        if (!is_value_byte((uint8_t)text.p[i]))
            return false;
    return true;
}

/* ---- fields --------------------------------------------------------------------------------- */

static tm_http2_name find_rule(tm_text name)
{
    if (name.n >= sizeof first_of)
        return TM_HTTP2_OTHER;
    for (int i = first_of[name.n]; rules[i].name.n == name.n; i++)
        if (tm_bytes_equal(rules[i].name.p, name.p, name.n))
            return (tm_http2_name)i;
    return TM_HTTP2_OTHER;
}

/* Whether it may come, here and now. */
static bool may_come(tm_http2_message *message, tm_http2_name which, bool pseudo)
{
    const how_often often = rules[which].often;
    const uint32_t seen = message->seen;
    message->seen |= SEEN(which);
    return !message->trailers && often != NEVER && !(often == ONCE && seen & SEEN(which)) &&
           !(pseudo && seen & SEEN_REGULAR);
}

static bool read_length(tm_text digits, uint64_t *length)
{
    *length = 0;
    for (size_t i = 0; i < digits.n; i++)
        if (__builtin_mul_overflow(*length, 10, length) ||
            __builtin_add_overflow(*length, (uint64_t)(digits.p[i] - '0'), length))
            return false;
    return true;
}

/* What no class tells. */
static bool take_value(tm_http2_message *message, tm_http2_name which, tm_text value)
{
    switch (which) {
    case TM_HTTP2_TE:
        return tm_text_same_word(value, TM_TEXT("trailers"));
    case TM_HTTP2_PATH:
        return tm_text_is(value, "*") ||
               (tm_text_starts(value, TM_TEXT("/")) && is_plain(value, '!'));
    case TM_HTTP2_METHOD:
        message->seen |= tm_text_is(value, "CONNECT") ? SEEN_CONNECT : 0;
        return true;
    case TM_HTTP2_SCHEME:
        return tm_ascii_is_letter(value.p[0]);
    case TM_HTTP2_CONTENT_LENGTH:
        return read_length(value, &message->declared);
    default:
        return true;
    }
}

tm_http2_name tm_http2_message_field(tm_http2_message *message, tm_text name, tm_text *value)
{
    const tm_http2_name which = find_rule(name);
    const bool pseudo = name.n && name.p[0] == ':';
    const uint8_t class = rules[which].class;
    if (which == TM_HTTP2_OTHER ? !consists_of(name, NAME) : !may_come(message, which, pseudo))
        return TM_HTTP2_MALFORMED;
    if ((!pseudo || which == TM_HTTP2_AUTHORITY) && !is_value(*value))
        return TM_HTTP2_MALFORMED;
    if (!pseudo) {
        message->seen |= SEEN_REGULAR;
        *value = tm_text_trim(*value);
    }
    if (class && !consists_of(*value, class))
        return TM_HTTP2_MALFORMED;
    return take_value(message, which, *value) ? which : TM_HTTP2_MALFORMED;
}

bool tm_http2_message_head(const tm_http2_message *message)
{
    const uint32_t target = SEEN(TM_HTTP2_PATH) | SEEN(TM_HTTP2_SCHEME);
    const uint32_t place = SEEN(TM_HTTP2_AUTHORITY) | SEEN(TM_HTTP2_HOST);
    if (message->seen & SEEN_CONNECT)
        return !(message->seen & target) && message->seen & SEEN(TM_HTTP2_AUTHORITY);
    return (message->seen & target) == target && message->seen & SEEN(TM_HTTP2_METHOD) &&
           message->seen & place;
}

/* ---- DATA ----------------------------------------------------------------------------------- */

bool tm_http2_message_data(tm_http2_message *message, size_t n)
{
    message->taken += n;
    return !(message->seen & SEEN(TM_HTTP2_CONTENT_LENGTH)) || message->taken <= message->declared;
}

bool tm_http2_message_end(const tm_http2_message *message)
{
    return !(message->seen & SEEN(TM_HTTP2_CONTENT_LENGTH)) || message->taken == message->declared;
}
