// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlresource"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlscope"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspanevent"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	xottlfuncs "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/xottl/ottlfuncs"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
)

// closer is what every OTTL transform context is.
type closer interface{ Close() }

type newParser[K any] func(map[string]ottl.Factory[K], component.TelemetrySettings, ...ottl.Option[K]) (ottl.Parser[K], error)

// one evaluates a compiled expression against one item.
type one[K any] func(context.Context, K) result

func standard[K any]() map[string]ottl.Factory[K] {
	return xottlfuncs.WithExperimentalConverters(ottlfuncs.StandardFuncs[K]())
}

func evaluate(c *testCase, td ptrace.Traces, before []byte, a *answer) error {
	var err error
	switch c.Context {
	case "resource":
		err = each(c, a, standard[*ottlresource.TransformContext](), ottlresource.NewParser,
			ottlresource.EnablePathContextNames(), resources(td))
	case "scope":
		err = each(c, a, standard[*ottlscope.TransformContext](), ottlscope.NewParser,
			ottlscope.EnablePathContextNames(), scopes(td))
	case "span":
		err = each(c, a, ottl.CreateFactoryMap(transformprocessor.DefaultSpanFunctions()...), ottlspan.NewParser,
			ottlspan.EnablePathContextNames(), spans(td))
	case "spanevent":
		err = each(c, a, ottl.CreateFactoryMap(transformprocessor.DefaultSpanEventFunctions()...),
			ottlspanevent.NewParser, ottlspanevent.EnablePathContextNames(), spanEvents(td))
	default:
		err = fmt.Errorf("no context %q", c.Context)
	}
	if err == nil && c.Kind == "statement" {
		err = a.changes(before, td)
	}
	return err
}

// each compiles the expression once and asks it about every item in turn.
func each[K closer](c *testCase, a *answer, functions map[string]ottl.Factory[K], make newParser[K],
	prefixes ottl.Option[K], items func(yield func(string, K)),
) error {
	var options []ottl.Option[K]
	if c.Paths == "prefixed" {
		options = append(options, prefixes)
	}
	parser, err := make(functions, componenttest.NewNopTelemetrySettings(), options...)
	if err != nil {
		return err
	}
	evaluateOne, err := compile(&parser, c)
	if err != nil {
		return err
	}
	items(func(path string, item K) {
		defer item.Close()
		r := evaluateOne(context.Background(), item)
		r.Path = path
		a.Results = append(a.Results, r)
	})
	return nil
}

func compile[K any](parser *ottl.Parser[K], c *testCase) (one[K], error) {
	switch c.Kind {
	case "condition":
		condition, err := parser.ParseCondition(c.Expr)
		if err != nil {
			return nil, buildError{err}
		}
		return func(ctx context.Context, item K) result { return judged(condition.Eval(ctx, item)) }, nil
	case "value":
		value, err := parser.ParseValueExpression(c.Expr)
		if err != nil {
			return nil, buildError{err}
		}
		return func(ctx context.Context, item K) result { return valued(value.Eval(ctx, item)) }, nil
	case "statement":
		statement, err := parser.ParseStatement(c.Expr)
		if err != nil {
			return nil, buildError{err}
		}
		return func(ctx context.Context, item K) result { return executed(statement.Execute(ctx, item)) }, nil
	}
	return nil, fmt.Errorf("no kind %q", c.Kind)
}

func judged(holds bool, err error) result {
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{Result: &holds}
}

func valued(value any, err error) result {
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{Value: typed(value)}
}

func executed(_ any, matched bool, err error) result {
	r := result{Matched: &matched}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

func resources(td ptrace.Traces) func(func(string, *ottlresource.TransformContext)) {
	return func(yield func(string, *ottlresource.TransformContext)) {
		for i, rs := range td.ResourceSpans().All() {
			yield(fmt.Sprint(i), ottlresource.NewTransformContext(rs.Resource(), rs))
		}
	}
}

// eachScope walks all ScopeSpans with their place in the data.
func eachScope(td ptrace.Traces, visit func(string, ptrace.ResourceSpans, ptrace.ScopeSpans)) {
	for i, rs := range td.ResourceSpans().All() {
		for j, ss := range rs.ScopeSpans().All() {
			visit(fmt.Sprintf("%d/%d", i, j), rs, ss)
		}
	}
}

func scopes(td ptrace.Traces) func(func(string, *ottlscope.TransformContext)) {
	return func(yield func(string, *ottlscope.TransformContext)) {
		eachScope(td, func(path string, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans) {
			yield(path, ottlscope.NewTransformContext(ss.Scope(), rs.Resource(), ss, rs))
		})
	}
}

func spans(td ptrace.Traces) func(func(string, *ottlspan.TransformContext)) {
	return func(yield func(string, *ottlspan.TransformContext)) {
		eachScope(td, func(path string, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans) {
			for k, span := range ss.Spans().All() {
				yield(fmt.Sprintf("%s/%d", path, k), ottlspan.NewTransformContext(rs, ss, span))
			}
		})
	}
}

func spanEvents(td ptrace.Traces) func(func(string, *ottlspanevent.TransformContext)) {
	return func(yield func(string, *ottlspanevent.TransformContext)) {
		eachScope(td, func(path string, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans) {
			for k, span := range ss.Spans().All() {
				for l, event := range span.Events().All() {
					yield(fmt.Sprintf("%s/%d/%d", path, k, l), ottlspanevent.NewTransformContext(rs, ss, span, event,
						ottlspanevent.WithEventIndex(int64(l))))
				}
			}
		})
	}
}
