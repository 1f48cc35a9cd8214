/* Language: the examples of docs/language.md, evaluated over the sample span.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     language SAMPLE.json LANGUAGE.md
 *
 * An example is a line `EXPRESSION → RESULT` in a block between ```. Prints what does not hold,
 * then "N passed, N failed". */
#include "base/clock.h"
#include "base/json_write.h"
#include "sample.h"
#include "whole_file.h"
#include "vm/convert.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct session {
    tm_arena *own, *arena;
    tm_vm vm;
    const tm_doc *sample;
    unsigned passed, failed;
} session;

/* ---- values in the notation of the page ---------------------------------------------------------
 */

typedef struct notation {
    tm_buf out;
    const char *nil; /* "nil" of an expression, "empty" of what is stored */
    bool sorted;     /* maps by their keys */
} notation;

static void print_value(notation *n, tm_value v);

static void print_string(tm_buf *out, tm_text text)
{
    tm_buf_add_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' || text.p[i] == '\t')
            tm_buf_print(out, text.p[i] == '\n' ? "\\n" : "\\t");
        else
            tm_buf_print(out, text.p[i] == '"' || text.p[i] == '\\' ? "\\%c" : "%c", text.p[i]);
    }
    tm_buf_add_char(out, '"');
}

static void print_hex(tm_buf *out, tm_text bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        tm_buf_print(out, "%02x", (unsigned char)bytes.p[i]);
}

static int by_key(const void *a, const void *b)
{
    return tm_text_compare(((const tm_entry *)a)->key, ((const tm_entry *)b)->key);
}

static void print_map(notation *n, const tm_map *map)
{
    tm_entry *entry = TM_NEW_ARRAY(n->out.arena, map->n + 1, tm_entry);
    for (uint32_t i = 0; i < map->n; i++)
        entry[i] = map->entry[i];
    if (n->sorted)
        qsort(entry, map->n, sizeof *entry, by_key);
    tm_buf_add_char(&n->out, '{');
    for (uint32_t i = 0; i < map->n; i++) {
        tm_buf_print(&n->out, "%s%.*s: ", i ? ", " : "", TM_PRI(entry[i].key));
        print_value(n, entry[i].value);
    }
    tm_buf_add_char(&n->out, '}');
}

static void print_list(notation *n, const tm_list *list)
{
    tm_buf_add_char(&n->out, '[');
    for (uint32_t i = 0; i < list->n; i++) {
        tm_buf_print(&n->out, "%s", i ? ", " : "");
        print_value(n, list->item[i]);
    }
    tm_buf_add_char(&n->out, ']');
}

static void print_double(tm_buf *out, double number)
{
    size_t from = out->n;
    tm_json_write_double(out, number, TM_EXPONENT_PADDED);
    for (size_t i = from; i < out->n; i++)
        if (strchr(".eNI", out->p[i]))
            return;
    tm_buf_print(out, ".0");
}

static void print_value(notation *n, tm_value v)
{
    switch (v.type) {
    case TM_NIL:
        tm_buf_print(&n->out, "%s", n->nil);
        break;
    case TM_BOOL:
        tm_buf_print(&n->out, v.truth ? "true" : "false");
        break;
    case TM_INT:
    case TM_NATIVE_INT:
        tm_buf_print(&n->out, "%lld", (long long)v.integer);
        break;
    case TM_DOUBLE:
        print_double(&n->out, v.number);
        break;
    case TM_STRING:
        print_string(&n->out, tm_value_text(v));
        break;
    case TM_BYTES:
        tm_buf_print(&n->out, "0x");
        print_hex(&n->out, tm_value_text(v));
        break;
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        tm_buf_print(&n->out, v.type == TM_TRACE_ID ? "trace id " : "span id ");
        print_hex(&n->out, tm_value_text(v));
        break;
    case TM_DURATION:
        tm_buf_print(&n->out, "duration %lld ns", (long long)v.integer);
        break;
    case TM_MAP:
        print_map(n, v.map);
        break;
    case TM_LIST:
        print_list(n, v.list);
        break;
    default:
        tm_buf_print(&n->out, "(%s)", tm_type_name((tm_type)v.type));
    }
}

static tm_text printed(session *s, tm_value v, const char *nil, bool sorted)
{
    notation n = {.out = {.arena = s->arena}, .nil = nil, .sorted = sorted};
    print_value(&n, v);
    return tm_buf_text(&n.out);
}

/* ---- running one --------------------------------------------------------------------------------
 */

typedef struct example {
    tm_source source;
    tm_text outcome;
    tm_diags diags;
    tm_need_table needs;
} example;

static tm_program *compile(session *s, example *e, const tm_source *source, tm_entry_point entry)
{
    tm_compiler c = {.arena = s->arena, .diags = &e->diags, .needs = &e->needs, .transform = true};
    return tm_compile_rule(&c, source, entry, TM_SPAN, TM_PATHS_BARE);
}

/* What is no value may be a condition, and the other way round. */
static tm_program *compile_any(session *s, example *e)
{
    static const tm_entry_point entries[] = {TM_STATEMENT, TM_VALUE, TM_CONDITION};
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        tm_program *program = compile(s, e, &e->source, entries[i]);
        if (program)
            return program;
    }
    return NULL;
}

