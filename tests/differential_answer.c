/* Differential, answers: what a rule does, written down.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "differential.h"

typedef struct answer {
    tm_vectors_run *run;
    tm_buf *out;
    bool statement, condition;
    unsigned results;
} answer;

static void write_error(tm_buf *out, const char *key, tm_text message)
{
    tm_buf_print(out, ", \"%s\": ", key);
    tm_json_write_string(out, message.n ? message : TM_TEXT("(no message)"), TM_JSON_PLAIN);
}

static bool write_refusal(void *self, const tm_diags *diags)
{
    answer *a = self;
    tm_buf message = {.arena = a->run->arena};
    tm_diags_render(diags, false, &message);
    tm_buf_add(a->out, TM_TEXT(", \"parse_error\": true"));
    write_error(a->out, "message", tm_buf_text(&message));
    return true;
}

static bool write_result(void *self, tm_text path, bool ran, tm_value result)
{
    answer *a = self;
    tm_buf_print(a->out, "%s{\"path\": \"%.*s\"", a->results++ ? ", " : ", \"results\": [",
                 TM_PRI(path));
    if (a->statement)
        tm_buf_print(a->out, ", \"matched\": %s", a->run->vm->matched ? "true" : "false");
    if (!ran)
        write_error(a->out, "error", a->run->vm->error);
    else if (a->condition)
        tm_buf_print(a->out, ", \"result\": %s", result.truth ? "true" : "false");
    else if (!a->statement) {
        tm_buf_add(a->out, TM_TEXT(", \"value\": "));
        tm_differential_write_value(a->out, result);
    }
    tm_buf_add_char(a->out, '}');
    return true;
}

/* The data is written when it changed. */
static bool write_data(void *self, tm_text request)
{
    answer *a = self;
    tm_text before = tm_vectors_encode(a->run->arena, a->run->traces);
    if (a->results)
        tm_buf_add_char(a->out, ']');
    if (!a->statement || tm_text_equal(before, request))
        return true;
    const tm_doc *after = tm_vectors_decode(a->run->arena, request);
    bool changed = !tm_vectors_same(a->run->traces, after);
    tm_buf_print(a->out, ", \"changed\": %s, \"after\": ", changed ? "true" : "false");
    tm_differential_write_doc(a->out, after);
    return true;
}

void tm_differential_answer(tm_vectors_run *run, tm_buf *out)
{
    static const tm_vectors_watch watch = {write_refusal, write_result, write_data};
    tm_text kind = tm_vectors_text(run->row, "kind");
    answer a = {.run = run,
                .out = out,
                .statement = tm_text_is(kind, "statement"),
                .condition = tm_text_is(kind, "condition")};
    tm_buf_add(out, TM_TEXT("{\"id\": "));
    tm_json_write_string(out, tm_vectors_text(run->row, "id"), TM_JSON_PLAIN);
    if (!tm_vectors_watch_rule(run, &watch, &a))
        write_error(out, "broken", run->difference);
    tm_buf_add_char(out, '}');
}
