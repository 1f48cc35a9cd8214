# The rows of tools/messages.tsv as a table of C. SPDX-License-Identifier: Apache-2.0
BEGIN { FS = "\t" }
{
    gsub(/[\\"]/, "\\\\&")
    printf "MESSAGE(\"%s\", \"%s\", \"%s\", \"%s\")\n", $1, $2, $3, $4
}
