/* Admission: whether the client of a call may send, which may take as long as a password's hash.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server_call.h"
#include "net/listener.h"
#include "net/reserve.h"

#include <assert.h>

static bool refuse(tm_server_call *call, tm_auth_verdict verdict, const char *why)
{
    if (verdict == TM_AUTH_UNABLE)
        return tm_call_fail(call, TM_STATUS_UNAVAILABLE, 0, why);
    return tm_call_fail(call, TM_STATUS_UNAUTHENTICATED, call->exchange.grpc ? 0 : 401, why);
}

/* Is admitted: what has come of its body meanwhile is taken as if it came now. */
static void go_on(tm_server_call *call)
{
    tm_worker *worker = call->worker;
    tm_bytes early = call->body;
    call->body = (tm_bytes){.heap = worker->heap}; /* what it is charged stays for the new one */
    call->stage = TM_CALL_HEAD;
    tm_call_hold(call);
    bool open =
        tm_call_route_admitted(call) && (!early.n || tm_call_data(call, tm_bytes_text(&early)));
    tm_worker_give_block(worker, early);
    if (open && call->ended)
        tm_call_end(call);
    else if (open)
        call->conn->protocol->go_on(call);
}

static void take_answer(tm_auth_question *question)
{
    tm_server_call *call =
        (tm_server_call *)((char *)question - offsetof(tm_server_call, question));
    assert(call->asked);
    call->asked = false;
    if (!call->conn) {
        tm_call_forget(call);
        return;
    }
    if (call->stage != TM_CALL_CHECKED)
        return; /* it could not wait for it */
    if (question->verdict == TM_AUTH_YES)
        go_on(call);
    else
        refuse(call, question->verdict, question->why);
}

bool tm_call_admit(tm_server_call *call)
{
    tm_auth *auth = tm_listener_settings(call->conn->listener)->auth;
    tm_text value = TM_TEXT("");
    const char *why = "";
    if (!auth)
        return true;
    bool given = tm_call_header_find(call, auth->header, &value);
    call->question = (tm_auth_question){.loop = call->worker->loop, .answer = take_answer};
    tm_auth_verdict verdict = auth->ask ? auth->ask(auth, given, value, &call->question, &why)
                              : auth->admits(auth, given, value, &why) ? TM_AUTH_YES
                                                                       : TM_AUTH_NO;
    if (verdict == TM_AUTH_YES)
        return true;
    if (verdict != TM_AUTH_LATER)
        return refuse(call, verdict, why);
    call->asked = true;
    call->stage = TM_CALL_CHECKED;
    tm_call_hold(call);
    return false;
}

unsigned tm_exchange_attributes(const tm_exchange *exchange, tm_arena *arena,
                                tm_auth_attribute attributes[TM_AUTH_ATTRIBUTES])
{
    const tm_server_call *call = (const tm_server_call *)exchange;
    const tm_auth *auth = call->conn ? tm_listener_settings(call->conn->listener)->auth : NULL;
    tm_text value;
    if (!auth || !auth->attributes || exchange->service->for_all ||
        !tm_call_header_find(call, auth->header, &value))
        return 0;
    return auth->attributes(arena, value, attributes);
}
