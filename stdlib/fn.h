/* Fn: how a function of the language is written. Read one chapter beside this page.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     TM_CONVERTER(HasPrefix, "bool HasPrefix(value: string, prefix: string)",
 *                  "True when value starts with prefix.",
 *                  EX(HasPrefix("GET /health", "GET")))
 *     {
 *         return tm_return_bool(c, tm_text_starts(tm_arg_text(c, 0), tm_arg_text(c, 1)));
 *     }
 *
 * The signature is "RESULT Name(parameter: kind, optional?: kind = default, ...)", kinds as in
 * vm/call.h. Arguments reach the body checked and coerced; a body returns true with c->result set,
 * or tm_fail(...). Results and anything they point to live in c->arena (the request's). No free, no
 * globals. Loops over client data charge their turns: tm_charge.
 *
 * Examples are run as tests against the reference's sample span: EX(condition), EX(statement)
 * THEN(condition), EX(expression) FAILS, EX(expression) REFUSED (it does not build).
 *
 * A chapter ends with TM_CHAPTER(name, ROW(HasPrefix), ROW(...)): a function left out does not
 * compile (its row is unused). */
#ifndef TM_STDLIB_FN_H
#define TM_STDLIB_FN_H

#include "stdlib/optional.h"
#include "vm/convert.h"
#include "vm/path/path.h"
#include "vm/vm.h"

#define EX(...) #__VA_ARGS__ "\n"
#define THEN(...) "\t-> " #__VA_ARGS__ "\n"
#define FAILS "\t-> error\n"
#define REFUSED "\t-> refused\n"

#define TM_FUNCTION_(id, sig, text, examples_, origin_, hosts_, prepare_, asks_)                   \
    static bool body_##id(tm_call *c);                                                             \
    static const tm_function row_##id = {.name = #id,                                              \
                                         .signature = sig,                                         \
                                         .manual = text,                                           \
                                         .examples = examples_,                                    \
                                         .origin = origin_,                                        \
                                         .hosts = hosts_,                                          \
                                         .asks = asks_,                                            \
                                         .prepare = prepare_,                                      \
                                         .body = body_##id};                                       \
    static bool body_##id(tm_call *c)

/* Converters and editors alike; the first letter of the name says which. */
#define TM_CONVERTER(id, sig, text, examples)                                                      \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", TM_HOST_ANY, NULL, TM_ASKS_NOTHING)
/* Of a value and a string, of which it asks what vm/call.h says. */
#define TM_CONVERTER_ASKING(id, asks, sig, text, examples)                                         \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", TM_HOST_ANY, NULL, asks)
#define TM_EDITOR(id, sig, text, examples)                                                         \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", TM_HOST_ANY, NULL, TM_ASKS_NOTHING)
/* With static bool prepare_Name(tm_prepare *p), defined above it, run once when the rule is built.
 */
#define TM_CONVERTER_PREPARED(id, sig, text, examples)                                             \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", TM_HOST_ANY, prepare_##id, TM_ASKS_NOTHING)
#define TM_EDITOR_PREPARED(id, sig, text, examples)                                                \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", TM_HOST_ANY, prepare_##id, TM_ASKS_NOTHING)
/* With host bits (TM_HOST_SPAN, ...) and a prepare function or NULL. */
#define TM_CONVERTER_FOR(id, hosts, prepare, sig, text, examples)                                  \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", hosts, prepare, TM_ASKS_NOTHING)
#define TM_EDITOR_FOR(id, hosts, prepare, sig, text, examples)                                     \
    TM_FUNCTION_(id, sig, text, examples, "OTTL", hosts, prepare, TM_ASKS_NOTHING)
#define TM_OWN_CONVERTER(id, hosts, prepare, sig, text, examples)                                  \
    TM_FUNCTION_(id, sig, text, examples, "tamis", hosts, prepare, TM_ASKS_NOTHING)

typedef const tm_function *const *tm_chapter;
#define ROW(id) &row_##id
#define TM_CHAPTER(name, ...)                                                                      \
    static const tm_function *const rows_of_##name[] = {__VA_ARGS__, NULL};                        \
    tm_chapter tm_chapter_##name(void);                                                            \
    tm_chapter tm_chapter_##name(void)                                                             \
    {                                                                                              \
        return rows_of_##name;                                                                     \
    }

