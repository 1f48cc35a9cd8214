/* Settings: the configuration of a Collector, read, merged, expanded and checked.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rows in keys/ say which keys there are, their types, defaults and members here. */
#ifndef TM_CONFIG_SETTINGS_H
#define TM_CONFIG_SETTINGS_H

#include "config/extension_settings.h"

/* ---- where configurations come from -------------------------------------------------------- */

/* The world outside: environment and files. tm_config_os() gives that of the process. */
typedef struct tm_config_world {
    void *owner;
    /* The variable's value, or NULL when it is not set. */
    const char *(*env)(void *owner, const char *name);
    /* Reads a whole file of at most `most` bytes into the arena; on failure *why says why. */
    bool (*read)(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                 tm_text *why);
    /* Is told of each pattern whose matches are read; NULL: nobody asks. */
    void (*matched)(void *owner, tm_arena *arena, tm_text pattern);
    /* No rule file is there by this path or pattern, or none that can be read. True: what does not
     * need it goes on without it. NULL: it is a mistake. */
    bool (*absent)(void *owner, tm_text pattern);
} tm_config_world;

tm_config_world tm_config_os(void);

/* What stands on the command line, in order: --config URIs (file:PATH, PATH, env:NAME,
 * yaml:a::b: v; later ones win, maps merge, lists replace) and then --set a.b.c=v. */
typedef struct tm_config_sources {
    tm_texts configs;
    tm_texts sets;
    tm_config_world world;
} tm_config_sources;

/* ---- service ------------------------------------------------------------------------------- */

typedef enum tm_logs_level {
    TM_LOGS_DEBUG,
    TM_LOGS_INFO,
    TM_LOGS_WARN,
    TM_LOGS_ERROR
} tm_logs_level;
typedef enum tm_logs_encoding { TM_LOGS_CONSOLE, TM_LOGS_JSON } tm_logs_encoding;

typedef struct tm_sampling_settings {
    bool enabled; /* false: every line shows */
    int64_t tick_ns, initial, thereafter;
} tm_sampling_settings;

typedef struct tm_logs_settings {
    tm_logs_level level;
    tm_logs_encoding encoding;
    tm_texts output_paths;
    tm_sampling_settings *sampling; /* of what repeats; NULL: ten lines a second of each */
    const tm_doc *initial_fields;   /* a map of strings, numbers and bools; NULL: none */
} tm_logs_settings;

typedef enum tm_metrics_level {
    TM_METRICS_NONE, /* nothing listens */
    TM_METRICS_BASIC,
    TM_METRICS_NORMAL,
    TM_METRICS_DETAILED
} tm_metrics_level;

/* The page that Prometheus scrapes. */
typedef struct tm_prometheus_settings {
    tm_text host;
    int64_t port;
    bool without_type_suffix; /* one of the two false: names have units, counters _total */
    bool without_units;
    bool without_scope_info;
} tm_prometheus_settings;

typedef struct tm_pull_exporter {
    tm_prometheus_settings *prometheus;
} tm_pull_exporter;

typedef struct tm_pull_settings {
    tm_pull_exporter exporter;
} tm_pull_settings;

typedef struct tm_metrics_reader {
    tm_pull_settings *pull;
} tm_metrics_reader;

typedef struct tm_metrics_readers {
    tm_metrics_reader *items;
    size_t count;
} tm_metrics_readers;

typedef struct tm_metrics_settings {
    tm_metrics_level level;
    tm_endpoint address; /* the short form; `readers` win */
    tm_metrics_readers readers;
    tm_prometheus_settings prometheus; /* what to do in the end: from readers or address */
} tm_metrics_settings;

typedef struct tm_telemetry_settings {
    tm_logs_settings logs;
    tm_metrics_settings metrics;
} tm_telemetry_settings;

typedef struct tm_pipeline_settings {
    tm_text id; /* "traces" or "traces/NAME" */
    const tm_source *source;
    tm_place place;
    const tm_receiver_settings **receivers;
    const tm_processor_settings **processors; /* in order */
    const tm_exporter_settings **exporters;
    size_t receiver_count;
    size_t processor_count;
    size_t exporter_count;
} tm_pipeline_settings;

/* Ours: what one request may cost. Of sizes that are given twice the larger one counts. */
typedef struct tm_judge_settings {
    int64_t time_ns;                   /* 0: no bound */
    int64_t memory_mib, memory_factor; /* 0 MiB: no bound */
    int64_t output_mib, output_factor;
    int64_t span_percent;
} tm_judge_settings;

/* Ours: when the configuration is read again without being asked to. */
typedef struct tm_reload_settings {
    bool watch;
    int64_t debounce_ns;
    int64_t poll_ns; /* 0: never, unless nothing else is possible */
} tm_reload_settings;

/* Ours: the last dropped spans. */
typedef struct tm_drops_settings {
    int64_t keep; /* 0: none */
    double sample;
    bool values;
} tm_drops_settings;

typedef struct tm_service_settings {
    tm_telemetry_settings telemetry;
    tm_judge_settings judge;
    tm_reload_settings reload;
    tm_drops_settings drops;
    int64_t profile;              /* ours: one request in so many is measured; 0: none */
    int64_t shutdown_timeout_ns;  /* ours: how long the end may take */
    int64_t receive_memory_bytes; /* ours: of requests that come in; 0: as the machine allows */
    int64_t workers;              /* ours: 0 means the CPUs that the process may use */
    bool traces_only;             /* ours: pipelines of other signals are left out */
} tm_service_settings;

/* ---- the whole ----------------------------------------------------------------------------- */

/* Components that are defined but not used are here too, as the Collector accepts them. */
typedef struct tm_settings {
    tm_receiver_settings *receivers;
    tm_processor_settings *processors;
    tm_exporter_settings *exporters;
    tm_extension_settings *extensions; /* all that are defined */
    tm_pipeline_settings *pipelines;
    size_t receiver_count;
    size_t processor_count;
    size_t exporter_count;
    size_t extension_count;
    size_t pipeline_count;
    const tm_extension_settings **active; /* those that service.extensions names, in order */
    size_t active_count;
    tm_service_settings service;
    tm_texts files;    /* every file that was read: to be watched */
    const tm_doc *doc; /* the merged configuration, after expansion */
    bool unread;       /* the command line names something that cannot be read */
} tm_settings;

/* Reads, merges, expands and checks. Every mistake is reported, not only the first; false when
 * there was an error. Rules and regular expressions are not compiled here. All lives in `arena`. */
bool tm_settings_read(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                      tm_settings *out);

/* The same for a document that is loaded; *out is zero but for its files. */
bool tm_settings_take(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                      const tm_doc *root, tm_settings *out);

/* Reads the files of secrets that receivers and exporters of pipelines need, as starting does, and
 * reports what is wrong with them. */
bool tm_settings_check_files(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                             tm_settings *settings);

/* The exit code when there was an error: usage or I/O, or a wrong configuration. */
int tm_settings_exit(const tm_settings *settings);

/* print-config: the effective settings as YAML, defaults included. Header values are secrets: they
 * show as [REDACTED] unless `secrets`. */
void tm_settings_print(const tm_settings *settings, bool secrets, tm_buf *out);

/* `tamis components`: a YAML list of every component with its state. */
void tm_config_components(tm_buf *out);

/* docs/config.md: every component and key with type, default, state and manual. */
void tm_config_manual(tm_buf *out);

#endif
