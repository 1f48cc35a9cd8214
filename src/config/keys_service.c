/* Keys of extensions, and of the service: the tables of keys/.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys_rows.h"

#define THIS tm_bearer_settings
static const tm_key bearer_rows[] = {
#include "config/keys/extension_bearertokenauth.def"
};
COMPONENT_KEYS(bearer, tm_check_bearer);
#undef THIS

#define THIS tm_htpasswd_settings
static const tm_key htpasswd_rows[] = {
#include "config/keys/extension_htpasswd.def"
};
KEYS(htpasswd, tm_check_htpasswd);
#undef THIS

#define THIS tm_client_auth_settings
static const tm_key client_auth_rows[] = {
#include "config/keys/extension_client_auth.def"
};
KEYS(client_auth, tm_check_client_auth);
#undef THIS

#define THIS tm_basic_settings
static const tm_key basic_rows[] = {
#include "config/keys/extension_basicauth.def"
};
COMPONENT_KEYS(basic, tm_check_basic);
#undef THIS

const tm_keys tm_keys_storage = {0}, tm_keys_pprof = {0};

#define THIS tm_sampling_settings
static const tm_key logs_sampling_rows[] = {
#include "config/keys/service_logs_sampling.def"
};
KEYS(logs_sampling, NULL);
#undef THIS

#define THIS tm_logs_settings
static const tm_key logs_rows[] = {
#include "config/keys/service_logs.def"
};
KEYS(logs, tm_check_logs);
#undef THIS

#define THIS tm_prometheus_settings
static const tm_key prometheus_rows[] = {
#include "config/keys/service_prometheus.def"
};
KEYS(prometheus, tm_check_prometheus);
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

#define THIS tm_judge_settings
static const tm_key judge_rows[] = {
#include "config/keys/service_judge.def"
};
KEYS(judge, NULL);
#undef THIS

#define THIS tm_reload_settings
static const tm_key reload_rows[] = {
#include "config/keys/service_reload.def"
};
KEYS(reload, NULL);
#undef THIS

#define THIS tm_drops_settings
static const tm_key drops_rows[] = {
#include "config/keys/service_drops.def"
};
KEYS(drops, NULL);
#undef THIS

#define THIS tm_service_settings
static const tm_key service_rows[] = {
#include "config/keys/service.def"
};
#undef THIS

const tm_keys tm_keys_service = {service_rows, COUNT(service_rows), sizeof(tm_service_settings),
                                 NULL, TM_PART_OWN};

static const tm_key pipeline_rows[] = {
#include "config/keys/pipeline.def"
};

const tm_keys tm_keys_pipeline = {pipeline_rows, COUNT(pipeline_rows), 0, NULL, TM_PART_OWN};

static const tm_key root_rows[] = {
#include "config/keys/root.def"
};

const tm_keys tm_keys_root = {root_rows, COUNT(root_rows), 0, NULL, TM_PART_OWN};

const tm_keys *tm_keys_prometheus(void)
{
    return &prometheus_keys;
}
