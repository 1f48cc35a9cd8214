/* Logs: the log as the settings of the service want it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { LAST_WORDS_MS = 1000 }; /* how long the end waits for somebody who reads nothing */

static tm_log_field field_of(tm_arena *arena, const tm_doc *doc)
{
    const char *key = tm_arena_copy(arena, doc->key).p;
    switch (doc->type) {
    case TM_DOC_BOOL:
        return (tm_log_field)TM_LOG_BOOL(key, doc->truth);
    case TM_DOC_INT:
        return (tm_log_field)TM_LOG_INT(key, doc->integer);
    case TM_DOC_DOUBLE:
        return (tm_log_field)TM_LOG_DOUBLE(key, doc->number);
    default:
        return (tm_log_field)TM_LOG_OWN(key, tm_arena_copy(arena, doc->text));
    }
}

static void set_fields(tm_daemon *d, const tm_doc *map)
{
    size_t count = 0;
    for (const tm_doc *f = map->first; f; f = f->next)
        count++;
    tm_log_field *fields = TM_NEW_ARRAY(d->arena, count, tm_log_field);
    count = 0;
    for (const tm_doc *f = map->first; f; f = f->next)
        fields[count++] = field_of(d->arena, f);
    tm_log_set_fields(d->log, fields, count);
}

static int open_path(tm_daemon *d, tm_text path)
{
    if (tm_text_is(path, "stdout"))
        return STDOUT_FILENO;
    if (tm_text_is(path, "stderr"))
        return STDERR_FILENO;
    return open(tm_arena_copy(d->arena, path).p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int add_output(tm_daemon *d, tm_text path)
{
    char error[512];
    int fd = open_path(d, path);
    tm_spool *spool = fd >= 0 && tm_spool_is_due(fd) ? tm_spools_find(&d->spools, fd) : NULL;
    if (spool && tm_log_add_spool(d->log, spool))
        return TM_EXIT_OK;
    if (!spool && fd >= 0 && tm_log_add_output(d->log, fd)) {
        d->log_fd[d->log_fds++] = fd;
        return TM_EXIT_OK;
    }
    snprintf(error, sizeof error, "cannot write messages to %.*s: %s", TM_PRI(path),
             fd < 0 ? strerror(errno) : "there are too many output_paths");
    if (!spool && fd > STDERR_FILENO)
        close(fd);
    return tm_daemon_fail(error);
}

static tm_log_level level_of(const tm_settings *settings)
{
    static const tm_log_level levels[] = {[TM_LOGS_DEBUG] = TM_LOG_DEBUG,
                                          [TM_LOGS_INFO] = TM_LOG_INFO,
                                          [TM_LOGS_WARN] = TM_LOG_WARN,
                                          [TM_LOGS_ERROR] = TM_LOG_ERROR};
    return levels[settings->service.telemetry.logs.level];
}

void tm_daemon_level_log(tm_daemon *d)
{
    tm_log_set_level(d->log, level_of(d->settings));
}

static void set_sampling(tm_log *log, const tm_sampling_settings *s)
{
    tm_log_set_sampling(log, &(tm_log_sampling){.tick_ns = s->enabled ? (uint64_t)s->tick_ns : 0,
                                                .initial = (uint64_t)s->initial,
                                                .thereafter = (uint64_t)s->thereafter});
}

int tm_daemon_open_log(tm_daemon *d)
{
    const tm_logs_settings *logs = &d->settings->service.telemetry.logs;
    d->log = tm_log_new(NULL, d->clock, -1, level_of(d->settings),
                        logs->encoding == TM_LOGS_JSON ? TM_LOG_JSON : TM_LOG_CONSOLE);
    if (!d->log)
        return tm_daemon_fail("out of memory");
    int code = TM_EXIT_OK;
    for (size_t i = 0; i < logs->output_paths.count && code == TM_EXIT_OK; i++)
        code = add_output(d, logs->output_paths.items[i]);
    if (logs->sampling)
        set_sampling(d->log, logs->sampling);
    if (logs->initial_fields)
        set_fields(d, logs->initial_fields);
    return code;
}

void tm_daemon_close_log(tm_daemon *d)
{
    tm_log_free(d->log);
    for (unsigned i = 0; i < d->log_fds; i++)
        if (d->log_fd[i] > STDERR_FILENO)
            close(d->log_fd[i]);
    tm_spools_free(&d->spools, LAST_WORDS_MS);
}
