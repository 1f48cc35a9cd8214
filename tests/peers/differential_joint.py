"""The differential test's calls whose arguments fit each other, so that most of them give a value.

JOINT[name](r) gives the texts of all arguments, quoted by the caller where they are str; Code stands as it is.
SPDX-License-Identifier: Apache-2.0
"""
import differential_texts as texts


class Code(str):
    """OTTL as it stands, not a text to be quoted."""


# --- times: directives and what each accepts ---
DIRECTIVES = {
    "%Y": lambda r: str(r.choice([1970, 1999, 2000, 2023, 2024, 2038, 9999, 1])).rjust(4, "0"), "%y": lambda r: "%02d" % r.choice([0, 23, 24, 68, 69, 99]),
    "%m": lambda r: r.choice(["1", "01", "9", "11", "12"]), "%o": lambda r: r.choice(["1", " 1", "12"]), "%q": lambda r: r.choice(["3", "03", "11"]),
    "%b": lambda r: r.choice(["Jan", "feb", "NOV", "Sep"]), "%h": lambda r: r.choice(["Mar", "Dec"]), "%B": lambda r: r.choice(["January", "may", "November"]),
    "%d": lambda r: r.choice(["1", "01", "14", "28", "31"]), "%e": lambda r: r.choice([" 3", "3", "14"]), "%g": lambda r: r.choice(["3", "14", "30"]),
    "%a": lambda r: r.choice(["Mon", "tue", "SUN"]), "%A": lambda r: r.choice(["Monday", "sunday"]), "%H": lambda r: r.choice(["0", "00", "9", "13", "23"]),
    "%I": lambda r: r.choice(["1", "01", "12", "11"]), "%l": lambda r: r.choice(["1", "12"]), "%p": lambda r: r.choice(["AM", "PM"]), "%P": lambda r: r.choice(["am", "pm"]),
    "%M": lambda r: r.choice(["0", "07", "59"]), "%S": lambda r: r.choice(["0", "07", "59"]), "%Z": lambda r: r.choice(["UTC", "EST", "CET", "GMT", "MST"]),
    "%z": lambda r: r.choice(["Z", "+0530", "-07:00", "+01", "-0000", "+1400"]), "%w": lambda r: r.choice(["-070000", "+013000"]), "%i": lambda r: r.choice(["-07", "+05"]),
    "%j": lambda r: r.choice(["-07:00", "+05:30"]), "%k": lambda r: r.choice(["-07:00:00", "+05:30:10"]), "%D": lambda r: r.choice(["11/14/2023", "1/2/23"]),
    "%x": lambda r: r.choice(["02/29/2024", "12/31/99"]), "%F": lambda r: r.choice(["2023-11-14", "2024-02-29", "0001-01-01"]), "%T": lambda r: r.choice(["22:13:20", "0:0:0"]),
    "%X": lambda r: "01:02:03", "%R": lambda r: r.choice(["22:13", "00:00"]), "%r": lambda r: r.choice(["10:13:20 pm", "12:00:00 AM"]),
    "%c": lambda r: "Tue Nov 14 22:13:20 2023", "%n": lambda r: "\n", "%t": lambda r: "\t", "%%": lambda r: "%",
}
DATES = [["%Y", "-", "%m", "-", "%d"], ["%F"], ["%D"], ["%d", " ", "%b", " ", "%Y"], ["%e", "/", "%o", "/", "%y"], ["%A", ", ", "%g", " ", "%B", " ", "%Y"], ["%a", " ", "%d", "/", "%q"], ["%Y"], []]
CLOCKS = [["%H", ":", "%M", ":", "%S"], ["%T"], ["%R"], ["%I", ":", "%M", " ", "%p"], ["%l", ".", "%M", "%P"], ["%H", "h"], ["%r"], []]
FRACTIONS = ["%L", "%f", "%s"]
ZONES = ["%Z", "%z", "%w", "%i", "%j", "%k"]
MONTHS = {"fr": ["janvier", "février", "août", "décembre", "novembre"], "de": ["Januar", "März", "Mai", "Dezember"], "es": ["enero", "marzo", "agosto"], "it": ["gennaio", "luglio"],
          "nl": ["maart", "augustus"], "pt-BR": ["março", "setembro"], "ru": ["января", "мая"], "pl": ["stycznia", "grudnia"], "sv": ["januari", "maj"], "en-GB": ["January", "June"],
          "ja": ["1月", "12月"], "tr": ["Ocak", "Mayıs"], "uk": ["січня", "грудня"], "cs": ["ledna", "května"], "ko": ["1월", "11월"], "zh-CN": ["一月", "十一月"]}


