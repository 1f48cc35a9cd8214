/* Tracestate: what the Collector takes for one, and how it writes it anew.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/tracestate.h"

#include <math.h>

#include "base/hex.h"

static const char TOO_LONG[] = "the trace state is too long";
static const char MALFORMED[] = "the trace state is malformed";
static const char BAD_RV[] = "rv of the trace state is not 14 hex digits";
static const char BAD_TH[] = "th of the trace state is not 1 to 14 hex digits";

enum { MEMBERS_MOST = 31, KEY_MOST = 256, TENANT_MOST = 241, SYSTEM_MOST = 14, VALUE_MOST = 256 };

/* --- characters --- */

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter_or_digit(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

static bool is_key_char(char c)
{
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
}

static bool is_value_char(char c)
{
    return c >= ' ' && c <= '~' && c != ',' && c != '=';
}

static bool is_ot_value_char(char c)
{
    return is_letter_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

static bool all(tm_text t, bool (*is)(char))
{
    for (size_t i = 0; i < t.n; i++)
        if (!is(t.p[i]))
            return false;
    return true;
}

/* --- pairs of key and value --- */

/* Cuts at the first `separator`; false, with all of it in *key, when there is none. */
static bool cut(tm_text t, char separator, tm_text *key, tm_text *value)
{
    const char *at = t.n ? memchr(t.p, separator, t.n) : NULL;
    *key = at ? tm_text_slice(t.p, (size_t)(at - t.p)) : t;
    *value = at ? tm_text_skip(t, key->n + 1) : TM_TEXT("");
    return at != NULL;
}

static tm_text without_blanks(tm_text t)
{
    while (t.n && (t.p[0] == ' ' || t.p[0] == '\t'))
        t = tm_text_skip(t, 1);
    while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
        t.n--;
    return t;
}

/* The next "key=value" of what is left of the members; false at the end. */
static bool next_member(tm_text *rest, tm_text *key, tm_text *value)
{
    while (rest->n) {
        tm_text member, behind;
        cut(*rest, ',', &member, &behind);
        *rest = behind;
        member = without_blanks(member);
        if (member.n && cut(member, '=', key, value))
            return true;
    }
    return false;
}

static bool next_field(tm_text *rest, tm_text *key, tm_text *value)
{
    tm_text field, behind;
    if (!rest->n)
        return false;
    cut(*rest, ';', &field, &behind);
    *rest = behind;
    return cut(field, ':', key, value);
}

/* --- reading --- */

static bool key_is_sound(tm_text key)
{
    tm_text tenant, system;
    if (cut(key, '@', &tenant, &system))
        return tenant.n && system.n && is_letter_or_digit(tenant.p[0]) && is_letter(system.p[0]) &&
               all(tenant, is_key_char) && all(system, is_key_char);
    return key.n && is_letter(key.p[0]) && all(key, is_key_char);
}

static bool value_is_sound(tm_text value)
{
    return value.n && value.n <= VALUE_MOST && value.p[value.n - 1] != ' ' &&
           all(value, is_value_char);
}

/* Checks the form; *members_n is the length of the first 31 members, the empty ones counting. */
static bool members_are_sound(tm_text text, size_t *members_n)
{
    unsigned members = 0;
    const char *start = text.p;
    *members_n = text.n;
    while (text.n) {
        tm_text member, behind, key, value;
        if (members++ == MEMBERS_MOST)
            *members_n = (size_t)(text.p - start);
        cut(text, ',', &member, &behind);
        text = behind;
        member = without_blanks(member);
        if (member.n &&
            (!cut(member, '=', &key, &value) || !key_is_sound(key) || !value_is_sound(value)))
            return false;
    }
    return true;
}

/* No key of W3C's is longer. */
static bool key_fits(tm_text key)
{
    tm_text tenant, system;
    if (key.n > KEY_MOST)
        return false;
    return !cut(key, '@', &tenant, &system) || (tenant.n <= TENANT_MOST && system.n <= SYSTEM_MOST);
}

static bool ot_is_sound(tm_text ot)
{
    while (ot.n) {
        tm_text field, behind, key, value;
        bool more = cut(ot, ';', &field, &behind);
        ot = behind;
        if ((more && !ot.n) || !cut(field, ':', &key, &value) || !key.n || !is_letter(key.p[0]) ||
            !all(key, is_letter_or_digit) || !all(value, is_ot_value_char))
            return false;
    }
    return true;
}

static bool hex_number(tm_text digits, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int value = tm_hex_value(digits.p[i]);
        if (value < 0)
            return false;
        *number = *number << 4 | (uint64_t)value;
    }
    return digits.n > 0 && digits.n <= TM_SAMPLING_DIGITS;
}

static const char *read_rv(tm_tracestate *s, tm_text digits)
{
    bool fine = hex_number(digits, &s->randomness) && digits.n == TM_SAMPLING_DIGITS;
    s->rv = fine ? digits : (tm_text){0};
    return fine ? NULL : BAD_RV;
}

static const char *read_th(tm_tracestate *s, tm_text digits)
{
    bool fine = hex_number(digits, &s->threshold);
    s->th = fine ? digits : (tm_text){0};
    s->threshold = fine ? s->threshold << 4 * (TM_SAMPLING_DIGITS - digits.n) : 0;
    return fine ? NULL : BAD_TH;
}

/* A later "ot" takes the place of an earlier one, as does a field of the same name. */
static const char *read_ot(tm_tracestate *s, tm_text ot)
{
    const char *wrong = NULL;
    tm_text key, value;
    s->ot = s->rv = s->th = (tm_text){0};
    s->threshold = 0;
    if (!ot_is_sound(ot))
        return MALFORMED;
    s->ot = ot;
    while (next_field(&ot, &key, &value)) {
        const char *why = NULL;
        if (tm_text_is(key, "rv"))
            why = read_rv(s, value);
        else if (tm_text_is(key, "th"))
            why = read_th(s, value);
        wrong = wrong ? wrong : why;
    }
    return wrong;
}

const char *tm_tracestate_read(tm_tracestate *s, tm_text text)
{
    const char *wrong = NULL;
    s->members = s->ot = s->rv = s->th = (tm_text){0};
    s->randomness = s->threshold = 0;
    if (!text.n)
        return NULL;
    if (text.n > TM_TRACESTATE_MOST)
        return TOO_LONG;
    size_t members_n;
    if (!members_are_sound(text, &members_n))
        return MALFORMED;
    s->members = tm_text_slice(text.p, members_n);
    tm_text rest = s->members, key, value;
    while (next_member(&rest, &key, &value)) {
        const char *why = key_fits(key) ? NULL : TOO_LONG;
        if (tm_text_is(key, "ot"))
            why = read_ot(s, value);
        wrong = wrong ? wrong : why;
    }
    return members_n < text.n ? TOO_LONG : wrong;
}

/* --- changing --- */

static void put_digits(char *digits, uint64_t number)
{
    for (unsigned i = TM_SAMPLING_DIGITS; i-- > 0; number >>= 4)
        digits[i] = TM_HEX_DIGITS[number & 15];
}

void tm_tracestate_set_randomness(tm_tracestate *s, uint64_t randomness)
{
    s->randomness = randomness;
    put_digits(s->rv_digits, randomness);
    s->rv = tm_text_slice(s->rv_digits, TM_SAMPLING_DIGITS);
}

void tm_tracestate_raise(tm_tracestate *s, uint64_t threshold)
{
    if (s->threshold > threshold)
        return;
    s->threshold = threshold;
    put_digits(s->th_digits, threshold);
    s->th = tm_text_slice(s->th_digits, TM_SAMPLING_DIGITS);
    while (s->th.n > 1 && s->th.p[s->th.n - 1] == '0')
        s->th.n--;
}

void tm_tracestate_clear_threshold(tm_tracestate *s)
{
    s->th = (tm_text){0};
    s->threshold = 0;
}

/* --- writing --- */

static char *put(char *at, tm_text text)
{
    if (text.n)
        memcpy(at, text.p, text.n);
    return at + text.n;
}

/* One pair behind those since `first`. */
static char *put_pair(char *first, char *at, char separator, tm_text key, char equality,
                      tm_text value)
{
    if (at != first)
        *at++ = separator;
    at = put(at, key);
    *at++ = equality;
    return put(at, value);
}

static char *put_ot(const tm_tracestate *s, char *at)
{
    char *first = at;
    tm_text rest = s->ot, key, value;
    if (s->rv.n)
        at = put_pair(first, at, ';', TM_TEXT("rv"), ':', s->rv);
    if (s->th.n)
        at = put_pair(first, at, ';', TM_TEXT("th"), ':', s->th);
    while (next_field(&rest, &key, &value))
        if (!tm_text_is(key, "rv") && !tm_text_is(key, "th"))
            at = put_pair(first, at, ';', key, ':', value);
    return at;
}

size_t tm_tracestate_write(const tm_tracestate *s, char *out)
{
    tm_text rest = s->members, key, value;
    char *ot = put(out, TM_TEXT("ot="));
    char *at = put_ot(s, ot);
    if (at == ot)
        at = out;
    while (next_member(&rest, &key, &value))
        if (!tm_text_is(key, "ot") && key_fits(key))
            at = put_pair(out, at, ',', key, '=', value);
    return (size_t)(at - out);
}

/* --- numbers --- */

uint64_t tm_tracestate_threshold(double share, int digits)
{
    if (!(share >= 1 / (double)TM_SAMPLING_NEVER))
        return TM_SAMPLING_NEVER;
    if (share >= 1)
        return 0;
    int leading_f, leading_0;
    frexp(share, &leading_f);
    frexp(1 - share, &leading_0);
    int more_f = leading_f / -4, more_0 = leading_0 / -4;
    digits += more_f > more_0 ? more_f : more_0;
    uint64_t threshold = TM_SAMPLING_NEVER - (uint64_t)round(share * (double)TM_SAMPLING_NEVER);
    if (digits >= TM_SAMPLING_DIGITS)
        return threshold;
    int shift = 4 * (TM_SAMPLING_DIGITS - digits);
    return (threshold + (UINT64_C(1) << (shift - 1))) >> shift << shift;
}

uint64_t tm_tracestate_randomness(const char *trace_id)
{
    uint64_t number = 0;
    for (unsigned i = 9; i < 16; i++)
        number = number << 8 | (uint8_t)trace_id[i];
    return number;
}
