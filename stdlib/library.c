/* Library: the rule files that tamis brings along.
 * Work: of rules alone: files of the library.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/library.h"

static const tm_library_file files[] = {
#include "rules.inc"
};

const tm_library_file *tm_library_at(unsigned i)
{
    return i < sizeof files / sizeof *files ? &files[i] : NULL;
}

const tm_library_file *tm_library_find(tm_text name)
{
    const tm_text end = TM_TEXT(".ottl");
    if (tm_text_ends(name, end))
        name.n -= end.n;
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        if (tm_text_is(name, files[i].name))
            return &files[i];
    return NULL;
}
