/* REPL: what leaves the session, and what is taken back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/request.h"
#include "tools/complain.h"
#include "explain/explanation.h"
#include "tools/repl_commands.h"
#include "tools/repl_scan.h"
#include "tools/run_output.h"
#include "tools/test_case.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void tm_repl_undo(tm_repl *repl, tm_text argument)
{
    const tm_repl_edit *edit = repl->edit;
    (void)argument;
    if (!edit) {
        tm_repl_wrong(repl, "nothing was edited");
        return;
    }
    const tm_span_facts now = tm_span_facts_of(repl->line, edit->request);
    repl->at = edit->span;
    repl->edit = edit->before;
    const tm_span_facts then =
        tm_span_facts_of(repl->line, tm_repl_span(repl, repl->line, repl->at));
    tm_span_facts_diff(&repl->out, &now, &then, &repl->screen);
}

/* ---- :save ----------------------------------------------------------------------------------- */

typedef struct saving {
    tm_repl *repl;
    tm_output output;
    tm_output_form form;
    tm_bytes plain, packed;
    tm_deflater *deflater;
    const tm_asking *asking;
    uint64_t spans;
    bool done;
} saving;

static bool add_span(saving *s, size_t at)
{
    const tm_arena_mark mark = tm_arena_save(s->repl->line);
    const bool ok =
        tm_output_add(s->repl->line, s->form, tm_repl_span(s->repl, s->repl->line, at), &s->plain);
    tm_arena_restore(s->repl->line, mark);
    s->spans += ok;
    return ok || tm_complain("out of memory");
}

/* Packs and writes what was added. */
static bool flush_spans(saving *s)
{
    s->packed.n = 0;
    return (tm_output_pack(s->deflater, s->form, &s->plain, &s->packed) ||
            tm_complain("out of memory")) &&
           tm_output_write(&s->output, tm_bytes_text(&s->packed));
}

static int by_number(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static bool save_all(saving *s, const tm_asking *asking)
{
    enum { FLUSHED_FROM = 1 << 20 };
    tm_scanned found;
    if (!tm_repl_scan(s->repl, s->repl->line, asking, 0, 1, &found))
        return false;
    size_t *hit = (size_t *)found.hits.p, n = found.hits.n / sizeof *hit;
    bool ok = !found.stopped || tm_complain("interrupted");
    if (n)
        qsort(hit, n, sizeof *hit, by_number);
    for (size_t i = 0; ok && i < n; i++) {
        ok = add_span(s, hit[i]);
        if (ok && s->plain.n >= FLUSHED_FROM) {
            ok = flush_spans(s);
            s->plain.n = 0;
        }
    }
    tm_scanned_free(&found);
    return ok;
}

static void write_all(void *argument)
{
    saving *s = argument;
    s->done = (s->asking ? save_all(s, s->asking) : add_span(s, s->repl->at)) && flush_spans(s);
}

static void close_saving(void *argument)
{
    saving *s = argument;
    s->done = tm_output_close(&s->output) && s->done;
    tm_deflater_free(s->deflater);
    tm_bytes_free(&s->plain);
    tm_bytes_free(&s->packed);
}

/* asking NULL: the current span. */
static void save(tm_repl *repl, tm_text name, const tm_asking *asking)
{
    saving *s = TM_NEW(repl->line, saving);
    *s = (saving){.repl = repl,
                  .asking = asking,
                  .form = tm_output_form_of(name, TM_TEXT("")),
                  .deflater = tm_deflater_new(NULL),
                  .output = {.fd = -1}};
    if (!s->deflater)
        tm_complain("out of memory");
    else if (tm_output_open(&s->output, name) && tm_output_empty(&s->output))
        tm_arena_finally(repl->line, write_all, close_saving, s);
    else
        close_saving(s);
    repl->failed |= !s->done;
    if (s->done)
        tm_buf_print(&repl->out, "%llu span%s written to %.*s\n", (unsigned long long)s->spans,
                     s->spans == 1 ? "" : "s", TM_PRI(name));
}

/* The first word, and what is behind it. */
static tm_text first_word(tm_arena *arena, tm_text argument, tm_text *rest)
{
    size_t n = 0;
    while (n < argument.n && !strchr(" \t\n", argument.p[n]))
        n++;
    *rest = tm_text_trim(tm_text_skip(argument, n));
    return tm_arena_copy(arena, tm_text_slice(argument.p, n));
}

void tm_repl_save(tm_repl *repl, tm_text argument)
{
    tm_asking asking;
    tm_text condition, name = first_word(repl->line, argument, &condition);
    if (!name.n) {
        tm_repl_wrong(repl, ":save takes the name of a file");
        return;
    }
    if (!condition.n)
        save(repl, name, NULL);
    else if (tm_repl_ask_condition(repl, condition, &asking)) {
        asking.wants_hits = true;
        save(repl, name, &asking);
    }
}

/* ---- :test ----------------------------------------------------------------------------------- */

void tm_repl_test(tm_repl *repl, tm_text argument)
{
    const tm_texts words = tm_repl_words(repl->line, argument);
    tm_explanation x;
    if (words.count < 1 || words.count > 2) {
        tm_repl_wrong(repl, ":test takes a name, which may be quoted, and perhaps a file");
        return;
    }
    if (!repl->rules.plain) {
        tm_repl_wrong(repl, "there are no rules; :rules FILE reads some");
        return;
    }
    if (words.count == 2 && !tm_text_ends(words.items[1], TM_TEXT(".yaml")) &&
        !tm_text_ends(words.items[1], TM_TEXT(".yml"))) {
        tm_repl_wrong(repl, "a file of tests ends in .yaml, as repl_test.yaml: quote a name of "
                            "several words");
        return;
    }
    const tm_text file = words.count == 2 ? words.items[1] : TM_TEXT("repl_test.yaml"),
                  span = tm_repl_span(repl, repl->line, repl->at);
    if (!tm_explanation_make(repl->line, repl->rules.explained, span, NULL, &x))
        tm_arena_out_of_memory(repl->line);
    const tm_test_case test = {.name = words.items[0],
                               .rules = repl->rules.paths,
                               .pipeline = repl->rules.pipeline,
                               .span = span,
                               .explanation = &x};
    if (tm_test_case_add(repl->line, &test, file))
        tm_buf_print(&repl->out, "%.*s: %.*s is %s\n", TM_PRI(file), TM_PRI(words.items[0]),
                     tm_explained_end_word(x.end));
    else
        repl->failed = true;
}
