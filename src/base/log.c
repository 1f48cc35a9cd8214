/* Log: lines are made in an arena under a lock and leave in one write.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/harmless.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "base/write.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LIMITS = 32 };
static const uint64_t SECOND_NS = 1000000000u;

/* How many lines of one kind came in the tick that began at `since_ns`. */
typedef struct limit {
    const char *name;
    tm_log_level level;
    uint64_t since_ns;
    uint64_t lines;
    uint64_t suppressed;
} limit;

/* Where lines go: a spool, or a descriptor that never blocks. */
typedef struct output {
    tm_spool *spool;
    int fd;
    uint64_t lost; /* lines that the descriptor did not take, and that are not told of */
    bool torn;     /* a part of one of them was written */
} output;

struct tm_log {
    const tm_heap *heap;
    const tm_clock *clock;
    tm_arena *arena; /* of the line being made */
    output to[TM_LOG_MOST_OUTPUTS];
    unsigned outputs;
    const tm_log_field *fields; /* of every line */
    size_t field_count;
    _Atomic int level;
    tm_log_encoding encoding;
    tm_log_sampling sampling;
    _Atomic uint64_t dropped; /* lines that descriptors did not take */
    pthread_mutex_t lock;
    limit limits[LIMITS];
};

static const char *const LEVELS[] = {"debug", "info", "warn", "error"};

/* The size of the text in out. */
static size_t print_time(uint64_t ns, char out[40])
{
    time_t seconds = (time_t)(ns / SECOND_NS);
    struct tm t;
    gmtime_r(&seconds, &t);
    size_t n = strftime(out, 30, "%Y-%m-%dT%H:%M:%S", &t);
    return n + (size_t)snprintf(out + n, 40 - n, ".%03uZ", (unsigned)(ns % SECOND_NS / 1000000));
}

/* The line that tells of lost ones. */
static size_t print_dropped(const tm_log *log, uint64_t lines, const char *why, char *out,
                            size_t room)
{
    char time[40];
    print_time(tm_clock_realtime_ns(log->clock), time);
    int n = snprintf(out, room,
                     log->encoding == TM_LOG_JSON
                         ? "{\"level\":\"warn\",\"ts\":\"%s\",\"msg\":\"lines dropped: %s\","
                           "\"lines\":%llu}\n"
                         : "%s\twarn\tlines dropped: %s\tlines=%llu\n",
                     time, why, (unsigned long long)lines);
    return (size_t)n < room ? (size_t)n : 0;
}

/* In the thread of a spool that has lost some. */
static size_t tell_dropped(void *owner, uint64_t lines, char *out, size_t room)
{
    return print_dropped(owner, lines, "nobody read them", out, room);
}

tm_log *tm_log_new(const tm_heap *heap, const tm_clock *clock, int fd, tm_log_level level,
                   tm_log_encoding encoding)
{
    tm_log *log = tm_heap_alloc(heap, sizeof *log);
    tm_arena *arena = tm_arena_new(heap);
    if (!log || !arena) {
        tm_heap_free(heap, log);
        tm_arena_free(arena);
        return NULL;
    }
    *log = (tm_log){.heap = heap,
                    .clock = clock,
                    .arena = arena,
                    .encoding = encoding,
                    .sampling = {.tick_ns = SECOND_NS, .initial = TM_LOG_LINES_PER_SECOND}};
    if (fd >= 0)
        log->to[log->outputs++].fd = fd;
    atomic_init(&log->level, (int)level);
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

void tm_log_set_level(tm_log *log, tm_log_level level)
{
    atomic_store_explicit(&log->level, (int)level, memory_order_relaxed);
}

bool tm_log_add_output(tm_log *log, int fd)
{
    if (log->outputs == TM_LOG_MOST_OUTPUTS)
        return false;
    log->to[log->outputs++].fd = fd;
    return true;
}

bool tm_log_add_spool(tm_log *log, tm_spool *spool)
{
    if (log->outputs == TM_LOG_MOST_OUTPUTS)
        return false;
    log->to[log->outputs++].spool = spool;
    tm_spool_tell(spool, tell_dropped, log);
    return true;
}

void tm_log_set_fields(tm_log *log, const tm_log_field *fields, size_t count)
{
    log->fields = fields;
    log->field_count = count;
}

void tm_log_set_sampling(tm_log *log, const tm_log_sampling *sampling)
{
    log->sampling = *sampling;
}

bool tm_log_shows(const tm_log *log, tm_log_level level)
{
    return log && (int)level >= atomic_load_explicit(&log->level, memory_order_relaxed);
}

/* ---- one line
 * --------------------------------------------------------------------------------- */

static void add_time(tm_buf *out, uint64_t ns)
{
    char text[40];
    tm_buf_add(out, tm_text_slice(text, print_time(ns, text)));
}

/* The text, or its first TM_LOG_MOST_TEXT bytes without half a code point at their end. */
static tm_text cut(const tm_log_field *field)
{
    tm_text t = field->text;
    if (field->whole || t.n <= TM_LOG_MOST_TEXT)
        return t;
    t.n = TM_LOG_MOST_TEXT;
    for (unsigned back = 0; back < 3 && ((unsigned char)t.p[t.n] & 0xc0) == 0x80; back++)
        t.n--;
    return t;
}

static bool needs_quotes(tm_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] == ' ' || t.p[i] == '"' || t.p[i] == '=' || t.p[i] == '\\')
            return true;
    return t.n == 0;
}

