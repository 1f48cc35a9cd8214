/* LSP, serving: messages in their order, and the life of the server.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "tools/complain.h"
#include "tools/lsp/lsp_server.h"

#include <signal.h>
#include <stdarg.h>

enum { WAITING_MOST = 256, WAITING_BYTES_MOST = TM_LSP_MESSAGE_MOST };

/* ---- sending --------------------------------------------------------------------------------- */

static void put_out(tm_lsp *s, const tm_buf *message)
{
    if (!tm_lsp_frame_write(s->out, tm_buf_text(message)))
        s->ended = true;
}

void tm_lsp_notify(tm_lsp *s, const char *method, tm_text params)
{
    tm_buf out = {.arena = s->turn};
    tm_buf_print(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":", method);
    tm_buf_add(&out, params);
    tm_buf_add_char(&out, '}');
    put_out(s, &out);
}

/* {"jsonrpc":"2.0","id":... of the request; of something unreadable null. */
static tm_buf begin_answer(tm_lsp *s, const tm_doc *root)
{
    tm_buf out = {.arena = s->turn};
    const tm_doc *id = tm_lsp_at(root, "id");
    tm_buf_print(&out, "{\"jsonrpc\":\"2.0\"");
    if (id && id->type == TM_DOC_STRING)
        tm_lsp_add_text(&out, "id", id->text);
    else
        tm_buf_print(&out, ",\"id\":%.*s",
                     TM_PRI(id && id->type == TM_DOC_INT ? id->text : TM_TEXT("null")));
    return out;
}

static void answer(tm_lsp *s, const tm_doc *root, tm_text result)
{
    tm_buf out = begin_answer(s, root);
    tm_lsp_key(&out, "result");
    tm_buf_add(&out, result.n ? result : TM_TEXT("null"));
    tm_buf_add_char(&out, '}');
    put_out(s, &out);
}

static void refuse(tm_lsp *s, const tm_doc *root, int code, tm_text why)
{
    tm_buf out = begin_answer(s, root);
    tm_lsp_open(&out, "error", '{');
    tm_lsp_add_int(&out, "code", code);
    tm_lsp_add_text(&out, "message", why);
    tm_buf_add(&out, TM_TEXT("}}"));
    put_out(s, &out);
}

/* ---- calls ----------------------------------------------------------------------------------- */

bool tm_lsp_fail(tm_lsp_call *call, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    call->why = tm_arena_vprint(call->arena, format, args);
    va_end(args);
    call->code = code;
    return false;
}

bool tm_lsp_ask(tm_lsp_call *call, const tm_lsp_analysis **analysis, size_t *at)
{
    if (!call->document)
        return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS,
                           "params.textDocument names no open document");
    *analysis = tm_lsp_analyse(&call->server->files, call->document, call->arena);
    if (!at || tm_lsp_offset_of(&(*analysis)->lines, tm_lsp_at(call->params, "position"), at))
        return true;
    return tm_lsp_fail(call, TM_LSP_INVALID_PARAMS, "params.position is no position");
}

static const tm_lsp_method *find_method(tm_text name)
{
    for (const tm_lsp_method *m = tm_lsp_methods(); m->name; m++)
        if (tm_text_is(name, m->name))
            return m;
    return NULL;
}

static void run_method(tm_lsp *s, const tm_lsp_method *method, const tm_doc *root, bool request)
{
    tm_buf result = {.arena = s->turn};
    tm_lsp_call call = {
        .server = s, .arena = s->turn, .params = tm_lsp_at(root, "params"), .result = &result};
    call.document = tm_lsp_document_find(&s->files, tm_lsp_text(call.params, "textDocument.uri"));
    const bool ok = method->run(&call);
    if (request && ok)
        answer(s, root, tm_buf_text(&result));
    else if (request)
        refuse(s, root, call.code, call.why);
    else if (!ok)
        tm_complain("%s: %.*s", method->name, TM_PRI(call.why));
}

/* ---- the life of the server ------------------------------------------------------------------ */

static void initialize(tm_lsp *s, const tm_doc *root)
{
    const tm_lsp_method initialize = {"initialize", tm_lsp_initialize, true};
    s->phase = TM_LSP_RUNNING;
    run_method(s, &initialize, root, true);
}

static void leave(tm_lsp *s)
{
    s->ended = true;
    s->exit_code = s->phase == TM_LSP_SHUT ? TM_EXIT_OK : TM_EXIT_FALSE;
}

