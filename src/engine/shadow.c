/* Shadow: the second verdict on a request, and the walk over what both left of it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Most requests come out alike: the same spans are dropped and the same slices leave, which a look
 * at verdicts and pieces tells. Only else are the spans walked over, side by side. */
#include "engine/shadow.h"

#include "engine/alike.h"
#include "otlp/identity.h"

struct tm_shadow {
    const tm_heap *heap;
    tm_judge *judge;
    tm_arena *arena; /* of one comparison */
    tm_span_verdicts live, own;
};

tm_shadow *tm_shadow_new(const tm_heap *heap, const struct tm_clock *clock, tm_rule_failed failed,
                         void *owner)
{
    tm_shadow *s = tm_heap_alloc(heap, sizeof *s);
    if (!s)
        return NULL;
    *s = (tm_shadow){.heap = heap,
                     .judge = tm_judge_new(heap, clock, failed, owner),
                     .arena = tm_arena_new(heap),
                     .live = {.heap = heap},
                     .own = {.heap = heap}};
    if (s->judge && s->arena) {
        tm_judge_record(s->judge, &s->own);
        return s;
    }
    tm_shadow_free(s);
    return NULL;
}

void tm_shadow_free(tm_shadow *s)
{
    if (!s)
        return;
    tm_judge_free(s->judge);
    tm_arena_free(s->arena);
    tm_span_verdicts_drop(&s->live);
    tm_span_verdicts_drop(&s->own);
    tm_heap_free(s->heap, s);
}

tm_span_verdicts *tm_shadow_live(tm_shadow *s)
{
    return &s->live;
}

const tm_span_verdicts *tm_shadow_own(const tm_shadow *s)
{
    return &s->own;
}

bool tm_shadow_trim(tm_shadow *s)
{
    tm_arena_reset(s->arena);
    return tm_judge_trim(s->judge);
}

/* --- spans of a sound request --- */

typedef struct cursor {
    tm_text request, resource, scope;    /* what is still to be read of each */
    tm_text whole_resource, whole_scope; /* the current ones */
    tm_text span;
} cursor;

static bool next_span(cursor *c)
{
    while (!tm_wire_next_bytes(&c->scope, TM_NUMBER_SCOPE_SPANS_spans, &c->span)) {
        while (!tm_wire_next_bytes(&c->resource, TM_NUMBER_RESOURCE_SPANS_scope_spans,
                                   &c->whole_scope)) {
            if (!tm_wire_next_bytes(&c->request, TM_NUMBER_REQUEST_resource_spans,
                                    &c->whole_resource))
                return false;
            c->resource = c->whole_resource;
        }
        c->scope = c->whole_scope;
    }
    return true;
}

/* --- side by side --- */

typedef struct comparing {
    tm_shadow *shadow;
    const tm_ruleset *live_rules, *shadow_rules;
    const tm_pieces *live_out, *shadow_out;
    tm_text bytes; /* as they came */
    cursor came, live, own;
    const char *resources[2], *scopes[2]; /* of which the two below are known */
    bool same_resource, same_scope;
    tm_disagreed disagreed;
    void *owner;
    tm_shadowed result;
} comparing;

static bool same(comparing *c, tm_alike_message message, tm_text a, tm_text b)
{
    const tm_arena_mark mark = tm_arena_save(c->shadow->arena);
    const bool alike = tm_alike(c->shadow->arena, message, a, b);
    tm_arena_restore(c->shadow->arena, mark);
    return alike;
}

/* Whether the spans that both cursors stand on left alike. */
static bool same_span(comparing *c)
{
    const cursor *a = &c->live, *b = &c->own;
    if (c->resources[0] != a->whole_resource.p || c->resources[1] != b->whole_resource.p) {
        c->same_resource = same(c, TM_ALIKE_RESOURCE_SPANS, a->whole_resource, b->whole_resource);
        c->resources[0] = a->whole_resource.p;
        c->resources[1] = b->whole_resource.p;
    }
    if (c->scopes[0] != a->whole_scope.p || c->scopes[1] != b->whole_scope.p) {
        c->same_scope = same(c, TM_ALIKE_SCOPE_SPANS, a->whole_scope, b->whole_scope);
        c->scopes[0] = a->whole_scope.p;
        c->scopes[1] = b->whole_scope.p;
    }
    return c->same_resource && c->same_scope && same(c, TM_ALIKE_SPAN, a->span, b->span);
}

/* Where the statements that ran for the span part; where they do not, the last of each. */
static void find_edits(const comparing *c, uint32_t span, tm_disagreement *d)
{
    uint32_t a[TM_SPAN_VERDICT_MOST_EDITS], b[TM_SPAN_VERDICT_MOST_EDITS], i = 0;
    const uint32_t n = tm_span_verdicts_edits(&c->shadow->live, span, a);
    const uint32_t m = tm_span_verdicts_edits(&c->shadow->own, span, b);
    while (i < n && i < m &&
           tm_text_equal(c->live_rules->rule[a[i]]->text, c->shadow_rules->rule[b[i]]->text))
        i++;
    if (i == n && i == m && i)
        i--;
    d->live = i < n ? c->live_rules->rule[a[i]] : NULL;
    d->shadow = i < m ? c->shadow_rules->rule[b[i]] : NULL;
}

