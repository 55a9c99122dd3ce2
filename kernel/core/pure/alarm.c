// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defects -> failures and actions: see alarm.h for the timing.
 *
 * Each alarm has one of four states; every call gives each of them one input, LOS
 * first, so that a lower one sees what the higher ones did at the same frame.
 *
 *            present              timer
 *   CLEAR ----------> RAISING ----------> FAILED <---------.
 *     ^ ^  absent,blocked |                 | absent       | present
 *     | `-----------------'                 v              |
 *     `---------- timer, or forced ------ CLEARING --------'
 */
#include "alarm.h"
#include "frame.h"

enum state { CLEAR, RAISING, FAILED, CLEARING, STATES };
enum input { PRESENT, ABSENT, BLOCKED, FORCED, TIMER, INPUTS };

static const u8 next_state[STATES][INPUTS] = {
	/*		PRESENT		ABSENT		BLOCKED		FORCED	TIMER */
	[CLEAR] =	{ RAISING,	CLEAR,		CLEAR,		CLEAR,	CLEAR },
	[RAISING] =	{ RAISING,	CLEAR,		CLEAR,		CLEAR,	FAILED },
	[FAILED] =	{ FAILED,	CLEARING,	FAILED,		CLEAR,	FAILED },
	[CLEARING] =	{ FAILED,	CLEARING,	CLEARING,	CLEAR,	CLEAR },
};

#define LOS	TDM_ALARM_LOS
#define LFA	TDM_ALARM_LFA
#define AIS	TDM_ALARM_AIS
#define RAI	TDM_ALARM_RAI
#define LMFA	TDM_ALARM_LMFA

#define ACT_NO_SIGNAL	(TDM_ACT_SEND_RAI | TDM_ACT_CAS_IDLE | TDM_ACT_MUTE | TDM_ACT_NO_CALLS)

/*
 * By enum tdm_alarm_index.
 *
 * T1.231 6.2.1.2: no LOF failure while an AIS defect or failure is there. LOS and AIS block LFA
 * both as defect and as failure; RAI and AIS are blocked by defects only, since they must show while an older
 * LOS failure is still clearing.
 */
static const struct {
	const char *name;
	u32 bit;
	u32 blocked_by_defect;
	u32 blocked_by_failure;
	u32 cleared_by_failure;	/* at the moment when one of these is declared */
	u32 actions;		/* G.732 table 4, T1.403 9.1 */
} alarms[TDM_ALARM_N] = {
	[TDM_ALARM_I_LOS] = { "LOS", LOS, 0, 0, 0, ACT_NO_SIGNAL },
	[TDM_ALARM_I_LFA] = { "LFA", LFA, LOS | AIS, LOS | AIS, LOS | AIS, ACT_NO_SIGNAL },
	[TDM_ALARM_I_AIS] = { "AIS", AIS, LOS, 0, 0, ACT_NO_SIGNAL },
	[TDM_ALARM_I_RAI] = { "RAI", RAI, LOS | AIS | LFA, 0, LOS | AIS | LFA, TDM_ACT_NO_CALLS },
	[TDM_ALARM_I_LMFA] = { "LMFA", LMFA, LOS | AIS | LFA, LOS | AIS | LFA, LOS | AIS | LFA,
			       TDM_ACT_SEND_MRAI | TDM_ACT_CAS_IDLE },
};

/* Whoever blocks or clears another comes before it. */
static const u8 order[TDM_ALARM_N] = {
	TDM_ALARM_I_LOS, TDM_ALARM_I_AIS, TDM_ALARM_I_LFA, TDM_ALARM_I_LMFA, TDM_ALARM_I_RAI,
};

static bool timed(const struct tdm_alarm *a, unsigned int i)
{
	return a->state[i] == RAISING || a->state[i] == CLEARING;
}

static u32 duration(const struct tdm_alarm_config *cfg, unsigned int i, u8 state)
{
	return state == RAISING ? cfg->declare_frames[i] : cfg->clear_frames[i];
}

static u64 earliest(const struct tdm_alarm *a)
{
	u64 frame = TDM_FRAME_NEVER;
	unsigned int i;

	for (i = 0; i < TDM_ALARM_N; i++)
		if (timed(a, i))
			frame = tdm_frame_first(frame, a->deadline[i]);
	return frame;
}

static enum input choose(const struct tdm_alarm *a, unsigned int i, u32 declared)
{
	if (alarms[i].cleared_by_failure & declared)
		return FORCED;
	if ((alarms[i].blocked_by_defect & a->defects) ||
	    (alarms[i].blocked_by_failure & a->failures))
		return BLOCKED;
	return a->defects & alarms[i].bit ? PRESENT : ABSENT;
}

