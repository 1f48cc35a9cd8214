/* Library: the rule files that tamis brings along, from stdlib/rules.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_LIBRARY_H
#define TM_STDLIB_LIBRARY_H

#include "base/text.h"

typedef struct tm_library_file {
    const char *name; /* "probes": what imports it */
    const char *text;
} tm_library_file;

/* The i-th file, in the order of names; NULL behind the last one. */
const tm_library_file *tm_library_at(unsigned i);

/* The file that `import "NAME"` or `import "NAME.ottl"` means, or NULL. */
const tm_library_file *tm_library_find(tm_text name);

#endif
