// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plane-media - the far ends of a tdmd's lines: sends on all B channels of the odd ports, and judges what the
 * daemon, which has the even ones, makes of it. Who calls it has told the daemon what to do.
 *
 *	plane-media CARD PID [--pairs N] [--windows N] [--flip] LOAD	PID: the daemon, whose share is told
 *	plane-media CARD PID recorded SECONDS SLOT=FILE...	is what was sent at least so long in there, whole?
 *	plane-media CARD PID digits				the digit that each slot sends
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tdm.h"
#include "tests/bench/media/kinds.h"

#define PERIOD	160
#define SILENCES 6
#define BEGIN	2000		/* octets of a recording in which a gap is none: senders came one by one */

uint32_t ours_cards[PORTS_MAX / CARD_PORTS];

static void card_find(const char *name)
{
	struct tdm_card_info card;
	struct tdm_error e;
	struct tdm_nl *nl;

	if (tdm_nl_open(&nl, NULL, &e) || tdm_nl_card(nl, name, &card, &e))
		plane_die("%s", e.text);
	tdm_nl_close(nl);
	ours_cards[0] = card.id;
}

/* --- loads ------------------------------------------------------------------------------------- */

static unsigned int own(unsigned int pairs, unsigned int port, unsigned int slot)
{
	(void)pairs;
	return plane_channel(port, slot);
}

static void far_ends(const struct plane_load *load, unsigned int pairs, const struct ours_kind *kind,
		     unsigned int (*from)(unsigned int, unsigned int, unsigned int))
{
	unsigned int port;

	ours_kind = kind;
	for (port = 1; port <= 2 * pairs; port += 2)
		ours_stream_add(pairs, port, load->period, from);
}

static void resume_bridge(const struct plane_load *load, unsigned int pairs)
{
	far_ends(load, pairs, NULL, plane_across);
}

static void resume_silent(const struct plane_load *load, unsigned int pairs)
{
	far_ends(load, pairs, &kind_silent, own);
}

static void resume_conference(const struct plane_load *load, unsigned int pairs)
{
	plane_soften();
	kinds_conference(1);
	far_ends(load, pairs, &kind_conference, own);
}

static void resume_digits(const struct plane_load *load, unsigned int pairs)
{
	far_ends(load, pairs, &kind_digits, own);
}

static void nothing_open(const struct plane_load *load, unsigned int pairs)
{
	(void)load;
	(void)pairs;
}

static void nothing_close(const struct plane_load *load)
{
	(void)load;
}

static void streams_close(const struct plane_load *load)
{
	(void)load;
	ours_stream_end();
}

#define FAR_ENDS(n, f)	{ .name = n, .period = PERIOD, .channels = PLANE_B, .open = nothing_open, \
			  .resume = f, .step = ours_stream_step, .close = streams_close }

static const struct plane_load loads[] = {
	{ .name = "idle lines", .channels = PLANE_B, .open = nothing_open, .close = nothing_close },
	FAR_ENDS("far ends", resume_silent),
	FAR_ENDS("calls alone", resume_silent),
	FAR_ENDS("user bridge", resume_bridge),
	FAR_ENDS("kernel bridge", resume_bridge),
	FAR_ENDS("conference", resume_conference),
	FAR_ENDS("recording", resume_silent),
	FAR_ENDS("dtmf", resume_digits),
	{ }
};

/* --- recordings -------------------------------------------------------------------------------- */

/* The octets of a WAV file: what follows the head of its chunk "data". */
static uint8_t *data_of(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *all, *at;
	long size = -1;

	if (!f)
		plane_die("%s cannot be opened", path);
	if (!fseek(f, 0, SEEK_END))
		size = ftell(f);
	if (size < 0)
		plane_die("%s cannot be read", path);
	rewind(f);
	all = calloc(1, (size_t)size + 8);
	if (!all || fread(all, 1, (size_t)size, f) != (size_t)size)
		plane_die("%s cannot be read", path);
	fclose(f);
	at = memmem(all, (size_t)size, "data", 4);
	if (!at)
		plane_die("%s is no WAV file", path);
	at += 8;
	*len = (size_t)size - (size_t)(at - all);
	return at;
}

/* Silence: that of a slot whose stream has no more rows, that of one that nobody has, and again. */
static bool silent(const uint8_t *octets, size_t len)
{
	unsigned int changes = 0;

	for (size_t i = 1; i < len; i++)
		changes += octets[i] != octets[i - 1];
	return changes <= SILENCES;
}

/* Octets in a row of what the channel sends, up to where silence begins; 0 if something else came. */
static size_t recorded(unsigned int channel, const uint8_t *octets, size_t len)
{
	const uint8_t *begin = plane_octets(channel, 0), *at;
	size_t i, from = 0;

	while (from + PERIOD < len && silent(octets + from, PERIOD / 4))
		from++;
	from += BEGIN;
	if (from + PERIOD > len)
		return 0;
	at = memmem(begin, 8 * BEGIN, octets + from, PERIOD);
	if (!at)
		return 0;
	for (i = 0; from + i < len && octets[from + i] == at[i]; i++)
		;
	return silent(octets + from + i, len - from - i) ? i : 0;
}

static int judge_recordings(unsigned int seconds, char **args)
{
	int bad = 0;

	for (; *args; args++) {
		unsigned int slot = (unsigned int)atoi(*args);
		const char *path = strchr(*args, '=');
		const uint8_t *octets;
		size_t len, have;

		if (!path)
			plane_die("%s: no SLOT=FILE", *args);
		octets = data_of(path + 1, &len);
		have = recorded(plane_channel(1, slot), octets, len);
		if (have < 8000 * seconds) {
			printf("# recording of slot %u: %zu right octets in a row, of %zu\n", slot, have, len);
			bad = 1;
		}
	}
	return bad;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		plane_die("usage: plane-media CARD PID [OPTION...] LOAD");
	kinds_init();
	plane_init();
	if (!strcmp(argv[3], "recorded") && argc > 4)
		return judge_recordings((unsigned int)atoi(argv[4]), argv + 5);
	if (!strcmp(argv[3], "digits")) {
		for (unsigned int slot = 0; slot <= PLANE_SLOTS; slot++)
			putchar(kinds_digit(slot));
		putchar('\n');
		return 0;
	}
	card_find(argv[1]);
	plane_watch(atoi(argv[2]));
	return plane_main("opentdm", loads, argc - 2, argv + 2);
}
