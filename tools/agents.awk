# Agents: the user agent patterns of uap-core's regexes.yaml as rows of C.
# SPDX-License-Identifier: Apache-2.0
#
#     awk -f tools/agents.awk regexes.yaml
#
# prints AGENT("regex", "name", "v1", "v2", "v3", "v4") for browsers and the like, SYSTEM(...) for operating systems;
# an empty replacement stands for the group of that number. The file is YAML as its authors write it: one key a line,
# values between single quotes.

function c_string(text,    out, i, c) {
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c == "\\" || c == "\"" || c == "?" ? "\\" c : c)
    }
    return "\"" out "\""
}

function value(line) {
    sub(/^[^']*'/, "", line)
    sub(/'[ \t]*(#.*)?$/, "", line)
    gsub(/''/, "'", line)
    return line
}

function flush() {
    if (regex != "" && kind != "")
        printf "%s(%s, %s, %s, %s, %s, %s)\n", kind, c_string(flag == "i" ? "(?i)" regex : regex),
               c_string(name), c_string(v[1]), c_string(v[2]), c_string(v[3]), c_string(v[4])
    regex = flag = name = v[1] = v[2] = v[3] = v[4] = ""
}

/^user_agent_parsers:/ { flush(); kind = "AGENT" }
/^os_parsers:/         { flush(); kind = "SYSTEM" }
/^device_parsers:/     { flush(); kind = "" }
/^[ \t]*#/             { next }
/^[ \t]*- regex:/      { flush(); regex = value($0) }
/^[ \t]*regex_flag:/   { flag = value($0) }
/^[ \t]*(family|os)_replacement:/ { name = value($0) }
/^[ \t]*(os_)?v[1-4]_replacement:/ { match($0, /v[1-4]/); v[substr($0, RSTART + 1, 1)] = value($0) }
END { flush() }
