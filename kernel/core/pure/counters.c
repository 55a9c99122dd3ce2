// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 4805 performance counters: see counters.h for what counts when.
 *
 * Each second is added to the interval that runs as what it is believed to be; the
 * last 32 are remembered, with what they would be otherwise. When the span turns out to
 * be (un)available since some seconds, those are taken out of their interval and put
 * back as the other.
 *
 * Degraded minutes need no such repair: they gather available seconds that are no SES,
 * and of those none is ever taken back; what becomes available afterwards joins then.
 */
#include "counters.h"

#define MINUTE		60u

/* Errors in a minute beyond 1e-6: 2.048e6 x 60 = 122.9e6 bits; 1.544e6 x 60 = 92.6e6. */
#define DM_E1		122u
#define DM_T1		92u

#define ON_LCV		BIT(0)	/* errored if any LCV */
#define ON_PCV_SES	BIT(1)	/* severely errored if any PCV */
#define HAS_CRC		BIT(2)	/* bit errors are best told by PCV, not LCV */
#define HAS_BES		BIT(3)
#define HAS_SEFS	BIT(4)
#define HAS_CSS		BIT(5)

#define OOF		(TDM_ALARM_LFA | TDM_ALARM_LOS)

static const struct {
	u32 ses_pcv;		/* 0: none */
	u32 ses_lcv;
	u32 defects;		/* make an SES */
	u32 degraded;		/* more errors than this degrade a minute */
	u32 flags;
} rules[TDM_PERF_KINDS] = {
	[TDM_PERF_E1_CRC4] = { TDM_PERF_SES_E1_PCV, 0, OOF | TDM_ALARM_AIS, DM_E1,
			       HAS_CRC | HAS_SEFS | HAS_CSS },
	[TDM_PERF_E1_FAS] = { 0, TDM_PERF_SES_E1_LCV, OOF | TDM_ALARM_AIS, DM_E1,
			      ON_LCV | HAS_SEFS | HAS_CSS },
	[TDM_PERF_ESF] = { TDM_PERF_SES_ESF_PCV, 0, OOF | TDM_ALARM_AIS, DM_T1,
			   HAS_CRC | HAS_BES | HAS_SEFS | HAS_CSS },
	[TDM_PERF_D4] = { 0, TDM_PERF_SES_D4_LCV, OOF | TDM_ALARM_AIS, DM_T1,
			  ON_LCV | ON_PCV_SES | HAS_SEFS | HAS_CSS },
	[TDM_PERF_UNFRAMED] = { 0, TDM_PERF_SES_E1_LCV, TDM_ALARM_LOS | TDM_ALARM_AIS, DM_E1,
				ON_LCV | HAS_CSS },
	[TDM_PERF_FAR_E1] = { TDM_PERF_SES_E1_PCV, 0, TDM_ALARM_RAI, DM_E1, HAS_CRC },
};

static const char *const names[TDM_PERF_COUNTERS] = {
	[TDM_PERF_ES] = "ES",
	[TDM_PERF_SES] = "SES",
	[TDM_PERF_SEFS] = "SEFS",
	[TDM_PERF_UAS] = "UAS",
	[TDM_PERF_CSS] = "CSS",
	[TDM_PERF_PCV] = "PCV",
	[TDM_PERF_LES] = "LES",
	[TDM_PERF_BES] = "BES",
	[TDM_PERF_DM] = "DM",
	[TDM_PERF_LCV] = "LCV",
};

/* Counters that are a yes or no for each second. */
#define PER_SECOND	(BIT(TDM_PERF_ES) | BIT(TDM_PERF_SES) | BIT(TDM_PERF_SEFS) | \
			 BIT(TDM_PERF_CSS) | BIT(TDM_PERF_LES) | BIT(TDM_PERF_BES))

static_assert(TDM_PERF_COUNTERS <= 16, "fits tdm_perf_past.is");

static void start_interval(struct tdm_perf *p)
{
	memset(&p->now, 0, sizeof(p->now));
	p->now.valid = true;
}

