/* Same: what two configurations want of a component, printed and compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/same.h"

#include "config/keys.h"
#include "config/kinds.h"

static bool same_keys(tm_arena *arena, const tm_keys *keys, const void *a, const void *b)
{
    tm_buf one = {.arena = arena}, other = {.arena = arena};
    tm_settings_print_keys(keys, a, &one);
    tm_settings_print_keys(keys, b, &other);
    return tm_text_equal(tm_buf_text(&one), tm_buf_text(&other));
}

static void add_extension(void *owner, tm_auth_settings *auth)
{
    const tm_extension_settings *e = auth->extension;
    if (!e)
        return;
    tm_buf_print(owner, "%.*s:\n", TM_PRI(e->id));
    tm_settings_print_keys(tm_extension_keys(e), &e->health, owner);
    tm_extension_each_auth(e, add_extension, owner);
}

bool tm_same_receiver(tm_arena *arena, const tm_receiver_settings *a, const tm_receiver_settings *b)
{
    tm_buf one = {.arena = arena}, other = {.arena = arena};
    tm_receiver_each_auth(a, add_extension, &one);
    tm_receiver_each_auth(b, add_extension, &other);
    return a->type == b->type && tm_text_equal(tm_buf_text(&one), tm_buf_text(&other)) &&
           same_keys(arena, tm_receiver_keys(a), &a->otlp, &b->otlp);
}

bool tm_same_exporter(tm_arena *arena, const tm_exporter_settings *a, const tm_exporter_settings *b)
{
    tm_buf one = {.arena = arena}, other = {.arena = arena};
    tm_exporter_each_auth(a, add_extension, &one);
    tm_exporter_each_auth(b, add_extension, &other);
    return a->type == b->type && tm_text_equal(tm_buf_text(&one), tm_buf_text(&other)) &&
           same_keys(arena, tm_exporter_keys(a), &a->otlp, &b->otlp);
}

bool tm_same_extension(tm_arena *arena, const tm_extension_settings *a,
                       const tm_extension_settings *b)
{
    tm_buf one = {.arena = arena}, other = {.arena = arena};
    tm_extension_each_auth(a, add_extension, &one);
    tm_extension_each_auth(b, add_extension, &other);
    return a->type == b->type && tm_text_equal(tm_buf_text(&one), tm_buf_text(&other)) &&
           same_keys(arena, tm_extension_keys(a), &a->health, &b->health);
}

bool tm_same_batch(tm_arena *arena, const tm_batch_settings *a, const tm_batch_settings *b)
{
    return same_keys(arena, &tm_keys_batch, a, b);
}

/* The table of a key of service.telemetry. */
static const tm_keys *telemetry_keys(const char *name)
{
    const tm_keys *keys = &tm_keys_service;
    const char *const path[] = {"telemetry", name};
    for (size_t step = 0; step < 2; step++) {
        size_t i = 0;
        while (strcmp(keys->rows[i].name, path[step]) != 0)
            i++;
        keys = keys->rows[i].nested;
    }
    return keys;
}

bool tm_same_metrics(tm_arena *arena, const tm_metrics_settings *a, const tm_metrics_settings *b)
{
    return same_keys(arena, telemetry_keys("metrics"), a, b);
}

bool tm_same_logs(tm_arena *arena, const tm_logs_settings *a, const tm_logs_settings *b)
{
    tm_logs_settings alike = *b;
    alike.level = a->level;
    return same_keys(arena, telemetry_keys("logs"), a, &alike);
}
