// SPDX-License-Identifier: GPL-2.0-only
/*
 * The span's work: what the framer reported becomes state, actions and events.
 *
 *	FIFO of {frame, kind, value}
 *	  defects -> pure/alarm.c -> failures (2.5 s, 10 s), consequent actions at once
 *	  CAS     -> pure/debounce.c, one a slot -> the owner's private event
 *	  slips, gaps -> counters, notices
 *	each 8000 frames: the framer's counters -> pure/counters.c
 *
 * Time is the line's: each report is dealt with as of its own frame, and before it whatever timer ended
 * earlier, so a late run decides as a prompt one would have. The work says at which frame it wants to run
 * next (tdm_tick_due()) and the tick queues it then; a report queues it at once.
 *
 * It runs in rounds: under the span mutex it takes a handful of reports and numbers their events, then it
 * drops the mutex and delivers. One work item a span, never twice at once: so events keep their order.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include "logic.h"
#include "pure/cas.h"
#include "pure/frame.h"

#define ROUND_ROOM	(TDM_SLOTS_MAX / 2 + 2)	/* most private events that the rest of a report makes */

static void do_alarm(struct tdm_span *span, const struct tdm_alarm_out *out, u64 frame);

/* --- CAS ---------------------------------------------------------------------------------------- */

static u8 cas_blocked(const struct tdm_span *span)
{
	return span->config.type == TDM_TYPE_E1 ? TDM_CAS_E1_BLOCKED : TDM_CAS_T1_IDLE;
}

/* The debounced bits of a slot are now @bits: tell its owner. */
static void cas_is(struct tdm_span *span, unsigned int nr, u8 bits, u64 frame)
{
	struct tdm_slot *slot = &span->slots[nr];
	struct tdm_event event = {
		.type = TDM_EVENT_CAS,
		.slot = nr,
		.value = bits,
		.old = slot->cas_rx,
		.frame = frame,
	};

	if (slot->cas_rx == bits)
		return;
	slot->cas_rx = bits;
	if (slot->tx_owner)
		tdm_private_add(span, &event, slot->tx_owner);
}

static bool has_cas(const struct tdm_span *span)
{
	return span->config.signalling == TDM_SIGNALLING_CAS;
}

static bool cas_hidden(const struct tdm_span *span)
{
	return span->logic->alarm.actions & TDM_ACT_CAS_IDLE;
}

static void cas_report(struct tdm_span *span, const struct tdm_report *report)
{
	struct tdm_debounced out;

	if (has_cas(span) && tdm_debounce_push(&span->logic->cas[report->slot], report->frame,
					       report->value, &out) && !cas_hidden(span))
		cas_is(span, report->slot, out.bits, out.frame);
}

/* Which slots still change is polled when the FIFO is empty: nothing earlier than @now can follow. */
static void cas_poll(struct tdm_span *span, u64 now)
{
	struct tdm_debounced out;
	unsigned int nr;

	if (!has_cas(span))
		return;
	for (nr = 0; nr < TDM_SLOTS_MAX; nr++)
		if (tdm_debounce_poll(&span->logic->cas[nr], now, &out) && !cas_hidden(span))
			cas_is(span, nr, out.bits, out.frame);
}

static u64 cas_next(const struct tdm_span *span)
{
	u64 next = TDM_FRAME_NEVER;
	unsigned int nr;

	if (has_cas(span))
		for (nr = 0; nr < TDM_SLOTS_MAX; nr++)
			next = tdm_frame_first(next, tdm_debounce_next(&span->logic->cas[nr]));
	return next;
}

/* Consequent action: while the line is broken every slot looks blocked (Q.421 3.2, G.732 4.2.6). */
static void cas_hide(struct tdm_span *span, bool hide, u64 frame)
{
	unsigned int nr;

	if (!has_cas(span))
		return;
	for (nr = 1; nr < TDM_SLOTS_MAX; nr++)
		if (tdm_config_slots(&span->config) & BIT(nr))
			cas_is(span, nr, hide ? cas_blocked(span) : span->logic->cas[nr].stable, frame);
}

/* --- alarms ------------------------------------------------------------------------------------- */

static void send_rai(struct tdm_span *span, bool on)
{
	if (span->rai_sent == on)
		return;
	span->rai_sent = on;
	span->ops->set_rai(span, on);
}