int tdm_perf_init(struct tdm_perf *p, enum tdm_perf_kind kind, u32 clear_secs)
{
	if ((unsigned int)kind >= TDM_PERF_KINDS)
		return -EINVAL;
	memset(p, 0, sizeof(*p));
	p->kind = (u8)kind;
	p->clear_secs = (u8)min_t(u32, clear_secs, TDM_PERF_HISTORY - 2);
	p->ses_pcv = rules[kind].ses_pcv;
	p->ses_lcv = rules[kind].ses_lcv;
	start_interval(p);
	return 0;
}

void tdm_perf_set_ses(struct tdm_perf *p, u32 pcv)
{
	p->ses_pcv = pcv;
}

void tdm_perf_reset(struct tdm_perf *p)
{
	u32 ses_pcv = p->ses_pcv;

	tdm_perf_init(p, (enum tdm_perf_kind)p->kind, p->clear_secs);
	p->ses_pcv = ses_pcv;
}

static bool reaches(u32 value, u32 threshold)
{
	return threshold && value >= threshold;
}

/* What a second is if the span is available, as bits of enum tdm_perf_counter. */
static u16 classify(const struct tdm_perf *p, const struct tdm_perf_second *s)
{
	u32 flags = rules[p->kind].flags;
	bool oof = flags & HAS_SEFS && (s->sefs || s->defects & OOF);
	bool bad = oof || s->defects & rules[p->kind].defects;
	bool slip = flags & HAS_CSS && s->slips;
	u32 is = 0;

	if (bad || slip || s->pcv || (flags & ON_LCV && s->lcv))
		is |= BIT(TDM_PERF_ES);
	if (bad || reaches(s->pcv, p->ses_pcv) || reaches(s->lcv, p->ses_lcv) ||
	    (flags & ON_PCV_SES && s->pcv))
		is |= BIT(TDM_PERF_SES);
	if (flags & HAS_SEFS && bad)
		is |= BIT(TDM_PERF_SEFS);
	if (slip)
		is |= BIT(TDM_PERF_CSS);
	if (s->lcv)
		is |= BIT(TDM_PERF_LES);
	if (flags & HAS_BES && !bad && s->pcv > 1 && s->pcv < p->ses_pcv)
		is |= BIT(TDM_PERF_BES);
	return (u16)is;
}

static struct tdm_perf_past *past(struct tdm_perf *p, unsigned int ago)
{
	return &p->past[(p->head + TDM_PERF_HISTORY - 1 - ago) % TDM_PERF_HISTORY];
}

static struct tdm_perf_interval *interval_of(struct tdm_perf *p, const struct tdm_perf_past *s)
{
	return s->age ? &p->old[p->newest] : &p->now;
}

/* Put a second into its interval (@sign 1), or take it out again (-1), as what it is held to be. */
static void account(struct tdm_perf *p, const struct tdm_perf_past *s, s32 sign)
{
	struct tdm_perf_interval *iv = interval_of(p, s);
	unsigned int i;

	if (s->unavailable) {
		iv->count[TDM_PERF_UAS] += (u32)sign;
		return;
	}
	for (i = 0; i < TDM_PERF_COUNTERS; i++)
		if (s->is & PER_SECOND & BIT(i))
			iv->count[i] += (u32)sign;
	iv->count[TDM_PERF_PCV] += (u32)sign * s->pcv;
	iv->count[TDM_PERF_LCV] += (u32)sign * s->lcv;
}

/* A second is settled as available: it joins the minute unless it is an SES. */
static void degrade(struct tdm_perf *p, const struct tdm_perf_past *s)
{
	if (s->is & BIT(TDM_PERF_SES))
		return;
	p->dm_errors += s->errors;
	if (++p->dm_secs < MINUTE)
		return;
	if (p->dm_errors > rules[p->kind].degraded)
		p->now.count[TDM_PERF_DM]++;
	p->dm_secs = 0;
	p->dm_errors = 0;
}

