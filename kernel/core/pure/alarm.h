/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From defects to failures and consequent actions, counted in line frames.
 *
 * A *defect* is what the framer sees now (G.775, G.706: LOS, LFA, AIS, RAI, LMFA;
 * the TDM_ALARM_* bits of opentdm.h). A *failure* is what an operator is told: a
 * defect that lasted (T1.231: declared after 2.5 s +- 0.5 s, cleared after 10 s +-
 * 0.5 s without it). *Consequent actions* (G.732 4.2.1, T1.403) follow the defect
 * at once, not the failure.
 *
 *   defect   ______|~~~~~~~~~~~~~~~~~~~~~~~~~~~|______________________________
 *   failure  ______________|~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~|________
 *                  <2.5 s >                     <------- 10 s ------>
 *   action   ______|~~~~~~~~~~~~~~~~~~~~~~~~~~~|______________________________
 *
 * RAI is already integrated by its detector (RFC 4805: failure as soon as the
 * pattern is recognised); its failure follows the defect without delay.
 *
 * Hierarchy: no LFA or LMFA failure is declared while LOS or AIS is there, as
 * defect or failure; an LFA or LMFA failure is cleared at the moment a LOS or AIS
 * failure is declared; AIS is not declared under LOS. After the hindrance has gone
 * the 2.5 s begin anew. RAI is not believed without frame alignment.
 *
 * The caller serialises calls on one machine (span mutex); any context; O(1).
 */
#ifndef TDM_PURE_ALARM_H
#define TDM_PURE_ALARM_H

#include "pure.h"

/* Index of a TDM_ALARM_* bit in the tables here. */
enum tdm_alarm_index {
	TDM_ALARM_I_LOS,
	TDM_ALARM_I_LFA,
	TDM_ALARM_I_AIS,
	TDM_ALARM_I_RAI,
	TDM_ALARM_I_LMFA,
	TDM_ALARM_N
};

/* Consequent actions. */
#define TDM_ACT_SEND_RAI	BIT(0)	/* send RAI to the far end (G.732 4.2.4, T1.403 9.1) */
#define TDM_ACT_CAS_IDLE	BIT(1)	/* report idle (blocked) CAS bits, not the received ones */
#define TDM_ACT_MUTE		BIT(2)	/* received octets are no speech: replace by AIS or idle */
#define TDM_ACT_SEND_MRAI	BIT(3)	/* slot 16 multiframe alarm, the y bit (G.732 5.3.3); CAS spans only */
#define TDM_ACT_NO_CALLS	BIT(4)	/* no new calls on this span */

/**
 * struct tdm_alarm_config - timing; all else is in the table of alarm.c
 * @declare_frames:	defect to failure
 * @clear_frames:	end of defect to end of failure
 *
 * Per alarm. 0 means at once. tdm_alarm_config_default() fills it.
 */
struct tdm_alarm_config {
	u32 declare_frames[TDM_ALARM_N];
	u32 clear_frames[TDM_ALARM_N];
};

#define TDM_ALARM_DECLARE_MS	2500u
#define TDM_ALARM_CLEAR_MS	10000u

/**
 * struct tdm_alarm - machine of one span; private but for @defects, @failures, @actions
 */
struct tdm_alarm {
	struct tdm_alarm_config cfg;
	u64 deadline[TDM_ALARM_N];	/* valid in the two timed states */
	u64 now;			/* frame of the last call */
	u32 defects;			/* as reported */
	u32 failures;
	u32 actions;
	u8 state[TDM_ALARM_N];		/* enum in alarm.c */
};

/**
 * struct tdm_alarm_out - what a call changed
 * @raised:	failures declared
 * @cleared:	failures cleared; a bit in both: declared and then cleared between
 *		the last call and this one
 * @actions_on:	consequent actions to begin
 * @actions_off: consequent actions to end
 * @when:	for each bit of @raised (index by alarm) the exact frame of it
 * @when_cleared: the same for @cleared
 * @next:	call tdm_alarm_advance() at this frame or soon after;
 *		TDM_FRAME_NEVER: no timer runs
 */
struct tdm_alarm_out {
	u32 raised;
	u32 cleared;
	u32 actions_on;
	u32 actions_off;
	u64 when[TDM_ALARM_N];
	u64 when_cleared[TDM_ALARM_N];
	u64 next;
};

/**
 * tdm_alarm_config_default() - T1.231 6.2.1 timing with other persistence times
 * @declare_ms:	0 means declare at once; normally TDM_ALARM_DECLARE_MS
 * @clear_ms:	0 means clear at once; normally TDM_ALARM_CLEAR_MS
 *
 * RAI gets 0 for both whatever is asked. The same defaults serve E1 and T1.
 */
void tdm_alarm_config_default(struct tdm_alarm_config *cfg, u32 declare_ms, u32 clear_ms);

/** tdm_alarm_init() - no defect, no failure; @cfg is copied */
void tdm_alarm_init(struct tdm_alarm *a, const struct tdm_alarm_config *cfg, u64 frame);

/**
 * tdm_alarm_set_config() - change the timing while running
 *
 * A timer that runs is re-based on when it began; one that is then already over
 * ends in the next call of tdm_alarm_advance(), due at once.
 * Return: frame for tdm_alarm_advance(), as tdm_alarm_out.next.
 */
u64 tdm_alarm_set_config(struct tdm_alarm *a, const struct tdm_alarm_config *cfg);

/**
 * tdm_alarm_defects() - the defects are now @defects
 * @frame:	when the framer saw it. May lie behind the present: reports from a
 *		FIFO are fed in their order, and timers that ended before @frame are
 *		served first with the old defects. A @frame older than the last
 *		call's counts as the last call's.
 * @out:	written completely
 */
void tdm_alarm_defects(struct tdm_alarm *a, u64 frame, u32 defects, struct tdm_alarm_out *out);

/** tdm_alarm_advance() - time is now @frame, defects unchanged */
void tdm_alarm_advance(struct tdm_alarm *a, u64 frame, struct tdm_alarm_out *out);

/** tdm_alarm_name() - "LOS" ... of one TDM_ALARM_* bit; "?" for any other value */
const char *tdm_alarm_name(u32 bit);

#endif /* TDM_PURE_ALARM_H */
