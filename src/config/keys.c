/* Keys: the tables of keys/, and looking things up in them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include "config/checks.h"

/* ---- rows ---------------------------------------------------------------------------------------
 * A row does not compile unless the member of THIS struct has the type that its kind fills. */

#define IS(type, member) _Generic(((THIS *)0)->member, type : 0)
#define FITS_BOOL(member) IS(bool, member)
#define FITS_INT(member) IS(int64_t, member)
#define FITS_DOUBLE(member) IS(double, member)
#define FITS_DURATION(member) IS(int64_t, member)
#define FITS_TEXT(member) IS(tm_text, member)
#define FITS_WORD(member) (sizeof(char[sizeof((THIS *)0)->member == sizeof(int) ? 1 : -1]) - 1)
#define FITS_LISTEN(member) IS(tm_endpoint, member)
#define FITS_TARGET(member) IS(tm_endpoint, member)
#define FITS_TEXTS(member) IS(tm_texts, member)
#define FITS_HEADERS(member) IS(tm_headers, member)
#define FITS_RULE(member) IS(tm_rule_text, member)
#define FITS_RULES(member) IS(tm_rule_texts, member)
#define FITS_VALUE(member) IS(const tm_doc *, member)
#define FITS_MAP(member) 0
#define FITS_OPTION(member) 0
#define FITS_SWITCH(member) 0
#define FITS_MAPS(member) 0
#define FITS_GROUPS(member) 0

#define KEY(NAME, KIND, MEMBER, FALLBACK, LIMITS, STATE, MANUAL)                                   \
    {.name = NAME,                                                                                 \
     .kind = TM_KEY_##KIND,                                                                        \
     .at = offsetof(THIS, MEMBER) + FITS_##KIND(MEMBER),                                           \
     .fallback = FALLBACK,                                                                         \
     .state = TM_##STATE,                                                                          \
     .manual = MANUAL,                                                                             \
     LIMITS},
#define SECTION(NAME, MANUAL) {.name = NAME, .kind = TM_KEY_SECTION, .manual = MANUAL},
#define SOON(NAME, MANUAL)                                                                         \
    {.name = NAME, .kind = TM_KEY_NOTHING, .state = TM_SOON, .manual = MANUAL},
#define UNUSED(NAME, MANUAL)                                                                       \
    {.name = NAME, .kind = TM_KEY_NOTHING, .state = TM_UNUSED, .manual = MANUAL},

#define OPEN .least = INT64_MIN, .most = INT64_MAX
#define FROM(LEAST) .least = (LEAST), .most = INT64_MAX
#define RANGE(LEAST, MOST) .least = (LEAST), .most = (MOST)
#define WORDS(LIST) .words = LIST
#define TABLE(NAME) .nested = &NAME##_keys
#define GROUP(NAME, RULES, JOINED) .nested = &NAME##_keys, .words = RULES, .joined = JOINED
#define MUST .required = true,

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define KEYS(NAME, CHECK)                                                                          \
    static const tm_keys NAME##_keys = {NAME##_rows, COUNT(NAME##_rows), sizeof(THIS), CHECK}

#define THIS tm_tls_settings
static const tm_key tls_rows[] = {
#include "config/keys/tls_client.def"
};
KEYS(tls, NULL);
#undef THIS

#define THIS tm_retry_settings
static const tm_key retry_rows[] = {
#include "config/keys/retry_on_failure.def"
};
KEYS(retry, tm_check_retry);
#undef THIS

#define THIS tm_queue_settings
static const tm_key queue_rows[] = {
#include "config/keys/sending_queue.def"
};
KEYS(queue, tm_check_queue);
#undef THIS

#define THIS tm_match_attribute
static const tm_key match_attribute_rows[] = {
#include "config/keys/match_attribute.def"
};
KEYS(match_attribute, NULL);
#undef THIS

#define THIS tm_match_library
static const tm_key match_library_rows[] = {
#include "config/keys/match_library.def"
};
KEYS(match_library, tm_check_library);
#undef THIS

#define THIS tm_match_settings
static const tm_key match_rows[] = {
#include "config/keys/match.def"
};
KEYS(match, tm_check_match);
#undef THIS

