/* LSP, code actions: what hints say, done. Each is tried first: it is offered when less is wrong
 * with the text that it makes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_diagnostics.h"
#include "tools/lsp/lsp_server.h"

enum { TRIALS_MOST = 32 }; /* for an answer: each reads the document anew */

/* Something that might be done about a diagnostic. */
typedef struct fix {
    tm_lsp_span span; /* of the document */
    tm_text with;
    tm_text title;
} fix;

typedef struct acting {
    tm_lsp_call *call;
    const tm_lsp_document *document;
    const tm_diag *diag;
    unsigned offered; /* for this diagnostic */
    unsigned *trials; /* of the request: what is left */
} acting;

/* ---- trying ---------------------------------------------------------------------------------- */

/* A document as it would be. */
typedef struct trial {
    const acting *a;
    tm_lsp_document document;
    tm_lsp_files files;
    bool better;
} trial;

static void run_trial(void *argument)
{
    trial *t = argument;
    const tm_diags *before = &t->a->document->analysis->diags;
    const tm_diags *now = &tm_lsp_analyse(&t->files, &t->document, t->a->call->arena)->diags;
    t->better = now->errors < before->errors ||
                (now->errors == before->errors && now->warnings < before->warnings);
}

static void free_trial(void *argument)
{
    tm_arena_free(((trial *)argument)->document.work);
}

static bool is_better(const acting *a, const fix *f)
{
    tm_buf text = {.arena = a->call->arena};
    const tm_text old = a->document->analysis->lines.text;
    trial t = {.a = a, .document = *a->document, .files = a->call->server->files};
    tm_buf_add(&text, tm_text_slice(old.p, f->span.begin));
    tm_buf_add(&text, f->with);
    tm_buf_add(&text, tm_text_skip(old, f->span.end));
    t.document.next = t.files.first; /* found before the document itself */
    t.document.text = tm_buf_text(&text);
    t.document.analysis = NULL;
    t.document.work = tm_arena_new(NULL);
    t.files.first = &t.document;
    if (!t.document.work)
        tm_arena_out_of_memory(a->call->arena);
    tm_arena_finally(a->call->arena, run_trial, free_trial, &t);
    return t.better;
}

/* ---- offering -------------------------------------------------------------------------------- */

static void offer(acting *a, const fix *f)
{
    tm_buf *out = a->call->result;
    if (!*a->trials || (--*a->trials, !is_better(a, f)))
        return;
    tm_lsp_open(out, NULL, '{');
    tm_lsp_add_text(out, "title", f->title);
    tm_lsp_add_text(out, "kind", TM_TEXT("quickfix"));
    tm_lsp_open(out, "diagnostics", '[');
    tm_lsp_add_diagnostic(out, &a->call->server->files, a->document, a->diag);
    tm_buf_add_char(out, ']');
    if (!a->offered++)
        tm_buf_add(out, TM_TEXT(",\"isPreferred\":true"));
    tm_lsp_open(out, "edit", '{');
    tm_lsp_open(out, "changes", '{');
    tm_lsp_add_text(out, NULL, a->document->uri);
    tm_buf_add(out, TM_TEXT(":[{"));
    tm_lsp_add_range(out, "range", &a->document->analysis->lines, f->span.begin, f->span.end);
    tm_lsp_add_text(out, "newText", f->with);
    tm_buf_add(out, TM_TEXT("}]}}}"));
}

/* Without what stands around it, of one kind on both ends. */
static tm_text unquote(tm_text text, char quote)
{
    return text.n >= 2 && text.p[0] == quote && text.p[text.n - 1] == quote
               ? tm_text_slice(text.p + 1, text.n - 2)
               : text;
}

static void offer_instead(acting *a, tm_text with)
{
    fix f = {.span = tm_lsp_span_of(a->document, a->diag), .with = with};
    f.title = tm_arena_print(a->call->arena, "Write %.*s", TM_PRI(with));
    offer(a, &f);
}

/* What the hint names: "did you mean X?", "write `X`", "write `X` in front", "use X". */
static void offer_hint(acting *a)
{
    static const char *const starts[] = {"did you mean ", "write ", "use ", "index it: "};
    const tm_text front = TM_TEXT(" in front");
    tm_text word = TM_TEXT("");
    for (size_t i = 0; i < sizeof starts / sizeof *starts && !word.n; i++)
        if (tm_text_starts(a->diag->hint, tm_text_of(starts[i])))
            word = tm_text_skip(a->diag->hint, strlen(starts[i]));
    if (tm_text_ends(word, TM_TEXT("?")))
        word.n--;
    if (!word.n)
        return;
    if (tm_text_ends(word, front)) {
        const tm_text verb = unquote(tm_text_slice(word.p, word.n - front.n), '`');
        const size_t at = tm_lsp_span_of(a->document, a->diag).begin;
        const fix f = {.span = {at, at},
                       .with = tm_arena_print(a->call->arena, "%.*s ", TM_PRI(verb)),
                       .title =
                           tm_arena_print(a->call->arena, "Write %.*s in front", TM_PRI(verb))};
        offer(a, &f);
        return;
    }
    word = unquote(word, '`');
    /* A configuration's own words are quoted in messages alone. */
    const tm_text bare = unquote(word, '"');
    const bool yaml = a->document->language == TM_LSP_YAML && !a->diag->source->first_line;
    offer_instead(a, yaml ? bare : word);
    if (!a->offered && bare.n != word.n)
        offer_instead(a, yaml ? word : bare);
}

/* The rule that a warning is about begins in the first column, as does a comment above it. */
static void offer_allow(acting *a)
{
    const tm_lsp_analysis *x = a->document->analysis;
    if (a->diag->severity != TM_WARNING || !x->file ||
        !tm_text_starts(tm_text_of(a->diag->code), TM_TEXT("W06")))
        return;
    for (const tm_file_item *i = x->file->first; i; i = i->next) {
        if (a->diag->place.at < i->place.at || a->diag->place.at > i->place.at + i->place.n)
            continue;
        const fix f = {.span = {i->place.at, i->place.at},
                       .with = tm_arena_print(a->call->arena, "# lint: allow %s\n", a->diag->code),
                       .title = tm_arena_print(a->call->arena, "Allow %s here", a->diag->code)};
        offer(a, &f);
        return;
    }
}

bool tm_lsp_code_action(tm_lsp_call *call)
{
    const tm_lsp_analysis *x;
    size_t begin, end;
    unsigned trials = TRIALS_MOST;
    if (!tm_lsp_ask(call, &x, NULL))
        return false;
    if (!tm_lsp_offset_of(&x->lines, tm_lsp_at(call->params, "range.start"), &begin) ||
        !tm_lsp_offset_of(&x->lines, tm_lsp_at(call->params, "range.end"), &end))
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "params.range is no range");
    tm_lsp_open(call->result, NULL, '[');
    for (const tm_diag *d = x->diags.first; d && trials; d = d->next) {
        const tm_lsp_span span = tm_lsp_span_of(call->document, d);
        if (!d->source || !tm_lsp_is_own(call->document, d) || end < span.begin || begin > span.end)
            continue;
        acting a = {.call = call, .document = call->document, .diag = d, .trials = &trials};
        offer_hint(&a);
        offer_allow(&a);
    }
    tm_buf_add_char(call->result, ']');
    return true;
}