static void tell_alarm(struct tdm_span *span, const struct tdm_alarm_out *out, u64 frame, u32 old)
{
	struct tdm_notice *notice = tdm_notice_new(TDM_NOTICE_ALARM);
	struct tdm_event event = {
		.type = TDM_EVENT_DEFECT,
		.value = span->defects,
		.old = old,
		.frame = frame,
	};

	if (notice) {
		notice->raised = out->raised;
		notice->cleared = out->cleared;
	}
	tdm_notice_queue(span, notice, frame);
	if (old != span->defects)
		tdm_private_add(span, &event, NULL);
}

static void do_alarm(struct tdm_span *span, const struct tdm_alarm_out *out, u64 frame)
{
	struct tdm_span_logic *logic = span->logic;
	u32 old = span->defects;

	if (out->actions_on & TDM_ACT_SEND_RAI)
		send_rai(span, true);
	if (out->actions_off & TDM_ACT_SEND_RAI)
		send_rai(span, false);
	if (out->actions_on & TDM_ACT_CAS_IDLE)
		cas_hide(span, true, frame);
	if (out->actions_off & TDM_ACT_CAS_IDLE)
		cas_hide(span, false, frame);
	span->defects = logic->alarm.defects;
	span->failures = logic->alarm.failures;
	logic->alarm_next = out->next;
	tdm_second_defects(span);
	if (old != span->defects || out->raised || out->cleared || out->actions_on ||
	    out->actions_off) {
		tell_alarm(span, out, frame, old);
		tdm_clock_kick(span->card);
	}
}

/* --- time --------------------------------------------------------------------------------------- */

/* Timers that end up to @frame, in their order: failures, then the second in which they lie. */
static void advance(struct tdm_span *span, u64 frame)
{
	struct tdm_span_logic *logic = span->logic;
	struct tdm_alarm_out out;

	for (;;) {
		u64 next = tdm_frame_first(logic->alarm_next, logic->second_end);

		if (!tdm_frame_reached(frame, next))
			break;
		if (next == logic->second_end) {
			tdm_second_over(span, frame);
		} else {
			tdm_alarm_advance(&logic->alarm, next, &out);
			do_alarm(span, &out, next);
		}
	}
}

static void slip(struct tdm_span *span, u64 frame, s32 frames)
{
	struct tdm_notice *notice = tdm_notice_new(TDM_NOTICE_SLIP);

	span->slips++;
	span->logic->second.slips++;
	span->logic->line.slips++;
	if (notice)
		notice->slip = frames;
	tdm_notice_queue(span, notice, frame);
}

static void gap(struct tdm_span *span, const struct tdm_report *report)
{
	struct tdm_notice *notice = tdm_notice_new(TDM_NOTICE_GAP);
	u32 tx_frames = (u32)report->slot * TDM_BLOCK_FRAMES;

	span->rx_gap_frames += report->value;
	span->tx_gap_frames += tx_frames;
	span->logic->line.gap_rx += report->value;
	span->logic->line.gap_tx += tx_frames;
	if (notice) {
		notice->gap_rx = report->value;
		notice->gap_tx = tx_frames;
	}
	tdm_notice_queue(span, notice, report->frame);
}

static void take_report(struct tdm_span *span, const struct tdm_report *report)
{
	struct tdm_alarm_out out;

	advance(span, report->frame);
	switch (report->kind) {
	case TDM_REPORT_DEFECTS:
		tdm_alarm_defects(&span->logic->alarm, report->frame, report->value, &out);
		do_alarm(span, &out, report->frame);
		break;
	case TDM_REPORT_CAS:
		cas_report(span, report);
		break;
	case TDM_REPORT_SLIP:
		slip(span, report->frame, report->value);
		break;
	case TDM_REPORT_GAP:
		gap(span, report);
		break;
	}
}

/* Reports were dropped: what they would have said in the end stands beside the FIFO. */
static void reread(struct tdm_span *span, u64 now)
{
	struct tdm_report report = { .frame = now };
	u8 cas[TDM_SLOTS_MAX];
	u32 defects, valid, slips, nr;
	unsigned long flags;
	bool overflow;

	spin_lock_irqsave(&span->state_lock, flags);
	overflow = span->reports_overflow;
	span->reports_overflow = false;
	defects = span->now_defects;
	valid = span->now_cas_valid;
	memcpy(cas, span->now_cas, sizeof(cas));
	slips = span->lost_slips;
	span->lost_slips = 0;
	spin_unlock_irqrestore(&span->state_lock, flags);
	if (!overflow)
		return;
	report.kind = TDM_REPORT_DEFECTS;
	report.value = defects;
	take_report(span, &report);
	report.kind = TDM_REPORT_CAS;
	for (nr = 0; nr < TDM_SLOTS_MAX; nr++) {
		report.slot = nr;
		report.value = cas[nr];
		if (valid & BIT(nr))
			take_report(span, &report);
	}
	span->slips += slips;
	span->logic->second.slips += slips;
	span->logic->line.slips += slips;
}

