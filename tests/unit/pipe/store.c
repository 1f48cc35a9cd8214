/* Store: what the memory queue holds, and that a durable one fits before the same batchers: a
 * journal in the test keeps each request until its batches are done, over the exporter's end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pipe/offering.h"
#include "tests/unit/pipe/taking.h"

/* ---- the memory queue ------------------------------------------------------------------------ */

static tm_chunk *chunk_of(tm_text bytes, uint32_t spans)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, bytes);
    tm_chunk *chunk = tm_chunk_new(NULL, &pieces, spans);
    assert_non_null(chunk);
    tm_arena_free(arena);
    return chunk;
}

static void the_memory_queue_holds_no_more_than_its_size(void **state)
{
    (void)state;
    static const struct {
        tm_sizer sizer;
        int64_t size;
        uint64_t spans, bytes; /* of a second chunk behind one of 3 spans and 10 bytes */
        bool first, second;    /* is there room for it? */
    } rows[] = {
        {TM_SIZE_REQUESTS, 2, 900, 900, true, true}, {TM_SIZE_REQUESTS, 1, 1, 1, true, false},
        {TM_SIZE_ITEMS, 5, 2, 900, true, true},      {TM_SIZE_ITEMS, 5, 3, 1, true, false},
        {TM_SIZE_BYTES, 15, 900, 5, true, true},     {TM_SIZE_BYTES, 15, 1, 6, true, false},
        {TM_SIZE_BYTES, 9, 1, 1, true, false}}; /* one that is too large, alone */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tm_queue_settings queue = {
            .enabled = true, .size = rows[i].size, .sizer = rows[i].sizer};
        const tm_batch_limits limits = {0};
        tm_batchers batchers;
        assert_true(tm_batchers_init(&batchers, &limits, 1));
        tm_store *s = tm_store_memory(&queue);
        assert_true(s->kind->open(s, &batchers, 0));
        assert_int_equal(tm_store_has_room(s, 3, 10), rows[i].first);
        assert_true(s->kind->offer(
            s, &(tm_offer){.chunk = chunk_of(TM_TEXT("0123456789"), 3), .key = TM_TEXT("")}));
        assert_int_equal(tm_store_has_room(s, rows[i].spans, rows[i].bytes), rows[i].second);
        tm_batch *taken = s->kind->take(s);
        s->kind->ended(s, taken, TM_STATUS_OK);
        tm_batch_end(taken, TM_STATUS_OK);
        s->kind->close(s);
        s->kind->free(s);
        tm_batchers_reset(&batchers);
    }
}

static void the_memory_queue_counts_until_batches_have_ended(void **state)
{
    (void)state;
    tm_queue_batch_settings batch = {0};
    const struct {
        tm_sizer sizer;
        tm_queue_batch_settings *batch;
        uint64_t offered, taken; /* by two chunks of 3 spans and 10 bytes, and by one batch */
    } rows[] = {{TM_SIZE_REQUESTS, NULL, 1, 1},
                {TM_SIZE_REQUESTS, &batch, 2, 2},
                {TM_SIZE_ITEMS, NULL, 6, 6},
                {TM_SIZE_BYTES, NULL, 20, 20}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tm_queue_settings queue = {.enabled = true,
                                         .size = (int64_t)rows[i].offered,
                                         .sizer = rows[i].sizer,
                                         .batch = rows[i].batch};
        const tm_batch_limits limits = {.trigger_spans = 6, .timeout_ms = 1000};
        tm_batchers batchers;
        assert_true(tm_batchers_init(&batchers, &limits, 1));
        tm_store *s = tm_store_memory(&queue);
        assert_true(s->kind->open(s, &batchers, 0) && !s->kind->durable);
        assert_int_equal(s->kind->load(s), 0);
        for (int k = 0; k < 2; k++) {
            assert_true(tm_store_has_room(s, 3, 10));
            assert_true(s->kind->offer(
                s, &(tm_offer){.chunk = chunk_of(TM_TEXT("0123456789"), 3), .key = TM_TEXT("")}));
        }
        assert_int_equal(s->kind->load(s), rows[i].offered);
        assert_false(tm_store_has_room(s, 1, 1));
        tm_batch *taken = s->kind->take(s);
        assert_int_equal(taken->spans, 6);
        assert_int_equal(s->kind->load(s), rows[i].taken);
        s->kind->ended(s, taken, TM_STATUS_OK);
        tm_batch_end(taken, TM_STATUS_OK);
        assert_int_equal(s->kind->load(s), 0);
        s->kind->close(s);
        s->kind->free(s);
        tm_batchers_reset(&batchers);
    }
}

