/* Fuzz: a rule and what a span makes it do. Whatever the data, the steps that are counted stay
 * within a bound that is linear in the bytes of the request; the first byte picks the rule, the
 * second one what is made of the others.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/cost.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/judged.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Steps for a byte at most, and for the smallest request; a machine of some fifty states may take
 * half as many for each of three passes. */
enum { STEPS_A_BYTE = 256, STEPS_LEAST = 200000, PIECE_BYTES = 6 };

#define X "attributes[\"x\"]"
#define R "resource.attributes[\"x\"]"

static const char *const rules[] = {
    "set(name, \"y\") where IsMatch(" X ", \"(a+)+$\")",
    "set(name, \"y\") where IsMatch(" X ", \"[ ]+$\")",
    "set(name, \"y\") where IsMatch(" X ", \"(?i)(\\\\w+\\\\s?)*!|\\\\pL+\\\\d$\")",
    "set(name, \"y\") where IsMatch(" X ", \"^(([a-z])+.)+[A-Z]([a-z])+$\")",
    "set(name, \"y\") where name == \"\" and IsMatch(" R ", \"(a|b|ab)*c\")",
    "replace_pattern(" X ", \"x[^y]*y|x\", \"$0\")",
    "replace_pattern(" X ", \"a(?s:.*)b|(?P<n>[ax])\", \"<${n}>\")",
    "replace_pattern(" X ", \"(?:(.)(.)?)*?,|.\", \"$1\", MD5)",
    "replace_pattern(" X ", \"\\\\b\", \"-\")",
    "replace_all_patterns(attributes, \"value\", \"(a|b)+|$\", \"c\")",
    "replace_all_patterns(attributes, \"key\", \"^.\", \"k\")",
    "merge_maps(attributes, ExtractPatterns(" X ", \"(?P<a>a*)*(?P<b>.*)b\"), \"upsert\")",
    "merge_maps(attributes, ExtractGrokPatterns(" X ", \"%{WORD:a} %{NUMBER:b}\"), \"upsert\")",
    "set(attributes[\"y\"], Split(" X ", \",\"))",
    "set(attributes[\"y\"], Concat(Split(" X ", \",\"), \"-\"))",
    "set(attributes[\"y\"], Filter(Split(" X ", \",\"), (_, v) => IsMatch(v, \"a+b\")))",
    "set(attributes[\"y\"], Reduce(Split(" X ", \",\"), 0, (acc, _, v) => acc + Len(v)))",
    "delete_matching_keys(attributes, \"(a|b)+$\")",
    "keep_matching_keys(attributes, \".*x.*\")",
    "keep_keys(attributes, [\"x\", \"a\", \"b\"])",
    "truncate_all(attributes, 3)",
    "limit(attributes, 3, [\"x\"])",
    "merge_maps(attributes, attributes, \"update\")",
    "flatten(attributes)",
    "set(attributes[\"all\"], attributes)",
    "set(name, \"y\") where attributes == resource.attributes",
    "set(name, \"y\") where Any(attributes, (k, v) => k == v)",
    "set(attributes[\"y\"], ParseJSON(" X "))",
    "set(attributes[\"y\"], ParseKeyValue(" X "))",
    "set(attributes[\"y\"], ParseKeyValue(" X ", \"a\", \"b\"))",
    "set(attributes[\"y\"], ParseCSV(" X ", \"a,b,c\"))",
    "set(attributes[\"y\"], Sort(Split(" X ", \",\")))",
    "set(attributes[\"y\"], ToKeyValueString(attributes))",
    "set(attributes[\"y\"], URL(" X "))",
    "set(attributes[\"y\"], ToLowerCase(" X "))",
    "set(attributes[\"y\"], Format(\"%s-%s\", [" X ", " X "]))",
};
enum { RULES = sizeof rules / sizeof *rules, EVENT_RULES = 4, SHAPES = 4 };