/* The last @n seconds were of the other kind. */
static void recount(struct tdm_perf *p, unsigned int n, bool unavailable)
{
	while (n--) {
		struct tdm_perf_past *s = past(p, n);

		if (s->unavailable == unavailable)
			continue;
		account(p, s, -1);
		s->unavailable = unavailable;
		account(p, s, 1);
		if (!unavailable)
			degrade(p, s);
	}
	p->unavailable = unavailable;
}

/* RFC 4805: unavailable from the onset of ten SES, or of those that led to a failure. */
static void check_availability(struct tdm_perf *p, bool failed)
{
	unsigned int run = min_t(unsigned int, p->run, p->npast);

	if (!p->unavailable) {
		if (p->run_ses && (p->run >= TDM_PERF_RUN_SECS || failed))
			recount(p, run, true);
		return;
	}
	if (p->run_ses || p->run < TDM_PERF_RUN_SECS)
		return;
	/* A clearing time beyond ten seconds is waited for, and then counts from its onset. */
	if (p->clear_secs <= TDM_PERF_RUN_SECS)
		recount(p, TDM_PERF_RUN_SECS, false);
	else if (!failed)
		recount(p, min_t(unsigned int, run, p->clear_secs), false);
}

static void end_interval(struct tdm_perf *p)
{
	unsigned int i;

	p->newest = (u8)((p->newest + 1) % TDM_PERF_INTERVALS);
	p->old[p->newest] = p->now;
	if (p->nold < TDM_PERF_INTERVALS)
		p->nold++;
	for (i = 0; i < TDM_PERF_HISTORY; i++)
		p->past[i].age++;
	start_interval(p);
}

bool tdm_perf_add_second(struct tdm_perf *p, const struct tdm_perf_second *s)
{
	struct tdm_perf_past *sec = &p->past[p->head];
	bool ses;

	sec->lcv = s->lcv;
	sec->pcv = s->pcv;
	sec->errors = rules[p->kind].flags & HAS_CRC ? s->pcv : s->lcv;
	sec->is = classify(p, s);
	sec->age = 0;
	sec->unavailable = p->unavailable;
	p->head = (p->head + 1) % TDM_PERF_HISTORY;
	if (p->npast < TDM_PERF_HISTORY)
		p->npast++;

	ses = sec->is & BIT(TDM_PERF_SES);
	if (ses != p->run_ses)
		p->run = 0;
	p->run_ses = ses;
	if (p->run < 0xffff)
		p->run++;

	p->now.secs++;
	account(p, sec, 1);
	if (!sec->unavailable)
		degrade(p, sec);
	check_availability(p, s->failed);

	if (p->now.secs < TDM_PERF_INTERVAL_SECS)
		return false;
	end_interval(p);
	return true;
}

void tdm_perf_invalidate(struct tdm_perf *p)
{
	p->now.valid = false;
}

const struct tdm_perf_interval *tdm_perf_current(const struct tdm_perf *p)
{
	return &p->now;
}

unsigned int tdm_perf_intervals(const struct tdm_perf *p)
{
	return p->nold;
}

const struct tdm_perf_interval *tdm_perf_interval_get(const struct tdm_perf *p, unsigned int ago)
{
	if (!ago || ago > p->nold)
		return NULL;
	return &p->old[(p->newest + TDM_PERF_INTERVALS + 1 - ago) % TDM_PERF_INTERVALS];
}

void tdm_perf_total(const struct tdm_perf *p, struct tdm_perf_interval *total)
{
	unsigned int ago, i;
	u32 secs = 0;

	memset(total, 0, sizeof(*total));
	total->valid = true;
	for (ago = 1; ago <= p->nold; ago++) {
		const struct tdm_perf_interval *iv = tdm_perf_interval_get(p, ago);

		for (i = 0; i < TDM_PERF_COUNTERS; i++)
			total->count[i] += iv->count[i];
		secs += iv->secs;
		total->valid &= iv->valid;
	}
	total->secs = (u16)min_t(u32, secs, 0xffff);
}

const char *tdm_perf_counter_name(unsigned int counter)
{
	return counter < TDM_PERF_COUNTERS ? names[counter] : NULL;
}
