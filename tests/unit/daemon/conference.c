// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/conference.h"

#include "daemon/media/law.h"

struct bridge *br;

void conference(enum bridge_type type, int n)
{
	static const char *const numbers[PARTIES] = { "1", "2", "3", "4", "5", "6", "7", "8" };

	at_once = true;
	provider_err = 0;
	for (int i = 0; i < n; i++)
		party_add(numbers[i]);
	assert_int_equal(bridge_create_type(type, "br", NULL, false, &br), 0);
}

void conference_end(void)
{
	at_once = true;
	end_bridge(br);
	scene_end();
	trcu_barrier();
	assert_int_equal(tframe_alive(), 0);
	events_all();
	events_forget();
}

int voice(int i, unsigned int what, bool mute, int volume)
{
	struct bridge_voice v = { .mute = mute, .volume = (int8_t)volume };
	struct result r = { 0 };

	assert_int_equal(bridge_set_voice(br, who[i].ch, &v, what, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

int add_as(int i, bool mute, bool announcer, int volume)
{
	struct bridge_voice v = { .mute = mute, .announcer = announcer, .volume = (int8_t)volume };
	struct result r = { 0 };

	assert_int_equal(bridge_add_as(br, who[i].ch, &v, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

void take_out(int i)
{
	struct result r = { 0 };

	assert_int_equal(bridge_remove(br, who[i].ch, result_done, &r), 0);
	settle();
	assert_int_equal(r.err, 0);
}

/*
 * A period as media threads go through it: all speak, then all hear. -1: says nothing, or hears
 * it.
 */
void period(const int *say, int *heard, int n)
{
	for (int i = 0; i < n; i++)
		if (say[i] >= 0)
			speak(who[i].leg, (uint8_t)say[i]);
	for (int i = 0; i < n; i++)
		heard[i] = hear(who[i].leg);
}

uint8_t sum_of(int a, int b)
{
	int sum = law_linear(MEDIA_ALAW, (uint8_t)a) + law_linear(MEDIA_ALAW, (uint8_t)b);

	return law_octet(MEDIA_ALAW,
			 (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum));
}

void line_push(struct line *l, bool counts)
{
	struct tframe *frame = tframe_alloc();

	frame->octets = 160;
	for (int i = 0; i < 160; i++)
		frame->data[i] = counts ? l->says++ : 0xff;
	frame->format = MEDIA_ULAW;
	media_view_load(&l->leg->leg.ep, &l->view);
	media_push(&l->view, frame);
}

void line_pull(struct line *l)
{
	struct tframe *frame = media_pull(&l->view, 160, MEDIA_ULAW);

	for (int i = 0; frame && i < frame->octets; i++) {
		uint8_t octet = frame->data[i];

		/* Mu-law has two zeros; which of them is no difference that one could hear. */
		if (l->heard && octet != (uint8_t)(l->last + 1) &&
		    !(octet == 0xff && l->last == 0x7e) && !(octet == 0x80 && l->last == 0xff))
			l->broken = true;
		l->last = octet;
		l->heard++;
	}
	if (frame)
		tframe_put(frame);
}
