/* Lint, soundness: what is said to follow from a condition holds for every value for which the
 * condition does. Compared with what the conditions say when they run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "deciding.h"

#include "lang/lint/lint_fact.h"

/* @ is an attribute. */
static const char *const ATOMS[] = {
    "@ == 1",
    "@ == 2.0",
    "@ != 1",
    "@ < 2",
    "@ < 1",
    "@ >= 1",
    "@ <= 1",
    "@ > 1",
    "@ >= 1.5",
    "3 > @",
    "@ == nil",
    "@ != nil",
    "@ <= nil",
    "@ < nil",
    "@ == \"abc\"",
    "@ != \"abc\"",
    "@ < \"abc\"",
    "@ >= \"ab\"",
    "@ == true",
    "@ > false",
    "@ == [1]",
    "IsMatch(@, \"b\")",
    "IsMatch(@, \"^ab\")",
    "IsMatch(@, \"^abc$\")",
    "IsMatch(@, \"bc$\")",
    "IsMatch(@, \"(?i)^AB\")",
    "IsMatch(@, \"^a.*\")",
    "IsMatch(@, \"^a.*$\")",
    "IsMatch(@, \"1\")",
    "IsMatch(@, \"^1\")",
    "IsMatch(@, \"\")",
    "HasPrefix(String(@), \"ab\")",
    "HasSuffix(String(@), \"c\")",
    "HasPrefix(String(@), \"\")",
    "@ == @",
    "true",
    "false",
};

/* A, B and C are atoms. */
static const char *const FORMS[] = {
    "not (A)",        "A and B",        "A or B",        "not (A and B)",  "not (A or B)",
    "(A or B) and C", "A or (B and C)", "not (A) and B", "(A and B) or C", "not (A or not (B))"};

enum {
    ATOMS_COUNT = sizeof ATOMS / sizeof *ATOMS,
    FORMS_COUNT = sizeof FORMS / sizeof *FORMS,
    CONDITIONS = 240,
    VALUES = 24
};

static void add_atom(tm_buf *out, unsigned atom)
{
    for (const char *p = ATOMS[atom % ATOMS_COUNT]; *p; p++)
        if (*p == '@')
            tm_buf_add(out, TM_TEXT("attributes[\"x\"]"));
        else
            tm_buf_add_char(out, *p);
}

/* Atoms first, then forms of atoms, each in another mixture. */
static const char *condition_of(tm_arena *arena, unsigned i)
{
    tm_buf out = {.arena = arena};
    const unsigned mixture[] = {i * 7 + i / 5, i * 13 + 3, i * 29 + i / 3};
    if (i < ATOMS_COUNT)
        add_atom(&out, i);
    for (const char *p = i < ATOMS_COUNT ? "" : FORMS[i % FORMS_COUNT]; *p; p++)
        if (*p >= 'A' && *p <= 'C')
            add_atom(&out, mixture[*p - 'A']);
        else
            tm_buf_add_char(&out, *p);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static tm_value value_of(tm_arena *arena, unsigned i)
{
    static const char *const texts[] = {"",   "a", "ab", "abc",  "abcd",  "b",    "bc", "xbc",
                                        "AB", "1", "1a", "true", "abc\n", "a\nb", "[1]"};
    tm_list *list = tm_list_new(arena, 1);
    const tm_value others[] = {tm_nil(),       tm_int(0),     tm_int(1),
                               tm_int(2),      tm_int(11),    tm_double(1.5),
                               tm_double(2.0), tm_bool(true), tm_list_value(list, TM_DATA)};
    tm_list_append(arena, list, tm_int(1));
    _Static_assert(sizeof texts / sizeof *texts + sizeof others / sizeof *others == VALUES, "all");
    const unsigned n = sizeof texts / sizeof *texts;
    return i < n ? tm_string(tm_text_of(texts[i])) : others[i - n];
}

/* Bit v of each is about value v. */
typedef struct truth {
    uint32_t holds, fails;
} truth;

static void run_all(compiling *c, truth of[CONDITIONS])
{
    const tm_program *program[CONDITIONS];
    for (unsigned i = 0; i < CONDITIONS; i++) {
        program[i] = compile(c, condition_of(c->arena, i));
        if (!program[i])
            fail_msg("%s does not compile", condition_of(c->arena, i));
    }
    const uint32_t slot = tm_need_slot(&c->needs, TM_SPAN, TM_TEXT("x"));
    for (unsigned v = 0; v < VALUES; v++) {
        deciding *d = deciding_of(c);
        d->vm.mismatched = NULL;
        const tm_value value = value_of(c->arena, v);
        if (value.type != TM_NIL)
            tm_item_put_attribute(&d->item[TM_SPAN], slot, value);
        for (unsigned i = 0; i < CONDITIONS; i++) {
            tm_value result;
            if (!tm_vm_run(&d->vm, program[i], &result))
                of[i].fails |= 1u << v;
            else if (result.truth)
                of[i].holds |= 1u << v;
        }
    }
}

static void read_all(compiling *c, tm_lint *lint)
{
    tm_buf text = {.arena = c->arena};
    tm_rule_unit *unit = TM_NEW(c->arena, tm_rule_unit);
    tm_source *source = TM_NEW(c->arena, tm_source);
    const tm_source *const sources[] = {source};
    for (unsigned i = 0; i < CONDITIONS; i++)
        tm_buf_print(&text, "drop where %s\n", condition_of(c->arena, i));
    *source = (tm_source){.name = TM_TEXT("a.ottl"), .text = tm_buf_text(&text)};
    assert_true(tm_rule_unit_read(c->arena, &c->diags, NULL, sources, 1, unit));
    tm_lint_add_unit(lint, unit, 0);
    tm_lint_rules(lint);
}

static void what_follows_holds(void **state)
{
    compiling *c = *state;
    truth of[CONDITIONS] = {{0}};
    run_all(c, of);
    tm_diags aside = {.arena = c->arena};
    tm_need_table needs = {.arena = c->arena};
    tm_lint lint = {.arena = c->arena, .diags = &aside, .needs = &needs};
    read_all(c, &lint);
    unsigned from = 0, said = 0;
    for (const tm_lint_rule *b = lint.first; b; b = b->next, from++) {
        unsigned to = 0;
        for (const tm_lint_rule *a = lint.first; a; a = a->next, to++) {
            lint.steps = 0;
            if (!tm_lint_implies(&lint, (tm_lint_claim){.e = b->condition},
                                 (tm_lint_claim){.e = a->condition}))
                continue;
            said += from != to;
            const uint32_t not_so = of[from].holds & ~of[to].holds & ~of[to].fails;
            if (not_so)
                fail_msg("%s => %s does not hold for value %d", condition_of(c->arena, from),
                         condition_of(c->arena, to), __builtin_ctz(not_so));
        }
    }
    assert_int_equal(from, CONDITIONS);
    assert_true(said > CONDITIONS); /* it does say something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_follows_holds, compiling_open, compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