static void add_quoted(tm_buf *out, tm_text t)
{
    tm_buf_add_char(out, '"');
    while (t.n) {
        if (t.p[0] == '"' || t.p[0] == '\\')
            tm_buf_add_char(out, '\\');
        tm_harmless_next(&t, false, out);
    }
    tm_buf_add_char(out, '"');
}

static void add_text(tm_buf *out, const tm_log_field *field, bool json)
{
    tm_text t = cut(field);
    const char *dots = t.n < field->text.n ? "..." : "";
    if (json) {
        tm_json_write_string(out, t, TM_JSON_ESCAPE_HARMFUL);
        out->n--;
        tm_buf_print(out, "%s\"", dots);
        return;
    }
    if (needs_quotes(t))
        add_quoted(out, t);
    else
        tm_harmless_add(out, t);
    tm_buf_add(out, tm_text_of(dots));
}

static void add_value(tm_buf *out, const tm_log_field *field, bool json)
{
    switch (field->kind) {
    case TM_LOG_IS_TEXT:
        add_text(out, field, json);
        break;
    case TM_LOG_IS_INT:
        tm_json_write_int(out, field->integer);
        break;
    case TM_LOG_IS_UINT:
        tm_json_write_uint(out, field->natural);
        break;
    case TM_LOG_IS_DOUBLE:
        tm_json_write_double(out, field->number, TM_EXPONENT_PADDED);
        break;
    case TM_LOG_IS_BOOL:
        tm_buf_print(out, "%s", field->truth ? "true" : "false");
        break;
    }
}

static void add_field(tm_buf *out, const tm_log_field *field, bool json, bool first)
{
    if (json)
        tm_buf_print(out, ",\"%s\":", field->key);
    else
        tm_buf_print(out, "%c%s=", first ? '\t' : ' ', field->key);
    add_value(out, field, json);
}

static void make_line(tm_log *log, tm_buf *out, tm_log_level level, const char *message,
                      const tm_log_field *fields, size_t count, uint64_t suppressed)
{
    bool json = log->encoding == TM_LOG_JSON;
    tm_buf_print(out, "%s", json ? "{\"level\":\"" : "");
    if (json)
        tm_buf_print(out, "%s\",\"ts\":\"", LEVELS[level]);
    add_time(out, tm_clock_realtime_ns(log->clock));
    if (json) {
        tm_buf_add(out, TM_TEXT("\",\"msg\":"));
        tm_json_write_string(out, tm_text_of(message), TM_JSON_ESCAPE_HARMFUL);
    } else {
        tm_buf_print(out, "\t%s\t", LEVELS[level]);
        tm_harmless_add(out, tm_text_of(message));
    }
    size_t before = log->field_count;
    for (size_t i = 0; i < before; i++)
        add_field(out, &log->fields[i], json, i == 0);
    for (size_t i = 0; i < count; i++)
        add_field(out, &fields[i], json, before + i == 0);
    if (suppressed)
        add_field(out, &(tm_log_field)TM_LOG_UINT("suppressed", suppressed), json,
                  before + count == 0);
    tm_buf_add(out, json ? TM_TEXT("}\n") : TM_TEXT("\n"));
}

static bool write_whole(output *to, tm_text line)
{
    const size_t n = tm_write_all(to->fd, line);
    to->torn = n < line.n && (n || to->torn);
    return n == line.n;
}

