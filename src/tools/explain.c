/* explain: why rules decide about a span, or every span of a trace, as they do.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "otlp/request.h"
#include "tools/complain.h"
#include "explain/explain_print.h"
#include "tools/run_gather.h"
#include "tools/run_rules.h"
#include "tools/unit_walk.h"

#include <stdio.h>
#include <unistd.h>

typedef struct explaining {
    const tm_ruleset *ruleset;
    tm_arena *own, *arena;     /* of the command; of a unit */
    tm_text trace_id, span_id; /* that are asked for; empty: any */
    bool json, code;
    tm_screen screen;
    tm_unit_walk walk;
    tm_run_gathered gathered;
    tm_request request;
    uint64_t explained;
    bool refused;
} explaining;

/* ---- one span -------------------------------------------------------------------------------- */

static bool is_asked_for(const explaining *e, const tm_item *span)
{
    const tm_text trace = tm_value_text(tm_item_field(span, TM_SPAN_TRACE_ID)),
                  own = tm_value_text(tm_item_field(span, TM_SPAN_SPAN_ID));
    return (!e->trace_id.n || tm_text_equal(e->trace_id, trace)) &&
           (!e->span_id.n || tm_text_equal(e->span_id, own));
}

static void explain_one(explaining *e)
{
    tm_explanation x;
    tm_buf out = {.arena = e->arena};
    tm_text request = tm_bytes_text(&e->gathered.request);
    if (!tm_explanation_make(e->arena, e->ruleset, request, NULL, &x))
        tm_arena_out_of_memory(e->arena);
    if (e->json) {
        tm_explain_json(&out, &x, e->code);
        tm_buf_add_char(&out, '\n');
    } else {
        if (e->explained)
            tm_buf_add_char(&out, '\n');
        tm_explain_print(&out, &x, e->code, &e->screen);
    }
    fwrite(out.p, 1, out.n, stdout);
    e->explained++;
    e->refused |= x.end == TM_EXPLAINED_REFUSED;
}

/* The span alone, in its resource and scope. */
static void take_span(explaining *e)
{
    const tm_request *q = &e->request;
    const tm_run_drop span = {.span_field = q->span_field,
                              .scope_body = q->group[TM_SCOPE].body,
                              .resource_body = q->group[TM_RESOURCE].body};
    if (!is_asked_for(e, &q->item[TM_SPAN]))
        return;
    e->gathered.request.n = 0;
    tm_run_gather(&e->gathered, &span);
    tm_run_gather_close(&e->gathered);
    if (e->gathered.short_of_memory)
        tm_arena_out_of_memory(e->arena);
    explain_one(e);
}

/* ---- the recording --------------------------------------------------------------------------- */

static bool explain_unit(void *owner, tm_text bytes)
{
    explaining *e = owner;
    const tm_needs *needs[TM_LEVELS];
    tm_request *q = &e->request;
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] =
            tm_needs_new(e->arena, NULL, 0, 1 << TM_SPAN_TRACE_ID | 1 << TM_SPAN_SPAN_ID);
    tm_request_open(q, e->arena, needs,
                    TM_NEW_ARRAY(e->arena, tm_request_slots(needs) + 1, tm_slot), bytes, false,
                    TM_UTF8_KEEP);
    while (tm_request_next_resource(q))
        while (tm_request_next_scope(q))
            while (tm_request_next_span(q))
                take_span(e);
    if (q->soundness == TM_MALFORMED)
        tm_unit_walk_tell(&e->walk, tm_request_reason(q));
    return true;
}

static void tell_none(const tm_arguments *a)
{
    const tm_text trace = tm_arguments_text(a, "trace", ""),
                  span = tm_arguments_text(a, "span", "");
    if (trace.n || span.n)
        tm_complain("no span%s%.*s%s%.*s is there", trace.n ? " of trace " : "", TM_PRI(trace),
                    span.n ? " with id " : "", TM_PRI(span));
    else
        tm_complain("no spans are there");
}

static int explain_all(explaining *e, const tm_arguments *a)
{
    const tm_texts names = tm_input_names(a);
    tm_unit_walk_all(&e->walk, &names);
    if (tm_unit_walk_fault(&e->walk))
        return TM_EXIT_USAGE;
    if (!e->explained) {
        tell_none(a);
        return TM_EXIT_NO_INPUT;
    }
    return e->refused ? TM_EXIT_RULE : TM_EXIT_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* An id in hex digits; empty when it was not given. False, told on stderr. */
static bool read_id(const tm_arguments *a, const char *option, size_t bytes, tm_text *id)
{
    tm_text hex = tm_arguments_text(a, option, "");
    char *to = tm_arena_alloc(a->arena, bytes);
    *id = tm_text_slice(to, hex.n ? bytes : 0);
    if (!hex.n)
        return true;
    return (hex.n == 2 * bytes && tm_hex_read(to, hex)) ||
           tm_complain("--%s takes %zu hex digits, not %.*s", option, 2 * bytes, TM_PRI(hex));
}

static int explain(const tm_arguments *a)
{
    explaining *e = TM_NEW(a->arena, explaining);
    int code = TM_EXIT_USAGE;
    e->own = a->arena;
    e->code = tm_arguments_flag(a, "code");
    e->json = tm_text_is(tm_arguments_text(a, "format", "text"), "json");
    e->screen = tm_screen_of(STDOUT_FILENO);
    if (!read_id(a, "trace", 16, &e->trace_id) || !read_id(a, "span", 8, &e->span_id))
        return code;
    tm_ruleset *ruleset = tm_run_rules(a, tm_ruleset_new_explained, &code);
    if (!ruleset)
        return code;
    e->ruleset = ruleset;
    e->arena = tm_arena_new(NULL);
    code = TM_EXIT_USAGE;
    e->walk = (tm_unit_walk){.arena = e->arena, .take = explain_unit, .owner = e};
    if (tm_unit_walk_open(&e->walk))
        code = explain_all(e, a);
    tm_unit_walk_drop(&e->walk);
    tm_run_gather_free(&e->gathered);
    tm_arena_free(e->arena);
    tm_ruleset_unref(ruleset);
    return code;
}

static const tm_option options[] = {
    TM_RULES_OPTIONS,
    TM_INPUT_OPTION,
    {"trace", 0, TM_OPTION_TEXT, "ID", NULL, "only the spans of this trace: 32 hex digits"},
    {"span", 0, TM_OPTION_TEXT, "ID", NULL, "only this span: 16 hex digits"},
    {"code", 0, TM_OPTION_FLAG, NULL, NULL, "shows each rule beside its bytecode"},
    {"format", 0, TM_OPTION_TEXT, NULL, "text|json", "json is one object a line and span"},
    {0}};

const tm_command tm_command_explain = {
    .name = "explain",
    .operands = "",
    .manual = "Says why rules keep, edit or drop recorded spans, with the values that decided",
    .options = options,
    .run = explain};
