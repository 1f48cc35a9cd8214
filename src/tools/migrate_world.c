/* Migrate, world: a configuration is read on a machine that has not what it names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/migrate_report.h"

/* One of them fits wherever a value may stand. */
static const char *const TEXTS[] = {
    "localhost:4317",         "1",   "1s",     "true", "info", "gzip", "normal",
    "https://localhost:4317", "0.5", "[name]", "{}"};

static tm_migrate_standin *standin(tm_migration *m, tm_text name, tm_migrate_absent kind)
{
    tm_migrate_standin *s = m->standins;
    while (s && !(s->kind == kind && tm_text_equal(s->name, name)))
        s = s->next;
    if (s)
        return s;
    s = TM_NEW(m->arena, tm_migrate_standin);
    *s = (tm_migrate_standin){
        .next = m->standins, .name = tm_arena_copy(m->arena, name), .kind = kind};
    m->standins = s;
    return s;
}

/* A variable that has a default needs no stand-in. */
static const char *read_env(void *owner, const char *name)
{
    tm_migration *m = owner;
    tm_config_world os = tm_config_os();
    const char *value = os.env(os.owner, name);
    tm_text defaulted = tm_arena_print(m->arena, "%s:-", name);
    if (value || tm_text_find(m->text.text, defaulted) >= 0)
        return value;
    return TEXTS[standin(m, tm_text_of(name), TM_MIGRATE_VARIABLE)->number];
}

static bool read_file(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                      tm_text *why)
{
    tm_migration *m = owner;
    tm_config_world os = tm_config_os();
    tm_text reference = tm_arena_print(arena, "${file:%.*s}", TM_PRI(path));
    if (tm_text_equal(path, m->name)) {
        *bytes = m->text.text;
        return true;
    }
    if (os.read(os.owner, arena, path, most, bytes, why))
        return true;
    if (tm_text_find(m->text.text, reference) < 0)
        return false;
    *bytes = tm_text_of(TEXTS[standin(m, path, TM_MIGRATE_FILE)->number]);
    return true;
}

/* They are where tamis is to run, in a ConfigMap perhaps. */
static bool leave_rules_out(void *owner, tm_text pattern)
{
    return standin(owner, pattern, TM_MIGRATE_RULES) != NULL;
}

tm_config_world tm_migrate_world(tm_migration *m)
{
    return (tm_config_world){
        .owner = m, .env = read_env, .read = read_file, .absent = leave_rules_out};
}

bool tm_migrate_next_standin(tm_migration *m, const tm_doc *scalar)
{
    bool any = false;
    if (tm_text_find(scalar->text, TM_TEXT("${")) < 0)
        return false;
    for (tm_migrate_standin *s = m->standins; s; s = s->next) {
        if (s->kind == TM_MIGRATE_RULES || tm_text_find(scalar->text, s->name) < 0 ||
            s->number + 1 == sizeof TEXTS / sizeof *TEXTS)
            continue;
        s->number++;
        any = true;
    }
    return any;
}
