/* Vectors, processors: whole configurations of filter, transform, attributes and resource.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "config/settings.h"
#include "engine/judge.h"
#include "vectors_case.h"

/* The row's processor in the smallest configuration around it; JSON is YAML. */
static tm_text configuration(tm_vectors_run *run)
{
    tm_text name = tm_vectors_text(run->row, "processor");
    tm_text config = tm_vectors_print(run->arena, tm_doc_find(run->row, TM_TEXT("config")));
    return tm_arena_print(
        run->arena,
        "yaml:{\"receivers\":{\"otlp\":{\"protocols\":{\"grpc\":{}}}},\"exporters\":{\"nop\":{}},"
        "\"processors\":{\"%.*s\":%.*s},\"service\":{\"pipelines\":{\"traces\":{\"receivers\":"
        "[\"otlp\"],\"processors\":[\"%.*s\"],\"exporters\":[\"nop\"]}}}}",
        TM_PRI(name), TM_PRI(config), TM_PRI(name));
}

/* Dollars are expanded in configurations; the vectors' are meant as they stand. */
static tm_text without_expansion(tm_arena *arena, tm_text text)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '$')
            tm_buf_add_char(&out, '$');
        tm_buf_add_char(&out, text.p[i]);
    }
    return tm_buf_text(&out);
}

static tm_ruleset *compile(tm_vectors_run *run, tm_diags *diags)
{
    tm_text config = without_expansion(run->arena, configuration(run));
    tm_config_sources sources = {.configs = {.items = &config, .count = 1},
                                 .world = tm_config_os()};
    tm_settings settings;
    if (!tm_settings_read(run->arena, diags, &sources, &settings))
        return NULL;
    const tm_pipeline_settings *p = &settings.pipelines[0];
    return (run->proven ? tm_ruleset_new_explained
                        : tm_ruleset_new)(NULL, p->processors, (uint32_t)p->processor_count, diags);
}

static bool same_traces(tm_vectors_run *run, tm_text bytes, const tm_doc *want)
{
    const tm_doc *got = tm_vectors_decode(run->arena, bytes);
    if (!tm_vectors_same(want, got))
        return tm_vectors_differ(run, "what leaves is %.*s",
                                 TM_PRI(tm_vectors_print(run->arena, got)));
    return true;
}

static tm_text left_over(tm_arena *arena, const tm_outcome *o)
{
    size_t n = o->out ? o->out->bytes : 0;
    char *at = tm_arena_alloc(arena, n);
    if (n)
        tm_pieces_copy(o->out, at);
    return tm_text_slice(at, n);
}

static bool judge(tm_vectors_run *run, const tm_ruleset *ruleset)
{
    tm_text bytes = tm_vectors_encode(run->arena, run->traces);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_proofs proofs = {.arena = run->arena};
    tm_outcome o;
    if (run->proven)
        tm_proofs_record(&proofs, tm_judge_vm(judge));
    bool ok = tm_judge_request(judge, ruleset, bytes, NULL, TM_UTF8_MEND, &o);
    tm_text left = left_over(run->arena, &o);
    const tm_doc *after = tm_doc_find(run->expected, TM_TEXT("after"));
    const tm_doc *dropped = tm_doc_find(run->expected, TM_TEXT("dropped"));
    bool want_error = tm_doc_find(run->expected, TM_TEXT("error")) != NULL;
    if (ok && (o.status != TM_JUDGED) != want_error)
        ok = tm_vectors_differ(run, "%s: %.*s", want_error ? "no error" : "an error",
                               TM_PRI(o.reason));
    else if (ok && dropped && dropped->truth != (left.n == 0))
        ok = tm_vectors_differ(run, "%zu bytes leave", left.n);
    else if (ok && left.n)
        ok = same_traces(run, left, after ? after : run->traces);
    for (const tm_proof *p = proofs.first; ok && p; p = p->next)
        ok = tm_vectors_is_proven(run, p, NULL, p->ended, p->result);
    tm_judge_free(judge);
    return ok;
}

bool tm_vectors_run_processor(tm_vectors_run *run)
{
    tm_diags diags = {.arena = run->arena};
    const tm_doc *refused = tm_doc_find(run->expected, TM_TEXT("parse_error"));
    tm_ruleset *ruleset = compile(run, &diags);
    if (!ruleset) {
        tm_text first = diags.first ? diags.first->message : TM_TEXT("");
        return refused ? true : tm_vectors_differ(run, "does not build: %.*s", TM_PRI(first));
    }
    bool ok = refused ? tm_vectors_differ(run, "builds") : judge(run, ruleset);
    tm_ruleset_unref(ruleset);
    return ok;
}
