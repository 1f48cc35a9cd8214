/* Case watch: waits until one of the files of a run changes, comes or goes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * inotify says when to look; what has changed is told by what stat(2) and readdir(3) say, so that
 * looking every now and then does as well where inotify is used up. */
#ifndef TM_TOOLS_CASE_WATCH_H
#define TM_TOOLS_CASE_WATCH_H

#include "base/arena.h"

/* What tells one state of a file or directory from another. */
typedef struct tm_case_state {
    tm_text path;
    bool directory; /* its rule files and files of tests count, by name */
    uint64_t print; /* 0: it is not there */
} tm_case_state;

typedef struct tm_case_watch {
    tm_arena *arena; /* of what is watched; its owner frees it */
    int fd;          /* of inotify; -1: none */
    bool told;       /* that it is looked at instead */
    tm_case_state *state;
    size_t count, room;
    uint64_t latest_ns; /* when one of them was written last, since 1970 */
} tm_case_watch;

/* NULL arena: out of memory. */
void tm_case_watch_open(tm_case_watch *watch);
void tm_case_watch_close(tm_case_watch *watch);

/* From now on these are watched: files, and directories. What was written since a run began (less
 * the grain of a file system's clock) may not have been seen by it: false then, and the caller runs
 * again. */
bool tm_case_watch_set(tm_case_watch *watch, const tm_texts *files, const tm_texts *directories,
                       uint64_t began_ns);

/* Waits until something is different, and nothing has been written for a moment. What: its path,
 * in the watch's arena. */
tm_text tm_case_watch_wait(tm_case_watch *watch);

#endif
