/* Habits: what people write who know other languages, and what they mean by it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_HABITS_H
#define TM_LANG_HABITS_H

#include "lang/compile.h"

/* The function that is called so in another case, an editor or a converter; or an empty text. */
tm_text tm_habit_function(tm_text name, bool editor);

/* The enum symbol that ends with the word, in any case: SPAN_KIND_SERVER for SERVER or server. */
tm_text tm_habit_enum(tm_text word);

/* What is meant by a path that there is not: attributes["http.method"] for http.method,
 * resource.attributes["service.name"] for service.name, a difference for duration. `dotted` is the
 * path without its context, of which `level` is; `prefixed`: paths start with their contexts.
 * `likely` asks for what is known to be so, not for what may be an attribute. */
tm_text tm_habit_path(tm_arena *arena, tm_text dotted, tm_level level, bool prefixed, bool likely);

#endif
