/* Proposals: what of the language could stand at a place, for completion.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_PROPOSALS_H
#define TM_TOOLS_PROPOSALS_H

#include "lang/definition.h"

typedef enum tm_proposal_kind {
    TM_PROPOSAL_FUNCTION, /* of: a tm_function */
    TM_PROPOSAL_ENUM,
    TM_PROPOSAL_PATH,       /* of: a tm_path */
    TM_PROPOSAL_DEFINITION, /* of: a tm_definition */
    TM_PROPOSAL_WORD,
    TM_PROPOSAL_KEY, /* of attributes */
    TM_PROPOSAL_OTHER
} tm_proposal_kind;

typedef struct tm_proposal {
    tm_text text; /* what is written */
    tm_proposal_kind kind;
    const void *of; /* by kind; else NULL */
} tm_proposal;

/* Zero-initialise with an arena and the text that what is offered has to start with. */
typedef struct tm_proposals {
    tm_arena *arena;
    tm_text word;
    tm_proposal *items;
    size_t count, room;
} tm_proposals;

void tm_propose(tm_proposals *proposals, tm_text text, tm_proposal_kind kind, const void *of);

/* `behind` follows each name: "(" or "". */
void tm_propose_functions(tm_proposals *proposals, const char *behind);
void tm_propose_symbols(tm_proposals *proposals);

/* With their contexts, and those of spans bare; `behind`: a bracket follows what takes keys. */
void tm_propose_paths(tm_proposals *proposals, bool behind);
void tm_propose_definitions(tm_proposals *proposals, const tm_definitions *definitions,
                            bool behind);

/* What could stand at the end of the text `before`, which is of an expression; sets
 * proposals->word, and returns the byte where the proposals begin. `keys`: those of attributes, by
 * level. */
size_t tm_propose_expression(tm_proposals *proposals, tm_text before,
                             const tm_definitions *definitions, const tm_texts *keys);

/* In order, each once. */
void tm_proposals_sort(tm_proposals *proposals);

#endif
