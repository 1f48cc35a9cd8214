/* Directory events: what inotify says of directories and their entries.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_DIRECTORY_EVENTS_H
#define TM_BASE_DIRECTORY_EVENTS_H

#include "base/text.h"

typedef enum tm_directory_event_kind {
    TM_ENTRY_WRITING, /* a file came or was written to, and may not be whole yet */
    TM_ENTRY_WHOLE,   /* a file was closed, or an entry moved or deleted */
    TM_ENTRY_TOUCHED, /* something else: a directory came, times or rights were set */
    TM_DIRECTORY_LOST,
    TM_EVENTS_LOST /* there were too many */
} tm_directory_event_kind;

typedef struct tm_directory_event {
    tm_directory_event_kind kind;
    int directory; /* its number */
    tm_text name;  /* of the entry, with a NUL behind it; empty: of the directory itself */
} tm_directory_event;

/* A descriptor that is readable when something has happened, to be closed; -1: see errno. */
int tm_directory_events_open(void);

/* From now on tells of that directory. Its number; -1: see errno. */
int tm_directory_events_add(int fd, const char *path);
void tm_directory_events_remove(int fd, int directory);

/* Reads what has happened, without waiting; fn (NULL: none) is told of each event, which lives
 * until it returns. Whether there was any. */
bool tm_directory_events_read(int fd, void (*fn)(void *owner, const tm_directory_event *event),
                              void *owner);

#endif
