/* Whole file: the bytes of one, for programs of the tests.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_WHOLE_FILE_H
#define TM_TESTS_WHOLE_FILE_H

#include "base/buf.h"

#include <stdio.h>

/* A text without p when it cannot be opened. */
static tm_text read_file(tm_arena *arena, const char *name)
{
    FILE *f = fopen(name, "rb");
    if (!f)
        return (tm_text){0};
    tm_buf out = {.arena = arena};
    size_t n;
    while ((n = fread(tm_buf_reserve(&out, 65536), 1, 65536, f)) > 0)
        out.n += n;
    fclose(f);
    return tm_buf_text(&out);
}

#endif
