/* Layout: strptime formats, taken apart.
 * Work: of rules alone: layouts, which are literals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/time/layout.h"

#include "base/buf.h"

/* A year of a date with slashes. No piece of the reference time, so it has a byte that no format
 * holds. */
#define ANY_YEAR "\xff"

typedef struct directive {
    char letter;
    const char *layout;
    const char *reading; /* NULL: the same */
} directive;

static const directive DIRECTIVES[] = {
    {'Y', "2006", NULL},
    {'y', "06", NULL},
    {'m', "01", "1"},
    {'o', "_1", "1"},
    {'q', "1", "1"},
    {'b', "Jan", NULL},
    {'h', "Jan", NULL},
    {'B', "January", NULL},
    {'d', "02", "2"},
    {'e', "_2", "2"},
    {'g', "2", "2"},
    {'a', "Mon", NULL},
    {'A', "Monday", NULL},
    {'H', "15", NULL},
    {'I', "03", "3"},
    {'l', "3", NULL},
    {'p', "PM", NULL},
    {'P', "pm", NULL},
    {'M', "04", "4"},
    {'S', "05", "5"},
    {'L', "999", NULL},
    {'f', "999999", NULL},
    {'s', "999999999", NULL},
    {'Z', "MST", NULL},
    {'z', "Z0700", NULL},
    {'w', "-070000", NULL},
    {'i', "-07", NULL},
    {'j', "-07:00", NULL},
    {'k', "-07:00:00", NULL},
    {'D', "01/02/" ANY_YEAR, "1/2/" ANY_YEAR},
    {'x', "01/02/" ANY_YEAR, "1/2/" ANY_YEAR},
    {'F', "2006-01-02", "2006-1-2"},
    {'T', "15:04:05", "15:4:5"},
    {'X', "15:04:05", "15:4:5"},
    {'R', "15:04", "15:4"},
    {'r', "03:04:05 pm", "3:4:5 pm"},
    {'c', "Mon Jan 02 15:04:05 2006", "Mon Jan 2 15:4:5 2006"},
    {'n', "\n", NULL},
    {'t', "\t", NULL},
    {'%', "%", NULL},
};

/* Pieces of the reference time; of two that fit the longer one stands first. */
typedef struct piece {
    const char *text;
    uint8_t kind;
    char fill;
    uint8_t width;
    bool word; /* not when a lower-case letter follows */
} piece;

static const piece PIECES[] = {
    {"January", TM_LAYOUT_MONTH_NAME, 0, 0, false},
    {"Jan", TM_LAYOUT_MONTH_SHORT_NAME, 0, 0, true},
    {"Monday", TM_LAYOUT_WEEKDAY_NAME, 0, 0, false},
    {"Mon", TM_LAYOUT_WEEKDAY_SHORT_NAME, 0, 0, true},
    {"MST", TM_LAYOUT_ZONE, 0, 0, false},
    {"01", TM_LAYOUT_MONTH, TM_LAYOUT_ZEROS, 2, false},
    {"02", TM_LAYOUT_DAY, TM_LAYOUT_ZEROS, 2, false},
    {"03", TM_LAYOUT_HOUR_OF_12, TM_LAYOUT_ZEROS, 2, false},
    {"04", TM_LAYOUT_MINUTE, TM_LAYOUT_ZEROS, 2, false},
    {"05", TM_LAYOUT_SECOND, TM_LAYOUT_ZEROS, 2, false},
    {"06", TM_LAYOUT_SHORT_YEAR, TM_LAYOUT_ZEROS, 2, false},
    {"15", TM_LAYOUT_HOUR, TM_LAYOUT_ZEROS, 2, false},
    {"1", TM_LAYOUT_MONTH, TM_LAYOUT_BARE, 0, false},
    {"2006", TM_LAYOUT_YEAR, TM_LAYOUT_ZEROS, 4, false},
    {ANY_YEAR, TM_LAYOUT_ANY_YEAR, TM_LAYOUT_ZEROS, 4, false},
    {"2", TM_LAYOUT_DAY, TM_LAYOUT_BARE, 0, false},
    {"__2", TM_LAYOUT_YEAR_DAY, TM_LAYOUT_BLANKS, 3, false},
    {"_2", TM_LAYOUT_DAY, TM_LAYOUT_BLANKS, 2, false},
    {"3", TM_LAYOUT_HOUR_OF_12, TM_LAYOUT_BARE, 0, false},
    {"4", TM_LAYOUT_MINUTE, TM_LAYOUT_BARE, 0, false},
    {"5", TM_LAYOUT_SECOND, TM_LAYOUT_BARE, 0, false},
    {"PM", TM_LAYOUT_AM_PM, 0, 0, false},
    {"pm", TM_LAYOUT_AM_PM, 0, 1, false},
    {"-070000", TM_LAYOUT_OFFSET, 0, TM_OFFSET_MINUTES | TM_OFFSET_SECONDS, false},
    {"-07:00:00", TM_LAYOUT_OFFSET, 0, TM_OFFSET_MINUTES | TM_OFFSET_SECONDS | TM_OFFSET_COLONS,
     false},
    {"-07:00", TM_LAYOUT_OFFSET, 0, TM_OFFSET_MINUTES | TM_OFFSET_COLONS, false},
    {"-07", TM_LAYOUT_OFFSET, 0, 0, false},
    {"Z0700", TM_LAYOUT_OFFSET, 0, TM_OFFSET_MINUTES | TM_OFFSET_Z, false},
};

