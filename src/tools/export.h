/* Export: rules in another form.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_EXPORT_H
#define TM_TOOLS_EXPORT_H

#include "tools/arguments.h"
#include "tools/rule_sheet.h"

/* Each prints on stdout and gives the exit code: rule files as processors of the Collector, the
 * processors of a configuration as a rule file. */
int tm_export_collector(const tm_arguments *arguments);
int tm_export_ottl(const tm_arguments *arguments);

/* The rules of one processor. */
void tm_export_filter(tm_rule_sheet *sheet, const tm_processor_settings *processor);
void tm_export_transform(tm_rule_sheet *sheet, const tm_processor_settings *processor);
void tm_export_actions(tm_rule_sheet *sheet, const tm_processor_settings *processor,
                       const tm_actions *actions, tm_level level);

/* What include and exclude (each may be NULL) ask, as one condition; empty: they ask nothing. False
 * with E0331 when a part of it cannot be said. */
bool tm_export_match(tm_rule_sheet *sheet, const tm_rule_origin *origin,
                     const tm_match_settings *include, const tm_match_settings *exclude,
                     tm_text *condition);

/* A constant as a literal. False with E0331. */
bool tm_export_value(tm_rule_sheet *sheet, const tm_rule_origin *origin, const tm_doc *doc,
                     tm_buf *out);

/* attributes["key"], of a span or a resource. */
tm_text tm_export_attribute(tm_rule_sheet *sheet, tm_level level, tm_text key);

/* A string of OTTL. */
tm_text tm_export_string(tm_rule_sheet *sheet, tm_text text);

#endif