/* ---- a durable one --------------------------------------------------------------------------- */

enum { RECORDS = 8 };

typedef struct journal journal;

/* A request as a file would hold it. */
typedef struct entry {
    tm_waiter waiter; /* first: held by each batch with a part of it */
    journal *journal;
    tm_waiter *client; /* who waits for the answer, or NULL */
    char bytes[200];
    uint32_t n, spans;
    bool kept; /* it is to be sent, by this run or the next one */
} entry;

/* What outlives the exporter, and the store over the memory queue. */
struct journal {
    tm_store store; /* first */
    tm_store *memory;
    bool closed;
    unsigned done, failed;
    entry entry[RECORDS];
};

static void told_end(tm_waiter *waiter)
{
    entry *e = (entry *)waiter;
    journal *j = e->journal;
    tm_status_code code = (tm_status_code)atomic_load(&waiter->worst);
    j->done += code == TM_STATUS_OK;
    j->failed += code != TM_STATUS_OK && !j->closed;
    e->kept = code != TM_STATUS_OK && j->closed;
    if (e->client)
        tm_waiter_let_go(e->client, code);
}

static bool pass_on(journal *j, entry *e, const tm_offer *o)
{
    tm_offer offer = *o;
    offer.waiter = &e->waiter;
    e->journal = j;
    e->client = o->waiter;
    tm_waiter_init(&e->waiter, told_end);
    bool taken = j->memory->kind->offer(j->memory, &offer);
    if (taken && e->client)
        atomic_fetch_add(&e->client->holders, 1);
    if (taken)
        tm_waiter_let_go(&e->waiter, TM_STATUS_OK);
    return taken;
}

static bool journal_open(tm_store *store, tm_batchers *batchers, uint64_t now_ms)
{
    journal *j = (journal *)store;
    j->closed = false;
    j->memory = tm_store_memory(NULL);
    assert_true(j->memory->kind->open(j->memory, batchers, now_ms));
    for (int i = 0; i < RECORDS; i++) {
        entry *e = &j->entry[i];
        if (e->kept)
            assert_true(
                pass_on(j, e,
                        &(tm_offer){.chunk = chunk_of(tm_text_slice(e->bytes, e->n), e->spans),
                                    .key = TM_TEXT(""),
                                    .now_ms = now_ms}));
    }
    return true;
}

static bool journal_offer(tm_store *store, const tm_offer *offer)
{
    journal *j = (journal *)store;
    int i = 0;
    while (i < RECORDS && j->entry[i].kept)
        i++;
    entry *e = &j->entry[i];
    if (i == RECORDS || offer->chunk->bytes.n > sizeof e->bytes)
        return false;
    memcpy(e->bytes, offer->chunk->bytes.p, offer->chunk->bytes.n);
    e->n = (uint32_t)offer->chunk->bytes.n;
    e->spans = offer->chunk->spans;
    e->kept = true; /* stored; batched next */
    return e->kept = pass_on(j, e, offer);
}

static uint64_t journal_load(const tm_store *store)
{
    const journal *j = (const journal *)store;
    uint64_t n = 0;
    for (int i = 0; i < RECORDS; i++)
        n += j->entry[i].kept;
    return n;
}

static tm_batch *journal_take(tm_store *store)
{
    journal *j = (journal *)store;
    return j->memory->kind->take(j->memory);
}

static void journal_ended(tm_store *store, const tm_batch *batch, tm_status_code code)
{
    journal *j = (journal *)store;
    j->memory->kind->ended(j->memory, batch, code);
}

static void journal_close(tm_store *store)
{
    ((journal *)store)->closed = true;
}

static void journal_free(tm_store *store)
{
    journal *j = (journal *)store;
    j->memory->kind->free(j->memory);
}

static const tm_store_kind journal_kind = {.durable = true,
                                           .open = journal_open,
                                           .offer = journal_offer,
                                           .load = journal_load,
                                           .take = journal_take,
                                           .ended = journal_ended,
                                           .close = journal_close,
                                           .free = journal_free};

