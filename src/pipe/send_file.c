/* Send, file: OTLP/JSON, one request a line, or protobuf with each request's size before it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/json_write.h"
#include "pipe/senders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

typedef struct tm_file_sender {
    tm_sender sender;
    int fd;
    bool json;
    tm_arena *arena; /* of one batch */
} tm_file_sender;

static bool write_all(int fd, tm_text t)
{
    while (t.n) {
        ssize_t n = write(fd, t.p, t.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        t = tm_text_skip(t, (size_t)n);
    }
    return true;
}

/* The whole batch as one request. */
static tm_text join(tm_arena *arena, const tm_batch *batch)
{
    tm_buf out = {.arena = arena};
    for (uint32_t i = 0; i < batch->chunks; i++)
        tm_buf_add(&out, batch->chunk[i]->bytes);
    return tm_buf_text(&out);
}

static tm_text print(tm_file_sender *s, tm_text request)
{
    tm_buf out = {.arena = s->arena};
    if (s->json) {
        tm_text error;
        if (!tm_otlp_to_json(&out, TM_MESSAGE_REQUEST, request, &error))
            return (tm_text){0};
        tm_buf_add_char(&out, '\n');
    } else {
        for (int shift = 24; shift >= 0; shift -= 8)
            tm_buf_add_char(&out, (char)(request.n >> shift));
        tm_buf_add(&out, request);
    }
    return tm_buf_text(&out);
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    jmp_buf escape;
    tm_sent sent = {.code = TM_STATUS_INTERNAL,
                    .message = TM_TEXT("the file could not be written"),
                    .retry_delay_ms = -1};
    tm_arena_reset(s->arena);
    if (setjmp(escape) == 0) {
        tm_arena_escape(s->arena, &escape);
        tm_text out = print(s, join(s->arena, batch));
        if (out.p && write_all(s->fd, out))
            sent = (tm_sent){.code = TM_STATUS_OK, .retry_delay_ms = -1};
    }
    tm_arena_escape(s->arena, NULL);
    tm_outlet_sent(batch->outlet, batch, &sent);
}

static void free_sender(tm_sender *sender)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    close(s->fd);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
}

tm_sender *tm_sender_file(const tm_exporter_settings *settings, const tm_sender_options *options,
                          char *error, size_t error_bytes)
{
    (void)options;
    const tm_file_exporter_settings *f = &settings->file;
    tm_arena *arena = tm_arena_new(NULL);
    tm_file_sender *s = tm_heap_alloc(NULL, sizeof *s);
    snprintf(error, error_bytes, "out of memory");
    int fd = -1;
    if (arena && s) {
        tm_text path = tm_arena_copy(arena, f->path);
        fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0)
            snprintf(error, error_bytes, "cannot write %s: %s", path.p, strerror(errno));
    }
    if (fd < 0) {
        tm_arena_free(arena);
        tm_heap_free(NULL, s);
        return NULL;
    }
    *s = (tm_file_sender){.sender = {.send = send_batch, .free = free_sender},
                          .fd = fd,
                          .json = f->format == TM_ENCODE_JSON,
                          .arena = arena};
    return &s->sender;
}
