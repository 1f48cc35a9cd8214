/* Suites: the names of ciphers and curves, and what OpenSSL calls them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TLS_SUITES_H
#define TM_TLS_SUITES_H

#include "base/buf.h"

/* The names that configurations may use, by number; NULL behind the last one. */
const char *tm_tls_suite_name(size_t number);
const char *tm_tls_curve_name(size_t number);

/* OpenSSL's list of the suites before TLS 1.3 with these names, which are known; no names: of those
 * that are in use without being named. Empty: all the names are of TLS 1.3. */
void tm_tls_suites_print(const tm_texts *names, tm_buf *out);

/* OpenSSL's name of a curve, or NULL. */
const char *tm_tls_curve_find(tm_text name);

#endif
