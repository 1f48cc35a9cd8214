/* Subjects that are not UTF-8, as Go sees them.
 * Work: the subject once, and a search in halves for each group.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "vm/regex/regex_inside.h"

tm_regex_view tm_regex_view_of(tm_arena *arena, tm_text subject)
{
    tm_regex_view view = {.original = subject, .text = subject};
    if (tm_utf8_valid(subject))
        return view;
    view.text = tm_utf8_mend(arena, subject);
    /* Each bad byte has become three. */
    view.bad = tm_arena_alloc(arena, (view.text.n - subject.n) / 2 * sizeof *view.bad);
    /* Work: bytes of the text, charged by the search */
    for (size_t at = 0, width; at < subject.n; at += width)
        if (tm_utf8_next(tm_text_skip(subject, at), &width) == 0xfffd && width == 1)
            view.bad[view.bads++] = at;
    return view;
}

/* How many bad bytes stand before an offset, when the i-th one counts as standing 2 * i further
 * on for `stretch`. */
static size_t count_bad(const tm_regex_view *view, size_t offset, bool stretch)
{
    size_t low = 0, high = view->bads;
    /* Work: log of the bad bytes */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (view->bad[middle] + (stretch ? 2 * middle : 0) < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t tm_regex_view_shift(const tm_regex_view *view, size_t original)
{
    return original + 2 * count_bad(view, original, false);
}

size_t tm_regex_view_unshift(const tm_regex_view *view, size_t offset)
{
    return offset == SIZE_MAX ? SIZE_MAX : offset - 2 * count_bad(view, offset, true);
}
