/* RE2 emitter: a tree as a PCRE2 pattern that can be read in one way only.
 * Work: of rules alone: a pattern, each part once; regexes.c charges what is compiled at run time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2_class.h"

/* PCRE2's inline options hold until the end of the group, also across |; `fold` follows them. */
typedef struct tm_re2_emitter {
    tm_buf out;
    bool fold;
    size_t loops; /* endless repetitions that are still to come */
} tm_re2_emitter;

/* The nodes that are always written alike. */
static const char *const TM_FIXED[] = {
    [TM_RE2_EMPTY] = "",          [TM_RE2_DOT] = "\\N",       [TM_RE2_ANY] = ".",
    [TM_RE2_TEXT_START] = "\\A",  [TM_RE2_TEXT_END] = "\\z",  [TM_RE2_LINE_START] = "(?m:^)",
    [TM_RE2_LINE_END] = "(?m:$)", [TM_RE2_WORD_EDGE] = "\\b", [TM_RE2_NO_WORD_EDGE] = "\\B",
};

static void add(tm_buf *out, const char *text)
{
    tm_buf_add(out, tm_text_of(text));
}

void tm_re2_emit_fold(tm_buf *out, bool *fold, bool want)
{
    if (*fold == want)
        return;
    add(out, want ? "(?i)" : "(?-i)");
    *fold = want;
}

static bool is_letter(uint32_t rune)
{
    return (rune | 0x20) >= 'a' && (rune | 0x20) <= 'z';
}

static bool is_digit(uint32_t rune)
{
    return rune >= '0' && rune <= '9';
}

/* May the code point have another case? Beyond ASCII that is left to PCRE2. */
static bool is_cased(uint32_t rune)
{
    return is_letter(rune) || rune >= 0x80;
}

/* A literal, outside or inside of a class: nothing but letters, digits and _ goes unescaped. */
static void emit_rune(tm_buf *out, uint32_t rune)
{
    if (is_letter(rune) || is_digit(rune) || rune == '_' || rune == ' ')
        tm_buf_add_char(out, (char)rune);
    else if (rune > ' ' && rune < 0x7f)
        tm_buf_print(out, "\\%c", (char)rune);
    else if (rune >= 0xd800 && rune <= 0xdfff)
        add(out, "(?:(?!))"); /* no subject has a surrogate, and PCRE2 refuses to name one */
    else
        tm_buf_print(out, "\\x{%x}", rune);
}

static void emit_range(tm_buf *out, tm_re2_range range)
{
    emit_rune(out, range.low);
    if (range.high > range.low + 1)
        tm_buf_add_char(out, '-');
    if (range.high > range.low)
        emit_rune(out, range.high);
}

static bool has_cased_range(const tm_re2_class *class)
{
    for (size_t i = 0; i < class->ranges; i++) {
        tm_re2_range r = class->range[i];
        if (r.high >= 0x80 || (r.low <= 'Z' && r.high >= 'A') || (r.low <= 'z' && r.high >= 'a'))
            return true;
    }
    return false;
}

static void emit_ranges(tm_buf *out, const tm_re2_class *class)
{
    for (size_t i = 0; i < class->ranges; i++)
        emit_range(out, class->range[i]);
}

/* What stands between the brackets for a row of unicode.def, all but its `part`. */
static void emit_property(tm_buf *out, const tm_unicode *row, bool fold)
{
    add(out, row->text);
    if (fold && row->folded)
        add(out, row->folded);
    size_t i = 0;
    for (const tm_unicode_news *n; (n = tm_unicode_next_news(row, &i));)
        emit_range(out, n->range);
}

static void open_bracket(tm_buf *out, bool negated)
{
    add(out, negated ? "[^" : "[");
}

/* One property as an expression that stands next to others. */
static void emit_alone(tm_buf *out, tm_re2_property property, bool fold)
{
    const char *part = fold ? property.row->part : NULL;
    if (part)
        add(out, property.negated ? "(?!" : "(?:");
    open_bracket(out, property.negated && !part);
    emit_property(out, property.row, fold);
    add(out, "]");
    if (!part)
        return;
    tm_buf_print(out, "|%s)", part);
    if (property.negated)
        add(out, ".");
}

/* Ranges and properties that no bracket can hold together: (?:a|b), negated (?:(?!a|b).). */
static void emit_union(tm_buf *out, const tm_re2_class *class)
{
    add(out, class->negated ? "(?:(?!" : "(?:");
    if (class->ranges) {
        bool fold = class->fold && has_cased_range(class);
        add(out, fold ? "(?i:[" : "[");
        emit_ranges(out, class);
        add(out, fold ? "])|" : "]|");
    }
    for (size_t i = 0; i < class->properties; i++) {
        if (i)
            add(out, "|");
        emit_alone(out, class->property[i], class->fold);
    }
    add(out, class->negated ? ").)" : ")");
}