static void take_notice(tm_lsp *s, tm_text name, const tm_doc *root)
{
    const tm_lsp_method *method = find_method(name);
    if (tm_text_is(name, "exit"))
        leave(s);
    else if (s->phase == TM_LSP_RUNNING && method && !method->request)
        run_method(s, method, root, false);
}

static void take_request(tm_lsp *s, tm_text name, const tm_doc *root)
{
    const tm_lsp_method *method = find_method(name);
    if (s->phase == TM_LSP_SHUT) {
        refuse(s, root, TM_LSP_INVALID_REQUEST, TM_TEXT("the server has been shut down"));
    } else if (tm_text_is(name, "initialize")) {
        if (s->phase == TM_LSP_RUNNING)
            refuse(s, root, TM_LSP_INVALID_REQUEST, TM_TEXT("initialize has come before"));
        else
            initialize(s, root);
    } else if (s->phase == TM_LSP_NEW) {
        refuse(s, root, TM_LSP_NOT_INITIALIZED, TM_TEXT("initialize is to come first"));
    } else if (tm_text_is(name, "shutdown")) {
        s->phase = TM_LSP_SHUT;
        answer(s, root, TM_TEXT(""));
    } else if (!method || !method->request) {
        refuse(s, root, TM_LSP_METHOD_NOT_FOUND,
               tm_arena_print(s->turn, "there is no method %.*s", TM_PRI(name)));
    } else {
        run_method(s, method, root, true);
    }
}

/* What is wrong with the form of a message; false: nothing, or it is an answer. */
static bool is_malformed(const tm_doc *root)
{
    const tm_doc *id = tm_lsp_at(root, "id"), *method = tm_lsp_at(root, "method");
    if (root->type != TM_DOC_MAP)
        return true;
    if (id && id->type != TM_DOC_INT && id->type != TM_DOC_STRING && id->type != TM_DOC_NULL)
        return true;
    return method ? method->type != TM_DOC_STRING
                  : !tm_lsp_at(root, "result") && !tm_lsp_at(root, "error");
}

/* ---- one message ----------------------------------------------------------------------------- */

typedef struct turn {
    tm_lsp *server;
    const tm_lsp_message *message; /* NULL: what has changed is published */
} turn;

static void take_turn(void *argument)
{
    turn *t = argument;
    tm_lsp *s = t->server;
    const tm_lsp_message *m = t->message;
    if (!m) {
        tm_lsp_publish(s);
    } else if (!m->root) {
        refuse(s, NULL, m->code, m->why);
    } else if (is_malformed(m->root)) {
        refuse(s, m->root, TM_LSP_INVALID_REQUEST, TM_TEXT("this is no message of JSON-RPC"));
    } else if (tm_lsp_at(m->root, "method")) {
        const tm_text name = tm_lsp_text(m->root, "method");
        if (m->cancelled)
            refuse(s, m->root, TM_LSP_CANCELLED, TM_TEXT("the request was cancelled"));
        else if (tm_lsp_at(m->root, "id"))
            take_request(s, name, m->root);
        else
            take_notice(s, name, m->root);
    }
}

static void refuse_for_memory(void *argument)
{
    const turn *t = argument;
    if (t->message && t->message->root && tm_lsp_at(t->message->root, "id"))
        refuse(t->server, t->message->root, TM_LSP_INTERNAL_ERROR, TM_TEXT("out of memory"));
}

static void run_turn(tm_lsp *s, const tm_lsp_message *message)
{
    turn t = {.server = s, .message = message};
    tm_arena_reset(s->turn);
    if (tm_arena_try(s->turn, take_turn, &t))
        return;
    tm_complain("out of memory");
    tm_arena_reset(s->turn);
    tm_arena_try(s->turn, refuse_for_memory, &t);
}

/* ---- messages that wait ---------------------------------------------------------------------- */

typedef struct parsing {
    tm_lsp_message *message;
    tm_text body;
} parsing;

static void parse(void *argument)
{
    parsing *p = argument;
    tm_lsp_message *m = p->message;
    m->root = tm_lsp_json_read(m->arena, tm_arena_copy(m->arena, p->body), &m->why);
    m->why = m->root ? m->why : tm_arena_print(m->arena, "this is no JSON: %.*s", TM_PRI(m->why));
}

/* A request that waits is answered as cancelled; one that was answered already, or never was, is
 * nothing to cancel. */
