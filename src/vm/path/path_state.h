/* Path state: members of a W3C tracestate header. For this module only.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Source: W3C Trace Context, 3.3; what counts as valid stands in language.md 3.3. */
#ifndef TM_VM_PATH_PATH_STATE_H
#define TM_VM_PATH_PATH_STATE_H

#include "base/arena.h"

/* False when the header is not a valid tracestate. */
bool tm_state_valid(tm_text header);

/* The value of the member, empty when there is none. The header is valid. */
tm_text tm_state_get(tm_text header, tm_text key);

/* The header with that member in front, in place of an older one; at most 32 members are left. NULL
 * text (p) when key or value cannot stand in a header. The header is valid. */
tm_text tm_state_put(tm_arena *arena, tm_text header, tm_text key, tm_text value);

#endif
