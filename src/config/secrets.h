/* Secrets: what the settings of an authenticator say, or the files that they name.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each is false with a sentence in `error` when a file cannot be read or holds nothing of use. */
#ifndef TM_CONFIG_SECRETS_H
#define TM_CONFIG_SECRETS_H

#include "config/settings.h"

/* Bearer tokens, at least one; the first is the one to send. */
bool tm_secrets_tokens(const tm_config_world *world, tm_arena *arena,
                       const tm_bearer_settings *bearer, tm_texts *tokens, char *error,
                       size_t error_bytes);

/* Lines "USER:HASH", each checked. */
bool tm_secrets_htpasswd(const tm_config_world *world, tm_arena *arena,
                         const tm_htpasswd_settings *htpasswd, tm_text *lines, char *error,
                         size_t error_bytes);

/* Name and password of a client. */
bool tm_secrets_client(const tm_config_world *world, tm_arena *arena,
                       const tm_client_auth_settings *client, tm_text *name, tm_text *password,
                       char *error, size_t error_bytes);

/* Id and secret of a client of OAuth 2.0. */
bool tm_secrets_oauth2(const tm_config_world *world, tm_arena *arena,
                       const tm_oauth2_settings *oauth2, tm_text *id, tm_text *secret, char *error,
                       size_t error_bytes);

/* The value of a header that has one of its own, which can be sent. */
bool tm_secrets_header(const tm_config_world *world, tm_arena *arena, const tm_set_header *header,
                       tm_text *value, char *error, size_t error_bytes);

/* NULL, or what is wrong with a line of a htpasswd file. */
const char *tm_secrets_line(tm_text line);

/* Only visible characters, which is what may be the value of a header? */
bool tm_secrets_visible(tm_text text);

#endif
