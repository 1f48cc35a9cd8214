/* Vectors, processors: whole configurations of filter, transform, attributes and resource.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vectors_case.h"

bool tm_vectors_run_processor(tm_vectors_run *run)
{
    return tm_vectors_differ(run, "processors are not run yet");
}
