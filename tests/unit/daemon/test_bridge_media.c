// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges as a whole: what is played to all, and who listens to all of it; and bridges of two,
 * which become conferences for that.
 */
#include "daemon/call/channel_priv.h"
#include "daemon/media/law.h"
#include "tests/unit/daemon/conference.h"

/* A source that says a row of octets, in blocks of its own length; then nothing. */
static struct played {
	struct media_source src;
	uint8_t octets[8];
	unsigned int next, end, len;
	uint32_t gone; /* atomic */
} played;

static struct tframe *played_pull(struct media_source *src, unsigned int octets,
				  unsigned int format)
{
	struct played *p = container_of(src, struct played, src);
	struct tframe *frame = p->next < p->end ? tframe_alloc() : NULL;

	if (!frame)
		return NULL;
	frame->octets = (uint16_t)(p->len && p->len < octets ? p->len : octets);
	frame->format = (uint8_t)format;
	memset(frame->data, p->octets[p->next++], frame->octets);
	return frame;
}

static void played_gone(struct media_source *src)
{
	atomic_store(&container_of(src, struct played, src)->gone, 1);
}

/* A tap, and what it saw: the first and the last octet of each block. */
static struct tapped {
	struct media_tap tap;
	int first[32], last[32];
	unsigned int format; /* of the last block */
	uint64_t next_frame;
	int n;
	uint32_t gone; /* atomic */
} tapped;

static void tapped_block(struct media_tap *tap, struct tframe *frame, unsigned int dir)
{
	struct tapped *t = container_of(tap, struct tapped, tap);

	assert_int_equal(dir, MEDIA_TAP_RX);
	if (t->n)
		assert_int_equal(t->next_frame, frame->frame);
	t->next_frame = frame->frame + frame->octets;
	t->format = frame->format;
	t->first[t->n % 32] = frame->data[0];
	t->last[t->n++ % 32] = frame->data[frame->octets - 1];
}

static void tapped_gone(struct media_tap *tap)
{
	atomic_store(&container_of(tap, struct tapped, tap)->gone, 1);
}

static int listen_fn(struct serializer_call *call, void *arg)
{
	int err = bridge_mix(br);

	(void)call;
	(void)arg;
	if (!err)
		bridge_tap_attach(br, &tapped.tap);
	return err;
}

static int deaf_fn(struct serializer_call *call, void *arg)
{
	(void)call;
	(void)arg;
	bridge_tap_detach(br, &tapped.tap);
	return 0;
}

static int play_fn(struct serializer_call *call, void *arg)
{
	int err = bridge_mix(br);

	(void)call;
	(void)arg;
	if (!err)
		bridge_source_attach(br, &played.src);
	return err;
}

static int still_fn(struct serializer_call *call, void *arg)
{
	(void)call;
	(void)arg;
	bridge_source_detach(br, &played.src);
	return 0;
}

static int do_it(call_fn fn)
{
	int err = serializer_call(bridge_serializer(br), fn, NULL, NULL, tnow() + patience_ns());

	settle();
	return err;
}

static void fresh(void)
{
	memset(&tapped, 0, sizeof(tapped));
	tapped.tap = (struct media_tap){ .block = tapped_block, .gone = tapped_gone,
					 .dir = MEDIA_TAP_RX };
	memset(&played, 0, sizeof(played));
	played.src = (struct media_source){ .pull = played_pull, .gone = played_gone };
}

static void play(const uint8_t *octets, unsigned int n, unsigned int len)
{
	memcpy(played.octets, octets, n);
	played.next = 0;
	played.end = n;
	played.len = len;
}

static int path(void)
{
	return bridge_info_of(br).path;
}

/* --- conferences ----------------------------------------------------------------------------- */

