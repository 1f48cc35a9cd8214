/* Bench, print: the same as an object.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "tools/bench_print.h"

typedef unsigned long long number;

static void add_text(tm_buf *out, const char *name, tm_text text)
{
    tm_buf_print(out, "\"%s\":", name);
    tm_json_write_string(out, text, TM_JSON_PLAIN);
}

static void add_part(tm_buf *out, const tm_timed_part *part, double spans, bool detail)
{
    tm_buf_add_char(out, '{');
    add_text(out, "function", part->function);
    if (detail) {
        tm_buf_add_char(out, ',');
        add_text(out, "detail", part->detail);
    }
    tm_buf_print(out, ",\"times\":%llu,\"nsPerSpan\":%.3f}", (number)part->times,
                 (double)part->ns / spans);
}

static void add_rule(tm_buf *out, const tm_bench_rule *r, double spans)
{
    tm_buf_add_char(out, '{');
    add_text(out, "rule", r->rule->name);
    tm_buf_add_char(out, ',');
    add_text(out, "file", r->rule->file);
    tm_buf_add_char(out, ',');
    add_text(out, "text", r->rule->text);
    tm_buf_print(out, ",\"matched\":%llu,\"dropped\":%llu,\"errors\":%llu", (number)r->matched,
                 (number)r->dropped, (number)r->errors);
    tm_buf_print(out, ",\"asked\":%llu,\"runs\":%llu,\"nsPerSpan\":%.3f,\"parts\":[",
                 (number)r->timed.asked, (number)r->timed.runs, r->ns);
    for (size_t i = 0; i < r->parts; i++) {
        tm_buf_print(out, i ? "," : "");
        add_part(out, &r->part[i], spans, true);
    }
    tm_buf_print(out, "]}");
}

static void add_side(tm_buf *out, const tm_bench *b, const tm_bench_side *side)
{
    const double spans = (double)tm_loaded_count(b->loaded);
    size_t n;
    tm_buf_add_char(out, '{');
    add_text(out, "name", side->name);
    tm_buf_print(out, ",\"nsPerSpan\":{\"least\":%.3f,\"median\":%.3f,\"rounds\":[", side->least_ns,
                 side->median_ns);
    for (unsigned i = 0; i < b->rounds; i++)
        tm_buf_print(out, "%s%.3f", i ? "," : "", side->round_ns[i]);
    tm_buf_print(out, "]},\"kept\":%llu,\"refused\":%llu,\"rules\":[", (number)side->kept,
                 (number)side->refused);
    for (uint32_t i = 0; i < side->plain->rules; i++) {
        tm_buf_print(out, i ? "," : "");
        add_rule(out, &side->rule[i], spans);
    }
    const tm_timed_part *functions = tm_bench_functions(out->arena, side, &n);
    tm_buf_print(out, "],\"functions\":[");
    for (size_t i = 0; i < n; i++) {
        tm_buf_print(out, i ? "," : "");
        add_part(out, &functions[i], spans, false);
    }
    const tm_bench_rule **sorted = tm_bench_dearest(out->arena, side);
    tm_buf_print(out, "],\"dearest\":[");
    for (uint32_t i = 0; i < 3 && i < side->plain->rules && sorted[i]->timed.asked; i++) {
        tm_buf_print(out, i ? "," : "");
        tm_json_write_string(out, sorted[i]->rule->name, TM_JSON_PLAIN);
    }
    tm_buf_print(out, "]}");
}

void tm_bench_json(tm_buf *out, const tm_bench *b, tm_text machine)
{
    static const char *const names[] = {"rules", "vs", "withoutRules"};
    tm_buf_add_char(out, '{');
    add_text(out, "machine", machine);
    tm_buf_print(out, ",\"spans\":%zu,\"requests\":%zu,\"passes\":%llu,\"rounds\":%u",
                 tm_loaded_count(b->loaded), tm_loaded_requests(b->loaded), (number)b->passes,
                 b->rounds);
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        if (b->side[i].plain) {
            tm_buf_print(out, ",\"%s\":", names[i]);
            add_side(out, b, &b->side[i]);
        }
    tm_buf_print(out, "}\n");
}
