// SPDX-License-Identifier: Apache-2.0

package libtamis

/*
#include "collector_vm.h"
*/
import "C"

import "unsafe"

// The slices that Verdicts and Counts return are C's arrays: what they are made of has to lie alike. These do not
// compile otherwise.
var (
	_ [unsafe.Sizeof(Verdict{}) - C.sizeof_collector_verdict]struct{}
	_ [C.sizeof_collector_verdict - unsafe.Sizeof(Verdict{})]struct{}
	_ [unsafe.Sizeof(Count{}) - C.sizeof_collector_count]struct{}
	_ [C.sizeof_collector_count - unsafe.Sizeof(Count{})]struct{}
	_ [unsafe.Offsetof(Count{}.DroppedSpans) - unsafe.Offsetof(C.collector_count{}.dropped_spans)]struct{}
	_ [unsafe.Offsetof(C.collector_count{}.dropped_spans) - unsafe.Offsetof(Count{}.DroppedSpans)]struct{}
)