def time_parts(r):
    parts = list(r.choice(DATES))
    if r.random() < 0.7:
        clock = list(r.choice(CLOCKS))
        if clock and clock[-1] in ("%S", "%T") and r.random() < 0.4:
            clock += [r.choice(".,"), r.choice(FRACTIONS)]
        parts += ([r.choice([" ", "T", "  ", "%t"])] if parts and clock else []) + clock
    if parts and r.random() < 0.4:
        parts += [r.choice([" ", ""]), r.choice(ZONES)]
    if r.random() < 0.1:
        parts += [r.choice(["Z", " é", "%%", "%n"])]
    return parts or ["%c"]


def part_text(r, part):
    if part in FRACTIONS:
        return r.choice(["5", "123", "123456", "123456789", "000", "1234567891"])
    return DIRECTIVES[part](r) if part in DIRECTIVES else part


def time(r):
    if r.random() < 0.15:
        locale = r.choice(sorted(MONTHS))
        return ["%d %s %d" % (r.randint(1, 28), r.choice(MONTHS[locale]), r.choice([1999, 2023])), "%d %B %Y", r.choice(["", "UTC", "Europe/Berlin"]), locale]
    parts = time_parts(r)
    made = ["".join(part_text(r, p) for p in parts), "".join(parts)]
    if r.random() < 0.1 and not {"%r", "%c"} & set(parts):  # the reference tries for ever to put spaces in
        made[0] = texts.mutated(r, made[0])
    if r.random() < 0.3:
        made.append(texts.zone(r))
    return made


def format_time(r):
    when = r.choice(["Unix(%d)" % r.choice([0, 1700000000, -5, 951782400, 253402300799, -62135596800, 1234567890]), "Unix(%d, %d)" % (r.choice([1, 1700000001]), r.randrange(10 ** 9)),
                     "start_time", "end_time", 'Time("2023-11-14 02:03:04 +0530", "%F %T %z")', 'Time("2023-07-01 02:03", "%F %R", "Europe/Berlin")',
                     'Time("2023-11-14 EST", "%F %Z")', 'Time("2023-01-02", "%F", "America/New_York")'])
    made = "".join(time_parts(r)) if r.random() < 0.6 else texts.time_format(r)
    return [Code(when), made]


