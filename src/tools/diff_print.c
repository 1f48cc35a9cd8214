/* Diff, print: groups under their rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/diff_print.h"

#include "base/harmless.h"
#include "base/json_write.h"
#include "explain/rule_line.h"

enum { NAMES_MOST = 10 }; /* that are shown of a rule */

typedef struct printing {
    tm_buf *out;
    const tm_screen *screen;
    const tm_diff_result *result;
    const tm_diff_group **group;
    size_t n;
} printing;

typedef unsigned long long number;

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- samples --------------------------------------------------------------------------------- */

static void print_value(const printing *p, tm_ink ink, char sign, tm_text path, tm_text value)
{
    tm_buf line = {.arena = p->out->arena};
    if (!value.p)
        return;
    tm_buf_print(&line, "          ");
    tm_screen_print(p->screen, &line, ink, "%c %.*s = %.*s", sign, TM_PRI(path), TM_PRI(value));
    tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("              "));
}

static void print_sample(const printing *p, const tm_diff_group *group, const tm_diff_sample *s)
{
    tm_buf line = {.arena = p->out->arena}, ids = line;
    tm_buf_print(&ids, s->span_id.n ? "span " : "a span without an id");
    tm_buf_add_hex(&ids, s->span_id);
    if (s->trace_id.n)
        tm_buf_print(&ids, " of trace ");
    tm_buf_add_hex(&ids, s->trace_id);
    if (s->parent_id.n) {
        tm_buf_print(&ids, ", parent ");
        tm_buf_add_hex(&ids, s->parent_id);
    }
    tm_buf_print(&line, "        ");
    tm_screen_add(p->screen, &line, TM_INK_DIM, tm_buf_text(&ids));
    tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("            "));
    for (size_t i = 0; i < s->changes; i++) {
        print_value(p, TM_INK_RED, '-', s->change[i].path, s->change[i].old_value);
        print_value(p, TM_INK_GREEN, '+', s->change[i].path, s->change[i].new_value);
    }
    if (group->kind == TM_DIFF_EDITED && !s->changes)
        tm_buf_print(p->out, "          in what no path names, such as an unknown field\n");
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* "2 GET /health of shop" */
static void print_group(const printing *p, const tm_diff_group *group)
{
    tm_buf line = {.arena = p->out->arena}, name = line;
    tm_json_write_string(&name, group->name, TM_JSON_ESCAPE_HARMFUL);
    tm_buf_print(&line, "    %llu ", (number)group->spans);
    tm_screen_add(p->screen, &line, TM_INK_BOLD, tm_buf_text(&name));
    if (group->service.n) {
        tm_buf_print(&line, " of ");
        tm_harmless_add(&line, group->service);
    }
    tm_screen_line(p->screen, p->out, tm_buf_text(&line));
    for (unsigned i = 0; i < group->samples; i++)
        print_sample(p, group, &group->sample[i]);
}

static void print_other_rule(const printing *p, tm_buf *line, const char *says, const tm_rule *rule)
{
    if (!rule)
        return;
    tm_buf_print(line, "; %s ", says);
    tm_screen_add(p->screen, line, TM_INK_BOLD, rule->name);
    tm_rule_line_place(line, p->screen, rule);
}

/* "2 by health: drop where name == ... (new.ottl:3); OLD keeps them by errors (old.ottl:1)" */
static void print_rule(const printing *p, const tm_diff_group *group, uint64_t spans)
{
    tm_buf line = {.arena = p->out->arena};
    const tm_rule *rule = tm_diff_group_rule(group);
    tm_buf_print(&line, "  %llu ", (number)spans);
    if (rule) {
        tm_buf_print(&line, "by ");
        tm_rule_line_add(&line, p->screen, rule);
    } else {
        tm_buf_print(&line, "by what others in their resource or scope have changed");
    }
    if (group->kind == TM_DIFF_DROPPED)
        print_other_rule(p, &line, "OLD keeps them by", group->old_rule);
    else if (group->kind == TM_DIFF_KEPT)
        print_other_rule(p, &line, "NEW keeps them by", group->new_rule);
    else if (group->kind == TM_DIFF_EDITED && group->new_rule)
        print_other_rule(p, &line, "OLD edits them by", group->old_rule);
    tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("    "));
}

static bool same_rules(const tm_diff_group *a, const tm_diff_group *b)
{
    return a->kind == b->kind && a->old_rule == b->old_rule && a->new_rule == b->new_rule;
}

/* Groups of the same rules from `i` on; where they end. */
static size_t print_groups(const printing *p, size_t i)
{
    uint64_t spans = 0, hidden = 0;
    size_t end = i;
    for (; end < p->n && same_rules(p->group[i], p->group[end]); end++) {
        spans += p->group[end]->spans;
        hidden += end - i < NAMES_MOST ? 0 : p->group[end]->spans;
    }
    print_rule(p, p->group[i], spans);
    for (size_t k = i; k < end && k < i + NAMES_MOST; k++)
        print_group(p, p->group[k]);
    if (hidden)
        tm_buf_print(p->out, "    %llu of %zu more names\n", (number)hidden, end - i - NAMES_MOST);
    return end;
}

