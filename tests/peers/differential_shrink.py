"""Makes a case smaller while the two sides still differ in the same way. SPDX-License-Identifier: Apache-2.0"""
import copy

import differential_cases as cases

OPEN, CLOSE = "([{", ")]}"
ROUNDS = 40
SIMPLE = ["nil", "1", '"a"', '""', "true", "1.5", "[]", "{}"]


def tokens_of(text):
    return [t for t in cases.TOKEN.findall(text)]


def pairs(tokens):
    """(opening, closing) places of brackets that match."""
    stack, found = [], []
    for i, t in enumerate(tokens):
        if t in OPEN:
            stack.append(i)
        elif t in CLOSE and stack:
            found.append((stack.pop(), i))
    return found


def members(tokens, start, end):
    """Ranges between the commas directly inside a bracket."""
    depth, first, found = 0, start + 1, []
    for i in range(start + 1, end + 1):
        if i == end or (tokens[i] == "," and depth == 0):
            if i > first:
                found.append((first, i))
            first = i + 1
        elif tokens[i] in OPEN:
            depth += 1
        elif tokens[i] in CLOSE:
            depth -= 1
    return found


def head_of(tokens, start):
    """Where the name before a bracket starts."""
    while start > 0 and (tokens[start - 1].replace("_", "a").isalnum() or tokens[start - 1] == "."):
        start -= 1
    return start


def smaller_expressions(text):
    tokens = tokens_of(text)
    join = lambda *parts: "".join("".join(p) for p in parts)
    made = []
    for start, end in pairs(tokens):
        head = head_of(tokens, start)
        inside = members(tokens, start, end)
        for a, b in inside:
            made.append(join(tokens[:head], tokens[a:b], tokens[end + 1:]))
            made.append(join(tokens[:a], tokens[b + 1:]) if tokens[b] == "," else join(tokens[:a - 1] if tokens[a - 1] == "," else tokens[:a], tokens[b:]))
            made += [join(tokens[:a], [simple], tokens[b:]) for simple in SIMPLE if b - a > 1 or len(tokens[a]) > len(simple)]
        made.append(join(tokens[:head], tokens[end + 1:]))
        made += [join(tokens[:head], [simple], tokens[end + 1:]) for simple in SIMPLE]
    for i, t in enumerate(tokens):
        if t in ("and", "or", "where", "not", "+", "-", "*", "/", "==", "!=", "<", ">", "<=", ">="):
            made += [join(tokens[:i]), join(tokens[i + 1:])]
        if t.startswith('"') and len(t) > 2:
            body = t[1:-1]
            half = len(body) // 2
            cuts = {body[:half], body[half:], body[1:], body[:-1]} | {body[:k] + body[k + 1:] for k in range(min(len(body), 40))}
            made += [join(tokens[:i], ['"' + cut + '"'], tokens[i + 1:]) for cut in cuts]
        made.append(join(tokens[:i], tokens[i + 1:]))
    return sorted({m.strip() for m in made if len(m) < len(text)}, key=len)


def smaller_data(data, path=()):
    """Copies of a JSON value with one member gone."""
    def holes(value, path):
        if isinstance(value, dict):
            for k in value:
                yield path + (k,)
                yield from holes(value[k], path + (k,))
        elif isinstance(value, list):
            for i in range(len(value)):
                yield path + (i,)
                yield from holes(value[i], path + (i,))

    for hole in holes(data, ()):
        made = copy.deepcopy(data)
        at = made
        for step in hole[:-1]:
            at = at[step]
        del at[hole[-1]]
        yield made


def halves(data):
    """Copies with half of one list of attributes gone."""
    for keep in (0, 1):
        made = copy.deepcopy(data)

        def cut(value):
            if isinstance(value, dict):
                for k, v in value.items():
                    if k == "attributes" and len(v) > 1:
                        value[k] = v[:len(v) // 2] if keep else v[len(v) // 2:]
                    cut(value[k])
            elif isinstance(value, list):
                for v in value:
                    cut(v)
        cut(made)
        if made != data:
            yield made


def shrink(case, found, differences):
    """`differences` judges a list of cases at once. Returns the smaller case and what differs there."""
    wanted = differences([case])[0][0]
    if wanted is None:
        return case, found
    for _ in range(ROUNDS):
        candidates = [dict(case, expr=e) for e in smaller_expressions(case["expr"])]
        candidates += [dict(case, spans=d) for d in [*halves(case["spans"]), *smaller_data(case["spans"])]]
        judged = differences(candidates[:1500])
        better = [(c, d) for c, (sort, d) in zip(candidates, judged) if sort == wanted]
        if not better:
            break
        case, found = min(better, key=lambda pair: 4 * len(pair[0]["expr"]) + len(str(pair[0]["spans"])))
    return case, found
