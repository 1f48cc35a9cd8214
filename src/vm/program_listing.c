/* Listing: a program as people read it.
 * Work: of rules alone: programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/program_listing.h"

#include "base/json_write.h"
#include "vm/convert.h"
#include "vm/opcode.h"

#include <math.h>

/* One program being listed. */
typedef struct lister {
    tm_buf *out;
    const tm_program *program;
    const tm_needs *const *needs;
} lister;

/* --- values --- */

static void print_list(tm_buf *out, const tm_list *list)
{
    tm_buf_add_char(out, '[');
    for (uint32_t i = 0; i < list->n; i++) {
        if (i)
            tm_buf_add(out, TM_TEXT(", "));
        tm_listing_value(out, list->item[i]);
    }
    tm_buf_add_char(out, ']');
}

static void print_string(tm_buf *out, tm_text t)
{
    tm_json_write_string(out, t, TM_JSON_ESCAPE_LINES | TM_JSON_ESCAPE_BAD);
}

static void print_map(tm_buf *out, const tm_map *map)
{
    tm_buf_add_char(out, '{');
    for (uint32_t i = 0; i < map->n; i++) {
        if (i)
            tm_buf_add(out, TM_TEXT(", "));
        print_string(out, map->entry[i].key);
        tm_buf_add(out, TM_TEXT(": "));
        tm_listing_value(out, map->entry[i].value);
    }
    tm_buf_add_char(out, '}');
}

static void print_hex(tm_buf *out, tm_text bytes)
{
    tm_buf_add(out, TM_TEXT("0x"));
    tm_buf_add_hex(out, bytes);
}

/* With a point or an exponent, so that it does not look like an int. */
static void print_double(tm_buf *out, double d)
{
    size_t from = out->n;
    tm_double_print(out, d, false);
    bool marked = !isfinite(d);
    for (size_t i = from; i < out->n; i++)
        marked = marked || out->p[i] == '.' || out->p[i] == 'e';
    if (!marked)
        tm_buf_add(out, TM_TEXT(".0"));
}

void tm_listing_value(tm_buf *out, tm_value v)
{
    tm_text json;
    switch ((tm_type)v.type) {
    case TM_NIL:
        tm_buf_add(out, TM_TEXT("nil"));
        return;
    case TM_STRING:
        print_string(out, tm_value_text(v));
        return;
    case TM_DOUBLE:
        print_double(out, v.number);
        return;
    case TM_BYTES:
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        print_hex(out, tm_value_text(v));
        return;
    case TM_MAP:
        print_map(out, v.map);
        return;
    case TM_LIST:
        print_list(out, v.list);
        return;
    case TM_DURATION:
        tm_buf_print(out, "%lld ns", (long long)v.integer);
        return;
    case TM_EVENTS:
    case TM_LINKS:
    case TM_STATUS:
        tm_buf_print(out, "<%s>", tm_type_name((tm_type)v.type));
        return;
    default: /* bool, ints, time */
        if (tm_value_json(out->arena, v, false, &json))
            tm_buf_add(out, json);
        return;
    }
}

/* --- paths --- */

static const char *level_name(tm_level level)
{
    static const char *const names[] = {"resource", "scope", "span", "spanevent"};
    return level < TM_LEVELS ? names[level] : "otelcol";
}

void tm_listing_target(tm_buf *out, const tm_target *t)
{
    tm_buf_print(out, "%s.%s", level_name(t->path->level), t->path->dotted);
    for (unsigned i = 0; i < t->keys; i++) {
        tm_buf_add_char(out, '[');
        if (t->key[i].lazy)
            tm_buf_print(out, "lambda %u", t->key[i].lambda);
        else if (t->key[i].dynamic)
            tm_buf_print(out, "r%u", t->key[i].reg);
        else
            tm_listing_value(out, t->key[i].value);
        tm_buf_add_char(out, ']');
    }
}

static void print_need(const lister *l, uint32_t where)
{
    const tm_level level = tm_where_level(where);
    const uint32_t slot = tm_where_number(where);
    const tm_needs *needs = l->needs ? l->needs[level] : NULL;
    tm_buf_print(l->out, "%s.attributes[", level_name(level));
    if (needs && slot < needs->n)
        print_string(l->out, needs->key[slot]);
    else
        tm_buf_print(l->out, "#%u", slot);
    tm_buf_add_char(l->out, ']');
}

/* The first row of the field that reads it as it is stored. */
static void print_field(const lister *l, uint32_t where)
{
    const tm_path *row = tm_path_rows();
    while (row->dotted && (row->level != tm_where_level(where) ||
                           row->field != tm_where_number(where) || row->access == TM_ACCESS_TIME))
        row++;
    tm_buf_print(l->out, "%s.%s", level_name(tm_where_level(where)),
                 row->dotted ? row->dotted : "?");
}