static void number_sentences(struct tdm_span *span)
{
	struct tdm_notice *notice, *next;
	unsigned long flags;
	LIST_HEAD(sentences);

	spin_lock_irqsave(&span->state_lock, flags);
	list_splice_init(&span->sentences, &sentences);
	spin_unlock_irqrestore(&span->state_lock, flags);
	list_for_each_entry_safe(notice, next, &sentences, node) {
		list_del(&notice->node);
		tdm_notice_queue(span, notice, tdm_card_rx_frame(span->card));
	}
}

/* Empties the FIFO. False: the outbox is full before, deliver and come back. */
static bool take_reports(struct tdm_span *span)
{
	struct tdm_report report;

	while (span->outbox_len <= TDM_OUTBOX - ROUND_ROOM) {
		if (!tdm_report_get(span, &report))
			return true;
		take_report(span, &report);
	}
	return false;
}

/* One round; span mutex held. True: there is more, deliver and come back. */
static bool run_round(struct tdm_span *span)
{
	struct tdm_span_logic *logic = span->logic;
	u64 now;

	number_sentences(span);
	if (span->gone || span->state != TDM_SPAN_UP)
		return false;
	/* Before the FIFO is seen empty: what comes later is not older than this. */
	now = tdm_card_rx_frame(span->card);
	if (!take_reports(span))
		return true;
	/* Bits are about to count as ones that have lasted: not if their end is on its way. */
	if (span->ops->settle && tdm_frame_reached(now, cas_next(span))) {
		span->ops->settle(span);
		if (!take_reports(span))
			return true;
	}
	reread(span, now);
	advance(span, now);
	cas_poll(span, now);
	return tdm_tick_due(span, tdm_frame_first(cas_next(span),
						  tdm_frame_first(logic->alarm_next,
								  logic->second_end)));
}

void tdm_span_work(struct work_struct *work)
{
	struct tdm_span *span = container_of(work, struct tdm_span, work);
	bool more;

	do {
		mutex_lock(&span->lock);
		more = run_round(span);
		mutex_unlock(&span->lock);
		tdm_private_flush(span);
		tdm_notice_flush(span);
	} while (more);
}

/* --- the span goes up and down --------------------------------------------------------------------- */

static void alarm_config(const struct tdm_span *span, struct tdm_alarm_config *config)
{
	tdm_alarm_config_default(config, span->config.fail_declare_ms, span->config.fail_clear_ms);
}

void tdm_logic_config(struct tdm_span *span)
{
	struct tdm_alarm_config config;

	lockdep_assert_held(&span->lock);
	alarm_config(span, &config);
	span->logic->alarm_next = tdm_alarm_set_config(&span->logic->alarm, &config);
	tdm_counters_config(span);
	tdm_span_kick(span);
}

void tdm_logic_start(struct tdm_span *span)
{
	struct tdm_span_logic *logic = span->logic;
	struct tdm_alarm_config config;
	u64 now = tdm_card_rx_frame(span->card);
	unsigned int nr;

	lockdep_assert_held(&span->lock);
	alarm_config(span, &config);
	tdm_alarm_init(&logic->alarm, &config, now);
	logic->alarm_next = TDM_FRAME_NEVER;
	for (nr = 0; nr < TDM_SLOTS_MAX; nr++) {
		span->slots[nr].cas_rx = span->slots[nr].cas_idle;
		tdm_debounce_init(&logic->cas[nr], TDM_MS_TO_FRAMES(CAS_PERSIST_MS),
				  span->slots[nr].cas_rx, now);
	}
	tdm_second_start(span, now);
}

void tdm_logic_stop(struct tdm_span *span)
{
	struct tdm_span_logic *logic = span->logic;

	lockdep_assert_held(&span->lock);
	logic->alarm_next = TDM_FRAME_NEVER;
	logic->second_end = TDM_FRAME_NEVER;
	span->defects = 0;
	span->failures = 0;
	span->rai_sent = false;
	tdm_perf_invalidate(&logic->near);
	tdm_perf_invalidate(&logic->far);
}