# --- grok: patterns and what each matches ---
SAMPLES = {
    "USERNAME": ["alice", "a.b-c_d"], "EMAILADDRESS": ["alice@example.com"], "INT": ["42", "-7", "+3"], "BASE10NUM": ["1.5", ".5", "-3"], "NUMBER": ["42", "-1.25"],
    "BASE16NUM": ["0xff", "1F"], "POSINT": ["42"], "NONNEGINT": ["0"], "WORD": ["GET", "x_1"], "NOTSPACE": ["a-b.c", "é"], "SPACE": ["  ", ""], "DATA": ["any thing", ""],
    "GREEDYDATA": ["the rest  of it", ""], "QUOTEDSTRING": ['"a \\"b\\" c"', "'x y'"], "UUID": ["550e8400-e29b-41d4-a716-446655440000"], "URN": ["urn:isbn:0451450523"],
    "MAC": ["00:11:22:33:44:55", "0011.2233.4455"], "IP": ["10.0.0.1", "::1", "fe80::1%eth0"], "IPV4": ["255.1.2.3"], "IPV6": ["2001:db8::1"], "HOSTNAME": ["host-1.example.com"],
    "IPORHOST": ["10.0.0.1", "h.com"], "HOSTPORT": ["h.com:80"], "UNIXPATH": ["/usr/bin/x"], "TTY": ["/dev/pts/3"], "WINPATH": ["C:\\dir\\f.txt"], "URIPROTO": ["git+ssh"],
    "URIHOST": ["h.com:80"], "URIPATH": ["/a/b_c"], "URIPARAM": ["?q=1&r=2"], "URIPATHPARAM": ["/a?b=c"], "URI": ["http://u:p@h.com:80/p?q=1"], "MONTH": ["Jan", "November"],
    "MONTHNUM": ["1", "12"], "MONTHDAY": ["3", "31"], "DAY": ["Mon", "Sunday"], "YEAR": ["2023", "99"], "HOUR": ["23", "2"], "MINUTE": ["59"], "SECOND": ["60", "7.5"],
    "TIME": ["23:59:59", "1:02:03.4"], "DATE_US": ["11/14/2023"], "DATE_EU": ["14.11.2023"], "TIMESTAMP_ISO8601": ["2023-11-14T22:13:20.5Z", "2023-11-14 22:13:20+01:00"],
    "HTTPDATE": ["10/Oct/2000:13:55:36 -0700"], "SYSLOGTIMESTAMP": ["Nov  3 04:05:06"], "PROG": ["sshd"], "SYSLOGPROG": ["sshd[123]"], "LOGLEVEL": ["ERROR", "warn", "Info"],
    "COMMONAPACHELOG": ['127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326'], "JAVACLASS": ["com.example.Foo"], "CISCOMAC": ["0011.2233.4455"],
    "NAGIOSTIME": ["[1234567890]"], "ISO8601_TIMEZONE": ["+01:00", "Z"], "DATESTAMP_RFC822": ["Mon Jan 14 2023 23:59:59 UTC"], "S3_REQUEST_LINE": ["GET /x HTTP/1.1"],
    "SYSLOGBASE": ["Nov  3 04:05:06 host sshd[123]:"], "RUBY_LOGGER": ["I, [2023-11-14T22:13:20.123456 #42]  INFO -- prog: text"], "BACULA_TIMESTAMP": ["14-Nov-2023 22:13"],
    "HAPROXYTIME": ["22:13:20"], "CATALINA_DATESTAMP": ["Nov 14, 2023 10:13:20 PM"], "MONGO_WORDDASH": ["a-b"], "REDISTIMESTAMP": ["14 Nov 22:13:20"],
}
NUMERIC = {"INT": "int", "POSINT": "long", "NUMBER": "float", "BASE10NUM": "double", "NONNEGINT": "int", "YEAR": "int", "MINUTE": "int"}


def grok(r):
    patterns, subject = [], []
    for i in range(r.randint(1, 4)):
        name = r.choice(sorted(SAMPLES))
        kind = r.choice(["", "", ":string", ":" + NUMERIC[name] if name in NUMERIC else ""])
        label = ":" + r.choice(["k", "v", "a.b", "n%d" % i, "a_b"]) + kind if r.random() < 0.7 else ""
        patterns.append("%{" + name + label + "}")
        subject.append(r.choice(SAMPLES[name]))
    between = r.choice([(" ", " "), (r"\s+", "  "), (" - ", " - "), (";", ";")])
    made = [between[1].join(subject), between[0].join(patterns)]
    if r.random() < 0.15:
        made[0] = texts.mutated(r, made[0])
    if r.random() < 0.4:
        made.append(Code(r.choice(["true", "false"])))
        if r.random() < 0.4:
            made[1] = "%{MINE:mine} ?" + made[1] if r.random() < 0.7 else made[1]
            made.append(Code('["MINE=[a-z0-9]*", "TWO=%{MINE}%{INT}"]'))
    return made


