/* Test case: writing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/test_case.h"

#include "base/duration.h"
#include "base/json_write.h"
#include "otlp/enums.h"
#include "otlp/event.h"
#include "tools/complain.h"
#include "engine/span_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- a span in the short form ---------------------------------------------------------------- */

/* One flow map being written. */
typedef struct writing {
    tm_buf *out;
    bool any; /* it has members already */
} writing;

static void add_key(writing *w, const char *key)
{
    tm_buf_print(w->out, "%s%s: ", w->any ? ", " : "", key);
    w->any = true;
}

static void add_text(writing *w, const char *key, tm_text text)
{
    if (!text.n)
        return;
    add_key(w, key);
    tm_json_write_string(w->out, text, TM_JSON_PLAIN);
}

static void add_field(writing *w, const char *key, const tm_item *item, unsigned field)
{
    add_text(w, key, tm_value_text(tm_item_field(item, field)));
}

static void add_id(writing *w, const char *key, tm_text id)
{
    tm_buf hex = {.arena = w->out->arena};
    tm_buf_add_hex(&hex, id);
    add_text(w, key, tm_buf_text(&hex));
}

/* SERVER of SPAN_KIND_SERVER; nothing of a default. */
static void add_word(writing *w, const char *key, tm_enum which, const char *beginning,
                     int64_t value)
{
    tm_text symbol = tm_enum_row_of(which, value).symbol;
    if (!value || !symbol.n)
        return;
    add_key(w, key);
    tm_buf_add(w->out, tm_text_skip(symbol, strlen(beginning)));
}

static void add_entry(tm_buf *out, tm_text key, tm_value value, bool first)
{
    tm_buf_print(out, first ? "" : ", ");
    tm_json_write_string(out, key, TM_JSON_PLAIN);
    tm_buf_print(out, ": ");
    tm_span_value_json(out, value);
}

static void add_attributes(writing *w, const char *key, tm_item *item)
{
    const tm_map *map = tm_item_attributes(item);
    if (!map->n)
        return;
    add_key(w, key);
    tm_buf_add_char(w->out, '{');
    for (uint32_t i = 0; i < map->n; i++)
        add_entry(w->out, map->entry[i].key, map->entry[i].value, i == 0);
    tm_buf_add_char(w->out, '}');
}

static void add_scope(writing *w, tm_item *scope)
{
    tm_buf body = {.arena = w->out->arena};
    writing inner = {.out = &body};
    add_field(&inner, "name", scope, TM_SCOPE_NAME);
    add_field(&inner, "version", scope, TM_SCOPE_VERSION);
    add_attributes(&inner, "attributes", scope);
    if (!inner.any)
        return;
    add_key(w, "scope");
    tm_buf_print(w->out, "{%.*s}", TM_PRI(tm_buf_text(&body)));
}

static void add_events(writing *w, tm_item *span, const tm_needs *needs)
{
    tm_item event = {0};
    tm_event_walk walk = tm_event_walk_of(span, &event, needs, NULL, w->out->arena);
    bool any = false;
    while (tm_event_walk_next(&walk)) {
        writing inner = {.out = w->out};
        if (!any)
            add_key(w, "events");
        tm_buf_print(w->out, any ? ", {" : "[{");
        any = true;
        add_field(&inner, "name", walk.event, TM_EVENT_NAME);
        add_attributes(&inner, "attributes", walk.event);
        tm_buf_add_char(w->out, '}');
    }
    if (any)
        tm_buf_add_char(w->out, ']');
}

