/* The gRPC client over TLS: the tests of client.c once more.
 * SPDX-License-Identifier: Apache-2.0 */
#define TM_TEST_TLS
#include "client.c"
