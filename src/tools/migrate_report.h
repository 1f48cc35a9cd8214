/* Migrate, report: what became of a configuration on its way to tamis.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_MIGRATE_REPORT_H
#define TM_TOOLS_MIGRATE_REPORT_H

#include "config/compiled.h"
#include "tools/migrate_text.h"

typedef enum tm_migrate_kind {
    TM_MIGRATE_LEFT_OUT,
    TM_MIGRATE_CHANGED,
    TM_MIGRATE_DIFFERS, /* it runs, with another effect than in the Collector */
    TM_MIGRATE_NEEDED,  /* an environment variable or file that is not here */
    TM_MIGRATE_KINDS
} tm_migrate_kind;

typedef struct tm_migrate_note {
    struct tm_migrate_note *next;
    unsigned line; /* of the file that was given; 0: none */
    tm_text path;  /* "processors.batch": what it is about; may be empty */
    tm_text reason;
    tm_text instead; /* what to do about it; may be empty */
} tm_migrate_note;

typedef enum tm_migrate_absent {
    TM_MIGRATE_VARIABLE,
    TM_MIGRATE_FILE, /* of ${file:...} */
    TM_MIGRATE_RULES /* rule files, by a path or pattern */
} tm_migrate_absent;

/* What is not here: a variable or file counts as one of several texts until one is right for where
 * it stands; rules are left out of what is looked at. */
typedef struct tm_migrate_standin {
    struct tm_migrate_standin *next;
    tm_text name;
    tm_migrate_absent kind;
    unsigned number; /* of the text */
} tm_migrate_standin;

typedef struct tm_migration {
    tm_arena *arena;
    tm_text name; /* of the file */
    tm_migrate_text text;
    tm_source source; /* of the text as it is now, ... */
    tm_doc *root;     /* ... and what it says, before any ${...} is expanded */
    tm_diags diags;   /* of reading that */
    tm_compiled compiled;
    tm_migrate_nodes cut;  /* of `root`, to be taken out */
    tm_migrate_nodes grow; /* sections that something is put into */
    tm_migrate_standin *standins;
    tm_migrate_note *notes[TM_MIGRATE_KINDS]; /* by lines */
    tm_text resource;     /* what the configuration was taken out of; empty: it was a file itself */
    bool other_signals;   /* pipelines of them are left out */
    const char *written;  /* files, or NULL: of the configuration, ... */
    const char *deployed; /* ... and of the resource */
} tm_migration;

/* Notes something about a place of the text as it is now (SIZE_MAX: none). */
void tm_migrate_note_add(tm_migration *m, tm_migrate_kind kind, size_t at, tm_text path,
                         tm_text reason, tm_text instead);

/* Takes out of the text what tamis has not, until it validates. False: there are mistakes, which
 * stand in m->diags. */
bool tm_migrate_run(tm_migration *m);

/* Environment and files of this process, with stand-ins for what is not here. */
tm_config_world tm_migrate_world(tm_migration *m);

/* The next text for each stand-in that the scalar names; false: there is no other. */
bool tm_migrate_next_standin(tm_migration *m, const tm_doc *scalar);

/* What components that go leave behind: their ids in pipelines, and pipelines that miss an end. */
void tm_migrate_mend(tm_migration *m);

/* Old names and keys that have a new form. */
void tm_migrate_rename(tm_migration *m);

/* The page for people, and the same as JSON. */
void tm_migrate_print(const tm_migration *m, tm_buf *out);
void tm_migrate_print_json(const tm_migration *m, tm_buf *out);

/* Starts with the text of a file: a configuration, or a resource of the OpenTelemetry operator that
 * holds one. */
void tm_migrate_open(tm_migration *m, tm_text text);

/* The resource of the OpenTelemetry operator that runs the text: the one that it was taken out of
 * with another image, or a new one. */
void tm_migrate_kubernetes(const tm_migration *m, tm_text image, tm_buf *out);

#endif
