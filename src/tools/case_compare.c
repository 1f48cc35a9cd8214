/* Case compare: member by member.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_compare.h"

#include "base/json_write.h"
#include "config/quote.h"

static bool is_scalar(const tm_doc *doc)
{
    return doc->type != TM_DOC_MAP && doc->type != TM_DOC_LIST;
}

/* ---- defaults: what a span that does not say it has ------------------------------------------ */

static const struct {
    const char *key;
    tm_doc value;
} defaults[] = {
    {"name", {.type = TM_DOC_STRING, .text = TM_TEXT("")}},
    {"kind", {.type = TM_DOC_STRING, .text = TM_TEXT("UNSPECIFIED")}},
    {"status", {.type = TM_DOC_STRING, .text = TM_TEXT("UNSET")}},
    {"duration", {.type = TM_DOC_STRING, .text = TM_TEXT("0s")}},
    {"trace_state", {.type = TM_DOC_STRING, .text = TM_TEXT("")}},
};

static const tm_doc *default_of(const tm_doc *expected)
{
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (tm_text_is(expected->key, defaults[i].key) && expected->type == TM_DOC_STRING)
            return &defaults[i].value;
    return NULL;
}

/* What stands in the place of a member of `expected`; a status that is expected as a word is its
 * code. `top`: `map` is a span. NULL: nothing. */
static const tm_doc *counterpart(const tm_doc *expected, const tm_doc *map, bool top)
{
    const tm_doc *got = tm_doc_find(map, expected->key);
    if (!got)
        return top ? default_of(expected) : NULL;
    if (top && tm_text_is(expected->key, "status") && is_scalar(expected) &&
        expected->type != TM_DOC_NULL)
        return tm_doc_find(got, TM_TEXT("code"));
    return got;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_scalar(const tm_doc *a, const tm_doc *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case TM_DOC_BOOL:
        return a->truth == b->truth;
    case TM_DOC_INT:
        return a->integer == b->integer;
    case TM_DOC_DOUBLE:
        return a->number == b->number || (a->number != a->number && b->number != b->number);
    case TM_DOC_STRING:
        return tm_text_equal(a->text, b->text);
    default:
        return a->type == TM_DOC_NULL;
    }
}

static void compare(const tm_doc *expected, const tm_doc *got, bool top, tm_case_telling tell,
                    void *owner)
{
    if (expected->type == TM_DOC_NULL && (!got || got->type == TM_DOC_NULL))
        return;
    if (expected->type == TM_DOC_MAP && !got) { /* it may say that all of it is absent */
        for (const tm_doc *e = expected->first; e; e = e->next)
            compare(e, NULL, false, tell, owner);
        return;
    }
    if (!got || (!is_scalar(expected) && got->type != expected->type) || is_scalar(expected)) {
        if (!got || !is_scalar(expected) || !same_scalar(expected, got))
            tell(owner, expected, got);
        return;
    }
    if (expected->type == TM_DOC_MAP) {
        for (const tm_doc *e = expected->first; e; e = e->next)
            compare(e, counterpart(e, got, top), false, tell, owner);
        return;
    }
    const tm_doc *e = expected->first, *g = got->first;
    for (; e && g; e = e->next, g = g->next)
        compare(e, g, false, tell, owner);
    if (e || g)
        tell(owner, expected, got);
}

void tm_case_each_difference(const tm_doc *expected, const tm_doc *span, tm_case_telling tell,
                             void *owner)
{
    compare(expected, span, true, tell, owner);
}

static void count(void *owner, const tm_doc *expected, const tm_doc *got)
{
    (void)expected, (void)got;
    ++*(unsigned *)owner;
}

unsigned tm_case_differs(const tm_doc *expected, const tm_doc *span)
{
    unsigned n = 0;
    compare(expected, span, true, count, &n);
    return n;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_scalar(tm_buf *out, const tm_doc *doc)
{
    if (doc->type == TM_DOC_NULL)
        tm_buf_print(out, "null");
    else if (doc->type != TM_DOC_STRING)
        tm_buf_add(out, doc->text);
    else if (doc->text.n && memchr(doc->text.p, '$', doc->text.n))
        tm_json_write_string(out, doc->text, TM_JSON_ESCAPE_HARMFUL);
    else
        tm_quote(doc->text, out);
}

void tm_case_print_flow(tm_buf *out, const tm_doc *doc)
{
    const bool map = doc->type == TM_DOC_MAP;
    if (is_scalar(doc)) {
        print_scalar(out, doc);
        return;
    }
    tm_buf_add_char(out, map ? '{' : '[');
    for (const tm_doc *d = doc->first; d; d = d->next) {
        if (map) {
            const tm_doc key = {.type = TM_DOC_STRING, .text = d->key};
            print_scalar(out, &key);
            tm_buf_print(out, ": ");
        }
        tm_case_print_flow(out, d);
        tm_buf_print(out, d->next ? ", " : "");
    }
    tm_buf_add_char(out, map ? '}' : ']');
}

static void indent(tm_buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        tm_buf_print(out, "  ");
}

/* A line `key: value`, or several; `got`: the value is what stands in the place of `expected`. */
static void print_member(tm_buf *out, const tm_doc *expected, const tm_doc *got, bool shows_got,
                         unsigned depth);

static void print_members(tm_buf *out, const tm_doc *expected, const tm_doc *got, bool shows_got,
                          unsigned depth)
{
    for (const tm_doc *e = expected->first; e; e = e->next)
        print_member(out, e, got ? counterpart(e, got, depth == 0) : NULL, shows_got, depth);
}

static void print_member(tm_buf *out, const tm_doc *expected, const tm_doc *got, bool shows_got,
                         unsigned depth)
{
    static const tm_doc absent = {.type = TM_DOC_NULL};
    const tm_doc key = {.type = TM_DOC_STRING, .text = expected->key};
    const tm_doc *value = !shows_got ? expected : got ? got : &absent;
    indent(out, depth);
    print_scalar(out, &key);
    tm_buf_print(out, ":");
    if (expected->type == TM_DOC_MAP && value->type == TM_DOC_MAP && expected->first) {
        tm_buf_add_char(out, '\n');
        print_members(out, expected, got, shows_got, depth + 1);
        return;
    }
    if (value->type == TM_DOC_LIST && value->first) {
        for (const tm_doc *item = value->first; item; item = item->next) {
            tm_buf_add_char(out, '\n');
            indent(out, depth);
            tm_buf_print(out, "- ");
            tm_case_print_flow(out, item);
        }
        tm_buf_add_char(out, '\n');
        return;
    }
    tm_buf_add_char(out, ' ');
    tm_case_print_flow(out, value);
    tm_buf_add_char(out, '\n');
}

void tm_case_print(tm_buf *out, const tm_doc *expected)
{
    print_members(out, expected, NULL, false, 0);
}

void tm_case_print_got(tm_buf *out, const tm_doc *expected, const tm_doc *span)
{
    print_members(out, expected, span, true, 0);
}
