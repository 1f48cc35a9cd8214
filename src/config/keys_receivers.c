/* Keys of receivers: the tables of keys/.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys_rows.h"

#define THIS tm_auth_settings
static const tm_key auth_rows[] = {
#include "config/keys/auth.def"
};
PART_KEYS(auth, tm_check_auth, TM_PART_AUTH);
#undef THIS

#define THIS tm_auth_settings
static const tm_key http_auth_rows[] = {
#include "config/keys/auth_http.def"
};
PART_KEYS(http_auth, tm_check_auth, TM_PART_AUTH);
#undef THIS

#define THIS tm_tls_settings
static const tm_key server_tls_rows[] = {
#include "config/keys/tls_server.def"
};
PART_KEYS(server_tls, tm_check_tls_server, TM_PART_TLS);
#undef THIS

#define THIS tm_server_parameters
static const tm_key server_parameters_rows[] = {
#include "config/keys/receiver_server_parameters.def"
};
KEYS(server_parameters, NULL);
#undef THIS

#define THIS tm_enforcement_policy
static const tm_key enforcement_policy_rows[] = {
#include "config/keys/receiver_enforcement_policy.def"
};
KEYS(enforcement_policy, NULL);
#undef THIS

#define THIS tm_grpc_keepalive_settings
static const tm_key grpc_keepalive_rows[] = {
#include "config/keys/receiver_grpc_keepalive.def"
};
KEYS(grpc_keepalive, NULL);
#undef THIS

#define THIS tm_grpc_server_settings
static const tm_key grpc_server_rows[] = {
#include "config/keys/receiver_otlp_grpc.def"
};
KEYS(grpc_server, NULL);
#undef THIS

#define THIS tm_cors_settings
static const tm_key cors_rows[] = {
#include "config/keys/receiver_cors.def"
};
KEYS(cors, tm_check_cors);
#undef THIS

#define THIS tm_http_keepalive_settings
static const tm_key http_keepalive_rows[] = {
#include "config/keys/receiver_http_keepalive.def"
};
KEYS(http_keepalive, NULL);
#undef THIS

#define THIS tm_http_server_settings
static const tm_key http_server_rows[] = {
#include "config/keys/receiver_otlp_http.def"
#include "config/keys/receiver_http.def"
#include "config/keys/server_http.def"
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
COMPONENT_KEYS(receiver_otlp, NULL);
#undef THIS

#define THIS tm_zipkin_receiver_settings
static const tm_key receiver_zipkin_rows[] = {
#include "config/keys/receiver_zipkin.def"
#undef THIS
#define THIS tm_http_server_settings /* which it begins with */
#include "config/keys/receiver_http.def"
#include "config/keys/server_http.def"
#undef THIS
#define THIS tm_zipkin_receiver_settings
};
COMPONENT_KEYS(receiver_zipkin, tm_check_http_server);
_Static_assert(offsetof(THIS, http) == 0, "offsets of the server's keys are those of its settings");
#undef THIS

/* ---- extensions that listen ----------------------------------------------------------------- */

#define THIS tm_health_response
static const tm_key health_response_rows[] = {
#include "config/keys/extension_health_response.def"
};
KEYS(health_response, NULL);
#undef THIS

#define THIS tm_health_settings
static const tm_key health_rows[] = {
#include "config/keys/extension_health_check.def"
#include "config/keys/page_http.def"
#undef THIS
#define THIS tm_http_server_settings
#include "config/keys/server_http.def"
#undef THIS
#define THIS tm_health_settings
};
COMPONENT_KEYS(health, tm_check_page_server);
_Static_assert(offsetof(THIS, http) == 0, "offsets of the server's keys are those of its settings");
#undef THIS

#define THIS tm_zpages_settings
static const tm_key zpages_rows[] = {
#include "config/keys/extension_zpages.def"
#include "config/keys/page_http.def"
#undef THIS
#define THIS tm_http_server_settings
#include "config/keys/server_http.def"
#undef THIS
#define THIS tm_zpages_settings
};
COMPONENT_KEYS(zpages, tm_check_page_server);
_Static_assert(offsetof(THIS, http) == 0, "offsets of the server's keys are those of its settings");
#undef THIS
