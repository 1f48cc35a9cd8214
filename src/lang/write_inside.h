/* Write out: what its files share. For write_*.c only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_WRITE_INSIDE_H
#define TM_LANG_WRITE_INSIDE_H

#include "lang/write_out.h"

/* A parameter of a lambda in sight. */
typedef struct tm_write_local {
    const struct tm_write_local *outer;
    tm_text name;         /* as the source has it */
    tm_text written;      /* as it is written */
    const tm_node *value; /* what is written in its place, or NULL */
} tm_write_local;

/* A definition whose body is being written, and where its arguments are from. */
typedef struct tm_write_frame {
    const struct tm_write_frame *caller;
    const tm_write_local *locals;
    const tm_definition *definition;
    const tm_node *argument[TM_PARAMETERS_OF_DEF_MOST];
} tm_write_frame;

typedef struct tm_writing {
    tm_arena *arena;
    tm_diags *diags;
    const tm_definitions *definitions;
    const tm_source *source; /* of the rule */
    tm_place place;          /* in the rule: the outermost call that is written out, or the node */
    const tm_write_frame *frame;
    const tm_write_local *locals;
    unsigned nodes, names;
    bool failed;
} tm_writing;

typedef tm_node *tm_writer(tm_writing *w, const tm_node *node);

/* ---- write_out.c ----------------------------------------------------------------------------- */

tm_node *tm_write_value(tm_writing *w, const tm_node *node);
tm_node *tm_write_condition(tm_writing *w, const tm_node *node);

/* The node alone, without what hangs on it. */
tm_node *tm_write_copy(tm_writing *w, const tm_node *node);

/* Reports E0330, once a rule; returns something to go on with. */
tm_node *tm_write_refuse(tm_writing *w, const char *why, tm_text name);

/* Index keys; *last is the last of them. */
tm_node *tm_write_keys(tm_writing *w, const tm_node *first, tm_node **last);

/* More keys behind what a name stands for. */
tm_node *tm_write_indexed(tm_writing *w, tm_node *node, const tm_node *more);

/* Whether the node can only be a condition. */
bool tm_write_is_condition(const tm_node *node);

/* ---- write_name.c ---------------------------------------------------------------------------- */

tm_node *tm_write_path(tm_writing *w, const tm_node *node);

/* The definition that a call names, or NULL, and whether it is a condition. */
const tm_definition *tm_write_def_of(const tm_writing *w, const tm_node *node);
bool tm_write_is_condition_of(const tm_definition *d);

/* The body of a definition, and the frame that a call of it makes (NULL: a let). */
tm_node *tm_write_body(tm_writing *w, const tm_write_frame *inside, tm_writer *write);
tm_write_frame *tm_write_frame_of(tm_writing *w, const tm_definition *d, const tm_node *call);

/* A name for a lambda's parameter that no other one in sight has, nor a context. */
tm_text tm_write_name_for(tm_writing *w, tm_text name);

/* ---- write_lambda.c -------------------------------------------------------------------------- */

tm_node *tm_write_lambda(tm_writing *w, const tm_node *node);

/* Any and All over a list of literals as a chain. NULL: it has to stay a lambda, or was refused. */
tm_node *tm_write_chain(tm_writing *w, const tm_node *call);

#endif
