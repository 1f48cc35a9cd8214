/* Habits: what people write who know other languages, and what they mean by it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/habits.h"

#include "otlp/enums.h"
#include "stdlib/fn.h"

/* ---- functions and enums --------------------------------------------------------------------- */

tm_text tm_habit_function(tm_text name, bool editor)
{
    for (unsigned i = 0; tm_function_at(i); i++) {
        tm_text known = tm_text_of(tm_function_at(i)->name);
        bool edits = known.p[0] >= 'a' && known.p[0] <= 'z';
        if (edits == editor && tm_text_same_word(known, name))
            return known;
    }
    return TM_TEXT("");
}

static bool ends_with_word(tm_text symbol, tm_text word)
{
    return word.n && symbol.n > word.n && symbol.p[symbol.n - word.n - 1] == '_' &&
           tm_text_same_word(tm_text_skip(symbol, symbol.n - word.n), word);
}

tm_text tm_habit_enum(tm_text word)
{
    tm_text symbol;
    if (tm_text_same_word(word, TM_TEXT("null")))
        return TM_TEXT("nil");
    for (tm_enum which = 0; which < TM_ENUMS; which++)
        for (int64_t i = 0; (symbol = tm_enum_row_of(which, i).symbol).n; i++)
            if (ends_with_word(symbol, word))
                return symbol;
    return TM_TEXT("");
}

/* ---- paths ----------------------------------------------------------------------------------- */

/* Paths of spans that other languages have; @ stands for the context where it is written. */
static const struct {
    const char *wrong, *meant;
} WORDS[] = {
    {"duration", "@end_time - @start_time > Duration(\"5s\")"},
    {"latency", "@end_time - @start_time > Duration(\"5s\")"},
    {"null", "nil"},
    {"none", "nil"},
    {"undefined", "nil"},
    {"span_kind", "@kind"},
    {"span_name", "@name"},
    {"status_code", "@status.code"},
    {"operation", "@name"},
    {"service", "resource.attributes[\"service.name\"]"},
    {"service_name", "resource.attributes[\"service.name\"]"},
    {"serviceName", "resource.attributes[\"service.name\"]"},
};

/* What attributes of resources begin with. */
static const char *const RESOURCES[] = {
    "service.",    "k8s.",     "host.",      "cloud.", "container.",
    "deployment.", "process.", "telemetry.", "os.",    "faas.",
};

static tm_text expand(tm_arena *arena, const char *meant, const char *context)
{
    tm_buf out = {.arena = arena};
    for (; *meant; meant++)
        if (*meant == '@')
            tm_buf_add(&out, tm_text_of(context));
        else
            tm_buf_add_char(&out, *meant);
    return tm_buf_text(&out);
}

static bool is_of_resource(tm_text dotted)
{
    for (size_t i = 0; i < sizeof RESOURCES / sizeof *RESOURCES; i++)
        if (tm_text_starts(dotted, tm_text_of(RESOURCES[i])))
            return true;
    return false;
}

tm_text tm_habit_path(tm_arena *arena, tm_text dotted, tm_level level, bool prefixed, bool likely)
{
    bool resource = is_of_resource(dotted);
    tm_level at = resource ? TM_RESOURCE : level;
    bool named = prefixed || at != level;
    for (size_t i = 0; level == TM_SPAN && i < sizeof WORDS / sizeof *WORDS; i++)
        if (tm_text_is(dotted, WORDS[i].wrong))
            return expand(arena, WORDS[i].meant, prefixed ? "span." : "");
    if (tm_text_find(dotted, TM_TEXT(".")) < 0 || level >= TM_LEVELS || (likely && !resource))
        return TM_TEXT("");
    return tm_arena_print(arena, "%s%sattributes[\"%.*s\"]", named ? tm_context_name(at) : "",
                          named ? "." : "", TM_PRI(dotted));
}