#define THIS tm_action_settings
static const tm_key action_rows[] = {
#include "config/keys/processor_action.def"
};
KEYS(action, tm_check_action);
#undef THIS

#define THIS tm_grpc_server_settings
static const tm_key grpc_server_rows[] = {
#include "config/keys/receiver_otlp_grpc.def"
};
KEYS(grpc_server, NULL);
#undef THIS

#define THIS tm_http_server_settings
static const tm_key http_server_rows[] = {
#include "config/keys/receiver_otlp_http.def"
};
KEYS(http_server, tm_check_http_server);
#undef THIS

#define THIS tm_otlp_protocols
static const tm_key otlp_protocols_rows[] = {
#include "config/keys/receiver_otlp_protocols.def"
};
KEYS(otlp_protocols, tm_check_protocols);
#undef THIS

#define THIS tm_otlp_receiver_settings
static const tm_key receiver_otlp_rows[] = {
#include "config/keys/receiver_otlp.def"
};
KEYS(receiver_otlp, NULL);
#undef THIS

#define THIS tm_zipkin_receiver_settings
static const tm_key receiver_zipkin_rows[] = {
#include "config/keys/receiver_zipkin.def"
};
KEYS(receiver_zipkin, NULL);
#undef THIS

#define THIS tm_filter_levels
static const tm_key filter_traces_rows[] = {
#include "config/keys/processor_filter_traces.def"
};
KEYS(filter_traces, NULL);
#undef THIS

#define THIS tm_filter_spans
static const tm_key filter_spans_rows[] = {
#include "config/keys/processor_filter_spans.def"
};
KEYS(filter_spans, NULL);
#undef THIS

#define THIS tm_condition_group
static const tm_key filter_group_rows[] = {
#include "config/keys/processor_filter_group.def"
};
KEYS(filter_group, NULL);
#undef THIS

#define THIS tm_filter_settings
static const tm_key filter_rows[] = {
#include "config/keys/processor_filter.def"
};
KEYS(filter, tm_check_filter);
#undef THIS

#define THIS tm_attributes_settings
static const tm_key attributes_rows[] = {
#include "config/keys/processor_attributes.def"
};
KEYS(attributes, tm_check_attributes);
#undef THIS

#define THIS tm_resource_settings
static const tm_key resource_rows[] = {
#include "config/keys/processor_resource.def"
};
KEYS(resource, tm_check_resource);
#undef THIS

#define THIS tm_statement_group
static const tm_key transform_group_rows[] = {
#include "config/keys/processor_transform_group.def"
};
KEYS(transform_group, NULL);
#undef THIS

#define THIS tm_transform_settings
static const tm_key transform_rows[] = {
#include "config/keys/processor_transform.def"
};
KEYS(transform, tm_check_transform);
#undef THIS

#define THIS tm_sampler_settings
static const tm_key sampler_rows[] = {
#include "config/keys/processor_probabilistic_sampler.def"
};
KEYS(sampler, tm_check_sampler);
#undef THIS

#define THIS tm_batch_settings
static const tm_key batch_rows[] = {
#include "config/keys/processor_batch.def"
};
KEYS(batch, tm_check_batch);
#undef THIS

#define THIS tm_limiter_settings
static const tm_key limiter_rows[] = {
#include "config/keys/processor_memory_limiter.def"
};
KEYS(limiter, tm_check_limiter);
#undef THIS

#define THIS tm_tamis_settings
static const tm_key tamis_rows[] = {
#include "config/keys/processor_tamis.def"
};
KEYS(tamis, tm_check_tamis);
#undef THIS

#define THIS tm_otlp_exporter_settings
static const tm_key exporter_otlp_rows[] = {
#include "config/keys/exporter_otlp.def"
};
KEYS(exporter_otlp, tm_check_otlp_exporter);
#undef THIS

#define THIS tm_http_exporter_settings
static const tm_key exporter_http_rows[] = {
#include "config/keys/exporter_otlphttp.def"
};
KEYS(exporter_http, tm_check_http_exporter);
#undef THIS

