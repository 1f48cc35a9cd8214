/* Work: what happens when the steps that were granted are taken.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/work.h"

bool tm_work_ask(tm_work *work)
{
    if (!work->over && work->more && !work->more(work->owner, work))
        work->over = true;
    if (work->over)
        return false;
    int64_t grant = work->left < -TM_WORK_GRANT ? -work->left : TM_WORK_GRANT;
    work->left += grant;
    work->granted += (uint64_t)grant;
    return true;
}
