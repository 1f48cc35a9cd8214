/* Loop: one event loop a thread; timers, watched descriptors, and a mailbox for other threads.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_LOOP_H
#define TM_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tm_loop tm_loop;
typedef struct tm_timer tm_timer;
typedef struct tm_watch tm_watch;

/* A new loop with its mailbox. NULL when out of memory or file descriptors. */
tm_loop *tm_loop_new(void);
void tm_loop_free(tm_loop *loop); /* only when it does not run; pending posts are dropped */

/* Runs until tm_loop_stop; in the thread that owns the loop. A stop that came before counts. */
void tm_loop_run(tm_loop *loop);

/* From any thread: the loop ends after the callbacks that are due. */
void tm_loop_stop(tm_loop *loop);

/* From any thread: call(argument) runs in the loop's thread, in the order of posting. False when
 * out of memory (then call never runs). */
bool tm_loop_post(tm_loop *loop, void (*call)(void *argument), void *argument);

/* A post that needs no memory, for what must not get lost: a part of whatever it is about. */
typedef struct tm_letter {
    struct tm_letter *next; /* of the loop's; the rest is the sender's */
    void (*call)(void *argument);
    void *argument;
} tm_letter;

/* From any thread: letter->call(letter->argument) runs in the loop's thread, in the order of
 * sending. The letter must not be on its way already; it is the sender's again, and may be freed,
 * when its call begins. */
void tm_loop_send(tm_loop *loop, tm_letter *letter);

/* A one-shot timer, not armed yet. Only from the loop's thread. NULL when out of memory. */
tm_timer *tm_timer_new(tm_loop *loop, void (*ring)(void *argument), void *argument);
void tm_timer_start(tm_timer *timer, uint64_t after_ms); /* again: moves it */
void tm_timer_stop(tm_timer *timer);
void tm_timer_free(tm_timer *timer);

/* What a watch waits for, and what it reports. */
enum { TM_WATCH_READ = 1, TM_WATCH_WRITE = 2 };

/* Calls ready(argument, what) in the loop's thread as long as the descriptor can do what is wanted;
 * wants nothing yet. It may be freed in its own callback. The descriptor stays the caller's, and is
 * closed only after tm_watch_free. NULL when out of memory. */
tm_watch *tm_watch_new(tm_loop *loop, int fd, void (*ready)(void *argument, int what),
                       void *argument);

/* Waits for TM_WATCH_READ, TM_WATCH_WRITE or both; 0: nothing. False when the kernel refuses. */
bool tm_watch_want(tm_watch *watch, int what);
void tm_watch_free(tm_watch *watch);

/* Milliseconds of the monotonic clock. Cheap and coarse: it may lag by 4 ms. */
uint64_t tm_loop_now_ms(const tm_loop *loop);

#endif
