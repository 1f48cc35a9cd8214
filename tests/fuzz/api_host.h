/* API, host: what a fuzzed program has: an input, objects, memory and callbacks that fail, rules.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_API_HOST_H
#define TM_TESTS_API_HOST_H

#include "tests/unit/short_heap.h"

#include "tamis/tamis.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { EACH = 3, TEXT_MOST = 255, SPANS_BYTES = 1 << 16 };

/* One input: what is still to be read of it, and the objects, NULL where there is none. */
typedef struct run {
    const uint8_t *at, *end;
    short_heap heap;
    bool callbacks_fail;
    tamis_engine *engine[EACH];
    tamis_ruleset *rules[EACH];
    tamis_expression *expression[EACH];
    tamis_vm *vm[EACH];
    tamis_holder *holder[EACH];
    tamis_messages *messages[EACH];
} run;

static inline unsigned byte(run *r)
{
    return r->at < r->end ? *r->at++ : 0;
}

static inline unsigned below(run *r, unsigned n)
{
    return byte(r) % n;
}

/* So many bytes of the input as its next byte says, with nothing behind them. */
static const char *text(run *r, size_t *n)
{
    const size_t left = (size_t)(r->end - r->at);
    const char *at = (const char *)r->at + (left > 0);
    *n = byte(r);
    *n = left == 0 ? 0 : *n < left - 1 ? *n : left - 1;
    r->at += *n;
    return at;
}

/* A status that nothing explains is none: out of memory comes of memory that failed. */
static inline tamis_status sound(const run *r, tamis_status status)
{
    assert(status <= TAMIS_WHOLE_SPANS);
    assert(status != TAMIS_OUT_OF_MEMORY || r->heap.failed);
    assert(*tamis_status_text(status));
    return status;
}

/* ---- what the host brings along -------------------------------------------------------------- */

static inline bool host_function(void *owner, tamis_call *call, const tamis_value *argument,
                                 size_t arguments, tamis_value *result)
{
    const run *r = owner;
    if (r->callbacks_fail) {
        tamis_call_fail(call, "the host fails");
        return false;
    }
    char *copy = tamis_call_alloc(call, 8);
    if (!copy)
        return false;
    memcpy(copy, "a host's", 8);
    *result = arguments && argument[0].type == TAMIS_INT
                  ? argument[0]
                  : (tamis_value){.type = TAMIS_STRING, .as.text = {copy, 8}};
    return true;
}

static inline bool resolve(void *owner, const char *name, const char *from, tamis_source *found,
                           const char **why)
{
    static const char mine[] = "def IsMine() = name == \"mine\"\n";
    const run *r = owner;
    assert(*from);
    *why = "the host fails";
    *found = (tamis_source){name, mine, sizeof mine - 1};
    return !r->callbacks_fail && strcmp(name, "mine") == 0;
}

static inline bool find_zone(void *owner, const char *name, tamis_slice *file)
{
    static const char zone[] =
        "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\1\0\0\0\4\0\0\x46\x50\0\0OLY";
    const run *r = owner;
    *file = (tamis_slice){zone, sizeof zone - (strlen(name) & 1)};
    return !r->callbacks_fail;
}

static inline void take(void *owner, const char *bytes, size_t n)
{
    size_t *sum = owner;
    for (size_t i = 0; i < n; i++)
        *sum += (unsigned char)bytes[i];
}

static inline void failed(void *owner, const char *rule, const char *message)
{
    (void)owner;
    assert(*rule && *message);
}

static inline bool each(void *owner, size_t span, const tamis_value *value, const char *error)
{
    const run *r = owner;
    (void)span;
    assert(error ? *error : value != NULL);
    return !r->callbacks_fail;
}

/* ---- rules and requests ---------------------------------------------------------------------- */

static const char *const RULES[] = {
    "drop where name == \"a\"\n",
    "set(attributes[\"k\"], Host(name))\ndrop where attributes[\"k\"] == \"a host's\"\n",
    "import \"mine\"\nimport \"probes\"\ndrop where IsMine() or IsKubeProbe()\n",
    "keep where kind == SPAN_KIND_SERVER\ndrop where true\n",
    "set(resource.attributes[\"r\"], name)\nset(scope.name, \"s\") where "
    "resource.attributes[\"r\"] "
    "!= nil\ndrop where scope.name == \"s\" and IsMatch(name, \"^G\")\n",
    "delete_matching_keys(attributes, \"^http\")\nset(name, Concat([name, UUID()], \"-\"))\n",
    "drop where spanevent.name == \"retry\"\nset(links, nil)\n",
    "set(attributes[\"m\"][\"n\"], [1, {\"a\": 2.5}])\nset(status.code, "
    "2)\nset(trace_state[\"a\"], "
    "\"b\")\n",
    "set(attributes[\"t\"], Time(\"2024\", \"%Y\", \"Mars/Olympus\"))\n",
    "set(attributes[\"n\"], Host(1) / Int(attributes[\"k\"]))\n",
    "drop where nam == 1\nset(\n",
    ""};
enum { RULES_COUNT = sizeof RULES / sizeof *RULES };

static const char JSON[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                           "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\","
                           "\"name\":\"a\"}]}]}]}";

/* examples/spans.pb, of which a part may be cut off; JSON; or what the input holds. */
static inline tamis_request request_of(run *r)
{
    static char spans[SPANS_BYTES];
    static size_t spans_bytes;
    static const tamis_header headers[] = {{"tenant", "acme"}, {NULL, NULL}};
    tamis_request q = {.size = sizeof q, .address = "127.0.0.1", .metadata = headers};
    FILE *file = spans_bytes ? NULL : fopen("examples/spans.pb", "rb");
    if (file) {
        spans_bytes = fread(spans, 1, sizeof spans, file);
        fclose(file);
    }
    switch (below(r, 8)) {
    case 0:
        q.bytes = text(r, &q.size_bytes);
        break;
    case 1:
        q.bytes = JSON;
        q.size_bytes = sizeof JSON - 1 - below(r, 3);
        q.json = true;
        break;
    case 2:
        q.bytes = spans;
        q.size_bytes = spans_bytes - byte(r) % (spans_bytes + 1);
        break;
    case 3:
        q.size = below(r, sizeof q);
        q.size_bytes = byte(r);
        break;
    default:
        q.bytes = spans;
        q.size_bytes = spans_bytes;
    }
    q.metadatas = below(r, 16) ? 1 : below(r, 3);
    return q;
}

static inline tamis_cell cell_of(run *r, const tamis_need *need, size_t members)
{
    static const char bytes[] = "0123456789abcdef GET /a";
    tamis_cell cell = {.type = below(r, 16), .n = 0, .as.text = bytes};
    switch (cell.type) {
    case TAMIS_NIL:
    case TAMIS_BOOL:
    case TAMIS_INT:
    case TAMIS_DOUBLE:
        cell.as.integer = byte(r);
        break;
    case TAMIS_MAP:
    case TAMIS_LIST:
        cell.n = below(r, 4);
        cell.as.at = below(r, (unsigned)members + 2);
        break;
    default: /* mostly what a field wants */
        cell.n = cell.type == TAMIS_TRACE_ID ? 16 : cell.type == TAMIS_SPAN_ID ? 8 : byte(r) % 23;
        if (need && need->field && below(r, 4))
            cell.type = need->field == 5 ? TAMIS_STRING : TAMIS_NIL;
    }
    return cell;
}

#endif
