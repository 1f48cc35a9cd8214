/* Settings of the processors: what a configuration asks of the engine, checked but not compiled.
 * SPDX-License-Identifier: Apache-2.0
 *
 * config fills these structs from YAML; an embedder may fill them by hand. Regular expressions and
 * OTTL texts are compiled by the engine, which reports at the sources and places kept here. */
#ifndef TM_ENGINE_PROCESSOR_SETTINGS_H
#define TM_ENGINE_PROCESSOR_SETTINGS_H

#include "base/doc.h"
#include "lang/importer.h"

/* What a rule's runtime error does. */
typedef enum tm_error_mode {
    TM_MODE_IGNORE,   /* count and log, go on */
    TM_MODE_SILENT,   /* count, go on */
    TM_MODE_PROPAGATE /* refuse the request */
} tm_error_mode;

/* The context that a group of rules is compiled for. */
typedef enum tm_rules_context {
    TM_INFER_CONTEXT, /* from the paths, which must all be prefixed */
    TM_IN_RESOURCE,   /* the others take bare paths */
    TM_IN_SCOPE,
    TM_IN_SPAN,
    TM_IN_EVENT
} tm_rules_context;

/* One text of a configuration that the engine compiles: an OTTL rule, a regular expression. */
typedef struct tm_rule_text {
    tm_source source; /* .text: the rule after expansion; .name, .first_*: its place in the file */
    tm_text name;     /* "filter/noise/traces.span[3]": names it in metrics and verdicts */
} tm_rule_text;

typedef struct tm_rule_texts {
    tm_rule_text *items;
    size_t count;
} tm_rule_texts;

/* ---- include / exclude --------------------------------------------------------------------- */

typedef enum tm_match_type { TM_MATCH_STRICT, TM_MATCH_REGEXP } tm_match_type;

typedef struct tm_match_attribute {
    tm_rule_text key;    /* always compared as it is */
    const tm_doc *value; /* NULL: the key only has to be there; regexp: a string */
} tm_match_attribute;

typedef struct tm_match_attributes {
    tm_match_attribute *items;
    size_t count;
} tm_match_attributes;

typedef struct tm_match_library {
    tm_rule_text name;
    tm_rule_text version;
    bool has_version; /* false: the version is not compared */
} tm_match_library;

typedef struct tm_match_libraries {
    tm_match_library *items;
    size_t count;
} tm_match_libraries;

/* All criteria given must hold; within services, span_names, span_kinds and libraries any one may.
 * With TM_MATCH_REGEXP the texts are RE2 expressions. */
typedef struct tm_match_settings {
    tm_match_type type;
    tm_rule_texts services;
    tm_rule_texts span_names;
    tm_rule_texts span_kinds;
    tm_match_attributes attributes;
    tm_match_attributes resources;
    tm_match_libraries libraries;
} tm_match_settings;

/* ---- filter -------------------------------------------------------------------------------- */

/* One group of `trace_conditions`. The flat form is one group without a context. */
typedef struct tm_condition_group {
    tm_rules_context context;
    tm_error_mode error_mode;
    tm_rule_texts conditions;
} tm_condition_group;

typedef struct tm_condition_groups {
    tm_condition_group *items;
    size_t count;
} tm_condition_groups;

/* `traces:`, each level with bare paths of its own context. */
typedef struct tm_filter_levels {
    tm_rule_texts resource;
    tm_rule_texts span;
    tm_rule_texts event;
} tm_filter_levels;

typedef struct tm_filter_spans {
    tm_match_settings *include; /* NULL: everything */
    tm_match_settings *exclude; /* NULL: nothing */
} tm_filter_spans;

/* One of the three styles is filled, or none. */
typedef struct tm_filter_settings {
    tm_error_mode error_mode;
    tm_filter_levels traces;
    tm_condition_groups groups;
    tm_filter_spans spans;
} tm_filter_settings;

/* ---- attributes, resource ------------------------------------------------------------------ */

typedef enum tm_action {
    TM_ACTION_INSERT,
    TM_ACTION_UPDATE,
    TM_ACTION_UPSERT,
    TM_ACTION_DELETE,
    TM_ACTION_HASH,
    TM_ACTION_EXTRACT,
    TM_ACTION_CONVERT
} tm_action;

typedef enum tm_convert_to {
    TM_CONVERT_NONE,
    TM_CONVERT_STRING,
    TM_CONVERT_INT,
    TM_CONVERT_DOUBLE
} tm_convert_to;

/* Combinations are checked: insert, update and upsert have exactly one source of a value (or only a
 * default); delete and hash a key or a pattern; extract key and pattern; convert key and type. */
