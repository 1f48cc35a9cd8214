/* Ends: settings of what stands at the ends of pipelines: receivers, exporters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_ENDS_H
#define TM_CONFIG_ENDS_H

#include "engine/processor_settings.h"
#include "tls/context.h"

/* Of components that have no keys. */
typedef struct tm_no_settings {
    char nothing;
} tm_no_settings;

/* ---- parts that several components share --------------------------------------------------- */

typedef struct tm_endpoint {
    tm_text text; /* as written */
    tm_text host; /* name or address, no brackets; empty: every address (listen), or a socket */
    int port;     /* 0: any (listen); a URL without one has its scheme's */
    bool http;    /* written with http:// */
    bool https;   /* written with https:// */
    tm_text path; /* what follows host and port in a URL, from '/' on; may be empty */
    const tm_source *source;
    tm_place place;
} tm_endpoint;

typedef struct tm_header {
    tm_text key;
    tm_text value;
    tm_place place;
} tm_header;

typedef struct tm_headers {
    tm_header *items;
    size_t count;
} tm_headers;

typedef enum tm_compression { TM_COMPRESS_NONE, TM_COMPRESS_GZIP, TM_COMPRESS_ZSTD } tm_compression;

typedef struct tm_compression_params {
    int64_t level; /* 0: the usual one */
} tm_compression_params;

/* What requests over HTTP may be compressed with: NAME(id, name). */
#define TM_REQUEST_CODINGS(NAME)                                                                   \
    NAME(IDENTITY, "")                                                                             \
    NAME(GZIP, "gzip")                                                                             \
    NAME(ZSTD, "zstd")                                                                             \
    NAME(DEFLATE, "deflate")                                                                       \
    NAME(ZLIB, "zlib")                                                                             \
    NAME(SNAPPY, "snappy")                                                                         \
    NAME(SNAPPY_FRAMED, "x-snappy-framed")                                                         \
    NAME(LZ4, "lz4")

typedef enum tm_request_coding {
#define NAME(id, name) TM_REQUEST_##id,
    TM_REQUEST_CODINGS(NAME)
#undef NAME
        TM_REQUEST_CODING_COUNT
} tm_request_coding;

struct tm_extension_settings;

typedef struct tm_auth_settings {
    tm_text authenticator;                         /* id of an extension, ... */
    const struct tm_extension_settings *extension; /* ... which was found to be this */
    const tm_doc *doc;                             /* where its id stands */
} tm_auth_settings;

/* Of receivers and exporters; each has its keys. */
typedef struct tm_tls_settings {
    tm_text cert_file, cert_pem, key_file, key_pem; /* its own; a file or a text of each */
    tm_tls_version min_version, max_version;
    tm_texts suites, curves; /* known names */
    int64_t reload_interval_ns;
    /* Exporters: */
    bool insecure; /* no TLS, but see tm_exporter_tls */
    bool skip_verify;
    tm_text server_name;
    tm_text ca_file, ca_pem;
    bool system_ca;
    /* Receivers: */
    tm_text client_ca_file;
    bool client_ca_reload;
    int64_t handshake_timeout_ns;
    const tm_doc *doc; /* where it stands, until it is copied; NULL: it does not */
} tm_tls_settings;

typedef struct tm_retry_settings {
    bool enabled;
    int64_t initial_interval_ns;
    int64_t max_interval_ns;
    int64_t max_elapsed_ns; /* 0: for ever */
    double multiplier;
    double randomization; /* 0 to 1 */
} tm_retry_settings;

typedef enum tm_sizer { TM_SIZE_REQUESTS, TM_SIZE_ITEMS, TM_SIZE_BYTES } tm_sizer;

typedef struct tm_queue_partition_settings {
    tm_texts metadata_keys;
} tm_queue_partition_settings;

typedef struct tm_queue_batch_settings {
    bool enabled;
    int64_t flush_timeout_ns;
    tm_sizer sizer; /* items or bytes */
    int64_t min_size;
    int64_t max_size; /* 0: no bound */
    tm_queue_partition_settings partition;
} tm_queue_batch_settings;

