/* The gRPC client over a transport that behaves as TLS does: the tests of client.c once more.
 * SPDX-License-Identifier: Apache-2.0 */
#define TM_TEST_RECORDS
#include "client.c"
