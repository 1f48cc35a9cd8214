/* LSP, completion: what could stand at the cursor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/library.h"
#include "tools/lsp/lsp_case.h"
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_scan.h"
#include "tools/lsp/lsp_server.h"
#include "tools/proposals.h"

/* Kinds of completion items, by LSP's numbers. */
enum {
    IS_FUNCTION = 3,
    IS_VARIABLE = 6,
    IS_PROPERTY = 10,
    IS_KEYWORD = 14,
    IS_FILE = 17,
    IS_MEMBER = 20,
    IS_CONSTANT = 21
};

typedef struct completing {
    tm_lsp_call *call;
    const tm_lsp_analysis *analysis;
    tm_lsp_spot spot;
    size_t item_at; /* where the rule or definition begins in the text */
    tm_proposals proposals;
    size_t from;      /* where the proposals begin in the text */
    tm_lsp_span name; /* instead: of a rule, in a file of tests */
} completing;

/* ---- what is offered ------------------------------------------------------------------------- */

static void offer_parameters(completing *c)
{
    for (const tm_file_item *i = c->analysis->file ? c->analysis->file->first : NULL; i;
         i = i->next)
        if (c->spot.at >= i->place.at && c->item_at <= i->place.at && i->place.at <= c->spot.at)
            for (const tm_segment *p = i->parameters; p; p = p->next)
                tm_propose(&c->proposals, p->name, TM_PROPOSAL_OTHER, NULL);
}

static void offer_library(completing *c, size_t string)
{
    c->from = c->item_at + string + 1;
    c->proposals.word = tm_text_slice(c->spot.text.p + c->from, c->spot.at - c->from);
    for (unsigned i = 0; tm_library_at(i); i++)
        tm_propose(&c->proposals, tm_text_of(tm_library_at(i)->name), TM_PROPOSAL_OTHER, NULL);
}

/* What starts an item of a rule file. */
static void offer_items(completing *c)
{
    for (const char *const *w = tm_lsp_keywords(); *w && !tm_text_is(tm_text_of(*w), "where");
         w++) {
        const bool verb = tm_text_is(tm_text_of(*w), "drop") || tm_text_is(tm_text_of(*w), "keep");
        tm_propose(&c->proposals, tm_arena_print(c->call->arena, "%s %s", *w, verb ? "where " : ""),
                   TM_PROPOSAL_WORD, NULL);
    }
    tm_propose_functions(&c->proposals, "(");
}

/* Whether the cursor stands in a comment, and in the string of an import: where that begins. */
static void look_back(const completing *c, tm_text before, bool *comment, size_t *import)
{
    tm_lsp_scan s = {.text = before, .file = c->analysis->file != NULL};
    tm_lsp_token t, first = {0};
    *comment = false;
    *import = SIZE_MAX;
    while (tm_lsp_scan_next(&s, &t)) {
        const bool is_import = first.n && tm_text_is(tm_lsp_token_text(&s, &first), "import");
        *comment = t.kind == TM_LSP_COMMENT && t.at + t.n == before.n;
        if (is_import && t.kind == TM_LSP_STRING && !t.closed)
            *import = t.at;
        first = first.n ? first : t;
    }
}

static void offer_all(completing *c)
{
    const tm_loaded *loaded = tm_lsp_recording(c->call->server);
    const tm_text before = tm_text_slice(c->spot.text.p + c->item_at, c->spot.at - c->item_at);
    bool comment;
    size_t import;
    look_back(c, before, &comment, &import);
    if (comment)
        return;
    if (import != SIZE_MAX) {
        offer_library(c, import);
        return;
    }
    c->from =
        c->item_at + tm_propose_expression(&c->proposals, before, &c->analysis->unit.definitions,
                                           loaded ? loaded->keys : NULL);
    if (c->from && c->spot.text.p[c->from - 1] == '"')
        return;
    if (c->analysis->file && c->from == c->item_at)
        offer_items(c);
    offer_parameters(c);
}

/* ---- items ----------------------------------------------------------------------------------- */

static void add_documentation(tm_buf *out, tm_text text)
{
    tm_lsp_open(out, "documentation", '{');
    tm_lsp_add_text(out, "kind", TM_TEXT("markdown"));
    tm_lsp_add_text(out, "value", text);
    tm_buf_add_char(out, '}');
}

