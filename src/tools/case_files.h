/* Case files: what the operands of `tamis test` name: rule files, whose comments hold examples, and
 * files of tests. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_FILES_H
#define TM_TOOLS_CASE_FILES_H

#include "base/arena.h"

typedef struct tm_case_files {
    tm_texts paths;   /* each once, in order; those of a directory or glob sorted bytewise */
    tm_texts watched; /* directories in which files may come and go */
    bool missing;     /* an operand that names nothing: told */
} tm_case_files;

/* Takes files as they are, - being rules from stdin; of directories and those below them *.ottl,
 * *_test.yaml and *_test.yml; expands globs. */
void tm_case_files_find(tm_arena *arena, const tm_texts *operands, tm_case_files *files);

/* Whether the file has rules, by its name; else it has tests. */
bool tm_case_files_is_rules(tm_text path);

/* Whether a directory that is named stands for the file of that name, too. */
bool tm_case_files_is_wanted(tm_text name);

/* The path without "." and without ".." where that follows a name. */
tm_text tm_case_path_tidy(tm_arena *arena, tm_text path);

/* The path as seen from the directory of the file `from`, tidied. */
tm_text tm_case_path_beside(tm_arena *arena, tm_text from, tm_text path);

/* The directory of a path, "." when it names none. */
tm_text tm_case_path_directory(tm_arena *arena, tm_text path);

#endif
