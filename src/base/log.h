/* Log: one line an event, as text for people or as JSON for machines.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     2026-01-02T03:04:05.678Z	info	listening	address=127.0.0.1
 *     {"level":"info","ts":"2026-01-02T03:04:05.678Z","msg":"listening","address":"127.0.0.1"}
 *
 * No text leaves unescaped, so no client can forge a line or drive a terminal. */
#ifndef TM_BASE_LOG_H
#define TM_BASE_LOG_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/spool.h"

typedef enum tm_log_level {
    TM_LOG_DEBUG,
    TM_LOG_INFO,
    TM_LOG_WARN,
    TM_LOG_ERROR,
    TM_LOG_NOTHING
} tm_log_level;
typedef enum tm_log_encoding { TM_LOG_CONSOLE, TM_LOG_JSON } tm_log_encoding;

typedef enum tm_log_kind {
    TM_LOG_IS_TEXT,
    TM_LOG_IS_INT,
    TM_LOG_IS_UINT,
    TM_LOG_IS_DOUBLE,
    TM_LOG_IS_BOOL
} tm_log_kind;

typedef struct tm_log_field {
    const char *key;
    tm_log_kind kind;
    bool whole; /* texts: not cut */
    union {
        tm_text text;
        int64_t integer;
        uint64_t natural;
        double number;
        bool truth;
    };
} tm_log_field;

/* Texts are cut at TM_LOG_MOST_TEXT bytes; OWN ones, which no client wrote, are not. */
enum { TM_LOG_MOST_TEXT = 256, TM_LOG_LINES_PER_SECOND = 10 };
/* Initialisers, which are no blocks. */
/* clang-format off */
#define TM_LOG_TEXT(k, t) {.key = (k), .kind = TM_LOG_IS_TEXT, .text = (t)}
#define TM_LOG_OWN(k, t) {.key = (k), .kind = TM_LOG_IS_TEXT, .whole = true, .text = (t)}
#define TM_LOG_WORD(k, cstring) {.key = (k), .kind = TM_LOG_IS_TEXT, .text = tm_text_of(cstring)}
#define TM_LOG_INT(k, i) {.key = (k), .kind = TM_LOG_IS_INT, .integer = (i)}
#define TM_LOG_UINT(k, u) {.key = (k), .kind = TM_LOG_IS_UINT, .natural = (u)}
#define TM_LOG_DOUBLE(k, d) {.key = (k), .kind = TM_LOG_IS_DOUBLE, .number = (d)}
#define TM_LOG_BOOL(k, b) {.key = (k), .kind = TM_LOG_IS_BOOL, .truth = (b)}
/* clang-format on */

typedef struct tm_log tm_log;

enum { TM_LOG_MOST_OUTPUTS = 8 };

/* Writes to `fd` (negative: nowhere yet), which stays the caller's. NULL when out of memory. */
tm_log *tm_log_new(const tm_heap *heap, const tm_clock *clock, int fd, tm_log_level level,
                   tm_log_encoding encoding);
void tm_log_free(tm_log *log); /* tells first what was suppressed; NULL is fine */

/* Lines that descriptors did not take, as on a disk that is full; spools count their own. From any
 * thread. */
uint64_t tm_log_dropped(const tm_log *log);

void tm_log_set_level(tm_log *log, tm_log_level level);

/* Another descriptor that lines go to, which stays the caller's; false when there are too many.
 * Before any other thread has the log. */
bool tm_log_add_output(tm_log *log, int fd);

/* Another one that lines go to without waiting; it outlives the log. Likewise. */
bool tm_log_add_spool(tm_log *log, tm_spool *spool);

/* Fields that stand first in every line; they and their texts outlive the log. Likewise. */
void tm_log_set_fields(tm_log *log, const tm_log_field *fields, size_t count);

/* How many lines of one kind of event leave in each `tick_ns`: the first ones, and then every n-th
 * (0: none). A tick of 0: all. Without it ten a second. Likewise. */
typedef struct tm_log_sampling {
    uint64_t tick_ns, initial, thereafter;
} tm_log_sampling;
void tm_log_set_sampling(tm_log *log, const tm_log_sampling *sampling);

/* For fields that are dear to make. A NULL log shows nothing. */
bool tm_log_shows(const tm_log *log, tm_log_level level);

/* Writes a line; any thread may. With a `limit` (a constant: the kind of event) at most ten
 * lines a second leave (see tm_log_sampling), and the next one tells suppressed=N: for everything
 * that clients or data can cause. Without one (NULL) every line leaves. A NULL log takes nothing.
 */
void tm_log_line(tm_log *log, tm_log_level level, const char *limit, const char *message,
                 const tm_log_field *fields, size_t count);

/* tm_log_info(log, "listening", TM_LOG_WORD("address", a), TM_LOG_INT("port", 4317)); */
#define TM_LOG_LINE_(log, level, limit, message, ...)                                              \
    tm_log_line((log), (level), (limit), (message), (const tm_log_field[]){__VA_ARGS__},           \
                sizeof((const tm_log_field[]){__VA_ARGS__}) / sizeof(tm_log_field))
#define tm_log_debug(log, message, ...) TM_LOG_LINE_(log, TM_LOG_DEBUG, NULL, message, __VA_ARGS__)
#define tm_log_info(log, message, ...) TM_LOG_LINE_(log, TM_LOG_INFO, NULL, message, __VA_ARGS__)
#define tm_log_warn(log, message, ...) TM_LOG_LINE_(log, TM_LOG_WARN, NULL, message, __VA_ARGS__)
#define tm_log_error(log, message, ...) TM_LOG_LINE_(log, TM_LOG_ERROR, NULL, message, __VA_ARGS__)
/* The same, limited by the message itself. */
#define tm_log_some(log, level, message, ...)                                                      \
    TM_LOG_LINE_(log, level, message, message, __VA_ARGS__)

#endif