typedef struct tm_queue_settings {
    bool enabled;
    int64_t consumers;
    int64_t size; /* in units of `sizer` */
    tm_sizer sizer;
    bool block_on_overflow;
    bool wait_for_result;
    tm_queue_batch_settings *batch; /* NULL: none */
    int64_t max_request_bytes;      /* ours: an outgoing request is cut at this size */
} tm_queue_settings;

/* ---- receivers ----------------------------------------------------------------------------- */

typedef enum tm_utf8_mode { TM_UTF8_SANITIZE, TM_UTF8_PASS, TM_UTF8_REJECT } tm_utf8_mode;

typedef enum tm_receiver_transport { TM_TRANSPORT_TCP } tm_receiver_transport;

typedef struct tm_server_parameters {
    /* 0: no bound */
    int64_t max_connection_idle_ns, max_connection_age_ns, max_connection_age_grace_ns;
    int64_t time_ns, timeout_ns; /* 0: gRPC's own, 2 hours and 20 seconds */
} tm_server_parameters;

typedef struct tm_enforcement_policy {
    int64_t min_time_ns; /* 0: gRPC's own, 5 minutes */
    bool permit_without_stream;
} tm_enforcement_policy;

typedef struct tm_grpc_keepalive_settings {
    tm_server_parameters server_parameters;
    tm_enforcement_policy enforcement_policy;
} tm_grpc_keepalive_settings;

typedef struct tm_grpc_server_settings {
    tm_endpoint endpoint;
    int64_t max_recv_msg_size_mib;
    int64_t max_concurrent_streams; /* 0: no bound of ours */
    bool include_metadata;
    tm_receiver_transport transport;
    tm_auth_settings *auth; /* NULL: none */
    tm_tls_settings *tls;   /* NULL: none */
    tm_grpc_keepalive_settings keepalive;
} tm_grpc_server_settings;

typedef struct tm_cors_settings {
    tm_texts allowed_origins, allowed_headers, exposed_headers;
    int64_t max_age_s; /* 0: not told; below: 0 is told */
} tm_cors_settings;

typedef struct tm_http_keepalive_settings {
    bool enabled;
    int64_t idle_timeout_ns;
} tm_http_keepalive_settings;

typedef struct tm_http_server_settings {
    tm_endpoint endpoint;
    tm_text traces_url_path; /* of OTLP; starts with '/' */
    int64_t max_request_body_bytes;
    bool include_metadata;
    tm_receiver_transport transport;
    tm_auth_settings *auth; /* NULL: none */
    tm_tls_settings *tls;   /* NULL: none */
    tm_texts compression_algorithms;
    unsigned codings; /* those of the list, 1 << tm_request_coding; 0: every one */
    tm_cors_settings *cors;
    tm_headers response_headers;
    /* 0: no bound */
    int64_t read_timeout_ns, read_header_timeout_ns, write_timeout_ns, idle_timeout_ns;
    bool keep_alives_enabled;
    tm_http_keepalive_settings *keepalive; /* the newer form of the two above */
    tm_http_keepalive_settings alive;      /* what to do in the end, from either form */
} tm_http_server_settings;

typedef struct tm_otlp_protocols {
    tm_grpc_server_settings *grpc; /* NULL: not wanted; one of both is there */
    tm_http_server_settings *http;
} tm_otlp_protocols;

typedef struct tm_otlp_receiver_settings {
    tm_otlp_protocols protocols;
    tm_utf8_mode utf8;
} tm_otlp_receiver_settings;

typedef struct tm_zipkin_receiver_settings {
    tm_http_server_settings http; /* first: its keys are ours */
    bool parse_string_tags;
} tm_zipkin_receiver_settings;

typedef enum tm_receiver_type {
#define RECEIVER(ID, ...) TM_RECEIVER_##ID,
#include "config/keys/receivers.def"
#undef RECEIVER
} tm_receiver_type;

typedef struct tm_receiver_settings {
    tm_receiver_type type;
    tm_text id; /* "otlp/ingress" */
    const tm_source *source;
    tm_place place;
    union {
#define RECEIVER(ID, MEMBER, ...) tm_##MEMBER##_receiver_settings MEMBER;
#include "config/keys/receivers.def"
#undef RECEIVER
    };
} tm_receiver_settings;

