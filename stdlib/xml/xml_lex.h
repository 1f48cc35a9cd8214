/* XML lex: names, characters and values of XML, for stdlib/xml/xml_read.c.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XML_XML_LEX_H
#define TM_STDLIB_XML_XML_LEX_H

#include "otlp/value.h"
#include "stdlib/xml/xml_tree.h"

/* A text being taken: as long as nothing in it stands for something else, a slice of the document.
 */
typedef struct tm_xml_run {
    tm_text plain;
    tm_buf other; /* the whole, once something did */
} tm_xml_run;

typedef struct tm_xml_reader {
    tm_arena *arena;
    struct tm_work *work; /* a step a node and for its bytes; NULL: nobody counts */
    tm_text rest;
    const char *error;
    bool strictly; /* one element, any prefix, UTF-8 only */
    tm_xml *document;
    tm_xml *open; /* the element being read, or the document */
    unsigned depth;
    bool begun; /* an element or instruction was seen: what follows counts */
    bool has_element;
    tm_map *prefixes;      /* how many open elements declare each prefix */
    size_t bytes, decoded; /* of the document, and of what declarations had decoded */
} tm_xml_reader;

/* Fails the reading; the first reason stays. Returns false. */
bool tm_xml_wrong(tm_xml_reader *r, const char *error);

static inline bool tm_xml_at(const tm_xml_reader *r, char c)
{
    return r->rest.n && r->rest.p[0] == c;
}

bool tm_xml_take_char(tm_xml_reader *r, char c);
bool tm_xml_take_word(tm_xml_reader *r, tm_text word);
void tm_xml_skip_blanks(tm_xml_reader *r);

/* Whether a character may stand in a name, a colon too; `first`: at its start. */
bool tm_xml_is_name_rune(uint32_t rune, bool first);

/* "prefix:name"; a colon at an end is part of the name. False, without a reason, when there is
 * none. */
bool tm_xml_take_name(tm_xml_reader *r, tm_text *prefix, tm_text *name);

/* A run that starts where the reader stands, and the text of one that has ended. */
tm_xml_run tm_xml_open_run(const tm_xml_reader *r);
tm_text tm_xml_run_text(const tm_xml_run *run);

/* Takes one character of text into *out, line ends as \n; of `references`, what they stand for. */
bool tm_xml_take_rune(tm_xml_reader *r, bool references, tm_xml_run *out);

/* The value of an attribute, between quotes. */
bool tm_xml_take_value(tm_xml_reader *r, tm_text *value);

#endif
