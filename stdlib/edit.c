/* Edit: editors of paths, maps and lists (reference 4.10).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

TM_EDITOR(set, "nothing set(target: path, value: any)",
          "Writes value to target; what is missing on the way is created. nil makes an attribute "
          "empty, empties a map, events or links, and is an error elsewhere.",
          EX(set(attributes["a"], nil))
                 THEN(Len(attributes) == 24 and attributes["a"] == nil)
                              EX(set(attributes["x"]["y"], name))
                                     THEN(attributes["x"]["y"] == "GET /users/{id}")
                                              EX(set(name, 5)) FAILS)
{
    return tm_target_set(c, 0, tm_arg(c, 1));
}

TM_CHAPTER(edit, ROW(set))