/* `NAME = VALUE` behind a statement: an attribute, or a field of the span. */
static const char *check_state(session *s, example *e, tm_program *after, tm_text value)
{
    tm_value v;
    (void)e;
    if (!tm_vm_run(&s->vm, after, &v))
        return "what it sets cannot be read";
    tm_text found = printed(s, v, "empty", false);
    return tm_text_equal(found, value) ? NULL : tm_arena_copy(s->arena, found).p;
}

/* A field of the span by its name, everything else an attribute. */
static tm_program *reader_of(session *s, example *e, tm_text name)
{
    static const char *const fields[] = {"name", "kind", "trace_state", "dropped_events_count"};
    tm_source *source = TM_NEW(s->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("outcome")};
    source->text = tm_arena_print(s->arena, "attributes[\"%.*s\"]", TM_PRI(name));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (tm_text_is(name, fields[i]))
            source->text = name;
    return compile(s, e, source, TM_VALUE);
}

static bool cut(tm_text text, const char *mark, tm_text *before, tm_text *behind)
{
    const size_t n = strlen(mark);
    const char *at = text.p, *end = text.p + text.n;
    while (at + n <= end && memcmp(at, mark, n) != 0)
        at++;
    if (at + n > end)
        return false;
    *before = tm_text_trim(tm_text_slice(text.p, (size_t)(at - text.p)));
    *behind = tm_text_trim(tm_text_skip(text, (size_t)(at - text.p) + n));
    return true;
}

/* Texts that no comparison of this file can make: they say what the page means in words. */
static bool is_prose(tm_text outcome)
{
    return memchr(outcome.p, ';', outcome.n) || memchr(outcome.p, '(', outcome.n) ||
           tm_text_starts(outcome, TM_TEXT("time ")) ||
           tm_text_starts(outcome, TM_TEXT("status ")) ||
           tm_text_starts(outcome, TM_TEXT("trace_id =")) ||
           tm_text_starts(outcome, TM_TEXT("start_time_unix_nano"));
}

/* Why the example does not hold; NULL when it does. */
static const char *judge(session *s, example *e)
{
    tm_text name, value, outcome = e->outcome;
    tm_program *program = compile_any(s, e);
    if (tm_text_is(outcome, "build error"))
        return program ? "should not build" : NULL;
    if (!program)
        return "does not build";
    bool fails = tm_text_starts(outcome, TM_TEXT("error"));
    bool sets =
        program->entry_point == TM_STATEMENT && !fails && cut(outcome, " = ", &name, &value);
    tm_program *after = sets ? reader_of(s, e, name) : NULL;
    tm_request q;
    tm_value v;
    sample_open(s->arena, s->sample, &e->needs, &s->vm, &q);
    bool ran = tm_vm_run(&s->vm, program, &v);
    if (fails || !ran)
        return fails == !ran ? NULL : ran ? "should fail" : "fails";
    if (is_prose(outcome) || program->entry_point == TM_STATEMENT)
        return after && !is_prose(outcome) ? check_state(s, e, after, value) : NULL;
    if (tm_text_equal(printed(s, v, "nil", false), outcome) ||
        tm_text_equal(printed(s, v, "nil", true), outcome))
        return NULL;
    return tm_arena_copy(s->arena, printed(s, v, "nil", true)).p;
}

static void run_line(session *s, tm_text line)
{
    example e = {.diags = {.arena = s->arena}, .needs = {.arena = s->arena}};
    if (!cut(line, "→", &e.source.text, &e.outcome) || !e.outcome.n)
        return;
    e.source.name = TM_TEXT("docs/language.md");
    s->vm.error = TM_TEXT("");
    const char *why = judge(s, &e);
    s->passed += !why;
    s->failed += why != NULL;
    if (why)
        printf("%.*s: %s %.*s\n", TM_PRI(line), why, TM_PRI(s->vm.error));
    tm_arena_reset(s->arena);
}

/* ---- the page -----------------------------------------------------------------------------------
 */

int main(int argc, char **argv)
{
    session s = {.own = tm_arena_new(NULL), .arena = tm_arena_new(NULL)};
    s.sample = argc == 3 ? tm_vectors_json(s.own, read_file(s.own, argv[1])) : NULL;
    tm_text page = argc == 3 ? read_file(s.own, argv[2]) : TM_TEXT(""), line;
    if (!s.sample || !page.n) {
        fprintf(stderr, "usage: language SAMPLE.json LANGUAGE.md\n");
        return 2;
    }
    tm_vm_init(&s.vm, s.own, s.arena, tm_clock_real());
    bool block = false;
    while (tm_text_next(&page, '\n', &line)) {
        if (tm_text_starts(line, TM_TEXT("```")))
            block = !block;
        else if (block)
            run_line(&s, line);
    }
    printf("%u passed, %u failed\n", s.passed, s.failed);
    tm_arena_free(s.arena);
    tm_arena_free(s.own);
    return s.failed > 0;
}
