// Expressions of PromQL: in groups of alerts, and as they stand.
//
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

type alert struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type ruleFile struct {
	Groups []struct {
		Name     string  `json:"name"`
		Interval string  `json:"interval,omitempty"`
		Rules    []alert `json:"rules"`
	} `json:"groups"`
}

// alerts returns the rules of all groups; each has a name of its own.
func alerts(path string) ([]alert, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file ruleFile
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		return nil, err
	}
	var all []alert
	seen := map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if seen[rule.Alert] || rule.Alert == "" {
				return nil, fmt.Errorf("%s: %q has no name of its own", path, rule.Alert)
			}
			seen[rule.Alert] = true
			if _, err := model.ParseDuration(rule.For); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", path, rule.Alert, err)
			}
			all = append(all, rule)
		}
	}
	return all, nil
}

// queries reads a list of expressions and returns, for each, metrics and labels that it reads.
func queries(in io.Reader) ([]query, error) {
	var texts []string
	if err := json.NewDecoder(in).Decode(&texts); err != nil {
		return nil, err
	}
	all := []query{}
	for _, text := range texts {
		tree, err := parser.NewParser(parser.Options{}).ParseExpr(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		one := query{Labels: []string{}}
		parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
			switch node := node.(type) {
			case *parser.VectorSelector:
				one.Metrics = append(one.Metrics, node.Name)
				for _, matcher := range node.LabelMatchers {
					one.Labels = append(one.Labels, matcher.Name)
				}
			case *parser.AggregateExpr:
				one.Labels = append(one.Labels, node.Grouping...)
			}
			return nil
		})
		all = append(all, one)
	}
	return all, nil
}

type query struct {
	Metrics []string `json:"metrics"`
	Labels  []string `json:"labels"`
}