static void add_span(tm_buf *out, tm_request *q, const tm_span_facts *facts, const tm_needs *events)
{
    tm_item *span = &q->item[TM_SPAN];
    writing w = {.out = out};
    tm_buf_add_char(out, '{');
    add_text(&w, "name", facts->name);
    add_word(&w, "kind", TM_ENUM_SPAN_KIND, "SPAN_KIND_",
             tm_item_field(span, TM_SPAN_KIND).integer);
    add_word(&w, "status", TM_ENUM_STATUS_CODE, "STATUS_CODE_", facts->status_code);
    if (facts->end_ns > facts->start_ns && facts->end_ns - facts->start_ns <= INT64_MAX) {
        add_key(&w, "duration");
        tm_duration_print((int64_t)(facts->end_ns - facts->start_ns), out);
    }
    add_id(&w, "trace_id", facts->trace_id);
    add_id(&w, "span_id", facts->span_id);
    add_id(&w, "parent_span_id", facts->parent_id);
    add_field(&w, "trace_state", span, TM_SPAN_TRACE_STATE);
    add_attributes(&w, "attributes", span);
    add_attributes(&w, "resource", &q->item[TM_RESOURCE]);
    add_scope(&w, &q->item[TM_SCOPE]);
    add_events(&w, span, events);
    tm_buf_add_char(out, '}');
}

/* Opens the request at its first span, with everything read. */
static bool open_span(tm_arena *arena, tm_text request, tm_request *q, const tm_needs **needs)
{
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_needs_new(arena, NULL, 0, UINT32_MAX);
    tm_request_open(q, arena, needs, TM_NEW_ARRAY(arena, tm_request_slots(needs) + 1, tm_slot),
                    request, false, TM_UTF8_KEEP);
    return tm_request_next_resource(q) && tm_request_next_scope(q) && tm_request_next_span(q);
}

/* ---- what is expected ------------------------------------------------------------------------ */

static const tm_span_fact *find(const tm_span_facts *facts, tm_text path)
{
    for (size_t i = 0; i < facts->n; i++)
        if (tm_text_equal(facts->item[i].path, path))
            return &facts->item[i];
    return NULL;
}

/* The attributes of one kind that differ, as a map; null for those that are gone. Facts show values
 * as JSON. */
static void add_changed(writing *w, const char *key, const char *path, const tm_explanation *e)
{
    const tm_span_facts *both[] = {&e->after, &e->before};
    const tm_text front = tm_text_of(path);
    bool any = false;
    for (unsigned side = 0; side < 2; side++)
        for (size_t i = 0; i < both[side]->n; i++) {
            const tm_span_fact *fact = &both[side]->item[i],
                               *other = find(both[1 - side], fact->path);
            if (!tm_text_starts(fact->path, front) ||
                (other && (side || tm_text_equal(fact->value, other->value))))
                continue;
            if (!any)
                add_key(w, key);
            const tm_text name = tm_text_slice(fact->path.p + front.n, fact->path.n - front.n - 1);
            tm_buf_print(w->out, "%s%.*s: %.*s", any ? ", " : "{", TM_PRI(name),
                         TM_PRI(side ? TM_TEXT("null") : fact->value));
            any = true;
        }
    if (any)
        tm_buf_add_char(w->out, '}');
}

