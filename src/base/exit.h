/* Exit: the exit codes of the program and its version.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_EXIT_H
#define TM_BASE_EXIT_H

#define TM_VERSION "0.1.0"

enum {
    TM_EXIT_OK = 0,
    TM_EXIT_FALSE = 1,    /* a check says no */
    TM_EXIT_LOST = 1,     /* spans that had been accepted were lost at the end */
    TM_EXIT_USAGE = 2,    /* usage or I/O: a flag, a port in use, a file that cannot be read */
    TM_EXIT_CONFIG = 3,   /* rules or configuration do not compile */
    TM_EXIT_NO_INPUT = 4, /* no span was there, or none that was asked for */
    TM_EXIT_RULE = 5      /* a rule failed while it ran */
};

#endif
