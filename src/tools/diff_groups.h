/* Diff, groups: spans for which two rulesets differ, by rule, service and name, in bounded memory.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_DIFF_GROUPS_H
#define TM_TOOLS_DIFF_GROUPS_H

#include "engine/shadow.h"
#include "tools/counted.h"

typedef enum tm_diff_kind {
    TM_DIFF_DROPPED,  /* the old rules keep it, the new ones drop it */
    TM_DIFF_KEPT,     /* the other way round */
    TM_DIFF_EDITED,   /* both keep it and edit it differently */
    TM_DIFF_ORPHANED, /* the new rules keep it without its parent */
    TM_DIFF_KINDS
} tm_diff_kind;

enum {
    TM_DIFF_SAMPLES = 3,                  /* of each group */
    TM_DIFF_GROUPS_MOST = 20000,          /* further spans are only counted */
    TM_DIFF_SAMPLE_BYTES_MOST = 32 << 20, /* of all samples; groups behind have none */
    TM_DIFF_TEXT_BYTES_MOST = 1024        /* of a name or value; longer ones are cut */
};

/* What a path is as each side leaves it; p NULL: it is not there. */
typedef struct tm_diff_change {
    tm_text path, old_value, new_value;
} tm_diff_change;

typedef struct tm_diff_sample {
    tm_text trace_id, span_id;
    tm_text parent_id; /* of orphans */
    const tm_diff_change *change;
    size_t changes;
} tm_diff_sample;

typedef struct tm_diff_group {
    tm_diff_kind kind;
    /* As in tm_disagreement; of orphans the rules that drop the parent, the old one NULL where it
     * is the span itself that the old rules drop. */
    const tm_rule *old_rule, *new_rule;
    tm_text service, name;
    uint64_t spans;
    tm_diff_sample sample[TM_DIFF_SAMPLES];
    unsigned samples;
} tm_diff_group;

typedef struct tm_diff_groups {
    tm_arena *arena; /* holds all of it */
    tm_counted keys;
    tm_diff_group *group; /* beside keys.row */
    size_t room;
    uint64_t spans[TM_DIFF_KINDS];  /* of all groups and others */
    uint64_t others[TM_DIFF_KINDS]; /* of no group, for want of room */
    size_t sample_bytes;
} tm_diff_groups;

void tm_diff_groups_init(tm_diff_groups *groups, tm_arena *arena);

/* Counts a span. The group, if it wants one more sample; else NULL. */
tm_diff_group *tm_diff_groups_count(tm_diff_groups *groups, const tm_diff_group *like);

/* Adds a sample, whose texts are copied. */
void tm_diff_groups_sample(tm_diff_groups *groups, tm_diff_group *group,
                           const tm_diff_sample *sample);

/* The rule by which a group is told: as of tm_disagreement_rule. */
const tm_rule *tm_diff_group_rule(const tm_diff_group *group);

/* The groups by kind, then by rule and by name, those of most spans first; they stay as they are
 * behind. */
const tm_diff_group **tm_diff_groups_sorted(tm_arena *arena, const tm_diff_groups *groups);

static inline size_t tm_diff_groups_count_all(const tm_diff_groups *g)
{
    return g->keys.n;
}

/* How many spans differ in what becomes of them. */
uint64_t tm_diff_groups_differ(const tm_diff_groups *groups);

#endif
