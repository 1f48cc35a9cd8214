/* Rule file: what stands in one .ottl file, item by item; nothing is looked up yet.
 * SPDX-License-Identifier: Apache-2.0
 *
 * An item starts in the first column; indented lines, and lines that start with a closing bracket,
 * continue it. So a mistake in one item never hides the next. Codes: E0301 unknown item, E0302 a
 * verb without its condition, E0303 name that cannot be defined, E0304 malformed import or option,
 * E0305 malformed parameters, E0306 continuation of nothing, E0307 nothing behind a label. */
#ifndef TM_LANG_RULE_FILE_H
#define TM_LANG_RULE_FILE_H

#include "lang/tree.h"

typedef enum tm_file_item_kind {
    TM_FILE_BROKEN, /* none of the others; it has been told why */
    TM_FILE_IMPORT, /* import "probes": name is the text of the string */
    TM_FILE_OPTION, /* option error_mode silent: name, value */
    TM_FILE_LET,    /* let NAME = value: tree */
    TM_FILE_DEF,    /* def Name(parameters) = value or condition: tree */
    TM_FILE_DROP,   /* [label:] [drop where] condition: tree */
    TM_FILE_KEEP,   /* [label:] keep where condition: tree */
    TM_FILE_EDIT    /* [label:] statement: tree */
} tm_file_item_kind;

/* A line with a comment on it, from its # to the end of the line. */
typedef struct tm_comment {
    struct tm_comment *next;
    tm_place place;
    bool example; /* it starts with #> */
} tm_comment;

typedef struct tm_file_item {
    struct tm_file_item *next;
    tm_file_item_kind kind;
    bool bare;      /* a condition without `drop where` */
    tm_place place; /* from its first to its last byte that is neither white space nor comment */
    tm_text name;   /* label, or what is defined, imported or set; a rule may have none */
    tm_place name_place;
    tm_text value; /* of an option */
    tm_place value_place;
    const tm_segment *parameters; /* of a def, linked by next */
    unsigned parameter_count;
    tm_place text;        /* of the condition, statement or body */
    const tm_tree *tree;  /* NULL: it has errors, which are told */
    tm_comment *comments; /* the lines directly above, oldest first */
} tm_file_item;

typedef struct tm_rule_file {
    const tm_source *source; /* must outlive the file */
    tm_file_item *first, *last;
    tm_comment *comments; /* all that stand on lines of their own, oldest first */
} tm_rule_file;

enum { TM_PARAMETERS_OF_DEF_MOST = 16 };

/* Reads a whole file. What is wrong is in `diags`; all items that can be told apart are there. */
tm_rule_file *tm_rule_file_read(tm_arena *arena, tm_diags *diags, const tm_source *source);

#endif
