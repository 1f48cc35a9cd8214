/* Lint, seen: values beside what a rule wants of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lint_seen.h"

#include "lang/print.h"

#include <stdio.h>

/* ---- values ---------------------------------------------------------------------------------- */

/* What the rule looks for, as a text; false when it looks for something else. */
static bool wanted_text(const tm_lint_leaf *leaf, tm_text *text)
{
    const tm_fact *f = &leaf->fact;
    if (f->kind == TM_FACT_COMPARE && f->value.type == TM_STRING) {
        *text = tm_value_text(f->value);
        return true;
    }
    if (f->kind == TM_FACT_MATCH)
        *text = tm_regex_pattern(f->regex);
    if (f->kind == TM_FACT_MATCH && f->literal.place == TM_LITERAL_NONE)
        return true;
    if (f->kind == TM_FACT_MATCH || f->kind == TM_FACT_AFFIX)
        *text = f->literal.text;
    return f->kind == TM_FACT_MATCH || f->kind == TM_FACT_AFFIX;
}

static void keep(tm_lint_leaf *leaf, tm_arena *arena, tm_text written, unsigned distance)
{
    if (leaf->nearest.n && distance >= leaf->distance)
        return;
    leaf->nearest = tm_arena_copy(arena, written);
    leaf->distance = distance;
}

/* How far a text is from what is wanted: of a start or end, only as much as that is long. */
static unsigned distance_of(const tm_lint_leaf *leaf, tm_text wanted, tm_text text)
{
    const tm_literal_place place = leaf->fact.literal.place;
    if (place == TM_LITERAL_FIRST && text.n > wanted.n)
        text.n = wanted.n;
    else if (place == TM_LITERAL_LAST && text.n > wanted.n)
        text = tm_text_skip(text, text.n - wanted.n);
    return tm_distance(wanted, text);
}

static void see_text(tm_lint_leaf *leaf, tm_arena *arena, tm_text text)
{
    tm_text wanted;
    tm_buf out = {.arena = arena};
    if (text.n > TM_LINT_TEXT_MOST || tm_text_equal(tm_text_slice(leaf->last, leaf->last_n), text))
        return;
    if (text.n)
        memcpy(leaf->last, text.p, text.n);
    leaf->last_n = text.n;
    const unsigned distance =
        wanted_text(leaf, &wanted) ? distance_of(leaf, wanted, text) : leaf->nearest.n > 0;
    if (leaf->nearest.n && distance >= leaf->distance)
        return;
    tm_print_string(text, &out);
    keep(leaf, arena, tm_buf_text(&out), distance);
}

static void see_number(tm_lint_leaf *leaf, tm_arena *arena, double number, tm_text written)
{
    const tm_fact *f = &leaf->fact;
    double wanted = 0, away;
    if (f->kind == TM_FACT_COMPARE && f->value.type == TM_INT)
        wanted = (double)f->value.integer;
    else if (f->kind == TM_FACT_COMPARE && f->value.type == TM_DOUBLE)
        wanted = f->value.number;
    away = number > wanted ? number - wanted : wanted - number;
    keep(leaf, arena, written, away < 1e9 ? (unsigned)away : 1000000000u);
}

void tm_lint_leaf_see(tm_lint_leaf *leaf, tm_arena *arena, tm_value v)
{
    char text[32];
    if (v.type == TM_NIL)
        return;
    leaf->present++;
    leaf->type[v.type]++;
    if (v.type == TM_STRING)
        see_text(leaf, arena, tm_value_text(v));
    if (v.type == TM_INT) {
        snprintf(text, sizeof text, "%lld", (long long)v.integer);
        see_number(leaf, arena, (double)v.integer, tm_text_of(text));
    } else if (v.type == TM_DOUBLE) {
        snprintf(text, sizeof text, "%g", v.number);
        see_number(leaf, arena, v.number, tm_text_of(text));
    } else if (v.type == TM_BOOL) {
        keep(leaf, arena, v.truth ? TM_TEXT("true") : TM_TEXT("false"), 0);
    }
}

tm_text tm_lint_leaf_key(const tm_lint_leaf *leaf)
{
    const tm_expr *s = leaf->fact.subject;
    if (!s || s->kind != TM_EXPR_PATH || s->path->access != TM_ACCESS_ATTRIBUTES || !s->keys ||
        s->keys->kind != TM_EXPR_CONSTANT || s->keys->value.type != TM_STRING)
        return TM_TEXT("");
    return tm_value_text(s->keys->value);
}

static bool comparable(tm_type a, tm_type b)
{
    const bool numbers = (a == TM_INT || a == TM_DOUBLE) && (b == TM_INT || b == TM_DOUBLE);
    return a == b || numbers;
}

bool tm_lint_leaf_mistyped(const tm_lint_leaf *leaf, tm_type *type)
{
    const tm_fact *f = &leaf->fact;
    if (f->kind != TM_FACT_COMPARE || f->value.type == TM_NIL || !leaf->present)
        return false;
    *type = TM_NIL;
    for (unsigned t = 0; t < TM_TYPE_COUNT; t++) {
        if (leaf->type[t] && comparable((tm_type)t, (tm_type)f->value.type))
            return false;
        if (leaf->type[t] > leaf->type[*type])
            *type = (tm_type)t;
    }
    return true;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* The slot that holds the key, or the one where it belongs. */
static uint32_t slot_of(const tm_lint_keys *keys, tm_text key)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < key.n; i++)
        hash = (hash ^ (uint8_t)key.p[i]) * 16777619u;
    uint32_t at = hash % (2 * TM_LINT_KEYS_MOST);
    while (keys->slot[at].p && !tm_text_equal(keys->slot[at], key))
        at = (at + 1) % (2 * TM_LINT_KEYS_MOST);
    return at;
}

bool tm_lint_keys_has(const tm_lint_keys *keys, tm_text key)
{
    return keys->slot[slot_of(keys, key)].p;
}

void tm_lint_keys_add(tm_lint_keys *keys, tm_arena *arena, tm_text key)
{
    const uint32_t at = slot_of(keys, key);
    if (keys->slot[at].p || keys->n == TM_LINT_KEYS_MOST || !key.n)
        return;
    keys->slot[at] = keys->key[keys->n++] = tm_arena_copy(arena, key);
}
