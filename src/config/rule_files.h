/* Rule files: .ottl files by their paths and globs, and what they import.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_RULE_FILES_H
#define TM_CONFIG_RULE_FILES_H

#include "config/settings.h"

enum { TM_RULE_FILE_MOST_BYTES = 16 << 20 };

/* Where rule files are read from; lives as long as the sources that come of it. */
typedef struct tm_rule_files {
    const tm_config_world *world;
    const tm_text *directory; /* where imports are looked for, behind the importing file's own */
    size_t directories;
} tm_rule_files;

/* The paths that a path or glob names, sorted bytewise; a path without wildcards names itself. */
tm_texts tm_rule_files_match(tm_arena *arena, tm_text pattern);

/* Reads one file. NULL with a sentence in *why. */
const tm_source *tm_rule_files_open(const tm_rule_files *files, tm_arena *arena, tm_text path,
                                    tm_text *why);

/* What `name` means where the file `from` imports it: NAME or NAME.ottl beside that file, then in
 * the directories. NULL with a sentence in *why. `owner` is a tm_rule_files. */
const tm_source *tm_rule_files_import(void *owner, tm_arena *arena, tm_text name,
                                      const tm_source *from, tm_text *why);

/* Reads the files of a tamis processor into its settings, and sets its importer: imports are looked
 * for beside the importing file only. False when a file cannot be read or a glob matches none,
 * which is told at its place in the configuration. */
bool tm_rule_files_read(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                        tm_tamis_settings *settings);

#endif
