// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers report: one FIFO a span, so that no pulse of a CAS bit and no short defect is lost between
 * two runs of the span's work, however late that runs.
 *
 * When the FIFO is full, a report is dropped and counted, but the latest state of everything is kept
 * beside it: the work reads that once it has emptied the FIFO, so nothing stays stuck at an old value.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include "core.h"

void tdm_span_kick(struct tdm_span *span)
{
	unsigned long flags;

	/* closed under the lock: once removal has set it, nobody queues the work any more. */
	spin_lock_irqsave(&span->state_lock, flags);
	if (!span->closed)
		queue_work(span->wq, &span->work);
	spin_unlock_irqrestore(&span->state_lock, flags);
}

static void note_latest(struct tdm_span *span, const struct tdm_report *report)
{
	switch (report->kind) {
	case TDM_REPORT_DEFECTS:
		span->now_defects = report->value;
		break;
	case TDM_REPORT_CAS:
		span->now_cas[report->slot] = report->value;
		span->now_cas_valid |= BIT(report->slot);
		break;
	}
}

static void note_lost(struct tdm_span *span, const struct tdm_report *report)
{
	span->reports_lost++;
	span->reports_overflow = true;
	if (report->kind == TDM_REPORT_SLIP)
		span->lost_slips++;
}

void tdm_report_put(struct tdm_span *span, const struct tdm_report *report)
{
	unsigned long flags;

	spin_lock_irqsave(&span->state_lock, flags);
	if (span->accepting) {
		note_latest(span, report);
		if (!kfifo_put(&span->reports, *report))
			note_lost(span, report);
		queue_work(span->wq, &span->work);
	}
	spin_unlock_irqrestore(&span->state_lock, flags);
}

bool tdm_report_get(struct tdm_span *span, struct tdm_report *report)
{
	unsigned long flags;
	bool got;

	spin_lock_irqsave(&span->state_lock, flags);
	got = kfifo_get(&span->reports, report);
	spin_unlock_irqrestore(&span->state_lock, flags);
	return got;
}

void tdm_report_accept(struct tdm_span *span, bool on)
{
	unsigned long flags;

	lockdep_assert_held(&span->lock);
	spin_lock_irqsave(&span->state_lock, flags);
	span->accepting = on;
	kfifo_reset(&span->reports);
	span->reports_overflow = false;
	span->now_defects = 0;
	span->now_cas_valid = 0;
	span->lost_slips = 0;
	spin_unlock_irqrestore(&span->state_lock, flags);
}

void tdm_report_close(struct tdm_span *span)
{
	unsigned long flags;

	spin_lock_irqsave(&span->state_lock, flags);
	span->accepting = false;
	span->closed = true;
	spin_unlock_irqrestore(&span->state_lock, flags);
}

void tdm_span_defects(struct tdm_span *span, u64 frame, u32 defects)
{
	struct tdm_report report = {
		.frame = frame,
		.kind = TDM_REPORT_DEFECTS,
		.value = defects & TDM_ALARM_ALL,
	};

	tdm_report_put(span, &report);
}
EXPORT_SYMBOL_GPL(tdm_span_defects);

void tdm_span_cas(struct tdm_span *span, u64 frame, unsigned int slot, u8 abcd)
{
	struct tdm_report report = {
		.frame = frame,
		.kind = TDM_REPORT_CAS,
		.slot = slot,
		.value = abcd & 0xf,
	};

	if (slot < TDM_SLOTS_MAX)
		tdm_report_put(span, &report);
}
EXPORT_SYMBOL_GPL(tdm_span_cas);

void tdm_span_slip(struct tdm_span *span, u64 frame, int frames)
{
	struct tdm_report report = {
		.frame = frame,
		.kind = TDM_REPORT_SLIP,
		.value = frames,
	};

	tdm_report_put(span, &report);
}
EXPORT_SYMBOL_GPL(tdm_span_slip);

void tdm_span_notice(struct tdm_span *span, const char *sentence)
{
	struct tdm_notice *notice = tdm_notice_new(TDM_NOTICE_SENTENCE);
	unsigned long flags;

	if (!notice)
		return;
	strscpy(notice->sentence, sentence, sizeof(notice->sentence));
	/* Not under the span mutex: the caller may be an op, under it already. The work numbers it. */
	spin_lock_irqsave(&span->state_lock, flags);
	if (!span->closed) {
		list_add_tail(&notice->node, &span->sentences);
		queue_work(span->wq, &span->work);
		notice = NULL;
	}
	spin_unlock_irqrestore(&span->state_lock, flags);
	kfree(notice);
}
EXPORT_SYMBOL_GPL(tdm_span_notice);
