/* Diff, print: the same as an object.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "tools/diff_print.h"

typedef unsigned long long number;

static void add_text(tm_buf *out, const char *name, tm_text text)
{
    tm_buf_print(out, "\"%s\":", name);
    tm_json_write_string(out, text, TM_JSON_PLAIN);
}

static void add_id(tm_buf *out, const char *name, tm_text id)
{
    tm_buf_print(out, "\"%s\":\"", name);
    tm_buf_add_hex(out, id);
    tm_buf_add_char(out, '"');
}

static void add_rule(tm_buf *out, const char *name, const tm_rule *rule)
{
    if (!rule)
        return;
    tm_buf_print(out, ",\"%s\":{", name);
    add_text(out, "name", rule->name);
    tm_buf_add_char(out, ',');
    add_text(out, "file", rule->file);
    tm_buf_add_char(out, ',');
    add_text(out, "text", rule->text);
    tm_buf_add_char(out, '}');
}

static void add_change(tm_buf *out, const tm_diff_change *change)
{
    tm_buf_add_char(out, '{');
    add_text(out, "path", change->path);
    if (change->old_value.p) {
        tm_buf_add_char(out, ',');
        add_text(out, "old", change->old_value);
    }
    if (change->new_value.p) {
        tm_buf_add_char(out, ',');
        add_text(out, "new", change->new_value);
    }
    tm_buf_add_char(out, '}');
}

static void add_sample(tm_buf *out, const tm_diff_group *group, const tm_diff_sample *s)
{
    tm_buf_add_char(out, '{');
    add_id(out, "traceId", s->trace_id);
    tm_buf_add_char(out, ',');
    add_id(out, "spanId", s->span_id);
    if (s->parent_id.n) {
        tm_buf_add_char(out, ',');
        add_id(out, "parentSpanId", s->parent_id);
    }
    if (group->kind == TM_DIFF_EDITED) {
        tm_buf_print(out, ",\"differences\":[");
        for (size_t i = 0; i < s->changes; i++) {
            tm_buf_print(out, i ? "," : "");
            add_change(out, &s->change[i]);
        }
        tm_buf_add_char(out, ']');
    }
    tm_buf_add_char(out, '}');
}

static const char *const words[] = {[TM_DIFF_DROPPED] = "dropped",
                                    [TM_DIFF_KEPT] = "kept",
                                    [TM_DIFF_EDITED] = "edited",
                                    [TM_DIFF_ORPHANED] = "orphaned"};

static void add_group(tm_buf *out, const tm_diff_group *group)
{
    tm_buf_print(out, "{\"change\":\"%s\",\"spans\":%llu,", words[group->kind],
                 (number)group->spans);
    add_text(out, "service", group->service);
    tm_buf_add_char(out, ',');
    add_text(out, "name", group->name);
    add_rule(out, "oldRule", group->old_rule);
    add_rule(out, "newRule", group->new_rule);
    tm_buf_print(out, ",\"samples\":[");
    for (unsigned i = 0; i < group->samples; i++) {
        tm_buf_print(out, i ? "," : "");
        add_sample(out, group, &group->sample[i]);
    }
    tm_buf_print(out, "]}");
}

static void add_refused(tm_buf *out, const char *name, const tm_diff_refused *r)
{
    tm_buf_print(out, "\"%s\":{\"requests\":%llu,\"spans\":%llu", name, (number)r->requests,
                 (number)r->spans);
    if (r->requests) {
        tm_buf_add_char(out, ',');
        add_text(out, "reason", r->reason);
    }
    tm_buf_add_char(out, '}');
}

static void add_errors(tm_buf *out, const tm_diff_result *r, int side)
{
    for (uint32_t i = 0; i < r->rules[side]->rules; i++) {
        const tm_diff_errors *e = &r->errors[side][i];
        if (!e->n)
            continue;
        tm_buf_print(out, out->p[out->n - 1] == '[' ? "" : ",");
        tm_buf_print(out, "{\"side\":\"%s\",\"errors\":%llu,", side == TM_DIFF_OLD ? "old" : "new",
                     (number)e->n);
        add_text(out, "first", e->first);
        add_rule(out, "rule", r->rules[side]->rule[i]);
        tm_buf_add_char(out, '}');
    }
}

void tm_diff_json(tm_buf *out, const tm_diff_result *r)
{
    const tm_diff_groups *g = &r->groups;
    const tm_diff_group **sorted = tm_diff_groups_sorted(out->arena, g);
    tm_buf_print(out, "{\"spans\":%llu,\"kept\":{\"old\":%llu,\"new\":%llu}", (number)r->spans,
                 (number)r->kept[TM_DIFF_OLD], (number)r->kept[TM_DIFF_NEW]);
    for (int kind = 0; kind < TM_DIFF_KINDS; kind++)
        tm_buf_print(out, "%s\"%s\":%llu", kind ? "," : ",\"changes\":{", words[kind],
                     (number)g->spans[kind]);
    tm_buf_print(out, "},\"groups\":[");
    for (size_t i = 0; i < tm_diff_groups_count_all(g); i++) {
        tm_buf_print(out, i ? "," : "");
        add_group(out, sorted[i]);
    }
    for (int kind = 0; kind < TM_DIFF_KINDS; kind++)
        tm_buf_print(out, "%s\"%s\":%llu", kind ? "," : "],\"notInGroups\":{", words[kind],
                     (number)g->others[kind]);
    tm_buf_print(out, "},\"noLongerOrphaned\":%llu,\"notLookedAtForOrphans\":%llu,\"refused\":{",
                 (number)r->mended, (number)r->left_out);
    add_refused(out, "old", &r->by_one[TM_DIFF_OLD]);
    tm_buf_add_char(out, ',');
    add_refused(out, "new", &r->by_one[TM_DIFF_NEW]);
    tm_buf_add_char(out, ',');
    add_refused(out, "both", &r->by_both);
    tm_buf_print(out, "},\"errors\":[");
    add_errors(out, r, TM_DIFF_OLD);
    add_errors(out, r, TM_DIFF_NEW);
    tm_buf_print(out, "]}\n");
}