#define THIS tm_debug_exporter_settings
static const tm_key exporter_debug_rows[] = {
#include "config/keys/exporter_debug.def"
};
KEYS(exporter_debug, NULL);
#undef THIS

#define THIS tm_file_exporter_settings
static const tm_key exporter_file_rows[] = {
#include "config/keys/exporter_file.def"
};
KEYS(exporter_file, tm_check_file_exporter);
#undef THIS

#define THIS tm_health_settings
static const tm_key health_rows[] = {
#include "config/keys/extension_health_check.def"
};
KEYS(health, NULL);
#undef THIS

#define THIS tm_zpages_settings
static const tm_key zpages_rows[] = {
#include "config/keys/extension_zpages.def"
};
KEYS(zpages, NULL);
#undef THIS

#define THIS tm_logs_settings
static const tm_key logs_rows[] = {
#include "config/keys/service_logs.def"
};
KEYS(logs, NULL);
#undef THIS

#define THIS tm_prometheus_settings
static const tm_key prometheus_rows[] = {
#include "config/keys/service_prometheus.def"
};
KEYS(prometheus, NULL);
#undef THIS

#define THIS tm_pull_exporter
static const tm_key pull_exporter_rows[] = {
#include "config/keys/service_pull_exporter.def"
};
KEYS(pull_exporter, NULL);
#undef THIS

#define THIS tm_pull_settings
static const tm_key pull_rows[] = {
#include "config/keys/service_pull.def"
};
KEYS(pull, NULL);
#undef THIS

#define THIS tm_metrics_reader
static const tm_key reader_rows[] = {
#include "config/keys/service_reader.def"
};
KEYS(reader, NULL);
#undef THIS

#define THIS tm_metrics_settings
static const tm_key metrics_rows[] = {
#include "config/keys/service_metrics.def"
};
KEYS(metrics, tm_check_metrics);
#undef THIS

#define THIS tm_telemetry_settings
static const tm_key telemetry_rows[] = {
#include "config/keys/service_telemetry.def"
};
KEYS(telemetry, NULL);
#undef THIS

static const tm_keys no_keys = {0};

#define THIS tm_service_settings
static const tm_key service_rows[] = {
#include "config/keys/service.def"
};
#undef THIS

const tm_keys tm_keys_service = {service_rows, COUNT(service_rows), sizeof(tm_service_settings),
                                 NULL};

static const tm_key pipeline_rows[] = {
#include "config/keys/pipeline.def"
};

const tm_keys tm_keys_pipeline = {pipeline_rows, COUNT(pipeline_rows), 0, NULL};

static const tm_key root_rows[] = {
#include "config/keys/root.def"
};

const tm_keys tm_keys_root = {root_rows, COUNT(root_rows), 0, NULL};

const tm_keys *tm_keys_prometheus(void)
{
    return &prometheus_keys;
}

/* ---- components ---------------------------------------------------------------------------- */

#define COMPONENT(SECTION_, NAME, TYPE, KEYS_, STATE, MANUAL)                                      \
    {TM_SECTION_##SECTION_, NAME, TYPE, KEYS_, TM_##STATE, MANUAL},

static const tm_component COMPONENTS[] = {
#include "config/keys/components.def"
};

#undef COMPONENT

const tm_component *tm_components(size_t *count)
{
    *count = COUNT(COMPONENTS);
    return COMPONENTS;
}

const tm_component *tm_component_find(tm_section section, tm_text name)
{
    for (size_t i = 0; i < COUNT(COMPONENTS); i++)
        if (COMPONENTS[i].section == section && tm_text_is(name, COMPONENTS[i].name))
            return &COMPONENTS[i];
    return NULL;
}

static const struct {
    const char *many, *one;
} SECTIONS[TM_SECTIONS] = {
    {"receivers", "receiver"},
    {"processors", "processor"},
    {"exporters", "exporter"},
    {"extensions", "extension"},
};

const char *tm_section_name(tm_section section)
{
    return SECTIONS[section].many;
}

const char *tm_section_one(tm_section section)
{
    return SECTIONS[section].one;
}
