/* Aim: targets written by hand, for the tests of paths.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_UNIT_VM_AIM_H
#define TM_TESTS_UNIT_VM_AIM_H

#include "stage.h"

enum { KEYS_MOST = 4 };

/* A target under construction: path, then up to four keys. Ends at a key that is nil. */
typedef struct target_at {
    tm_path_key key[KEYS_MOST];
    tm_target target;
} target_at;

static inline target_at make_target(tm_level level, const char *dotted, unsigned n,
                                    const tm_value *keys)
{
    target_at a = {.target = {.path = path_named(level, dotted), .keys = n, .slot = -1}};
    for (unsigned i = 0; i < n; i++)
        a.key[i].value = keys[i];
    return a;
}

/* span.attributes with the keys; "a" and "b" go through their slots. */
static inline target_at attribute(unsigned n, const tm_value *keys)
{
    target_at a = make_target(TM_SPAN, "attributes", n, keys);
    if (n && tm_text_is(tm_value_text(keys[0]), "a"))
        a.target.slot = SLOT_A;
    if (n && tm_text_is(tm_value_text(keys[0]), "b"))
        a.target.slot = SLOT_B;
    return a;
}

#define KEYS(...)                                                                                  \
    (sizeof((tm_value[]){__VA_ARGS__}) / sizeof(tm_value)), (tm_value[])                           \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define AT(...) attribute(KEYS(__VA_ARGS__))
#define FIELD(dotted) make_target(TM_SPAN, dotted, 0, NULL)

static inline bool get(stage *s, target_at a, tm_value *out)
{
    a.target.key = a.key;
    return tm_path_get(&s->vm, &a.target, out);
}

static inline bool set(stage *s, target_at a, tm_value v)
{
    a.target.key = a.key;
    return tm_path_set(&s->vm, &a.target, v);
}

static inline bool clear(stage *s, target_at a)
{
    a.target.key = a.key;
    return tm_path_clear(&s->vm, &a.target);
}

static inline tm_value got(stage *s, target_at a)
{
    tm_value out;
    if (!get(s, a, &out))
        fail_msg("%.*s", TM_PRI(s->vm.error));
    return out;
}

static inline void assert_refused(stage *s, bool done, const char *why)
{
    assert_false(done);
    assert_text(s->vm.error, why);
}

#endif