# --- others ---
def csv(r):
    n, delimiter = r.randint(1, 4), r.choice([",", ",", "|", ";", "\t", " ", "é"])
    mode = r.choice(["strict", "strict", "lazyQuotes", "ignoreQuotes"])
    plain = ["1", "x", "", "é", "'s'", "two words" if delimiter != " " else "w", "0x1", "a=b"]
    quoted = ['"x%sy"' % delimiter, '"a""b"', '""', '"two\nlines"', '"q"']
    loose = ['a"b', '"x"y', 'a""b']
    values = {"strict": plain + quoted, "lazyQuotes": plain + quoted + loose, "ignoreQuotes": plain + loose + ['"q"']}[mode]
    made = [delimiter.join(r.choice(values) for _ in range(n)), delimiter.join(r.sample(["a", "b", "c", "d", "é", "long name"], n))]
    if r.random() < 0.1:
        made[0] = texts.mutated(r, made[0])
    if r.random() < 0.1 and mode != "ignoreQuotes":
        made[0] += r.choice(["\n", "\r\n", "\nmore"])
    if delimiter != "," or mode != "strict" or r.random() < 0.2:
        made.append(delimiter)
        if r.random() < 0.4 or mode != "strict":
            made.append(delimiter)
            made.append(mode)
    return made


def key_values(r):
    pair, equal = r.choice([(" ", "="), (" ", "="), (",", "="), (";", ":"), ("&", "="), ("||", "=>"), (" ", ":"), ("\n", " "), ("é", "=")])
    value = lambda: r.choice(["1", '"x y"', "'z w'", "", '"a\\"b"', "ü", "a=b", "'\"'", '"' + pair + '"', "x'y z'w", '""', "\\", " v "])
    made = [pair.join(r.choice(["a", "b", "k", "", " key ", "ü", '"q k"']) + equal + value() for _ in range(r.randint(1, 4)))]
    if r.random() < 0.2:
        made[0] += pair * r.randint(1, 2)
    return made + ([equal, pair] if (pair, equal) != (" ", "=") or r.random() < 0.1 else [])


def number_in_base(r):
    base = r.choice([0, 2, 8, 10, 10, 16, 16, 36, 7])
    if base == 0:
        return [r.choice(["0xff", "-0x7F", "0b101", "0o17", "017", "42", "-1_000", "0x_f", "0", "0x7fffffffffffffff", "0x8000000000000000"]), Code("0")]
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    return [r.choice(["", "-", "+"]) + "".join(r.choice(digits + digits.upper()[10:] if base > 10 else digits) for _ in range(r.randint(1, 12))), Code(str(base))]


def community(r):
    addresses = r.choice([["10.0.0.1", "192.168.0.255", "255.255.255.255", "0.0.0.0", "8.8.8.8"], ["::1", "fe80::1", "2001:db8::1", "::", "::ffff:10.0.0.1", "10.0.0.1"]])
    port = lambda: Code(r.choice(["0", "1", "80", "443", "65535", "12345"]))
    made = [r.choice(addresses), port(), r.choice(addresses), port()]
    if r.random() < 0.6:
        made.append(r.choice(["TCP", "UDP", "ICMP", "ICMP6", "SCTP", "RSVP"]))
        if r.random() < 0.5:
            made.append(Code(r.choice(["0", "1", "255", "65535", "65536", "-1"])))
    return made


def substring(r):
    text = r.choice(["hello world", "héllo wörld ✓", "日本語テキスト", "ab", "𝔘nicode", "a\x00b", texts.text(r)])
    size = max(len(text.encode(errors="replace")), 1)
    start = r.randrange(size)
    made = [text, Code(str(start)), Code(str(r.randint(1, size - start)))]
    return made + ([Code(r.choice(["true", "false"]))] if r.random() < 0.6 else [])


