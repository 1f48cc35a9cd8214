/* Fuzz: any bytes judged by the rules of examples/collector.yaml, or by rules that edit everything.
 * What leaves must be sound, readable by libprotobuf-c, and hold together when it is split. The
 * first byte picks rules and UTF-8 policy.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/request.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/split.h"
#include "tests/unit/engine/judged.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct fuzzed {
    tm_arena *arena, *scratch;
    tm_ruleset *rules[3];
    tm_judge *judge;
} fuzzed;

static void add_seed(judged *r)
{
    judged_filter(r, TM_SPAN, TM_MODE_IGNORE,
                  "IsMatch(attributes[\"upstream_cluster\"], \"grafana/.*\"); "
                  "IsMatch(attributes[\"http.url\"], \"https://grafana.*\"); "
                  "attributes[\"http.route\"] == \"/livez\"; attributes[\"user_agent\"] == "
                  "\"Knative-Ingress-Probe\"; "
                  "name == \"OperationHandler.handle\"");
    judged_action(r, TM_SPAN, TM_ACTION_UPSERT, "cluster", "tap-sandbox");
}

static void add_edits(judged *r)
{
    judged_transform(
        r, TM_IN_SPAN, TM_MODE_IGNORE, "",
        "set(name, attributes[\"a\"]) where attributes[\"a\"] != nil; delete_key(attributes, "
        "\"a\"); "
        "set(attributes[\"k\"], name); set(status.message, name); set(status.code, 1); "
        "set(trace_state[\"x\"], \"y\"); set(resource.attributes[\"k\"], name); "
        "set(attributes[\"m\"], attributes); set(kind, 3) where kind == 2; set(links, nil) where "
        "kind == 1");
    judged_transform(r, TM_IN_EVENT, TM_MODE_IGNORE, "",
                     "set(attributes[\"k\"], name); set(name, \"e\")");
    judged_transform(r, TM_IN_SCOPE, TM_MODE_IGNORE, "",
                     "set(version, name); set(attributes[\"k\"], 1)");
    judged_filter(r, TM_EVENT, TM_MODE_IGNORE, "attributes[\"k\"] == \"noise\"");
    judged_filter(r, TM_RESOURCE, TM_MODE_IGNORE, "attributes[\"k\"] == \"dev\"");
}

static fuzzed *start(void)
{
    tm_arena *arena = tm_arena_new(NULL);
    fuzzed *f = TM_NEW(arena, fuzzed);
    *f = (fuzzed){.arena = arena, .scratch = tm_arena_new(NULL)};
    f->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    for (unsigned i = 0; i < 3; i++) {
        judged r = judged_of(arena);
        if (i == 1)
            add_seed(&r);
        else if (i == 2)
            add_edits(&r);
        f->rules[i] = judged_compile(&r, NULL);
        assert(f->rules[i]);
    }
    return f;
}

static bool count_part(void *owner, const tm_pieces *part, uint32_t spans)
{
    (void)part;
    *(uint32_t *)owner += spans;
    return true;
}

static void judge(fuzzed *f, unsigned pick, tm_text bytes)
{
    tm_outcome o;
    const tm_utf8_policy utf8 = (tm_utf8_policy)(pick / 3 % 3);
    uint32_t split = 0;
    assert(tm_judge_request(f->judge, f->rules[pick % 3], bytes, NULL, utf8, &o));
    if (o.status != TM_JUDGED)
        return;
    tm_text out = dump_bytes(f->scratch, o.out);
    uint32_t spans = o.spans_out;
    assert(dump_pb(f->scratch, out).p || !dump_pb(f->scratch, bytes).p);
    assert(tm_split_count(out) == spans);
    assert(tm_split(f->scratch, out, 0, 2, 300, count_part, &split) && split == spans);
    assert(tm_judge_request(f->judge, f->rules[0], out, NULL, utf8, &o));
    assert(o.status == TM_JUDGED && o.spans_out == spans);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fuzzed
        *f; /* libFuzzer has no owner to pass, and rules are too dear to compile each time */
    if (!f)
        f = start();
    if (size)
        judge(f, data[0], tm_text_slice(data + 1, size - 1));
    tm_arena_reset(f->scratch);
    return 0;
}
