// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tamis.test/tamisprocessor/internal/libtamis"
)

// seen is every file that a compilation looked at, with its text; absent ones, which an import asked for, as they are.
type seen map[string]*string

func (s seen) read(path string) (string, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		s[path] = nil
		return "", err
	}
	text := string(bytes)
	s[path] = &text
	return text, nil
}

// changed says whether a file is another one than it was, came or went.
func (s seen) changed() bool {
	for path, was := range s {
		is, err := os.ReadFile(path)
		if (err != nil) != (was == nil) || (was != nil && *was != string(is)) {
			return true
		}
	}
	return false
}

// expand finds the files of paths and globs, in their order, those of a glob by name.
func expand(patterns []string) (paths []string, err error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("rules %q: %w", pattern, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("rules %q: there is no such file", pattern)
		}
		for _, path := range found {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths, nil
}

func (s seen) sources(paths []string) (sources []libtamis.Source, err error) {
	for _, path := range paths {
		text, err := s.read(path)
		if err != nil {
			return nil, err
		}
		sources = append(sources, libtamis.Source{Name: path, Text: text})
	}
	return sources, nil
}

// resolve finds NAME.ottl beside the file that imports it.
func (s seen) resolve(name, from string) (libtamis.Source, error) {
	if strings.HasSuffix(from, "]") { // an inline rule
		return libtamis.Source{}, errors.New("inline rules import nothing")
	}
	path := filepath.Join(filepath.Dir(from), name+".ottl")
	text, err := s.read(path)
	if errors.Is(err, os.ErrNotExist) {
		return libtamis.Source{}, fmt.Errorf("there is no %s", path)
	}
	return libtamis.Source{Name: path, Text: text}, err
}
