// Package ottlprofile stands in for the profile context, which the Go proxy cannot give: just enough for the
// filter and transform processors to compile and to start. No profile is ever judged with it.
// SPDX-License-Identifier: Apache-2.0
package ottlprofile

import (
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pprofile"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
)

// ContextName is the prefix of the context's paths.
const ContextName = "profile"

// TransformContext carries nothing.
type TransformContext struct{}

type (
	// TransformContextOption is accepted and ignored, as are the other options.
	TransformContextOption func(*TransformContext)
	// StatementSequenceOption sets up a sequence of statements.
	StatementSequenceOption func(*ottl.StatementSequence[*TransformContext])
	// ConditionSequenceOption sets up a sequence of conditions.
	ConditionSequenceOption func(*ottl.ConditionSequence[*TransformContext])
)

// Close does nothing.
func (*TransformContext) Close() {}

// WithCache does nothing.
func WithCache(*pcommon.Map) TransformContextOption { return func(*TransformContext) {} }

// NewTransformContext makes an empty context.
func NewTransformContext(pprofile.ResourceProfiles, pprofile.ScopeProfiles, pprofile.Profile,
	pprofile.ProfilesDictionary, ...TransformContextOption,
) *TransformContext {
	return &TransformContext{}
}

// EnablePathContextNames allows prefixed paths.
func EnablePathContextNames() ottl.Option[*TransformContext] {
	return ottl.WithPathContextNames[*TransformContext]([]string{ContextName})
}

// WithStatementSequenceErrorMode sets the error mode of a sequence of statements.
func WithStatementSequenceErrorMode(mode ottl.ErrorMode) StatementSequenceOption {
	return StatementSequenceOption(ottl.WithStatementSequenceErrorMode[*TransformContext](mode))
}

// WithConditionSequenceErrorMode sets the error mode of a sequence of conditions.
func WithConditionSequenceErrorMode(mode ottl.ErrorMode) ConditionSequenceOption {
	return ConditionSequenceOption(ottl.WithConditionSequenceErrorMode[*TransformContext](mode))
}

// NewStatementSequence passes the statements on.
func NewStatementSequence(statements []*ottl.Statement[*TransformContext], set component.TelemetrySettings,
	options ...StatementSequenceOption,
) ottl.StatementSequence[*TransformContext] {
	s := ottl.NewStatementSequence(statements, set)
	for _, option := range options {
		option(&s)
	}
	return s
}

// NewConditionSequence passes the conditions on.
func NewConditionSequence(conditions []*ottl.Condition[*TransformContext], set component.TelemetrySettings,
	options ...ConditionSequenceOption,
) ottl.ConditionSequence[*TransformContext] {
	c := ottl.NewConditionSequence(conditions, set)
	for _, option := range options {
		option(&c)
	}
	return c
}

// NewParser makes a parser that knows no path.
func NewParser(functions map[string]ottl.Factory[*TransformContext], set component.TelemetrySettings,
	options ...ottl.Option[*TransformContext],
) (ottl.Parser[*TransformContext], error) {
	refuse := func(ottl.Path[*TransformContext]) (ottl.GetSetter[*TransformContext], error) {
		return nil, errors.New("stand-in: profiles have no paths here")
	}
	return ottl.NewParser(functions, refuse, set, options...)
}
