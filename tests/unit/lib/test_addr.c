// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, masks of slots, words. */
#include "test.h"
#include "lib/tdm.h"

static const struct {
	const char *text;
	uint32_t mask;		/* 0: refused */
	const char *printed;	/* NULL: as it was */
} slot_rows[] = {
	{ "0", 1, NULL },
	{ "1", 2, NULL },
	{ "31", 1U << 31, NULL },
	{ "0-31", 0xffffffff, NULL },
	{ "1-15,17-31", 0xfffefffe, NULL },
	{ "17-31,1-15", 0xfffefffe, "1-15,17-31" },
	{ "1,2,3", 0xe, "1-3" },
	{ "5-5", 0x20, "5" },
	{ "1,3,5", 0x2a, NULL },
	{ "007", 0x80, "7" },
	{ "", 0, NULL }, { "32", 0, NULL }, { "-1", 0, NULL }, { "1-", 0, NULL }, { "1-32", 0, NULL },
	{ "3-1", 0, NULL }, { "1,,2", 0, NULL }, { "1,", 0, NULL }, { ",1", 0, NULL },
	{ "1-3,2", 0, NULL }, { "1 ", 0, NULL }, { "a", 0, NULL }, { "1-2-3", 0, NULL },
	{ "99999999999999999999", 0, NULL }, { "+1", 0, NULL },
};

static void slots(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(slot_rows); i++) {
		const char *text = slot_rows[i].text;
		struct tdm_error e = { 0 };
		uint32_t mask = 0x5a5a5a5a;
		char out[96];
		int ret = tdm_slots_parse(text, &mask, &e);

		if (!slot_rows[i].mask) {
			if (ret != -EINVAL || !*e.text || e.err != -EINVAL)
				fail_msg("'%s' gave %d '%s'", text, ret, e.text);
			assert_int_equal(mask, 0x5a5a5a5a);
			continue;
		}
		if (ret)
			fail_msg("'%s': %s", text, e.text);
		assert_int_equal(mask, slot_rows[i].mask);
		ret = tdm_slots_format(mask, out, sizeof(out));
		assert_int_equal(ret, strlen(out));
		assert_string_equal(out, slot_rows[i].printed ? slot_rows[i].printed : text);
	}
}

/* Every mask of a seeded sequence comes back from its text. */
static void slots_round_trip(void **state)
{
	uint32_t x = 20260101;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t back;
		char text[96];

		x = x * 1664525 + 1013904223;
		if (!x)
			continue;
		assert_in_range(tdm_slots_format(x, text, sizeof(text)), 1, sizeof(text) - 1);
		assert_int_equal(tdm_slots_parse(text, &back, NULL), 0);
		assert_int_equal(back, x);
	}
}

static void slots_short_buffer(void **state)
{
	char whole[96], part[96];

	(void)state;
	tdm_slots_format(0xaaaaaaaa, whole, sizeof(whole));
	for (size_t len = 1; len < strlen(whole) + 1; len++) {
		assert_int_equal(tdm_slots_format(0xaaaaaaaa, part, len), strlen(whole));
		assert_int_equal(strlen(part), len - 1);
		assert_memory_equal(part, whole, len - 1);
	}
	assert_int_equal(tdm_slots_format(0, part, sizeof(part)), 0);
	assert_string_equal(part, "");
}

