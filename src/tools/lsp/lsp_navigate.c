/* LSP, navigation: definition, references, highlights, rename.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "tools/lsp/lsp_case.h"
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_scan.h"
#include "tools/lsp/lsp_workspace.h"

/* The use at params.position. False: the answer says why; *use NULL: there is none. */
static bool find_use(tm_lsp_call *call, const tm_lsp_analysis **a, const tm_lsp_use **use)
{
    size_t at;
    *use = NULL;
    if (!tm_lsp_ask(call, a, &at))
        return false;
    if ((*a)->file)
        *use = tm_lsp_use_at(tm_lsp_uses_of(call->arena, &(*a)->unit, (*a)->file), at);
    return true;
}

/* Whether the source is a file, and not embedded in the program. */
static bool is_file(const tm_source *source)
{
    return source->name.n && !tm_text_starts(source->name, TM_TEXT("stdlib/rules/"));
}

static void add_location(tm_lsp_call *call, const tm_source *source, tm_place place)
{
    const tm_lsp_lines lines = tm_lsp_lines_of(call->arena, source->text, call->server->bytes);
    tm_lsp_open(call->result, NULL, '{');
    tm_lsp_add_text(call->result, "uri",
                    tm_lsp_uri_of(call->arena, &call->server->files, source->name));
    tm_lsp_add_range(call->result, "range", &lines, place.at, place.at + place.n);
    tm_buf_add_char(call->result, '}');
}

bool tm_lsp_definition(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    const tm_lsp_use *use;
    tm_lsp_span name;
    size_t at;
    if (!find_use(call, &a, &use))
        return false;
    const bool named = !a->file && tm_lsp_ask(call, &a, &at) && tm_lsp_case_name_at(a, at, &name);
    const tm_unit_rule *rule = named ? tm_lsp_case_rule(a, name) : NULL;
    if (rule)
        add_location(call, rule->file->source,
                     rule->item->name.n ? rule->item->name_place : rule->item->place);
    if (use && use->target.source && is_file(use->target.source))
        add_location(call, use->target.source, use->target.place);
    return true;
}

/* Whether the use is of a name that stands in several places. */
static bool is_name(const tm_lsp_use *use)
{
    return use && use->kind != TM_LSP_USE_IMPORT && use->target.source;
}

bool tm_lsp_references(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    const tm_lsp_use *use;
    const bool declaration = tm_lsp_true(call->params, "context.includeDeclaration");
    if (!find_use(call, &a, &use))
        return false;
    if (!is_name(use))
        return true;
    tm_lsp_open(call->result, NULL, '[');
    for (const tm_lsp_found *f = tm_lsp_find_uses(call, use->target); f; f = f->next)
        if ((declaration || !tm_lsp_declares(f->use)) && is_file(f->use->source))
            add_location(call, f->use->source, f->use->place);
    tm_buf_add_char(call->result, ']');
    return true;
}

bool tm_lsp_document_highlight(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    const tm_lsp_use *use;
    if (!find_use(call, &a, &use))
        return false;
    if (!use || use->kind == TM_LSP_USE_IMPORT)
        return true;
    tm_lsp_open(call->result, NULL, '[');
    for (const tm_lsp_use *u = tm_lsp_uses_of(call->arena, &a->unit, a->file); u; u = u->next) {
        if (use->target.source ? !tm_lsp_same_target(u->target, use->target)
                               : u->kind != use->kind || !tm_text_equal(u->name, use->name))
            continue;
        tm_lsp_open(call->result, NULL, '{');
        tm_lsp_add_range(call->result, "range", &a->lines, u->place.at, u->place.at + u->place.n);
        tm_buf_add_char(call->result, '}');
    }
    tm_buf_add_char(call->result, ']');
    return true;
}

/* ---- rename ---------------------------------------------------------------------------------- */

/* The use whose name may be changed; false: the answer says why not. */
static bool find_renamed(tm_lsp_call *call, const tm_lsp_analysis **a, const tm_lsp_use **use)
{
    if (!find_use(call, a, use))
        return false;
    if (!is_name(*use))
        return tm_lsp_fail(call, TM_LSP_REQUEST_FAILED,
                           "only labels, lets, defs and parameters can be renamed");
    if (!is_file((*use)->target.source))
        return tm_lsp_fail(call, TM_LSP_REQUEST_FAILED,
                           "%.*s is of tamis' own library, which stays as it is",
                           TM_PRI((*use)->name));
    return true;
}

bool tm_lsp_prepare_rename(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    const tm_lsp_use *use;
    if (!find_renamed(call, &a, &use))
        return false;
    tm_lsp_open(call->result, NULL, '{');
    tm_lsp_add_range(call->result, "range", &a->lines, use->place.at, use->place.at + use->place.n);
    tm_lsp_add_text(call->result, "placeholder", use->name);
    tm_buf_add_char(call->result, '}');
    return true;
}

/* The edits of one file, and what its text becomes. */
typedef struct renaming {
    tm_lsp_call *call;
    const tm_lsp_found *first;
    tm_text name; /* the new one */
} renaming;

static bool is_first_of_file(const renaming *r, const tm_lsp_found *f)
{
    for (const tm_lsp_found *o = r->first; o != f; o = o->next)
        if (tm_lsp_same_file(o->use->source->name, f->use->source->name))
            return false;
    return true;
}