static tm_span_bodies bodies(const cursor *c)
{
    return (tm_span_bodies){c->whole_resource, c->whole_scope, c->span};
}

static void compare_span(comparing *c, uint32_t span)
{
    const tm_span_verdict *a = &c->shadow->live.verdict[span], *b = &c->shadow->own.verdict[span];
    const bool live_left = !a->dropped_by && !a->rejected, left = !b->dropped_by && !b->rejected;
    if (!next_span(&c->came) || (live_left && !next_span(&c->live)) ||
        (left && !next_span(&c->own)))
        return;
    if (a->rejected || b->rejected) {
        c->result.skipped++;
        return;
    }
    tm_disagreement d = {.kind = live_left ? TM_SHADOW_DROPPED : TM_LIVE_DROPPED,
                         .live = live_left ? a->kept_by : a->dropped_by,
                         .shadow = left ? b->kept_by : b->dropped_by};
    c->result.spans++;
    if (live_left && left) {
        if (same_span(c))
            return;
        d.kind = TM_EDITS_DIFFER;
        find_edits(c, span, &d);
        d.live_left = bodies(&c->live);
        d.shadow_left = bodies(&c->own);
    } else if (!live_left && !left) {
        return;
    }
    const tm_span_identity id = tm_span_identify(c->came.span);
    d.trace_id = id.trace_id;
    d.span_id = id.span_id;
    d.name = id.name;
    d.came = bodies(&c->came);
    c->disagreed(c->owner, &d);
}

static void compare_spans(void *argument)
{
    comparing *c = argument;
    c->came.request = c->bytes;
    c->live.request = tm_pieces_joined(c->live_out, c->shadow->arena);
    c->own.request = tm_pieces_joined(c->shadow_out, c->shadow->arena);
    for (uint32_t i = 0; i < c->shadow->live.n; i++)
        compare_span(c, i);
}

/* --- at a glance --- */

static bool same_fates(const tm_shadow *s)
{
    for (uint32_t i = 0; i < s->live.n; i++) {
        const tm_span_verdict *a = &s->live.verdict[i], *b = &s->own.verdict[i];
        if (a->rejected || b->rejected || !a->dropped_by != !b->dropped_by)
            return false;
    }
    return true;
}

static bool same_pieces(const tm_pieces *a, const tm_pieces *b)
{
    if (a->bytes != b->bytes || a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        const tm_text x = a->piece[i].text, y = b->piece[i].text;
        if (x.n != y.n || (x.p != y.p && x.n && memcmp(x.p, y.p, x.n) != 0))
            return false;
    }
    return true;
}

/* --- one request --- */

static tm_shadowed not_compared(tm_shadowed result, tm_compared why)
{
    result.end = why;
    return result;
}

static tm_compared end_of(const tm_shadow *s, const comparing *c, const tm_outcome *o)
{
    const tm_bounds rest = tm_judge_rest(s->judge);
    if (o->status == TM_REFUSED_COST)
        return TM_COMPARED_NOT_COST;
    if (o->status != TM_JUDGED)
        return TM_COMPARED_NOT_SHADOW;
    if (s->live.lost || s->own.lost || s->live.n != s->own.n)
        return TM_COMPARED_NOT_MEMORY;
    if (rest.memory_bytes && c->live_out->bytes + o->out->bytes > rest.memory_bytes)
        return TM_COMPARED_NOT_COST;
    return TM_COMPARED;
}

tm_shadowed tm_shadow_compare(tm_shadow *s, const tm_judge *live, const tm_ruleset *rules,
                              const tm_ruleset *shadow_rules, tm_text bytes,
                              const tm_client *client, tm_utf8_policy utf8,
                              const tm_outcome *outcome, tm_disagreed disagreed, void *owner)
{
    tm_outcome o = {0};
    comparing c = {.shadow = s,
                   .live_rules = rules,
                   .shadow_rules = shadow_rules,
                   .live_out = outcome->out,
                   .bytes = bytes,
                   .disagreed = disagreed,
                   .owner = owner};
    const tm_shadowed none = {.skipped = outcome->spans_in};
    if (outcome->status != TM_JUDGED)
        return not_compared(none, TM_COMPARED_NOT_LIVE);
    const tm_bounds rest = tm_judge_rest(live);
    tm_judge_bound(s->judge, &rest);
    if (!tm_judge_request(s->judge, shadow_rules, bytes, client, utf8, &o))
        return not_compared(none, TM_COMPARED_NOT_MEMORY);
    c.shadow_out = o.out;
    c.result.rule = o.rule;
    const tm_compared end = end_of(s, &c, &o);
    if (end != TM_COMPARED)
        return not_compared((tm_shadowed){.skipped = outcome->spans_in, .rule = o.rule}, end);
    tm_arena_reset(s->arena);
    if (same_fates(s) && same_pieces(outcome->out, o.out))
        c.result.spans = s->live.n;
    else if (!tm_arena_try(s->arena, compare_spans, &c))
        return not_compared((tm_shadowed){.skipped = outcome->spans_in, .rule = o.rule},
                            TM_COMPARED_NOT_MEMORY);
    return c.result;
}
