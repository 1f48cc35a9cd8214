/* Loop: one event loop a thread; timers, and a mailbox for other threads.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_LOOP_H
#define TM_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
typedef struct tm_loop tm_loop;
typedef struct tm_timer tm_timer;

/* A new loop with its mailbox. NULL when out of memory or file descriptors. */
tm_loop *tm_loop_new(void);
void tm_loop_free(tm_loop *loop); /* only when it does not run; pending posts are dropped */

/* Runs until tm_loop_stop; in the thread that owns the loop. */
void tm_loop_run(tm_loop *loop);

/* From any thread: the loop ends after the callbacks that are due. */
void tm_loop_stop(tm_loop *loop);

/* From any thread: call(argument) runs in the loop's thread, in the order of posting. False when out of
 * memory (then call never runs). */
bool tm_loop_post(tm_loop *loop, void (*call)(void *argument), void *argument);

/* A one-shot timer, not armed yet. Only from the loop's thread. */
tm_timer *tm_timer_new(tm_loop *loop, void (*ring)(void *argument), void *argument);
void tm_timer_start(tm_timer *timer, uint64_t after_ms); /* again: moves it */
void tm_timer_stop(tm_timer *timer);
void tm_timer_free(tm_timer *timer);

/* Milliseconds of the monotonic clock, as cached at the start of this turn of the loop. */
uint64_t tm_loop_now_ms(const tm_loop *loop);

struct event_base *tm_loop_base(tm_loop *loop); /* for the files of net that speak libevent */

#endif