/* --- arguments --- */
static inline tm_value tm_arg(const tm_call *c, unsigned i)
{
    return c->arg[i];
}
static inline bool tm_arg_given(const tm_call *c, unsigned i)
{
    return c->site->argument[i].given;
}
static inline bool tm_arg_is_nil(const tm_call *c, unsigned i)
{
    return c->arg[i].type == TM_NIL;
}
static inline tm_text tm_arg_text(const tm_call *c, unsigned i)
{
    return tm_value_text(c->arg[i]);
}
static inline int64_t tm_arg_int(const tm_call *c, unsigned i)
{
    return c->arg[i].integer;
}
static inline double tm_arg_double(const tm_call *c, unsigned i)
{
    return c->arg[i].number;
}
static inline bool tm_arg_bool(const tm_call *c, unsigned i)
{
    return c->arg[i].truth;
}
static inline tm_map *tm_arg_map(const tm_call *c, unsigned i)
{
    return c->arg[i].map;
}
static inline tm_list *tm_arg_list(const tm_call *c, unsigned i)
{
    return c->arg[i].list;
}
/* --- results --- */
static inline bool tm_return(tm_call *c, tm_value v)
{
    c->result = v;
    return true;
}
static inline bool tm_return_nil(tm_call *c)
{
    return tm_return(c, tm_nil());
}
static inline bool tm_return_bool(tm_call *c, bool v)
{
    return tm_return(c, tm_bool(v));
}
static inline bool tm_return_int(tm_call *c, int64_t v)
{
    return tm_return(c, tm_int(v));
}
static inline bool tm_return_double(tm_call *c, double v)
{
    return tm_return(c, tm_double(v));
}
static inline bool tm_return_text(tm_call *c, tm_text v)
{
    return tm_return(c, tm_string(v));
}
static inline bool tm_return_map(tm_call *c, tm_map *v)
{
    return tm_return(c, tm_map_value(v, TM_DATA));
}
static inline bool tm_return_list(tm_call *c, tm_list *v)
{
    return tm_return(c, tm_list_value(v, TM_DATA));
}
/* A runtime error of this call: one short sentence, no function name (the message adds it). */
#define tm_fail(c, ...) tm_vm_fail((c)->vm, __VA_ARGS__)

/* --- work ---
 * A loop over client data charges a step for each turn (base/work.h says what a step is), before it
 * allocates. False, with the error set: the budget is spent; the body returns false. */
static inline bool tm_charge(tm_call *c, size_t steps)
{
    return tm_vm_charge(c->vm, steps);
}
/* The same where a loop lies deeper than the call: it ends when tm_work_charge refuses, and the
 * body returns tm_vm_spent(c->vm). */
static inline tm_work *tm_call_work(const tm_call *c)
{
    return c->vm->work;
}
static inline bool tm_charge_bytes(tm_call *c, size_t bytes)
{
    return tm_charge(c, tm_work_bytes(bytes));
}

/* A copy to all depths, its bytes charged; with the budget spent the next charge says so. */
static inline tm_value tm_call_copy(tm_call *c, tm_value v)
{
    if (v.type != TM_MAP && v.type != TM_LIST)
        return v;
    const size_t before = tm_arena_used(c->arena);
    v = tm_value_copy(c->arena, v);
    tm_work_charge(tm_call_work(c), tm_work_bytes(tm_arena_used(c->arena) - before));
    return v;
}

/* --- paths (editors): parameter i is of kind path, path map or path list ---
 * Each can fail (false) as reading or writing a path can, with the error set. */
static inline const tm_target *tm_arg_target(const tm_call *c, unsigned i)
{
    return &c->vm->program->target[c->site->argument[i].index];
}
static inline bool tm_target_get(tm_call *c, unsigned i, tm_value *value)
{
    return tm_path_get(c->vm, tm_arg_target(c, i), value);
}
/* Stores as language.md 3.2 says; maps and lists are copied. */
static inline bool tm_target_set(tm_call *c, unsigned i, tm_value value)
{
    return tm_path_set(c->vm, tm_arg_target(c, i), value);
}
/* The map behind the path, to be changed in place; an error when there is none. */
static inline bool tm_target_map(tm_call *c, unsigned i, tm_map **map)
{
    return tm_path_map(c->vm, tm_arg_target(c, i), map);
}
/* The same entries only to be read: with nothing to do, leave the item as it is, for its bytes then
 * travel on as they are. Not the map to change: call tm_target_map for that. */
