/* Keys of exporters: the tables of keys/.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys_rows.h"

#define THIS tm_tls_settings
static const tm_key tls_rows[] = {
#include "config/keys/tls_client.def"
};
PART_KEYS(tls, tm_check_tls_client, TM_PART_TLS);
#undef THIS

#define THIS tm_retry_settings
static const tm_key retry_rows[] = {
#include "config/keys/retry_on_failure.def"
};
PART_KEYS(retry, tm_check_retry, TM_PART_RETRY);
#undef THIS

#define THIS tm_queue_partition_settings
static const tm_key queue_partition_rows[] = {
#include "config/keys/sending_queue_partition.def"
};
KEYS(queue_partition, tm_check_partition);
#undef THIS

#define THIS tm_queue_batch_settings
static const tm_key queue_batch_rows[] = {
#include "config/keys/sending_queue_batch.def"
};
KEYS(queue_batch, tm_check_queue_batch);
#undef THIS

#define THIS tm_queue_settings
static const tm_key queue_rows[] = {
#include "config/keys/sending_queue.def"
};
PART_KEYS(queue, tm_check_queue, TM_PART_QUEUE);
#undef THIS

#define THIS tm_auth_settings
static const tm_key auth_rows[] = {
#include "config/keys/auth.def"
};
PART_KEYS(auth, tm_check_auth, TM_PART_AUTH);
#undef THIS

#define THIS tm_client_keepalive_settings
static const tm_key client_keepalive_rows[] = {
#include "config/keys/exporter_keepalive.def"
};
KEYS(client_keepalive, NULL);
#undef THIS

#define THIS tm_otlp_exporter_settings
static const tm_key exporter_otlp_rows[] = {
#include "config/keys/exporter_otlp.def"
};
COMPONENT_KEYS(exporter_otlp, tm_check_otlp_exporter);
#undef THIS

#define THIS tm_compression_params
static const tm_key compression_params_rows[] = {
#include "config/keys/compression_params.def"
};
KEYS(compression_params, NULL);
#undef THIS

#define THIS tm_http_exporter_settings
static const tm_key exporter_http_rows[] = {
#include "config/keys/exporter_otlphttp.def"
};
COMPONENT_KEYS(exporter_http, tm_check_http_exporter);
#undef THIS

#define THIS tm_debug_exporter_settings
static const tm_key exporter_debug_rows[] = {
#include "config/keys/exporter_debug.def"
};
COMPONENT_KEYS(exporter_debug, tm_check_debug_exporter);
#undef THIS

#define THIS tm_debug_exporter_settings
static const tm_key exporter_logging_rows[] = {
#include "config/keys/exporter_logging.def"
};
COMPONENT_KEYS(exporter_logging, tm_check_logging_exporter);
#undef THIS

#define THIS tm_rotation_settings
static const tm_key rotation_rows[] = {
#include "config/keys/exporter_rotation.def"
};
KEYS(rotation, NULL);
#undef THIS

#define THIS tm_file_exporter_settings
static const tm_key exporter_file_rows[] = {
#include "config/keys/exporter_file.def"
};
COMPONENT_KEYS(exporter_file, tm_check_file_exporter);
#undef THIS

const tm_keys tm_keys_exporter_nop = {0};

/* ---- extensions of exporters ----------------------------------------------------------------- */

#define THIS tm_set_header
static const tm_key set_header_rows[] = {
#include "config/keys/extension_set_header.def"
};
KEYS(set_header, tm_check_set_header);
#undef THIS

#define THIS tm_setter_settings
static const tm_key setter_rows[] = {
#include "config/keys/extension_headers_setter.def"
};
COMPONENT_KEYS(setter, tm_check_setter);
#undef THIS

#define THIS tm_oauth2_settings
static const tm_key oauth2_rows[] = {
#include "config/keys/extension_oauth2client.def"
};
COMPONENT_KEYS(oauth2, tm_check_oauth2);
#undef THIS
