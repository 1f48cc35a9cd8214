/* Types: one type made of another (language.md 4.1).
 * Work: each byte once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/hex.h"

/* --- the four coercions: the parameter's kind has done the work --- */
TM_CONVERTER(String, "string String(target: string~)",
             "The text of target: numbers as JSON has them, bytes as lower-case hex, a map or list "
             "as compact JSON, a time in quotes, a duration in nanoseconds. nil stays nil.",
             EX(String(1.0) == "1")
             EX(String(attributes["bytes"]) == "01020304")
             EX(String(attributes["missing"]) == nil)
             EX(String(Double("inf"))) FAILS)
{
    return tm_return(c, tm_arg(c, 0));
}

TM_CONVERTER(Int, "int Int(target: int~)",
             "A double without its fraction, a decimal text as a number, a bool as 1 or 0. nil "
             "stays nil.",
             EX(Int(-2.9) == -2)
             EX(Int(attributes["num"]) == 42)
             EX(Int(nil) == nil)
             EX(Int(attributes["flt"])) FAILS
             EX(Int("1e3")) REFUSED)
{
    return tm_return(c, tm_arg(c, 0));
}

TM_CONVERTER(Double, "double Double(target: double~)",
             "An int or a text as a double; the text may be decimal, hexadecimal, inf or nan. nil "
             "stays nil.",
             EX(Double("0x1p-2") == 0.25)
             EX(Double(attributes["flt"]) == 3.25)
             EX(Double(attributes["s"])) FAILS
             EX(Double("1e400")) REFUSED)
{
    return tm_return(c, tm_arg(c, 0));
}

TM_CONVERTER(Bool, "bool Bool(target: bool~)",
             "Whether a number is not 0, or what a text such as true, T, 1, false, F or 0 says. "
             "nil stays nil.",
             EX(Bool("T"))
             EX(not Bool(0.0))
             EX(Bool(attributes["num"])) FAILS
             EX(Bool("yes")) REFUSED)
{
    return tm_return(c, tm_arg(c, 0));
}

/* --- ints in other bases --- */

/* The value of a digit, 36 for what is none. */
static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 36;
}

