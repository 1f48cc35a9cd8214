/* Diff, compare: the second ruleset is the shadow of the first; what differs becomes groups.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/diff_compare.h"

#include "base/clock.h"
#include "otlp/field_numbers.h"
#include "otlp/service_name.h"
#include "otlp/wire.h"
#include "tools/complain.h"
#include "tools/parents.h"
#include "tools/run_gather.h"
#include "explain/span_facts.h"
#include "tools/unit_walk.h"

/* A span that stays on some side, as samples show it. */
typedef struct stay {
    char trace_id[16], span_id[8], parent_id[8];
    uint32_t name; /* row in `names`; UINT32_MAX: there was no room */
} stay;

/* In the notes of parents: on which sides it is so; above these bits a rule or a stay. */
enum { BY_OLD = 1, BY_NEW = 2, SIDE_BITS = 2 };

typedef struct comparing {
    tm_arena *own, *arena; /* of the command; of a unit */
    tm_diff_result *result;
    tm_judge *judge;
    tm_shadow *shadow;
    tm_unit_walk walk;
    tm_parents parents;
    tm_bytes stays;
    tm_counted names; /* length of the service, service, name */
} comparing;

/* ---- what differs ---------------------------------------------------------------------------- */

static tm_text field_of(tm_arena *arena, tm_text span)
{
    char *at =
        tm_arena_alloc(arena, tm_wire_bytes_field_bytes(TM_NUMBER_SCOPE_SPANS_spans, span.n));
    const char *end = tm_wire_put_bytes_field(at, TM_NUMBER_SCOPE_SPANS_spans, span);
    return tm_text_slice(at, (size_t)(end - at));
}

static tm_span_facts facts_of(tm_arena *arena, const tm_span_bodies *left)
{
    const tm_run_drop one = {.span_field = field_of(arena, left->span),
                             .scope_body = left->scope_spans,
                             .resource_body = left->resource_spans};
    return tm_span_facts_of(arena, tm_run_gather_one(arena, &one));
}

/* Changes in the making. */
typedef struct changes {
    tm_diff_change *item;
    size_t n;
} changes;

static void add_change(void *owner, const tm_span_fact *old, const tm_span_fact *now)
{
    changes *c = owner;
    c->item[c->n++] = (tm_diff_change){.path = old ? old->path : now->path,
                                       .old_value = old ? old->value : (tm_text){0},
                                       .new_value = now ? now->value : (tm_text){0}};
}

static void find_changes(comparing *c, const tm_disagreement *d, tm_diff_sample *sample)
{
    const tm_span_facts old = facts_of(c->arena, &d->live_left),
                        now = facts_of(c->arena, &d->shadow_left);
    changes found = {.item = TM_NEW_ARRAY(c->arena, old.n + now.n + 1, tm_diff_change)};
    tm_span_facts_each_difference(&old, &now, add_change, &found);
    sample->change = found.item;
    sample->changes = found.n;
}

static void note_disagreement(void *owner, const tm_disagreement *d)
{
    static const tm_diff_kind kinds[] = {[TM_LIVE_DROPPED] = TM_DIFF_KEPT,
                                         [TM_SHADOW_DROPPED] = TM_DIFF_DROPPED,
                                         [TM_EDITS_DIFFER] = TM_DIFF_EDITED};
    comparing *c = owner;
    const tm_diff_group like = {.kind = kinds[d->kind],
                                .old_rule = d->live,
                                .new_rule = d->shadow,
                                .service = tm_service_name_of(d->came.resource_spans),
                                .name = d->name};
    tm_diff_sample sample = {.trace_id = d->trace_id, .span_id = d->span_id};
    tm_diff_group *group = tm_diff_groups_count(&c->result->groups, &like);
    if (!group)
        return;
    if (d->kind == TM_EDITS_DIFFER)
        find_changes(c, d, &sample);
    tm_diff_groups_sample(&c->result->groups, group, &sample);
}

