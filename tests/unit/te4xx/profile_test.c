// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reader of line profiles: the image that is built in says what the text files say, and every image that
 * differs from a sound one is refused with a sentence.
 */
#include "tests/unit/pure/test.h"
#include "kernel/te4xx/profile.h"

#define FIRST	TE4XX_PROFILE_HEADER
#define WRITES	(FIRST + TE4XX_PROFILE_RECORD)

static u8 image[TE4XX_PROFILE_IMAGE_MAX + 64];
static size_t len;

static void fresh(void)
{
	len = te4xx_profile_default_len;
	memcpy(image, te4xx_profile_default, len);
}

static void put32(u8 *p, u32 v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (u8)(v >> 8 * i);
}

/* After a change that the checksum is not to tell about. */
static void seal(void)
{
	put32(image + len - TE4XX_PROFILE_CRC,
	      te4xx_profile_crc(image, len - TE4XX_PROFILE_CRC));
}

static void expect(int ret, const char *sentence)
{
	const char *why = NULL;

	assert_int_equal(te4xx_profile_check(image, len, &why), ret);
	if (sentence)
		assert_non_null(strstr(why, sentence));
	else
		assert_null(why);
}

/* Sets an octet of a sound image, under a right checksum. */
static void expect_with(size_t at, u8 value, int ret, const char *sentence)
{
	fresh();
	assert_int_not_equal(image[at], value);
	image[at] = value;
	seal();
	expect(ret, sentence);
}

TEST(test_crc)
{
	/* The check value that every description of this CRC gives. */
	assert_int_equal(te4xx_profile_crc((const u8 *)"123456789", 9), 0xcbf43926);
}

TEST(test_built_in)
{
	u8 text[TE4XX_PROFILE_IMAGE_MAX + 1];
	FILE *f = fopen(LINES_IMAGE, "rb");

	assert_non_null(f);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	/* It differs? "make line-profiles" writes it anew. */
	assert_int_equal(len, te4xx_profile_default_len);
	assert_memory_equal(text, te4xx_profile_default, len);
	fresh();
	expect(0, NULL);
}

/* The last value written to a register, -1 for none. */
static int value_of(u8 type, u8 lbo, u8 reg)
{
	struct te4xx_profile p;
	int value = -1;

	assert_true(te4xx_profile_find(te4xx_profile_default, type, lbo, &p));
	for (unsigned int i = 0; i < p.count; i++) {
		struct te4xx_write w = te4xx_profile_write(&p, i);

		if (w.reg == reg)
			value = w.value;
	}
	return value;
}

TEST(test_find)
{
	static const u8 shapes[][4] = {		/* LIM2, XPM0, XPM1, XPM2 by build-out */
		{ 0x21, 0xd7, 0x22, 0x01 }, { 0x21, 0xd7, 0x22, 0x01 }, { 0x21, 0xd7, 0x22, 0x01 },
		{ 0x21, 0xd7, 0x22, 0x01 }, { 0x21, 0xd7, 0x22, 0x01 }, { 0x61, 0x8c, 0x01, 0x00 },
		{ 0xa1, 0x8c, 0x11, 0x01 }, { 0xe1, 0x07, 0x01, 0x00 },
	};
	struct te4xx_profile p;

	for (u8 lbo = 0; lbo < ARRAY_SIZE(shapes); lbo++) {
		assert_int_equal(value_of(TDM_TYPE_T1, lbo, 0x3a), shapes[lbo][0]);
		for (u8 i = 0; i < 3; i++)
			assert_int_equal(value_of(TDM_TYPE_T1, lbo, 0x26 + i), shapes[lbo][1 + i]);
	}
	assert_int_equal(value_of(TDM_TYPE_J1, 0, 0x26), 0xd7);
	assert_int_equal(value_of(TDM_TYPE_E1, 0, 0x26), 0x54);
	assert_int_equal(value_of(TDM_TYPE_E1, 1, 0xbb), 0x8c);
	assert_int_equal(value_of(TDM_TYPE_E1, 1, 0xbd), -1);
	assert_false(te4xx_profile_find(te4xx_profile_default, TDM_TYPE_E1, 2, &p));
	assert_false(te4xx_profile_find(te4xx_profile_default, TDM_TYPE_J1, 1, &p));
	assert_true(te4xx_profile_find(te4xx_profile_default, TDM_TYPE_E1, 1, &p));
	assert_string_equal(p.name, "e1-75");
	assert_int_equal(te4xx_profile_write(&p, 2).reg, 0x86);
	assert_int_equal(te4xx_profile_write(&p, 2).when, TE4XX_WHEN_V31);
	assert_int_equal(te4xx_profile_write(&p, 3).when, TE4XX_WHEN_ALWAYS);
}

/* Every length up to the whole, from memory that ends there, so that the sanitizer sees a read beyond. */
TEST(test_short)
{
	for (size_t n = 0; n < te4xx_profile_default_len; n++) {
		const char *why = NULL;
		u8 *cut = malloc(n ? n : 1);

		assert_non_null(cut);
		memcpy(cut, te4xx_profile_default, n);
		assert_int_equal(te4xx_profile_check(cut, n, &why), -EBADMSG);
		assert_non_null(why);
		free(cut);
	}
}