/* Lines that are lost, as on a disk that is full, are told of as soon as there is room. */
static bool tell_lost(const tm_log *log, output *to)
{
    char told[160];
    if (!to->lost)
        return true;
    told[0] = '\n'; /* the end of a torn one */
    const size_t n =
        print_dropped(log, to->lost, "they could not be written", told + 1, sizeof told - 1);
    if (!write_whole(to, to->torn ? tm_text_slice(told, n + 1) : tm_text_slice(told + 1, n)))
        return false;
    to->lost = 0;
    return true;
}

static void write_line(tm_log *log, tm_text line)
{
    for (unsigned i = 0; i < log->outputs; i++) {
        output *to = &log->to[i];
        if (to->spool) {
            tm_spool_add(to->spool, line);
        } else if (!tell_lost(log, to) || !write_whole(to, line)) {
            to->lost++;
            atomic_fetch_add_explicit(&log->dropped, 1, memory_order_relaxed);
        }
    }
}

uint64_t tm_log_dropped(const tm_log *log)
{
    return log ? atomic_load_explicit(&log->dropped, memory_order_relaxed) : 0;
}

/* One line to be made. */
typedef struct line {
    tm_log *log;
    tm_log_level level;
    const char *message;
    const tm_log_field *fields;
    size_t count;
    uint64_t suppressed;
    tm_buf text;
} line;

static void fill_line(void *argument)
{
    line *l = argument;
    make_line(l->log, &l->text, l->level, l->message, l->fields, l->count, l->suppressed);
}

/* The lock is held. */
static void put_line(tm_log *log, tm_log_level level, const char *message,
                     const tm_log_field *fields, size_t count, uint64_t suppressed)
{
    line l = {log, level, message, fields, count, suppressed, {.arena = log->arena}};
    tm_arena_reset(log->arena);
    if (tm_arena_try(log->arena, fill_line, &l))
        write_line(log, tm_buf_text(&l.text));
    else
        write_line(log, TM_TEXT("error\tout of memory in the log: a line is missing\n"));
}

/* ---- limits
 * ------------------------------------------------------------------------------------ */

static void tell_suppressed(tm_log *log, limit *l)
{
    if (l->suppressed)
        put_line(log, l->level, l->name, NULL, 0, l->suppressed);
    l->suppressed = 0;
}

/* The row of that name; a new name takes the place of the one that was quiet longest. */
static limit *find_limit(tm_log *log, const char *name, tm_log_level level)
{
    limit *oldest = &log->limits[0];
    for (limit *l = log->limits; l < log->limits + LIMITS; l++) {
        if (l->name && strcmp(l->name, name) == 0)
            return l;
        if (!l->name || (oldest->name && l->since_ns < oldest->since_ns))
            oldest = l;
    }
    tell_suppressed(log, oldest);
    *oldest = (limit){.name = name, .level = level};
    return oldest;
}

/* Whether one more line may leave now, and how many did not since the last one. */
static bool passes(tm_log *log, const char *name, tm_log_level level, uint64_t *suppressed)
{
    const tm_log_sampling *s = &log->sampling;
    limit *l = find_limit(log, name, level);
    uint64_t now = tm_clock_monotonic_ns(log->clock);
    if (l->lines == 0 || now - l->since_ns >= s->tick_ns) {
        l->since_ns = now;
        l->lines = 0;
    }
    if (++l->lines > s->initial && (!s->thereafter || (l->lines - s->initial) % s->thereafter)) {
        l->suppressed++;
        return false;
    }
    *suppressed = l->suppressed;
    l->suppressed = 0;
    return true;
}

void tm_log_line(tm_log *log, tm_log_level level, const char *limit_name, const char *message,
                 const tm_log_field *fields, size_t count)
{
    if (!tm_log_shows(log, level))
        return;
    uint64_t suppressed = 0;
    pthread_mutex_lock(&log->lock);
    if (!limit_name || !log->sampling.tick_ns || passes(log, limit_name, level, &suppressed))
        put_line(log, level, message, fields, count, suppressed);
    pthread_mutex_unlock(&log->lock);
}

void tm_log_free(tm_log *log)
{
    if (!log)
        return;
    for (limit *l = log->limits; l < log->limits + LIMITS; l++)
        tell_suppressed(log, l);
    for (unsigned i = 0; i < log->outputs; i++)
        if (log->to[i].spool)
            tm_spool_tell(log->to[i].spool, NULL, NULL);
    pthread_mutex_destroy(&log->lock);
    tm_arena_free(log->arena);
    tm_heap_free(log->heap, log);
}
