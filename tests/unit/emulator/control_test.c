// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands: what they change, and what they refuse with a sentence. */
#include "tests/unit/pure/test.h"

#include "tests/emulator/control.h"

static struct card c;
static char *answer;

static int setup(void **state)
{
	const struct card_host host = { 0 };

	(void)state;
	card_init(&c, card_model_find("te220"), &host);
	return 0;
}

static bool say(const char *text)
{
	char line[128];
	size_t size;
	bool go_on;
	FILE *to;

	free(answer);
	answer = NULL;
	to = open_memstream(&answer, &size);
	snprintf(line, sizeof(line), "%s", text);
	go_on = control_command(&c, line, to);
	fclose(to);
	return go_on;
}

static void accepted(const char *text)
{
	assert_true(say(text));
	assert_string_equal(answer, "ok\n");
}

static void refused(const char *text)
{
	assert_true(say(text));
	assert_memory_equal(answer, "error: ", 7);
}

TEST(alarms_errors_and_cables)
{
	setup(NULL);
	accepted("alarm 2 los on");
	assert_true(c.lines[1].los);
	accepted("alarm 2 los off");
	assert_false(c.lines[1].los);
	accepted("alarm 1 ais 12");
	assert_int_equal(c.lines[0].ais, 12);
	accepted("errors 1 crc count 12");
	assert_int_equal(c.lines[0].inject[LINE_ERR_CRC].count, 12);
	accepted("errors 1 ebit rate 5");
	assert_int_equal(c.lines[0].inject[LINE_ERR_EBIT].per_second, 5);
	accepted("cas 2 17 5 40");
	assert_int_equal(c.units[1].cas_ms, 40);
	refused("cas 2 16 5 40");
	refused("cas 2 1 16 40");
	accepted("join 1 2");
	assert_ptr_equal(c.lines[0].peer, &c.lines[1]);
	accepted("open 1");
	assert_int_equal(c.lines[1].joint, LINE_OPEN);
	accepted("ppm -50");
	assert_int_equal(c.lines[1].ppm, -50);
	accepted("hold 20");
	assert_int_equal(c.hold_next, 20);
	accepted("grant 200");
	assert_int_equal(c.grant, 200);
	accepted("grant all");
	assert_int_equal(c.grant, LINE_FOR_EVER);
	accepted("die 100");
	assert_int_equal(c.die_in, 100);
	accepted("hostile but-version");
	assert_true(c.hostile && c.spares_version);
	accepted("hostile off");
	assert_false(c.hostile);
}

TEST(nonsense_is_refused)
{
	setup(NULL);
	refused("alarm 3 los on");
	refused("alarm 0 los on");
	refused("alarm 1 loss on");
	refused("alarm 1 los maybe");
	refused("alarm 1 los 0");
	refused("alarm 1 los 60001");
	refused("alarm 1 los");
	refused("errors 1 crc count many");
	refused("errors 1 crc rate -1");
	refused("ppm 1001");
	refused("join 1 9");
	refused("connect 1 /nonexistent/socket");
	refused("hold -1");
	refused("grant -1");
	refused("grant 10001");
	refused("grant some");
	refused("die 0");
	refused("hostile perhaps");
	refused("dance");
	c.lines[0].real_time = true;
	refused("grant 200");
	assert_true(say("   "));
	assert_string_equal(answer, "");
}

TEST(questions_and_the_end)
{
	setup(NULL);
	assert_true(say("help"));
	assert_non_null(strstr(answer, "alarm PORT"));
	assert_true(say("ports"));
	assert_non_null(strstr(answer, "port 2 e1 open led off"));
	assert_true(say("clock"));
	assert_string_equal(answer, "clock own ppm 0\nok\n");
	assert_true(say("config 2"));
	assert_non_null(strstr(answer, "type e1 framing fas code other lbo 0 loop none cas 0"));
	refused("config 3");
	assert_true(say("stats"));
	assert_non_null(strstr(answer, "ticks 0 "));
	assert_false(say("quit"));
	free(answer);
	answer = NULL;
}

TEST_SUITE_BEGIN(control)
	TEST_CASE(alarms_errors_and_cables),
	TEST_CASE(nonsense_is_refused),
	TEST_CASE(questions_and_the_end),
TEST_SUITE_END
