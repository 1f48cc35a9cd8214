/* Parts: what the files of the daemon share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DAEMON_PARTS_H
#define TM_DAEMON_PARTS_H

#include "daemon/daemon.h"
#include "daemon/generation.h"
#include "daemon/memory.h"
#include "daemon/receivers.h"
#include "daemon/reload.h"
#include "net/inherited.h"
#include "pipe/receive.h"
#include "pipe/tap.h"

#include <pthread.h>

typedef struct tm_worker_thread {
    tm_loop *loop;
    pthread_t thread;
    bool runs;
} tm_worker_thread;

enum { TM_DAEMON_PAGES = 8 }; /* at most */

typedef struct tm_supervisor tm_supervisor;

/* What the port of an extension needs; in the arena of the process. */
typedef struct tm_daemon_page {
    struct tm_daemon_page *next;
    tm_encryption *encryption; /* NULL: none */
    tm_daemon_auth auth;       /* of whom it serves; NULLs: of everybody */
} tm_daemon_page;

typedef struct tm_daemon {
    tm_arena *arena;             /* of the process */
    tm_generation *generation;   /* of the configuration that is in force */
    const tm_settings *settings; /* of `generation` */
    const tm_clock *clock;
    tm_log *log;
    tm_spools spools;                /* of stdout, stderr and what else may block */
    int log_fd[TM_LOG_MOST_OUTPUTS]; /* of its output_paths, but for those of spools */
    unsigned log_fds;
    tm_registry *registry;
    tm_loop *home;
    tm_worker_thread *worker; /* those that serve connections, then those for bulk */
    uint32_t workers;         /* of the first kind, */
    uint32_t threads;         /* of both */
    tm_bulk_worker *bulk_worker;
    tm_daemon_memory memory;
    tm_server *server;
    tm_health *health;
    tm_drops *drops;           /* NULL: none are kept */
    tm_deliveries *deliveries; /* the same */
    int64_t drops_kept;        /* how many of them at most */
    tm_exporters exporters;    /* of all exporters */
    tm_publisher publisher;    /* of the rules of all pipelines */
    tm_pipeline *pipeline;     /* all that there were; those that are no more have no rules */
    _Atomic uint32_t pipelines;
    uint32_t pipeline_room;
    tm_daemon_receiver *receiver; /* those that some pipeline names, and those that leave */
    uint32_t receivers_open;      /* whose ports close at the end */
    uint32_t page_listeners;      /* of extensions */
    tm_daemon_page *extension_page;
    tm_timer *auth_timer; /* reads token files again; NULL: there are none */
    uint32_t exporters_open;
    uint32_t back_pressure;           /* exporters that want senders to slow down */
    tm_listener *metrics_listener;    /* of the metrics; NULL: there is none */
    tm_service page[TM_DAEMON_PAGES]; /* of the port of the metrics */
    uint32_t pages;
    bool suffixes; /* names have units and _total there */
    tm_seen *seen; /* by reading the first generation, until `reload` has it */
    tm_tap tap;    /* for whoever records what passes */
    tm_reload *reload;
    tm_supervisor *supervisor;  /* NULL: nobody is to be told */
    tm_inherited inherited;     /* sockets that are open already, until it listens */
    struct tm_promote *promote; /* answers POST /-/promote */
    tm_timer *report_timer, *deadline;
    uint64_t reported; /* dropped spans that the last report told of */
    pthread_t signal_thread;
    bool signals_watched, stopping;
    bool drained; /* nothing is left to send */
    uint64_t start_ms;
} tm_daemon;

/* Makes everything but starts nothing. TM_EXIT_OK, or the code to exit with, messages on stderr. */
int tm_daemon_build(tm_daemon *d, const tm_config_sources *sources);

/* See tm_exporters_open. */
bool tm_daemon_open_exporters(tm_daemon *d, const tm_settings *settings,
                              const tm_exporter_settings **failed, char *error, size_t error_bytes);

/* What the daemon does with a receiver of some kind. */
typedef struct tm_receiver_kind {
    const tm_receiver_protocol *protocol;
    /* TM_EXIT_OK, or a code and a sentence in receiver->error. */
    int (*listen)(tm_daemon_receiver *receiver);
} tm_receiver_kind;

