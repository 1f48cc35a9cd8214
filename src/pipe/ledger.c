/* Ledger: the series of one exporter of a pipeline.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/ledger.h"

#include "pipe/metrics.h"

tm_ledger tm_ledger_open(tm_series_owner *owner, tm_text pipeline, tm_text exporter)
{
    const tm_text labels[] = {pipeline, exporter};
    return (tm_ledger){
#define LEDGER(id, member) .member = tm_pipe_series(owner, TM_PIPE_LEDGER_##id, labels),
        TM_LEDGER_STATES(LEDGER)
#undef LEDGER
    };
}
