/* Export: rules in another language's form.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_EXPORT_H
#define TM_TOOLS_EXPORT_H

#include "tools/arguments.h"

/* Rule files as processors of the Collector, on stdout. The exit code. */
int tm_export_collector(const tm_arguments *arguments);

#endif