/* All hear it in the same period, with what the others say; who listens to the whole hears all. */
static void played_to_a_conference(void **state)
{
	static const uint8_t said[] = { 0x11, 0x66, 0x2a };
	int say[3] = { 0x9a, 0x31, 0xa5 }, heard[3];

	(void)state;
	conference(BRIDGE_MIXING, 3);
	fresh();
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	assert_int_equal(do_it(play_fn), 0);
	assert_int_equal(do_it(listen_fn), 0);
	play(said, 3, 0);
	for (int i = 0; i < 3; i++) {
		int others[3] = { sum_of(say[1], say[2]), sum_of(say[0], say[2]),
				  sum_of(say[0], say[1]) };

		period(say, heard, 3);
		for (int k = 0; k < 3; k++)
			assert_in_range(heard[k], 0, 255);
		assert_int_equal(heard[0] == others[0], 0);
		assert_int_equal(tapped.n, i + 1);
	}
	period(say, heard, 3);
	assert_int_equal(heard[0], sum_of(say[1], say[2]));
	/* Alone it is heard octet by octet, by all and by who listens. */
	say[0] = say[1] = say[2] = 0xa5;
	for (int i = 0; i < 3; i++)
		assert_int_equal(voice(i, BRIDGE_VOICE_MUTE, true, 0), 0);
	play(said, 3, 0);
	for (int i = 0; i < 3; i++) {
		period(say, heard, 3);
		for (int k = 0; k < 3; k++)
			assert_int_equal(heard[k], said[i]);
		assert_int_equal(tapped.first[tapped.n - 1], said[i]);
	}
	period(say, heard, 3);
	assert_int_equal(heard[2], -1);
	assert_int_equal(tapped.first[tapped.n - 1], law_idle(MEDIA_ALAW));
	/* And so is who speaks alone. */
	assert_int_equal(voice(1, BRIDGE_VOICE_MUTE, false, 0), 0);
	for (int octet = 0; octet < 256; octet++) {
		say[1] = octet;
		tapped.n = 0;
		period(say, heard, 3);
		assert_int_equal(tapped.first[0], octet);
	}
	assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, false, 0), 0);
	say[0] = 0x9a;
	say[1] = 0x31;
	tapped.n = 0;
	period(say, heard, 3);
	assert_int_equal(tapped.first[0], sum_of(0x9a, 0x31));
	assert_int_equal(do_it(still_fn), 0);
	assert_int_equal(do_it(deaf_fn), 0);
	trcu_barrier();
	assert_true(atomic_load(&played.gone) && atomic_load(&tapped.gone));
	conference_end();
}

/* Blocks that are no period long, and an end in the middle of one: no gap, and nothing twice. */
static void blocks_of_any_length(void **state)
{
	static const uint8_t said[] = { 0x11, 0x66, 0x2a };
	int say[1] = { 0x9a }, heard[1];

	(void)state;
	conference(BRIDGE_MIXING, 1);
	fresh();
	assert_int_equal(add(br, who[0].ch), 0);
	assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, true, 0), 0);
	assert_int_equal(do_it(play_fn), 0);
	assert_int_equal(do_it(listen_fn), 0);
	play(said, 3, 100);	/* of 160 */
	period(say, heard, 1);
	assert_int_equal(heard[0], 0x11);
	assert_int_equal(tapped.last[0], 0x66);
	period(say, heard, 1);
	assert_int_equal(heard[0], 0x2a);
	assert_int_equal(tapped.last[1], law_idle(MEDIA_ALAW));
	period(say, heard, 1);
	assert_int_equal(heard[0], -1);
	conference_end();
	trcu_barrier();
	assert_true(atomic_load(&played.gone) && atomic_load(&tapped.gone));
}

static int format_fn(struct serializer_call *call, void *arg)
{
	(void)call;
	(void)arg;
	return (int)bridge_format(br);
}

/* Lines of mu-law are listened to in mu-law: nothing is converted and back. */
static void the_law_is_that_of_the_lines(void **state)
{
	int say[3] = { 0x9a, 0x31, 0xa5 }, heard[3];
	int sum = law_linear(MEDIA_ALAW, 0x9a) + law_linear(MEDIA_ALAW, 0x31); /* as speak() says */

	(void)state;
	conference(BRIDGE_MIXING, 3);
	fresh();
	assert_int_equal(do_it(format_fn), MEDIA_ALAW);
	for (int i = 0; i < 3; i++) {
		who[i].leg->leg.ep.addr.format = i < 2 ? MEDIA_ULAW : MEDIA_ALAW;
		assert_int_equal(add(br, who[i].ch), 0);
	}
	assert_int_equal(voice(2, BRIDGE_VOICE_MUTE, true, 0), 0);
	assert_int_equal(do_it(format_fn), MEDIA_ULAW);
	assert_int_equal(do_it(listen_fn), 0);
	period(say, heard, 3);
	assert_int_equal(tapped.format, MEDIA_ULAW);
	assert_int_equal(tapped.first[0], law_octet(MEDIA_ULAW, (int16_t)sum));
	conference_end();
}

