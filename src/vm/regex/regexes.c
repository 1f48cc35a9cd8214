/* Regexes: a few, of which the one unused for longest makes room.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/regexes.h"

enum { KEPT = 16, PATTERN_MOST_BYTES = 1024 };

/* What compiling takes, beside and for each byte of the pattern; what has more bytes than these is
 * a literal, or too large. */
enum { COMPILE_STEPS = 4096, COMPILE_BYTE_STEPS = 96, COMPILE_BYTES = 1 << 16 };

/* One regex in an arena of its own; regex NULL: none. */
typedef struct kept_regex {
    tm_arena *arena;
    tm_text pattern;
    const tm_regex *regex;
    uint64_t used;
} kept_regex;

struct tm_regexes {
    kept_regex kept[KEPT];
    uint64_t asked; /* how often */
};

static void free_all(void *what)
{
    struct tm_regexes *all = what;
    /* Work: KEPT */
    for (unsigned i = 0; i < KEPT; i++)
        tm_arena_free(all->kept[i].arena);
}

static struct tm_regexes *regexes_of(tm_vm *vm)
{
    if (!vm->regexes) {
        struct tm_regexes *all = TM_NEW(vm->own, struct tm_regexes);
        tm_arena_cleanup(vm->own, free_all, all);
        vm->regexes = all;
    }
    return vm->regexes;
}

/* The pattern's place, or that of the one to go. */
static kept_regex *place_of(struct tm_regexes *all, tm_text pattern)
{
    kept_regex *oldest = &all->kept[0];
    /* Work: KEPT */
    for (unsigned i = 0; i < KEPT; i++) {
        kept_regex *k = &all->kept[i];
        if (k->regex && tm_text_equal(k->pattern, pattern))
            return k;
        if (k->used < oldest->used)
            oldest = k;
    }
    oldest->regex = NULL;
    return oldest;
}

/* Out of memory leaves as it does from the VM's own arena, and the place empty. */
static void compile(tm_vm *vm, kept_regex *k, tm_text pattern, tm_text *error)
{
    size_t at;
    if (!k->arena)
        k->arena = tm_arena_new(tm_arena_heap(vm->own));
    if (!k->arena)
        tm_arena_out_of_memory(vm->own);
    tm_arena_follow(k->arena, vm->own);
    tm_arena_reset(k->arena);
    k->pattern = tm_arena_copy(k->arena, pattern);
    k->regex = tm_regex_new(k->arena, k->pattern, error, &at);
    if (!k->regex)
        *error = tm_arena_copy(vm->arena, *error);
}

/* Behind the compiling, so that who looks at a clock sees what it took. */
static bool charge(tm_vm *vm, size_t bytes)
{
    const size_t dear = bytes < COMPILE_BYTES ? bytes : COMPILE_BYTES;
    return tm_vm_charge(vm, COMPILE_STEPS + dear * COMPILE_BYTE_STEPS + tm_work_bytes(bytes));
}

const tm_regex *tm_regexes_get(tm_vm *vm, tm_text pattern, tm_text *error)
{
    size_t at;
    if (pattern.n > PATTERN_MOST_BYTES) { /* not worth keeping: it goes with the request */
        const tm_regex *regex = tm_regex_new(vm->arena, pattern, error, &at);
        return charge(vm, pattern.n) ? regex : NULL;
    }
    struct tm_regexes *all = regexes_of(vm);
    kept_regex *k = place_of(all, pattern);
    k->used = ++all->asked;
    if (k->regex)
        return k->regex;
    compile(vm, k, pattern, error);
    return charge(vm, pattern.n) ? k->regex : NULL;
}