/* By the rows: tm_receiver_kind_otlp, ... */
#define DECLARE_BUILT(MEMBER) extern const tm_receiver_kind tm_receiver_kind_##MEMBER;
#define DECLARE_SOON(MEMBER)
#define RECEIVER(ID, MEMBER, NAME, STATE, MANUAL) DECLARE_##STATE(MEMBER)
#include "config/keys/receivers.def"
#undef RECEIVER
#undef DECLARE_BUILT
#undef DECLARE_SOON

const tm_receiver_kind *tm_daemon_receiver_kind(const tm_receiver_settings *settings);

/* Encrypts a port of a receiver as its settings want it; NULL: not at all. TM_EXIT_OK, or the code
 * to exit with. */
int tm_daemon_encrypt(tm_daemon_receiver *receiver, const tm_tls_settings *settings,
                      tm_listener_options *options);

/* Listens, for receivers: at the socket of one that leaves, if that listens there. */
int tm_daemon_listen_at(tm_daemon_receiver *receiver, tm_listener_options *options);

/* Listens as these settings want it, all of HTTP. */
int tm_daemon_listen_http(tm_daemon_receiver *receiver, const tm_http_server_settings *settings,
                          const tm_service *services, size_t service_count);

/* What such settings say of a port, but for encryption and whom it serves. Both outlive it. */
tm_listener_options tm_daemon_http_options(tm_arena *arena,
                                           const tm_http_server_settings *settings);

/* A bound of the configuration in nanoseconds, where 0 is none. */
uint64_t tm_daemon_bound_ms(int64_t ns);

/* Stops, or resumes, reading from clients. */
void tm_daemon_pause(tm_daemon *d, bool paused);

/* How many ports are open. */
uint32_t tm_daemon_listeners(const tm_daemon *d);

/* The budget of the process, for which the loops are there; false when out of memory. It is bounded
 * as the settings say, and again when these have changed; once everything is made, memory is
 * measured from time to time. */
bool tm_daemon_open_memory(tm_daemon *d);
void tm_daemon_bound_memory(tm_daemon *d);
void tm_daemon_watch_memory(tm_daemon *d);

/* Closes the ports of all receivers, as the end begins; tm_daemon_receiver_closed comes for each of
 * the receivers_open. */
void tm_daemon_close_receivers(tm_daemon *d, uint64_t grace_ms);
void tm_daemon_receiver_closed(tm_daemon *d);

/* The pipeline of that id. NULL: there was never one. */
tm_pipeline *tm_daemon_find_pipeline(tm_daemon *d, tm_text id);

/* The same, made without rules when there was none. NULL when out of memory, or of rooms: *why. */
tm_pipeline *tm_daemon_add_pipeline(tm_daemon *d, tm_text id, const char **why);

/* Takes away what no configuration wants and no receiver that leaves needs any more. */
void tm_daemon_sweep(tm_daemon *d);
/* Listen for extensions, by their rows; these settings outlive the configuration. */
int tm_daemon_listen_health(tm_daemon *d, const tm_extension_settings *extension);
int tm_daemon_listen_zpages(tm_daemon *d, const tm_extension_settings *extension);

/* Listens, for them, as these settings want it; all outlive the configuration. */
int tm_daemon_listen_page(tm_daemon *d, tm_text id, const tm_http_server_settings *settings,
                          const tm_service *services, size_t service_count);

/* When the server is no more. */
void tm_daemon_drop_pages(tm_daemon *d);

/* Binds the ports. */
int tm_daemon_listen(tm_daemon *d);

/* Frees whatever of it was made. Only when no other thread runs. How many spans were lost, which
 * the log tells when it had been asked to stop. */
uint64_t tm_daemon_drop(tm_daemon *d);

/* The same in the log, a line each, twenty at most. */
void tm_daemon_log_diags(tm_log *log, const tm_diags *diags);

/* Says on stderr what is wrong: all diagnostics, or one sentence, with the code to exit with. */
void tm_daemon_complain(const tm_diags *diags);
int tm_daemon_fail(const char *sentence);

