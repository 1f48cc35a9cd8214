/* Reader: a map of a configuration into a struct, by the rows of its table.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_READER_H
#define TM_CONFIG_READER_H

#include "base/target.h"
#include "config/expand.h"
#include "config/keys.h"

struct tm_reading {
    tm_arena *arena;
    tm_diags *diags;
    const tm_config_world *world;
    bool traces_only;         /* pipelines of other signals are left out, not refused */
    tm_text id;               /* of the component: "filter/noise"; begins the names of its rules */
    const tm_doc *root;       /* the component's node */
    const tm_source *counted; /* lines of this source were counted, ... */
    size_t counted_to;        /* ... up to the line that starts at this byte, ... */
    unsigned lines;           /* ... which so many lines stand before */
};

/* Fills *settings (zeroed, of keys->size_bytes): defaults first, then the keys of `doc`, which may
 * be NULL or a null node for none. Reports unknown keys with the nearest known one, wrong types,
 * values out of range, keys that are missing or not supported yet; false when one was an error. */
bool tm_keys_read(tm_reading *r, const tm_keys *keys, const tm_doc *doc, void *settings);

/* One value of a list or map, by kind of the row; `into` is the member. */
bool tm_value_read(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into);

/* Reports the node: "processors.batch.timeout: what"; false. */
bool tm_reading_fail(tm_reading *r, const tm_doc *doc, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reports "expected WHAT, found a list"; false. */
bool tm_reading_expect(tm_reading *r, const tm_doc *doc, const char *what);

/* The node's text when it is a string, or was expanded from one; false without a report if not. */
bool tm_reading_text(const tm_doc *doc, tm_text *text);

/* A text that the engine compiles, all of the node's or a part, with its name and place. */
tm_rule_text tm_reading_rule(tm_reading *r, const tm_doc *doc, tm_text text);

/* "traces.span[3]": the node's path within its component. */
tm_text tm_reading_path(tm_reading *r, const tm_doc *doc);

/* An address to listen on, a URL or a target of gRPC (TM_KEY_LISTEN, _URL, _TARGET) into *out.
 * `text` is the text of `doc`. */
bool tm_endpoint_read(tm_reading *r, const tm_doc *doc, tm_text text, tm_key_kind kind,
                      tm_endpoint *out);

/* Rules or groups of rules; into {items, count} of the row's nested struct. */
bool tm_groups_read(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into);

#endif
