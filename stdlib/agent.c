/* Agent: names and versions of user agents (language.md 4.4), by the patterns of uap-core, which
 * tools/agents.awk turns into rows when tamis is built.
 * Work: there is a fixed number of patterns, and each goes over the agent once at most.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/ascii.h"
#include "stdlib/data.h"

/* A pattern and what its name and version are made of: $1 stands for a group; empty: the group in
 * turn. */
typedef struct agent_row {
    const char *regex;
    const char *part[5]; /* name, then up to four numbers of the version */
} agent_row;

static const agent_row AGENTS[] = {
#define AGENT(regex, ...) {regex, {__VA_ARGS__}},
#define SYSTEM(...)
#include "agents.inc"
#undef AGENT
#undef SYSTEM
};

static const agent_row SYSTEMS[] = {
#define AGENT(...)
#define SYSTEM(regex, ...) {regex, {__VA_ARGS__}},
#include "agents.inc"
#undef AGENT
#undef SYSTEM
};

enum {
    AGENT_COUNT = sizeof AGENTS / sizeof *AGENTS,
    SYSTEM_COUNT = sizeof SYSTEMS / sizeof *SYSTEMS,
    GROUPS = 10,
    SLOTS = 256, /* agents remembered; a power of two */
    AGENT_BYTES = 256,
    ANSWER_BYTES = 64
};

/* What is known of a pattern: a text that every match holds (empty: unknown), and its code once
 * needed. */
typedef struct agent_known {
    tm_text needed;
    const tm_regex *regex;
} agent_known;

/* What is found out: name and version of the agent, then those of its system. */
typedef struct answer {
    tm_text part[4];
} answer;

/* An agent met before, with its answer. */
typedef struct slot {
    char agent[AGENT_BYTES];
    char part[4][ANSWER_BYTES];
    uint16_t n, part_n[4];
    bool used;
} slot;

/* One a VM, made at the first call: patterns are compiled when the first agent comes that may
 * match. */
struct tm_agents {
    agent_known agent[AGENT_COUNT], system[SYSTEM_COUNT];
    slot slot[SLOTS];
};

/* --- what a pattern needs ---
 * A plain search first saves running most of the hundreds of patterns: an agent not met before
 * takes 36 us, 77 us without (ten usual agents, each with a different end). One automaton for all
 * of them is no way, as the first row that matches counts, with its groups. */

/* One pattern being looked through for its longest run of plain characters. */
typedef struct search {
    tm_buf run;
    tm_text best;
} search;

static void end_run(search *s)
{
    if (s->run.n > s->best.n)
        s->best = tm_arena_copy(s->run.arena, tm_buf_text(&s->run));
    s->run.n = 0;
}

/* Bytes of the group or class at the start of t, brackets included. */
static size_t bracket_bytes(tm_text t)
{
    unsigned depth = 0;
    bool class = false;
    /* Work: bytes of a pattern of the table */
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        if (c == '\\')
            i++;
        else if (class)
            class = c != ']';
        else if (c == '[')
            class = true;
        else
            depth += (c == '(') - (c == ')');
        if (!depth && !class)
            return i + 1;
    }
    return t.n;
}

/* Bytes of the quantifier at the start of t: what stands before it may be left out or repeated. 0:
 * none. */
static size_t quantifier_bytes(tm_text t)
{
    size_t n = 0;
    if (t.n && (t.p[0] == '?' || t.p[0] == '*' || t.p[0] == '+'))
        n = 1;
    /* Work: bytes of a pattern of the table */
    for (; t.n && t.p[0] == '{' && n < t.n && (n == 0 || t.p[n - 1] != '}');)
        n++;
    return n + (n && n < t.n && t.p[n] == '?');
}

static bool has_choice(tm_text t)
{
    /* Work: bytes of a pattern of the table */
    for (size_t i = 0; i < t.n; i += t.p[i] == '(' || t.p[i] == '['
                                         ? bracket_bytes(tm_text_skip(t, i))
                                     : t.p[i] == '\\' ? 2
                                                      : 1)
        if (t.p[i] == '|')
            return true;
    return false;
}

static bool is_word(char c)
{
    return tm_ascii_is_digit(c) || tm_ascii_is_letter(c);
}

/* Plain characters that every match of t holds; t has no choice. Groups lie few levels deep in each
 * other. */
