/* Reload, inside: what the files of reloading share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DAEMON_RELOAD_INSIDE_H
#define TM_DAEMON_RELOAD_INSIDE_H

#include "daemon/file_watch.h"
#include "daemon/parts.h"
#include "daemon/reload.h"
#include "io/bytes.h"

typedef enum tm_reload_metric {
#define METRIC(id, ...) TM_RELOAD_##id,
#include "daemon/reload_metrics.def"
#undef METRIC
    TM_RELOAD_METRICS
} tm_reload_metric;

typedef enum tm_reload_result {
    TM_RELOAD_DONE,
    TM_RELOAD_REFUSED, /* for what the diagnostics of `next` tell */
    TM_RELOAD_FAILED   /* for want of memory or threads, or because tamis is stopping */
} tm_reload_result;

/* Somebody who waits for the answer to POST /-/reload. */
typedef struct tm_reload_asker {
    struct tm_reload_asker *next;
    struct tm_reload_asker *sibling; /* of all there are */
    tm_reload *reload;
    tm_exchange *exchange;
    tm_letter letter; /* to the home loop, then back to the exchange's */
    bool json;
    int http_status; /* of the answer */
    tm_bytes answer; /* empty when memory ran out */
} tm_reload_asker;

/* A worker on its way to what was published. */
typedef struct tm_reload_turn {
    tm_reload *reload;
    unsigned worker;
    tm_letter letter; /* to the worker, then back */
} tm_reload_turn;

typedef enum tm_reload_stage {
    TM_RELOAD_IDLE,
    TM_RELOAD_READING,   /* in `thread`: files and rules */
    TM_RELOAD_PREPARING, /* in `thread`: series */
    TM_RELOAD_SWITCHING, /* workers take their turns */
    TM_RELOAD_RETIRING   /* in `thread`: what was in force is freed */
} tm_reload_stage;

/* All of it is the home thread's, but for what `thread` does in the stages that name it. */
struct tm_reload {
    tm_daemon *daemon;
    const tm_config_sources *sources;
    tm_file_watch *watch; /* NULL: nothing was ever to be watched */
    tm_seen *seen;        /* what the last round looked at; NULL: the watch has it */
    tm_reload_stage stage;
    pthread_t thread;
    tm_letter letter;     /* of `thread`, at its end */
    bool again;           /* somebody asked since the files were opened */
    pthread_mutex_t lock; /* of `askers`, wherever they are on their way */
    tm_reload_asker *askers;
    tm_reload_asker *asking, **last_asking;   /* ... and waits for that */
    tm_reload_asker *waiting, **last_waiting; /* for this round */
    tm_generation *next;                      /* NULL: out of memory */
    tm_ruleset **ruleset;                     /* of `next`, to be published: one a pipeline */
    bool compared;                            /* `next` with what is in force */
    bool prepared;                            /* all rulesets are */
    tm_ruleset **old;                         /* what was in force: one a pipeline */
    tm_reload_turn *turn;                     /* one a worker */
    uint32_t turns;                           /* that are not done */
    uint64_t number;                          /* of the generation in force */
    tm_reload_result result;                  /* of this round */
    tm_metric *metric[TM_RELOAD_METRICS];
};

/* What is different and cannot be changed while tamis runs, reported at its place; false when
 * there is something. */
bool tm_reload_check(tm_daemon *daemon, tm_generation *next);

/* Reads until the files stay as they are meanwhile: `next`. */
void tm_reload_read(tm_reload *reload);

/* Watches what the last round looked at, if that is wanted. */
void tm_reload_watch(tm_reload *reload);

/* Opens what `next` has and its predecessor has not. False: the diagnostics of `next` tell why. */
bool tm_reload_open(tm_reload *reload);
bool tm_reload_open_receivers(tm_reload *reload); /* once all rulesets are prepared */
void tm_reload_undo(tm_reload *reload);           /* it does not come into force, */
void tm_reload_commit(tm_reload *reload);         /* or it does: those that it replaces leave */

/* Log and metrics: what the files say now, and how a round ended. */
void tm_reload_open_metrics(tm_reload *reload);
tm_series *tm_reload_series(tm_reload *reload, tm_reload_metric id); /* NULL: there is none */
void tm_reload_tell(tm_reload *reload);
void tm_reload_observe_pause(tm_reload *reload, const char *thread, uint64_t begin_ns);

/* Begins a round, now or after the one that is under way. */
void tm_reload_begin(tm_reload *reload);

/* Answers everybody who waits for this round. */
void tm_reload_answer(tm_reload *reload);

void tm_reload_drop_askers(tm_reload *reload); /* when no loop runs any more */

#endif
