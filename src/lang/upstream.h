/* Upstream: the rules of a unit in the order and groups in which the Collector's processors filter
 * and transform run them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Codes: E0330 what plain OTTL cannot say, W0330 what it says otherwise of a NaN. */
#ifndef TM_LANG_UPSTREAM_H
#define TM_LANG_UPSTREAM_H

#include "lang/rule_unit.h"

typedef struct tm_upstream_rule {
    struct tm_upstream_rule *next;
    const tm_unit_rule *rule;
    tm_text text; /* condition or statement; each path starts with a context */
} tm_upstream_rule;

/* Neighbours of one kind, context and error_mode. */
typedef struct tm_upstream_group {
    struct tm_upstream_group *next;
    bool edits; /* statements of transform, else conditions of filter: any of them drops */
    bool fails; /* a condition may be a runtime error */
    tm_level level;
    tm_text error_mode;
    tm_upstream_rule *first, *last;
} tm_upstream_group;

typedef struct tm_upstream {
    tm_upstream_group *first, *last;
} tm_upstream;

/* `lambdas`: the Collector knows them (feature gate ottl.functions.enableLambda). Conditions of
 * `keep` are negated in front of those that drop behind it. False: a rule cannot be said so, all of
 * which are told; the rules of the unit compile. */
bool tm_upstream_of(tm_arena *arena, tm_diags *diags, const tm_rule_unit *unit, bool lambdas,
                    tm_upstream *out);

#endif
