/* Request: stepping through groups and spans, deciding what leaves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/request.h"

#include "otlp/walk.h"
#include "otlp/wire.h"

#include <assert.h>

/* Field numbers shared by ResourceSpans and ScopeSpans. */
enum {
    TM_GROUP_HEAD = TM_NUMBER_SCOPE_SPANS_scope,
    TM_GROUP_MEMBERS = TM_NUMBER_SCOPE_SPANS_spans,
    TM_GROUP_SCHEMA_URL = TM_NUMBER_SCOPE_SPANS_schema_url,
    TM_REQUEST_RESOURCES = TM_NUMBER_REQUEST_resource_spans
};
enum { TM_GROUP_MEMBER_TAG = TM_GROUP_MEMBERS << 3 | TM_WIRE_BYTES };

uint32_t tm_request_slots(const tm_needs *const needs[TM_LEVELS])
{
    return needs[TM_RESOURCE]->n + needs[TM_SCOPE]->n + needs[TM_SPAN]->n;
}

void tm_request_open(tm_request *q, tm_arena *arena, const tm_needs *const needs[TM_LEVELS],
                     tm_slot *slots, tm_text bytes, bool prune, tm_utf8_policy utf8)
{
    memset(q, 0, sizeof *q);
    q->arena = arena;
    q->bytes = bytes.p ? bytes : TM_TEXT(""); /* NULL + 0 is undefined */
    q->at = q->bytes.p;
    q->out.arena = arena;
    q->prune = prune;
    q->heads = 1 << TM_RESOURCE | 1 << TM_SCOPE;
    q->ignore_utf8 = utf8 == TM_UTF8_KEEP;
    q->most_item_bytes = SIZE_MAX;
    if (slots) /* NULL when no level needs one */
        memset(slots, 0, tm_request_slots(needs) * sizeof *slots);
    for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level++) {
        tm_item_reset(&q->item[level], level, arena, needs[level], slots);
        slots = slots ? slots + needs[level]->n : NULL;
        q->item[level].parent = level ? &q->item[level - 1] : NULL;
    }
}

/* Notes what is wrong; false when the request cannot go on. */
static bool judge_soundness(tm_request *q, tm_soundness s, const tm_fault *fault)
{
    if (s == TM_BAD_UTF8 && q->ignore_utf8)
        return true;
    if (s > q->soundness) {
        q->soundness = s;
        q->fault = *fault;
    }
    return s != TM_MALFORMED;
}

static bool fail(tm_request *q, const char *what, const char *field, const char *at)
{
    return judge_soundness(q, TM_MALFORMED, &(tm_fault){.what = what, .field = field, .at = at});
}

static bool end_oversize(tm_request *q)
{
    q->oversize = true;
    return false;
}

/* --- groups --- */

/* Takes the head, or one more part of it. Several parts are checked each by itself: cut in two, a
 * field would be sound in the join, which only we read. */
static bool scan_head(tm_request *q, tm_message message, const tm_wire_field *f, tm_text *head)
{
    tm_fault fault;
    const tm_message part = tm_field_find(message, TM_GROUP_HEAD)->sub;
    if (head->p && (!judge_soundness(q, tm_check(part, *head, &fault), &fault) ||
                    !judge_soundness(q, tm_check(part, f->bytes, &fault), &fault)))
        return false;
    *head = tm_arena_join(q->arena, *head, f->bytes);
    return true;
}

static bool scan_field(tm_request *q, tm_message message, const tm_wire_field *f, tm_item *item,
                       tm_text *head)
{
    const tm_field_row *row = tm_field_find(message, f->number);
    if (!row)
        return true;
    if (f->type != TM_WIRE_BYTES)
        return fail(q, "wrong wire type", row->name, f->start);
    if (f->number == TM_GROUP_HEAD)
        return scan_head(q, message, f, head);
    tm_fault fault;
    item->field[TM_SCHEMA_URL] = tm_string(f->bytes);
    item->seen |= 1u << TM_SCHEMA_URL;
    return judge_soundness(q, tm_check_field(message, f, &fault), &fault);
}

/* The scan jumps from member to member, and each jump would wait for memory: what it has jumped
 * over is asked for, so much further on. */
static inline void fetch_ahead(const char *from, const char *to)
{
    enum { AHEAD = 2048, LINE = 64 };
    for (; from < to; from += LINE)
        __builtin_prefetch(from + AHEAD);
}

static tm_message message_of_group(tm_level level)
{
    return level == TM_RESOURCE ? TM_MESSAGE_RESOURCE_SPANS : TM_MESSAGE_SCOPE_SPANS;
}

/* The head of a group (resource or scope) stands anywhere in it, perhaps twice: its bodies are
 * joined; the last schema URL wins. Checks what stands beside the members. */
