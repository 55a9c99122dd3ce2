/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timed sequences of outgoing CAS bits: wink, flash, dial pulses; counted in frames.
 *
 *   wink    rest |~~~~~ active 200 ms ~~~~~| rest
 *   flash   active |___ rest 500 ms ___| active
 *   digit 3 active |_60_|~40~|_60_|~40~|_60_|~40~ ... pause 700 ms ...| next digit
 *                   break make
 *
 * Standards give ranges (TIA-464-C: wink 140-290 ms; pulses 8-12 a second, 58-64 %
 * break; Q.23-era networks 300-1000 ms flash), so durations are parameters; the
 * defaults lie inside. Digit 0 is ten pulses; '*', '#' and letters have none.
 *
 * The caller serialises (span mutex); any context; O(1) per step.
 */
#ifndef TDM_PURE_CASSEQ_H
#define TDM_PURE_CASSEQ_H

#include "pure.h"

enum tdm_casseq_kind {
	TDM_CASSEQ_NONE,
	TDM_CASSEQ_WINK,	/* on hook: go off hook for @wink_ms, and back */
	TDM_CASSEQ_FLASH,	/* off hook: go on hook for @flash_ms, and back */
	TDM_CASSEQ_DIAL,	/* off hook: pulses of a digit string */
};

/**
 * struct tdm_casseq_config - bits and durations; tdm_casseq_config_default() fills it
 * @rest:	ABCD on hook
 * @active:	ABCD off hook
 */
struct tdm_casseq_config {
	u8 rest;
	u8 active;
	u16 wink_ms;		/* 200 */
	u16 flash_ms;		/* 500 */
	u16 break_ms;		/* 60 */
	u16 make_ms;		/* 40 */
	u16 interdigit_ms;	/* 700, from the end of the last break */
};

#define TDM_CASSEQ_DIGITS	32u

struct tdm_casseq {
	struct tdm_casseq_config cfg;
	u64 next;		/* frame of the next change; TDM_FRAME_NEVER: none */
	u8 kind;		/* enum tdm_casseq_kind */
	u8 step;		/* row of the table in casseq.c */
	u8 pulses;		/* still to send of this digit, this one included */
	u8 pos;			/* next digit */
	u8 ndigits;
	u8 digits[TDM_CASSEQ_DIGITS];	/* pulses of each */
	u8 bits;		/* sent now */
};

void tdm_casseq_config_default(struct tdm_casseq_config *cfg, u8 rest, u8 active);

/** tdm_casseq_init() - nothing runs, cfg->rest is sent; @cfg is copied */
void tdm_casseq_init(struct tdm_casseq *s, const struct tdm_casseq_config *cfg);

/**
 * tdm_casseq_set() - send @bits steadily; ends a sequence that runs
 * Return: true if the bits sent have changed.
 */
bool tdm_casseq_set(struct tdm_casseq *s, u8 bits);

/**
 * tdm_casseq_start() - begin a sequence at @frame
 * @digits:	for TDM_CASSEQ_DIAL: '0'..'9', NUL-terminated; else NULL
 *
 * After it s->bits is what to send now. Return: 0; -EBUSY one runs; -EINVAL a wrong
 * kind, a digit without pulses, an empty or too long string, or a duration of 0;
 * nothing changed then.
 */
int tdm_casseq_start(struct tdm_casseq *s, enum tdm_casseq_kind kind, const char *digits,
		     u64 frame);

/**
 * tdm_casseq_advance() - time is now @frame
 *
 * Does at most one change per call, so that none is skipped: call until it returns
 * false. The following change is timed from when this one was due, so a late call
 * does not shift the rest, unless it is so late that the following change is due too;
 * then it is timed from @frame (a pulse is late rather than swallowed).
 *
 * Return: true if s->bits changed or the sequence ended (s->kind becomes _NONE).
 */
bool tdm_casseq_advance(struct tdm_casseq *s, u64 frame);

/** tdm_casseq_next() - frame for tdm_casseq_advance(), or TDM_FRAME_NEVER */
static inline u64 tdm_casseq_next(const struct tdm_casseq *s)
{
	return s->next;
}

#endif /* TDM_PURE_CASSEQ_H */