static const struct {
	const char *text;
	enum tdm_addr_parts least, most;
	int ret;
	const char *card;
	uint32_t port, slots;
} addr_rows[] = {
	{ "te0", TDM_ADDR_CARD, TDM_ADDR_CARD, 0, "te0", 0, 0 },
	{ "te0:1", TDM_ADDR_PORT, TDM_ADDR_PORT, 0, "te0", 1, 0 },
	{ "virt0:1:16", TDM_ADDR_SLOT, TDM_ADDR_SLOT, 0, "virt0", 1, 1 << 16 },
	{ "virt12:16:1-3", TDM_ADDR_SLOT, TDM_ADDR_SLOTS, 0, "virt12", 16, 0xe },
	{ "te0:1", TDM_ADDR_CARD, TDM_ADDR_SLOTS, 0, "te0", 1, 0 },
	{ "a234567890abcde", TDM_ADDR_CARD, TDM_ADDR_CARD, 0, "a234567890abcde", 0, 0 },
	{ "a234567890abcdef", TDM_ADDR_CARD, TDM_ADDR_CARD, -EINVAL, NULL, 0, 0 },
	{ "te0:1:1-2", TDM_ADDR_SLOT, TDM_ADDR_SLOT, -EINVAL, NULL, 0, 0 },
	{ "te0:1:1", TDM_ADDR_PORT, TDM_ADDR_PORT, -EINVAL, NULL, 0, 0 },
	{ "te0", TDM_ADDR_PORT, TDM_ADDR_PORT, -EINVAL, NULL, 0, 0 },
	{ "te0:0", TDM_ADDR_PORT, TDM_ADDR_PORT, -EINVAL, NULL, 0, 0 },
	{ "te0:256", TDM_ADDR_PORT, TDM_ADDR_PORT, -EINVAL, NULL, 0, 0 },
	{ "te0:1:32", TDM_ADDR_SLOT, TDM_ADDR_SLOT, -EINVAL, NULL, 0, 0 },
	{ "te0:1:", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ "te0:", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ "te0:x", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ ":1", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ "", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ "0te", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ "te 0", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
	{ "te0:1:2:3", TDM_ADDR_CARD, TDM_ADDR_SLOTS, -EINVAL, NULL, 0, 0 },
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addr_rows); i++) {
		struct tdm_addr addr;
		struct tdm_error e = { 0 };
		char text[96];
		int ret = tdm_addr_parse(addr_rows[i].text, addr_rows[i].least, addr_rows[i].most,
					 &addr, &e);

		if (ret != addr_rows[i].ret || (ret && !*e.text))
			fail_msg("'%s' gave %d '%s'", addr_rows[i].text, ret, e.text);
		if (ret)
			continue;
		assert_string_equal(addr.card, addr_rows[i].card);
		assert_int_equal(addr.port, addr_rows[i].port);
		assert_int_equal(addr.slots, addr_rows[i].slots);
		tdm_addr_format(&addr, text, sizeof(text));
		assert_string_equal(text, addr_rows[i].text);
	}
}

static void words(void **state)
{
	struct tdm_error e;
	uint32_t alarms;
	char text[64];

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(tdm_type_parse(tdm_type_name(i), &e), i);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(tdm_framing_parse(tdm_framing_name(i), &e), i);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(tdm_line_code_parse(tdm_line_code_name(i), &e), i);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(tdm_signalling_parse(tdm_signalling_name(i), &e), i);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(tdm_loopback_parse(tdm_loopback_name(i), &e), i);
	assert_string_equal(tdm_type_name(3), "?");
	assert_string_equal(tdm_framing_name(~0U), "?");
	assert_int_equal(tdm_framing_parse("crc", &e), -EINVAL);
	assert_non_null(strstr(e.text, "crc4"));
	assert_int_equal(tdm_framing_parse("", &e), -EINVAL);
	for (uint32_t i = 0; i <= TDM_ALARM_ALL; i++) {
		tdm_alarms_format(i, text, sizeof(text));
		assert_int_equal(tdm_alarms_parse(text, &alarms, &e), 0);
		assert_int_equal(alarms, i);
	}
	assert_int_equal(tdm_alarms_parse("los,", &alarms, &e), -EINVAL);
	assert_int_equal(tdm_alarms_parse("red", &alarms, &e), -EINVAL);
	assert_int_equal(tdm_type_slots(TDM_TYPE_E1, TDM_FRAMING_CRC4), 0xfffffffe);
	assert_int_equal(tdm_type_slots(TDM_TYPE_E1, TDM_FRAMING_UNFRAMED), 0xffffffff);
	assert_int_equal(tdm_type_slots(TDM_TYPE_T1, TDM_FRAMING_ESF), 0x01fffffe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots), cmocka_unit_test(slots_round_trip),
		cmocka_unit_test(slots_short_buffer), cmocka_unit_test(addresses),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