static bool scan_group(tm_request *q, tm_level level)
{
    tm_group *group = &q->group[level];
    tm_item *item = &q->item[level];
    tm_message message = message_of_group(level);
    tm_text head = {0};
    tm_wire_field f;
    const char *p = group->body.p, *end = p + group->body.n;
    while (p < end) {
        const char *start = p;
        if ((p = tm_wire_usual_bytes(start, end, TM_GROUP_MEMBER_TAG, &f.bytes)) != NULL) {
            fetch_ahead(start, p);
            continue;
        }
        p = tm_wire_next(start, end, &f);
        if (!p)
            return fail(q, "not a protobuf field", NULL, start);
        bool member = f.number == TM_GROUP_MEMBERS && f.type == TM_WIRE_BYTES;
        if (!member && !scan_field(q, message, &f, item, &head))
            return false;
    }
    tm_fault fault;
    if (head.n > q->most_item_bytes)
        return end_oversize(q);
    if (head.p)
        item->raw = head;
    return judge_soundness(q, tm_item_walk(item, &fault), &fault);
}

static bool open_group(tm_request *q, tm_level level, tm_text field, tm_text body)
{
    tm_item *item = &q->item[level];
    tm_item_reset(item, level, q->arena, item->needs, item->slot);
    q->group[level] = (tm_group){.field = field,
                                 .body = body,
                                 .at = body.p,
                                 .opened = tm_pieces_open(&q->out),
                                 .open = true};
    return !(q->heads >> level & 1) || scan_group(q, level);
}

/* An edited head or schema URL leaves at the end of the group, instead of where it came. */
static void write_edited_head(tm_request *q, tm_level level)
{
    tm_group *group = &q->group[level];
    const tm_item *item = &q->item[level];
    const uint32_t schema_url = 1u << TM_SCHEMA_URL;
    if (item->changed & ~schema_url) {
        tm_item head = *item;
        head.changed &= ~schema_url;
        tm_pieces_blank(&q->out, group->opened, TM_PIECE_HEAD + 2 * level);
        tm_pieces_add_item(&q->out, &head, TM_GROUP_HEAD);
    }
    if (item->changed & schema_url) {
        tm_pieces_blank(&q->out, group->opened, TM_PIECE_SCHEMA_URL + 2 * level);
        tm_text url = tm_value_text(item->field[TM_SCHEMA_URL]);
        char *at = tm_arena_alloc(q->arena, tm_wire_bytes_field_bytes(TM_GROUP_SCHEMA_URL, url.n));
        char *end = url.n ? tm_wire_put_bytes_field(at, TM_GROUP_SCHEMA_URL, url) : at;
        tm_pieces_add_kind(&q->out, tm_text_slice(at, (size_t)(end - at)), TM_PIECE_HEADER);
    }
}

/* Decides how a group leaves: not at all, as it came, or rebuilt around what is left of it. */
static void close_group(tm_request *q, tm_level level)
{
    tm_group *group = &q->group[level];
    group->open = false;
    bool gone = group->dropped || (q->prune && group->members_out == 0);
    bool changed = gone || group->changed || q->item[level].changed;
    if (level == TM_SCOPE) {
        q->group[TM_RESOURCE].members_out += !gone;
        q->group[TM_RESOURCE].changed |= changed;
    }
    if (gone) {
        tm_pieces_rewind(&q->out, group->opened);
    } else if (!changed) {
        tm_pieces_rewind(&q->out, group->opened);
        tm_pieces_add(&q->out, group->field);
    } else {
        write_edited_head(q, level);
        tm_pieces_close(&q->out, group->opened,
                        level == TM_RESOURCE ? TM_REQUEST_RESOURCES : TM_GROUP_MEMBERS);
    }
}

/* Reads a field of the group, and checks it unless the scan has. */
static bool next_field(tm_request *q, tm_level level, tm_wire_field *f)
{
    tm_group *group = &q->group[level];
    const char *start = group->at;
    group->at = tm_wire_next(start, group->body.p + group->body.n, f);
    if (q->heads >> level & 1)
        return true;
    if (!group->at)
        return fail(q, "not a protobuf field", NULL, start);
    if (f->number == TM_GROUP_MEMBERS && f->type == TM_WIRE_BYTES)
        return true; /* which is checked as it is walked */
    if (f->type == TM_WIRE_BYTES && f->bytes.n > q->most_item_bytes)
        return end_oversize(q);
    tm_fault fault;
    tm_soundness s = tm_check_field(message_of_group(level), f, &fault);
    return judge_soundness(q, s, &fault);
}

