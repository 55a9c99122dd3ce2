// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of the journal: from a record to text and back. One table says what stands in a line,
 * for both.
 */
#include <string.h>

#include "daemon/record/journal.h"

#define VERSION "T1"

enum kind { U8, BOOL, INT, U64, TEXT };

#define F(kind_, member) \
	{ kind_, offsetof(struct record, member), sizeof(((struct record *)0)->member) }

/* The order in the line. It is never changed: another order is another version. */
static const struct field {
	enum kind kind;
	size_t off, size;
} fields[] = {
	F(U64, run), F(U64, seq), F(U8, entry.what), F(BOOL, entry.moved), F(U64, entry.time_us),
	F(U64, entry.start_us), F(U64, entry.answer_us), F(U64, entry.end_us),
	F(U64, entry.linked), F(U64, entry.peer), F(TEXT, entry.peer_sid), F(TEXT, entry.bridge),
	F(TEXT, entry.detail), F(TEXT, entry.calling), F(U64, entry.info.id), F(BOOL, entry.info.outgoing),
	F(INT, entry.info.cause), F(TEXT, entry.info.sid), F(TEXT, entry.info.name),
	F(TEXT, entry.info.leg), F(TEXT, entry.info.exten), F(TEXT, entry.info.caller.number),
	F(TEXT, entry.info.caller.name), F(TEXT, entry.info.connected.number),
};

/* --- CRC-32 (IEEE 802.3) --------------------------------------------------------------------- */

static uint32_t crc_table[256];

static void __attribute__((constructor)) crc_init(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320U : c >> 1;
		crc_table[i] = c;
	}
}

static uint32_t crc32_of(const char *data, size_t len)
{
	uint32_t c = ~0U;

	for (size_t i = 0; i < len; i++)
		c = crc_table[(c ^ (unsigned char)data[i]) & 0xff] ^ c >> 8;
	return ~c;
}

/* In eight digits. */
static void put_crc(char *to, const char *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t crc = crc32_of(data, len);

	for (int i = 0; i < 8; i++)
		to[i] = hex[crc >> (28 - 4 * i) & 15];
}

/* --- writing --------------------------------------------------------------------------------- */

static char *put_number(char *to, uint64_t n)
{
	char digits[20];
	int i = 0;

	do {
		digits[i++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (i)
		*to++ = digits[--i];
	return to;
}

static char *put_text(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size && from[i]; i++) {
		static const char special[] = "\t\n\\", letters[] = "tn\\";
		const char *at = strchr(special, from[i]);

		if (at)
			*to++ = '\\';
		*to++ = at ? letters[at - special] : from[i];
	}
	return to;
}

static char *put_field(char *to, const struct field *f, const struct record *rec)
{
	const char *from = (const char *)rec + f->off;
	int number;

	switch (f->kind) {
	case U8:
		return put_number(to, *(const uint8_t *)from);
	case BOOL:
		return put_number(to, *(const bool *)from);
	case INT:
		memcpy(&number, from, sizeof(number));
		return put_number(to, number > 0 ? (uint64_t)number : 0);
	case U64:
		return put_number(to, *(const uint64_t *)from);
	case TEXT:
		return put_text(to, from, f->size);
	}
	return to;
}

#define HEAD (sizeof(VERSION) + 9) /* "T1", TAB, eight digits, TAB */

size_t journal_format(char *buf, const struct record *records, int n)
{
	char *body = buf + 1 + HEAD, *to = body;

	for (int r = 0; r < n; r++)
		for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
			if (to != body)
				*to++ = '\t';
			to = put_field(to, &fields[i], &records[r]);
		}
	memcpy(buf, "\n" VERSION "\t", sizeof("\n" VERSION));
	put_crc(buf + 1 + sizeof(VERSION), body, (size_t)(to - body));
	body[-1] = '\t';
	*to++ = '\n';
	return (size_t)(to - buf);
}

/* --- reading --------------------------------------------------------------------------------- */

static int get_number(const char *from, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (!len)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		if (from[i] < '0' || from[i] > '9' ||
		    __builtin_mul_overflow(n, (uint64_t)10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(from[i] - '0'), &n))
			return -EBADMSG;
	}
	*out = n;
	return n > max ? -EBADMSG : 0;
}

static int get_text(const char *from, size_t len, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = from[i];

		if (c == '\\') {
			if (++i == len)
				return -EBADMSG;
			c = from[i] == 't' ? '\t' : from[i] == 'n' ? '\n' : from[i];
		}
		if (!c || n + 1 >= size)
			return -EBADMSG;
		to[n++] = c;
	}
	to[n] = '\0';
	return 0;
}

static int get_field(const struct field *f, struct record *rec, const char *from, size_t len)
{
	static const uint64_t most[] = {
		[U8] = UINT8_MAX, [BOOL] = 1, [INT] = INT32_MAX, [U64] = INT64_MAX,
	};
	char *to = (char *)rec + f->off;
	uint64_t n = 0;
	int err;

	if (f->kind == TEXT)
		return get_text(from, len, to, f->size);
	err = get_number(from, len, most[f->kind], &n);
	if (err)
		return err;
	switch (f->kind) {
	case U8:
		*(uint8_t *)to = (uint8_t)n;
		break;
	case BOOL:
		*(bool *)to = n;
		break;
	case INT:
		memcpy(to, &(int){ (int)n }, sizeof(int));
		break;
	default:
		*(uint64_t *)to = n;
	}
	return 0;
}

/* The next field of a line, and what is after it; NULL rest: it was the last. */
static size_t cut(const char *at, const char *end, const char **rest)
{
	const char *tab = memchr(at, '\t', (size_t)(end - at));

	*rest = tab ? tab + 1 : NULL;
	return (size_t)((tab ? tab : end) - at);
}

static int get_record(struct record *rec, const char **at, const char *end)
{
	memset(rec, 0, sizeof(*rec));
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *rest;
		size_t len;

		if (!*at)
			return -EBADMSG;
		len = cut(*at, end, &rest);
		if (get_field(&fields[i], rec, *at, len))
			return -EBADMSG;
		*at = rest;
	}
	return rec->entry.what < HISTORY_KINDS ? 0 : -EBADMSG;
}

int journal_parse(const char *line, size_t len, struct record *out)
{
	const char *at = line + HEAD, *end = line + len;
	char crc[8];
	int n = 0;

	/* Another version's line has its CRC in the same place: then it is no damage. */
	if (len <= HEAD || line[0] != 'T' || line[sizeof(VERSION) - 1] != '\t' ||
	    line[HEAD - 1] != '\t' || memchr(line, '\0', len))
		return -EBADMSG;
	put_crc(crc, at, len - HEAD);
	if (memcmp(line + sizeof(VERSION), crc, sizeof(crc)))
		return -EBADMSG;
	if (memcmp(line, VERSION "\t", sizeof(VERSION)))
		return -EPROTONOSUPPORT;
	while (at) {
		if (n == HISTORY_AT_ONCE || get_record(&out[n++], &at, end))
			return -EBADMSG;
	}
	return n;
}