static tm_exporter *start(world *w, journal *j, const tm_batch_limits *limits)
{
    w->backend[0].sender = (tm_sender){.send = send_batch, .free = free_nothing};
    tm_exporter *o = tm_exporter_new(&(tm_exporter_options){.home = w->loop,
                                                            .clock = tm_clock_real(),
                                                            .registry = w->registry,
                                                            .id = TM_TEXT("journal"),
                                                            .limits = limits,
                                                            .batchers = 1,
                                                            .store = &j->store},
                                     &w->backend[0].sender);
    assert_non_null(o);
    return o;
}

static bool offer_one(const world *w, tm_exporter *o, tm_text bytes, tm_waiter *waiter)
{
    tm_chunk *chunk = chunk_of(bytes, 1);
    bool taken = offer(w->registry, o, chunk, waiter);
    tm_chunk_unref(chunk);
    return taken;
}

static void what_had_no_answer_is_sent_by_the_next_run(void **state)
{
    (void)state;
    world w = {.loop = tm_loop_new(), .registry = tm_registry_new(NULL)};
    journal j = {.store = {.kind = &journal_kind, .capacity = RECORDS}};
    const tm_batch_limits pairs = {.trigger_spans = 2, .timeout_ms = 1000000};
    backend *b = &w.backend[0];
    tm_exporter *o = start(&w, &j, &pairs);
    b->holds = true;
    for (int i = 0; i < 7; i++) {
        assert_true(offer_one(&w, o, TM_TEXT("a request"), NULL));
        turn(&w);
    }
    assert_int_equal(b->batches, 3); /* the seventh waits for company */
    answer_last(b, TM_STATUS_OK);
    answer_last(b, TM_STATUS_INVALID_ARGUMENT); /* for good: there is no use in keeping it */
    turn(&w);
    assert_int_equal(j.done, 2);
    assert_int_equal(j.failed, 2);
    assert_int_equal(journal_load(&j.store), 3);
    tm_exporter_drain(o);
    tm_exporter_close(o, NULL, NULL);
    turn(&w);
    assert_int_equal(b->batches, 4); /* the seventh, too */
    j.store.kind->close(&j.store);   /* the answers never come: a sender ends its calls so */
    while (b->held)
        answer_last(b, TM_STATUS_CANCELLED);
    turn(&w);
    assert_int_equal(tm_exporter_free(o), 0); /* none is lost */
    assert_int_equal(j.failed, 2);
    assert_int_equal(journal_load(&j.store), 3);

    b->spans = 0;
    b->holds = false;
    o = start(&w, &j, &pairs);
    tm_exporter_drain(o);
    turn(&w);
    assert_int_equal(b->spans, 3);
    assert_int_equal(j.done, 5);
    assert_int_equal(journal_load(&j.store), 0);
    assert_int_equal(tm_exporter_free(o), 0);
    tm_registry_free(w.registry);
    tm_loop_free(w.loop);
}

static void a_durable_store_that_is_full_refuses(void **state)
{
    (void)state;
    world w = {.loop = tm_loop_new(), .registry = tm_registry_new(NULL)};
    journal j = {.store = {.kind = &journal_kind, .capacity = 2}};
    const tm_batch_limits none = {0};
    tm_exporter *o = start(&w, &j, &none);
    w.backend[0].holds = true;
    assert_true(offer_one(&w, o, TM_TEXT("1"), NULL));
    assert_true(offer_one(&w, o, TM_TEXT("2"), NULL));
    turn(&w);
    assert_false(offer_one(&w, o, TM_TEXT("3"), NULL));
    answer_last(&w.backend[0], TM_STATUS_OK);
    turn(&w);
    assert_true(offer_one(&w, o, TM_TEXT("3"), NULL));
    turn(&w);
    while (w.backend[0].held)
        answer_last(&w.backend[0], TM_STATUS_OK);
    turn(&w);
    assert_int_equal(j.done, 3);
    tm_exporter_free(o);
    tm_registry_free(w.registry);
    tm_loop_free(w.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_memory_queue_counts_until_batches_have_ended),
        cmocka_unit_test(the_memory_queue_holds_no_more_than_its_size),
        cmocka_unit_test(what_had_no_answer_is_sent_by_the_next_run),
        cmocka_unit_test(a_durable_store_that_is_full_refuses),
    };
    return cmocka_run_group_tests_name("pipe/store", tests, NULL, NULL);
}
