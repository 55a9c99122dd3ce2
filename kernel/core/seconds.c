// SPDX-License-Identifier: GPL-2.0-only
/*
 * A span's counters, second by second of its line (8000 frames), by RFC 4805.
 */
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "logic.h"

#define SECONDS_BEHIND_MAX	60	/* a work that is later than this has missed the rest */

/* RFC 4805: which errors are path code violations depends on the framing. */
static const struct {
	u8 kind;
	bool far;
} kinds[] = {
	[TDM_FRAMING_UNFRAMED] = { TDM_PERF_UNFRAMED, false },
	[TDM_FRAMING_FAS] = { TDM_PERF_E1_FAS, false },
	[TDM_FRAMING_CRC4] = { TDM_PERF_E1_CRC4, true },	/* E bits */
	[TDM_FRAMING_D4] = { TDM_PERF_D4, false },
	[TDM_FRAMING_ESF] = { TDM_PERF_ESF, false },
};

static bool counts_crc(const struct tdm_span *span)
{
	return span->config.framing == TDM_FRAMING_CRC4 || span->config.framing == TDM_FRAMING_ESF;
}

int tdm_logic_init(struct tdm_span *span)
{
	struct tdm_span_logic *logic = kvzalloc(sizeof(*logic), GFP_KERNEL);

	if (!logic)
		return -ENOMEM;
	logic->alarm_next = TDM_FRAME_NEVER;
	logic->second_end = TDM_FRAME_NEVER;
	logic->kind = TDM_PERF_KINDS;
	span->logic = logic;
	return 0;
}

void tdm_logic_free(struct tdm_span *span)
{
	kvfree(span->logic);
}

void tdm_counters_config(struct tdm_span *span)
{
	struct tdm_span_logic *logic = span->logic;
	u32 clear_secs = min(DIV_ROUND_UP(span->config.fail_clear_ms, 1000), 30U);

	/* Other rules, other counters: what was counted by the old ones says nothing any more. */
	if (logic->kind == kinds[span->config.framing].kind)
		return;
	logic->kind = kinds[span->config.framing].kind;
	logic->has_far = kinds[span->config.framing].far;
	tdm_perf_init(&logic->near, logic->kind, clear_secs);
	tdm_perf_init(&logic->far, TDM_PERF_FAR_E1, clear_secs);
	logic->epoch++;
}

void tdm_second_start(struct tdm_span *span, u64 now)
{
	struct tdm_line_errors errors = {};

	memset(&span->logic->second, 0, sizeof(span->logic->second));
	span->logic->second_end = now + TDM_FRAMES_PER_SEC;
	/* What the framer counted before is nobody's. */
	if (span->ops->get_errors)
		span->ops->get_errors(span, &errors);
}

void tdm_second_defects(struct tdm_span *span)
{
	span->logic->second.defects |= span->defects;
}

static void add_second(struct tdm_span *span, const struct tdm_perf_second *near, u32 ebit)
{
	struct tdm_span_logic *logic = span->logic;
	struct tdm_perf_second far = {
		.pcv = ebit,
		.defects = near->defects,
		.failed = span->failures & TDM_ALARM_RAI,
	};

	if (tdm_perf_add_second(&logic->near, near))
		logic->epoch++;
	if (logic->has_far)
		tdm_perf_add_second(&logic->far, &far);
}

static void one_second(struct tdm_span *span)
{
	struct tdm_span_logic *logic = span->logic;
	struct tdm_perf_second *second = &logic->second;
	struct tdm_line_errors errors = {};

	if (span->ops->get_errors)
		span->ops->get_errors(span, &errors);
	logic->line.lcv += errors.lcv;
	logic->line.crc += errors.crc;
	logic->line.ebit += errors.ebit;
	logic->line.frame += errors.frame;
	logic->line.slips += errors.slips;
	logic->line.sef += errors.sef;
	span->slips += errors.slips;
	second->lcv = errors.lcv;
	second->pcv = counts_crc(span) ? errors.crc : errors.crc + errors.frame;
	second->slips += errors.slips;
	second->sefs = errors.sef;
	second->defects |= span->defects;
	second->failed = span->failures & (TDM_ALARM_LOS | TDM_ALARM_LFA | TDM_ALARM_AIS);
	add_second(span, second, errors.ebit);
	memset(second, 0, sizeof(*second));
	second->defects = span->defects;
}

void tdm_second_over(struct tdm_span *span, u64 now)
{
	struct tdm_span_logic *logic = span->logic;

	if (now - logic->second_end > (u64)SECONDS_BEHIND_MAX * TDM_FRAMES_PER_SEC) {
		tdm_perf_invalidate(&logic->near);
		tdm_perf_invalidate(&logic->far);
		logic->second_end = now;
	}
	one_second(span);
	logic->second_end += TDM_FRAMES_PER_SEC;
}

void tdm_span_seconds(struct tdm_span *span, unsigned int n)
{
	mutex_lock(&span->lock);
	if (n && !span->gone && span->state == TDM_SPAN_UP) {
		/* The second that runs ends now, with what was noticed in it. */
		one_second(span);
		while (--n) {
			struct tdm_perf_second second = {
				.defects = span->defects,
				.failed = span->failures & (TDM_ALARM_LOS | TDM_ALARM_LFA |
							    TDM_ALARM_AIS),
			};

			add_second(span, &second, 0);
			cond_resched();
		}
	}
	mutex_unlock(&span->lock);
}
EXPORT_SYMBOL_GPL(tdm_span_seconds);

int tdm_counters_get(struct tdm_span *span, unsigned int ago, struct tdm_counters *counters)
{
	struct tdm_span_logic *logic = span->logic;
	int ret = 0;

	memset(counters, 0, sizeof(*counters));
	mutex_lock(&span->lock);
	counters->has_far = logic->has_far;
	counters->intervals = tdm_perf_intervals(&logic->near);
	counters->epoch = logic->epoch;
	counters->line = logic->line;
	if (ago == TDM_COUNTERS_TOTAL) {
		tdm_perf_total(&logic->near, &counters->near);
		tdm_perf_total(&logic->far, &counters->far);
	} else if (ago == 0) {
		counters->near = *tdm_perf_current(&logic->near);
		counters->far = *tdm_perf_current(&logic->far);
	} else if (ago <= counters->intervals) {
		counters->near = *tdm_perf_interval_get(&logic->near, ago);
		if (logic->has_far)
			counters->far = *tdm_perf_interval_get(&logic->far, ago);
	} else {
		ret = -ENOENT;
	}
	mutex_unlock(&span->lock);
	return ret;
}

int tdm_counters_reset(struct tdm_span *span)
{
	struct tdm_span_logic *logic = span->logic;
	int ret = 0;

	mutex_lock(&span->lock);
	if (span->gone) {
		ret = -ENODEV;
	} else {
		tdm_perf_reset(&logic->near);
		tdm_perf_reset(&logic->far);
		memset(&logic->line, 0, sizeof(logic->line));
		logic->epoch++;
	}
	mutex_unlock(&span->lock);
	return ret;
}
