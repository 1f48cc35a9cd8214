/* Case span: spans in the short form of rule tests and examples, as they are written.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     {name: GET /x, kind: SERVER, status: ERROR, attributes: {http.route: /x}, duration: 3s,
 *      resource: {service.name: shop}, scope: {name: s}, events: [{name: e}], links: [...]}
 *
 * Codes: E0601 a key that is not known, E0602 a value that the key does not take. */
#ifndef TM_TOOLS_CASE_SPAN_H
#define TM_TOOLS_CASE_SPAN_H

#include "base/buf.h"
#include "base/doc.h"

/* A key of a map, and what its value is to be. */
typedef enum tm_case_kind {
    TM_CASE_TEXT,
    TM_CASE_COUNT,
    TM_CASE_BOOL,
    TM_CASE_HEX16, /* an id of so many bytes */
    TM_CASE_HEX8,
    TM_CASE_DURATION,  /* its text becomes the shortest one */
    TM_CASE_SPAN_KIND, /* SERVER; SPAN_KIND_SERVER becomes that */
    TM_CASE_STATUS,    /* ERROR, or {code, message} */
    TM_CASE_MAP,       /* of any keys */
    TM_CASE_SCOPE,
    TM_CASE_EVENTS,
    TM_CASE_LINKS,
    TM_CASE_ANY /* looked at by whoever reads it */
} tm_case_kind;

typedef struct tm_case_key {
    const char *name;
    tm_case_kind kind;
} tm_case_key;

/* Holds the map to the keys, which a row without a name ends; `more`, too, unless NULL. `what` says
 * what the map is: "a test". `partial`: it says what is expected, where null means absent. False:
 * told. */
bool tm_case_keys_check(tm_diags *diags, const tm_doc *map, const char *what,
                        const tm_case_key *keys, const tm_case_key *more, bool partial);

/* The keys of a span. */
const tm_case_key *tm_case_span_keys(void);

/* Holds a node to the form of a span. False: told. */
bool tm_case_span_check(tm_diags *diags, const tm_doc *span, bool partial);

/* Reports that the node is not what is expected (E0602); false. */
bool tm_case_expect(tm_diags *diags, const tm_doc *doc, const char *what);

/* Appends spans that were checked, joined by `next`, as one ExportTraceServiceRequest, each in a
 * resource of its own. */
void tm_case_span_write(tm_buf *out, const tm_doc *first);

/* The same of one span. */
void tm_case_span_write_one(tm_buf *out, const tm_doc *span);

#endif
