// SPDX-License-Identifier: GPL-2.0-only
/* Timed sequences of outgoing CAS bits: see casseq.h. */
#include "casseq.h"
#include "frame.h"

enum step { WINK, FLASH, BREAK, MAKE, PAUSE, OVER, STEPS };

/* What comes after a step. */
enum after {
	TO_END,		/* the sequence is over */
	TO_MAKE,
	TO_BREAK,	/* the next pulse of the digit, or its pause */
	TO_DIGIT,	/* the next digit, or the end */
};

/* By enum step: the bits during it, which duration, and what follows. */
static const struct {
	bool active;
	u8 ms;		/* offset of a u16 in struct tdm_casseq_config */
	u8 after;
} steps[STEPS] = {
	[WINK] = { true, offsetof(struct tdm_casseq_config, wink_ms), TO_END },
	[FLASH] = { false, offsetof(struct tdm_casseq_config, flash_ms), TO_END },
	[BREAK] = { false, offsetof(struct tdm_casseq_config, break_ms), TO_MAKE },
	[MAKE] = { true, offsetof(struct tdm_casseq_config, make_ms), TO_BREAK },
	[PAUSE] = { true, offsetof(struct tdm_casseq_config, interdigit_ms), TO_DIGIT },
};

/* By enum tdm_casseq_kind: the first step, and which steady bits follow. */
static const struct {
	u8 first;
	bool active;
} kinds[] = {
	[TDM_CASSEQ_NONE] = { OVER, false },
	[TDM_CASSEQ_WINK] = { WINK, false },
	[TDM_CASSEQ_FLASH] = { FLASH, true },
	[TDM_CASSEQ_DIAL] = { BREAK, true },
};

static u8 state_bits(const struct tdm_casseq *s, bool active)
{
	return active ? s->cfg.active : s->cfg.rest;
}

static u32 step_frames(const struct tdm_casseq_config *cfg, u8 step)
{
	u16 ms;

	memcpy(&ms, (const u8 *)cfg + steps[step].ms, sizeof(ms));
	return TDM_MS_TO_FRAMES(ms);
}

void tdm_casseq_config_default(struct tdm_casseq_config *cfg, u8 rest, u8 active)
{
	cfg->rest = rest;
	cfg->active = active;
	cfg->wink_ms = 200;
	cfg->flash_ms = 500;
	cfg->break_ms = 60;
	cfg->make_ms = 40;
	cfg->interdigit_ms = 700;
}

void tdm_casseq_init(struct tdm_casseq *s, const struct tdm_casseq_config *cfg)
{
	memset(s, 0, sizeof(*s));
	s->cfg = *cfg;
	s->kind = TDM_CASSEQ_NONE;
	s->step = OVER;
	s->bits = cfg->rest;
	s->next = TDM_FRAME_NEVER;
}

bool tdm_casseq_set(struct tdm_casseq *s, u8 bits)
{
	bool changed = s->bits != bits;

	s->kind = TDM_CASSEQ_NONE;
	s->step = OVER;
	s->next = TDM_FRAME_NEVER;
	s->bits = bits;
	return changed;
}

/* Pulses of each digit into @out. Returns how many digits, or -EINVAL. */
static int parse_digits(const char *digits, u8 out[TDM_CASSEQ_DIGITS])
{
	unsigned int i;

	if (!digits)
		return -EINVAL;
	for (i = 0; digits[i]; i++) {
		if (i == TDM_CASSEQ_DIGITS || digits[i] < '0' || digits[i] > '9')
			return -EINVAL;
		out[i] = digits[i] == '0' ? 10 : (u8)(digits[i] - '0');
	}
	return i ? (int)i : -EINVAL;
}

static bool has_durations(const struct tdm_casseq_config *cfg, enum tdm_casseq_kind kind)
{
	switch (kind) {
	case TDM_CASSEQ_WINK:
		return cfg->wink_ms;
	case TDM_CASSEQ_FLASH:
		return cfg->flash_ms;
	case TDM_CASSEQ_DIAL:
		return cfg->break_ms && cfg->make_ms && cfg->interdigit_ms;
	default:
		return false;
	}
}

static void enter(struct tdm_casseq *s, u8 step, u64 frame)
{
	s->step = step;
	if (step == OVER) {
		s->bits = state_bits(s, kinds[s->kind].active);
		s->kind = TDM_CASSEQ_NONE;
		s->next = TDM_FRAME_NEVER;
		return;
	}
	s->bits = state_bits(s, steps[step].active);
	s->next = frame + step_frames(&s->cfg, step);
}

int tdm_casseq_start(struct tdm_casseq *s, enum tdm_casseq_kind kind, const char *digits,
		     u64 frame)
{
	u8 pulses[TDM_CASSEQ_DIGITS] = { 0 };
	int n = 0;

	if ((unsigned int)kind >= ARRAY_SIZE(kinds) || !has_durations(&s->cfg, kind))
		return -EINVAL;
	if (kind == TDM_CASSEQ_DIAL)
		n = parse_digits(digits, pulses);
	if (n < 0)
		return n;
	if (s->kind != TDM_CASSEQ_NONE)
		return -EBUSY;

	memcpy(s->digits, pulses, sizeof(pulses));
	s->ndigits = (u8)n;
	s->pos = 0;
	s->pulses = pulses[0];
	s->kind = (u8)kind;
	enter(s, kinds[kind].first, frame);
	return 0;
}

static u8 following(struct tdm_casseq *s)
{
	switch (steps[s->step].after) {
	case TO_MAKE:
		/* The last pulse's make is the start of the pause between digits. */
		return --s->pulses ? MAKE : PAUSE;
	case TO_BREAK:
		return BREAK;
	case TO_DIGIT:
		if (++s->pos >= s->ndigits)
			return OVER;
		s->pulses = s->digits[s->pos];
		return BREAK;
	default:
		return OVER;
	}
}

bool tdm_casseq_advance(struct tdm_casseq *s, u64 frame)
{
	u64 due = s->next;

	if (!tdm_frame_reached(frame, due))
		return false;
	enter(s, following(s), due);
	if (tdm_frame_reached(frame, s->next))
		s->next = frame + step_frames(&s->cfg, s->step);
	return true;
}
