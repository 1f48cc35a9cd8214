// Package ottlfuncs stands in for the profile converters, which the Go proxy cannot give. Its one converter,
// ProfileID, is not in the vectors.
// SPDX-License-Identifier: Apache-2.0
package ottlfuncs

import "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"

// WithProfileConverters returns the functions as they are.
func WithProfileConverters[K any](functions map[string]ottl.Factory[K]) map[string]ottl.Factory[K] {
	return functions
}
