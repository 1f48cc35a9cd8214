/* File watch: tells when files of the configuration may have changed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A thread of its own asks inotify about the directories in which something could change what was
 * seen, whoever it is that renames, replaces, or swaps symbolic links. Where inotify is not to be
 * had, or its limits are used up, it looks at the files from time to time, and says so. */
#ifndef TM_DAEMON_FILE_WATCH_H
#define TM_DAEMON_FILE_WATCH_H

#include "base/log.h"
#include "base/metric.h"
#include "config/seen.h"

typedef struct tm_file_watch tm_file_watch;

typedef struct tm_file_watch_options {
    tm_log *log;
    /* Something has changed, and nothing has since for the time of debounce. In the watch's thread.
     */
    void (*changed)(void *owner);
    void *owner;
    tm_series *polls;          /* is 1 while it has to look at the files itself; NULL: none */
    unsigned most_directories; /* that are watched by inotify; 0: as many as the kernel allows */
} tm_file_watch_options;

/* NULL when out of memory or threads. It watches nothing yet. */
tm_file_watch *tm_file_watch_new(const tm_file_watch_options *options);
void tm_file_watch_free(tm_file_watch *watch); /* NULL is fine */

/* From now on watches what was seen, which it takes over (NULL: nothing). What has changed since it
 * was seen counts as a change. Any thread. */
void tm_file_watch_set(tm_file_watch *watch, tm_seen *seen, const tm_reload_settings *settings);

#endif
