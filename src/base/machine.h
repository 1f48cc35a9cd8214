/* Machine: what the process may use of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_MACHINE_H
#define TM_BASE_MACHINE_H

#include <stdint.h>

/* Bytes of memory that the process may use: what the machine has, or less if its cgroup (v1 or v2)
 * or one of those around it says so. 0: nothing says anything. Files are looked for below `root`,
 * which is "" but for tests. */
uint64_t tm_machine_memory(const char *root);

/* Bytes of this process that are resident now; 0: nobody says. */
uint64_t tm_machine_resident(void);

#endif
