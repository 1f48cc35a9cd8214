/* Extension settings: of what stands beside pipelines.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_EXTENSION_SETTINGS_H
#define TM_CONFIG_EXTENSION_SETTINGS_H

#include "config/ends.h"

typedef struct tm_health_response {
    tm_text healthy, unhealthy; /* bodies; empty: those of the Collector */
} tm_health_response;

typedef struct tm_health_settings {
    tm_http_server_settings http; /* first: its keys are ours */
    tm_text path;
    tm_health_response response;
} tm_health_settings;

typedef struct tm_zpages_settings {
    tm_http_server_settings http; /* first: its keys are ours */
} tm_zpages_settings;

typedef struct tm_bearer_settings {
    tm_text header; /* "Authorization" */
    tm_text scheme; /* "Bearer"; may be empty */
    tm_text token;
    tm_texts tokens;
    tm_text filename; /* a token a line; wins over the others */
} tm_bearer_settings;

typedef struct tm_htpasswd_settings {
    tm_text file, inline_text; /* lines "USER:HASH"; those of the latter win */
} tm_htpasswd_settings;

typedef struct tm_client_auth_settings {
    tm_text username, password, username_file, password_file; /* files win */
} tm_client_auth_settings;

typedef struct tm_basic_settings {
    tm_htpasswd_settings *htpasswd;       /* of servers; */
    tm_client_auth_settings *client_auth; /* or this of clients, the other one is NULL */
} tm_basic_settings;

typedef enum tm_header_action {
    TM_HEADER_INSERT,
    TM_HEADER_UPDATE,
    TM_HEADER_UPSERT,
    TM_HEADER_DELETE
} tm_header_action;

typedef struct tm_set_header {
    tm_text key;
    tm_header_action action;
    tm_text value, value_file;            /* either one of these ... */
    tm_text from_context, from_attribute; /* ... or one of these, of the client; not to delete */
    tm_text default_value;                /* where it has none */
} tm_set_header;

typedef struct tm_set_headers {
    tm_set_header *items;
    size_t count;
} tm_set_headers;

typedef struct tm_setter_settings {
    tm_set_headers headers;
    tm_auth_settings additional; /* whose headers are sent, too; no id: nobody's */
} tm_setter_settings;

typedef enum tm_grant { TM_GRANT_CLIENT_CREDENTIALS } tm_grant;

typedef struct tm_oauth2_settings {
    tm_endpoint token_url;
    tm_text client_id, client_id_file, client_secret, client_secret_file; /* files win */
    tm_texts scopes;
    tm_headers endpoint_params;
    tm_grant grant;
    int64_t expiry_buffer_ns;
    int64_t timeout_ns; /* 0: the usual one */
    tm_tls_settings tls;
} tm_oauth2_settings;

typedef tm_no_settings tm_storage_settings, tm_pprof_settings;

typedef enum tm_extension_type {
#define EXTENSION(ID, ...) TM_EXTENSION_##ID,
#include "config/keys/extensions.def"
#undef EXTENSION
} tm_extension_type;

typedef struct tm_extension_settings {
    tm_extension_type type;
    tm_text id;
    const tm_source *source;
    tm_place place;
    union {
#define EXTENSION(ID, MEMBER, ...) tm_##MEMBER##_settings MEMBER;
#include "config/keys/extensions.def"
#undef EXTENSION
    };
} tm_extension_settings;

#endif
