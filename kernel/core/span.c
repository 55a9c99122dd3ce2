// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spans: what they may be configured as, up and down, and how others see them.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include "core.h"
#include "pure/cas.h"
#include "pure/law.h"

/* --- configuration ------------------------------------------------------------------------------ */

/* What goes together: G.704 2.3 and G.703 11 (E1), T1.403 and T1.102 (T1), JT-G704 (J1). */
static const struct {
	u32 framings, codes;
	u8 lbo_max;
	const char *framing, *code, *lbo;
} types[] = {
	[TDM_TYPE_E1] = {
		BIT(TDM_FRAMING_UNFRAMED) | BIT(TDM_FRAMING_FAS) | BIT(TDM_FRAMING_CRC4),
		BIT(TDM_CODE_AMI) | BIT(TDM_CODE_HDB3), 1,
		"framing: an E1 span can be unframed, FAS or CRC-4",
		"line code: an E1 span can have AMI or HDB3",
		"lbo: an E1 span has 0 (120 ohm) or 1 (75 ohm)",
	},
	[TDM_TYPE_T1] = {
		BIT(TDM_FRAMING_D4) | BIT(TDM_FRAMING_ESF),
		BIT(TDM_CODE_AMI) | BIT(TDM_CODE_B8ZS), 7,
		"framing: a T1 span can be D4 or ESF",
		"line code: a T1 span can have AMI or B8ZS",
		"lbo: a T1 span has 0 to 7",
	},
	[TDM_TYPE_J1] = {
		BIT(TDM_FRAMING_D4) | BIT(TDM_FRAMING_ESF),
		BIT(TDM_CODE_AMI) | BIT(TDM_CODE_B8ZS), 7,
		"framing: a J1 span can be D4 or ESF",
		"line code: a J1 span can have AMI or B8ZS",
		"lbo: a J1 span has 0 to 7",
	},
};

#define FAIL_MS_MAX	OPENTDM_FAIL_MS_MAX

/* NL_SET_ERR_MSG() wants a literal. */
static int refuse(struct netlink_ext_ack *extack, const char *sentence, int error)
{
	if (extack)
		extack->_msg = sentence;
	return error;
}

int tdm_config_check(const struct tdm_span_config *config, u32 can, struct netlink_ext_ack *extack)
{
	if (config->type >= ARRAY_SIZE(types) || !(can & BIT(config->type)))
		return refuse(extack, "type: the port cannot be a span of this type", -EINVAL);
	if (config->framing > TDM_FRAMING_ESF || !(types[config->type].framings & BIT(config->framing)))
		return refuse(extack, types[config->type].framing, -EINVAL);
	if (config->line_code > TDM_CODE_B8ZS || !(types[config->type].codes & BIT(config->line_code)))
		return refuse(extack, types[config->type].code, -EINVAL);
	if (config->signalling > TDM_SIGNALLING_CAS)
		return refuse(extack, "signalling: there is none, CCS and CAS", -EINVAL);
	if (config->signalling == TDM_SIGNALLING_CAS && config->framing == TDM_FRAMING_UNFRAMED)
		return refuse(extack, "signalling: CAS needs a framed span", -EINVAL);
	if (config->loopback > TDM_LOOP_PAYLOAD)
		return refuse(extack, "loopback: there is none, local, line and payload", -EINVAL);
	if (config->lbo > types[config->type].lbo_max)
		return refuse(extack, types[config->type].lbo, -EINVAL);
	if (config->fail_declare_ms > FAIL_MS_MAX)
		return refuse(extack, "fail declare: 0 to 30000 milliseconds", -EINVAL);
	if (config->fail_clear_ms > FAIL_MS_MAX)
		return refuse(extack, "fail clear: 0 to 30000 milliseconds", -EINVAL);
	return 0;
}

u32 tdm_config_slots(const struct tdm_span_config *config)
{
	if (config->type != TDM_TYPE_E1)
		return GENMASK(TDM_T1_SLOTS, 1);
	if (config->framing == TDM_FRAMING_UNFRAMED)
		return ~0U;
	/* G.704 5.1.3.2: slot 16 carries the ABCD of all others. */
	return config->signalling == TDM_SIGNALLING_CAS ? ~0x10001U : ~1U;
}