static void print_kind(const printing *p, tm_diff_kind kind)
{
    static const char *const heads[] = {[TM_DIFF_DROPPED] = "dropped by NEW, kept by OLD",
                                        [TM_DIFF_KEPT] = "kept by NEW, dropped by OLD",
                                        [TM_DIFF_EDITED] = "kept by both, edited differently",
                                        [TM_DIFF_ORPHANED] =
                                            "kept by NEW without their parents, and not so by OLD"};
    static const tm_ink inks[] = {[TM_DIFF_DROPPED] = TM_INK_RED,
                                  [TM_DIFF_KEPT] = TM_INK_GREEN,
                                  [TM_DIFF_EDITED] = TM_INK_YELLOW,
                                  [TM_DIFF_ORPHANED] = TM_INK_RED};
    const tm_diff_groups *all = &p->result->groups;
    if (!all->spans[kind])
        return;
    tm_buf_add_char(p->out, '\n');
    tm_screen_add(p->screen, p->out, inks[kind], tm_text_of(heads[kind]));
    tm_buf_print(p->out, ": %llu span%s\n", (number)all->spans[kind], plural(all->spans[kind]));
    for (size_t i = 0; i < p->n;)
        i = p->group[i]->kind == kind ? print_groups(p, i) : i + 1;
    if (all->others[kind])
        tm_buf_print(p->out, "  %llu of more rules, services and names than are told apart\n",
                     (number)all->others[kind]);
}

/* ---- what else there is ---------------------------------------------------------------------- */

static void print_refused(const printing *p, const char *who, const tm_diff_refused *r)
{
    tm_buf line = {.arena = p->out->arena};
    if (!r->requests)
        return;
    tm_buf_print(&line, "%llu request%s of %llu span%s refused by %s, and not compared",
                 (number)r->requests, plural(r->requests), (number)r->spans, plural(r->spans), who);
    if (r->reason.n) {
        tm_buf_print(&line, ": ");
        tm_harmless_add(&line, r->reason);
    }
    tm_buf_add_char(p->out, '\n');
    tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("  "));
}

static void print_errors(const printing *p, int side)
{
    const tm_ruleset *rules = p->result->rules[side];
    for (uint32_t i = 0; i < rules->rules; i++) {
        const tm_diff_errors *e = &p->result->errors[side][i];
        tm_buf line = {.arena = p->out->arena};
        if (!e->n)
            continue;
        tm_buf_print(&line, "%s: ", side == TM_DIFF_OLD ? "OLD" : "NEW");
        tm_screen_add(p->screen, &line, TM_INK_BOLD, rules->rule[i]->name);
        tm_rule_line_place(&line, p->screen, rules->rule[i]);
        tm_buf_print(&line, " failed %llu time%s", (number)e->n, plural(e->n));
        if (e->first.n) {
            tm_buf_print(&line, ", first: ");
            tm_harmless_add(&line, e->first);
        }
        tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("  "));
    }
}

static bool has_errors(const tm_diff_result *r, int side)
{
    for (uint32_t i = 0; i < r->rules[side]->rules; i++)
        if (r->errors[side][i].n)
            return true;
    return false;
}

static void print_head(const printing *p)
{
    const tm_diff_result *r = p->result;
    const uint64_t differ = tm_diff_groups_differ(&r->groups);
    tm_buf line = {.arena = p->out->arena};
    tm_buf_print(&line, "%llu span%s: OLD keeps %llu, NEW keeps %llu; ", (number)r->spans,
                 plural(r->spans), (number)r->kept[TM_DIFF_OLD], (number)r->kept[TM_DIFF_NEW]);
    if (differ)
        tm_screen_print(p->screen, &line, TM_INK_BOLD, "%llu change%s", (number)differ,
                        differ == 1 ? "s" : "");
    else
        tm_buf_print(&line, "none changes");
    tm_screen_line(p->screen, p->out, tm_buf_text(&line));
}

void tm_diff_print(tm_buf *out, const tm_diff_result *r, const tm_screen *screen)
{
    const printing p = {.out = out,
                        .screen = screen,
                        .result = r,
                        .group = tm_diff_groups_sorted(out->arena, &r->groups),
                        .n = tm_diff_groups_count_all(&r->groups)};
    print_head(&p);
    for (int kind = 0; kind < TM_DIFF_KINDS; kind++)
        print_kind(&p, (tm_diff_kind)kind);
    if (r->mended)
        tm_buf_print(out, "\n%llu span%s no longer without a parent\n", (number)r->mended,
                     r->mended == 1 ? " is" : "s are");
    if (r->left_out)
        tm_buf_print(out, "\n%llu spans more than orphans are looked for among\n",
                     (number)r->left_out);
    print_refused(&p, "OLD", &r->by_one[TM_DIFF_OLD]);
    print_refused(&p, "NEW", &r->by_one[TM_DIFF_NEW]);
    print_refused(&p, "both", &r->by_both);
    if (has_errors(r, TM_DIFF_OLD) || has_errors(r, TM_DIFF_NEW))
        tm_buf_add_char(out, '\n');
    print_errors(&p, TM_DIFF_OLD);
    print_errors(&p, TM_DIFF_NEW);
}
