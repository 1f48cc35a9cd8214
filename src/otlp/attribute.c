/* Attribute: runs of usual attributes in loops of their own, since most bytes of most requests are
 * theirs. SPDX-License-Identifier: Apache-2.0 */
#include "otlp/any.h"
#include "otlp/attribute.h"

#include "otlp/high.h"

/* In the path that every attribute takes; the compiler would rather save the space. */
#define TM_HOT inline __attribute__((always_inline))

/* --- slots --- */

/* Both of n bytes. memcmp would cost more than what keys have to compare. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    if (n < 8) {
        uint8_t differ = 0;
        for (size_t i = 0; i < n; i++)
            differ |= (uint8_t)(a[i] ^ b[i]);
        return differ == 0;
    }
    for (size_t i = 0; i < n - 8; i += 8)
        if (tm_wire_load64(a + i) != tm_wire_load64(b + i))
            return false;
    return tm_wire_load64(a + n - 8) == tm_wire_load64(b + n - 8);
}

/* The slot of a key, or NULL when no rule names it or it was found before: of equal keys the first
 * counts, as in the Collector. `first` is what the table says of the key's hash. */
static inline tm_slot *open_slot(tm_item *item, uint32_t first, tm_text key)
{
    const tm_needs *needs = item->needs;
    for (uint32_t i = first; i; i = needs->next[i - 1]) {
        const tm_text name = needs->key[i - 1];
        if (name.n != key.n || !same_bytes(name.p, key.p, key.n))
            continue;
        tm_slot *slot = &item->slot[i - 1];
        if (slot->found) {
            item->twice = true;
            return NULL;
        }
        item->touched |= (uint64_t)1 << ((i - 1) & 63);
        slot->found = true;
        return slot;
    }
    return NULL;
}

static void fill_slot(tm_item *item, uint32_t first, tm_text kv, tm_text key, tm_value value)
{
    tm_slot *slot = open_slot(item, first, key);
    if (!slot)
        return;
    slot->raw = kv;
    slot->value = value;
}

static TM_HOT void note_attribute(tm_item *item, tm_text kv, tm_text key, tm_value value)
{
    const uint32_t first = item->needs->first[tm_needs_hash(key.p, key.n)];
    if (first)
        fill_slot(item, first, kv, key, value);
}

/* --- usual attributes --- */

/* A scalar AnyValue and nothing else. */
static bool usual_scalar(const char *v, size_t n, tm_value *value, size_t *high)
{
    switch (n < 2 ? 0 : (uint8_t)v[0]) {
    case 0x0a: { /* string_value */
        size_t length;
        const char *p = tm_usual_length(v + 1, v + n, &length, high);
        if (!p || p + length != v + n)
            return false;
        *value = tm_string(tm_text_slice(p, length));
        return true;
    }
    case 0x10: /* bool_value */
        *value = tm_bool(v[1] != 0);
        return n == 2 && (uint8_t)v[1] < 0x80;
    case 0x18: { /* int_value */
        uint64_t u = 0;
        if (tm_wire_short(v + 1, v + n, &u) != v + n)
            return false;
        *value = tm_int((int64_t)u);
        *high += n - 2;
        return true;
    }
    case 0x21: /* double_value */
        if (n != 9)
            return false;
        *value = (tm_value){.type = TM_DOUBLE, .integer = (int64_t)tm_wire_load64(v + 1)};
        *high += tm_high_in_8(tm_wire_load64(v + 1));
        return true;
    default:
        return false;
    }
}

/* Notes a string attribute whose key is in the table, by its place. Out of the way of the loops
 * below. */
static __attribute__((noinline)) void fill_string(tm_item *item, uint32_t first, const char *kv,
                                                  unsigned n, tm_text key, tm_text value)
{
    fill_slot(item, first, tm_text_slice(kv, n), key, tm_string(value));
}

/* The same for an integer, `any` being the body of the AnyValue. False: it is none, nothing was
 * done. */
static inline bool note_integer(tm_item *item, tm_text kv, tm_text key, tm_text any, size_t *high)
{
    uint64_t u = 0;
    const char *end = any.p + any.n;
    if (any.n < 2 || any.p[0] != 0x18 || tm_wire_varint(any.p + 1, end, &u) != end)
        return false;
    *high += any.n - 2;
    note_attribute(item, kv, key, tm_int((int64_t)u));
    return true;
}

/* Pass over attributes whose lengths are below 128 and whose values are strings or integers, key
 * first or, as the Collector writes, value first: what most bytes of most requests are. Return
 * where the first other field starts. */
