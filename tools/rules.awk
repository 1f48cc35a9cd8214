# Rule files to rows of a C table: {"probes", "text\n" "text\n"},
# SPDX-License-Identifier: Apache-2.0
FNR == 1 {
    if (NR > 1) print "},"
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.ottl$/, "", name)
    printf "{\"%s\",\n", name
}
{
    gsub(/\\/, "\\\\&")
    gsub(/"/, "\\\\&")
    printf " \"%s\\n\"\n", $0
}
END { if (NR) print "}," }