/* Base 0: takes 0x, 0o, 0b or a plain 0 off the digits and says which base it stands for. */
static unsigned take_base(tm_text *digits)
{
    unsigned base = 10;
    if (digits->n && digits->p[0] == '0') {
        char letter = digits->n > 2 ? (char)(digits->p[1] | 0x20) : 0;
        base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
        *digits = tm_text_skip(*digits, letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
    }
    return base;
}

/* The digits as a number; `gaps`: a single underscore may stand before each but the first, and
 * `prefixed` says that it may stand there, too. False when they are none or too many. */
static bool read_digits(tm_text digits, unsigned base, bool gaps, bool prefixed, uint64_t *out)
{
    bool gap_allowed = prefixed;
    /* Work: bytes of the text, charged before */
    for (*out = 0; digits.n; digits = tm_text_skip(digits, 1)) {
        if (digits.p[0] == '_' && gaps && gap_allowed && digits.n > 1) {
            gap_allowed = false;
            continue;
        }
        unsigned digit = digit_of(digits.p[0]);
        if (digit >= base || __builtin_mul_overflow(*out, base, out) ||
            __builtin_add_overflow(*out, digit, out))
            return false;
        gap_allowed = true;
    }
    return true;
}

static bool read_int(tm_text t, unsigned base, int64_t *out)
{
    bool negative = t.n && t.p[0] == '-', sign = negative || (t.n && t.p[0] == '+');
    tm_text digits = tm_text_skip(t, sign), rest = digits;
    uint64_t most = (uint64_t)INT64_MAX + negative, n;
    const bool open = base == 0;
    if (open)
        base = take_base(&rest);
    const bool prefixed = rest.n < digits.n;
    bool none = rest.n == 0 && !(prefixed && digits.n == 1);
    if (none || !read_digits(rest, base, open, prefixed, &n) || n > most)
        return false;
    *out = (int64_t)(negative ? 0 - n : n);
    return true;
}

TM_CONVERTER(ParseInt, "int ParseInt(target: string, base: int)",
             "target read as an int in base 2 to 36; in base 0 the prefix 0x, 0o, 0b or 0 decides, "
             "and underscores may stand between digits.",
             EX(ParseInt("0xff", 0) == 255)
             EX(ParseInt("z", 36) == 35)
             EX(ParseInt("1_000", 10)) FAILS
             EX(ParseInt("1", 37)) FAILS)
{
    const int64_t base = tm_arg_int(c, 1);
    int64_t n;
    if (!tm_charge_bytes(c, tm_arg_text(c, 0).n))
        return false;
    if (base < 0 || base == 1 || base > 36)
        return tm_fail(c, "base %lld is not 0 or 2 to 36", (long long)base);
    if (!read_int(tm_arg_text(c, 0), (unsigned)base, &n))
        return tm_fail(c, "\"%.*s\" is no int in base %lld", TM_PRI(tm_arg_text(c, 0)),
                       (long long)base);
    return tm_return_int(c, n);
}

/* --- bytes --- */
TM_CONVERTER(Hex, "string Hex(target: bytes~)",
             "Lower-case hex of the bytes of target: of a text its own, of a number eight, of a "
             "bool one. nil is an empty text.",
             EX(Hex("abc") == "616263")
             EX(Hex(attributes["i"]) == "00000000000000c8")
             EX(Hex(nil) == "")
             EX(Hex(attributes["map"])) FAILS)
{
    tm_value text;
    if (tm_arg_is_nil(c, 0))
        return tm_return_text(c, TM_TEXT(""));
    return tm_charge_bytes(c, tm_arg(c, 0).n) && tm_to_string(c->vm, tm_arg(c, 0), &text) &&
           tm_return(c, text);
}

/* An id of n bytes: these themselves, or twice as many hex digits. Says why not, or NULL. */
static const char *read_id(tm_arena *arena, tm_text bytes, size_t n, tm_text *id)
{
    *id = bytes;
    if (bytes.n == n)
        return NULL;
    if (bytes.n != 2 * n)
        return "has neither the bytes nor the hex digits of an id";
    char *p = tm_arena_alloc(arena, n);
    if (!tm_hex_read(p, bytes))
        return "is not hexadecimal";
    *id = tm_text_slice(p, n);
    return NULL;
}

/* A literal id is read once; state is its bytes. */
static bool prepare_id(tm_prepare *p, size_t n)
{
    tm_text id, bytes = TM_TEXT("");
    if (!tm_is_literal(p, 0))
        return true;
    if (p->literal[0].type != TM_NIL)
        bytes = tm_value_text(p->literal[0]);
    const char *why = read_id(p->arena, bytes, n, &id);
    if (why)
        return tm_refuse(p, 0, "a text of %zu bytes %s", bytes.n, why);
    p->state = memcpy(tm_arena_alloc(p->arena, n), id.p, n);
    return true;
}

static bool make_id(tm_call *c, tm_type type, uint32_t n)
{
    tm_text id = tm_text_slice(c->state, n);
    if (!c->state) {
        tm_text bytes = tm_arg_is_nil(c, 0) ? TM_TEXT("") : tm_arg_text(c, 0);
        const char *why = read_id(c->arena, bytes, n, &id);
        if (why)
            return tm_fail(c, "a text of %zu bytes %s", bytes.n, why);
    }
    return tm_return(c, (tm_value){.type = (uint8_t)type, .n = n, .p = id.p});
}

static bool prepare_TraceID(tm_prepare *p)
{
    return prepare_id(p, 16);
}

TM_CONVERTER_PREPARED(TraceID, "trace_id TraceID(target: bytes~)",
                      "A trace id of 16 bytes, or of 32 hex digits.",
                      EX(TraceID("0102030405060708090A0B0C0D0E0F10") == trace_id)
                      EX(TraceID(trace_id.string) == trace_id)
                      EX(TraceID(attributes["s"])) FAILS
                      EX(TraceID("0102")) REFUSED)
{
    return make_id(c, TM_TRACE_ID, 16);
}

static bool prepare_SpanID(tm_prepare *p)
{
    return prepare_id(p, 8);
}

TM_CONVERTER_PREPARED(SpanID, "span_id SpanID(target: bytes~)",
                      "A span id of 8 bytes, or of 16 hex digits.",
                      EX(SpanID(span_id.string) == span_id)
                      EX(SpanID("abcdefgh") == SpanID(0x6162636465666768))
                      EX(SpanID(attributes["s"])) FAILS
                      EX(SpanID("010203040506070g")) REFUSED)
{
    return make_id(c, TM_SPAN_ID, 8);
}

TM_CHAPTER(types, ROW(String), ROW(Int), ROW(Double), ROW(Bool), ROW(ParseInt), ROW(Hex),
           ROW(TraceID), ROW(SpanID))