static inline bool tm_target_map_read(tm_call *c, unsigned i, const tm_map **map)
{
    return tm_path_map_read(c->vm, tm_arg_target(c, i), map);
}
/* The list behind the path, only to be read; an error when there is none. */
static inline bool tm_target_list(tm_call *c, unsigned i, const tm_list **list)
{
    tm_value v;
    bool found = tm_path_list(c->vm, tm_arg_target(c, i), &v);
    *list = found ? v.list : NULL;
    return found;
}

/* --- lambdas, lazy arguments, function names --- */
static inline bool tm_call_lambda(tm_call *c, unsigned i, const tm_value *args, unsigned n,
                                  tm_value *result)
{
    return tm_vm_call_lambda(c->vm, c->site->argument[i].index, args, n, result);
}
static inline bool tm_arg_force(tm_call *c, unsigned i, unsigned element, tm_value *result)
{
    return tm_vm_call_lambda(c->vm, c->site->argument[i].index + element, NULL, 0, result);
}
/* Of kind `lazy string`: another type is an error, as for `string`. */
static inline bool tm_arg_force_text(tm_call *c, unsigned i, unsigned element, tm_text *result)
{
    tm_value v;
    if (!tm_arg_force(c, i, element, &v) || !tm_value_fit(c->vm, TM_KIND_STRING, &v))
        return false;
    *result = tm_value_text(v);
    return true;
}
static inline unsigned tm_arg_elements(const tm_call *c, unsigned i)
{
    return c->site->argument[i].count;
}
static inline const tm_function *tm_arg_function(const tm_call *c, unsigned i)
{
    return c->site->argument[i].function;
}

/* --- build time --- */
static inline bool tm_is_literal(const tm_prepare *p, unsigned i)
{
    return p->is_literal >> i & 1;
}
/* Refuses the call because of argument i (-1: the call as a whole): a build error. Returns false.
 */
bool tm_refuse(tm_prepare *p, int i, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Refuses argument i because it names `what`, which this build lacks: "the locale", "fr". */
bool tm_refuse_left_out(tm_prepare *p, int i, tm_optional optional, const char *what, tm_text name);

/* Refuses a literal argument i that is none of the words, which NULL ends: "must be 'asc' or
 * 'desc'". */
bool tm_prepare_word(tm_prepare *p, unsigned i, const char *const *words);

/* Compiles the literal pattern in parameter i into p->state, refusing a bad one; leaves p->state
 * NULL when it is not a literal. At run time tm_call_regex gives that regex, or compiles the
 * argument (an error when bad). */
bool tm_prepare_regex(tm_prepare *p, unsigned i);
bool tm_call_regex(tm_call *c, unsigned i, const tm_regex **regex);
/* Compiles a pattern at run time. */
bool tm_call_regex_of(tm_call *c, tm_text pattern, const tm_regex **regex);

/* --- the library --- */
/* Finds a function by name, or NULL. Rows of all chapters in order: tm_function_at(0), ... until
 * NULL. */
const tm_function *tm_function_find(tm_text name);
const tm_function *tm_function_at(unsigned i);

/* Finds a function in the library, else in `more` (NULL: nothing more), or NULL. */
const tm_function *tm_function_find_with(const tm_function_set *more, tm_text name);
/* Rows of the library and then of `more`, until NULL. */
const tm_function *tm_function_at_with(const tm_function_set *more, unsigned i);

/* Reads a signature; asserts that it is well-formed (they are ours; a unit test reads all of them).
 */
void tm_signature_read(const tm_function *function, tm_signature *out);

/* The same of a signature that somebody else wrote. False: *why is a clause. */
bool tm_signature_parse(const tm_function *function, tm_signature *out, const char **why);

#endif
