/* LSP, code lens: how many spans of the recording each rule matched.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "engine/judge.h"
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_server.h"

enum { SPANS_MOST = 200000 }; /* judged for an answer */

/* One run of a document's rules over the recording. */
typedef struct counting {
    tm_lsp_call *call;
    const tm_lsp_analysis *analysis;
    const tm_loaded *loaded;
    tm_ruleset *ruleset;
    tm_judge *judge;
    tm_rule_counts *counts; /* by rule */
    uint64_t spans;
    bool full; /* of the recording only its first part was judged */
} counting;

/* ---- judging --------------------------------------------------------------------------------- */

static tm_processor_settings *processor_of(const counting *c, tm_arena *arena)
{
    tm_processor_settings *p = TM_NEW(arena, tm_processor_settings);
    tm_lsp_world *world = TM_NEW(arena, tm_lsp_world);
    tm_rule_importer *importer = TM_NEW(arena, tm_rule_importer);
    const tm_source **file = TM_NEW_ARRAY(arena, 1, const tm_source *);
    tm_lsp_world_init(world, &c->call->server->files, NULL);
    *importer = (tm_rule_importer){.open = tm_rule_files_import, .owner = &world->rule_files};
    file[0] = c->analysis->source;
    *p = (tm_processor_settings){.type = TM_PROCESSOR_TAMIS, .id = TM_TEXT("tamis")};
    p->tamis.files = file;
    p->tamis.file_count = 1;
    p->tamis.importer = importer;
    return p;
}

static void judge_all(counting *c)
{
    for (size_t i = 0; i < tm_loaded_requests(c->loaded); i++) {
        tm_outcome o;
        c->full = c->spans >= SPANS_MOST;
        if (c->full)
            return;
        if (!tm_judge_request(c->judge, c->ruleset, tm_loaded_request_at(c->loaded, i)->bytes, NULL,
                              TM_UTF8_MEND, &o))
            tm_arena_out_of_memory(c->call->arena);
        c->spans += o.spans_in;
        for (uint32_t k = 0; k < c->ruleset->rules; k++) {
            c->counts[k].matched += o.rule[k].matched;
            c->counts[k].errors += o.rule[k].errors;
            c->counts[k].dropped_spans += o.rule[k].dropped_spans;
        }
    }
}

/* ---- showing --------------------------------------------------------------------------------- */

/* A rule counts what its context is. */
static const char *noun_of(tm_level level)
{
    static const char *const nouns[TM_LEVELS] = {[TM_RESOURCE] = "resources",
                                                 [TM_SCOPE] = "scopes",
                                                 [TM_SPAN] = "",
                                                 [TM_EVENT] = "span events"};
    return nouns[level];
}

static void add_lens(const counting *c, const tm_unit_rule *rule, tm_level level,
                     const tm_rule_counts *n)
{
    tm_buf *out = c->call->result, title = {.arena = c->call->arena};
    const char *noun = noun_of(level);
    tm_buf_print(&title, "matched %llu%s%s of %s%llu spans", (unsigned long long)n->matched,
                 *noun ? " " : "", noun, c->full ? "the first " : "", (unsigned long long)c->spans);
    if (n->dropped_spans)
        tm_buf_print(&title, ", dropped %llu", (unsigned long long)n->dropped_spans);
    if (n->errors)
        tm_buf_print(&title, ", failed %llu times", (unsigned long long)n->errors);
    tm_lsp_open(out, NULL, '{');
    tm_lsp_add_range(out, "range", &c->analysis->lines, rule->item->place.at, rule->item->place.at);
    tm_lsp_open(out, "command", '{');
    tm_lsp_add_text(out, "title", tm_buf_text(&title));
    tm_lsp_add_text(out, "command", TM_TEXT(""));
    tm_buf_add(out, TM_TEXT("}}"));
}

/* The number of a rule, or as many as there are. */
static uint32_t number_of(const counting *c, tm_text name)
{
    uint32_t i = 0;
    while (i < c->ruleset->rules && !tm_text_equal(c->ruleset->rule[i]->name, name))
        i++;
    return i;
}

static void add_all(const counting *c)
{
    for (const tm_unit_rule *r = c->analysis->unit.first_rule; r; r = r->next) {
        const uint32_t number = number_of(c, r->name);
        if (r->file != c->analysis->file || number == c->ruleset->rules)
            continue;
        const tm_program *program = c->ruleset->rule[number]->program;
        add_lens(c, r, program ? program->context : r->level, &c->counts[number]);
    }
}

static void count(void *argument)
{
    counting *c = argument;
    tm_arena *arena = c->call->arena;
    tm_diags aside = {.arena = arena};
    const tm_processor_settings *const one = processor_of(c, arena);
    c->ruleset = tm_ruleset_new(NULL, &one, 1, &aside);
    c->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (!c->ruleset || !c->judge)
        return;
    c->counts = TM_NEW_ARRAY(arena, c->ruleset->rules + 1, tm_rule_counts);
    judge_all(c);
    add_all(c);
}

static void free_counting(void *argument)
{
    counting *c = argument;
    tm_judge_free(c->judge);
    tm_ruleset_unref(c->ruleset);
}

bool tm_lsp_code_lens(tm_lsp_call *call)
{
    counting c = {.call = call};
    if (!tm_lsp_ask(call, &c.analysis, NULL))
        return false;
    tm_lsp_open(call->result, NULL, '[');
    c.loaded =
        c.analysis->file && !c.analysis->diags.errors ? tm_lsp_recording(call->server) : NULL;
    if (c.loaded)
        tm_arena_finally(call->arena, count, free_counting, &c);
    tm_buf_add_char(call->result, ']');
    return true;
}
