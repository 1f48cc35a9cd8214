/* Vectors, proofs: what explain says of a rule is what the engine said.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/compile.h"
#include "vectors_case.h"

/* One proof being checked. */
typedef struct checking {
    tm_vectors_run *run;
    const tm_proof *proof;
    const tm_program *program;
    const tm_needs *const *needs; /* NULL: parts cannot be run by themselves any more */
} checking;

static tm_text text_of(const tm_code_part *part)
{
    return tm_text_slice(part->source->text.p + part->place.at, part->place.n);
}

static bool differ(const checking *c, uint32_t part, const char *what)
{
    return tm_vectors_differ(c->run, "the part %.*s %s", TM_PRI(text_of(&c->program->part[part])),
                             what);
}

/* What stands in a lambda has parameters, which mean nothing outside of it. */
static bool is_in_lambda(const tm_program *p, uint32_t part)
{
    for (; part != TM_NO_PART; part = p->part[part].parent)
        if (p->part[part].lambda != TM_NO_PART)
            return true;
    return false;
}

/* Levels whose slots all have names that the items know already. */
static bool are_known(const tm_need_table *table, const tm_needs *const *needs)
{
    for (unsigned level = 0; level < TM_LEVELS; level++) {
        if (table->level[level].fields & ~needs[level]->fields)
            return false;
        for (uint32_t i = 0; i < table->level[level].n; i++)
            if (i >= needs[level]->n ||
                !tm_text_equal(table->level[level].key[i], needs[level]->key[i]))
                return false;
    }
    return true;
}

/* What stands for something else as an argument than by itself: literals become what a parameter
 * wants when the rule is built. */
static bool is_fitted(const tm_code_part *part)
{
    return part->kind == TM_CODE_CONSTANT ||
           (part->kind == TM_CODE_VALUE && strchr("[{+-", text_of(part).p[0]));
}

/* The part compiled as a rule of its own, or NULL where it cannot stand alone. */
static const tm_program *alone(const checking *c, const tm_code_part *part, bool condition)
{
    tm_arena *arena = c->run->arena;
    tm_diags diags = {.arena = arena};
    tm_need_table table = {.arena = arena};
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("part"), .text = text_of(part)};
    for (unsigned level = 0; level < TM_LEVELS; level++)
        for (uint32_t i = 0; i < c->needs[level]->n; i++)
            tm_need_slot(&table, (tm_level)level, c->needs[level]->key[i]);
    tm_compiler compiler = {.arena = arena, .diags = &diags, .needs = &table, .transform = true};
    const tm_program *p = tm_compile_rule(&compiler, source, condition ? TM_CONDITION : TM_VALUE,
                                          (tm_level)c->program->context, TM_PATHS_EITHER);
    return p && are_known(&table, c->needs) ? p : NULL;
}

/* A part that has a value yields that value when it is asked alone. */
static bool says_the_same(const checking *c, uint32_t i)
{
    const tm_code_part *part = &c->program->part[i];
    const tm_proved *proved = &c->proof->part[i];
    const bool condition = part->kind >= TM_CODE_COMPARE;
    const tm_program *p = alone(c, part, condition);
    tm_value value;
    if (!p)
        return true;
    if (!tm_vm_run(c->run->vm, p, &value))
        return differ(c, i, "fails alone");
    if (condition) {
        bool truth = false;
        return (tm_proof_truth(c->proof, i, &truth) && truth == value.truth) ||
               differ(c, i, "is not what it is alone");
    }
    tm_text want = tm_vectors_print_value(c->run->arena, value),
            got = tm_vectors_print_value(c->run->arena, proved->value);
    return tm_text_equal(want, got) || differ(c, i, "has another value alone");
}

/* Of operands, those behind the one that decides are not asked. */
static bool stops_where_it_is_decided(const checking *c, uint32_t chain)
{
    const bool decides = c->program->part[chain].kind == TM_CODE_OR;
    bool decided = false, truth;
    for (uint32_t i = tm_proof_first(c->program, chain); i != TM_NO_PART;
         i = tm_proof_next(c->program, i)) {
        const bool known = tm_proof_truth(c->proof, i, &truth);
        if (decided && known)
            return differ(c, i, "was asked although it was decided");
        if (!decided && !known && c->proof->ended)
            return differ(c, i, "was not asked");
        decided |= known && truth == decides;
    }
    return true;
}

static bool is_opposite(const checking *c, uint32_t negation)
{
    bool inner, outer;
    uint32_t first = tm_proof_first(c->program, negation);
    return first == TM_NO_PART || !tm_proof_truth(c->proof, first, &inner) ||
           (tm_proof_truth(c->proof, negation, &outer) && inner != outer) ||
           differ(c, negation, "is not the opposite");
}

static bool is_sound(const checking *c, uint32_t i)
{
    const tm_code_part *part = &c->program->part[i];
    bool truth;
    const bool known = tm_proof_truth(c->proof, i, &truth) || c->proof->part[i].known;
    if (part->kind == TM_CODE_NOT && known && !is_opposite(c, i))
        return false;
    if ((part->kind == TM_CODE_AND || part->kind == TM_CODE_OR) && known &&
        !stops_where_it_is_decided(c, i))
        return false;
    return !known || !c->needs || c->program->impure || is_in_lambda(c->program, i) ||
           c->program->entry_point == TM_STATEMENT || is_fitted(part) || says_the_same(c, i);
}

/* The outermost part says what the program said. */
static bool says_the_result(const checking *c, bool ran, tm_value result)
{
    const uint32_t first = tm_proof_first(c->program, TM_NO_PART);
    bool truth = false;
    if (!ran)
        return c->proof->failed != TM_NO_PART ||
               tm_vectors_differ(c->run, "nobody says what failed");
    if (first == TM_NO_PART) /* a statement whose where is false whatever the data */
        return !c->proof->matched || tm_vectors_differ(c->run, "no part says why it ran");
    const bool known = c->proof->part[first].known || tm_proof_truth(c->proof, first, &truth);
    if (c->program->entry_point == TM_CONDITION)
        return (tm_proof_truth(c->proof, first, &truth) && truth == result.truth) ||
               differ(c, first, "is not the condition");
    if (c->program->entry_point == TM_STATEMENT) {
        const bool has_where = tm_proof_next(c->program, first) != TM_NO_PART;
        return known && (!has_where ||
                         (tm_proof_truth(c->proof, first, &truth) && truth == c->proof->matched));
    }
    tm_arena *arena = c->run->arena;
    return (known && tm_text_equal(tm_vectors_print_value(arena, c->proof->part[first].value),
                                   tm_vectors_print_value(arena, result))) ||
           differ(c, first, "is not the value");
}

bool tm_vectors_is_proven(tm_vectors_run *run, const tm_proof *proof, const tm_needs *const needs[],
                          bool ran, tm_value result)
{
    const checking c = {.run = run, .proof = proof, .program = proof->program, .needs = needs};
    const tm_text error = run->vm->error;
    const bool matched = run->vm->matched;
    if (proof->ended != ran)
        return tm_vectors_differ(run, "the proof does not end as the run did");
    bool ok = says_the_result(&c, ran, result);
    for (uint32_t i = 0; ok && i < c.program->parts; i++)
        ok = is_sound(&c, i);
    run->vm->error = error;
    run->vm->matched = matched;
    return ok;
}
