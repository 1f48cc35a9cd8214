/* XML tree: documents as trees, read by our own reader: no entities but XML's five, no files, no
 * network. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_XML_XML_TREE_H
#define TM_STDLIB_XML_XML_TREE_H

#include "base/buf.h"

typedef enum tm_xml_kind {
    TM_XML_DOCUMENT,
    TM_XML_ELEMENT,
    TM_XML_ATTRIBUTE,
    TM_XML_TEXT,
    TM_XML_CDATA,
    TM_XML_COMMENT,
    TM_XML_INSTRUCTION, /* <?name text?>, the declaration of the document among them */
    TM_XML_DIRECTIVE    /* <!text> */
} tm_xml_kind;

enum { TM_XML_DEPTH_MOST = 256 };

struct tm_work;

/* A node. Children and attributes are linked in document order. */
typedef struct tm_xml {
    tm_xml_kind kind : 8;
    unsigned wrapped : 1;             /* texts in it, to all depths, were made elements */
    unsigned hidden : 1;              /* no expression selects it */
    uint32_t number;                  /* in the document, while an expression is evaluated */
    uint32_t in_set, walked, chained; /* by which of its steps, see xpath_step.c */
    tm_text prefix, name;             /* of elements, attributes and instructions */
    tm_text text;                     /* of all others, and of attributes and instructions */
    struct tm_xml *parent, *next, *previous;
    struct tm_xml *first, *last;
    struct tm_xml *attribute, *last_attribute;
} tm_xml;

/* Reads a document. What stands before the first element or declaration is left out; several
 * elements may stand side by side. NULL with *error when it is malformed or has no element, or
 * takes more work than there is (work->over). */
tm_xml *tm_xml_read(tm_arena *arena, struct tm_work *work, tm_text text, const char **error);

/* Reads a document of one element with nothing behind it. Prefixes need not be declared. */
tm_xml *tm_xml_read_strictly(tm_arena *arena, struct tm_work *work, tm_text text,
                             const char **error);

tm_xml *tm_xml_new(tm_arena *arena, tm_xml_kind kind);
void tm_xml_append(tm_xml *parent, tm_xml *child); /* attributes go among the attributes */
void tm_xml_remove(tm_xml *node);                  /* from its parent */
tm_xml *tm_xml_copy(tm_arena *arena, const tm_xml *node);

/* Writes it without any formatting; empty elements as <a></a>, attributes as their values. */
void tm_xml_print(tm_buf *out, const tm_xml *node);

#endif
