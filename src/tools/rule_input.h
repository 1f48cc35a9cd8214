/* Rule input: the .ottl files that a command line names, - being stdin.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RULE_INPUT_H
#define TM_TOOLS_RULE_INPUT_H

#include "config/rule_files.h"
#include "lang/rule_unit.h"
#include "tools/arguments.h"

typedef struct tm_rule_input {
    tm_config_world world;
    tm_rule_files files; /* where imports come from: the option "include", if the command has it */
    const tm_source **source;
    size_t count;
} tm_rule_input;

/* Reads what the operands name, globs sorted, of a directory all *.ottl in it and below it. False
 * when something cannot be read, which is told; what could be read is in *input, which stays where
 * it is. */
bool tm_rule_input_read(tm_rule_input *input, const tm_arguments *arguments);

/* The path ends with a NUL. */
bool tm_rule_input_is_directory(tm_text path);

/* The rules of all of them, with what they import, compiled; the programs are of no use but for
 * what is wrong with them, which *diags (in the same arena) tells, in no order yet. */
void tm_rule_input_compile(tm_rule_input *input, tm_diags *diags, tm_rule_unit *unit);

#endif