def named_groups(r):
    subject, pattern = r.choice([("GET /users/42 200", r"(?P<m>\w+) (?P<p>\S+) (?P<c>\d+)"), ("key=value; other=x", r"(?<k>\w+)=(?<v>[^;]*)"), ("héllo wörld", r"(?P<a>.)(?P<b>..)(x)?(?P<c>\pL+)"),
                                 ("aaa", r"(?P<x>a*?)(?P<y>a+)$"), ("2023-11-14", r"(?P<y>\d{4})-(?P<m>\d\d)(?:-(?P<d>\d\d))?"), ("", r"(?P<e>)"), ("ab", r"(?P<n>a)|(?P<n2>b)"),
                                 ("x", r"(?P<m>y)?"), ("A b C", r"(?i)(?P<u>a)\s(?-i:(?P<l>b))"), ("a\nb", r"(?m)^(?P<l>b)$")])
    return [texts.mutated(r, subject) if r.random() < 0.2 else subject, pattern if r.random() < 0.7 else "(?P<g>" + texts.regex(r) + ")"]


def severity(r):
    """A target that one of the criteria mostly fits."""
    target, fits = r.choice([('"err"', '{"equals": ["err", "error"]}'), ('"error"', '{"equals": ["err", "error"]}'), ('"info"', '{"equals": ["info"]}'), ("204", '{"range": "2xx"}'),
                             ("404", '{"range": "4xx"}'), ("7", '{"range": {"min": 1, "max": 299}}'), ("300", '{"range": "3xx"}'), ("599", '{"range": "5xx"}'), ('"x"', '{"equals": ["x"], "range": "2xx"}'),
                             ("299", '{"range": {"min": 299, "max": 299}}'), ('"no"', '{"equals": []}'), ("1.5", '{"range": "2xx"}')])
    criteria = [fits, fits, '{"equals": ["err", "error"]}', '{"range": {"min": 1, "max": 299}}', '{"range": "2xx"}', '{"range": "5xx"}', '{"equals": ["x"], "range": "2xx"}', '{"equals": []}']
    levels = r.sample(["error", "info", "warn", "é"], r.choice([1, 1, 2]))
    # Which level wins is random in the reference when two fit, so the criterion stands in one of them.
    mapping = ['"%s": [%s]' % (level, ", ".join(r.choice(criteria) for _ in range(r.randint(1, 2))) if i == 0 else '{"equals": ["other"]}') for i, level in enumerate(levels)]
    return [Code(target), Code("{" + ", ".join(mapping) + "}")]


def slice_to_map(r):
    return r.choice([[Code('attributes["maps"]'), Code('["name"]'), Code('["value"]')], [Code('attributes["maps"]'), Code('["name"]')], [Code('attributes["strs"]')],
                     [Code('ParseJSON("[{\\"a\\":{\\"b\\":\\"x\\"},\\"v\\":1},{\\"a\\":{\\"b\\":\\"y\\"},\\"v\\":[2]}]")'), Code('["a", "b"]'), Code('["v"]')],
                     [Code('ParseJSON("[{\\"a\\":\\"x\\"},{\\"a\\":\\"x\\",\\"v\\":1}]")'), Code('["a"]')], [Code('Split("a,b", ",")')], [Code("[1, [2], nil, 0x01]")],
                     [Code('ParseJSON("[{\\"a\\":\\"x\\"}]")'), Code('["a"]'), Code('["a"]')], [Code('[{"a": "x"}]'), Code('["a"]')], [Code('Values({"a": {"k": "v"}})'), Code('["k"]')]])


def semconv(r):
    return [r.choice(["1.37.0", "1.38.0", "1.39.0", "1.40.0", "1.41.0", "1.42.0", "1.43.0"])] + ([r.choice(["orig", "s", "a.b"])] if r.random() < 0.5 else [])


def index_of(r):
    return r.choice([[texts.text(r), r.choice(texts.SMALL)], ["héllo wörld", r.choice(["l", "ö", "", "x", "wörld", "\u00c3"])],
                     [Code(r.choice(['attributes["ints"]', 'attributes["strs"]', "[1, 2.0, \"a\", nil, [1], 0x01]", 'attributes["arr"]', 'Split("a,b", ",")', "[]", 'ParseJSON("[1, null, {}]")'])),
                      Code(r.choice(["1", "2", "2.0", '"a"', '"b"', "nil", "[1]", "0x01", "true", "{}", 'attributes["ints"][0]']))]])


