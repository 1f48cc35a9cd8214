/* Run: the plain loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/run.h"

#include "vm/convert.h"
#include "vm/path.h"
#include "vm/store.h"

#define LOOP tm_run_from
#define STEP(insn) ((void)(insn))
#include "vm/loop.inc"
