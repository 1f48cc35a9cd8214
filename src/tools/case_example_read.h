/* Case example, reading: the text behind #> taken apart.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_EXAMPLE_READ_H
#define TM_TOOLS_CASE_EXAMPLE_READ_H

#include "base/doc.h"
#include "lang/rule_file.h"

typedef struct tm_case_example {
    const tm_source *source; /* the file */
    tm_place place;          /* behind #> */
    tm_text text;            /* that, trimmed */
    const tm_doc *span;
    const tm_doc *after; /* behind the arrow; NULL: none of that form */
    tm_place said;       /* `drop`, `keep` or the value; n 0: none of that form */
    const tm_doc *value; /* the same as YAML */
    bool drops;          /* it says drop */
} tm_case_example;

/* Reads the example in a comment above the item. False: told. */
bool tm_case_example_read(tm_arena *arena, tm_diags *diags, const tm_source *source,
                          const tm_comment *comment, const tm_file_item *item,
                          tm_case_example *example);

#endif
