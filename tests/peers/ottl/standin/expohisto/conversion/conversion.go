// Package conversion stands in for a module that the Go proxy cannot give: just enough for the transform
// processor to compile. Only metrics functions use it, and this peer judges traces.
// SPDX-License-Identifier: Apache-2.0
package conversion

import "errors"

// Counts is what the processor passes as bucket counts.
type Counts interface {
	Len() int
	At(int) uint64
}

// Buckets is one side of an exponential histogram.
type Buckets struct {
	Offset int32
	Counts Counts
}

// ExponentialHistogram is the input of ToExplicit.
type ExponentialHistogram struct {
	Count         uint64
	Scale         int32
	ZeroThreshold float64
	ZeroCount     uint64
	Positive      Buckets
	Negative      Buckets
}

// ToExplicit always fails: no trace ever asks for it.
func ToExplicit(ExponentialHistogram, []float64, string) ([]uint64, error) {
	return nil, errors.New("stand-in: histograms are not converted here")
}
