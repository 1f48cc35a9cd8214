/* The lines of an HTTP/1.1 head. The input always ends in an empty line, at which every rule stops.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http1/http1_head.h"

/*!re2c
    re2c:api:style = free-form;
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = at;
    re2c:define:YYMARKER = mark;
    re2c:yyfill:enable = 0;

    crlf      = "\r\n";
    token     = [!#$%&'*+.^_`|~0-9A-Za-z-]+;
    hex       = [0-9A-Fa-f];
    plain     = [A-Za-z0-9._~!$&'()*+,;=:@-] | "%" hex hex;
    path      = "/" (plain | "/")*;
    query     = (plain | "/" | "?")*;
    authority = (plain | "[" | "]")+;
    text      = [\t\x20-\x7e\x80-\xff]*;
    port      = ":" [0-9]*;
    host      = [A-Za-z0-9._~!$&'()*+,;=%-]+ | "[" [0-9A-Fa-f:.]+ "]";
*/

static tm_text between(const unsigned char *from, const unsigned char *to)
{
    return tm_text_slice(from, (size_t)(to - from));
}

/* RFC 9112, 3: the request line, in origin-form, absolute-form or "*". */
tm_http1_fault tm_http1_lex_request(tm_text *in, tm_http1_head *head)
{
    const unsigned char *at = (const unsigned char *)in->p, *start = at, *mark = at;
    const unsigned char *m, *p, *q, *e, *v;
    /*!stags:re2c format = "const unsigned char *@@ = NULL;"; */
    /*!re2c
        re2c:tags = 1;
        token @m " " ('http' 's'? "://" authority)? @p path (@q "?" query)? @e
            " HTTP/1." @v [01] crlf { goto found; }
        token @m " " @p "*" @e " HTTP/1." @v [01] crlf { q = NULL; goto found; }
        token " " [!-~]+ " HTTP/1." [01] crlf {
            return (tm_http1_fault){400, "malformed request target"};
        }
        token " " [!-~]+ " HTTP/" [0-9] "." [0-9] crlf {
            return (tm_http1_fault){505, "HTTP version not supported"};
        }
        * { return (tm_http1_fault){400, "malformed request line"}; }
    */
found:
    head->method = between(start, m);
    head->path = between(p, q ? q : e);
    head->query = q ? between(q + 1, e) : tm_text_slice("", 0);
    head->minor = *v - '0';
    *in = tm_text_skip(*in, (size_t)(at - start));
    return (tm_http1_fault){0, NULL};
}

static tm_http1_name name_of(const unsigned char *at)
{
    const unsigned char *mark = at;
    /*!re2c
        re2c:tags = 0;
        'host' ":"              { return TM_HTTP1_HOST; }
        'content-length' ":"    { return TM_HTTP1_CONTENT_LENGTH; }
        'transfer-encoding' ":" { return TM_HTTP1_TRANSFER_ENCODING; }
        'connection' ":"        { return TM_HTTP1_CONNECTION; }
        'expect' ":"            { return TM_HTTP1_EXPECT; }
        'content-type' ":"      { return TM_HTTP1_CONTENT_TYPE; }
        'content-encoding' ":"  { return TM_HTTP1_CONTENT_ENCODING; }
        *                       { return TM_HTTP1_OTHER; }
    */
}

/* RFC 9112, 5: a field; no white space before the colon, no folded line, no control characters. */
bool tm_http1_lex_field(tm_text *in, tm_http1_field *field, tm_http1_name *name)
{
    const unsigned char *at = (const unsigned char *)in->p, *start = at, *mark = at;
    /*!re2c
        token ":" text crlf { goto found; }
        *                   { return false; }
    */
found:
    field->name = between(start, memchr(start, ':', (size_t)(at - start)));
    field->value = tm_text_trim(between(start + field->name.n + 1, at - 2));
    *name = name_of(start);
    *in = tm_text_skip(*in, (size_t)(at - start));
    return true;
}

/* The value is a slice of a line, so that it has a CR, or spaces and a CR, behind it. */
bool tm_http1_lex_host(tm_text value)
{
    const unsigned char *at = (const unsigned char *)value.p, *start = at, *mark = at;
    /*!re2c
        host port? { return (size_t)(at - start) == value.n; }
        *          { return value.n == 0; }
    */
}
