/* Embed: what the files of the library's public side share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every object begins with a tag, which tells its kind and the version of the interface, so that
 * one of another kind is refused. Structs that cross the border carry their size (embed_take,
 * embed_give). Nothing unwinds across a function of the host's. */
#ifndef TM_EMBED_EMBED_H
#define TM_EMBED_EMBED_H

#include "tamis/tamis.h"

#include "base/clock.h"
#include "base/zone.h"
#include "engine/judge.h"
#include "stdlib/fn.h"

#include <stdatomic.h>

enum {
    TM_TAG_ENGINE = 0x74616d10 + TAMIS_ABI * 16,
    TM_TAG_RULESET,
    TM_TAG_EXPRESSION,
    TM_TAG_VM,
    TM_TAG_HOLDER,
    TM_TAG_MESSAGES,
    TM_TAG_GONE
};

/* Whether an object, which may be NULL, is of that kind. */
#define TM_IS_TAGGED(object, wanted) ((object) && (object)->tag == (wanted))

struct tamis_engine {
    uint32_t tag;
    _Atomic uint32_t references;
    tm_heap heap;
    bool has_heap;
    tm_clock clock;
    tamis_zones host_zones;
    tm_zone_source zones; /* which asks them */
    tm_arena *arena;
    const tm_function **function; /* of the host's; each begins a host_function */
    size_t function_room;
    tm_function_set set; /* of them, for the compiler */
    atomic_bool sealed;  /* something was compiled */
};

struct tamis_ruleset {
    uint32_t tag;
    _Atomic uint32_t references;
    tamis_engine *engine;
    tm_ruleset *ruleset;
    bool explained;
};

struct tamis_expression {
    uint32_t tag;
    _Atomic uint32_t references;
    tamis_engine *engine;
    tm_arena *arena;
    tm_program *program;
    tm_need_table table;
    const tm_needs *needs[TM_LEVELS];
    tm_level level;
};

struct tamis_vm {
    uint32_t tag;
    tamis_engine *engine;
    tamis_vm_options options;
    tm_bounds bounds;
    tm_judge *judge;
    tm_arena *arena; /* of the current request */
    tm_arena *own;   /* of expressions: as long as the VM */
    tm_vm vm;        /* of expressions */
    tm_work work;
    tm_quota quota;
    uint64_t began_ns;
    const tamis_ruleset *ruleset; /* of the current request */
    tm_outcome outcome;
    tm_span_verdicts verdicts;
    bool counted; /* rules ran over it: outcome.rule is there */
    bool judged;  /* outcome.out is there */
    char reason[256];
};

struct tamis_messages {
    uint32_t tag;
    tm_heap heap;
    bool has_heap;
    tm_arena *arena;
    tamis_message *message;
    size_t n;
};

/* NULL: libc's. */
static inline const tm_heap *tm_engine_heap(const tamis_engine *engine)
{
    return engine->has_heap ? &engine->heap : NULL;
}

void tm_engine_ref(tamis_engine *engine);

/* Copies the struct at `given` to `own`, which is of `size` bytes; what an older caller did not
 * have is 0. False: it has no size, or something that this library does not know is not 0. */
bool tm_embed_take(void *own, size_t size, const void *given);

/* Copies what is at `own` to the struct at `given`, as far as it goes; its size stays. False: it
 * has none. */
bool tm_embed_give(void *given, const void *own, size_t size);

/* What was reported, as messages on the engine's heap; NULL when there are none or no memory. */
tamis_messages *tm_messages_of(const tamis_engine *engine, const tm_diags *diags);

/* A value for the host, its texts where they lie; maps and lists in the arena. */
tamis_value tm_value_to_host(tm_arena *arena, tm_value value);

/* The host's value as ours, in the arena, its texts where they lie. False: it cannot be one. */
bool tm_value_of_host(tm_arena *arena, const tamis_value *value, unsigned depth, tm_value *out);

/* What the VM does with a string that is not UTF-8. */
tm_utf8_policy tm_vm_utf8(const tamis_vm *vm);

/* The bounds of options. */
tm_bounds tm_bounds_of_host(const tamis_bounds *given);

/* Copies the request that the host gave. False: it is NULL or cannot be. */
bool tm_request_take(tamis_request *own, const tamis_request *given);

/* The request's protobuf and client, in the VM's arena: within tm_arena_try of it. False:
 * *reason. */
bool tm_vm_read(tamis_vm *vm, const tamis_request *request, tm_text *bytes, tm_client *client,
                tm_text *reason);

/* Judges the bytes: vm->outcome tells, and whether there are counts vm->counted. *reason stays as
 * it is unless something was refused or rejected. Within tm_arena_try of the VM's arena. */
tamis_status tm_vm_judge(tamis_vm *vm, const tm_ruleset *ruleset, tm_text bytes,
                         const tm_client *client, const char **reason);

/* The same of what was judged already. */
tamis_status tm_vm_judged(tamis_vm *vm, const char **reason);

/* Keeps the text in vm->reason, cut to what there is room for. */
const char *tm_vm_reason(tamis_vm *vm, tm_text reason);

/* Forgets the current request. */
void tm_vm_forget(tamis_vm *vm);

#endif