typedef struct tm_action_settings {
    tm_action action;
    tm_text name; /* "attributes/actions[2]" */
    tm_text key;
    tm_rule_text pattern;        /* RE2; .source.text empty when absent */
    const tm_doc *value;         /* a constant of any type, or NULL */
    const tm_doc *default_value; /* for from_attribute and from_context, or alone; or NULL */
    tm_text from_attribute;
    tm_text from_context;
    tm_convert_to converted_type;
    const tm_source *source; /* of the whole action */
    tm_place place;
} tm_action_settings;

typedef struct tm_actions {
    tm_action_settings *items;
    size_t count;
} tm_actions;

typedef struct tm_attributes_settings {
    tm_actions actions;
    tm_match_settings *include; /* NULL: every span */
    tm_match_settings *exclude; /* NULL: none */
} tm_attributes_settings;

typedef struct tm_resource_settings {
    tm_actions actions;
} tm_resource_settings;

/* ---- transform ----------------------------------------------------------------------------- */

/* One group of `trace_statements`. All strings of the flat form are one group. */
typedef struct tm_statement_group {
    tm_rules_context context;
    tm_error_mode error_mode;
    bool shared_cache;
    tm_rule_texts conditions; /* any of them; none: always */
    tm_rule_texts statements;
} tm_statement_group;

typedef struct tm_statement_groups {
    tm_statement_group *items;
    size_t count;
} tm_statement_groups;

typedef struct tm_transform_settings {
    tm_error_mode error_mode;
    tm_statement_groups groups;
} tm_transform_settings;

/* ---- probabilistic_sampler, batch, memory_limiter, tamis ----------------------------------- */

typedef enum tm_sampler_mode {
    TM_SAMPLE_HASH_SEED,
    TM_SAMPLE_EQUALIZING,
    TM_SAMPLE_PROPORTIONAL
} tm_sampler_mode;

typedef struct tm_sampler_settings {
    double percentage; /* 0 keeps none, 100 and more keeps all */
    int64_t hash_seed; /* fits 32 bits without sign */
    tm_sampler_mode mode;
    bool fail_closed;
    int64_t precision; /* hex digits of the threshold, 1 to 14 */
} tm_sampler_settings;

/* Says how the exporter's queue forms requests; the engine passes everything through. */
typedef struct tm_batch_settings {
    int64_t timeout_ns;    /* 0: every request at once */
    int64_t send_size;     /* spans that trigger sending; 0: every request at once */
    int64_t send_max_size; /* most spans a request; 0: no bound */
    tm_texts metadata_keys;
    int64_t metadata_limit; /* most distinct tuples of them; 0: no bound */
} tm_batch_settings;

typedef struct tm_limiter_settings {
    int64_t check_interval_ns;
    int64_t limit_mib; /* 0: by percentage */
    int64_t spike_limit_mib;
    int64_t limit_percentage;
    int64_t spike_limit_percentage;
} tm_limiter_settings;

struct tm_rule_unit;
struct tm_unit_rule;

/* Our own: rules from .ottl files. The engine compiles the files and opens what they import. */
typedef struct tm_tamis_settings {
    tm_error_mode error_mode; /* of files that say none */
    tm_rule_texts rules;      /* paths and globs as written */
    tm_rule_texts shadow;     /* the same of rules that judge beside them without acting */
    const tm_source **files;  /* what `rules` names, read, in order; must outlive compiling */
    size_t file_count;
    const tm_source **shadow_files; /* what `shadow` names */
    size_t shadow_file_count;
    const tm_rule_importer *importer; /* NULL: only what is embedded can be imported */
    const struct tm_rule_unit *unit;  /* files that were read already and outlive the ruleset; NULL:
                                       * `files` */
    const struct tm_unit_rule *only;  /* this rule of the unit alone, which has a tree; NULL: all */
} tm_tamis_settings;

/* ---- a processor --------------------------------------------------------------------------- */

typedef enum tm_processor_type {
#define PROCESSOR(ID, ...) TM_PROCESSOR_##ID,
#include "engine/processors.def"
#undef PROCESSOR
} tm_processor_type;

typedef enum tm_processor_trait {
    TM_PROCESSOR_FILTERS = 1, /* what it drops is counted as a filter's */
    TM_PROCESSOR_SAMPLES = 2, /* what it keeps and drops is counted as a sampler's */
    TM_PROCESSOR_BATCHES = 4, /* says how exporters form requests */
    TM_PROCESSOR_LIMITS = 8,  /* says how much memory there is */
} tm_processor_trait;

/* The traits of its row. */
unsigned tm_processor_traits(tm_processor_type type);

typedef struct tm_processor_settings {
    tm_processor_type type;
    tm_text id;              /* "filter/noise" */
    const tm_source *source; /* of the id in the configuration; NULL when filled by hand */
    tm_place place;
    union {
#define PROCESSOR(ID, MEMBER, ...) tm_##MEMBER##_settings MEMBER;
#include "engine/processors.def"
#undef PROCESSOR
    };
} tm_processor_settings;

#endif