static void add_edits(const renaming *r, const tm_lsp_found *first)
{
    tm_lsp_call *call = r->call;
    const tm_source *source = first->use->source;
    const tm_lsp_lines lines = tm_lsp_lines_of(call->arena, source->text, call->server->bytes);
    tm_lsp_add_text(call->result, NULL,
                    tm_lsp_uri_of(call->arena, &call->server->files, source->name));
    tm_buf_add(call->result, TM_TEXT(":["));
    for (const tm_lsp_found *f = first; f; f = f->next) {
        const tm_place place = f->use->place;
        if (!tm_lsp_same_file(f->use->source->name, source->name))
            continue;
        tm_lsp_open(call->result, NULL, '{');
        tm_lsp_add_range(call->result, "range", &lines, place.at, place.at + place.n);
        tm_lsp_add_text(call->result, "newText", r->name);
        tm_buf_add_char(call->result, '}');
    }
    tm_buf_add_char(call->result, ']');
}

/* What is wrong with the new name: a rule file with it in the place of the old one says so. */
static bool check_name(tm_lsp_call *call, const tm_lsp_use *use, tm_text name)
{
    static const char *const forms[] = {[TM_LSP_USE_DEF] = "def %.*s() = name == \"\"\n",
                                        [TM_LSP_USE_LET] = "let %.*s = 1\n",
                                        [TM_LSP_USE_PARAMETER] = "def RenamedDef(%.*s) = %.*s\n",
                                        [TM_LSP_USE_LABEL] = "%.*s: drop where name == \"\"\n"};
    tm_diags diags = {.arena = call->arena};
    tm_rule_unit unit;
    tm_source *source = TM_NEW(call->arena, tm_source);
    const tm_source *const one = source;
    tm_buf text = {.arena = call->arena};
    const char *form = forms[use->kind];
    for (; *form; form++)
        if (*form == '%') {
            tm_buf_add(&text, name);
            form += 3;
        } else {
            tm_buf_add_char(&text, *form);
        }
    *source = (tm_source){.name = TM_TEXT("rename"), .text = tm_buf_text(&text)};
    tm_rule_unit_read(call->arena, &diags, NULL, &one, 1, &unit);
    const tm_file_item *item = unit.first ? unit.first->file->first : NULL;
    const tm_text got = item && use->kind == TM_LSP_USE_PARAMETER && item->parameters
                            ? item->parameters->name
                        : item ? item->name
                               : TM_TEXT("");
    if (!diags.first && tm_text_equal(got, name) && !item->next)
        return true;
    return tm_lsp_fail(call, TM_LSP_REQUEST_FAILED, "%.*s cannot be a name here: %.*s",
                       TM_PRI(name),
                       TM_PRI(diags.first ? diags.first->message : TM_TEXT("it is no name")));
}

/* Whether the definition is used in the unit of another open document that has the new name. */
static bool is_taken_elsewhere(tm_lsp_call *call, const tm_lsp_use *use, tm_text name)
{
    tm_lsp_files *files = &call->server->files;
    for (tm_lsp_document *d = use->definition ? files->first : NULL; d; d = d->next) {
        if (d->language != TM_LSP_OTTL)
            continue;
        const tm_definitions *all = &tm_lsp_analyse(files, d, call->arena)->unit.definitions;
        const tm_definition *same = tm_definition_find(all, use->name);
        const tm_lsp_target target = {same ? same->source : NULL,
                                      same ? same->item->name_place : use->place};
        if (tm_lsp_same_target(target, use->target) && tm_definition_find(all, name))
            return true;
    }
    return false;
}

/* Whether the name is taken in the unit of the document. */
static bool check_free(tm_lsp_call *call, const tm_lsp_analysis *a, const tm_lsp_use *use,
                       tm_text name)
{
    bool taken = is_taken_elsewhere(call, use, name);
    taken |= use->kind != TM_LSP_USE_LABEL && tm_definition_find(&a->unit.definitions, name);
    for (const tm_unit_rule *r = a->unit.first_rule; r && use->kind == TM_LSP_USE_LABEL;
         r = r->next)
        taken |= tm_text_equal(r->name, name);
    for (const tm_lsp_use *u = tm_lsp_uses_of(call->arena, &a->unit, a->file); u; u = u->next)
        taken |= use->kind != TM_LSP_USE_LABEL && u->kind == TM_LSP_USE_PARAMETER &&
                 tm_text_equal(u->name, name);
    return !taken ||
           tm_lsp_fail(call, TM_LSP_REQUEST_FAILED, "there is a %.*s already", TM_PRI(name));
}

bool tm_lsp_rename(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    const tm_lsp_use *use;
    renaming r = {.call = call, .name = tm_lsp_text(call->params, "newName")};
    if (!find_renamed(call, &a, &use))
        return false;
    if (!tm_text_equal(r.name, use->name) &&
        (!check_name(call, use, r.name) || !check_free(call, a, use, r.name)))
        return false;
    r.first = tm_lsp_find_uses(call, use->target);
    tm_buf_add(call->result, TM_TEXT("{\"changes\":{"));
    for (const tm_lsp_found *f = r.first; f; f = f->next)
        if (is_first_of_file(&r, f))
            add_edits(&r, f);
    tm_buf_add(call->result, TM_TEXT("}}"));
    return true;
}
