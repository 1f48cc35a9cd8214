/* Reload: the configuration is read again while its predecessor is in force.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A thread reads and compiles the next generation beside the one in force. Nothing changes unless
 * all of it is right: then the home loop publishes all rulesets, the workers take them at once and
 * let go of the old ones, which a thread frees. Whoever asks while the files are being read is
 * answered by the next round, which sees what they hold by then. */
#ifndef TM_DAEMON_RELOAD_H
#define TM_DAEMON_RELOAD_H

#include "config/seen.h"
#include "net/server.h"

typedef struct tm_reload tm_reload;
struct tm_daemon;

/* For a daemon that is built, in its arena; the sources outlive it. It takes over what reading the
 * first generation has seen (NULL: nothing). */
tm_reload *tm_reload_new(struct tm_daemon *daemon, const tm_config_sources *sources, tm_seen *seen);

/* From now on it is watched for changes, if the settings say so. In the home thread. */
void tm_reload_start(tm_reload *reload);

/* When no loop runs any more, after the server; waits for what it reads at the moment. NULL is
 * fine. */
void tm_reload_free(tm_reload *reload);

/* Reads the configuration again. In the home thread. */
void tm_reload_ask(tm_reload *reload);

/* Whether workers walk over receivers: none may go then. NULL: no. */
/* The number of the generation in force, from 1. */
uint64_t tm_reload_number(const tm_reload *reload);

bool tm_reload_is_switching(const tm_reload *reload);

/* POST /-/reload, for clients on this machine: 200, 400 with what is wrong, 403, 503. As text, or
 * as JSON for those who accept it. */
tm_service tm_reload_service(tm_reload *reload);

#endif
