/* Run: the plain loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/interpret.h"

#include "vm/convert.h"
#include "vm/path/path.h"
#include "vm/stored.h"

#define LOOP tm_run_from
#define STEP(insn) ((void)(insn))
#include "vm/instructions.inc"
