/* Record, sink: requests on their way into a recording.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/record_sink.h"

#include "base/clock.h"
#include "base/number.h"
#include "otlp/otlp_json_read.h"
#include "tools/complain.h"

#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* ---- the ends -------------------------------------------------------------------------------- */

static bool watch_signals(tm_record_sink *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals >= 0 || tm_complain("out of memory or file descriptors");
}

static bool open_parts(tm_record_sink *s)
{
    s->arena = tm_arena_new(NULL);
    if (!s->arena)
        return tm_complain("out of memory");
    tm_diags diags = {.arena = s->arena};
    s->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    s->ruleset = tm_ruleset_new(NULL, NULL, 0, &diags);
    s->deflater = tm_deflater_new(NULL);
    return (s->judge && s->ruleset && s->deflater) || tm_complain("out of memory");
}

bool tm_record_open(tm_record_sink *s, const tm_arguments *a)
{
    const tm_text most = tm_arguments_text(a, "max", ""),
                  name = tm_arguments_text(a, "output", "-");
    *s = (tm_record_sink){.most = UINT64_MAX, .signals = -1, .output.fd = -1};
    if (most.n && (!tm_number_uint(most, &s->most) || !s->most))
        return tm_complain("--max takes a number above 0, not %.*s", TM_PRI(most));
    s->form = tm_output_form_of(name, tm_arguments_text(a, "format", ""));
    return open_parts(s) && watch_signals(s) && tm_output_open(&s->output, name);
}

bool tm_record_begin(tm_record_sink *s)
{
    tm_progress_start(&s->progress);
    return tm_output_empty(&s->output);
}

int tm_record_end(tm_record_sink *s)
{
    tm_progress_end(&s->progress);
    fprintf(stderr, "%llu span%s in %llu request%s\n", (unsigned long long)s->spans,
            s->spans == 1 ? "" : "s", (unsigned long long)s->requests, s->requests == 1 ? "" : "s");
    if (!tm_output_close(&s->output) || s->broken)
        return TM_EXIT_USAGE;
    return s->spans ? TM_EXIT_OK : TM_EXIT_NO_INPUT;
}

void tm_record_close(tm_record_sink *s)
{
    if (s->signals >= 0)
        close(s->signals);
    tm_judge_free(s->judge);
    tm_ruleset_unref(s->ruleset);
    tm_deflater_free(s->deflater);
    tm_bytes_free(&s->added);
    tm_bytes_free(&s->packed);
    tm_arena_free(s->arena);
}

/* ---- a request ------------------------------------------------------------------------------- */

typedef struct taking {
    tm_record_sink *sink;
    tm_text request;
    bool json;
    tm_status status;
} taking;

static void refuse(taking *t, tm_status_code code, tm_text why)
{
    t->status = (tm_status){.code = code, .message = why};
}

static bool write_request(tm_record_sink *s, const tm_outcome *o)
{
    char *at = tm_arena_alloc(s->arena, o->out->bytes);
    tm_pieces_copy(o->out, at);
    s->added.n = s->packed.n = 0;
    return tm_output_add(s->arena, s->form, tm_text_slice(at, o->out->bytes), &s->added) &&
           tm_output_pack(s->deflater, s->form, &s->added, &s->packed) &&
           tm_output_write(&s->output, tm_bytes_text(&s->packed));
}

static void take(void *argument)
{
    taking *t = argument;
    tm_record_sink *s = t->sink;
    tm_text request = t->request, why;
    tm_outcome o;
    if (t->json && !tm_otlp_from_json(s->arena, request, &request, &why)) {
        refuse(t, TM_STATUS_INVALID_ARGUMENT, why);
        return;
    }
    if (!tm_judge_request(s->judge, s->ruleset, request, NULL, TM_UTF8_MEND, &o)) {
        refuse(t, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"));
        return;
    }
    if (o.status != TM_JUDGED) {
        refuse(t, TM_STATUS_INVALID_ARGUMENT, o.reason);
        return;
    }
    if (o.out->bytes && !write_request(s, &o)) {
        refuse(t, TM_STATUS_UNAVAILABLE, TM_TEXT("the recording cannot be written"));
        s->broken = true;
        return;
    }
    s->requests++;
    s->spans += o.spans_out;
    s->bytes += request.n;
}

tm_status tm_record_take(tm_record_sink *s, tm_text request, bool json)
{
    taking t = {.sink = s, .request = request, .json = json};
    char text[64];
    tm_arena_reset(s->arena);
    if (tm_record_is_full(s))
        refuse(&t, TM_STATUS_UNAVAILABLE, TM_TEXT("the recording is complete"));
    else if (!tm_arena_try(s->arena, take, &t))
        refuse(&t, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"));
    snprintf(text, sizeof text, "%llu spans", (unsigned long long)s->spans);
    tm_progress_draw(&s->progress, s->bytes, 0, text);
    return t.status;
}
