/* validate: is the configuration right, down to every rule?
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/checked.h"
#include "tools/tools.h"

int tm_tool_validate(int argc, char **argv)
{
    tm_checked checked;
    int code = tm_checked_read(&checked, argc, argv);
    tm_checked_drop(&checked);
    return code;
}
