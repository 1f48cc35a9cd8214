/* Importer: where the imports of rule files come from, for this library opens no file.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_IMPORTER_H
#define TM_LANG_IMPORTER_H

#include "base/diag.h"

typedef struct tm_rule_importer {
    /* The source that `name` means in the file `from`. It lives as long as the arena; its name says
     * which file it is, so that no file is read twice. NULL with a sentence in *why. */
    const tm_source *(*open)(void *owner, tm_arena *arena, tm_text name, const tm_source *from,
                             tm_text *why);
    void *owner;
} tm_rule_importer;

#endif