static __attribute__((noinline)) const char *key_first(tm_item *item, uint32_t tag, const char *p,
                                                       const char *end, size_t *high)
{
    const uint32_t *const table = item->needs->first;
    for (size_t left = (size_t)(end - p); left >= 8;) {
        const uint32_t head = tm_wire_load32(p); /* tag, length; tag of the key, its length */
        const unsigned n = head >> 8 & 0xff, k = head >> 24, rest = n - k - 4;
        if ((head & 0xff80ff) != (tag | 0x0a0000) || n + 2 > left || k + 6 > n)
            return p;
        /* the value behind the key: its tag and length, then the string's */
        if (tm_wire_load32(p + 4 + k) == 0x01000100 * rest + (0x000a0012 - 0x02000000)) {
            const uint32_t first = table[tm_needs_hash(p + 4, k)];
            if (first)
                fill_string(item, first, p + 2, n, tm_text_slice(p + 4, k),
                            tm_text_slice(p + 8 + k, rest - 2));
        } else if (p[4 + k] != 0x12 || (uint8_t)p[5 + k] != rest ||
                   !note_integer(item, tm_text_slice(p + 2, n), tm_text_slice(p + 4, k),
                                 tm_text_slice(p + 6 + k, rest), high)) {
            return p;
        }
        p += n + 2;
        left -= n + 2;
    }
    return p;
}

static __attribute__((noinline)) const char *value_first(tm_item *item, uint32_t tag, const char *p,
                                                         const char *end, size_t *high)
{
    const uint32_t *const table = item->needs->first;
    for (size_t left = (size_t)(end - p); left >= 8;) {
        const uint32_t head = tm_wire_load32(p); /* tag, length; tag of the value, its length */
        const unsigned n = head >> 8 & 0xff, v = head >> 24, k = n - v - 4;
        if ((head & 0xff80ff) != (tag | 0x120000) || n + 2 > left || v + 4 > n || v < 2)
            return p;
        const char *const key = p + 4 + v;
        if (key[0] != 0x0a || (uint8_t)key[1] != k)
            return p;
        if (p[4] == 0x0a && (uint8_t)p[5] == v - 2) {
            const uint32_t first = table[tm_needs_hash(key + 2, k)];
            if (first)
                fill_string(item, first, p + 2, n, tm_text_slice(key + 2, k),
                            tm_text_slice(p + 6, v - 2));
        } else if (!note_integer(item, tm_text_slice(p + 2, n), tm_text_slice(key + 2, k),
                                 tm_text_slice(p + 4, v), high)) {
            return p;
        }
        p += n + 2;
        left -= n + 2;
    }
    return p;
}

/* A usual attribute with lengths of up to two bytes and any scalar. NULL: it is none, nothing was
 * done. */
static const char *scalar_attribute(tm_item *item, const char *p, const char *end, size_t *high)
{
    size_t n, a, b, more = 0;
    const char *kv = tm_usual_length(p + 1, end, &n, &more), *first, *second;
    if (!kv || n < 4 || !(first = tm_usual_length(kv + 1, kv + n, &a, &more)) ||
        kv + n - (first + a) < 2)
        return NULL;
    second = tm_usual_length(first + a + 1, kv + n, &b, &more);
    if (!second || second + b != kv + n)
        return NULL;
    tm_text key = tm_text_slice(first, a), any = tm_text_slice(second, b);
    if (kv[0] == 0x12 && first[a] == 0x0a)
        key = any, any = tm_text_slice(first, a);
    else if (kv[0] != 0x0a || first[a] != 0x12)
        return NULL;
    tm_value value;
    if (!usual_scalar(any.p, any.n, &value, &more))
        return NULL;
    note_attribute(item, tm_text_slice(kv, n), key, value);
    *high += more;
    return kv + n;
}

const char *tm_attributes_walk(tm_item *item, uint32_t tag, const char *p, const char *end,
                               size_t *high)
{
    for (;;) {
        p = end - p >= 8 && p[2] == 0x12 ? value_first(item, tag, p, end, high)
                                         : key_first(item, tag, p, end, high);
        const char *next =
            p < end && (uint8_t)*p == tag ? scalar_attribute(item, p, end, high) : NULL;
        if (!next)
            return p;
        p = next;
    }
}

/* --- any attribute --- */

void tm_attribute_note(tm_item *item, tm_text kv)
{
    tm_text key, any_value;
    tm_entry_decode(item->arena, kv, &key, &any_value);
    tm_slot *slot = open_slot(item, item->needs->first[tm_needs_hash(key.p, key.n)], key);
    if (!slot)
        return;
    slot->raw = kv;
    tm_wire_field f;
    const char *p = any_value.p, *end = p + any_value.n;
    bool composite = false;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        composite |= f.number == TM_ANY_ARRAY || f.number == TM_ANY_KVLIST;
    if (composite)
        slot->composite = any_value;
    else
        slot->value = tm_value_decode(item->arena, any_value);
}