/* ---- orphans --------------------------------------------------------------------------------- */

static void copy_id(char *to, tm_text id, size_t n)
{
    memset(to, 0, n);
    if (id.n == n)
        memcpy(to, id.p, n);
}

static uint32_t name_row(comparing *c, tm_text service, tm_text name)
{
    enum { MOST = TM_DIFF_TEXT_BYTES_MOST };
    char text[sizeof(uint32_t) + 2 * MOST];
    const uint32_t n = service.n < MOST ? (uint32_t)service.n : MOST;
    const size_t m = name.n < MOST ? name.n : MOST;
    memcpy(text, &n, sizeof n);
    tm_wire_put_text(tm_wire_put_text(text + sizeof n, tm_text_slice(service.p, n)),
                     tm_text_slice(name.p, m));
    const size_t row = tm_counted_add(&c->names, tm_text_slice(text, sizeof n + n + m), 1);
    return row == SIZE_MAX ? UINT32_MAX : (uint32_t)row;
}

static bool add_stay(comparing *c, const tm_item *span, tm_text service, uint32_t sides)
{
    const tm_text trace = tm_value_text(tm_item_field(span, TM_SPAN_TRACE_ID)),
                  parent = tm_value_text(tm_item_field(span, TM_SPAN_PARENT_SPAN_ID));
    const size_t before = c->parents.stay.n;
    const uint32_t note = (uint32_t)before << SIDE_BITS | sides;
    stay s;
    if (!tm_parents_stay(&c->parents, trace, parent, note))
        return false;
    if (c->parents.stay.n == before)
        return true;
    copy_id(s.trace_id, trace, sizeof s.trace_id);
    copy_id(s.span_id, tm_value_text(tm_item_field(span, TM_SPAN_SPAN_ID)), sizeof s.span_id);
    copy_id(s.parent_id, parent, sizeof s.parent_id);
    s.name = name_row(c, service, tm_value_text(tm_item_field(span, TM_SPAN_NAME)));
    return tm_bytes_add(&c->stays, tm_text_slice((const char *)&s, sizeof s));
}

/* Of a span that came: its verdicts on both sides. */
static void add_span(comparing *c, const tm_item *span, tm_text service, const tm_span_verdict *old,
                     const tm_span_verdict *now)
{
    const uint32_t dropped = (old->dropped_by ? BY_OLD : 0) | (now->dropped_by ? BY_NEW : 0);
    const uint32_t rule = now->dropped_by ? now->dropped_by->number : 0;
    bool ok = true;
    c->result->kept[TM_DIFF_OLD] += !old->dropped_by;
    c->result->kept[TM_DIFF_NEW] += !now->dropped_by;
    if (dropped)
        ok = tm_parents_drop(&c->parents, tm_value_text(tm_item_field(span, TM_SPAN_TRACE_ID)),
                             tm_value_text(tm_item_field(span, TM_SPAN_SPAN_ID)),
                             rule << SIDE_BITS | dropped);
    if (dropped != (BY_OLD | BY_NEW))
        ok = add_stay(c, span, service, dropped ^ (BY_OLD | BY_NEW)) && ok;
    if (!ok)
        tm_arena_out_of_memory(c->arena);
}

static void add_spans(comparing *c, tm_text bytes)
{
    enum {
        FIELDS = 1 << TM_SPAN_TRACE_ID | 1 << TM_SPAN_SPAN_ID | 1 << TM_SPAN_PARENT_SPAN_ID |
                 1 << TM_SPAN_NAME
    };
    const tm_span_verdicts *old = tm_shadow_live(c->shadow), *now = tm_shadow_own(c->shadow);
    const tm_needs *needs[TM_LEVELS];
    tm_request q;
    uint32_t n = 0;
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_needs_new(c->arena, NULL, 0, level == TM_SPAN ? FIELDS : 0);
    tm_request_open(&q, c->arena, needs,
                    TM_NEW_ARRAY(c->arena, tm_request_slots(needs) + 1, tm_slot), bytes, false,
                    TM_UTF8_KEEP);
    while (tm_request_next_resource(&q)) {
        const tm_text service = tm_service_name_of(q.group[TM_RESOURCE].body);
        while (tm_request_next_scope(&q))
            for (; tm_request_next_span(&q) && n < old->n; n++)
                add_span(c, &q.item[TM_SPAN], service, &old->verdict[n], &now->verdict[n]);
    }
}

