// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events on their way out.
 *
 * To everybody: a notice is numbered and queued under the span mutex, in the same hold as the change that
 * it tells, and sent by the span's work, of which there is one, in that order, with nothing held. So a
 * listener sees numbers without a gap (but for lack of memory, here or in its socket), and a snapshot's
 * event_seq says exactly which of them it contains.
 *
 * To an owner: private events gather in the span's outbox under the mutex and are delivered to the paths
 * by the same work, inside an RCU read section, with no lock held.
 */
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "core.h"

struct tdm_notice *tdm_notice_new(u8 type)
{
	struct tdm_notice *notice = kzalloc(sizeof(*notice), GFP_KERNEL);

	if (notice)
		notice->type = type;
	return notice;
}

void tdm_notice_queue(struct tdm_span *span, struct tdm_notice *notice, u64 frame)
{
	lockdep_assert_held(&span->lock);
	span->event_seq++;
	if (!notice)
		return;
	notice->seq = span->event_seq;
	notice->frame = frame;
	notice->time_ns = ktime_get_ns();
	notice->card_id = span->card->id;
	strscpy(notice->card_name, span->card->name, sizeof(notice->card_name));
	notice->port = span->port;
	notice->span_id = span->id;
	tdm_span_info(span, &notice->info);
	list_add_tail(&notice->node, &span->events);
	tdm_span_kick(span);
}

void tdm_notice_flush(struct tdm_span *span)
{
	struct tdm_notice *notice, *next;
	LIST_HEAD(events);

	mutex_lock(&span->lock);
	list_splice_init(&span->events, &events);
	mutex_unlock(&span->lock);
	list_for_each_entry_safe(notice, next, &events, node) {
		list_del(&notice->node);
		tdm_nl_send_event(notice);
		kfree(notice);
	}
}

/* NULL: no memory */
static struct tdm_notice *card_notice(struct tdm_card *card, u8 type)
{
	struct tdm_notice *notice = tdm_notice_new(type);

	if (!notice)
		return NULL;
	notice->time_ns = ktime_get_ns();
	notice->frame = tdm_card_rx_frame(card);
	notice->card_id = card->id;
	strscpy(notice->card_name, card->name, sizeof(notice->card_name));
	return notice;
}

void tdm_notice_card(struct tdm_card *card, u8 type)
{
	struct tdm_notice *notice = card_notice(card, type);

	if (!notice)
		return;
	mutex_lock(&card->clock.lock);
	notice->clock_state = card->clock.state;
	notice->clock_port = card->clock.port;
	mutex_unlock(&card->clock.lock);
	tdm_nl_send_event(notice);
	kfree(notice);
}

void tdm_card_notice(struct tdm_card *card, const char *sentence)
{
	struct tdm_notice *notice = card_notice(card, TDM_NOTICE_SENTENCE);

	if (!notice)
		return;
	strscpy(notice->sentence, sentence, sizeof(notice->sentence));
	tdm_nl_send_event(notice);
	kfree(notice);
}
EXPORT_SYMBOL_GPL(tdm_card_notice);

void tdm_private_add(struct tdm_span *span, const struct tdm_event *event,
		     const struct tdm_path *only)
{
	struct tdm_private *p;

	lockdep_assert_held(&span->lock);
	if (list_empty(&span->paths))
		return;
	if (span->outbox_len == TDM_OUTBOX) {
		/* The work could not keep up; say so in the last place, to all. */
		p = &span->outbox[TDM_OUTBOX - 1];
		p->event.value = p->event.type == TDM_EVENT_LOST ? p->event.value + 1 : 2;
		p->event.type = TDM_EVENT_LOST;
		p->only = NULL;
	} else {
		p = &span->outbox[span->outbox_len++];
		p->event = *event;
		p->only = only;
	}
	tdm_span_kick(span);
}

void tdm_private_flush(struct tdm_span *span)
{
	struct tdm_path *path;
	unsigned int i, n;

	mutex_lock(&span->lock);
	n = span->outbox_len;
	memcpy(span->delivery, span->outbox, n * sizeof(span->delivery[0]));
	span->outbox_len = 0;
	mutex_unlock(&span->lock);

	for (i = 0; i < n; i++) {
		struct tdm_private *p = &span->delivery[i];

		p->event.size = sizeof(p->event);
		p->event.time_ns = ktime_get_ns();
		rcu_read_lock();
		list_for_each_entry_rcu(path, &span->paths, node)
			if (!p->only || p->only == path)
				path->ops->event(path, &p->event);
		rcu_read_unlock();
	}
}
