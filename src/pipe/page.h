/* Page: what the debug pages for people and programs have in common.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PAGE_H
#define TM_PIPE_PAGE_H

#include "base/buf.h"
#include "engine/ruleset.h"

/* "2026-01-02T03:04:05.678Z", of nanoseconds since 1970. */
void tm_page_time(tm_buf *out, uint64_t time_ns);
void tm_page_time_ns(tm_buf *out, uint64_t time_ns); /* with nine digits behind the point */

/* A member of a JSON object with a text: "key":"text". */
void tm_page_member(tm_buf *out, const char *key, tm_text text);

/* {"name":...,"file":...,"text":...} without the braces; the text only if asked for. */
void tm_page_rule(tm_buf *out, const tm_rule *rule, bool text);

/* "name (file): text" on one line that is not too long; the text only if asked for. */
void tm_page_rule_line(tm_buf *out, const tm_rule *rule, bool text);

/* The text on one line, no longer than a dashboard can show. */
tm_text tm_page_short(tm_arena *arena, tm_text text);

#endif
