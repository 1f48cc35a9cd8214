/* Table: spans that a host has as objects of its own, judged without protobuf.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Included by tamis.h. A table has a row for each resource, scope and span of a request, and in
 * each row a cell for each column of its level. Columns are what the rules ask for: the needs of
 * the ruleset (tamis_ruleset_need) whose context is that level, in their order. Nothing else is
 * handed over: verdicts come back, and the cells that rules changed.
 *
 * Tables hold no pointers that a host must have: texts may be places in one text, lists and maps
 * are places in one array of members. */
#ifndef TAMIS_TABLE_H
#define TAMIS_TABLE_H

#include "tamis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many columns the levels have. */
typedef struct tamis_columns {
    size_t size;
    size_t resource, scope, span;
} tamis_columns;

/* TAMIS_WHOLE_SPANS: the rules ask for events or links, which no table holds; hand over bytes to
 * tamis_filter. */
TAMIS_API tamis_status tamis_ruleset_columns(const tamis_ruleset *ruleset, tamis_columns *columns);

/* A value. Fields hold what OTLP says, or NIL for its default: INT for numbers, times, kind and
 * status code, STRING for texts, TRACE_ID and SPAN_ID. Attributes hold NIL (there is none of that
 * key), BOOL, INT, DOUBLE, STRING, BYTES, MAP or LIST. A column whose field is the attributes
 * themselves, for rules that ask for all of them, holds a MAP, and cells of single keys of that
 * level are not looked at. */
typedef struct tamis_cell {
    uint32_t type; /* tamis_type */
    uint32_t n;    /* bytes of a text; members of a map or list; of NIL: 1 where an attribute is
                    * there, but has no value */
    union {
        int64_t integer; /* INT; BOOL: 0 or 1 */
        double number;
        const char *text; /* STRING, BYTES, TRACE_ID, SPAN_ID: where it is, */
        uint64_t at; /* or its place in the table's text; MAP, LIST: that of the first member */
    } as;
} tamis_cell;

typedef struct tamis_member {
    tamis_cell key; /* of maps: a STRING */
    tamis_cell value;
} tamis_member;

/* A request. Rows stand in order: spans in that of their scopes, scopes in that of their resources.
 */
typedef struct tamis_table {
    size_t size;
    const tamis_cell *resource, *scope, *span; /* row by row; NULL without columns */
    size_t resources, scopes, spans;           /* rows; each below 2^32 */
    const uint32_t *resource_of_scope;         /* one a scope, never falling */
    const uint32_t *scope_of_span;             /* one a span, never falling */
    const tamis_member *member;                /* of maps and lists */
    size_t members;
    const char *text; /* not NULL: texts are places in it */
    size_t text_bytes;
    const char *address;          /* as in tamis_request */
    const tamis_header *metadata; /* the same */
    size_t metadatas;
    const tamis_ruleset *ruleset; /* whose needs the columns are; NULL: not said. If they are not
                                   * those of the call's ruleset, the table is refused */
} tamis_table;

/* What became of a span. */
typedef struct tamis_row {
    uint32_t fate; /* tamis_fate */
    uint32_t rule; /* that dropped it, or the last that ran an edit; UINT32_MAX: none */
} tamis_row;

/* A cell of a row that stays is now another. Its texts are pointers, maps and lists are places in
 * the members of the result. NIL: the attribute is gone (n is 1: it is there without a value), the
 * field has its default. */
typedef struct tamis_change {
    uint32_t context; /* tamis_context: RESOURCE, SCOPE or SPAN */
    uint32_t row, column;
    uint32_t spare; /* 0 */
    tamis_cell value;
} tamis_change;

typedef struct tamis_table_result {
    size_t size;
    const char *reason;         /* as in tamis_result */
    const tamis_row *row;       /* one a span of the table; NULL unless TAMIS_OK */
    const tamis_change *change; /* by resource, its scopes, their spans; then by column */
    size_t changes;
    const tamis_member *member; /* of maps and lists among them */
    uint32_t spans_in, spans_out;
    uint32_t spans_rejected;
    uint64_t steps;
} tamis_table_result;

/* Judges one table, as tamis_filter does the request that it stands for, with the same bounds of
 * the VM. What the table points to is of no use any more when this returns; the ruleset must live,
 * and *result holds, until the VM's next request or its end, so long tamis_vm_counts speaks of this
 * one, where dropped_bytes counts cells. A host lets go of scopes and resources whose spans are all
 * gone. Keys of an attribute that stands twice: a cell holds the first. */
TAMIS_API tamis_status tamis_filter_table(tamis_vm *vm, tamis_ruleset *ruleset,
                                          const tamis_table *table, tamis_table_result *result);

/* Explains one span of the table, by its row, as tamis_explain does one of a request: by itself, in
 * its scope and resource, by a ruleset that was compiled to be explained. That one's needs are
 * those of the same rules compiled to filter, so that a table filled for the one serves the other.
 * What no cell holds, ids and names among it, the proof does not show. TAMIS_NO_SUCH: there is no
 * such row. */
TAMIS_API tamis_status tamis_explain_table(tamis_vm *vm, tamis_ruleset *ruleset,
                                           const tamis_table *table, size_t span, unsigned how,
                                           tamis_write write, void *owner);

#ifdef __cplusplus
}
#endif

#endif
