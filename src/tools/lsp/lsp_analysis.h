/* LSP, analysis: open documents, and what is known of each.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LSP_ANALYSIS_H
#define TM_TOOLS_LSP_ANALYSIS_H

#include "config/compiled.h"
#include "config/rule_files.h"
#include "lang/rule_unit.h"
#include "tools/lsp/lsp_lines.h"

typedef enum tm_lsp_language {
    TM_LSP_OTTL, /* an .ottl file */
    TM_LSP_YAML, /* a configuration, or a YAML file that is none */
    TM_LSP_OTHER
} tm_lsp_language;

/* A text of OTTL in a document: a whole .ottl file, or a rule in a configuration. */
typedef struct tm_lsp_region {
    struct tm_lsp_region *next;
    const tm_source *source;
    tm_entry_point entry; /* of a rule in a configuration */
    tm_level level;       /* the same: of its context */
    bool prefixed;        /* the same: every path starts with its context */
} tm_lsp_region;

typedef struct tm_lsp_analysis {
    tm_arena *arena;
    tm_lsp_lines lines;       /* of the document */
    tm_diags diags;           /* in order */
    tm_rule_unit unit;        /* .ottl: the file and its imports; of a file of tests its rules */
    const tm_source *source;  /* .ottl: the document's own */
    const tm_rule_file *file; /* .ottl: read from it */
    tm_lsp_region *region;    /* YAML: in the order of the file's processors */
    tm_texts reads;           /* paths of files that were read, or looked for */
    size_t reads_room;
} tm_lsp_analysis;

typedef struct tm_lsp_document {
    struct tm_lsp_document *next;
    tm_arena *arena; /* of uri, path and text: a new one with each change */
    tm_text uri, path, text;
    int64_t version; /* -1: none */
    tm_lsp_language language;
    tm_arena *work;            /* of the analysis */
    tm_lsp_analysis *analysis; /* NULL: it is to be made */
    bool told;                 /* the diagnostics of this analysis have been sent */
} tm_lsp_document;

/* The open documents. What is read of a file that is open is read of its document. */
typedef struct tm_lsp_files {
    tm_lsp_document *first;
    unsigned count;
    tm_texts include; /* where imports are looked for, too */
    bool traces_only; /* pipelines of other signals are left out */
    bool bytes;       /* how characters are counted */
} tm_lsp_files;

enum {
    TM_LSP_DOCUMENTS_MOST = 1000,
    TM_LSP_LINTED_MOST = 1000 /* rules that run together */
};

/* file:///a%20b -> /a b; of another scheme the URI itself. And back. */
tm_text tm_lsp_path_of(tm_arena *arena, tm_text uri);
tm_text tm_lsp_uri_of(tm_arena *arena, const tm_lsp_files *files, tm_text path);

/* The path without links and dots where there is such a file, else as it is. */
tm_text tm_lsp_real_path(tm_arena *arena, tm_text path);

/* Whether two paths name one file. */
bool tm_lsp_same_file(tm_text a, tm_text b);

tm_lsp_document *tm_lsp_document_find(const tm_lsp_files *files, tm_text uri);
tm_lsp_document *tm_lsp_document_of_path(const tm_lsp_files *files, tm_text path);

/* Opens the document, or replaces its text. NULL when out of memory. */
tm_lsp_document *tm_lsp_document_put(tm_lsp_files *files, tm_text uri, tm_lsp_language language,
                                     tm_text text, int64_t version);
void tm_lsp_document_close(tm_lsp_files *files, tm_lsp_document *document);
void tm_lsp_documents_free(tm_lsp_files *files);

/* What is known of documents that read this file, or of all (NULL), is out of date. */
void tm_lsp_forget(tm_lsp_files *files, const tm_text *path);

/* Files as rules and configurations are read from: `world` reads open documents first. */
typedef struct tm_lsp_world {
    const tm_lsp_files *files;
    tm_lsp_analysis *analysis; /* takes note of what is read; NULL: nobody does */
    tm_config_world world;
    tm_rule_files rule_files;
} tm_lsp_world;
void tm_lsp_world_init(tm_lsp_world *world, const tm_lsp_files *files, tm_lsp_analysis *analysis);

/* Analyses the document, if that is to be done. Out of memory leaves as in `turn`. */
const tm_lsp_analysis *tm_lsp_analyse(const tm_lsp_files *files, tm_lsp_document *document,
                                      tm_arena *turn);

/* The text of OTTL at a byte of the document, and the byte of it; NULL: there is none. */
typedef struct tm_lsp_spot {
    const tm_lsp_region *region;
    tm_text text;
    size_t at;
} tm_lsp_spot;
bool tm_lsp_spot_at(const tm_lsp_analysis *analysis, size_t at, tm_lsp_spot *spot);

/* The byte of the file (by its lines) that a byte of a source is, which is of that file. */
size_t tm_lsp_file_offset(const tm_lsp_lines *lines, const tm_source *source, size_t at);

#endif
