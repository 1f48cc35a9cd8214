/* Inspect: what a ruleset is, and why it decides so. Included by tamis.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TAMIS_INSPECT_H
#define TAMIS_INSPECT_H

#include "tamis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A condition or statement. */
typedef struct tamis_rule {
    size_t size;
    const char *name; /* texts live as long as the ruleset */
    const char *file; /* "noise.ottl:12"; of steps the rule's name and line */
    const char *text;
    bool drops; /* it can drop spans */
} tamis_rule;

TAMIS_API size_t tamis_ruleset_rules(const tamis_ruleset *ruleset);
TAMIS_API tamis_status tamis_ruleset_rule(const tamis_ruleset *ruleset, size_t i, tamis_rule *rule);

/* Fields that are no fields of the level's own OTLP message. */
enum {
    TAMIS_FIELD_STATUS_MESSAGE = 17, /* of a span's status */
    TAMIS_FIELD_STATUS_CODE = 18,
    TAMIS_FIELD_SCHEMA_URL = 19 /* of ResourceSpans or ScopeSpans */
};

/* What the rules read and write, so that a host need not hand over anything else. */
typedef struct tamis_need {
    size_t size;
    tamis_context context;
    unsigned field;  /* number of a field of the level's OTLP message, or one of the above: that of
                      * attributes when they are asked for as a whole; 0: one attribute */
    tamis_slice key; /* of the attribute */
} tamis_need;

/* By context: resource, scope, span, event; then fields by number; then keys. */
TAMIS_API tamis_status tamis_ruleset_need(const tamis_ruleset *ruleset, size_t i, tamis_need *need);

/* The bytecode of a rule, with source places. Rules that are no OTTL have none. */
TAMIS_API tamis_status tamis_ruleset_listing(const tamis_ruleset *ruleset, size_t i,
                                             tamis_write write, void *owner);

/* How tamis_explain writes: bits. */
enum {
    TAMIS_EXPLAIN_JSON = 1, /* one object; else a tree of lines */
    TAMIS_EXPLAIN_CODE = 2  /* with the bytecode of the rules, and what its parts were worth */
};

/* Judges one span of the request by itself, in its resource and scope, and writes which rules were
 * asked, what each part of them was worth and what became of the span: the proof of the verdict, as
 * `tamis explain` shows it. The ruleset was compiled to be explained. The VM's bounds hold; then
 * its current request is no more. TAMIS_NO_SUCH: the request has no span of that number. */
TAMIS_API tamis_status tamis_explain(tamis_vm *vm, tamis_ruleset *ruleset,
                                     const tamis_request *request, size_t span, unsigned how,
                                     tamis_write write, void *owner);

#ifdef __cplusplus
}
#endif

#endif
