/* Case results: a list of lists.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_results.h"

tm_case_result *tm_case_begin(tm_case_results *results, const tm_source *source, tm_place place,
                              tm_text name, bool example)
{
    tm_case_result *r = TM_NEW(results->arena, tm_case_result);
    *r = (tm_case_result){.source = source, .place = place, .name = name, .example = example};
    *(results->last ? &results->last->next : &results->first) = r;
    results->last = r;
    return r;
}

void tm_case_end(tm_case_results *results)
{
    if (results->last->first)
        results->failed++;
    else
        results->passed++;
}

tm_case_failure *tm_case_fail(tm_case_results *results, const tm_source *source, tm_place place,
                              const char *format, ...)
{
    tm_case_failure *f = TM_NEW(results->arena, tm_case_failure);
    tm_case_result *r = results->last;
    va_list arguments;
    va_start(arguments, format);
    *f = (tm_case_failure){.source = source,
                           .place = place,
                           .what = tm_arena_vprint(results->arena, format, arguments)};
    va_end(arguments);
    *(r->last ? &r->last->next : &r->first) = f;
    r->last = f;
    return f;
}

void tm_case_mend_add(tm_arena *arena, tm_case_failure *failure, const tm_source *source,
                      tm_place place, tm_text text)
{
    tm_case_mend *m = TM_NEW(arena, tm_case_mend);
    *m = (tm_case_mend){.next = failure->mend, .source = source, .place = place, .text = text};
    failure->mend = m;
}

unsigned tm_case_line(const tm_source *source, tm_place place, unsigned *column)
{
    unsigned line, at;
    tm_source_position(source, place.at, &line, &at);
    if (column)
        *column = at;
    return line;
}
