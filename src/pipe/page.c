/* Page: texts, times and ids as the debug pages show them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/page.h"

#include "base/calendar.h"
#include "base/harmless.h"
#include "base/json_write.h"

static void add_time(tm_buf *out, uint64_t time_ns, int digits, unsigned grain_ns)
{
    enum { SECOND = 1000000000 };
    const tm_civil t = tm_civil_of((int64_t)(time_ns / SECOND));
    tm_buf_print(out, "%04d-%02d-%02dT%02d:%02d:%02d.%0*uZ", (int)t.year, (int)t.month, (int)t.day,
                 (int)t.hour, (int)t.minute, (int)t.second, digits,
                 (unsigned)(time_ns % SECOND / grain_ns));
}

void tm_page_time(tm_buf *out, uint64_t time_ns)
{
    add_time(out, time_ns, 3, 1000000);
}

void tm_page_time_ns(tm_buf *out, uint64_t time_ns)
{
    add_time(out, time_ns, 9, 1);
}

void tm_page_member(tm_buf *out, const char *key, tm_text text)
{
    tm_buf_print(out, "\"%s\":", key);
    tm_json_write_string(out, text, TM_JSON_ESCAPE_HARMFUL);
}

void tm_page_rule(tm_buf *out, const tm_rule *rule, bool text)
{
    tm_page_member(out, "name", rule->name);
    tm_buf_add_char(out, ',');
    tm_page_member(out, "file", rule->file);
    if (!text)
        return;
    tm_buf_add_char(out, ',');
    tm_page_member(out, "text", rule->text);
}

void tm_page_rule_line(tm_buf *out, const tm_rule *rule, bool text)
{
    tm_harmless_add(out, rule->name);
    if (rule->file.n) {
        tm_buf_print(out, " (");
        tm_harmless_add(out, rule->file);
        tm_buf_print(out, ")");
    }
    if (!text)
        return;
    tm_buf_print(out, ": ");
    tm_harmless_add(out, tm_page_short(out->arena, rule->text));
}

tm_text tm_page_short(tm_arena *arena, tm_text text)
{
    enum { MOST = 120 };
    tm_buf out = {.arena = arena};
    bool gap = false;
    text = tm_text_trim(text);
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            gap = true;
            continue;
        }
        if (out.n + gap >= MOST && ((uint8_t)c & 0xc0) != 0x80) {
            tm_buf_add(&out, TM_TEXT("..."));
            break;
        }
        if (gap)
            tm_buf_add_char(&out, ' ');
        tm_buf_add_char(&out, c);
        gap = false;
    }
    return tm_buf_text(&out);
}