/* One transition. Returns the failure's bit if it was declared by it. */
static u32 move(struct tdm_alarm *a, unsigned int i, enum input input, struct tdm_alarm_out *out)
{
	u8 old = a->state[i], new = next_state[old][input];
	bool was = old == FAILED || old == CLEARING, is = new == FAILED || new == CLEARING;
	u32 bit = alarms[i].bit;

	a->state[i] = new;
	if (new != old && timed(a, i))
		a->deadline[i] = a->now + duration(&a->cfg, i, new);
	if (is == was)
		return 0;
	if (is) {
		a->failures |= bit;
		out->raised |= bit;
		out->when[i] = a->now;
		return bit;
	}
	a->failures &= ~bit;
	out->cleared |= bit;
	out->when_cleared[i] = a->now;
	return 0;
}

/* All alarms once at frame a->now: first a timer that is due, then what is seen. */
static void evaluate(struct tdm_alarm *a, struct tdm_alarm_out *out)
{
	u32 declared = 0;
	unsigned int k;

	for (k = 0; k < TDM_ALARM_N; k++) {
		unsigned int i = order[k];

		if (timed(a, i) && a->deadline[i] <= a->now)
			declared |= move(a, i, TIMER, out);
		declared |= move(a, i, choose(a, i, declared), out);
		if (timed(a, i) && a->deadline[i] <= a->now)
			declared |= move(a, i, TIMER, out);
	}
}

/*
 * Serve every timer up to @frame, in their order. With the defects standing still each alarm
 * makes a few transitions at most; the bound is a belt.
 */
static void serve(struct tdm_alarm *a, u64 frame, struct tdm_alarm_out *out)
{
	unsigned int guard;

	for (guard = 0; guard < 4 * TDM_ALARM_N; guard++) {
		u64 due = earliest(a);

		if (due == TDM_FRAME_NEVER || due > frame)
			break;
		a->now = max(a->now, due);
		evaluate(a, out);
	}
	a->now = max(a->now, frame);
}

static void set_actions(struct tdm_alarm *a, struct tdm_alarm_out *out)
{
	u32 actions = 0;
	unsigned int i;

	for (i = 0; i < TDM_ALARM_N; i++)
		if (a->defects & alarms[i].bit)
			actions |= alarms[i].actions;
	out->actions_on = actions & ~a->actions;
	out->actions_off = a->actions & ~actions;
	a->actions = actions;
}

void tdm_alarm_config_default(struct tdm_alarm_config *cfg, u32 declare_ms, u32 clear_ms)
{
	unsigned int i;

	for (i = 0; i < TDM_ALARM_N; i++) {
		cfg->declare_frames[i] = TDM_MS_TO_FRAMES(declare_ms);
		cfg->clear_frames[i] = TDM_MS_TO_FRAMES(clear_ms);
	}
	cfg->declare_frames[TDM_ALARM_I_RAI] = 0;
	cfg->clear_frames[TDM_ALARM_I_RAI] = 0;
}

void tdm_alarm_init(struct tdm_alarm *a, const struct tdm_alarm_config *cfg, u64 frame)
{
	memset(a, 0, sizeof(*a));
	a->cfg = *cfg;
	a->now = frame;
}

u64 tdm_alarm_set_config(struct tdm_alarm *a, const struct tdm_alarm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < TDM_ALARM_N; i++)
		if (timed(a, i))
			a->deadline[i] = a->deadline[i] - duration(&a->cfg, i, a->state[i]) +
					 duration(cfg, i, a->state[i]);
	a->cfg = *cfg;
	return earliest(a);
}

void tdm_alarm_advance(struct tdm_alarm *a, u64 frame, struct tdm_alarm_out *out)
{
	memset(out, 0, sizeof(*out));
	serve(a, frame, out);
	out->next = earliest(a);
}

void tdm_alarm_defects(struct tdm_alarm *a, u64 frame, u32 defects, struct tdm_alarm_out *out)
{
	memset(out, 0, sizeof(*out));
	serve(a, frame, out);
	a->defects = defects & TDM_ALARM_ALL;
	evaluate(a, out);
	set_actions(a, out);
	out->next = earliest(a);
}

const char *tdm_alarm_name(u32 bit)
{
	unsigned int i;

	for (i = 0; i < TDM_ALARM_N; i++)
		if (alarms[i].bit == bit)
			return alarms[i].name;
	return "?";
}
