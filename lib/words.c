// SPDX-License-Identifier: GPL-2.0-or-later
/* The constants of the interface as words, and back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct words {
	const char *what;
	const char *const *word;
	unsigned int count;
};

#define WORDS(list, text) { text, list, COUNT(list) }

static const char *const type_words[] = {
	[TDM_TYPE_E1] = "e1", [TDM_TYPE_T1] = "t1", [TDM_TYPE_J1] = "j1",
};

static const char *const framing_words[] = {
	[TDM_FRAMING_UNFRAMED] = "unframed", [TDM_FRAMING_FAS] = "fas",
	[TDM_FRAMING_CRC4] = "crc4", [TDM_FRAMING_D4] = "d4", [TDM_FRAMING_ESF] = "esf",
};

static const char *const line_code_words[] = {
	[TDM_CODE_AMI] = "ami", [TDM_CODE_HDB3] = "hdb3", [TDM_CODE_B8ZS] = "b8zs",
};

static const char *const signalling_words[] = {
	[TDM_SIGNALLING_NONE] = "none", [TDM_SIGNALLING_CCS] = "ccs",
	[TDM_SIGNALLING_CAS] = "cas",
};

static const char *const loopback_words[] = {
	[TDM_LOOP_NONE] = "none", [TDM_LOOP_LOCAL] = "local", [TDM_LOOP_LINE] = "line",
	[TDM_LOOP_PAYLOAD] = "payload",
};

static const char *const state_words[] = {
	[TDM_SPAN_DOWN] = "down", [TDM_SPAN_UP] = "up",
};

static const char *const bearer_words[] = {
	[TDM_BEARER_SPEECH] = "speech", [TDM_BEARER_CLEAR] = "clear", [TDM_BEARER_56K] = "56k",
};

static const char *const mode_words[] = {
	[TDM_MODE_PCM] = "pcm", [TDM_MODE_HDLC] = "hdlc",
};

/* In the order of the bits TDM_ALARM_*. */
static const char *const alarm_words[] = { "los", "lfa", "ais", "rai", "lmfa" };

static const struct words types = WORDS(type_words, "type");
static const struct words framings = WORDS(framing_words, "framing");
static const struct words line_codes = WORDS(line_code_words, "line code");
static const struct words signallings = WORDS(signalling_words, "signalling");
static const struct words loopbacks = WORDS(loopback_words, "loopback");
static const struct words states = WORDS(state_words, "state");
static const struct words bearers = WORDS(bearer_words, "bearer");
static const struct words modes = WORDS(mode_words, "mode");
static const struct words alarm_bits = WORDS(alarm_words, "alarm");

static const char *name_of(const struct words *w, unsigned int value)
{
	return value < w->count && w->word[value] ? w->word[value] : "?";
}

static int parse(const struct words *w, const char *word, size_t len, struct tdm_error *e)
{
	char list[128];
	size_t n = 0;

	for (unsigned int i = 0; i < w->count; i++)
		if (w->word[i] && strlen(w->word[i]) == len && !strncmp(w->word[i], word, len))
			return (int)i;

	for (unsigned int i = 0; i < w->count; i++)
		if (w->word[i])
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "",
					      w->word[i]);
	return tdm_error_set(e, -EINVAL, "'%.*s' is no %s: use one of %s",
			     (int)(len < 40 ? len : 40), word, w->what, list);
}

const char *tdm_type_name(unsigned int type) { return name_of(&types, type); }
const char *tdm_framing_name(unsigned int framing) { return name_of(&framings, framing); }
const char *tdm_line_code_name(unsigned int code) { return name_of(&line_codes, code); }
const char *tdm_signalling_name(unsigned int sig) { return name_of(&signallings, sig); }
const char *tdm_loopback_name(unsigned int loopback) { return name_of(&loopbacks, loopback); }
const char *tdm_state_name(unsigned int state) { return name_of(&states, state); }
const char *tdm_bearer_name(unsigned int bearer) { return name_of(&bearers, bearer); }
const char *tdm_mode_name(unsigned int mode) { return name_of(&modes, mode); }

int tdm_type_parse(const char *word, struct tdm_error *e)
{
	return parse(&types, word, strlen(word), e);
}

int tdm_framing_parse(const char *word, struct tdm_error *e)
{
	return parse(&framings, word, strlen(word), e);
}

int tdm_line_code_parse(const char *word, struct tdm_error *e)
{
	return parse(&line_codes, word, strlen(word), e);
}

int tdm_signalling_parse(const char *word, struct tdm_error *e)
{
	return parse(&signallings, word, strlen(word), e);
}

int tdm_loopback_parse(const char *word, struct tdm_error *e)
{
	return parse(&loopbacks, word, strlen(word), e);
}

int tdm_alarms_format(uint32_t alarms, char *buf, size_t len)
{
	int n = 0;

	if (!alarms)
		return snprintf(buf, len, "-");
	for (unsigned int i = 0; i < 32; i++) {
		size_t at = (size_t)n < len ? (size_t)n : len;

		if (alarms & (1U << i))
			n += snprintf(buf + at, len - at, "%s%s", n ? "," : "",
				      name_of(&alarm_bits, i));
	}
	return n;
}

int tdm_alarms_parse(const char *words, uint32_t *alarms, struct tdm_error *e)
{
	uint32_t mask = 0;

	if (strcmp(words, "-") && strcmp(words, "none")) {
		for (const char *p = words; ; p++) {
			size_t len = strcspn(p, ",");
			int bit = parse(&alarm_bits, p, len, e);

			if (bit < 0)
				return bit;
			mask |= 1U << bit;
			p += len;
			if (!*p)
				break;
		}
	}
	*alarms = mask;
	return 0;
}

uint32_t tdm_type_slots(unsigned int type, unsigned int framing)
{
	if (type != TDM_TYPE_E1)
		return 0x01fffffe; /* G.704 2.1: 24 timeslots, 1-24 */
	/* G.704 2.3: timeslot 0 carries the frame alignment, unless there is none. */
	return framing == TDM_FRAMING_UNFRAMED ? 0xffffffff : 0xfffffffe;
}
