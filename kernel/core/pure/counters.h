/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Performance counters by the names and rules of RFC 4805 (DS1/E1 MIB), one
 * second at a time.
 *
 *   seconds   E S S S S S S S S S S . . . . . . . . . .
 *   UAS             `-- 10 SES --'`---- 10 not SES ----'
 *   counted as  ES|<----- UAS ----->|<--- available --->
 *
 * Unavailable time begins with the first of ten consecutive SES, or with the first
 * of the consecutive SES that lead to a failure (LOS, LFA, AIS), and ends with the
 * first of ten consecutive seconds that are no SES. Both are known only afterwards,
 * so up to ten seconds are counted again the other way; those that belong to the
 * interval before are corrected there (RFC 4805, "special case" of UAS). While unavailable only UAS counts.
 *
 * The caller advances the seconds; nothing here looks at a clock. It serialises the
 * calls on one object (span mutex). Any context; a second is O(32).
 */
#ifndef TDM_PURE_COUNTERS_H
#define TDM_PURE_COUNTERS_H

#include "pure.h"

#define TDM_PERF_INTERVAL_SECS	900u	/* 15 minutes */
#define TDM_PERF_INTERVALS	96u	/* 24 hours */
#define TDM_PERF_RUN_SECS	10u	/* consecutive SES, or not SES */
#define TDM_PERF_HISTORY	32u	/* seconds that can be counted again */

/*
 * How the kind of line decides what an ES, a SES ... is.
 *
 * OOF below stands for SEFS input, LFA or LOS (without signal there is no frame).
 *
 *		ES						SES
 *   E1_CRC4	PCV, OOF, AIS, slip				PCV >= 832, OOF, AIS
 *   E1_FAS	PCV, LCV, OOF, AIS, slip			LCV >= 2048, OOF, AIS
 *   ESF	PCV, OOF, AIS, slip				PCV >= 320, OOF, AIS
 *   D4		PCV, LCV, OOF, AIS, slip			any PCV, LCV >= 1544, OOF, AIS
 *   UNFRAMED	LCV, LOS, AIS, slip				LCV >= 2048, LOS, AIS
 *   FAR_E1	PCV, RAI					PCV >= 832, RAI
 *
 * RFC 4805 names AIS and OOF as SES only for some of them; G.826 3.2 has every defect make an
 * SES, and unavailability after a failure needs it, so it is so for all.
 */
enum tdm_perf_kind {
	TDM_PERF_E1_CRC4,	/* PCV = CRC-4 errors */
	TDM_PERF_E1_FAS,	/* PCV = frame alignment signal errors */
	TDM_PERF_ESF,		/* PCV = CRC-6 errors */
	TDM_PERF_D4,		/* PCV = framing bit errors */
	TDM_PERF_UNFRAMED,	/* no PCV; rules of E1_FAS without framing defects */
	TDM_PERF_FAR_E1,	/* the far end by E-bits and RAI: PCV = E-bits */
	TDM_PERF_KINDS
};

/*
 * SES thresholds in one second.
 * ESF: 320 PCV (T1.231; RFC 4805). E1 CRC-4: 832 PCV (RFC 4805); M.2100 has 805.
 * E1 without CRC: 2048 LCV (RFC 4805). D4: 1544 LCV or any framing error (RFC 4805).
 */
#define TDM_PERF_SES_ESF_PCV	320u
#define TDM_PERF_SES_E1_PCV	832u
#define TDM_PERF_SES_E1_PCV_M2100 805u
#define TDM_PERF_SES_E1_LCV	2048u
#define TDM_PERF_SES_D4_LCV	1544u

/**
 * struct tdm_perf_second - what happened on the line in one second
 * @lcv:	line code violations (bipolar violations, excessive zeros)
 * @pcv:	path code violations, see enum tdm_perf_kind
 * @slips:	controlled slips
 * @sefs:	severely errored framing or out-of-frame defects: number seen; a
 *		defect present all the second counts 1
 * @defects:	TDM_ALARM_* seen at any time in it (LOS, LFA, AIS decide; RAI for the far end)
 * @failed:	a LOS, LFA or AIS failure (far end: RAI) is declared at its end
 */
struct tdm_perf_second {
	u32 lcv;
	u32 pcv;
	u32 slips;
	u32 sefs;
	u32 defects;
	bool failed;
};

