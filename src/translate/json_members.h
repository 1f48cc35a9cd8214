/* Members: JSON objects into structs, as strictly as Go's package reads them: a member of another
 * type than is wanted is an error, null leaves what is there, names fit without case, unknown ones
 * are passed over. For this module only. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TRANSLATE_JSON_MEMBERS_H
#define TM_TRANSLATE_JSON_MEMBERS_H

#include "base/json.h"

/* Zero-initialise with the two arenas and the error's place, then tm_members_init. */
typedef struct tm_members {
    tm_json json;
    tm_arena *arena; /* of what is read */
    tm_arena *errors;
    tm_text *error; /* in the arena `errors` */
    uint64_t items; /* of the list, read so far */
} tm_members;

/* Reads the value of a member, which `event` began, into the struct `to`. */
typedef bool tm_member_read(tm_members *m, tm_json_event event, const char *name, void *to);

typedef struct tm_member {
    const char *name;
    tm_member_read *read;
    size_t at; /* where in the struct */
} tm_member;

void tm_members_init(tm_members *m, tm_text json);

/* Says what is wrong; false, for its callers. Where the JSON itself is, that is said. */
bool tm_members_fail(tm_members *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An object, or null: *there is whether it is one. Each member goes to what its row says. */
bool tm_members_read(tm_members *m, tm_json_event event, const char *what, const tm_member *rows,
                     size_t count, void *to, bool *there);

/* The document, a list or null, which `event` began: read(owner, event) for each item, behind which
 * what it took of the arena is taken back. */
bool tm_members_list(tm_members *m, tm_json_event event,
                     bool (*read)(void *owner, tm_json_event event), void *owner);

/* Nothing stands behind the document. */
bool tm_members_end(tm_members *m);

/* Of rows: a tm_text, a uint64_t, an int64_t, an int32_t, a uint16_t; a bool that is of no use. */
tm_member_read tm_members_text, tm_members_uint64, tm_members_int64, tm_members_int32,
    tm_members_uint16, tm_members_ignored_bool;

#endif
