/* Diff, groups: a table by kind, rules, service and name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/diff_groups.h"

#include "base/buf.h"

#include <stdlib.h>

void tm_diff_groups_init(tm_diff_groups *g, tm_arena *arena)
{
    *g = (tm_diff_groups){.arena = arena, .keys = {.arena = arena, .most = TM_DIFF_GROUPS_MOST}};
}

/* ---- counting -------------------------------------------------------------------------------- */

/* Cut between characters. */
static tm_text cut(tm_text text)
{
    if (text.n > TM_DIFF_TEXT_BYTES_MOST)
        for (text.n = TM_DIFF_TEXT_BYTES_MOST; text.n && ((uint8_t)text.p[text.n] & 0xc0) == 0x80;)
            text.n--;
    return text;
}

/* What tells groups apart: rules are told apart by where they lie. */
typedef struct fixed_key {
    const tm_rule *old_rule, *new_rule;
    uint64_t kind, service_bytes;
} fixed_key;

static size_t find_or_add(tm_diff_groups *g, const tm_diff_group *like, tm_text service,
                          tm_text name)
{
    char key[sizeof(fixed_key) + 2 * TM_DIFF_TEXT_BYTES_MOST];
    const fixed_key fixed = {like->old_rule, like->new_rule, like->kind, service.n};
    size_t n = sizeof fixed;
    memcpy(key, &fixed, n);
    if (service.n)
        memcpy(key + n, service.p, service.n);
    n += service.n;
    if (name.n)
        memcpy(key + n, name.p, name.n);
    return tm_counted_add(&g->keys, tm_text_slice(key, n + name.n), 1);
}

static void make_room(tm_diff_groups *g, size_t at)
{
    if (at < g->room)
        return;
    const size_t room = g->room ? 2 * g->room : 64;
    g->group =
        tm_arena_grow(g->arena, g->group, g->room * sizeof *g->group, room * sizeof *g->group);
    g->room = room;
}

tm_diff_group *tm_diff_groups_count(tm_diff_groups *g, const tm_diff_group *like)
{
    const tm_text service = cut(like->service), name = cut(like->name);
    const size_t before = g->keys.n, at = find_or_add(g, like, service, name);
    g->spans[like->kind]++;
    if (at == SIZE_MAX) {
        g->others[like->kind]++;
        return NULL;
    }
    if (at == before) {
        make_room(g, at);
        g->group[at] = *like;
        g->group[at].service = tm_arena_copy(g->arena, service);
        g->group[at].name = tm_arena_copy(g->arena, name);
        g->group[at].spans = g->group[at].samples = 0;
    }
    tm_diff_group *group = &g->group[at];
    group->spans++;
    return group->samples < TM_DIFF_SAMPLES && g->sample_bytes < TM_DIFF_SAMPLE_BYTES_MOST ? group
                                                                                           : NULL;
}

static tm_text keep(tm_diff_groups *g, tm_text text)
{
    if (!text.p)
        return text;
    text = cut(text);
    g->sample_bytes += text.n;
    return tm_arena_copy(g->arena, text);
}

void tm_diff_groups_sample(tm_diff_groups *g, tm_diff_group *group, const tm_diff_sample *sample)
{
    tm_diff_sample *s = &group->sample[group->samples++];
    tm_diff_change *change = TM_NEW_ARRAY(g->arena, sample->changes + 1, tm_diff_change);
    for (size_t i = 0; i < sample->changes; i++)
        change[i] = (tm_diff_change){.path = keep(g, sample->change[i].path),
                                     .old_value = keep(g, sample->change[i].old_value),
                                     .new_value = keep(g, sample->change[i].new_value)};
    *s = (tm_diff_sample){.trace_id = keep(g, sample->trace_id),
                          .span_id = keep(g, sample->span_id),
                          .parent_id = keep(g, sample->parent_id),
                          .change = change,
                          .changes = sample->changes};
    g->sample_bytes += sizeof *change * (sample->changes + 1);
}

uint64_t tm_diff_groups_differ(const tm_diff_groups *g)
{
    return g->spans[TM_DIFF_DROPPED] + g->spans[TM_DIFF_KEPT] + g->spans[TM_DIFF_EDITED];
}

/* ---- sorting --------------------------------------------------------------------------------- */

const tm_rule *tm_diff_group_rule(const tm_diff_group *group)
{
    if (group->kind == TM_DIFF_KEPT || (group->kind == TM_DIFF_EDITED && !group->new_rule))
        return group->old_rule;
    return group->new_rule;
}

/* A group with what all groups of its rules have. */
typedef struct place {
    const tm_diff_group *group;
    uint64_t of_rule;
} place;

static int64_t number_of(const tm_rule *rule)
{
    return rule ? (int64_t)rule->number : -1;
}

static int by_rule(const place *x, const place *y)
{
    const tm_diff_group *a = x->group, *b = y->group;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (x->of_rule != y->of_rule)
        return x->of_rule > y->of_rule ? -1 : 1;
    const int64_t n = number_of(a->new_rule), m = number_of(b->new_rule);
    if (n != m)
        return n < m ? -1 : 1;
    const int64_t k = number_of(a->old_rule), l = number_of(b->old_rule);
    return k < l ? -1 : k > l;
}

static int by_place(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int order = by_rule(x, y);
    if (!order && x->group->spans != y->group->spans)
        order = x->group->spans > y->group->spans ? -1 : 1;
    if (!order)
        order = tm_text_compare(x->group->service, y->group->service);
    return order ? order : tm_text_compare(x->group->name, y->group->name);
}

/* First by their rules alone, so that those of one rule stand together and can be summed up. */
const tm_diff_group **tm_diff_groups_sorted(tm_arena *arena, const tm_diff_groups *g)
{
    const size_t n = g->keys.n;
    place *places = TM_NEW_ARRAY(arena, n + 1, place);
    const tm_diff_group **sorted = TM_NEW_ARRAY(arena, n + 1, const tm_diff_group *);
    for (size_t i = 0; i < n; i++)
        places[i].group = &g->group[i];
    qsort(places, n, sizeof *places, by_place);
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t sum = 0;
        for (end = i; end < n && !by_rule(&places[i], &places[end]); end++)
            sum += places[end].group->spans;
        for (size_t k = i; k < end; k++)
            places[k].of_rule = sum;
    }
    qsort(places, n, sizeof *places, by_place);
    for (size_t i = 0; i < n; i++)
        sorted[i] = places[i].group;
    return sorted;
}