def append(r):
    target = Code(r.choice(['attributes["strs"]', 'attributes["s"]', 'attributes["nope"]', 'attributes["i"]', 'cache["l"]', 'attributes["map"]["deep"]["l"]', 'resource.attributes["new"]', 'attributes["d"]',
                            'attributes["arr"]', 'attributes["empty"]', 'attributes["t"]', 'attributes["bytes"]', 'attributes["earr"]']))
    one = lambda: r.choice(['"z"', "1", "2.5", "true", "0x01", "nil", "[1, 2]", '["a"]', 'attributes["s"]', 'attributes["i"]', "kind", "name", 'Concat(["a", "b"], "-")', '{"a": 1}', 'Split("a,b", ",")', "start_time"])
    value, values = Code(one()), Code("[" + ", ".join(one() for _ in range(r.randint(0, 3))) + "]")
    return r.choice([[target, value], [target, value, values], [target, Code("values = " + values)]])


def xml_edit(r):
    """Documents that are well-formed, and mostly paths that select something in them."""
    document = texts.xml_element(r, 3).replace("n:x", r.choice(["item", "n:x"])).replace("&nbsp;", "&amp;")
    if "n:x" in document:
        document = '<r xmlns:n="urn:n">' + document + "</r>"
    path = texts.xpath(r) if r.random() < 0.4 else r.choice(["//*", "/*", "//a", "//b", "//item", "//c | //a", "//*[@id]", "//a[1]", "//*[not(*)]", "/", "/*/*", "//*[text()]", "//n:x", "/*[" + texts.xpath_condition(r) + "]"])
    return document, path


def insert_xml(r):
    document, path = xml_edit(r)
    return [document if r.random() < 0.95 else "", path, texts.xml_element(r, 1).replace("n:x", "b").replace("&nbsp;", "é")]


def edit_xml(r):
    return list(xml_edit(r))


def convert_attributes(r):
    document, path = xml_edit(r)
    return [document] + r.choice([[], [], ["//@*"], ["//@id"], ["//a/@*"], [path]])


def convert_texts(r):
    document, path = xml_edit(r)
    return [document] + r.choice([[], [], [path], [path, r.choice(["v", "n:v", "", "value"])], ["/", "v"]])


def parse_xml(r):
    return [xml_edit(r)[0]]


def base64_decode(r):
    import base64
    raw = bytes(r.randrange(256) if r.random() < 0.2 else r.choice(b"hello?>~") for _ in range(r.randint(0, 7)))
    kind = r.choice(["base64", "base64-raw", "base64-url", "base64-raw-url"])
    made = (base64.urlsafe_b64encode if "url" in kind else base64.b64encode)(raw).decode()
    made = made.rstrip("=") if "raw" in kind else made
    return [made[:3] + r.choice(["", "", "\n", "\r\n"]) + made[3:], kind]


def decode(r):
    if r.random() < 0.3:
        return base64_decode(r)
    raw = "".join("%02x" % r.choice([r.randrange(256), r.randrange(0x20, 0x7f), r.randrange(0x80, 256)]) for _ in range(r.choice([1, 2, 2, 3, 4, 6])))
    return [Code("0x" + raw), texts.encoding(r)]


JOINT = {"Index": index_of, "append": append, "InsertXML": insert_xml, "GetXML": edit_xml, "RemoveXML": edit_xml, "ConvertAttributesToElementsXML": convert_attributes,
         "ConvertTextToElementsXML": convert_texts, "ParseXML": parse_xml, "ParseSimplifiedXML": parse_xml, "Decode": decode,
         "Time": time, "FormatTime": format_time, "ExtractGrokPatterns": grok, "ParseCSV": csv, "ParseKeyValue": key_values, "ParseInt": number_in_base, "CommunityID": community,
         "Substring": substring, "ExtractPatterns": named_groups, "ParseSeverity": severity, "SliceToMap": slice_to_map, "set_semconv_span_name": semconv}