static void look_through(search *s, tm_text t)
{
    /* Work: bytes of a pattern of the table */
    for (size_t i = 0; i < t.n;) {
        tm_text rest = tm_text_skip(t, i);
        bool escaped = rest.p[0] == '\\' && rest.n > 1;
        bool bracket = rest.p[0] == '(' || rest.p[0] == '[';
        size_t n = bracket ? bracket_bytes(rest) : 1u + escaped;
        size_t quantified = quantifier_bytes(tm_text_skip(rest, n));
        bool plain = escaped ? !is_word(rest.p[1]) : !bracket && !memchr(".^$?*+{}", rest.p[0], 8);
        if (plain && !quantified) {
            tm_buf_add_char(&s->run, rest.p[escaped]);
        } else {
            end_run(s);
            size_t skipped = tm_text_starts(rest, TM_TEXT("(?:")) ? 3 : 1;
            tm_text inner =
                rest.p[0] == '(' ? tm_text_slice(rest.p + skipped, n - skipped - 1) : TM_TEXT("");
            bool flags = inner.n && inner.p[0] == '?';
            if (inner.n && !flags && !quantified && !has_choice(inner))
                look_through(s, inner);
            end_run(s);
        }
        i += n + quantified;
    }
    end_run(s);
}

static void learn(tm_arena *arena, const agent_row *row, unsigned n, agent_known *known)
{
    /* Work: patterns of the table */
    for (unsigned i = 0; i < n; i++) {
        search s = {.run = {.arena = arena}};
        tm_text pattern = tm_text_of(row[i].regex);
        if (!has_choice(pattern) && !tm_text_starts(pattern, TM_TEXT("(?i)")))
            look_through(&s, pattern);
        known[i].needed = s.best;
    }
}

/* --- matching --- */

/* Writes the part that a match gives: group i + 1, or what the row says instead. */
static tm_text expand(tm_arena *arena, const agent_row *row, unsigned i, tm_text agent,
                      const size_t *group)
{
    tm_buf out = {.arena = arena};
    const char bare[] = {'$', (char)('1' + i), 0};
    const char *p = row->part[i][0] ? row->part[i] : bare;
    /* Work: bytes of a template of the table */
    for (; *p; p++) {
        if (*p != '$' || p[1] < '0' || p[1] > '9') {
            tm_buf_add_char(&out, *p);
            continue;
        }
        const size_t *at = group + 2 * (*++p - '0');
        if (at[0] != SIZE_MAX)
            tm_buf_add(&out, tm_text_slice(agent.p + at[0], at[1] - at[0]));
    }
    return tm_buf_text(&out);
}

/* Name and version by a pattern that matched; versions of systems have one number more. */
static void answer_of(tm_call *c, const agent_row *row, tm_text agent, const size_t *group,
                      tm_text part[2])
{
    tm_buf version = {.arena = c->arena};
    part[0] = expand(c->arena, row, 0, agent, group);
    unsigned numbers = row >= AGENTS && row < AGENTS + AGENT_COUNT ? 3 : 4;
    /* Work: groups of the table */
    for (unsigned i = 1; i <= numbers; i++) {
        tm_text number = expand(c->arena, row, i, agent, group);
        if (!number.n)
            continue;
        if (i > 1)
            tm_buf_add_char(&version, '.');
        tm_buf_add(&version, number);
    }
    part[1] = tm_buf_text(&version);
}

static const tm_regex *compiled(tm_call *c, const agent_row *row, agent_known *known)
{
    tm_text error;
    size_t at;
    if (!known->regex)
        known->regex = tm_regex_new(c->vm->own, tm_text_of(row->regex), &error, &at);
    return known->regex;
}

/* Finds the first of n rows that matches; "Other" without. Each row goes over the agent once. */
static bool find(tm_call *c, const agent_row *row, unsigned n, agent_known *known, tm_text agent,
                 tm_text part[2])
{
    part[0] = TM_TEXT("Other");
    part[1] = TM_TEXT("");
    /* Work: patterns of the table, each charged with the bytes of the agent */
    for (unsigned i = 0; i < n; i++) {
        size_t group[2 * GROUPS];
        memset(group, 0xff, sizeof group);
        if (!tm_charge_bytes(c, agent.n))
            return false;
        if (known[i].needed.n && tm_text_find(agent, known[i].needed) < 0)
            continue;
        const tm_regex *regex = compiled(c, &row[i], &known[i]);
        if (!regex) /* a newer uap-core may use what RE2 lacks */
            continue;
        unsigned groups = tm_regex_groups(regex) + 1 < GROUPS ? tm_regex_groups(regex) + 1 : GROUPS;
        tm_match found = tm_regex_search(regex, c->vm->matcher, c->arena, agent, 0, group, groups);
        if (found == TM_MATCH_BUDGET)
            return tm_vm_spent(c->vm);
        if (found == TM_MATCH) {
            answer_of(c, &row[i], agent, group, part);
            return true;
        }
    }
    return true;
}

