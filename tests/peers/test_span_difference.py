"""The comparison itself: what it must notice, and what it must look past.

SPDX-License-Identifier: Apache-2.0
"""
import copy

import pytest

from span_difference import difference
from traffic import Traffic

REQUESTS = Traffic(41).requests(3)


def first_scope(requests, spans=2):
    return next(ss for r in requests for rs in r.resource_spans for ss in rs.scope_spans if len(ss.spans) >= spans)


def first_attributes(requests):
    """A list of attributes with at least two keys."""
    return next(s.attributes for r in requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans
                if len({a.key for a in s.attributes}) > 1)


def reverse(messages):
    turned = list(messages)[::-1]
    del messages[:]
    messages.extend(turned)


NOTICED = {
    "a span less": lambda requests: first_scope(requests).spans.pop(),
    "spans in another order": lambda requests: reverse(first_scope(requests).spans),
    "another name": lambda requests: setattr(first_scope(requests).spans[0], "name", "other"),
    "another kind": lambda requests: setattr(first_scope(requests).spans[0], "kind", 99),
    "another scope": lambda requests: setattr(first_scope(requests).scope, "name", "other"),
    "an attribute twice": lambda requests: first_attributes(requests).append(first_attributes(requests)[0]),
    "an attribute less": lambda requests: first_attributes(requests).pop(),
    "another resource": lambda requests: requests[0].resource_spans[0].resource.attributes.add(key="new"),
    "an event more": lambda requests: first_scope(requests).spans[0].events.add(),
}
LOOKED_PAST = {
    "attributes in another order": lambda requests: reverse(first_attributes(requests)),
    "an empty scope more": lambda requests: requests[0].resource_spans[0].scope_spans.add(),
    "an empty resource more": lambda requests: requests[0].resource_spans.add(),
    "requests joined": lambda requests: requests[0].MergeFrom(requests.pop()),
}


@pytest.mark.parametrize("change", NOTICED)
def test_it_notices(change):
    changed = copy.deepcopy(REQUESTS)
    NOTICED[change](changed)
    assert difference(REQUESTS, changed)


@pytest.mark.parametrize("change", LOOKED_PAST)
def test_it_looks_past(change):
    changed = copy.deepcopy(REQUESTS)
    LOOKED_PAST[change](changed)
    assert difference(REQUESTS, changed) is None