static void cancel(tm_lsp *s, const tm_doc *id)
{
    for (tm_lsp_message *m = s->first; m && id; m = m->next) {
        const tm_doc *other = tm_lsp_at(m->root, "id");
        if (other && other->type == id->type && tm_text_equal(other->text, id->text) &&
            tm_lsp_at(m->root, "method"))
            m->cancelled = true;
    }
}

static void free_message(tm_lsp_message *m)
{
    if (m)
        tm_arena_free(m->arena);
    tm_heap_free(NULL, m);
}

/* What cannot be kept for want of memory is told on stderr. */
static void put_in_line(tm_lsp *s, tm_text body, int code, const char *why)
{
    tm_lsp_message *m = tm_heap_alloc(NULL, sizeof *m);
    if (m)
        *m = (tm_lsp_message){.arena = tm_arena_new(NULL), .code = code, .why = tm_text_of(why)};
    parsing p = {.message = m, .body = body};
    if (!m || !m->arena || (!*why && !tm_arena_try(m->arena, parse, &p))) {
        tm_complain("out of memory: a message is lost");
        free_message(m);
        return;
    }
    m->size_bytes = body.n;
    if (tm_text_is(tm_lsp_text(m->root, "method"), "$/cancelRequest")) {
        cancel(s, tm_lsp_at(m->root, "params.id"));
        free_message(m);
        return;
    }
    *(s->last ? &s->last->next : &s->first) = m;
    s->last = m;
    s->waiting++;
    s->waiting_bytes += body.n;
}

/* Takes all that has come, or waits for something; false: nothing more will come. */
static bool read_messages(tm_lsp *s)
{
    tm_text body;
    while (s->waiting < WAITING_MOST && s->waiting_bytes < WAITING_BYTES_MOST)
        switch (tm_lsp_input_next(&s->input, &body)) {
        case TM_LSP_MESSAGE:
            put_in_line(s, body, TM_LSP_PARSE_ERROR, "");
            break;
        case TM_LSP_NO_FRAME:
            put_in_line(s, TM_TEXT(""), TM_LSP_PARSE_ERROR,
                        "a message has no Content-Length before it");
            break;
        case TM_LSP_TOO_LARGE:
            put_in_line(s, TM_TEXT(""), TM_LSP_INVALID_REQUEST, "a message is larger than 64 MiB");
            break;
        case TM_LSP_NO_MEMORY:
            put_in_line(s, TM_TEXT(""), TM_LSP_INTERNAL_ERROR, "out of memory");
            break;
        case TM_LSP_NOTHING:
            return true;
        default:
            return false;
        }
    return true;
}

static void run_first(tm_lsp *s)
{
    tm_lsp_message *m = s->first;
    s->first = m->next;
    if (!s->first)
        s->last = NULL;
    s->waiting--;
    s->waiting_bytes -= m->size_bytes;
    run_turn(s, m);
    free_message(m);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Diagnostics are published when nothing waits: while somebody types, only those of the last
 * change are made. */
static void serve(tm_lsp *s)
{
    bool open = true;
    while (!s->ended) {
        open = open && read_messages(s);
        if (s->first) {
            run_first(s);
            continue;
        }
        run_turn(s, NULL);
        if (!open)
            break;
        tm_lsp_input_wait(&s->input);
    }
}

static void free_server(tm_lsp *s)
{
    while (s->first) {
        tm_lsp_message *m = s->first;
        s->first = m->next;
        free_message(m);
    }
    tm_lsp_documents_free(&s->files);
    tm_loaded_free(&s->recording);
    tm_lsp_input_free(&s->input);
    tm_arena_free(s->set);
    tm_arena_free(s->own);
    tm_arena_free(s->turn);
}

int tm_lsp_serve(int in, int out)
{
    signal(SIGPIPE, SIG_IGN); /* nobody reads: that is the end, not a crash */
    tm_lsp s = {.input = {.fd = in}, .out = out, .exit_code = TM_EXIT_FALSE};
    s.own = tm_arena_new(NULL);
    s.set = tm_arena_new(NULL);
    s.turn = tm_arena_new(NULL);
    if (s.own && s.set && s.turn) {
        tm_arena_follow(s.own, s.turn);
        tm_arena_follow(s.set, s.turn);
        serve(&s);
    } else {
        tm_complain("out of memory");
    }
    free_server(&s);
    return s.exit_code;
}
