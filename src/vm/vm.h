/* VM: runs one program over one item.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_VM_H
#define TM_VM_VM_H

#include "vm/program.h"

struct tm_clock;

/* What a receiver knows of the client, for otelcol.* paths and from_context. May be absent. */
typedef struct tm_metadata {
    tm_text name, value; /* name in lower case; one row a value */
} tm_metadata;
typedef struct tm_client {
    tm_text address;           /* "127.0.0.1", "::1" */
    const tm_metadata *header; /* client.metadata: of receivers with include_metadata */
    unsigned headers;
    const tm_metadata *grpc_header; /* grpc.metadata: of gRPC requests, by every receiver */
    unsigned grpc_headers;
    const tm_metadata *attribute; /* of its authentication, by the authenticator's names */
    unsigned attributes;
} tm_client;

enum { TM_RANDOM_BYTES = 256 };

/* One a worker; not shared between threads. */
struct tm_vm {
    tm_arena *arena; /* what rules make on their way: the request's, or one apart, of which
                      * tm_vm_release can give back */
    tm_arena *keep;  /* the request's: what outlives a rule without having been edited in */
    tm_item *item[TM_LEVELS]; /* the item and those around it; NULL below the context */
    tm_map *cache;            /* the cache of this item, made at first use; NULL before */
    const tm_client *client;  /* or NULL */
    const struct tm_clock *clock;
    tm_matcher *matcher;
    tm_work *work;        /* steps taken for the data; its owner sets `more` */
    struct tm_memo *memo; /* what calls answered (vm/memo.h), in `own`; NULL: nobody remembers */
    size_t memo_least_bytes;
    uint64_t edits; /* goes up whenever a rule may have edited something */
    uint64_t held; /* goes up whenever somebody may have got hold of what rules made: something else
                    * than the event was edited, or an answer is remembered */
    tm_text error; /* why the last program failed; lives in `arena` */
    const tm_program *program; /* running */
    tm_value *r;               /* its registers */
    unsigned registers_room;
    struct tm_aside *aside;     /* for texts on the move, in `own`; NULL: none was yet */
    tm_arena *own;              /* lives as long as the VM: registers, matcher */
    struct tm_agents *agents;   /* user agents met so far, in `own`; known only to stdlib/agent.c */
    struct tm_regexes *regexes; /* patterns known only at run time, in `own` (vm/regex/regexes.h) */
    uint8_t random[TM_RANDOM_BYTES]; /* the last `randoms` bytes are not used yet */
    unsigned randoms;
    unsigned depth;         /* lambdas being run, one inside the other */
    struct tm_trace *trace; /* NULL: the plain loop, without a trace (vm/trace.h) */
    /* Told of each comparison that is false because its operands, neither of them nil, are of types
     * that do not compare; NULL: nobody asks. */
    void (*mismatched)(void *owner, const tm_program *program, tm_value a, tm_value b);
    void *mismatched_owner;
    bool matched; /* statements: the where condition held (also when the editor then failed) */
};

/* Binds a VM to its arenas: `own` lives as long as the VM (matcher, registers), `request` is reset
 * by its owner between requests. Both get a secret of the clock's randomness for their hash tables;
 * without a clock they have none. */
void tm_vm_init(tm_vm *vm, tm_arena *own, tm_arena *request, const struct tm_clock *clock);

/* A moment in the running of rules. */
typedef struct tm_vm_mark {
    tm_arena_mark arena;
    uint64_t held;
    uint32_t opened; /* of the event */
} tm_vm_mark;

enum { TM_RELEASE_BYTES = TM_POISONS ? 1 : 64 << 10 };

/* Release gives back what was made in vm->arena since, if that is so many bytes or more; nobody has
 * anything of it. False: it cannot, since something was edited or remembered, and the mark is of no
 * more use. (Edits of an event do not count: they are encoded before anything is given back.) Marks
 * are released last first. */
tm_vm_mark tm_vm_save(const tm_vm *vm);
bool tm_vm_release(tm_vm *vm, const tm_vm_mark *mark, size_t least_bytes);

/* The same within a rule, whose event stays and keeps what it has decoded since. */
bool tm_vm_release_step(tm_vm *vm, const tm_vm_mark *mark, size_t least_bytes);

/* Either of them at the end of each turn of a loop: gives back what the turn made since *mark or,
 * where it cannot, moves the mark behind that. Turns that make nothing pay next to nothing. */
static inline void tm_vm_turn_by(bool (*release)(tm_vm *, const tm_vm_mark *, size_t), tm_vm *vm,
                                 tm_vm_mark *mark, size_t least_bytes)
{
    if (tm_arena_used(vm->arena) == mark->arena.used)
        mark->held = vm->held;
    else if (!release(vm, mark, least_bytes))
        *mark = tm_vm_save(vm);
}

/* That for all but *value, which may have been made since, if there is much besides it; only
 * texts and scalars can be kept so, with others nothing is given back. The text moves. */
void tm_vm_release_much_but(tm_vm *vm, const tm_vm_mark *mark, tm_value *value);
static inline void tm_vm_release_but(tm_vm *vm, const tm_vm_mark *mark, tm_value *value)
{
    if (tm_arena_used(vm->arena) - mark->arena.used >= TM_RELEASE_BYTES)
        tm_vm_release_much_but(vm, mark, value);
}

enum { TM_MEMO_LEAST_BYTES = 256 };

/* From now on calls of the same values within one request are answered from memory, when they have
 * at least so many bytes; with 0 at the second time, else at the third. Whoever resets
 * the request's arena says so by tm_memo_forget. */
void tm_memo_enable(tm_vm *vm, size_t least_bytes);
void tm_memo_forget(tm_vm *vm);

enum { TM_LAMBDA_DEPTH_MOST = 100 }; /* more is a runtime error: each level takes C stack */

/* Runs a verified program over vm->item, vm->cache and vm->client, which the caller has set. False:
 * a runtime error, vm->error says why. For a condition *result is a BOOL,
 * for a value any value, for a statement NIL (see vm->matched). */
bool tm_vm_run(tm_vm *vm, const tm_program *program, tm_value *result);

/* Random bytes, at most TM_RANDOM_BYTES, each given once; asks the system for many at a time.
 * False: it has none. */
bool tm_vm_random(tm_vm *vm, void *bytes, size_t n);

#define TM_SPENT "the work that its data ask for is too much"

/* Fails because the budget of work is spent; returns false always. */
bool tm_vm_spent(tm_vm *vm);

/* Fails with a message; returns false always. */
bool tm_vm_fail(tm_vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes n steps of vm->work, which is NULL while rules are built; false, with the error set: the
 * budget is spent. */
static inline bool tm_vm_charge(tm_vm *vm, size_t n)
{
    return !vm->work || tm_work_charge(vm->work, n) || tm_vm_spent(vm);
}

/* Whether the regex, which lives as long as the program, matches anywhere in the text, which lives
 * as long as the request. TM_MATCH_BUDGET: vm->error says why not. */
tm_match tm_vm_match(tm_vm *vm, tm_text text, const tm_regex *regex);

/* Calls the lambda `index` of the running program with n arguments. */
bool tm_vm_call_lambda(tm_vm *vm, uint32_t index, const tm_value *args, unsigned n,
                       tm_value *result);

#endif
