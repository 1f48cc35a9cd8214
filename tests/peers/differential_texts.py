"""The differential test's texts: interesting strings for every kind of argument, many of them random.

Each function takes a random.Random and returns a str. SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib
import re

WORDS = ["GET", "/users/42", "checkout", "HTTPServer2Go", "foo__bar.baz-q", "userID", "a", "b", "c", "é", "ß", "İ", "ǅ",
         "héllo wörld ✓", "日本語", "𝔘nicode", "hello world", "  pad  ", "\t tab \n", "x=1", "a,b,c", "1|2|3", "true",
         "42", "-7", "3.25", "1e3", "0x1F", "nan", "0", "ID", "aAbBcC", "snake_case_word", "camelCaseWord", "K", "ﬁ",
         "e\u0301", "\u200b", "\ufeffbom", "a\x00b", "\x7f", "<b>&\"'</b>", "\u2028", "\\", "\"", "$1", "${x}", "%d", "*", "?"]
SMALL = ["", "a", "b", "ab", " ", ",", "=", "|", "x", "é", "1", "-", ".", "_", "aa", "/"]


def word(r):
    return r.choice(WORDS)


def text(r):
    """Any short text."""
    kind = r.random()
    if kind < 0.15:
        return r.choice(SMALL)
    if kind < 0.6:
        return word(r)
    if kind < 0.8:
        return r.choice([" ", ",", "", "=", "_", "."]).join(word(r) for _ in range(r.randint(1, 4)))
    return "".join(chr(r.choice([r.randint(32, 126), r.randint(32, 126), r.randint(0xa0, 0x17f), r.randint(0x370, 0x5ff),
                                 r.randint(0x1e00, 0x2fff), 0x1f600, r.randint(0, 31), r.choice([r.randint(0x1c80, 0x1cbf), r.randint(0x2c00, 0x2dff), r.randint(0xa640, 0xa7ff), r.randint(0x10400, 0x104ff), r.randint(0x118a0, 0x118df), r.randint(0x1e900, 0x1e943), 0xfb03, 0x3a3, 0x345])])) for _ in range(r.randint(0, 12)))


def mutated(r, s):
    """The text with one or two characters gone, doubled, moved or replaced."""
    for _ in range(r.randint(1, 2)):
        at = r.randint(0, len(s))
        edit = r.randrange(4)
        if edit == 0:
            s = s[:at] + s[at + 1:]
        elif edit == 1:
            s = s[:at] + r.choice(list("\"'\\=,:;<>/&#%{}[]()+-. 0129azAZ\n\t_é")) + s[at:]
        elif edit == 2:
            s = s[:at] + s[at:at + 2][::-1] + s[at + 2:]
        else:
            s = s[:at] + s[at:at + 3] + s[at:]
    return s


def often(r, s):
    return mutated(r, s) if r.random() < 0.3 else s


# --- patterns ---
CLASSES = [r"\B", r"\D", "[[:punct:]]", r"\p{Lu}", r"\p{^L}", r"\P{Han}", r"[^\x00-\x7f]", r"[\w-]", "[[:^alpha:]]", r"\pM", r"\f", r"\a", r"\123", "[[:word:]]", "\\Q*", "[é]", "[^é]",
           r"\d", r"\w", r"\s", r"\S", r"\W", r"\b", ".", "[a-z]", "[^a-z]", "[[:alpha:]]", r"\pL", r"\p{Greek}", r"\PN",
           "[é-ö]", r"[\d_]", "[^\\s,]", "[]a]", "[a-]", r"\x41", r"\x{e9}", r"\Qa.b\E", "[[:^digit:]x]", r"[\pL\d]", r"\z", r"\A"]


def regex_atom(r, depth):
    kind = r.random()
    if kind < 0.35:
        return r.choice(["a", "b", "o", "l", "e", "G", "1", "4", " ", "/", "=", "é", "_", "he", "lo", "foo", r"\.", r"\+", "wör"])
    if kind < 0.65 or depth == 0:
        return r.choice(CLASSES)
    if kind < 0.7:
        return r.choice(["(|a)", "(a|)", "(a*)*", "(a+)+", "(a|b*)+?", "(?:)", "()", "(x?)*", "(?:a|ab)(?:c|bcd)?", "(?i:ſ)", "(?i:k)", "(a{0,2}){2}", "(?:^a|b$)", "(?:\\b)*", "(?-s:.)"])
    opening = r.choice(["(", "(?:", "(?P<n>", "(?<m>", "(?i:", "(?s-i:", "(?P<x1>", "(?U:"])
    return opening + regex(r, depth - 1) + ")"


def regex(r, depth=2):
    parts = []
    for _ in range(r.randint(1, 4)):
        parts.append(regex_atom(r, depth) + r.choice(["", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,}", "{2,}?"]))
    body = "".join(parts)
    if r.random() < 0.2:
        body += "|" + regex(r, 0)
    return r.choice(["", "", "", "^", "(?i)", "(?m)^", "(?s)"]) + body + r.choice(["", "", "", "$"])


def pattern(r):
    made = r.choice(["^GET", r"(\w+) (\w+)", "o", "", ".*", "^$", "(l)(o)?", r"\d+", "(?P<a>.)(?P<b>.)", "h.", "[aeiou]"]) \
        if r.random() < 0.4 else regex(r)
    return mutated(r, made) if r.random() < 0.1 else made


def replacement(r):
    return r.choice(["", "x", "$1", "${1}", "$1x", "$$", "$", "$0", "[$0]", "$n", "${n}y", "$2-$1", "$10", "${", "\\1", "é$1",
                     "$é", "$_", "${1 }", "$1$2$3", text(r)])


def glob(r):
    if r.random() < 0.3:
        return r.choice(["*", "GET *", "hello*", "{hello,bye}*", "[!a-g]*", "h?llo*", "", "\\*", "[abc]", "[a-z]*", "{a,{b,c}}", "[a-z0]"])
    return "".join(r.choice(["*", "?", "a", "h", "e", "l", "o", " ", "/", "**", "[a-z]", "[!a]", "[abc]", "{a,b}", "{,x}", "\\*", "é",
                             "{h*,b?}", "G", "E", "T", "[", "}", "."]) for _ in range(r.randint(1, 6)))


GROK = ["USERNAME", "USER", "EMAILLOCALPART", "EMAILADDRESS", "INT", "BASE10NUM", "NUMBER", "BASE16NUM", "POSINT", "NONNEGINT", "WORD",
        "NOTSPACE", "SPACE", "DATA", "GREEDYDATA", "QUOTEDSTRING", "QS", "UUID", "URN", "MAC", "IP", "IPV4", "IPV6", "HOSTNAME", "IPORHOST",
        "HOSTPORT", "PATH", "UNIXPATH", "TTY", "WINPATH", "URIPROTO", "URIHOST", "URIPATH", "URIPARAM", "URIPATHPARAM", "URI", "MONTH",
        "MONTHNUM", "MONTHDAY", "DAY", "YEAR", "HOUR", "MINUTE", "SECOND", "TIME", "DATE_US", "DATE_EU", "DATE", "DATESTAMP", "TZ",
        "TIMESTAMP_ISO8601", "HTTPDATE", "SYSLOGTIMESTAMP", "PROG", "SYSLOGPROG", "SYSLOGHOST", "LOGLEVEL", "COMMONAPACHELOG",
        "COMBINEDAPACHELOG", "JAVACLASS", "RUBY_LOGLEVEL", "CISCOMAC", "HTTPDUSER", "NAGIOSTIME", "BOUND", "NOPE"]


def known_groks():
    """The names that the patterns of stdlib/grok have."""
    here = pathlib.Path(__file__).resolve().parents[2] / "stdlib"
    return sorted(name for path in here.rglob("grok*.def") for name in re.findall(r"^GROK\((\w+)", path.read_text(encoding="utf-8"), re.M))


GROKS = known_groks()


def grok(r):
    parts = []
    for _ in range(r.randint(1, 4)):
        name = r.choice(GROK if r.random() < 0.7 else GROKS)
        parts.append(r.choice(["%{" + name + "}", "%{" + name + ":k}", "%{" + name + ":v:" + r.choice(
            ["int", "long", "float", "double", "bool", "string", "boolean", "x"]) + "}", "%{" + name + ":a.b}", "(?P<z>.)", "%{" + name + ":n" + str(r.randint(0, 3)) + "}"]))
    return r.choice([" ", r"\s+", "", ".*?", " - "]).join(parts)


def grok_subject(r):
    return r.choice(["10.0.0.1 GET /x 200", "2023-11-14T22:13:20.5Z ERROR com.example.Foo - bad", "alice@example.com 42 -1.5 0xff",
                     '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
                     "Nov  3 04:05:06 host sshd[123]: failed", "::1 fe80::1%eth0 00:11:22:33:44:55", "/usr/bin/x C:\\dir\\f.txt",
                     "http://u:p@h.com:80/p?q=1#f Mon Jan 14 2023 23:59:59", '"quoted \\" text" tail', "true 7 x", text(r)])


# --- formats ---
def number(r):
    return often(r, r.choice(["0", "1", "-1", "42", "+7", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                              "1.5", ".5", "1.", "1e3", "1E-7", "0x1p-2", "0x10", "0b101", "0o17", "017", "1_000", "1_0.5", "inf", "-Inf",
                              "NaN", "1e400", "1e-400", " 1", "1 ", "", "zz", "Z", "ff", "-ff", "0x", "1__0", "infinity", "١"]))


def boolean(r):
    return r.choice(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False", "yes", "", "tRUE", "2"])


def duration(r):
    if r.random() < 0.3:
        return r.choice(["1s", "1h2m3.5s", "-3µs", "1.5ms", "0", "100", "", "1d", "+5m", ".5s", "1.s", "9223372036854775807ns",
                         "2562047h47m16.854775807s", "2562047h47m16.854775808s", "-2562047h47m16.854775808s", "1μs", "s", "1 s", "-", "1h-1m"])
    return often(r, r.choice(["", "", "-", "+"]) + "".join(
        r.choice(["%d", "%d.5", ".%d", "%d."]) % r.choice([0, 1, 59, 90, 999, 123456789]) + r.choice(
            ["h", "m", "s", "ms", "us", "µs", "μs", "ns"]) for _ in range(r.randint(1, 3))))


DIRECTIVES = "YymoqbhBdegaAHIlpPMSLfsZzwijkDxFTXRrcnt%"


def time_format(r):
    kind = r.random()
    if kind < 0.35:
        return r.choice(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%F %T.%f %z", "%F", "%D %R", "%d %B %Y", "%a, %d %b %Y %H:%M:%S %Z",
                         "%c", "%r", "%Y-%m-%dT%H:%M:%S.%LZ", "%I:%M %p", "%e/%g/%y", "%b %e %H:%M:%S", "%s", "%Y", "%j", "%x %X"])
    return "".join(r.choice(["%" + r.choice(DIRECTIVES)] * 6 + ["." + r.choice(["%L", "%f", "%s"]), ",%f", " ", "-", "/", ":", "T", "Mon", "PM",
                            "Jan", "MST", "x", "%", "%Q", "1", "é", "_"]) for _ in range(r.randint(1, 7)))


def time_text(r):
    made = r.choice(["2023-11-14 22:13:20", "2023-11-14T22:13:20+05:30", "2023-11-14T22:13:20.5Z", "11/14/2023", "2024-02-29 00:00:00",
                     "2023-02-29 00:00:00", "14 November 2023", "14 novembre 2023", "14 März 2023", "Tue, 14 Nov 2023 22:13:20 EST", "1:05 pm",
                     "12:00 AM", "2023-11-14", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "Nov  3 04:05:06", "2023-03-12 02:30:00",
                     "2023-11-05 01:30:00", "Tue Nov 14 22:13:20 2023", "2023", "23/11/14", "2023-11-14 22:13:20.123456789 +0000",
                     "10:13:20 pm", "2023-11-14T22:13:20-0700", "1969-12-31 23:59:59,5"])
    return often(r, made)


def zone(r):
    return r.choice(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Tokyo", "EST", "CET", "EST5EDT",
                     "Pacific/Apia", "America/Sao_Paulo", "Nope/Nowhere", "Local", "", "Africa/Casablanca", "GMT", "Etc/GMT+5", "utc", "../x"])


def locale(r):
    return r.choice(["en", "en-US", "fr", "fr-FR", "de", "de-DE", "es", "it-IT", "pt-BR", "nl", "ru", "ja", "zh-CN", "pl", "sv", "", "xx", "en_US",
                     "not a locale", "tr", "fr-CA", "ko", "uk", "cs", "fi", "da", "nb", "el", "hu", "ro", "bg", "en-GB", "es-MX", "zh-TW"])


def json_value(r, depth=2):
    kind = r.random()
    if depth and kind < 0.25:
        return {r.choice(["a", "b", "k", "é", "", "x y"]): json_value(r, depth - 1) for _ in range(r.randint(0, 3))}
    if depth and kind < 0.45:
        return [json_value(r, depth - 1) for _ in range(r.randint(0, 3))]
    return r.choice([None, True, False, 0, 1, -1, 1.5, 1e21, 1e-7, 2 ** 63, -0.0, 123456789012345678, "", text(r), word(r)])


def json_text(r):
    value = json_value(r)
    if r.random() < 0.9 and not isinstance(value, (dict, list)):
        value = {"a": value}
    made = json.dumps(value, ensure_ascii=r.random() < 0.3, separators=r.choice([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
    if r.random() < 0.1:
        return r.choice(['{"a":1}{}', '[1,]', '{"a":1,"a":2}', '"x"', "1", "", "null", '{"a":"\\ud83d"}', '{"a":"\\ud83d\\ude00"}', '[01]', '[1e400]',
                         '[-]', '[.5]', '[1.]', '{a:1}', "[NaN]", '["\t"]', '["\\x"]', "\ufeff[]", " [ ] ", "[true, tru]", '{"a"}', '[-0]', '[1E+2]', "[[[[[[1]]]]]]"])
    return often(r, made)


def key_values(r):
    pair, equal = r.choice([(" ", "="), (" ", "="), (",", "="), (";", ":"), ("&", "="), ("||", "=>"), (" ", ":")])
    value = lambda: r.choice(["1", "x y", '"x y"', "'z w'", "", '"a\\"b"', "é", "a=b", "'\"'", text(r)])
    return often(r, pair.join(r.choice(["a", "b", "k", "", " key ", "é"]) + equal + value() for _ in range(r.randint(0, 4))))


def csv(r):
    delimiter = r.choice([",", ",", ",", "|", ";", "\t", " "])
    value = lambda: r.choice(["1", "x", '"x,y"', '"a""b"', "", " s ", 'a"b', '"q"', '"two\nlines"', "é", "'s'"])
    return often(r, delimiter.join(value() for _ in range(r.randint(1, 4))) + r.choice(["", "", "", "\n", "\nx,y", "\r\n"]))


def header(r):
    return r.choice([",", ",", ",", "|", ";", "\t"]).join(r.choice("abcdé") for _ in range(r.randint(1, 4))) if r.random() < 0.95 else ""


TAGS = ["a", "b", "c", "item", "n:x", "row"]


def xml_element(r, depth):
    tag = r.choice(TAGS)
    attributes = "".join(f' {k}={q}{r.choice(["1", "x y", "&amp;", "&lt;", "é", "", "&#65;"])}{q}' for k in
                         r.sample(["id", "z", "kind", "n:q"], r.choice([0, 0, 1, 1, 2])) for q in [r.choice("\"\"'")])
    if r.random() < 0.15:
        return f"<{tag}{attributes}/>"
    parts = []
    for _ in range(r.randint(0, 3)):
        kind = r.random()
        if depth and kind < 0.5:
            parts.append(xml_element(r, depth - 1))
        else:
            parts.append(r.choice(["x", " t ", "42", "&amp;", "&lt;&gt;", "é", "\n", "<!-- c -->", "<![CDATA[<x>]]>", "&quot;", "<?pi x?>", "&#x41;", "&nbsp;"]
                                  if r.random() < 0.4 else ["x", "t", "7", "lemon"]))
    return f"<{tag}{attributes}>" + "".join(parts) + f"</{tag}>"


def xml(r):
    made = r.choice(["", "", "", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>\n', "<!-- top -->"]) + xml_element(r, 3)
    if r.random() < 0.15:  # text in front of the root is no XML; the reference reads on and loses other texts
        changed = mutated(r, made)
        return changed if changed.startswith("<") else made
    return made + r.choice([""] * 12 + ["\n", "x", "<a/>", ""])


def xpath_text(r, depth=1):
    """A text, by the functions of XPath."""
    plain = lambda: r.choice([".", ".", "@id", "b", "text()", "name()", "local-name(.)", "'x'", "'ab'", "''", "@n:q", "../@id", "string(.)"])
    word = lambda: r.choice(["'x'", "'a'", "''", "'1'", "'lemon'", "'X'", "'em'", "'é'"])
    if depth == 0 or r.random() < 0.3:
        return plain()
    inside = xpath_text(r, depth - 1)
    return r.choice([f"lower-case({inside})", f"normalize-space({inside})", f"concat({inside}, {word()})", f"substring({inside}, {r.randint(-2, 3)})",
                     f"substring({inside}, {r.randint(-1, 2)}, {r.randint(0, 3)})", f"substring-before({inside}, {word()})", f"substring-after({inside}, {word()})",
                     f"translate({inside}, {word()}, {word()})", f"replace({inside}, '{r.choice(['l', '(e)m', '[a-z]', '^.', 'x*', '(a)(b)?'])}', '{r.choice(['', 'X', '$1', '$1y', '[$2]', '$$'])}')",
                     f"string-join({r.choice(['*', 'b', '@*', './/text()', inside])}, {word()})", f"string({inside})", "namespace-uri()", "name(..)", "normalize-space()"])


def xpath_number(r):
    inside = xpath_text(r)
    return r.choice([f"string-length({inside})", f"count({r.choice(['*', 'b', '@*', './/a', 'reverse(*)'])})", f"sum({r.choice(['*', 'b', './/c', '@id'])})", f"number({inside})",
                     f"floor({inside})", f"ceiling(number({inside}) div 2)", f"round({r.choice(['1.5', '-0.5', '2.4', 'b'])})", "count(*) + 1", "last()", "position()"])


def xpath_condition(r):
    return r.choice([f"contains({xpath_text(r)}, 'm')", f"starts-with({xpath_text(r)}, {xpath_literal(r)})", f"ends-with({xpath_text(r)}, {xpath_literal(r)})",
                     f"matches({xpath_text(r)}, '{r.choice(['^[a-z]+$', '[0-9]', 'x', '(?i)LEM', '^$', '(', 'é'])}')", f"not({r.choice(['b', '@id', 'contains(., 1)', 'true()', '@id = 1'])})",
                     f"{xpath_text(r)} = {xpath_text(r)}", f"{xpath_text(r)} != 'x'", f"{xpath_number(r)} {r.choice(['=', '>', '<', '>=', '!='])} {r.randint(0, 4)}", "boolean(b)",
                     f"{xpath_text(r)} = 'x' or @id", f"not(matches({xpath_text(r, 0)}, 'x'))", f"{xpath_number(r)}", "true() and b"])


def xpath_literal(r):
    return r.choice(["'x'", "''", "'l'", "'n'", "'1'"])


def xpath(r):
    kind = r.random()
    if kind < 0.25:
        if r.random() < 0.1:  # attributes have none of their own, though the reference gives them those of their element
            return "//@*[" + r.choice(["contains(., 'x')", "matches(name(), 'i')", "string-length(.) > 1", "lower-case(.) = 'x'", ". = '1'", "namespace-uri() = ''"]) + "]"
        return often_less(r, r.choice(["//*", "//a", "/*", "//b", "//item", "/*/*"]) + "[" + xpath_condition(r) + "]")
    if kind < 0.6:
        step = lambda: r.choice(["a", "b", "c", "item", "*", "row", "@id", "@*", "text()", "node()", "comment()", ".", "..", "a[1]", "b[last()]",
                                 "*[@id]", "a[@id='1']", "item[b]", "*[.='x']", "b[position()<3]", "a[not(@z)]", "*[text()='x']", "c[contains(.,'x')]"])
        return r.choice(["/", "//", "", "./"]) + r.choice(["/", "/", "//"]).join(step() for _ in range(r.randint(1, 3)))
    return r.choice(["/", "//a", "//*", "//@*", "//@id", "//text()", "/a/b", "//b[2]", "//comment()", "/a/b|/a/c", "//a | //b", "//*[@id]",
                     "//item[@id='1']/b", "//a[count(b)>1]", "", "///", "//a[", "//ancestor::a", "//b/parent::*", "//b/following-sibling::*",
                     "count(//a)", "string(//a)", "//*[name()='a']", "//*[local-name()='x']", "//a[starts-with(@id,'1')]", "//n:x", "1+1", "'x'", "reverse(//*)", "reverse(//b | //a)",
                     "upper-case(//a)", "string-join(//a)", "concat('x')", "substring('x')", "true(1)", "//a[lower-case()]", "//a[contains(.)]", "last(1)", "fn:lower-case('A')", "//a[id('x')]"])


def often_less(r, s):
    return mutated(r, s) if r.random() < 0.03 else s


def url(r):
    if r.random() < 0.2:
        return r.choice(["", "?a=1&a=2&b=", "not a url", "http://[::1]:80/", "//host/p", "mailto:a@b", "http://a:b", "/p", "#f", "http://a%zz/",
                         "http://h/%41%2f", "HTTP://H/", "a:b:c", ":x", "http://u:@h", "http://h:", "?%zz=1", "?a;b", "http://h/a b", "http://é.com/ü", "http://h\x00"])
    return often(r, r.choice(["http", "https", "HTTPS", "ftp", "git+ssh", "x"]) + "://" + r.choice(["", "", "u@", "u:p@", "u:p%40q@", ":p@"]) +
                 r.choice(["host.com", "10.0.0.1", "[::1]", "[fe80::1%25eth0]", "a-b.c", "", "h_x", "ex%41mple"]) + r.choice(["", "", ":80", ":8080", ":0", ":99999"]) +
                 r.choice(["", "/", "/p/a.txt", "/a.tar.gz", "/%7Euser/x%20y", "/é", "/a/../b", "/.", "/x.", "/a;b=c"]) +
                 r.choice(["", "", "?", "?q=1&r=2", "?a b", "?é=1", "?%20"]) + r.choice(["", "", "#", "#frag", "#%41é"]))


def agent(r):
    return r.choice(["curl/7.81.0", "kube-probe/1.27", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36" % r.randint(60, 130),
                     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Safari/605.1.15" % r.randint(0, 6),
                     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148" % r.randint(0, 5),
                     "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/%d.0" % r.randint(90, 120), "Go-http-client/1.1",
                     "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "python-requests/2.31.0", "okhttp/4.9.3", "", "x", "Wget/1.21",
                     "Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Mobile Safari/537.36",
                     "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0)",
                     "PostmanRuntime/7.32.3", "Dalvik/2.1.0 (Linux; U; Android 9; ANE-LX1)", "grpc-go/1.58.0", "Prometheus/2.45.0", "ELB-HealthChecker/2.0"])


def address(r):
    return often(r, r.choice(["10.0.0.1", "10.1.2.3", "192.168.0.255", "::1", "fe80::1", "::ffff:10.0.0.1", "2001:db8::1", "010.1.2.3", "1.2.3", "",
                              "256.1.1.1", "0.0.0.0", "::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "fe80::1%eth0", "::10.0.0.1", "1::2::3"]))


def network(r):
    return often(r, r.choice(["10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/24", "::/0", "0.0.0.0/0", "fe80::/10", "::ffff:10.0.0.0/104", "2001:db8::/32",
                              "10.0.0.1/32", "10.0.0.0/33", "10.0.0.0", "x", "10.0.0.0/08", "::1/128", "1.2.3.4/+8", "::ffff:10.0.0.0/8", "10.0.0.0/"]))


def encoded(r):
    return often(r, r.choice(["aGVsbG8/Pg==", "aGVsbG8_Pg", "aGVsbG8/Pg", "", "aGk=", "a\nGk=", "aGl=", "====", "YQ==", "YQ", "é", "aGVsbG8_Pg=="]))


def encoding(r):
    return r.choice(["base64", "base64-raw", "base64-url", "base64-raw-url", "utf-8", "utf8", "ascii", "us-ascii", "", "utf-16", "utf16", "utf-16be",
                     "utf-16le", "utf8-raw", "utf-8-raw", "nop", "iso-8859-1", "latin1", "windows-1252", "shift_jis", "gbk", "gb18030", "euc-kr", "big5",
                     "koi8-r", "ISO-8859-15", "windows-1251", "euc-jp", "iso-2022-jp", "ibm866", "macintosh", "nope", "UTF-8", "hz-gb-2312", "cp1252"])


def hexadecimal(r):
    n = r.choice([0, 1, 8, 16, 16, 16, 32, 32, 32, 31, 33])
    return "".join(r.choice("0123456789abcdefABCDEF" if r.random() < 0.98 else "gz-") for _ in range(n))


def luhn(r):
    return r.choice(["79927398713", "4539 1488 0343 6467", "4539148803436467", "0", "", " ", "1a", "00", "18", "123", "8273 1232 7352 0569", "-18", "１８"])


def format_text(r):
    verb = lambda: "%" + r.choice(["", "", "", "+", "-", "#", "0", " ", "+#", "-0", "# "]) + r.choice(["", "", "", "5", "10", "*", "[1]", "[2]", "[9]", "[x]", "08"]) + \
        r.choice(["", "", "", ".2", ".0", ".", ".*", ".[1]*"]) + r.choice("vvvdsxXqtTgeEfFGobOcU%zp! é")
    return "".join(r.choice([verb(), verb(), r.choice(["a", " ", "|", "é", "-", "", "%%"])]) for _ in range(r.randint(1, 5)))


def protocol(r):
    return r.choice(["TCP", "UDP", "ICMP", "ICMP6", "SCTP", "RSVP", "tcp", "", "6", "HTTP"])


def trace_state(r):
    if r.random() < 0.5:
        return r.choice(["", "k1=v1,k2=v2", "k1=v1", "a@b=1", "k1=v1,k1=v2", " k1 = v1 ", "k1=v1, ,k2=v2", "K=v", "k=", "=v", "k1=v 1", "k1=v1 ,\tk2=v2",
                         "0k=1", "0k@s=1", "k=é", "k=a=b", ",".join(f"k{i}=v" for i in range(33)), ",".join(f"k{i}=v" for i in range(32)), "k1=" + "v" * 257])
    return often(r, ",".join(r.choice(["k1", "k2", "zz", "a-b", "a/b", "a*", "t@v", "1a"]) + "=" + r.choice(["v1", "x y", "1", "!", "~", ""]) for _ in range(r.randint(0, 4))))


def key(r):
    return r.choice(["k", "n", "deep", "x", "l", "name", "value", "a", "b", "s", "i", "", "é", "missing", "url.port", "tag", "a.b", "user_agent.name"])
