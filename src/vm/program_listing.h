/* Listing: a program as people read it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_PROGRAM_LISTING_H
#define TM_VM_PROGRAM_LISTING_H

#include "base/buf.h"
#include "vm/program.h"

/* Appends one line an instruction, "lambda N(r3, r4):" above those that start one:
 *     0  ATTRIBUTE_MATCH      r0, span.attributes["http.url"], /^https/
 *     1  JUMP_TRUE            r0, 3
 * needs[level] names the attribute slots of a level; NULL: they show as numbers. */
void tm_listing_print(tm_buf *out, const tm_program *program,
                      const tm_needs *const needs[TM_LEVELS]);

/* One instruction without its number and line break, and a constant, as the listing shows them. */
void tm_listing_insn(tm_buf *out, const tm_program *program, const tm_needs *const needs[TM_LEVELS],
                     uint32_t at);
void tm_listing_value(tm_buf *out, tm_value value);

/* "span.attributes[\"http.url\"][r3]" */
void tm_listing_target(tm_buf *out, const tm_target *target);

#endif