static int add_details(tm_buf *out, const tm_proposal *o)
{
    tm_buf text = {.arena = out->arena};
    switch (o->kind) {
    case TM_PROPOSAL_FUNCTION: {
        const tm_function *f = o->of;
        tm_lsp_add_text(out, "detail", tm_text_of(f->signature));
        add_documentation(out, tm_text_of(f->manual));
        return IS_FUNCTION;
    }
    case TM_PROPOSAL_PATH: {
        const tm_path *path = o->of;
        tm_lsp_add_text(out, "detail",
                        tm_text_of(path->type == TM_NIL ? "any" : tm_type_name(path->type)));
        add_documentation(out, tm_text_of(path->manual));
        return IS_PROPERTY;
    }
    case TM_PROPOSAL_DEFINITION: {
        const tm_definition *d = o->of;
        tm_lsp_describe_item(&text, d->source, d->item);
        tm_lsp_add_text(out, "detail", tm_lsp_item_head(out->arena, d->item));
        add_documentation(out, tm_buf_text(&text));
        return d->item->kind == TM_FILE_DEF ? IS_FUNCTION : IS_CONSTANT;
    }
    case TM_PROPOSAL_ENUM:
        return IS_MEMBER;
    case TM_PROPOSAL_WORD:
        return IS_KEYWORD;
    case TM_PROPOSAL_KEY:
        return IS_PROPERTY;
    default:
        return IS_VARIABLE;
    }
}

/* Without what makes a call or an index of it. */
static tm_text label_of(const tm_proposal *o)
{
    tm_text label = o->text;
    if (o->kind == TM_PROPOSAL_KEY)
        return tm_text_slice(label.p, label.n - 2);
    while (label.n && strchr("([\" ", label.p[label.n - 1]))
        label.n--;
    return label;
}

/* What is written for a key ends with a quote and a bracket, which may be there already. */
static size_t behind_key(const completing *c)
{
    const tm_text rest = tm_text_skip(c->spot.text, c->spot.at);
    return tm_text_starts(rest, TM_TEXT("\"]")) ? 2 : tm_text_starts(rest, TM_TEXT("\"")) ? 1 : 0;
}

static void add_item(completing *c, const tm_proposal *o, tm_lsp_span span)
{
    tm_buf *out = c->call->result;
    tm_lsp_open(out, NULL, '{');
    tm_lsp_add_text(out, "label", label_of(o));
    tm_lsp_add_int(out, "kind", add_details(out, o));
    tm_lsp_add_text(out, "filterText", o->text);
    tm_lsp_open(out, "textEdit", '{');
    tm_lsp_add_range(out, "range", &c->analysis->lines, span.begin, span.end);
    tm_lsp_add_text(out, "newText", o->text);
    tm_buf_add(out, TM_TEXT("}}"));
}

/* What the proposal is written over. */
static tm_lsp_span span_of(const completing *c, const tm_proposal *o)
{
    const tm_lsp_lines *lines = &c->analysis->lines;
    const tm_source *source = c->spot.region ? c->spot.region->source : c->analysis->source;
    if (c->name.end)
        return c->name;
    const size_t behind = o->kind == TM_PROPOSAL_KEY ? behind_key(c) : 0;
    return (tm_lsp_span){tm_lsp_file_offset(lines, source, c->from),
                         tm_lsp_file_offset(lines, source, c->spot.at + behind)};
}

/* Of a file of tests: the names of its rules. */
static void offer_rules(completing *c, size_t at)
{
    c->proposals.word =
        tm_text_slice(c->analysis->lines.text.p + c->name.begin, at - c->name.begin);
    for (const tm_unit_rule *r = c->analysis->unit.first_rule; r; r = r->next)
        tm_propose(&c->proposals, r->name, TM_PROPOSAL_OTHER, NULL);
}

bool tm_lsp_completion(tm_lsp_call *call)
{
    enum { ITEMS_MOST = 1000 };
    completing c = {.call = call, .proposals = {.arena = call->arena}};
    size_t at;
    if (!tm_lsp_ask(call, &c.analysis, &at))
        return false;
    if (tm_lsp_spot_at(c.analysis, at, &c.spot)) {
        c.item_at = c.analysis->file ? tm_lsp_item_begin(c.spot.text, c.spot.at) : 0;
        offer_all(&c);
    } else if (tm_lsp_case_name_at(c.analysis, at, &c.name)) {
        offer_rules(&c, at);
    }
    tm_proposals_sort(&c.proposals);
    tm_lsp_open(call->result, NULL, '{');
    tm_buf_print(call->result, "\"isIncomplete\":%s",
                 c.proposals.count > ITEMS_MOST ? "true" : "false");
    tm_lsp_open(call->result, "items", '[');
    for (size_t i = 0; i < c.proposals.count && i < ITEMS_MOST; i++)
        add_item(&c, &c.proposals.items[i], span_of(&c, &c.proposals.items[i]));
    tm_buf_add(call->result, TM_TEXT("]}"));
    return true;
}
