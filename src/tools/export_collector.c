/* Export, to a Collector: groups of rules as processors filter and transform.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "config/quote.h"
#include "lang/upstream.h"
#include "tools/complain.h"
#include "tools/export.h"
#include "tools/rule_input.h"

#include <stdio.h>

/* ---- processors ------------------------------------------------------------------------------ */

/* "noisy" of "rules/noisy.ottl". */
static tm_text base_name(tm_arena *arena, tm_text path)
{
    tm_text name = path, part;
    for (tm_text rest = path; rest.p && tm_text_next(&rest, '/', &part);)
        name = part;
    if (tm_text_ends(name, TM_TEXT(".ottl")))
        name.n -= 5;
    if (!name.n || tm_text_is(name, "-"))
        return TM_TEXT("rules");
    char *out = tm_arena_alloc(arena, name.n);
    for (size_t i = 0; i < name.n; i++) {
        const char c = name.p[i];
        const bool plain = tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || c == '-';
        out[i] = plain ? c : '_';
    }
    return tm_text_slice(out, name.n);
}

/* "filter/noisy", "filter/noisy_2", ... */
static void add_id(tm_buf *out, bool edits, tm_text name, unsigned number)
{
    tm_buf_print(out, "%s/%.*s", edits ? "transform" : "filter", TM_PRI(name));
    if (number > 1)
        tm_buf_print(out, "_%u", number);
}

static void add_rule(tm_buf *out, const tm_upstream_rule *r)
{
    unsigned line, column;
    const tm_source *source = r->rule->file->source;
    tm_source_position(source, r->rule->item->place.at, &line, &column);
    tm_buf_print(out, "          # %.*s:%u", TM_PRI(source->name), line);
    if (r->rule->item->name.n)
        tm_buf_print(out, " %.*s", TM_PRI(r->rule->name));
    tm_buf_print(out, "\n          - ");
    tm_quote(r->text, out);
    tm_buf_add_char(out, '\n');
}

static void add_group(tm_buf *out, const tm_upstream_group *g, tm_text error_mode)
{
    tm_buf_print(out, "      - context: %s\n", tm_context_name(g->level));
    if (!tm_text_equal(g->error_mode, error_mode))
        tm_buf_print(out, "        error_mode: %.*s\n", TM_PRI(g->error_mode));
    tm_buf_print(out, "        %s:\n", g->edits ? "statements" : "conditions");
    for (const tm_upstream_rule *r = g->first; r; r = r->next)
        add_rule(out, r);
}

/* One processor of `first` and the groups of its kind behind it; the group behind those. */
static const tm_upstream_group *add_processor(tm_buf *out, const tm_upstream_group *first,
                                              tm_text name, unsigned number)
{
    const tm_upstream_group *g = first;
    tm_buf_print(out, "  ");
    add_id(out, first->edits, name, number);
    tm_buf_print(out, ":\n    error_mode: %.*s\n    %s:\n", TM_PRI(first->error_mode),
                 first->edits ? "trace_statements" : "trace_conditions");
    for (; g && g->edits == first->edits; g = g->next)
        add_group(out, g, first->error_mode);
    return g;
}

static void print(const tm_upstream *upstream, tm_text name, tm_text pipeline, tm_buf *out)
{
    tm_buf ids = {.arena = out->arena};
    unsigned number[2] = {0};
    tm_buf_print(out, "processors:\n");
    for (const tm_upstream_group *g = upstream->first; g;) {
        const unsigned n = ++number[g->edits];
        tm_buf_print(&ids, "%s", ids.n ? ", " : "");
        add_id(&ids, g->edits, name, n);
        g = add_processor(out, g, name, n);
    }
    tm_buf_print(out, "service:\n  pipelines:\n    ");
    tm_quote(pipeline, out);
    tm_buf_print(out, ":\n      processors: [%.*s]\n", TM_PRI(tm_buf_text(&ids)));
}

/* ---- the command ----------------------------------------------------------------------------- */

int tm_export_collector(const tm_arguments *a)
{
    tm_rule_input input;
    tm_diags diags = {.arena = a->arena};
    tm_buf out = {.arena = a->arena};
    tm_rule_unit unit;
    tm_upstream upstream;
    if (!tm_rule_input_read(&input, a))
        return TM_EXIT_USAGE;
    tm_rule_input_compile(&input, &diags, &unit);
    if (!diags.errors)
        tm_upstream_of(a->arena, &diags, &unit, tm_arguments_flag(a, "lambdas"), &upstream);
    tm_diags_order(&diags);
    tm_complain_diags(&diags);
    if (diags.errors)
        return TM_EXIT_CONFIG;
    if (!upstream.first) {
        tm_complain("there is no rule to export");
        return TM_EXIT_NO_INPUT;
    }
    print(&upstream, base_name(a->arena, input.source[0]->name),
          tm_arguments_text(a, "pipeline", "traces"), &out);
    fwrite(out.p, 1, out.n, stdout);
    return TM_EXIT_OK;
}
