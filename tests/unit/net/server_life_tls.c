/* The life of a server over TLS: the tests of server_life.c once more.
 * SPDX-License-Identifier: Apache-2.0 */
#define TM_TEST_TLS
#include "server_life.c"
