/* Data: what the library takes from other projects, with versions and counts.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_DATA_H
#define TM_STDLIB_DATA_H

#include "base/buf.h"

#include "built_with.h"

/* One line each: "| project | version | what there is | who uses it |". The one file that includes
 * a project's header writes its line. */
#define DATA(name) void tm_data_##name(tm_buf *out);
#include "stdlib/data.def"
#undef DATA

/* All lines. */
void tm_data_print(tm_buf *out);

#endif
