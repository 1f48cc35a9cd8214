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
    TM_KEY_BOOL,     /* bool */
    TM_KEY_INT,      /* int64_t, within least and most */
    TM_KEY_DOUBLE,   /* double, within least and most */
    TM_KEY_DURATION, /* int64_t of nanoseconds, at least `least` */
    TM_KEY_TEXT,     /* tm_text */
    TM_KEY_WORD,     /* an enum: the number of the word in `words` */
    TM_KEY_LISTEN,   /* tm_endpoint: HOST:PORT */
    TM_KEY_TARGET,   /* tm_endpoint: HOST:PORT or another target of gRPC, see tm_target_read */
    TM_KEY_URL,      /* tm_endpoint: a URL, or HOST:PORT */
    TM_KEY_TEXTS,    /* tm_texts: a list of strings, or one string split at commas */
    TM_KEY_HEADERS,  /* tm_headers: a map of strings; secret */
    TM_KEY_SECRET,   /* tm_text, which is not shown */
    TM_KEY_SECRETS,  /* tm_texts, the same: a list of strings */
    TM_KEY_RULE,     /* tm_rule_text */
    TM_KEY_RULES,    /* tm_rule_texts: a list of strings */
    TM_KEY_VALUE,    /* const tm_doc *: anything */
    TM_KEY_MAP,      /* a struct, by the rows of `nested` */
    TM_KEY_OPTION,   /* a pointer to such a struct; NULL when the key is absent */
    TM_KEY_SWITCH,   /* the same, and that the key is there is enough: "grpc:" */
    TM_KEY_MAPS,     /* {items, count}: a list of such structs */
    TM_KEY_GROUPS,   /* the same: a list of strings or of maps, never mixed */
    TM_KEY_SECTION,  /* a map or list of ids that settings.c reads itself; words: its type, or NULL
                      */
    TM_KEY_NOTHING   /* no member: the key is not supported yet, or has no effect */
} tm_key_kind;

typedef enum tm_key_state {
    TM_BUILT,
    TM_SOON,  /* refused as "not supported yet" */
    TM_UNUSED /* accepted with a warning: it has no effect */
} tm_key_state;

typedef struct tm_keys tm_keys;

typedef struct tm_key {
    const char *name;
    tm_key_kind kind;
    size_t at;            /* of the member in the struct */
    const char *fallback; /* the default, as one would write it; NULL: zero, empty, absent */
    int64_t least, most;
    const char *words; /* "none= gzip ~snappy": spaces between, = before synonyms, ~ for not yet;
                        * GROUPS: the key of `nested` that rules without a group fill */
    const tm_keys *nested;
    bool mixed; /* GROUPS: rules without a group, which are one group, may also follow groups */
    bool required;
    bool zero_is_default; /* zero, less, and an empty text: as if the key were absent */
    tm_key_state state;
    const char *manual;
} tm_key;

typedef struct tm_reading tm_reading;

/* The keys of one map. */
struct tm_keys {
    const tm_key *rows;
    size_t count;
    size_t size_bytes; /* of the struct */
    /* What no row can say, and what several keys settle. Called when the rows had no error; `doc`
     * is NULL when the map is absent. */
    bool (*check)(tm_reading *r, const tm_doc *doc, void *settings);
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

/* Of the components, but for those that have none. */
extern const tm_keys tm_keys_bearer, tm_keys_basic, tm_keys_receiver_otlp, tm_keys_receiver_zipkin,
    tm_keys_filter, tm_keys_attributes, tm_keys_resource, tm_keys_transform, tm_keys_sampler,
    tm_keys_batch, tm_keys_limiter, tm_keys_tamis, tm_keys_exporter_otlp, tm_keys_exporter_http,
    tm_keys_exporter_debug, tm_keys_exporter_file, tm_keys_health, tm_keys_zpages;

extern const tm_keys tm_keys_service;
extern const tm_keys tm_keys_root;       /* the sections */
extern const tm_keys tm_keys_pipeline;   /* of one pipeline */
const tm_keys *tm_keys_prometheus(void); /* of service.telemetry.metrics, for its defaults */

/* All components, in the order of the manual. */
const tm_component *tm_components(size_t *count);
const tm_component *tm_component_find(tm_section section, tm_text name); /* may be NULL */
const char *tm_section_name(tm_section section);                         /* "receivers" */
const char *tm_section_one(tm_section section);                          /* "receiver" */

/* The word of a WORD key with this number, its first synonym. */
tm_text tm_key_word(const tm_key *key, int number);

/* The number of a word, case ignored; -1 when there is none. *soon: it is not supported yet. */
int tm_key_word_number(const tm_key *key, tm_text word, bool *soon);

const char *tm_state_name(tm_key_state state); /* "built", "not supported yet", "no effect" */

#endif
