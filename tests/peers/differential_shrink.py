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


def holes(value, path=()):
    """The paths of all members of a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield path + (key,)
        yield from holes(member, path + (key,))


def without(data, paths):
    """A copy without these members; later places of a list go first, so that the others stay where they are."""
    made = copy.deepcopy(data)
    gone = set()
    for path in sorted(paths, key=lambda p: [str(k).rjust(9) for k in p], reverse=True):
        if any(path[:n] in gone for n in range(len(path))):
            continue
        at = made
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
        gone.add(path)
    return made


def first_that_differs(cases_, differences, wanted):
    for case, (sort, found) in zip(cases_, differences(cases_)):
        if sort == wanted:
            return case, found
    return None


def shrink_expression(case, differences, wanted):
    """One round: the shortest expression that still differs, or None."""
    return first_that_differs([dict(case, expr=e) for e in smaller_expressions(case["expr"])], differences, wanted)


def shrink_data(case, differences, wanted):
    """One round: without as many members as possible, or None."""
    data = case["spans"]
    paths = list(holes(data))[:1200]
    single = [dict(case, spans=without(data, [p])) for p in paths]
    spare = [p for p, (sort, _) in zip(paths, differences(single)) if sort == wanted]
    if not spare:
        return None
    half = len(spare) // 2
    groups = [spare, spare[:half], spare[half:], spare[::2], spare[:half // 2], spare[-1:], spare[:1]]
    return first_that_differs([dict(case, spans=without(data, g)) for g in groups if g], differences, wanted)


def shrink(case, found, differences):
    """`differences` judges a list of cases at once. Returns the smaller case and what differs there."""
    wanted = differences([case])[0][0]
    rounds = [shrink_expression, shrink_data]
    tired = 0
    for _ in range(ROUNDS):
        if wanted is None or tired == len(rounds):
            break
        better = rounds[0](case, differences, wanted)
        if better:
            case, found = better
            tired = 0
        else:
            rounds.reverse()
            tired += 1
    return case, found