/* --- remembering --- */

/* What is longer is never remembered, and need not be told apart. */
static slot *slot_of(struct tm_agents *agents, tm_text agent)
{
    uint32_t hash = 2166136261u;
    /* Work: at most AGENT_BYTES */
    for (size_t i = 0; i < agent.n && i <= AGENT_BYTES; i++)
        hash = (hash ^ (unsigned char)agent.p[i]) * 16777619u;
    return &agents->slot[(hash ^ hash >> 16) % SLOTS];
}

static bool recall(tm_call *c, const slot *s, tm_text agent, answer *a)
{
    if (!s->used || !tm_text_equal(tm_text_slice(s->agent, s->n), agent))
        return false;
    /* Work: 4 parts */
    for (unsigned i = 0; i < 4; i++)
        a->part[i] = tm_arena_copy(c->arena, tm_text_slice(s->part[i], s->part_n[i]));
    return true;
}

static void remember(slot *s, tm_text agent, const answer *a)
{
    /* Work: 4 parts */
    for (unsigned i = 0; i < 4; i++)
        if (a->part[i].n > ANSWER_BYTES)
            return;
    if (agent.n > AGENT_BYTES)
        return;
    memcpy(s->agent, agent.p, agent.n);
    for (unsigned i = 0; i < 4; i++) {
        memcpy(s->part[i], a->part[i].p, a->part[i].n);
        s->part_n[i] = (uint16_t)a->part[i].n;
    }
    s->n = (uint16_t)agent.n;
    s->used = true;
}

static struct tm_agents *agents_of(tm_vm *vm)
{
    if (vm->agents)
        return vm->agents;
    struct tm_agents *agents = TM_NEW(vm->own, struct tm_agents);
    learn(vm->own, AGENTS, AGENT_COUNT, agents->agent);
    learn(vm->own, SYSTEMS, SYSTEM_COUNT, agents->system);
    return vm->agents = agents;
}

TM_CONVERTER(UserAgent, "map UserAgent(user_agent: string)",
             "Name and version of the program behind a user agent, and of its operating system "
             "where they are known, "
             "under the names of the semantic conventions.",
             EX(UserAgent("curl/7.81.0")["user_agent.name"] == "curl")
             EX(UserAgent("curl/7.81.0")["user_agent.version"] == "7.81.0")
             EX(UserAgent("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:9.0)")["os.name"] == "Ubuntu")
             EX(UserAgent("")["os.version"]) FAILS
             EX(UserAgent(1)) REFUSED)
{
    struct tm_agents *agents = agents_of(c->vm);
    tm_text agent = tm_arg_text(c, 0);
    slot *remembered = slot_of(agents, agent);
    answer a;
    if (!recall(c, remembered, agent, &a)) {
        if (!find(c, AGENTS, AGENT_COUNT, agents->agent, agent, a.part) ||
            !find(c, SYSTEMS, SYSTEM_COUNT, agents->system, agent, a.part + 2))
            return false;
        remember(remembered, agent, &a);
    }
    tm_map *map = tm_map_new(c->arena, 5);
    tm_map_append(c->arena, map, TM_TEXT("user_agent.original"), tm_string(agent));
    tm_map_append(c->arena, map, TM_TEXT("user_agent.name"), tm_string(a.part[0]));
    tm_map_append(c->arena, map, TM_TEXT("user_agent.version"), tm_string(a.part[1]));
    tm_map_append(c->arena, map, TM_TEXT("os.name"), tm_string(a.part[2]));
    if (a.part[3].n)
        tm_map_append(c->arena, map, TM_TEXT("os.version"), tm_string(a.part[3]));
    return tm_return(c, tm_map_value(map, TM_NATIVE));
}

void tm_data_agent(tm_buf *out)
{
    tm_buf_print(out,
                 "| uap-core | as packaged at build time | %d patterns of agents, %d of systems | "
                 "UserAgent |\n",
                 (int)AGENT_COUNT, (int)SYSTEM_COUNT);
}

TM_CHAPTER(agent, ROW(UserAgent))