/* Passes the fields beside the members on, and stops behind the next member. */
static bool search_member(tm_request *q, tm_level level, tm_text *field, tm_text *body)
{
    tm_group *group = &q->group[level];
    const char *end = group->body.p + group->body.n;
    while (group->at < end) {
        tm_wire_field f;
        if (!next_field(q, level, &f))
            return false;
        tm_text whole = tm_text_slice(f.start, (size_t)(group->at - f.start));
        if (f.number == TM_GROUP_MEMBERS) {
            *field = whole;
            *body = f.bytes;
            return true;
        }
        if (f.number == TM_GROUP_HEAD)
            tm_pieces_add_kind(&q->out, whole, TM_PIECE_HEAD + 2 * level);
        else if (f.number == TM_GROUP_SCHEMA_URL)
            tm_pieces_add_kind(&q->out, whole, TM_PIECE_SCHEMA_URL + 2 * level);
        else
            tm_pieces_add(&q->out, whole);
    }
    return false;
}

/* The same, where mostly one member follows the other. */
static inline bool next_member(tm_request *q, tm_level level, tm_text *field, tm_text *body)
{
    tm_group *group = &q->group[level];
    const char *start = group->at, *end = group->body.p + group->body.n;
    const char *next = tm_wire_usual_bytes(start, end, TM_GROUP_MEMBER_TAG, body);
    if (!next)
        return search_member(q, level, field, body);
    *field = tm_text_slice(start, (size_t)(next - start));
    group->at = next;
    return true;
}

/* --- spans --- */

static void close_span(tm_request *q)
{
    if (!q->span_open)
        return;
    q->span_open = false;
    tm_group *scope = &q->group[TM_SCOPE];
    q->spans_in++;
    if (q->span_dropped || scope->dropped || q->group[TM_RESOURCE].dropped) {
        scope->changed = true;
        q->dropped_bytes += q->span_field.n;
        return;
    }
    q->spans_out++;
    scope->members_out++;
    if (tm_item_is_edited(&q->item[TM_SPAN])) {
        scope->changed = true;
        tm_pieces_add_item(&q->out, &q->item[TM_SPAN], TM_GROUP_MEMBERS);
    } else {
        tm_pieces_add(&q->out, q->span_field);
    }
}

bool tm_request_next_span(tm_request *q)
{
    close_span(q);
    tm_item *span = &q->item[TM_SPAN];
    tm_text body;
    if (q->soundness == TM_MALFORMED || !q->group[TM_SCOPE].open ||
        !next_member(q, TM_SCOPE, &q->span_field, &body))
        return false;
    if (body.n > q->most_item_bytes)
        return end_oversize(q);
    tm_item_reset(span, TM_SPAN, q->arena, span->needs, span->slot);
    span->raw = body;
    q->span_open = true;
    q->span_dropped = false;
    tm_fault fault;
    return judge_soundness(q, tm_item_walk(span, &fault), &fault);
}

void tm_request_drop_span(tm_request *q)
{
    assert(q->span_open);
    q->span_dropped = true;
}

/* --- stepping --- */

bool tm_request_next_scope(tm_request *q)
{
    while (tm_request_next_span(q))
        ;
    if (q->group[TM_SCOPE].open)
        close_group(q, TM_SCOPE);
    tm_text field, body;
    if (q->soundness == TM_MALFORMED || !q->group[TM_RESOURCE].open ||
        !next_member(q, TM_RESOURCE, &field, &body))
        return false;
    return open_group(q, TM_SCOPE, field, body);
}

void tm_request_drop_scope(tm_request *q)
{
    assert(q->group[TM_SCOPE].open);
    q->group[TM_SCOPE].dropped = true;
}

bool tm_request_next_resource(tm_request *q)
{
    while (tm_request_next_scope(q))
        ;
    if (q->group[TM_RESOURCE].open)
        close_group(q, TM_RESOURCE);
    const char *end = q->bytes.p + q->bytes.n;
    while (q->soundness != TM_MALFORMED && q->at < end) {
        tm_wire_field f;
        const char *start = q->at;
        q->at = tm_wire_next(start, end, &f);
        if (!q->at)
            return fail(q, "not a protobuf field", NULL, start);
        tm_text field = tm_text_slice(f.start, (size_t)(q->at - f.start));
        if (f.number != TM_REQUEST_RESOURCES)
            tm_pieces_add(&q->out, field);
        else if (f.type != TM_WIRE_BYTES)
            return fail(q, "wrong wire type", "resource_spans", f.start);
        else
            return open_group(q, TM_RESOURCE, field, f.bytes);
    }
    return false;
}

void tm_request_drop_resource(tm_request *q)
{
    assert(q->group[TM_RESOURCE].open);
    q->group[TM_RESOURCE].dropped = true;
}

const tm_pieces *tm_request_finish(tm_request *q)
{
    assert(!q->group[TM_RESOURCE].open && q->soundness != TM_MALFORMED);
    return &q->out;
}

tm_text tm_request_reason(const tm_request *q)
{
    const tm_fault *fault = &q->fault;
    return tm_arena_print(q->arena, "%s%s%s (at byte %zu)", fault->field ? fault->field : "",
                          fault->field ? ": " : "", fault->what, (size_t)(fault->at - q->bytes.p));
}
