// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"fmt"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel/metric"

	"tamis.test/tamisprocessor/internal/libtamis"
	"tamis.test/tamisprocessor/internal/projection"
)

// ruleset is compiled rules with what Go knows of each.
type ruleset struct {
	*libtamis.Ruleset
	label []metric.MeasurementOption // of each rule's counters
}

// generation is what one reading of the rules made. It is counted: by whoever publishes it, and by each request that it
// judges. A tamis_holder counts rulesets in the same way, but knows only C's half.
type generation struct {
	live       *ruleset
	shadow     *ruleset // nil: none
	projection *projection.Projection
	paths      [2][]string // of rules and of shadow, as their globs were expanded
	files      seen
	references atomic.Int64
}

// load reads and compiles all rules. The messages are warnings; the generation has one reference.
func load(engine *libtamis.Engine, c *Config) (*generation, []libtamis.Message, error) {
	g := &generation{files: seen{}}
	g.references.Store(1)
	live, messages, err := g.compile(engine, c, 0, c.Rules, c.steps())
	if err != nil {
		return nil, nil, err
	}
	g.live = live
	needs := [][]libtamis.Need{live.Needs()}
	if len(c.Shadow) > 0 {
		shadow, more, err := g.compile(engine, c, 1, c.Shadow, nil)
		if err != nil {
			g.release()
			return nil, nil, fmt.Errorf("shadow: %w", err)
		}
		g.shadow = shadow
		messages = append(messages, more...)
		needs = append(needs, shadow.Needs())
	}
	g.projection = projection.New(needs...)
	return g, messages, nil
}

func (g *generation) compile(engine *libtamis.Engine, c *Config, which int, patterns []string,
	steps []libtamis.Step) (*ruleset, []libtamis.Message, error) {
	paths, err := expand(patterns)
	if err != nil {
		return nil, nil, err
	}
	g.paths[which] = paths
	sources, err := g.files.sources(paths)
	if err != nil {
		return nil, nil, err
	}
	compiled, messages, err := engine.Compile(libtamis.Options{Steps: steps, Sources: sources,
		ErrorMode: c.ErrorMode.or("ignore"), Resolve: g.files.resolve})
	if err != nil {
		return nil, nil, libtamis.Explain(messages, err)
	}
	return &ruleset{Ruleset: compiled}, messages, nil
}

// outdated says whether reading the rules again would read something else.
func (g *generation) outdated(c *Config) bool {
	for which, patterns := range [][]string{c.Rules, c.Shadow} {
		paths, err := expand(patterns)
		if err != nil || !slices.Equal(paths, g.paths[which]) {
			return true
		}
	}
	return g.files.changed()
}

// retain takes a reference; false when the last one was given back already.
func (g *generation) retain() bool {
	for {
		n := g.references.Load()
		if n == 0 {
			return false
		}
		if g.references.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (g *generation) release() {
	if g.references.Add(-1) > 0 {
		return
	}
	g.live.Close()
	if g.shadow != nil {
		g.shadow.Close()
	}
}

// current is the generation of now, replaced while others use it.
type current struct{ pointer atomic.Pointer[generation] }

// get is the generation of now with a reference for the caller.
func (c *current) get() *generation {
	for {
		if g := c.pointer.Load(); g.retain() {
			return g
		}
	}
}

// set publishes the generation, whose reference it takes, and lets the one before it go.
func (c *current) set(g *generation) {
	if before := c.pointer.Swap(g); before != nil {
		before.release()
	}
}