static bool fits_one_bracket(const tm_re2_class *class)
{
    if (class->properties && class->fold && has_cased_range(class))
        return false; /* (?i) would reach the properties, too, in some versions of PCRE2 */
    for (size_t i = 0; i < class->properties; i++) {
        tm_re2_property p = class->property[i];
        if ((p.negated && class->properties + class->ranges > 1) || (class->fold && p.row->part))
            return false;
    }
    return true;
}

void tm_re2_emit_class(tm_buf *out, const tm_re2_class *class, bool *fold)
{
    if (class->properties)
        tm_re2_emit_fold(out, fold, false);
    else if (has_cased_range(class))
        tm_re2_emit_fold(out, fold, class->fold);
    if (class->ranges + class->properties == 0) {
        add(out, class->negated ? "." : "(?:(?!))");
    } else if (!fits_one_bracket(class)) {
        emit_union(out, class);
    } else {
        bool alone = class->properties == 1 && class->ranges == 0;
        open_bracket(out, class->negated != (alone && class->property[0].negated));
        emit_ranges(out, class);
        for (size_t i = 0; i < class->properties; i++)
            emit_property(out, class->property[i].row, class->fold);
        add(out, "]");
    }
}

static void emit_node(tm_re2_emitter *e, const tm_re2_node *node);

/* The children, in a group when `open` is given; options that they set end with it. */
static void emit_children(tm_re2_emitter *e, const tm_re2_node *node, const char *open,
                          const char *between)
{
    bool fold = e->fold;
    if (open)
        add(&e->out, open);
    for (const tm_re2_node *c = node->first; c; c = c->next) {
        if (c != node->first)
            add(&e->out, between);
        emit_node(e, c);
    }
    if (!open)
        return;
    add(&e->out, ")");
    e->fold = fold;
}

static size_t count_loops(const tm_re2_node *node)
{
    size_t count = node->type == TM_RE2_REPEAT && node->max < 0;
    for (const tm_re2_node *c = node->first; c; c = c->next)
        count += count_loops(c);
    return count;
}

/* The JIT of PCRE2 before 10.43 notes where a repetition failed and takes later starts for
 * hopeless, which is wrong behind alternatives of different lengths: (?:..|.)a*b misses "xb". It
 * stops looking for such repetitions at an assertion, so one that always holds goes before the
 * first alternatives. */
static void emit_guard(tm_re2_emitter *e)
{
    if (e->loops)
        add(&e->out, "(?=)");
    e->loops = 0;
}

static bool is_atom(const tm_re2_node *node)
{
    return (node->type >= TM_RE2_RUNE && node->type <= TM_RE2_ANY) || node->type == TM_RE2_GROUP ||
           node->type == TM_RE2_CHOICE;
}

static void emit_repeat(tm_re2_emitter *e, const tm_re2_node *node)
{
    const tm_re2_node *body = node->first;
    if (body->type == TM_RE2_EMPTY)
        return;
    if (e->loops && node->max < 0)
        e->loops--;
    emit_children(e, node, is_atom(body) ? NULL : "(?:", "");
    if (node->min == 0 && node->max == 1)
        add(&e->out, "?");
    else if (node->min <= 1 && node->max == -1)
        add(&e->out, node->min ? "+" : "*");
    else if (node->max == -1)
        tm_buf_print(&e->out, "{%d,}", node->min);
    else
        tm_buf_print(&e->out, "{%d,%d}", node->min, node->max);
    if (node->lazy)
        add(&e->out, "?");
}

static void emit_node(tm_re2_emitter *e, const tm_re2_node *node)
{
    switch (node->type) {
    case TM_RE2_RUNE:
        if (is_cased(node->rune))
            tm_re2_emit_fold(&e->out, &e->fold, node->fold);
        emit_rune(&e->out, node->rune);
        break;
    case TM_RE2_CLASS:
        tm_re2_emit_class(&e->out, node->class, &e->fold);
        break;
    case TM_RE2_GROUP:
        if (node->first->type == TM_RE2_CHOICE) {
            emit_guard(e);
            node = node->first;
        }
        emit_children(e, node, "(", "|");
        break;
    case TM_RE2_REPEAT:
        emit_repeat(e, node);
        break;
    case TM_RE2_SEQUENCE:
        emit_children(e, node, NULL, "");
        break;
    case TM_RE2_CHOICE:
        emit_guard(e);
        emit_children(e, node, "(?:", "|");
        break;
    default:
        add(&e->out, TM_FIXED[node->type]);
    }
}

tm_text tm_re2_emit(tm_arena *arena, const tm_re2_node *node)
{
    tm_re2_emitter e = {.out = {.arena = arena}, .loops = count_loops(node)};
    emit_node(&e, node);
    return tm_buf_text(&e.out);
}