/* Counters of an interval; names of RFC 4805. */
enum tdm_perf_counter {
	TDM_PERF_ES,	/* errored seconds */
	TDM_PERF_SES,	/* severely errored seconds */
	TDM_PERF_SEFS,	/* severely errored framing seconds */
	TDM_PERF_UAS,	/* unavailable seconds */
	TDM_PERF_CSS,	/* controlled slip seconds */
	TDM_PERF_PCV,	/* path code violations */
	TDM_PERF_LES,	/* line errored seconds */
	TDM_PERF_BES,	/* bursty errored seconds (ESF only) */
	TDM_PERF_DM,	/* degraded minutes */
	TDM_PERF_LCV,	/* line code violations */
	TDM_PERF_COUNTERS
};

/**
 * struct tdm_perf_interval - one interval
 * @count:	by enum tdm_perf_counter
 * @secs:	seconds that it has seen, at most 900
 * @valid:	nothing of it was missed (dsx1IntervalValidData)
 */
struct tdm_perf_interval {
	u32 count[TDM_PERF_COUNTERS];
	u16 secs;
	bool valid;
};

/* One second's contribution, kept while it may have to be counted again. */
struct tdm_perf_past {
	u32 lcv;
	u32 pcv;
	u32 errors;	/* as degraded minutes count them */
	u16 is;		/* BIT(TDM_PERF_ES) ...: what it counts when available */
	u8 age;		/* intervals ago: 0 (the one that runs) or 1 */
	bool unavailable; /* as which it is counted now */
};

/* struct tdm_perf - counters of one span (or its far end), 5 KiB; read them by the functions below */
struct tdm_perf {
	struct tdm_perf_interval now;	/* secs of it is dsx1TimeElapsed */
	struct tdm_perf_interval old[TDM_PERF_INTERVALS];
	struct tdm_perf_past past[TDM_PERF_HISTORY];
	u32 ses_pcv;		/* threshold for SES; 0: none */
	u32 ses_lcv;
	u8 kind;
	u8 clear_secs;		/* failure clearing time */
	u8 head;		/* next place in @past */
	u8 npast;
	u8 newest;		/* index of the last finished interval in @old */
	u8 nold;		/* finished intervals, at most 96 */
	u16 run;		/* consecutive SES, or not SES, saturating */
	bool run_ses;		/* which of them */
	bool unavailable;
	u8 dm_secs;		/* available, not SES seconds of this minute */
	u32 dm_errors;		/* bit errors in them, estimated: PCV with a CRC, else LCV */
};

/**
 * tdm_perf_init() - no interval yet, available
 * @kind:	decides the rules
 * @clear_secs:	failure clearing time: 10; RFC 4805 makes availability wait for the
 *		clearing of the failure if it is longer (at most 30 here)
 *
 * Return: 0; -EINVAL for an unknown kind.
 */
int tdm_perf_init(struct tdm_perf *p, enum tdm_perf_kind kind, u32 clear_secs);

/** tdm_perf_set_ses() - other SES threshold of PCV (M.2100: 805); 0: none */
void tdm_perf_set_ses(struct tdm_perf *p, u32 pcv);

/**
 * tdm_perf_add_second() - a second is over
 *
 * Return: true if an interval of 900 seconds ended with it.
 */
bool tdm_perf_add_second(struct tdm_perf *p, const struct tdm_perf_second *s);

/**
 * tdm_perf_invalidate() - something of this interval was missed (span down, counters
 * not read, late ticks beyond the ring): it becomes and stays not valid
 */
void tdm_perf_invalidate(struct tdm_perf *p);

/** tdm_perf_current() - the interval that runs */
const struct tdm_perf_interval *tdm_perf_current(const struct tdm_perf *p);

/**
 * tdm_perf_interval_get() - a finished interval
 * @ago:	1 = the last one (dsx1IntervalNumber), up to tdm_perf_intervals()
 *
 * Return: NULL if there is none. May still be corrected in the next 10 seconds.
 */
const struct tdm_perf_interval *tdm_perf_interval_get(const struct tdm_perf *p, unsigned int ago);

/** tdm_perf_intervals() - number of finished intervals kept, 0..96 (dsx1ValidIntervals + invalid) */
unsigned int tdm_perf_intervals(const struct tdm_perf *p);

/**
 * tdm_perf_total() - sum of the finished intervals, at most 24 hours
 * @total:	written; secs saturates at U16_MAX, valid: all of them were
 *
 * As dsx1Total, without the interval that runs. O(96).
 */
void tdm_perf_total(const struct tdm_perf *p, struct tdm_perf_interval *total);

/** tdm_perf_reset() - as after init, same rules */
void tdm_perf_reset(struct tdm_perf *p);

/** tdm_perf_counter_name() - "ES" ...; NULL beyond the last */
const char *tdm_perf_counter_name(unsigned int counter);

#endif /* TDM_PURE_COUNTERS_H */