/* The log, and its end. */
int tm_daemon_open_log(tm_daemon *d);
void tm_daemon_level_log(tm_daemon *d); /* its level becomes what the settings say now */
void tm_daemon_close_log(tm_daemon *d);

/* The authenticator that a receiver's port asks for, or NULL for none; freed with the receiver. */
int tm_daemon_open_auth(tm_daemon_receiver *receiver, const tm_auth_settings *settings,
                        tm_auth **out);
/* The same for the port of an extension, until tm_daemon_drop_auth; false with a sentence in
 * `error`. */
bool tm_daemon_open_page_auth(tm_daemon *d, const tm_auth_settings *settings, tm_daemon_auth *out,
                              char *error, size_t error_bytes);
void tm_daemon_read_auth(tm_daemon *d);  /* files of tokens and passwords, again, */
void tm_daemon_watch_auth(tm_daemon *d); /* and from time to time */
void tm_daemon_drop_auth(tm_daemon *d);

/* Watches SIGTERM and SIGINT: stop(d) runs in the home loop for the first; a second one exits at
 * once. SIGHUP reloads. */
bool tm_daemon_watch_signals(tm_daemon *d, void (*stop)(void *d));
void tm_daemon_forget_signals(tm_daemon *d);

/* Tells systemd, or who else reads NOTIFY_SOCKET, how far it is. */
void tm_daemon_open_supervisor(tm_daemon *d);
void tm_daemon_tell_ready(tm_daemon *d);
void tm_daemon_tell_reloading(tm_daemon *d);
void tm_daemon_tell_stopping(tm_daemon *d);
void tm_daemon_start_watchdog(tm_daemon *d); /* by WATCHDOG_USEC, once the workers run */
void tm_daemon_drop_supervisor(tm_daemon *d);

/* Logs what there is at the moment: ports, exporters, rules, memory (SIGUSR1). */
void tm_daemon_dump(tm_daemon *d);

/* GET /debug/spans: copies of what passes. */
void tm_daemon_open_tap(tm_daemon *d);

/* The metrics page, and the process's own metrics. */
void tm_daemon_open_page(tm_daemon *d);

/* One more page of the port of the metrics, before it listens. */
void tm_daemon_add_page(tm_daemon *d, const tm_service *service);

/* What prints a page for people, or as JSON; the status of HTTP. */
typedef int tm_daemon_printer(tm_daemon *d, const tm_exchange *x, bool json, tm_buf *out);

/* Adds a page that is JSON where the query says ?format=json, or where it says no format and the
 * client accepts application/json; else text. */
void tm_daemon_add_printed_page(tm_daemon *d, const char *path, tm_daemon_printer *print);

/* What prints one pipeline by its rules of now; false: nothing is to be shown of it. */
typedef bool tm_daemon_pipeline_printer(tm_pipeline *pipeline, const tm_ruleset *ruleset, bool json,
                                        tm_buf *out);

/* All pipelines, as JSON with commas between them; how many were shown. */
uint32_t tm_daemon_print_pipelines(tm_daemon *d, tm_daemon_pipeline_printer *print, bool json,
                                   tm_buf *out);

/* /debug/rules and /debug/drops; makes what the latter shows. False: out of memory. */
bool tm_daemon_open_drops(tm_daemon *d);
void tm_daemon_open_drops_page(tm_daemon *d);
void tm_daemon_open_debug(tm_daemon *d);

/* Whether the client wants JSON, so; and whether it is on this machine. */
bool tm_daemon_wants_json(const tm_exchange *x);
bool tm_daemon_is_local(const tm_exchange *x);
bool tm_daemon_is_local_address(tm_text address); /* as a peer's is written */

/* A page's answer in words. */
void tm_daemon_say(tm_exchange *x, int http_status, const char *sentence);

/* /debug/shadow, and POST /-/promote. */
void tm_daemon_open_shadow(tm_daemon *d);
void tm_daemon_drop_shadow(tm_daemon *d); /* when no loop runs any more */

/* Prints dropped spans by rule from time to time while a debug exporter shows the others. */
void tm_daemon_open_report(tm_daemon *d);
void tm_daemon_report(tm_daemon *d);

#endif
