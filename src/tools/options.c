/* Options: Go's flag forms, as Collector users write them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/options.h"

#include <stdio.h>

static void add(tm_arena *arena, tm_texts *list, tm_text text)
{
    list->items = tm_arena_grow(arena, list->items, list->count * sizeof(tm_text),
                                (list->count + 1) * sizeof(tm_text));
    list->items[list->count++] = text;
}

/* -name or --name, with =VALUE or the next argument. */
static bool take(const char *name, int argc, char **argv, int *i, const char **value)
{
    const char *p = argv[*i];
    p += p[0] == '-' && p[1] == '-' ? 2 : 1;
    size_t n = strlen(name);
    if (argv[*i][0] != '-' || strncmp(p, name, n) != 0 || (p[n] != 0 && p[n] != '='))
        return false;
    if (p[n] == '=')
        *value = p + n + 1;
    else
        *value = *i + 1 < argc ? argv[++*i] : NULL;
    return true;
}

/* Says what is wrong with a flag; returns false always. */
static bool unknown(tm_arena *arena, const char *flag)
{
    const tm_text names[] = {TM_TEXT("config"), TM_TEXT("set"), TM_TEXT("feature-gates")};
    tm_text word = {.p = flag, .n = strcspn(flag, "=")};
    while (word.n && word.p[0] == '-')
        word = tm_text_skip(word, 1);
    tm_text meant = flag[0] == '-' ? tm_nearest(arena, word, names, 3) : TM_TEXT("");
    fprintf(stderr, "tamis: unknown argument %s (%s%.*s%ssee tamis --help)\n", flag,
            meant.n ? "did you mean --" : "", TM_PRI(meant), meant.n ? "? " : "");
    return false;
}

bool tm_options_read(tm_arena *arena, int argc, char **argv, int from, tm_config_sources *out)
{
    *out = (tm_config_sources){.world = tm_config_os()};
    for (int i = from; i < argc; i++) {
        const char *value = NULL, *flag = argv[i];
        tm_texts *list = NULL;
        if (take("config", argc, argv, &i, &value))
            list = &out->configs;
        else if (take("set", argc, argv, &i, &value))
            list = &out->sets;
        else if (!take("feature-gates", argc, argv, &i, &value))
            return unknown(arena, flag);
        if (!value) {
            fprintf(stderr, "tamis: %s needs a value\n", flag);
            return false;
        }
        if (list)
            add(arena, list, tm_text_of(value));
    }
    if (out->configs.count == 0) {
        fputs("tamis: at least one --config is needed, as in tamis --config=collector.yaml\n",
              stderr);
        return false;
    }
    return true;
}
