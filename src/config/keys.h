/* Keys: one row for each key of the configuration, in the tables of keys/.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A row ties a key's name, type, member, default, limits, state and manual. The reader, the printer
 * and the manual walk the same rows. */
#ifndef TM_CONFIG_KEYS_H
#define TM_CONFIG_KEYS_H

#include "config/settings.h"

/* Type of a key: what it takes, the member it fills. */
typedef enum tm_key_kind {
#define KIND(ID, ...) TM_KEY_##ID,
#include "config/keys/kinds.def"
#undef KIND
} tm_key_kind;

typedef enum tm_key_state {
    TM_BUILT,
    TM_SOON,  /* refused as "not supported yet" */
    TM_UNUSED /* accepted with a warning: it has no effect */
} tm_key_state;

typedef struct tm_keys tm_keys;

/* A word and the enumerator that it stands for. */
typedef struct tm_word {
    const char *name;
    int value;
    bool also; /* another way to write what a word before it means: not listed */
    bool soon; /* refused as not supported yet */
} tm_word;

/* The tables of keys/words.def. */
#define WORDS(name, words) extern const tm_word tm_words_##name[];
#include "config/keys/words.def"
#undef WORDS

typedef struct tm_key {
    const char *name;
    tm_key_kind kind;
    size_t at;            /* of the member in the struct */
    const char *fallback; /* the default, as one would write it; NULL: zero, empty, absent */
    int64_t least, most;
    const tm_word *word; /* WORD: up to one without a name */
    const char *type;    /* SECTION: what it takes, or NULL for a map */
    const char *bare;    /* GROUPS: the key of `nested` that rules without a group fill */
    const tm_keys *nested;
    bool mixed; /* GROUPS: rules without a group, which are one group, may also follow groups */
    bool required;
    bool zero_is_default; /* zero, less, and an empty text: as if the key were absent */
    tm_key_state state;
    const char *manual;
} tm_key;

typedef struct tm_reading tm_reading;

/* Settings that many components have, which others look for in whatever they are given. */
typedef enum tm_part {
    TM_PART_OWN,
    TM_PART_QUEUE,
    TM_PART_RETRY,
    TM_PART_AUTH,
    TM_PART_TLS
} tm_part;

/* The keys of one map. */
struct tm_keys {
    const tm_key *rows;
    size_t count;
    size_t size_bytes; /* of the struct */
    /* What no row can say, and what several keys settle. Called when the rows had no error; `doc`
     * is NULL when the map is absent. */
    bool (*check)(tm_reading *r, const tm_doc *doc, void *settings);
    tm_part part; /* what such a map is wherever it stands */
};

/* A kind of component ("processors"), as the configuration's sections name it. */
typedef enum tm_section {
    TM_SECTION_RECEIVERS,
    TM_SECTION_PROCESSORS,
    TM_SECTION_EXPORTERS,
    TM_SECTION_EXTENSIONS,
    TM_SECTIONS,
    TM_SECTION_CONNECTORS = TM_SECTIONS /* of which there are none */
} tm_section;

typedef struct tm_component {
    tm_section section;
    const char *name; /* "otlp" */
    int type;         /* tm_receiver_type, tm_processor_type, ... */
    const tm_keys *keys;
    tm_key_state state;
    const char *manual;
} tm_component;

/* Of the components. */
#define RECEIVER(ID, MEMBER, ...) extern const tm_keys tm_keys_receiver_##MEMBER;
#include "config/keys/receivers.def"
#undef RECEIVER
#define PROCESSOR(ID, MEMBER, ...) extern const tm_keys tm_keys_##MEMBER;
#include "engine/processors.def"
#undef PROCESSOR
#define EXPORTER(ID, MEMBER, ...) extern const tm_keys tm_keys_exporter_##MEMBER;
#define EXPORTER_KEYS EXPORTER
#include "config/keys/exporters.def"
#undef EXPORTER
#define EXTENSION(ID, MEMBER, ...) extern const tm_keys tm_keys_##MEMBER;
#include "config/keys/extensions.def"
#undef EXTENSION

extern const tm_keys tm_keys_service;
extern const tm_keys tm_keys_root;       /* the sections */
extern const tm_keys tm_keys_pipeline;   /* of one pipeline */
const tm_keys *tm_keys_prometheus(void); /* of service.telemetry.metrics, for its defaults */

/* All components, in the order of the manual. */
const tm_component *tm_components(size_t *count);
const tm_component *tm_component_find(tm_section section, tm_text name); /* may be NULL */
const char *tm_section_name(tm_section section);                         /* "receivers" */
const char *tm_section_one(tm_section section);                          /* "receiver" */

/* The first word of a WORD key for this value. */
tm_text tm_key_word(const tm_key *key, int value);

/* The row of a word, case ignored; NULL when there is none. */
const tm_word *tm_key_find_word(const tm_key *key, tm_text word);

/* Is it among those that messages and the manual list? */
bool tm_word_is_listed(const tm_word *word);

/* The effective settings of one map, secrets included, as tm_settings_print shows them. */
void tm_settings_print_keys(const tm_keys *keys, const void *settings, tm_buf *out);

const char *tm_state_name(tm_key_state state); /* "built", "not supported yet", "no effect" */

#endif