u8 tdm_config_idle(const struct tdm_span_config *config)
{
	return tdm_law_idle(config->type == TDM_TYPE_E1 ? TDM_LAW_ALAW : TDM_LAW_ULAW);
}

static u8 cas_idle(const struct tdm_span_config *config)
{
	return config->type == TDM_TYPE_E1 ? TDM_CAS_E1_IDLE : TDM_CAS_T1_IDLE;
}

/* --- life --------------------------------------------------------------------------------------- */

int tdm_span_init(struct tdm_span *span, struct tdm_card *card, unsigned int port)
{
	span->card = card;
	span->port = port;
	mutex_init(&span->lock);
	tdm_lock_class(&span->lock, TDM_LOCK_SPAN_MUTEX);
	spin_lock_init(&span->state_lock);
	tdm_lock_class(&span->state_lock, TDM_LOCK_SPAN_STATE);
	INIT_LIST_HEAD(&span->paths);
	INIT_LIST_HEAD(&span->events);
	INIT_LIST_HEAD(&span->sentences);
	INIT_KFIFO(span->reports);
	INIT_WORK(&span->work, tdm_span_work);
	span->tick.work_due = U64_MAX;
	span->wq = alloc_ordered_workqueue("tdm_%s_%u", WQ_HIGHPRI, card->prefix, port);
	if (!span->wq)
		return -ENOMEM;
	return tdm_logic_init(span);
}

void tdm_span_drain(struct tdm_span *span)
{
	lockdep_assert_not_held(&span->lock);
	drain_workqueue(span->wq);
}

void tdm_span_free(struct tdm_span *span)
{
	struct tdm_notice *notice, *next;

	if (span->wq)
		destroy_workqueue(span->wq);
	list_splice_init(&span->sentences, &span->events);
	list_for_each_entry_safe(notice, next, &span->events, node)
		kfree(notice);
	kfree(span->tick.rx_paths);
	tdm_logic_free(span);
}

