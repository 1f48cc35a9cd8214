/* The server over TLS: the tests of server.c once more.
 * SPDX-License-Identifier: Apache-2.0 */
#define TM_TEST_TLS
#include "server.c"