/* --- calls --- */

static void print_lambdas(const lister *l, const tm_argument *a)
{
    if (a->kind != TM_KIND_LIST_OF_LAZY)
        tm_buf_print(l->out, "lambda %u", a->index);
    else if (a->count)
        tm_buf_print(l->out, "[lambda %u..%u]", a->index, a->index + a->count - 1);
    else
        tm_buf_add(l->out, TM_TEXT("[]"));
}

static void print_argument(const lister *l, const tm_call_site *s, unsigned i)
{
    const tm_argument *a = &s->argument[i];
    if (!a->given)
        tm_buf_add_char(l->out, '_');
    else if (tm_argument_is_value(a))
        tm_buf_print(l->out, "r%u", s->first + i);
    else if (tm_argument_is_path(a))
        tm_listing_target(l->out, &l->program->target[a->index]);
    else if (a->kind == TM_KIND_FUNCTION)
        tm_buf_print(l->out, "%s", a->function->name);
    else
        print_lambdas(l, a);
}

static void print_site(const lister *l, const tm_call_site *s)
{
    unsigned n = s->arguments;
    while (n && !s->argument[n - 1].given)
        n--;
    tm_buf_print(l->out, "%s(", s->function->name);
    for (unsigned i = 0; i < n; i++) {
        if (i)
            tm_buf_add(l->out, TM_TEXT(", "));
        print_argument(l, s, i);
    }
    tm_buf_add_char(l->out, ')');
}

/* --- instructions --- */

static void print_pattern(const lister *l, const tm_regex *regex)
{
    tm_text pattern = tm_regex_pattern(regex);
    tm_buf_add_char(l->out, '/');
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '/')
            tm_buf_add_char(l->out, '\\');
        tm_buf_add_char(l->out, pattern.p[i]);
    }
    tm_buf_add_char(l->out, '/');
}

static void print_operand(const lister *l, unsigned kind, uint32_t x)
{
    switch (kind) {
    case TM_OPERAND_OUT:
    case TM_OPERAND_TRUTH:
    case TM_OPERAND_REG:
    case TM_OPERAND_BOOL:
    case TM_OPERAND_REGS:
        tm_buf_print(l->out, "r%u", x);
        return;
    case TM_OPERAND_CONST:
        tm_listing_value(l->out, l->program->constant[x]);
        return;
    case TM_OPERAND_REGEX:
        print_pattern(l, l->program->regex[x]);
        return;
    case TM_OPERAND_SITE:
        print_site(l, &l->program->site[x]);
        return;
    case TM_OPERAND_TARGET:
        tm_listing_target(l->out, &l->program->target[x]);
        return;
    case TM_OPERAND_NEED:
        print_need(l, x);
        return;
    case TM_OPERAND_FIELD:
        print_field(l, x);
        return;
    default:
        tm_buf_print(l->out, "%u", x);
        return;
    }
}

static void print_insn(const lister *l, uint32_t at)
{
    const tm_insn *insn = &l->program->code[at];
    const tm_opcode_row *row = tm_opcode_get((tm_opcode)insn->op);
    bool none = row->operand[0] == TM_OPERAND_NONE && row->operand[1] == TM_OPERAND_NONE;
    tm_buf_print(l->out, "%-*s", none ? 0 : 20, row->name);
    const char *gap = " ";
    for (unsigned i = 0; i < 3; i++) {
        if (row->operand[i] == TM_OPERAND_NONE)
            continue;
        tm_buf_add(l->out, tm_text_of(gap));
        print_operand(l, row->operand[i], tm_insn_operand(insn, i));
        gap = ", ";
    }
}

static void print_heads(const lister *l, uint32_t at)
{
    for (uint32_t i = 0; i < l->program->lambdas; i++) {
        const tm_lambda *lambda = &l->program->lambda[i];
        if (lambda->entry != at)
            continue;
        tm_buf_print(l->out, "lambda %u(", i);
        for (unsigned k = 0; k < lambda->parameters; k++)
            tm_buf_print(l->out, "%sr%u", k ? ", " : "", lambda->first + k);
        tm_buf_add(l->out, TM_TEXT("):\n"));
    }
}

void tm_listing_insn(tm_buf *out, const tm_program *program, const tm_needs *const needs[TM_LEVELS],
                     uint32_t at)
{
    const lister l = {.out = out, .program = program, .needs = needs};
    print_insn(&l, at);
}

void tm_listing_print(tm_buf *out, const tm_program *program,
                      const tm_needs *const needs[TM_LEVELS])
{
    const lister l = {.out = out, .program = program, .needs = needs};
    for (uint32_t at = 0; at < program->length; at++) {
        print_heads(&l, at);
        tm_buf_print(out, "%5u  ", at);
        print_insn(&l, at);
        tm_buf_add_char(out, '\n');
    }
}
