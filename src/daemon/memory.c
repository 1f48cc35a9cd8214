/* Memory: the budget of the process, from its settings, its surroundings and what is measured.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The limit is one of all memory that is resident. What is reserved (net/budget) is known to the
 * byte; everything else - code, rules, connections, gaps of the allocator - is measured from time
 * to time and taken off the limit. What is left is the budget. */
#include "base/duration.h"
#include "base/machine.h"
#include "daemon/parts.h"

#include <stdlib.h>

enum {
    DEFAULT_PERCENT =
        80,         /* of what there is: the rest is for the kernel, and whoever else is there */
    SPIKE_PART = 5, /* of the limit, where no spike is given, as in the Collector */
    DEFAULT_INTERVAL_MS = 1000,
};

/* ---- limits ---------------------------------------------------------------------------------- */

/* The bytes of "512MiB", as Go reads them; 0: none, "off", or no size. */
static uint64_t read_size(const char *text)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
    char *end;
    if (!text || *text < '0' || *text > '9')
        return 0;
    const uint64_t n = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0)
            return n > UINT64_MAX >> units[i].shift ? 0 : n << units[i].shift;
    return 0;
}

/* What a memory_limiter allows; a limit of 0: nothing is known of the machine. */
static tm_memory_limits limits_of(const tm_limiter_settings *s, uint64_t machine)
{
    const uint64_t percent = machine / 100;
    tm_memory_limits l = {.interval_ms = tm_duration_ms(s->check_interval_ns), .configured = true};
    l.limit = s->limit_mib ? (uint64_t)s->limit_mib << 20 : percent * (uint64_t)s->limit_percentage;
    l.spike = s->limit_mib ? (uint64_t)s->spike_limit_mib << 20
                           : percent * (uint64_t)s->spike_limit_percentage;
    if (!l.spike)
        l.spike = l.limit / SPIKE_PART;
    return l;
}

static tm_memory_limits default_limits(uint64_t machine)
{
    const uint64_t hint = read_size(getenv("GOMEMLIMIT"));
    const uint64_t limit = hint ? hint : machine / 100 * DEFAULT_PERCENT;
    return (tm_memory_limits){
        .limit = limit, .spike = limit / SPIKE_PART, .interval_ms = DEFAULT_INTERVAL_MS};
}

tm_memory_limits tm_memory_limits_of(const tm_settings *settings, uint64_t machine)
{
    tm_memory_limits least = {0};
    for (size_t i = 0; i < settings->pipeline_count; i++)
        for (size_t k = 0; k < settings->pipelines[i].processor_count; k++) {
            const tm_processor_settings *p = settings->pipelines[i].processors[k];
            if (!(tm_processor_traits(p->type) & TM_PROCESSOR_LIMITS))
                continue;
            const tm_memory_limits l = limits_of(&p->limiter, machine);
            if (l.limit && (!least.limit || l.limit - l.spike < least.limit - least.spike))
                least = l;
        }
    return least.limit ? least : default_limits(machine);
}

/* Of bodies that come in: half of the limit, at most 1 GiB. */
static size_t receive_memory(const tm_settings *settings, uint64_t limit)
{
    const uint64_t most = 1 << 30, unknown = 256 << 20;
    uint64_t bytes = (uint64_t)settings->service.receive_memory_bytes;
    if (bytes)
        return (size_t)bytes;
    bytes = limit / 2;
    return (size_t)(!bytes ? unknown : bytes < most ? bytes : most);
}

/* ---- measuring ------------------------------------------------------------------------------- */

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* What is resident besides what is reserved, of which not all may be touched yet. */
static uint64_t measure(const tm_daemon_memory *m)
{
    return less(tm_machine_resident(), atomic_load(&m->budget.all));
}

static void bound(tm_daemon_memory *m)
{
    if (!m->limits.limit) {
        tm_budget_bound(&m->budget, SIZE_MAX, SIZE_MAX);
        return;
    }
    const uint64_t other = atomic_load(&m->other);
    const uint64_t hard = less(m->limits.limit, other), soft = less(hard, m->limits.spike);
    tm_budget_bound(&m->budget, (size_t)hard, (size_t)(soft > hard / 2 ? soft : hard / 2));
}

/* What the allocator keeps of memory that nobody needs goes back when it is about to be missed. */
static void look(tm_daemon_memory *m)
{
    uint64_t other = measure(m), before = atomic_load(&m->other);
    const uint64_t soft = less(m->limits.limit, m->limits.spike);
    if (m->limits.limit && other > m->base + soft / 8 && other > before) {
        tm_heap_trim(NULL);
        other = measure(m);
    }
    /* It falls slowly: a moment ago it was needed. */
    const uint64_t least = before - before / 8;
    atomic_store(&m->other, other > least ? other : least);
    bound(m);
}

static void tell(tm_daemon *d)
{
    tm_daemon_memory *m = &d->memory;
    const uint64_t refused = atomic_load(&m->budget.refused);
    const bool is_short = tm_budget_is_short(&m->budget) || refused > m->told;
    if (is_short && !m->is_short)
        tm_log_warn(d->log, "memory is above the soft limit, requests are refused",
                    TM_LOG_UINT("held_bytes", atomic_load(&m->budget.all)),
                    TM_LOG_UINT("other_bytes", atomic_load(&m->other)),
                    TM_LOG_UINT("limit_bytes", m->limits.limit),
                    TM_LOG_UINT("spike_bytes", m->limits.spike));
    if (!is_short && m->is_short)
        tm_log_info(d->log, "memory is below the soft limit again");
    m->is_short = is_short;
    m->told = refused;
}

static void ring(void *argument)
{
    tm_daemon *d = argument;
    look(&d->memory);
    tell(d);
    tm_timer_start(d->memory.timer, d->memory.limits.interval_ms);
}

/* ---- the budget ------------------------------------------------------------------------------ */

void tm_daemon_bound_memory(tm_daemon *d)
{
    tm_daemon_memory *m = &d->memory;
    const tm_memory_limits before = m->limits;
    m->limits = tm_memory_limits_of(d->settings, m->machine);
    atomic_store(&m->limit, m->limits.limit);
    atomic_store(&m->soft_limit, less(m->limits.limit, m->limits.spike));
    tm_budget_limit(&m->budget, receive_memory(d->settings, m->limits.limit));
    bound(m);
    if (m->timer && m->limits.interval_ms != before.interval_ms)
        tm_timer_start(m->timer, m->limits.interval_ms);
}

bool tm_daemon_open_memory(tm_daemon *d)
{
    tm_daemon_memory *m = &d->memory;
    m->machine = tm_machine_memory("");
    m->timer = tm_timer_new(d->home, ring, d);
    tm_budget_init(&m->budget, 0);
    tm_budget_heap_init(&m->judging, &m->budget);
    tm_daemon_bound_memory(d);
    return m->timer != NULL;
}

void tm_daemon_watch_memory(tm_daemon *d)
{
    tm_daemon_memory *m = &d->memory;
    m->base = measure(m);
    atomic_store(&m->other, m->base);
    bound(m);
    if (m->limits.configured && m->limits.limit < m->base + m->limits.spike)
        tm_log_warn(d->log, "the memory limit leaves no room: tamis alone takes more",
                    TM_LOG_UINT("bytes", m->base), TM_LOG_UINT("limit_bytes", m->limits.limit),
                    TM_LOG_UINT("spike_bytes", m->limits.spike));
    tm_timer_start(m->timer, m->limits.interval_ms);
}
