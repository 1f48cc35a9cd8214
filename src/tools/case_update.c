/* Case update: pieces of files replaced, last first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_update.h"

#include "base/buf.h"
#include "config/yaml.h"
#include "tools/case_compare.h"
#include "tools/replace_file.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what is to be written ------------------------------------------------------------------- */

typedef struct mending {
    tm_arena *arena;
    tm_case_failure *failure;
} mending;

static void mend_scalar(void *owner, const tm_doc *expected, const tm_doc *got)
{
    mending *m = owner;
    tm_buf text = {.arena = m->arena};
    if (expected->type == TM_DOC_MAP || expected->type == TM_DOC_LIST || !expected->source)
        return;
    if (got)
        tm_case_print_flow(&text, got);
    else
        tm_buf_print(&text, "null");
    tm_case_mend_add(m->arena, m->failure, expected->source, expected->place, tm_buf_text(&text));
}

void tm_case_mend_span(tm_arena *arena, tm_case_failure *failure, const tm_doc *expected,
                       const tm_doc *span)
{
    mending m = {arena, failure};
    tm_case_each_difference(expected, span, mend_scalar, &m);
}

/* How many spans each rule dropped, in the order of the first one. */
static void print_dropped(tm_buf *out, const tm_case_seens *dropped)
{
    const char *separator = "";
    tm_buf_print(out, "dropped: [");
    for (const tm_case_seen *s = dropped->first; s; s = s->next) {
        const tm_doc name = {.type = TM_DOC_STRING, .text = s->by->name};
        const tm_case_seen *first = dropped->first;
        size_t n = 0;
        while (first->by != s->by)
            first = first->next;
        if (first != s)
            continue;
        for (; first; first = first->next)
            n += first->by == s->by;
        tm_buf_print(out, "%s{by: ", separator);
        tm_case_print_flow(out, &name);
        tm_buf_print(out, ", count: %zu}", n);
        separator = ", ";
    }
    tm_buf_print(out, "]");
}

static tm_text expectation(tm_arena *arena, const tm_case_outcome *o)
{
    tm_buf out = {.arena = arena};
    if (o->refused.p)
        return TM_TEXT("{refused: true}");
    tm_buf_add_char(&out, '{');
    print_dropped(&out, &o->dropped);
    tm_buf_print(&out, ", kept: %zu", o->kept.count);
    if (o->errors)
        tm_buf_print(&out, ", errors: %llu", (unsigned long long)o->errors);
    tm_buf_add_char(&out, '}');
    return tm_buf_text(&out);
}

/* Behind the name: on a line of its own, or in the brackets that the test is in. */
void tm_case_mend_expect(tm_arena *arena, tm_case_failure *failure, const tm_case *test,
                         const tm_case_outcome *outcome)
{
    const tm_doc *name = tm_doc_find(test->doc, TM_TEXT("name"));
    const tm_text file = name->source->text, expect = expectation(arena, outcome);
    tm_place at = {.at = name->place.at + name->place.n};
    unsigned line, column;
    if (outcome->malformed)
        return;
    if (file.p[test->doc->place.at] == '{') {
        tm_case_mend_add(arena, failure, name->source, at,
                         tm_arena_print(arena, ", expect: %.*s", TM_PRI(expect)));
        return;
    }
    while (at.at < file.n && file.p[at.at] != '\n')
        at.at++;
    tm_source_position(name->source, name->key_place.at, &line, &column);
    tm_case_mend_add(
        arena, failure, name->source, at,
        tm_arena_print(arena, "\n%*sexpect: %.*s", (int)column - 1, "", TM_PRI(expect)));
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A mend in bytes of the file. */
typedef struct edit {
    size_t at, n;
    tm_text text;
} edit;

typedef struct edits {
    edit *item;
    size_t count;
} edits;

static int by_place(const void *a, const void *b)
{
    const edit *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void add_edit(tm_arena *arena, edits *out, const tm_source *file, const tm_case_mend *m)
{
    const char *p = m->source->text.p + m->place.at;
    const bool within = p >= file->text.p && p + m->place.n <= file->text.p + file->text.n;
    if (!within)
        return;
    out->item = tm_arena_grow(arena, out->item, out->count * sizeof *out->item,
                              (out->count + 1) * sizeof *out->item);
    out->item[out->count++] =
        (edit){.at = (size_t)(p - file->text.p), .n = m->place.n, .text = m->text};
}

/* Those of all results of the file, which was read as one text. */
static edits edits_of(tm_arena *arena, const tm_case_result *first)
{
    edits out = {0};
    for (const tm_case_result *r = first; r; r = r->next)
        for (const tm_case_failure *f = r->source == first->source ? r->first : NULL; f;
             f = f->next)
            for (const tm_case_mend *m = f->mend; m; m = m->next)
                add_edit(arena, &out, first->source, m);
    if (out.count)
        qsort(out.item, out.count, sizeof *out.item, by_place);
    return out;
}

/* What repeats a place (an alias of YAML does) is left out; a block's end keeps its line break. */
static tm_text edited(tm_arena *arena, tm_text file, const edits *e, unsigned *places)
{
    tm_buf out = {.arena = arena};
    size_t done = 0;
    for (size_t i = 0; i < e->count; i++) {
        const edit *one = &e->item[i];
        if (one->at < done || (i && one->at == e->item[i - 1].at))
            continue;
        tm_buf_add(&out, tm_text_slice(file.p + done, one->at - done));
        tm_buf_add(&out, one->text);
        done = one->at + one->n;
        if (one->n && file.p[done - 1] == '\n')
            tm_buf_add_char(&out, '\n');
        ++*places;
    }
    tm_buf_add(&out, tm_text_skip(file, done));
    return tm_buf_text(&out);
}

static bool is_first_of_file(const tm_case_results *results, const tm_case_result *r)
{
    const tm_case_result *first = results->first;
    while (first->source != r->source)
        first = first->next;
    return first == r;
}

bool tm_case_update(tm_case_results *results, unsigned *places)
{
    bool ok = true;
    *places = 0;
    for (const tm_case_result *r = results->first; r; r = r->next) {
        if (!r->source || r->broken || !is_first_of_file(results, r))
            continue;
        const edits e = edits_of(results->arena, r);
        unsigned n = 0;
        const tm_text text = edited(results->arena, r->source->text, &e, &n);
        if (!n)
            continue;
        if (!tm_replace_file(results->arena, r->source->name, text)) {
            ok = false;
            continue;
        }
        fprintf(stderr, "tamis: %.*s: %u place%s updated\n", TM_PRI(r->source->name), n,
                n == 1 ? "" : "s");
        *places += n;
    }
    return ok;
}