static void add_expected(tm_buf *out, const tm_explanation *e)
{
    uint64_t errors = 0;
    tm_buf like = {.arena = out->arena};
    writing w = {.out = &like};
    for (uint32_t i = 0; i < e->ruleset->rules; i++)
        errors += e->counts[i].errors;
    if (e->end == TM_EXPLAINED_REFUSED) {
        tm_buf_print(out, "    refused: true\n");
    } else if (e->end == TM_EXPLAINED_DROPPED) {
        tm_buf_print(out, "    kept: 0\n    dropped: [{");
        if (e->dropped_by) {
            tm_buf_print(out, "by: ");
            tm_json_write_string(out, e->dropped_by->name, TM_JSON_PLAIN);
        } else {
            tm_buf_print(out, "count: 1");
        }
        tm_buf_print(out, "}]\n");
    } else {
        tm_buf_print(out, "    kept: 1\n");
    }
    if (e->end == TM_EXPLAINED_EDITED) {
        if (!tm_text_equal(e->before.name, e->after.name))
            add_text(&w, "name", e->after.name);
        if (e->before.status_code != e->after.status_code)
            add_word(&w, "status", TM_ENUM_STATUS_CODE, "STATUS_CODE_", e->after.status_code);
        add_changed(&w, "attributes", "attributes[", e);
        add_changed(&w, "resource", "resource.attributes[", e);
    }
    if (w.any)
        tm_buf_print(out, "    spans: [{%.*s}]\n", TM_PRI(tm_buf_text(&like)));
    if (errors && e->end != TM_EXPLAINED_REFUSED)
        tm_buf_print(out, "    errors: %llu\n", (unsigned long long)errors);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Paths in a file of tests are seen from where it lies. */
static tm_text path_from(tm_arena *arena, tm_text path, tm_text file)
{
    char *whole;
    if (!memchr(file.p, '/', file.n) || !(whole = realpath(path.p, NULL)))
        return path;
    tm_text copy = tm_arena_copy(arena, tm_text_of(whole));
    free(whole);
    return copy;
}

static void add_head(tm_buf *out, const tm_test_case *test, tm_text file)
{
    tm_buf_print(out, "rules: [");
    for (size_t i = 0; i < test->rules.count; i++) {
        tm_buf_print(out, i ? ", " : "");
        tm_json_write_string(out, path_from(out->arena, test->rules.items[i], file), TM_JSON_PLAIN);
    }
    tm_buf_print(out, "]\n");
    if (test->pipeline.n)
        tm_buf_print(out, "pipeline: %.*s\n", TM_PRI(test->pipeline));
    tm_buf_print(out, "tests:\n");
}

static void add_case(tm_buf *out, const tm_test_case *test, tm_text name_line)
{
    const tm_needs *needs[TM_LEVELS];
    tm_request q;
    tm_buf_print(out, "%.*s\n  spans:\n  - ", TM_PRI(name_line));
    if (open_span(out->arena, test->span, &q, needs))
        add_span(out, &q, &test->explanation->before, needs[TM_EVENT]);
    tm_buf_print(out, "\n  expect:\n");
    add_expected(out, test->explanation);
}

/* What the file has; false, told: it is there and cannot be read. */
static bool read_file(tm_text file, tm_buf *out)
{
    enum { PIECE = 65536 };
    FILE *f = fopen(file.p, "rb");
    size_t n;
    if (!f)
        return errno == ENOENT || tm_complain("cannot read %s: %s", file.p, strerror(errno));
    while ((n = fread(tm_buf_reserve(out, PIECE), 1, PIECE, f)) > 0)
        out->n += n;
    fclose(f);
    return true;
}

static bool has_line(tm_text text, tm_text wanted)
{
    tm_text line;
    while (tm_text_next(&text, '\n', &line))
        if (tm_text_equal(line, wanted))
            return true;
    return false;
}

bool tm_test_case_add(tm_arena *arena, const tm_test_case *test, tm_text file)
{
    tm_buf old = {.arena = arena}, out = old, name = old;
    if (!read_file(file, &old))
        return false;
    tm_buf_print(&name, "- name: ");
    tm_json_write_string(&name, test->name, TM_JSON_PLAIN);
    if (!old.n)
        add_head(&out, test, file);
    else if (!has_line(tm_buf_text(&old), TM_TEXT("tests:")))
        return tm_complain("%s has no line `tests:` to write behind", file.p);
    if (has_line(tm_buf_text(&old), tm_buf_text(&name)))
        return tm_complain("%s has a test %.*s already", file.p, TM_PRI(test->name));
    if (old.n && old.p[old.n - 1] != '\n')
        tm_buf_add_char(&out, '\n');
    add_case(&out, test, tm_buf_text(&name));
    FILE *f = fopen(file.p, "ab");
    bool ok = f && fwrite(out.p, 1, out.n, f) == out.n;
    ok = f && fclose(f) == 0 && ok;
    return ok || tm_complain("cannot write %s: %s", file.p, strerror(errno));
}
