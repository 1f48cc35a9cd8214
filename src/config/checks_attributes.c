/* Checks of attribute actions and matchers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"

#include "otlp/enums.h"

/* Keys of an action, as bits. */
enum {
    HAS_KEY = 1,
    HAS_VALUE = 2,
    HAS_FROM_ATTRIBUTE = 4,
    HAS_FROM_CONTEXT = 8,
    HAS_DEFAULT = 16,
    HAS_PATTERN = 32,
    HAS_TYPE = 64,
    SOURCES = HAS_VALUE | HAS_FROM_ATTRIBUTE | HAS_FROM_CONTEXT,
    VALUES = SOURCES | HAS_DEFAULT
};

static const struct {
    const char *name;
    unsigned bit;
} KEYS[] = {
    {"key", HAS_KEY},
    {"value", HAS_VALUE},
    {"from_attribute", HAS_FROM_ATTRIBUTE},
    {"from_context", HAS_FROM_CONTEXT},
    {"default_value", HAS_DEFAULT},
    {"pattern", HAS_PATTERN},
    {"converted_type", HAS_TYPE},
};

/* What each action may have and must have; `any`: at least one of these. A default that an action
 * has no use for is accepted, as in the Collector. */
static const struct {
    const char *name;
    unsigned may, must, any;
    const char *any_words;
} ACTIONS[] = {
    [TM_ACTION_INSERT] = {"insert", HAS_KEY | VALUES, HAS_KEY, VALUES,
                          "a value, from_attribute or default_value"},
    [TM_ACTION_UPDATE] = {"update", HAS_KEY | VALUES, HAS_KEY, VALUES,
                          "a value, from_attribute or default_value"},
    [TM_ACTION_UPSERT] = {"upsert", HAS_KEY | VALUES, HAS_KEY, VALUES,
                          "a value, from_attribute or default_value"},
    [TM_ACTION_DELETE] = {"delete", HAS_KEY | HAS_PATTERN | HAS_DEFAULT, 0, HAS_KEY | HAS_PATTERN,
                          "a key or a pattern"},
    [TM_ACTION_HASH] = {"hash", HAS_KEY | HAS_PATTERN | HAS_DEFAULT, 0, HAS_KEY | HAS_PATTERN,
                        "a key or a pattern"},
    [TM_ACTION_EXTRACT] = {"extract", HAS_KEY | HAS_PATTERN | HAS_DEFAULT, HAS_KEY | HAS_PATTERN,
                           HAS_KEY, NULL},
    [TM_ACTION_CONVERT] = {"convert", HAS_KEY | HAS_TYPE | HAS_DEFAULT, HAS_KEY | HAS_TYPE, HAS_KEY,
                           NULL},
};

enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };

/* The keys that hold something: an empty string is as good as none, but not as a value. */
static unsigned given_keys(const tm_doc *doc, const tm_doc *nodes[KEY_COUNT])
{
    unsigned given = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        nodes[i] = tm_doc_find(doc, tm_text_of(KEYS[i].name));
        bool value = KEYS[i].bit & (HAS_VALUE | HAS_DEFAULT);
        if (nodes[i] && nodes[i]->type != TM_DOC_NULL && (value || nodes[i]->text.n))
            given |= KEYS[i].bit;
    }
    return given;
}

static bool refuse_key(tm_reading *r, const tm_doc *node, const char *action)
{
    tm_text path = tm_doc_path(r->arena, node->parent);
    return tm_diag_error(r->diags, node->source, node->key_place, "E0527",
                         "%.*s: the action %s does not use \"%.*s\"", TM_PRI(path), action,
                         TM_PRI(node->key));
}

static bool check_keys(tm_reading *r, const tm_doc *doc, tm_action action)
{
    const tm_doc *nodes[KEY_COUNT], *source = NULL;
    unsigned given = given_keys(doc, nodes);
    const char *name = ACTIONS[action].name;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (given & KEYS[i].bit & ~ACTIONS[action].may)
            return refuse_key(r, nodes[i], name);
        if (!(given & KEYS[i].bit) && (ACTIONS[action].must & KEYS[i].bit))
            return tm_reading_fail(r, doc, "E0523", "the action %s needs \"%s\"", name,
                                   KEYS[i].name);
        if (!(given & KEYS[i].bit & SOURCES))
            continue;
        if (source)
            return tm_check_clash(r, source, nodes[i]);
        source = nodes[i];
    }
    return (given & ACTIONS[action].any) ||
           tm_reading_fail(r, doc, "E0523", "the action %s needs %s", name,
                           ACTIONS[action].any_words);
}

bool tm_check_action(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_action_settings *action = settings;
    tm_text path = tm_reading_path(r, doc);
    action->name = tm_arena_print(r->arena, "%.*s/%.*s", TM_PRI(r->id), TM_PRI(path));
    action->source = doc->source;
    action->place = doc->place;
    return check_keys(r, doc, action->action);
}

static bool need_actions(tm_reading *r, const tm_doc *doc, const tm_actions *actions)
{
    return actions->count || tm_reading_fail(r, doc, "E0523", "there is no action");
}

bool tm_check_attributes(tm_reading *r, const tm_doc *doc, void *settings)
{
    return need_actions(r, doc, &((tm_attributes_settings *)settings)->actions);
}

bool tm_check_resource(tm_reading *r, const tm_doc *doc, void *settings)
{
    return need_actions(r, doc, &((tm_resource_settings *)settings)->actions);
}

/* ---- matchers ------------------------------------------------------------------------------ */

bool tm_check_library(tm_reading *r, const tm_doc *doc, void *settings)
{
    (void)r;
    const tm_doc *version = tm_doc_find(doc, TM_TEXT("version"));
    ((tm_match_library *)settings)->has_version = version && version->type != TM_DOC_NULL;
    return true;
}

/* An expression is tested against texts, so it must be one. */
static bool need_patterns(tm_reading *r, const tm_match_attributes *attributes)
{
    for (size_t i = 0; i < attributes->count; i++) {
        const tm_doc *value = attributes->items[i].value;
        if (value && value->type != TM_DOC_STRING)
            return tm_reading_expect(r, value, "a string, as match_type is regexp");
    }
    return true;
}

/* Kinds are compared as they are, so a wrong one would never match. */
static bool need_kinds(tm_reading *r, const tm_doc *doc, const tm_rule_texts *kinds)
{
    const tm_doc *list = tm_check_given(doc, "span_kinds");
    for (size_t i = 0; i < kinds->count; i++) {
        tm_text kind = kinds->items[i].source.text;
        int64_t number; /* 0, which says that it is not known, is none to match */
        if (!kind.n || (tm_enum_read(TM_ENUM_SPAN_KIND, kind, &number) && number > 0))
            continue;
        tm_reading_fail(r, list, "E0524", "\"%.*s\" is no kind of span", TM_PRI(kind));
        return tm_diag_hint(r->diags, "kinds are CLIENT, CONSUMER, INTERNAL, PRODUCER and SERVER, "
                                      "each behind SPAN_KIND_");
    }
    return true;
}

bool tm_check_match(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_match_settings *m = settings;
    size_t criteria = m->services.count + m->span_names.count + m->span_kinds.count +
                      m->attributes.count + m->resources.count + m->libraries.count;
    if (!criteria)
        return tm_reading_fail(r, doc, "E0523",
                               "it needs one of services, span_names, span_kinds, attributes, "
                               "resources and libraries");
    if (m->type == TM_MATCH_STRICT)
        return need_kinds(r, doc, &m->span_kinds);
    return need_patterns(r, &m->attributes) && need_patterns(r, &m->resources);
}