int tdm_card_init_port(struct tdm_card *card, unsigned int port, const struct tdm_span_ops *ops,
		       const struct tdm_span_config *initial, u32 can, void *priv)
{
	struct tdm_span *span = tdm_card_span(card, port);
	int ret;

	if (!span || !ops || !ops->configure || !ops->start || !ops->stop || !ops->set_rai ||
	    !ops->rx_block || !ops->tx_block)
		return -EINVAL;
	ret = tdm_config_check(initial, can, NULL);
	if (ret)
		return ret;
	mutex_lock(&span->lock);
	span->ops = ops;
	span->priv = priv;
	span->types = can;
	span->config = *initial;
	tdm_idle_init(span);
	tdm_logic_config(span);
	mutex_unlock(&span->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(tdm_card_init_port);

void tdm_idle_init(struct tdm_span *span)
{
	unsigned long flags;
	unsigned int i;

	lockdep_assert_held(&span->lock);
	for (i = 0; i < TDM_SLOTS_MAX; i++) {
		span->slots[i].cas_idle = cas_idle(&span->config);
		span->slots[i].cas_tx = span->slots[i].cas_idle;
		span->slots[i].cas_rx = span->slots[i].cas_idle;
	}
	spin_lock_irqsave(&span->card->tick_lock, flags);
	memset(span->tick.idle, tdm_config_idle(&span->config), sizeof(span->tick.idle));
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
}

static void tell_paths(struct tdm_span *span, int state)
{
	struct tdm_path *path;
	struct tdm_event event = {
		.type = state == TDM_PATH_GONE ? TDM_EVENT_GONE : TDM_EVENT_SPAN_STATE,
		.value = state == TDM_PATH_UP,
		.old = state == TDM_PATH_DOWN,
		.frame = tdm_card_rx_frame(span->card),
	};

	lockdep_assert_held(&span->lock);
	list_for_each_entry(path, &span->paths, node)
		path->ops->state(path, state);
	tdm_private_add(span, &event, NULL);
}

/* --- up and down ---------------------------------------------------------------------------------- */

static int span_up(struct tdm_span *span, struct netlink_ext_ack *extack)
{
	unsigned int slot;
	int ret;

	/* Before start, for the framer may report as soon as it runs. */
	tdm_report_accept(span, true);
	tdm_logic_start(span);
	ret = span->ops->start(span, extack);
	if (ret) {
		tdm_report_accept(span, false);
		tdm_logic_stop(span);
		return ret;
	}
	span->state = TDM_SPAN_UP;
	span->stalled = false;
	if (span->config.signalling == TDM_SIGNALLING_CAS && span->ops->set_cas)
		for (slot = 1; slot < TDM_SLOTS_MAX; slot++)
			if (tdm_config_slots(&span->config) & BIT(slot))
				span->ops->set_cas(span, slot, span->slots[slot].cas_tx);
	tdm_tick_run(span, true);
	tell_paths(span, TDM_PATH_UP);
	return 0;
}

static void span_down(struct tdm_span *span)
{
	tdm_tick_run(span, false);
	span->ops->stop(span);
	tdm_report_accept(span, false);
	span->state = TDM_SPAN_DOWN;
	span->stalled = false;
	tdm_logic_stop(span);
}

void tdm_span_gone(struct tdm_span *span)
{
	unsigned long flags;

	mutex_lock(&span->lock);
	span->gone = true;		/* first: nobody is to see a span that is merely down */
	if (span->state == TDM_SPAN_UP)
		span_down(span);
	spin_lock_irqsave(&span->card->tick_lock, flags);
	tdm_tick_rebuild(span);
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
	tell_paths(span, TDM_PATH_GONE);
	/* The last kick was in there: the work still runs for what is queued, and is then never queued again. */
	tdm_report_close(span);
	mutex_unlock(&span->lock);
}

void tdm_span_stall(struct tdm_span *span, bool stalled)
{
	struct tdm_notice *notice = tdm_notice_new(TDM_NOTICE_SENTENCE);

	mutex_lock(&span->lock);
	if (span->gone || span->state != TDM_SPAN_UP || span->stalled == stalled) {
		mutex_unlock(&span->lock);
		kfree(notice);
		return;
	}
	span->stalled = stalled;
	if (notice)
		strscpy(notice->sentence, stalled ?
			"The card has not ticked for a second: its clock is dead." :
			"The card ticks again.", sizeof(notice->sentence));
	tdm_notice_queue(span, notice, tdm_card_rx_frame(span->card));
	tell_paths(span, stalled ? TDM_PATH_DOWN : TDM_PATH_UP);
	tdm_clock_kick(span->card);
	mutex_unlock(&span->lock);
}

/* --- changes by the administrator ------------------------------------------------------------------ */

static void merge(struct tdm_span_config *to, const struct tdm_span_change *change)
{
	const struct tdm_span_config *from = &change->config;

	if (change->mask & TDM_CHANGE_TYPE)
		to->type = from->type;
	if (change->mask & TDM_CHANGE_FRAMING)
		to->framing = from->framing;
	if (change->mask & TDM_CHANGE_LINE_CODE)
		to->line_code = from->line_code;
	if (change->mask & TDM_CHANGE_SIGNALLING)
		to->signalling = from->signalling;
	if (change->mask & TDM_CHANGE_LOOPBACK)
		to->loopback = from->loopback;
	if (change->mask & TDM_CHANGE_LBO)
		to->lbo = from->lbo;
	if (change->mask & TDM_CHANGE_FAIL_DECLARE)
		to->fail_declare_ms = from->fail_declare_ms;
	if (change->mask & TDM_CHANGE_FAIL_CLEAR)
		to->fail_clear_ms = from->fail_clear_ms;
}

static u32 slots_in_use(const struct tdm_span *span)
{
	const struct tdm_path *path;
	unsigned int slot;
	u32 used = 0;

	list_for_each_entry(path, &span->paths, node)
		used |= path->rx_slots | path->tx_slots;
	for (slot = 0; slot < TDM_SLOTS_MAX; slot++)
		if (span->slots[slot].connect)
			used |= BIT(slot);
	return used;
}

/* What differs so that the framer must be told, and the span be down for it. */
static bool line_differs(const struct tdm_span_config *a, const struct tdm_span_config *b)
{
	return a->type != b->type || a->framing != b->framing || a->line_code != b->line_code ||
	       a->signalling != b->signalling || a->lbo != b->lbo;
}

static int check_change(const struct tdm_span *span, const struct tdm_span_config *new,
			struct netlink_ext_ack *extack)
{
	const struct tdm_span_config *old = &span->config;
	u32 used = slots_in_use(span);
	int ret = tdm_config_check(new, span->types, extack);

	if (ret)
		return ret;
	if (span->state == TDM_SPAN_UP && line_differs(old, new))
		return refuse(extack, "the span is up: take it down to change type, framing, line code, signalling or lbo",
			      -EBUSY);
	if (used && old->type != new->type)
		return refuse(extack, "type: slots of the span are in use", -EBUSY);
	if (used & ~tdm_config_slots(new))
		return refuse(extack, "framing, signalling: a slot is in use that the span would not have then",
			      -EBUSY);
	if (span->state == TDM_SPAN_UP && old->loopback != new->loopback && !span->ops->set_loopback)
		return refuse(extack, "loopback: the card cannot change it while the span is up", -EOPNOTSUPP);
	return 0;
}

/* The driver takes over @new, which differs from the present configuration; nothing changed on error. */
static int take_config(struct tdm_span *span, const struct tdm_span_config *new,
		       struct netlink_ext_ack *extack)
{
	struct tdm_span_config old = span->config;
	bool loop = old.loopback != new->loopback;
	unsigned long flags;
	int ret = 0;

	if (span->state == TDM_SPAN_UP) {
		if (loop)
			ret = span->ops->set_loopback(span, new->loopback, extack);
	} else if (loop || line_differs(&old, new)) {
		ret = span->ops->configure(span, new, extack);
	}
	if (ret)
		return ret;
	spin_lock_irqsave(&span->card->tick_lock, flags);
	span->config = *new;
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
	if (old.type != new->type)
		tdm_idle_init(span);
	tdm_logic_config(span);
	return 0;
}

static int apply(struct tdm_span *span, const struct tdm_span_config *new, u8 state,
		 struct netlink_ext_ack *extack)
{
	struct tdm_span_config old = span->config;
	int ret = take_config(span, new, extack);

	if (ret)
		return ret;
	if (state == span->state)
		return 0;
	if (state == TDM_SPAN_DOWN) {
		span_down(span);
		tell_paths(span, TDM_PATH_DOWN);
		return 0;
	}
	ret = span_up(span, extack);
	/* Wholly or not at all: what worked before is asked for again. */
	if (ret)
		WARN_ON_ONCE(take_config(span, &old, NULL));
	return ret;
}

int tdm_span_set(struct tdm_span *span, const struct tdm_span_change *change,
		 struct netlink_ext_ack *extack)
{
	struct netlink_ext_ack unseen = {};
	struct tdm_span_config new;
	struct tdm_notice *notice;
	u8 state;
	int ret;

	if (!extack)
		extack = &unseen;	/* ops may rely on it */
	notice = tdm_notice_new(TDM_NOTICE_SPAN);
	if (!notice)
		return -ENOMEM;
	mutex_lock(&span->lock);
	ret = span->gone ? refuse(extack, "the card is gone", -ENODEV) : 0;
	if (ret)
		goto unlock;
	new = span->config;
	merge(&new, change);
	state = change->mask & TDM_CHANGE_STATE ? change->state : span->state;
	ret = state > TDM_SPAN_UP ? refuse(extack, "state: a span is down or up", -EINVAL) :
	      check_change(span, &new, extack);
	if (ret)
		goto unlock;
	if (state == span->state && !memcmp(&new, &span->config, sizeof(new)))
		goto unlock;		/* nothing to do, nothing to tell */
	ret = apply(span, &new, state, extack);
	if (ret)
		goto unlock;
	tdm_notice_queue(span, notice, tdm_card_rx_frame(span->card));
	notice = NULL;
	tdm_clock_kick(span->card);
unlock:
	mutex_unlock(&span->lock);
	kfree(notice);
	return ret;
}
