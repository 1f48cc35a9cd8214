/* TLS files: certificates and keys from settings of TLS and the files that they name.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_TLS_FILES_H
#define TM_CONFIG_TLS_FILES_H

#include "config/settings.h"

/* What is wrong with some key. */
typedef struct tm_tls_wrong {
    const char *key;
    tm_text why; /* a sentence that names the file, if there is one */
    bool unread; /* the file cannot be read */
} tm_tls_wrong;

/* Everything of the settings, in `arena`; what one connects to (`name`) and HTTP/1.1 are the
 * caller's. With `last`, which is older, only the files that are to be read again are read: those
 * of reload_interval and of client_ca_file_reload. */
bool tm_tls_files_read(const tm_config_world *world, tm_arena *arena, const tm_tls_settings *tls,
                       bool server, const tm_tls_options *last, tm_tls_options *out,
                       tm_tls_wrong *wrong);

/* Whether both are made of the same files. */
bool tm_tls_files_same(const tm_tls_options *a, const tm_tls_options *b);

/* What a fault of a context is, in the words of the settings that it was made from. */
void tm_tls_files_blame(tm_arena *arena, const tm_tls_settings *tls, const tm_tls_fault *fault,
                        tm_tls_wrong *wrong);

#endif