static void who_holds_hears_it(void **state)
{
	static const uint8_t said[] = { 0x11, 0x66 };
	int say[3] = { 0x9a, 0x31, 0xa5 }, heard[3];

	(void)state;
	conference(BRIDGE_HOLDING, 3);
	fresh();
	assert_int_equal(add(br, who[0].ch), 0);
	assert_int_equal(add(br, who[1].ch), 0);
	assert_int_equal(do_it(play_fn), 0);
	play(said, 2, 0);
	period(say, heard, 2);
	assert_int_equal(heard[0], 0x11);
	assert_int_equal(heard[1], 0x11);
	assert_int_equal(add_as(2, false, true, 0), 0);
	period(say, heard, 3);
	assert_int_equal(heard[0], sum_of(0xa5, 0x66));
	assert_int_equal(heard[2], -1);
	conference_end();
}

/* --- bridges of two -------------------------------------------------------------------------- */

/* They leave the kernel when somebody listens or speaks to both, and go back afterwards. */
static void two_come_back_to_the_kernel(void **state)
{
	static const enum bridge_type types[] = { BRIDGE_TWO_PARTY, BRIDGE_MIXING };
	int say[2] = { 0x9a, 0x31 }, heard[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		conference(types[i], 3);
		fresh();
		assert_int_equal(add(br, who[0].ch), 0);
		assert_int_equal(add(br, who[1].ch), 0);
		assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		assert_int_equal(do_it(listen_fn), 0);
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(mode(br, BRIDGE_KERNEL), -EBUSY);
		assert_int_equal(mode(br, BRIDGE_AUTO), 0);
		period(say, heard, 2);
		assert_int_equal(heard[0], 0x31);
		assert_int_equal(heard[1], 0x9a);
		assert_int_equal(tapped.first[0], sum_of(0x31, 0x9a));
		/* Another one in the place of one of them, as before and as ever. */
		take_out(1);
		assert_int_equal(add(br, who[2].ch), 0);
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(do_it(play_fn), 0);
		assert_int_equal(do_it(deaf_fn), 0);
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(do_it(still_fn), 0);
		assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		if (types[i] == BRIDGE_TWO_PARTY) {
			assert_int_equal(add(br, who[1].ch), -EBUSY);
			assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, true, 0), -EINVAL);
		}
		trcu_barrier();
		assert_true(atomic_load(&played.gone) && atomic_load(&tapped.gone));
		conference_end();
	}
}

static void somebody_listens(void)
{
	assert_int_equal(do_it(listen_fn), 0);
}

static void nobody_listens(void)
{
	assert_int_equal(do_it(deaf_fn), 0);
}

/*
 * Whenever in a period two become a conference, each hears every octet of the other, once, and
 * nothing waits for ever; whoever of them is served first.
 */
static void becoming_one_loses_nothing(void **state)
{
	(void)state;
	for (int at = 0; at < 5 * 4; at++) {
		struct line line[2] = { { .says = 3 }, { .says = 100 } };

		conference(BRIDGE_TWO_PARTY, 2);
		fresh();
		for (int i = 0; i < 2; i++) {
			line[i].leg = who[i].leg;
			who[i].leg->leg.ep.addr.format = MEDIA_ULAW;
			assert_int_equal(add(br, who[i].ch), 0);
		}
		assert_int_equal(mode(br, BRIDGE_USER), 0);
		for (int p = 0; p < 9; p++) {
			trcu_read_lock();
			for (int s = 0; s < 5; s++) {
				if (p == 3 && s == at % 5)
					somebody_listens();
				if (p == 6 && s == at % 5)
					nobody_listens();
				if (s < 2)
					line_push(&line[s ^ (at / 5 & 1)], true);
				else if (s < 4)
					line_pull(&line[(s - 2) ^ (at / 10)]);
			}
			for (int i = 0; i < 2; i++)
				assert_int_equal(media_queued(&line[i].view), 0);
			trcu_read_unlock();
		}
		for (int i = 0; i < 2; i++)
			if (line[i].broken || line[i].heard != 9 * 160 ||
			    line[i].last != (uint8_t)(line[!i].says - 1))
				fail_msg("step %d: party %d %s after %u octets", at, i,
					 line[i].broken ? "lost or repeated" : "heard another",
					 line[i].heard);
		conference_end();
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(played_to_a_conference),
		T(blocks_of_any_length),
		T(the_law_is_that_of_the_lines),
		T(who_holds_hears_it),
		T(two_come_back_to_the_kernel),
		T(becoming_one_loses_nothing),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
