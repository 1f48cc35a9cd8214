// Contour's configuration file, read by Contour.
//
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/projectcontour/contour/pkg/config"
	"gopkg.in/yaml.v3"
	jsonyaml "sigs.k8s.io/yaml"
)

// below returns what stands in a map of maps at the path.
func below(tree any, path []string) (any, error) {
	for i, key := range path {
		level, _ := tree.(map[string]any)
		inner, ok := level[key]
		if !ok {
			return nil, fmt.Errorf("there is no %s", strings.Join(path[:i+1], "."))
		}
		tree = inner
	}
	return tree, nil
}

// tracing reads the file that stands in another at the path, or is the whole of it, and returns its part `tracing`.
func tracing(file string, path []string) (json.RawMessage, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	if tree, err = below(tree, path); err != nil {
		return nil, err
	}
	if text, err = yaml.Marshal(tree); err != nil {
		return nil, err
	}
	parameters, err := config.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if err := parameters.Validate(); err != nil {
		return nil, err
	}
	if text, err = yaml.Marshal(parameters.Tracing); err != nil {
		return nil, err
	}
	return jsonyaml.YAMLToJSON(text)
}
