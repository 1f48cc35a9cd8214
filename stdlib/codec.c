/* Codec: base64 and character sets (language.md 4.3, 4.6).
 * Work: each byte once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "stdlib/charset/charset.h"

typedef struct base64_name {
    const char *name;
    unsigned options;
} base64_name;

static const base64_name BASE64[] = {{"base64", 0},
                                     {"base64-raw", TM_BASE64_RAW},
                                     {"base64-url", TM_BASE64_URL},
                                     {"base64-raw-url", TM_BASE64_RAW | TM_BASE64_URL}};

static const base64_name *find_base64(tm_text name)
{
    /* Work: names of the table */
    for (unsigned i = 0; i < sizeof BASE64 / sizeof *BASE64; i++)
        if (tm_text_is(name, BASE64[i].name))
            return &BASE64[i];
    return NULL;
}

TM_CONVERTER(
    Base64Encode, "string Base64Encode(target: string, variant?: string = \"base64\")",
    "The text's bytes as base64. variant is base64, base64-raw (no padding), base64-url or "
    "base64-raw-url.",
    EX(Base64Encode("hello?>", "base64-raw-url") == "aGVsbG8_Pg")
    EX(Base64Encode("hi") == "aGk=")
    EX(Base64Encode("hi", "base32")) FAILS)
{
    const base64_name *variant = tm_arg_given(c, 1) ? find_base64(tm_arg_text(c, 1)) : &BASE64[0];
    tm_buf out = {.arena = c->arena};
    if (!variant)
        return tm_fail(c, "unknown variant %.*s", TM_PRI(tm_arg_text(c, 1)));
    if (!tm_charge_bytes(c, tm_arg_text(c, 0).n))
        return false;
    tm_base64_encode(&out, tm_arg_text(c, 0), variant->options);
    return tm_return_text(c, tm_buf_text(&out));
}

/* What an encoding's name asks for. */
typedef enum way { AS_IT_IS, FROM_BASE64, FROM_CHARSET } way;

typedef struct encoding {
    way way;
    unsigned base64; /* options */
    const tm_charset *charset;
} encoding;

/* Names that are no character set's, or mean another one than IANA says. */
static const struct {
    const char *name;
    const char *charset; /* NULL: the bytes as they are */
} OWN_NAMES[] = {{"nop", NULL},         {"utf8-raw", NULL},    {"utf-8-raw", NULL},
                 {"", "utf-8"},         {"utf8", "utf-8"},     {"ascii", "utf-8"},
                 {"us-ascii", "utf-8"}, {"utf16", "utf-16le"}, {"utf-16", "utf-16le"}};

static bool find_encoding(tm_text name, encoding *e)
{
    const base64_name *base64 = find_base64(name);
    *e = (encoding){.way = FROM_BASE64};
    if (base64) {
        e->base64 = base64->options | TM_BASE64_SKIP_LINES;
        return true;
    }
    e->way = FROM_CHARSET;
    /* Work: names of the table */
    for (unsigned i = 0; i < sizeof OWN_NAMES / sizeof *OWN_NAMES; i++) {
        if (!tm_text_same_word(name, tm_text_of(OWN_NAMES[i].name)))
            continue;
        if (OWN_NAMES[i].charset)
            e->charset = tm_charset_find(tm_text_of(OWN_NAMES[i].charset));
        else
            e->way = AS_IT_IS;
        return true;
    }
    e->charset = tm_charset_find(tm_utf8_trim(name));
    return e->charset != NULL;
}

static bool is_left_out(const encoding *e)
{
    return e->charset && !tm_charset_is_in(e->charset);
}

static bool prepare_Decode(tm_prepare *p)
{
    if (!tm_is_literal(p, 1))
        return true;
    encoding *e = TM_NEW(p->arena, encoding);
    p->state = e;
    tm_text name = tm_value_text(p->literal[1]);
    if (find_encoding(name, e))
        return !is_left_out(e) ||
               tm_refuse_left_out(p, 1, TM_OPTIONAL_CHARSET, "the character set", name);
    p->near = tm_charset_near(p->arena, name);
    return tm_refuse(p, 1, "unknown encoding \"%.*s\"", TM_PRI(name));
}

TM_CONVERTER_PREPARED(
    Decode, "string Decode(target: any, encoding: string)",
    "The text that a string or bytes hold in an encoding: base64, base64-raw, base64-url, "
    "base64-raw-url, or "
    "a character set by a name that IANA has for it, read as the WHATWG's encodings are. utf-16 "
    "has the smaller byte first, nop and utf8-raw leave the bytes as they are. Bytes that the "
    "character set lacks become U+FFFD.",
    EX(Decode("aGk=", "base64") == "hi")
    EX(Decode(0xe9, "latin1") == "\u00e9")
    EX(Decode(0x68006900, "utf-16") == "hi")
    EX(Decode("aGk", "base64")) FAILS
    EX(Decode("x", "no-such-set")) REFUSED)
{
    tm_value v = tm_arg(c, 0);
    encoding found, *e = c->state ? c->state : &found;
    tm_buf out = {.arena = c->arena};
    if (v.type != TM_STRING && v.type != TM_BYTES)
        return tm_fail(c, "%s %s cannot be decoded", tm_type_article((tm_type)v.type),
                       tm_type_name((tm_type)v.type));
    if (!c->state && !find_encoding(tm_arg_text(c, 1), e))
        return tm_fail(c, "unknown encoding \"%.*s\"", TM_PRI(tm_arg_text(c, 1)));
    if (is_left_out(e))
        return tm_fail(c, "the character set %.*s is not in this build: built WITHOUT=%s",
                       TM_PRI(tm_arg_text(c, 1)), tm_optional_word(TM_OPTIONAL_CHARSET));
    if (!tm_charge_bytes(c, v.n))
        return false;
    switch (e->way) {
    case AS_IT_IS:
        return tm_return_text(c, tm_value_text(v));
    case FROM_CHARSET:
        return tm_return_text(c, tm_charset_decode(c->arena, e->charset, tm_value_text(v)));
    case FROM_BASE64:
        break;
    }
    if (!tm_base64_decode(&out, tm_value_text(v), e->base64))
        return tm_fail(c, "the text is no base64 of that kind");
    return tm_return_text(c, tm_buf_text(&out));
}

TM_CHAPTER(codec, ROW(Base64Encode), ROW(Decode))
