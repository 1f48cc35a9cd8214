/* LSP, workspace: the rule files in which a name may be used.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_WORKSPACE_H
#define TM_TOOLS_LSP_WORKSPACE_H

#include "tools/lsp/lsp_server.h"
#include "tools/lsp/lsp_uses.h"

enum {
    TM_LSP_FILES_MOST = 1000, /* of the folders that are looked at; deeper and later ones are not */
    TM_LSP_FOLDER_DEPTH_MOST = 12
};

/* A place in a file where a name is used. */
typedef struct tm_lsp_found {
    struct tm_lsp_found *next;
    const tm_lsp_use *use;
} tm_lsp_found;

/* All uses of a target: in the document, in other open ones and in the .ottl files of the
 * workspace's folders, with what they import. Each once. */
const tm_lsp_found *tm_lsp_find_uses(tm_lsp_call *call, tm_lsp_target target);
#endif
