/* Daemon: one process from its configuration to its last span.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DAEMON_DAEMON_H
#define TM_DAEMON_DAEMON_H

#include "base/exit.h"
#include "config/settings.h"

/* Runs until SIGTERM or SIGINT, then drains. Returns an exit code; messages went to stderr. */
int tm_daemon_run(const tm_config_sources *sources);

#endif