enum {
    DIRECTIVE_COUNT = sizeof DIRECTIVES / sizeof *DIRECTIVES,
    PIECE_COUNT = sizeof PIECES / sizeof *PIECES
};

static bool refuse(tm_arena *arena, tm_text *error, const char *why, tm_text where)
{
    *error = tm_arena_print(arena, "%s: %.*s", why, TM_PRI(where));
    return false;
}

static const char *find_directive(char letter, tm_layout_use use)
{
    for (unsigned i = 0; i < DIRECTIVE_COUNT; i++) {
        const directive *d = &DIRECTIVES[i];
        if (d->letter == letter)
            return use == TM_LAYOUT_READS && d->reading ? d->reading : d->layout;
    }
    return NULL;
}

static bool is_fraction(char letter)
{
    return letter == 'L' || letter == 'f' || letter == 's';
}

/* Looks for %L, %f and %s by their letters alone, as the reference does: it takes %%s for one as
 * well. */
static bool fractions_fit(tm_text format)
{
    for (size_t i = 1; i + 1 < format.n; i++)
        if (format.p[i] == '%' && is_fraction(format.p[i + 1]) && format.p[i - 1] != '.' &&
            format.p[i - 1] != ',')
            return false;
    return true;
}

/* Writes the layout that a format stands for. A lone % at the end is text. */
static bool substitute(tm_arena *arena, tm_text format, tm_layout_use use, tm_buf *layout,
                       tm_text *error)
{
    if (!fractions_fit(format))
        return refuse(arena, error, "a fraction of a second must follow '.' or ','", format);
    for (size_t i = 0; i < format.n; i++) {
        char c = format.p[i];
        if (c >= '0' && c <= '9')
            return refuse(arena, error, "a format must not contain digits", format);
        if (c != '%' || i + 1 == format.n) {
            tm_buf_add_char(layout, c);
            continue;
        }
        char letter = format.p[++i];
        const char *fragment = find_directive(letter, use);
        if (!fragment)
            return refuse(arena, error, "unknown directive", tm_text_skip(format, i - 1));
        tm_buf_add(layout, tm_text_of(fragment));
    }
    return true;
}

static bool lower_case(tm_text t)
{
    return t.n && t.p[0] >= 'a' && t.p[0] <= 'z';
}

static bool digit(tm_text t)
{
    return t.n && t.p[0] >= '0' && t.p[0] <= '9';
}

/* ".999" or ",999" with any number of nines and no digit behind them. */
static bool fraction_at(tm_text t, tm_layout_part *part, size_t *width)
{
    if (t.n < 2 || (t.p[0] != '.' && t.p[0] != ',') || t.p[1] != '9')
        return false;
    for (*width = 1; *width < t.n && t.p[*width] == '9';)
        ++*width;
    if (digit(tm_text_skip(t, *width)))
        return false;
    part->kind = TM_LAYOUT_FRACTION;
    part->fill = t.p[0];
    part->width = (uint8_t)(*width - 1 > 9 ? 9 : *width - 1);
    return true;
}

/* The piece of the reference time at the start of t. */
static bool piece_at(tm_text t, tm_layout_use use, tm_layout_part *part, size_t *width)
{
    for (unsigned i = 0; i < PIECE_COUNT; i++) {
        const piece *p = &PIECES[i];
        tm_text text = tm_text_of(p->text);
        if (!tm_text_starts(t, text) || (p->word && lower_case(tm_text_skip(t, text.n))))
            continue;
        if (p->kind == TM_LAYOUT_YEAR_DAY && use == TM_LAYOUT_READS)
            continue;
        if (tm_text_starts(t, TM_TEXT("_2006"))) /* the underscore is text, the year follows */
            return false;
        part->kind = p->kind;
        part->fill = p->fill;
        part->width = p->width;
        *width = text.n;
        return true;
    }
    return fraction_at(t, part, width);
}

const tm_layout *tm_layout_new(tm_arena *arena, tm_text format, tm_layout_use use, tm_text *error)
{
    if (!format.n) {
        *error = TM_TEXT("a format must not be empty");
        return NULL;
    }
    tm_buf text = {.arena = arena};
    if (!substitute(arena, format, use, &text, error))
        return NULL;
    tm_layout *layout = TM_NEW(arena, tm_layout);
    tm_layout_part *part = TM_NEW_ARRAY(arena, text.n + 1, tm_layout_part);
    layout->part = part;
    layout->ends_in_z =
        format.p[format.n - 1] == 'Z' && (format.n == 1 || format.p[format.n - 2] != '%');
    tm_text rest = tm_buf_text(&text);
    size_t literal = 0, width;
    while (literal < rest.n) {
        if (!piece_at(tm_text_skip(rest, literal), use, part, &width)) {
            literal++;
            continue;
        }
        layout->has_zone = layout->has_zone || part->kind == TM_LAYOUT_ZONE;
        (part++)->before = tm_text_slice(rest.p, literal);
        rest = tm_text_skip(rest, literal + width);
        literal = 0;
    }
    *part = (tm_layout_part){.before = rest, .kind = TM_LAYOUT_END};
    return layout;
}