static const char *const event_rules[EVENT_RULES] = {
    "set(attributes[\"k\"], name)", "replace_pattern(name, \"x[^y]*y|x\", \"z\")",
    "delete_matching_keys(attributes, \"a\")",
    "set(span.name, name) where IsMatch(name, \"(a|b)+c\")"};

typedef struct fuzzed {
    tm_arena *arena, *scratch;
    tm_ruleset *ruleset[RULES + EVENT_RULES];
    tm_judge *judge;
} fuzzed;

static fuzzed *start(void)
{
    tm_arena *arena = tm_arena_new(NULL);
    fuzzed *f = TM_NEW(arena, fuzzed);
    *f = (fuzzed){.arena = arena, .scratch = tm_arena_new(NULL)};
    f->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    for (unsigned i = 0; i < RULES + EVENT_RULES; i++) {
        judged r = judged_of(arena);
        const bool event = i >= RULES;
        judged_transform(&r, event ? TM_IN_EVENT : TM_IN_SPAN, TM_MODE_SILENT, "",
                         event ? event_rules[i - RULES] : rules[i]);
        f->ruleset[i] = judged_compile(&r, NULL);
        if (!f->ruleset[i]) {
            tm_buf out = {.arena = arena};
            tm_diags_render(&r.diags, false, &out);
            fprintf(stderr, "%.*s", TM_PRI(tm_buf_text(&out)));
            abort();
        }
    }
    return f;
}

/* A field with one attribute. */
static tm_text attribute(tm_arena *arena, tm_level level, tm_text key, tm_text value)
{
    const tm_entry entry = {.key = key, .value = tm_string(value)};
    return tm_attribute_field(arena, level, &entry);
}

/* The data as attributes or events of a few bytes each. */
static tm_text in_pieces(tm_arena *arena, tm_text data, bool events)
{
    tm_buf out = {.arena = arena};
    while (data.n) {
        const tm_text piece = tm_text_slice(data.p, data.n < PIECE_BYTES ? data.n : PIECE_BYTES);
        tm_buf_add(&out, events ? judged_wrap(arena, 11, judged_wrap(arena, 2, piece, (tm_text){0}),
                                              (tm_text){0})
                                : attribute(arena, TM_SPAN, piece, piece));
        data = tm_text_skip(data, piece.n);
    }
    return tm_buf_text(&out);
}

/* One span made of the data, in a resource that has it, too. */
static tm_text make_request(tm_arena *arena, unsigned shape, tm_text data)
{
    if (shape == 0)
        return data;
    const tm_text whole = attribute(arena, TM_SPAN, TM_TEXT("x"), data);
    const tm_text parts = shape > 1 ? in_pieces(arena, data, shape == 3) : (tm_text){0};
    const tm_text span = judged_wrap(arena, 2, whole, parts);
    const tm_text head =
        judged_wrap(arena, 1, attribute(arena, TM_RESOURCE, TM_TEXT("x"), data), (tm_text){0});
    return judged_wrap(arena, 1, head, judged_wrap(arena, 2, span, (tm_text){0}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fuzzed *f; /* made once, as libFuzzer wants it */
    if (!f)
        f = start();
    if (size < 2)
        return 0;
    const unsigned rule = data[0] % (RULES + EVENT_RULES);
    const tm_text rest = tm_text_slice((const char *)data + 2, size - 2);
    const tm_text request = make_request(f->scratch, data[1] % SHAPES, rest);
    tm_outcome o;
    assert(tm_judge_request(f->judge, f->ruleset[rule], request, NULL, TM_UTF8_MEND, &o));
    if (o.status == TM_JUDGED && o.steps > STEPS_LEAST + STEPS_A_BYTE * (uint64_t)request.n) {
        fprintf(stderr, "%s: %ju steps for %zu bytes\n",
                rule < RULES ? rules[rule] : event_rules[rule - RULES], (uintmax_t)o.steps,
                request.n);
        abort();
    }
    tm_arena_reset(f->scratch);
    return 0;
}