TEST(test_corrupt)
{
	for (size_t bit = 0; bit < 8 * (size_t)te4xx_profile_default_len; bit++) {
		const char *why = NULL;

		fresh();
		image[bit / 8] ^= (u8)(1 << bit % 8);
		assert_int_not_equal(te4xx_profile_check(image, len, &why), 0);
		assert_non_null(why);
	}
	fresh();
	image[len - 1] ^= 1;
	expect(-EBADMSG, "checksum");
	fresh();
	image[len++] = 0;
	expect(-EBADMSG, "length");
	/* Longer than any image: refused before its checksum is worked out. */
	fresh();
	len = TE4XX_PROFILE_IMAGE_MAX + 1;
	put32(image + 12, (u32)len);
	seal();
	expect(-EBADMSG, "length");
}

TEST(test_header)
{
	expect_with(0, 't', -EBADMSG, "not one of line profiles");
	expect_with(7, 1, -EBADMSG, "not one of line profiles");
	expect_with(8, 2, -EPROTONOSUPPORT, "version");
	expect_with(9, 1, -EPROTONOSUPPORT, "version");
	expect_with(12, 0xff, -EBADMSG, "length");
	expect_with(10, 0, -EINVAL, "no profiles");
	expect_with(10, TE4XX_PROFILES_MAX + 1, -EINVAL, "too many");
	expect_with(10, te4xx_profile_default[10] - 1, -EINVAL, "follows");
	expect_with(10, te4xx_profile_default[10] + 1, -EBADMSG, "within a profile");
}

TEST(test_record)
{
	expect_with(FIRST, 0, -EINVAL, "name");
	expect_with(FIRST, ' ', -EINVAL, "name");
	expect_with(FIRST + 15, 'x', -EINVAL, "name");
	expect_with(FIRST + 16, 3, -EINVAL, "type");
	expect_with(FIRST + 17, 8, -EINVAL, "build-out");
	expect_with(FIRST + 17, 1, -EINVAL, "same line");
	expect_with(FIRST + 18, 0, -EINVAL, "nothing");
	expect_with(FIRST + 18, TE4XX_WRITES_MAX + 1, -EINVAL, "too much");
	expect_with(FIRST + 19, 1, -EINVAL, "nothing belongs");
	expect_with(WRITES + 2, 2, -EINVAL, "condition");
}

/* The last profile says more writes than the image holds. */
TEST(test_record_end)
{
	size_t at = FIRST;

	fresh();
	for (unsigned int i = 1; i < image[10]; i++)
		at += TE4XX_PROFILE_RECORD + image[at + 18] * TE4XX_PROFILE_WRITE;
	image[at + 18]++;
	seal();
	expect(-EBADMSG, "within a profile");
}

/* Against a list of what may be set, made apart from the reader's. */
TEST(test_allowed)
{
	for (unsigned int reg = 0; reg < 256; reg++) {
		u8 bits = 0;

		switch (reg) {
		case 0x26: case 0x27: case 0x38: case 0x39: case 0xbb: case 0xbc: case 0xbd:
			bits = 0xff;
			break;
		case 0x28:
			bits = 0x1f;
			break;
		case 0x36:
			bits = 0x08;
			break;
		case 0x37:
			bits = 0xf0;
			break;
		case 0x3a:
			bits = 0xe1;
			break;
		case 0x86:
			bits = 0x40;
			break;
		}
		for (unsigned int value = 0; value < 256; value++) {
			const char *why = NULL;
			int want = !bits || (value & ~bits) ? -ERANGE : 0;

			assert_int_equal(te4xx_profile_allowed((u8)reg, (u8)value, &why), want);
			assert_true(!want == !why);
			fresh();
			image[WRITES] = (u8)reg;
			image[WRITES + 1] = (u8)value;
			seal();
			assert_int_equal(te4xx_profile_check(image, len, &why), want);
		}
	}
	expect_with(WRITES, 0x1c, -ERANGE, "register that is not");
	expect_with(WRITES + 1, 0xf2, -ERANGE, "bit that is not");
}

/* Anything, under a right header and checksum: refused, or every profile can be read. */
TEST(test_random)
{
	for (unsigned int round = 0; round < 20000; round++) {
		const char *why = NULL;

		fresh();
		for (u64 n = 1 + test_rand() % 4; n; n--)
			image[FIRST + test_rand() % (len - FIRST)] = (u8)test_rand();
		seal();
		if (te4xx_profile_check(image, len, &why)) {
			assert_non_null(why);
			continue;
		}
		for (u8 key = 0; key < 32; key++) {
			struct te4xx_profile p;

			if (!te4xx_profile_find(image, key / 8, key % 8, &p))
				continue;
			for (unsigned int i = 0; i < p.count; i++) {
				struct te4xx_write w = te4xx_profile_write(&p, i);

				assert_int_equal(te4xx_profile_allowed(w.reg, w.value, &why), 0);
			}
		}
	}
}

TEST_SUITE_BEGIN(te4xx_profile)
	TEST_CASE(test_crc),
	TEST_CASE(test_built_in),
	TEST_CASE(test_find),
	TEST_CASE(test_short),
	TEST_CASE(test_corrupt),
	TEST_CASE(test_header),
	TEST_CASE(test_record),
	TEST_CASE(test_record_end),
	TEST_CASE(test_allowed),
	TEST_CASE(test_random),
TEST_SUITE_END;
