/* World: a pretended environment and files for tests of configurations.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_CONFIG_WORLD_H
#define TM_TESTS_CONFIG_WORLD_H

#include "config/settings.h"

/* Names and values, ended by a NULL name; a name with a '/' in front is a file. */
typedef struct tm_pretended {
    const char *name, *value;
} tm_pretended;

static const char *pretended_env(void *owner, const char *name)
{
    for (const tm_pretended *p = owner; p && p->name; p++)
        if (!strcmp(p->name, name))
            return p->value;
    return NULL;
}

static bool pretended_read(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                           tm_text *why)
{
    const char *value = pretended_env(owner, tm_arena_copy(arena, path).p);
    *why = TM_TEXT("there is no such file");
    if (!value || strlen(value) > most)
        return false;
    *bytes = tm_text_of(value);
    return true;
}

static tm_config_world pretend(const tm_pretended *things)
{
    return (tm_config_world){.owner = (void *)things, .env = pretended_env, .read = pretended_read};
}

#endif