/* ---- exporters ----------------------------------------------------------------------------- */

typedef struct tm_client_keepalive_settings {
    int64_t time_ns;    /* 0: never */
    int64_t timeout_ns; /* 0: gRPC's own 20 seconds */
    bool permit_without_stream;
} tm_client_keepalive_settings;

typedef enum tm_balancer_choice {
    TM_BALANCE_ROUND_ROBIN,
    TM_BALANCE_PICK_FIRST
} tm_balancer_choice;

typedef struct tm_otlp_exporter_settings {
    tm_endpoint endpoint;
    int64_t timeout_ns; /* 0: none */
    tm_compression compression;
    tm_headers headers;
    tm_auth_settings *auth;                  /* NULL: none */
    tm_client_keepalive_settings *keepalive; /* NULL: none */
    tm_text authority, user_agent;           /* empty: the usual ones */
    bool wait_for_ready;
    tm_balancer_choice balancer;
    tm_tls_settings tls;
    tm_retry_settings retry;
    tm_queue_settings queue;
} tm_otlp_exporter_settings;

typedef enum tm_encoding { TM_ENCODE_PROTO, TM_ENCODE_JSON } tm_encoding;

typedef struct tm_http_exporter_settings {
    tm_endpoint endpoint;        /* a URL; no text: there is none, but ... */
    tm_endpoint traces_endpoint; /* ... the whole URL, which wins */
    tm_encoding encoding;
    int64_t timeout_ns; /* 0: none */
    tm_compression compression;
    tm_compression_params compression_params;
    tm_headers headers;
    tm_text proxy_url;                                    /* empty: as the environment says */
    int64_t max_connections, max_idle, max_idle_per_host; /* 0: no bound */
    int64_t idle_timeout_ns;                              /* 0: none */
    bool disable_keep_alives;
    bool http2;
    tm_auth_settings *auth; /* NULL: none */
    tm_tls_settings tls;
    tm_retry_settings retry;
    tm_queue_settings queue;
} tm_http_exporter_settings;

typedef enum tm_verbosity { TM_DEBUG_BASIC, TM_DEBUG_NORMAL, TM_DEBUG_DETAILED } tm_verbosity;

typedef struct tm_debug_exporter_settings {
    tm_verbosity verbosity;
    tm_verbosity loglevel;       /* of its old form, logging: has become verbosity */
    int64_t sampling_initial;    /* so many requests of a second show, ... */
    int64_t sampling_thereafter; /* ... then every n-th; 0: none */
    bool use_internal_logger;
    tm_texts output_paths;    /* none: stdout */
    tm_queue_settings *queue; /* NULL: none */
} tm_debug_exporter_settings;

typedef struct tm_rotation_settings {
    int64_t max_megabytes; /* 0: 100 */
    int64_t max_days;      /* 0: no bound */
    int64_t max_backups;   /* 0: no bound */
    bool localtime;
} tm_rotation_settings;

typedef struct tm_file_exporter_settings {
    tm_text path;
    tm_encoding format; /* JSON: one OTLP request a line; proto: each request after its size */
    bool append;
    bool create_directory;
    tm_text directory_permissions; /* "0755" */
    unsigned permissions;          /* what it means */
    tm_compression compression;    /* of each request; zstd or none */
    tm_compression_params compression_params;
    tm_rotation_settings *rotation; /* NULL: none */
} tm_file_exporter_settings;

typedef tm_no_settings tm_nop_exporter_settings;

typedef enum tm_exporter_type {
#define EXPORTER(ID, ...) TM_EXPORTER_##ID,
#include "config/keys/exporters.def"
#undef EXPORTER
} tm_exporter_type;

typedef struct tm_exporter_settings {
    tm_exporter_type type;
    tm_text id; /* "otlp/tempo" */
    const tm_source *source;
    tm_place place;
    union {
#define EXPORTER(ID, MEMBER, ...) tm_##MEMBER##_exporter_settings MEMBER;
#include "config/keys/exporters.def"
#undef EXPORTER
    };
} tm_exporter_settings;

#endif
