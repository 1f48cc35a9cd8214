// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"tamis.test/tamisprocessor/internal/libtamis"
)

// Config is what stands under `tamis:`. Conditions, then statements, then rule files, as the processors filter and
// transform and another tamis would stand one behind the other.
type Config struct {
	// Rules are paths and globs of .ottl files, in order.
	Rules []string `mapstructure:"rules"`
	// Conditions drop what any of them holds for, as trace_conditions of the filter processor.
	Conditions []Group `mapstructure:"conditions"`
	// Statements run in order, as trace_statements of the transform processor.
	Statements []Group `mapstructure:"statements"`
	// ErrorMode is what an error of a rule does, unless its group or file says so itself.
	ErrorMode ErrorMode `mapstructure:"error_mode"`
	// Shadow are paths and globs of rules that judge beside those above without acting.
	Shadow []string `mapstructure:"shadow"`
	// ReloadInterval is how often the files are looked at; 0: never.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`
}

// Group is plain OTTL about one context. A string in its place stands for a group with that rule alone.
type Group struct {
	// Context is what bare paths mean: resource, scope, span or spanevent. Without it all paths are prefixed.
	Context Context `mapstructure:"context"`
	// ErrorMode goes before the processor's.
	ErrorMode ErrorMode `mapstructure:"error_mode"`
	// Conditions, in a group of conditions.
	Conditions []string `mapstructure:"conditions"`
	// Statements, in a group of statements.
	Statements []string `mapstructure:"statements"`
}

// ErrorMode is ignore, silent or propagate; empty where none is given.
type ErrorMode string

var errorModes = map[ErrorMode]libtamis.ErrorMode{
	"ignore": libtamis.Ignore, "silent": libtamis.Silent, "propagate": libtamis.Propagate,
}

// Context is resource, scope, span or spanevent; empty where none is given.
type Context string

var contexts = map[Context]libtamis.Context{
	"": libtamis.Infer, "resource": libtamis.Resource, "scope": libtamis.Scope, "span": libtamis.Span,
	"spanevent": libtamis.SpanEvent,
}

func createDefaultConfig() component.Config {
	return &Config{ErrorMode: "ignore", ReloadInterval: 10 * time.Second}
}

// Unmarshal takes strings where groups are expected, and one path where a list of them is.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	raw := conf.ToStringMap()
	for key, rules := range map[string]string{"conditions": "conditions", "statements": "statements"} {
		if list, ok := raw[key].([]any); ok {
			raw[key] = groupsOf(list, rules)
		}
	}
	for _, key := range []string{"rules", "shadow"} {
		if path, ok := raw[key].(string); ok {
			raw[key] = []any{path}
		}
	}
	type plain Config // without this method
	return confmap.NewFromStringMap(raw).Unmarshal((*plain)(c))
}

// Strings that follow each other are one group, so that their names count on.
func groupsOf(list []any, key string) (groups []any) {
	var plain []any
	shut := func() {
		if len(plain) > 0 {
			groups = append(groups, map[string]any{key: plain})
			plain = nil
		}
	}
	for _, item := range list {
		if text, ok := item.(string); ok {
			plain = append(plain, text)
			continue
		}
		shut()
		groups = append(groups, item)
	}
	shut()
	return groups
}

// Validate compiles the rules, so that `otelcol validate` tells what is wrong with them.
func (c *Config) Validate() error {
	if err := c.check(); err != nil {
		return err
	}
	engine, err := libtamis.NewEngine()
	if err != nil {
		return err
	}
	defer engine.Close()
	g, _, err := load(engine, c)
	if err != nil {
		return err
	}
	g.release()
	return nil
}

func (c *Config) check() error {
	if len(c.Rules) == 0 && len(c.Conditions) == 0 && len(c.Statements) == 0 {
		return errors.New("at least one of rules, conditions and statements is needed")
	}
	if c.ReloadInterval < 0 {
		return errors.New("reload_interval is negative")
	}
	errs := []error{c.ErrorMode.check("error_mode")}
	for i, g := range c.Conditions {
		errs = append(errs, g.check(fmt.Sprintf("conditions[%d]", i), len(g.Conditions), len(g.Statements)))
	}
	for i, g := range c.Statements {
		errs = append(errs, g.check(fmt.Sprintf("statements[%d]", i), len(g.Statements), len(g.Conditions)))
	}
	return errors.Join(errs...)
}

func (m ErrorMode) check(key string) error {
	if _, ok := errorModes[m]; !ok && m != "" {
		return fmt.Errorf("%s: %q is none of ignore, silent and propagate", key, m)
	}
	return nil
}

func (g *Group) check(key string, own, other int) error {
	if _, ok := contexts[g.Context]; !ok {
		return fmt.Errorf("%s: context: %q is none of resource, scope, span and spanevent", key, g.Context)
	}
	if own == 0 || other > 0 {
		return fmt.Errorf("%s: a group here holds %s, nothing else", key, key[:len("conditions")])
	}
	return g.ErrorMode.check(key + ".error_mode")
}

// or is the first of the two that was given.
func (m ErrorMode) or(other ErrorMode) libtamis.ErrorMode {
	if m == "" {
		m = other
	}
	return errorModes[m]
}

// steps are the inline rules.
func (c *Config) steps() (steps []libtamis.Step) {
	add := func(name string, i, n int, g Group, drops bool, rules []string) {
		if n > 1 {
			name = fmt.Sprintf("%s[%d]", name, i)
		}
		steps = append(steps, libtamis.Step{Name: name, Drops: drops, Context: contexts[g.Context],
			ErrorMode: g.ErrorMode.or(c.ErrorMode), Rules: rules})
	}
	for i, g := range c.Conditions {
		add("conditions", i, len(c.Conditions), g, true, g.Conditions)
	}
	for i, g := range c.Statements {
		add("statements", i, len(c.Statements), g, false, g.Statements)
	}
	return steps
}
