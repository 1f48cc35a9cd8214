# The man page libtamis(3), from the comments and declarations of the headers, tamis.h first:
#     awk -v version=0.1.0 -f tools/libtamis.awk include/tamis/tamis.h include/tamis/...
# SPDX-License-Identifier: Apache-2.0
function escape(text) {
    gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/'/, "\\(aq", text); gsub(/`/, "\\(ga", text)
    gsub(/\^/, "\\(ha", text); gsub(/~/, "\\(ti", text); sub(/^\./, "\\\\\\&.", text)
    return text
}
function end_code() { if (code) print ".fi\n.RE"; code = 0 }
function tell(text) {                               # a comment, its lines joined
    sub(/^\/\* */, "", text); sub(/ *\*\/$/, "", text)
    end_code()
    if (text ~ /^----/) {
        sub(/^-+ /, "", text); sub(/ -+$/, "", text)
        print ".SH " toupper(text)
    } else {
        sub(/ *SPDX-License-Identifier: .*2\.0/, "", text)
        n = split(text, paragraph, / \* \* /)       # an empty line of the comment
        for (i = 1; i <= n; i++) print ".PP\n" escape(paragraph[i])
    }
}
BEGIN {
    print ".TH LIBTAMIS 3 \"\" \"tamis " version "\" \"tamis\"\n.ad l\n.SH NAME"
    print "libtamis \\- filter OTLP trace requests by OTTL rules, in any program\n.SH SYNOPSIS\n.nf"
    print "#include <tamis/tamis.h>\n\ncc ... $(pkg\\-config \\-\\-cflags \\-\\-libs tamis)\n.fi"
}
FNR == 1 { title = FILENAME; sub(/.*\//, "", title); print ".SH " (NR == 1 ? "DESCRIPTION" : toupper(title)) }
/^#(ifndef|ifdef|endif|include)|^#define TAMIS_([A-Z]+_)?H$|^#define TAMIS_API|^extern "C"|^}$/ { next }
comment == "" && !inside && /^\/\*/ { comment = $0; if (/\*\/$/) { tell(comment); comment = "" } next }
comment != "" {
    line = $0; sub(/^ \*$/, " * *", line); sub(/^ \* */, " ", line); sub(/^ \*\//, "*/", line)
    comment = comment (line == " *" || line == " " ? " * *" : line)
    if (/\*\/$/) { tell(comment); comment = "" }
    next
}
/^$/ { if (!inside) end_code(); next }
{
    if (!code) print ".RS 4\n.nf"
    code = 1
    line = $0; sub(/^TAMIS_API /, "", line)
    inside += gsub(/{/, "{", line) - gsub(/}/, "}", line)
    print escape(line)
}
END {
    end_code()
    print ".SH SEE ALSO\n\\fBtamis\\fR(1), \\fBottl\\fR(5), and docs/embedding.md of the documentation, with examples"
}