static void tell_orphan(void *owner, uint32_t dropped, uint32_t stays)
{
    comparing *c = owner;
    tm_diff_result *r = c->result;
    const stay *s = (const stay *)c->stays.p + (stays >> SIDE_BITS);
    const uint32_t orphaned = dropped & stays;
    tm_diff_group like = {.kind = TM_DIFF_ORPHANED,
                          .new_rule = r->rules[TM_DIFF_NEW]->rule[dropped >> SIDE_BITS]};
    r->mended += orphaned == BY_OLD;
    if (orphaned != BY_NEW)
        return;
    if (s->name == UINT32_MAX) {
        r->groups.spans[TM_DIFF_ORPHANED]++;
        r->groups.others[TM_DIFF_ORPHANED]++;
        return;
    }
    const tm_text both = c->names.row[s->name].text;
    uint32_t n;
    memcpy(&n, both.p, sizeof n);
    like.service = tm_text_slice(both.p + sizeof n, n);
    like.name = tm_text_skip(both, sizeof n + n);
    const tm_diff_sample sample = {.trace_id = tm_text_slice(s->trace_id, sizeof s->trace_id),
                                   .span_id = tm_text_slice(s->span_id, sizeof s->span_id),
                                   .parent_id = tm_text_slice(s->parent_id, sizeof s->parent_id)};
    tm_diff_group *group = tm_diff_groups_count(&r->groups, &like);
    if (group)
        tm_diff_groups_sample(&r->groups, group, &sample);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void note_refusal(comparing *c, tm_diff_refused *refused, uint32_t spans, tm_text reason)
{
    if (!refused->requests++)
        refused->reason = tm_arena_copy(c->own, reason);
    refused->spans += spans;
}

static void count_errors(const tm_ruleset *rules, const tm_rule_counts *counts, tm_diff_errors *sum)
{
    for (uint32_t i = 0; counts && i < rules->rules; i++)
        sum[i].n += counts[i].errors;
}

static bool judge(comparing *c, int side, tm_text bytes, tm_outcome *o)
{
    const tm_ruleset *rules = c->result->rules[side];
    if (!tm_judge_request(c->judge, rules, bytes, NULL, TM_UTF8_MEND, o))
        tm_arena_out_of_memory(c->arena);
    if (o->status == TM_REFUSED_FORM)
        tm_unit_walk_tell(&c->walk, o->reason);
    else
        count_errors(rules, o->rule, c->result->errors[side]);
    return o->status == TM_JUDGED;
}

/* The old rules have refused the request; whether the new ones do, too. */
static void judge_refused(comparing *c, tm_text bytes, const tm_outcome *old)
{
    tm_diff_result *r = c->result;
    const tm_text reason = tm_arena_copy(c->arena, old->reason);
    tm_outcome o;
    r->spans += old->spans_in;
    const bool judged = judge(c, TM_DIFF_NEW, bytes, &o);
    note_refusal(c, judged ? &r->by_one[TM_DIFF_OLD] : &r->by_both, o.spans_in, reason);
}

/* The shadow does not say why. */
static void note_new_refusal(comparing *c, tm_text bytes)
{
    tm_diff_refused *refused = &c->result->by_one[TM_DIFF_NEW];
    tm_outcome o;
    if (!tm_judge_request(c->judge, c->result->rules[TM_DIFF_NEW], bytes, NULL, TM_UTF8_MEND, &o))
        tm_arena_out_of_memory(c->arena);
    note_refusal(c, refused, o.spans_in, o.reason);
}

static bool compare_unit(void *owner, tm_text bytes)
{
    comparing *c = owner;
    tm_diff_result *r = c->result;
    tm_outcome o;
    tm_judge_record(c->judge, tm_shadow_live(c->shadow));
    const bool judged = judge(c, TM_DIFF_OLD, bytes, &o);
    if (o.status == TM_REFUSED_FORM)
        return true;
    if (!judged) {
        judge_refused(c, bytes, &o);
        return true;
    }
    r->spans += o.spans_in;
    const tm_shadowed s =
        tm_shadow_compare(c->shadow, c->judge, r->rules[TM_DIFF_OLD], r->rules[TM_DIFF_NEW], bytes,
                          NULL, TM_UTF8_MEND, &o, note_disagreement, c);
    if (s.end == TM_COMPARED_NOT_MEMORY)
        tm_arena_out_of_memory(c->arena);
    count_errors(r->rules[TM_DIFF_NEW], s.rule, r->errors[TM_DIFF_NEW]);
    if (s.end == TM_COMPARED)
        add_spans(c, bytes);
    else /* nothing is bounded: a rule failed under propagate */
        note_new_refusal(c, bytes);
    return true;
}

static void note_error(void *owner, const tm_rule *rule, tm_text text)
{
    const comparing *c = owner;
    for (int side = 0; side < TM_DIFF_SIDES; side++) {
        const tm_ruleset *rules = c->result->rules[side];
        if (rule->number < rules->rules && rules->rule[rule->number] == rule &&
            !c->result->errors[side][rule->number].first.p)
            c->result->errors[side][rule->number].first = tm_arena_copy(c->own, text);
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool compare_all(comparing *c, const tm_texts *recordings)
{
    c->walk = (tm_unit_walk){
        .arena = c->arena, .take = compare_unit, .owner = c, .shows_progress = true, .whole = true};
    c->judge = tm_judge_new(NULL, tm_clock_real(), note_error, c);
    c->shadow = tm_shadow_new(NULL, tm_clock_real(), note_error, c);
    if (!c->judge || !c->shadow)
        return tm_complain("out of memory");
    if (!tm_unit_walk_open(&c->walk))
        return false;
    tm_arena_follow(c->own, c->arena);
    tm_unit_walk_all(&c->walk, recordings);
    tm_arena_follow(c->own, NULL);
    if (c->walk.short_of_memory)
        return tm_complain("out of memory");
    tm_parents_each(&c->parents, tell_orphan, c);
    c->result->left_out = c->parents.left_out;
    c->result->fault = tm_unit_walk_fault(&c->walk);
    return true;
}

bool tm_diff_compare(tm_arena *arena, const tm_ruleset *old_rules, const tm_ruleset *new_rules,
                     const tm_texts *recordings, tm_diff_result *result)
{
    comparing *c = TM_NEW(arena, comparing);
    *result = (tm_diff_result){.rules = {old_rules, new_rules}};
    for (int side = 0; side < TM_DIFF_SIDES; side++)
        result->errors[side] = TM_NEW_ARRAY(arena, result->rules[side]->rules + 1, tm_diff_errors);
    tm_diff_groups_init(&result->groups, arena);
    *c = (comparing){.own = arena,
                     .arena = tm_arena_new(NULL),
                     .result = result,
                     .names = {.arena = arena, .most = TM_DIFF_GROUPS_MOST}};
    const bool done = compare_all(c, recordings);
    tm_unit_walk_drop(&c->walk);
    tm_shadow_free(c->shadow);
    tm_judge_free(c->judge);
    tm_parents_free(&c->parents);
    tm_bytes_free(&c->stays);
    tm_arena_free(c->arena);
    return done;
}

bool tm_diff_differs(const tm_diff_result *r)
{
    return tm_diff_groups_differ(&r->groups) || r->by_one[TM_DIFF_OLD].requests ||
           r->by_one[TM_DIFF_NEW].requests;
}
