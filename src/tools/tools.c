/* Tools: the table of subcommands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/tools.h"

#include <string.h>

static const tm_command rows[] = {
#define COMMAND(name, function, synopsis, manual) {name, function, synopsis, manual},
#include "tools/commands.def"
#undef COMMAND
    {0}};

const tm_command *tm_command_rows(void)
{
    return rows;
}

const tm_command *tm_command_find(const char *name)
{
    for (const tm_command *c = rows; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

tm_text tm_command_nearest(tm_arena *arena, tm_text word)
{
    tm_text names[sizeof rows / sizeof *rows];
    size_t n = 0;
    for (const tm_command *c = rows; c->name; c++)
        names[n++] = tm_text_of(c->name);
    return tm_nearest(arena, word, names, n);
}
