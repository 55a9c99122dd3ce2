// SPDX-License-Identifier: GPL-2.0-or-later
/* Replies of HTTP: whole, in pieces of every size, and malformed. */
#include "test.h"
#include "tools/http.h"

#define CRLF "\r\n"

static const struct {
	const char *in;
	int status;		/* 0: malformed */
	const char *body;
	int eof;		/* the end of the connection ends the body */
} rows[] = {
	{ "HTTP/1.1 200 OK" CRLF "Content-Length: 2" CRLF CRLF "[]", 200, "[]", 0 },
	{ "HTTP/1.1 204 No Content" CRLF CRLF, 204, "", 0 },
	{ "HTTP/1.1 200 OK" CRLF "content-length:  0 " CRLF CRLF, 200, "", 0 },
	{ "HTTP/1.0 404 Not Found" CRLF CRLF "{\"message\":\"x\"}", 404, "{\"message\":\"x\"}", 1 },
	{ "HTTP/1.1 200" CRLF "Transfer-Encoding: chunked" CRLF CRLF
	  "3" CRLF "abc" CRLF "A;x=y" CRLF "0123456789" CRLF "0" CRLF CRLF, 200, "abc0123456789", 0 },
	{ "HTTP/1.1 200 OK" CRLF "transfer-encoding: Chunked" CRLF CRLF "0" CRLF "T: x" CRLF CRLF,
	  200, "", 0 },
	{ "HTTP/1.1 100 Continue" CRLF CRLF "HTTP/1.1 201 Created" CRLF "Content-Length: 1" CRLF CRLF "y",
	  201, "y", 0 },
	{ "HTTP/1.1 200 OK\nContent-Length: 1\n\nz", 200, "z", 0 },
	{ "HTTP/2 200 OK" CRLF CRLF, 0, NULL, 0 },
	{ "garbage" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 20x OK" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 099 Low" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "no colon" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Content-Length: -1" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Content-Length: 99999999999999999999" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Content-Length: 1" CRLF "Content-Length: 2" CRLF CRLF "ab", 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Transfer-Encoding: gzip" CRLF CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Transfer-Encoding: chunked" CRLF CRLF "x" CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Transfer-Encoding: chunked" CRLF CRLF "1" CRLF "abc" CRLF, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK" CRLF "Content-Length: 5" CRLF CRLF "abc", 0, NULL, 1 },
	{ "HTTP/1.1 200 OK" CRLF "Transfer-Encoding: chunked" CRLF CRLF "5" CRLF "abc", 0, NULL, 1 },
	{ "HTTP/1.1 200", 0, NULL, 1 },
	{ "", 0, NULL, 1 },
};

/* The whole, from memory of exactly its size, so that the sanitizer sees an octet too far. */
static int parse(const char *in, size_t len, int eof, struct http_reply *r)
{
	char *copy = malloc(len ? len : 1);
	int ret;

	memcpy(copy, in, len);
	ret = http_parse(copy, len, eof, r);
	free(copy);
	return ret;
}

static void whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_reply r;
		int ret = parse(rows[i].in, strlen(rows[i].in), rows[i].eof, &r);

		if (ret != (rows[i].status ? 1 : -EBADMSG))
			fail_msg("row %zu gave %d", i, ret);
		if (!rows[i].status)
			continue;
		assert_int_equal(r.status, rows[i].status);
		assert_int_equal(r.len, strlen(rows[i].body));
		assert_string_equal(r.body, rows[i].body);
		free(r.body);
	}
}

/* Of a good reply no beginning is whole, and none is malformed. */
static void pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t len = 0; rows[i].status && len < strlen(rows[i].in); len++) {
			struct http_reply r;
			int ret = parse(rows[i].in, len, 0, &r);

			if (ret)
				fail_msg("row %zu, %zu octets gave %d", i, len, ret);
		}
	}
}

static void escape(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(http_escape("a-Z_0.~", out, sizeof(out)), 0);
	assert_string_equal(out, "a-Z_0.~");
	assert_int_equal(http_escape("a/b c%,\xc3\xa4", out, sizeof(out)), 0);
	assert_string_equal(out, "a%2Fb%20c%25%2C%C3%A4");
	assert_int_equal(http_escape("", out, 1), 0);
	assert_string_equal(out, "");
	assert_int_equal(http_escape("////////////", out, sizeof(out)), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole), cmocka_unit_test(pieces), cmocka_unit_test(escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
