/* Function: converters of the host's own, added to the language.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

/* The row comes first: it is what a call site points to. */
typedef struct host_function {
    tm_function row;
    tm_signature signature;
    tamis_function given;
} host_function;

struct tamis_call {
    tm_call *call;
    char message[256]; /* "": none was given */
    size_t asked;      /* bytes of the latest tamis_call_alloc */
    void *block;
};

/* ---- running -----------------------------------------------------------------------------------
 */

static bool fits(tm_text result, const tm_value *v)
{
    static const struct {
        const char *word;
        tm_type type;
    } words[] = {{"bool", TM_BOOL},     {"int", TM_INT},     {"double", TM_DOUBLE},
                 {"string", TM_STRING}, {"bytes", TM_BYTES}, {"map", TM_MAP},
                 {"list", TM_LIST},     {"time", TM_TIME},   {"duration", TM_DURATION}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tm_text_is(result, words[i].word))
            return v->type == words[i].type || v->type == TM_NIL;
    return true;
}

static bool run_host(tm_call *c)
{
    const host_function *f = (const host_function *)(const void *)c->site->function;
    tamis_value argument[TM_PARAMETERS_MOST], result = {.type = TAMIS_NIL};
    tamis_call call = {.call = c};
    tm_value value;
    for (unsigned i = 0; i < c->site->arguments; i++)
        argument[i] = tm_value_to_host(c->arena, tm_arg(c, i));
    if (!f->given.run(f->given.owner, &call, argument, c->site->arguments, &result))
        return tm_fail(c, "%s", call.message[0] ? call.message : "it failed");
    if (!tm_value_of_host(c->arena, &result, 0, &value))
        return tm_fail(c, "it returned what is no value");
    if (!fits(f->signature.result, &value))
        return tm_fail(c, "it returned something else than its signature says");
    return tm_return(c, value);
}

static void allocate(void *argument)
{
    tamis_call *call = argument;
    call->block = tm_arena_alloc(call->call->arena, call->asked);
}

/* Out of memory must not unwind across the function that asks. */
void *tamis_call_alloc(tamis_call *call, size_t size_bytes)
{
    if (!call)
        return NULL;
    call->asked = size_bytes;
    return tm_arena_try(call->call->arena, allocate, call) ? call->block : NULL;
}

void tamis_call_fail(tamis_call *call, const char *message)
{
    if (!call || !message)
        return;
    const size_t n = strnlen(message, sizeof call->message - 1);
    memcpy(call->message, message, n);
    call->message[n] = 0;
}

/* ---- adding ------------------------------------------------------------------------------------
 */

static bool is_name(const char *name)
{
    if (!name || name[0] < 'A' || name[0] > 'Z')
        return false;
    for (const char *p = name; *p; p++)
        if (!((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
            return false;
    return true;
}

static bool is_result(tm_text word)
{
    static const char *const words[] = {"any",   "bool", "int",  "double", "string",
                                        "bytes", "map",  "list", "time",   "duration"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tm_text_is(word, words[i]))
            return true;
    return false;
}

/* NULL, or what is wrong with it. */
static const char *fault_of(const tamis_engine *engine, const tamis_function *f, tm_signature *s)
{
    const tm_function named = {.name = f->name, .signature = f->signature};
    const char *why;
    if (!f->run)
        return "it has no function to run";
    if (!is_name(f->name))
        return "its name is not a capital with letters and digits behind it";
    if (tm_function_find_with(&engine->set, tm_text_of(f->name)))
        return "there is a function of that name";
    if (!f->signature)
        return "it has no signature";
    if (!tm_signature_parse(&named, s, &why))
        return why;
    if (!is_result(s->result))
        return "its result is of a kind that it cannot be";
    for (unsigned i = 0; i < s->n; i++)
        if (s->parameter[i].kind >= TM_KIND_PATH)
            return "a parameter is of a kind that only the language's own functions take";
    return NULL;
}

typedef struct adding {
    tamis_engine *engine;
    const tamis_function *given;
} adding;

static const char *copied(tm_arena *arena, const char *text)
{
    return tm_arena_copy(arena, tm_text_of(text ? text : "")).p;
}

static void add(void *argument)
{
    const adding *a = argument;
    tm_arena *arena = a->engine->arena;
    tamis_engine *e = a->engine;
    host_function *f = TM_NEW(arena, host_function);
    const char *why;
    f->given = *a->given;
    f->row = (tm_function){.name = copied(arena, a->given->name),
                           .signature = copied(arena, a->given->signature),
                           .manual = copied(arena, a->given->manual),
                           .examples = "",
                           .origin = "host",
                           .hosts = a->given->impure ? TM_HOST_IMPURE : TM_HOST_ANY,
                           .body = run_host};
    tm_signature_parse(&f->row, &f->signature, &why);
    if (e->set.n == e->function_room) {
        const size_t room = e->function_room ? e->function_room * 2 : 8;
        e->function = tm_arena_grow(arena, e->function, e->function_room * sizeof *e->function,
                                    room * sizeof *e->function);
        e->function_room = room;
    }
    e->function[e->set.n++] = &f->row;
    e->set.row = (const tm_function *const *)e->function;
}

tamis_status tamis_engine_add(tamis_engine *engine, const tamis_function *function,
                              const char **why)
{
    tamis_function own;
    tm_signature signature;
    const char *nobodys;
    why = why ? why : &nobodys;
    *why = "the engine or the function is NULL or of a size that cannot be";
    if (!TM_IS_TAGGED(engine, TM_TAG_ENGINE) || !function ||
        !tm_embed_take(&own, sizeof own, function))
        return TAMIS_BAD_ARGUMENT;
    *why = atomic_load(&engine->sealed) ? "rules were compiled already"
                                        : fault_of(engine, &own, &signature);
    if (*why)
        return TAMIS_BAD_ARGUMENT;
    adding a = {engine, &own};
    return tm_arena_try(engine->arena, add, &a) ? TAMIS_OK : TAMIS_OUT_OF_MEMORY;
}
