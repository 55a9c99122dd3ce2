// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what a card takes its clock.
 *
 * The administrator lists ports in order of preference. A port is usable while its span is up, ticks, and
 * has none of LOS, LFA and AIS. The clock follows these rules (after G.781 5, without SSM):
 *
 *	the one in use fails	-> at once the first usable one; none: holdover, own oscillator
 *	holdover, one is usable	-> at once
 *	a better one is usable	-> after it has been so for restore_ms without a break (wait to restore)
 *	no port is listed	-> own oscillator, "internal"
 *
 * All is decided by one work item of the card, so changes and their events have one order. A driver that
 * refuses a source makes it unusable for a second.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include "core.h"

#define BAD_FOR_CLOCK	(TDM_ALARM_LOS | TDM_ALARM_LFA | TDM_ALARM_AIS)
#define NOT_YET		MAX_JIFFY_OFFSET

static bool port_usable(struct tdm_card *card, unsigned int port)
{
	struct tdm_span *span = tdm_card_span(card, port);
	bool usable;

	mutex_lock(&span->lock);
	usable = !span->gone && span->state == TDM_SPAN_UP && !span->stalled &&
		 !(span->defects & BAD_FOR_CLOCK);
	mutex_unlock(&span->lock);
	return usable;
}

static void look(struct tdm_card *card)
{
	struct tdm_clock *clock = &card->clock;
	u32 usable = 0;
	unsigned int i;

	for (i = 0; i < clock->config.n; i++) {
		unsigned int port = clock->config.ports[i];

		if (!port_usable(card, port))
			continue;
		usable |= BIT(port);
		if (!(clock->usable & BIT(port)))
			clock->good_since[port] = jiffies;
	}
	clock->usable = usable;
}

/* The port of rank @i: the preferred one, then the list. */
static unsigned int ranked(const struct tdm_clock_config *config, unsigned int i)
{
	if (!config->prefer)
		return config->ports[i];
	return i == 0 ? config->prefer : config->ports[i - 1];
}

/* The port to be clocked from, 0: none. *again: jiffies after which to ask again. */
static unsigned int choose(const struct tdm_clock *clock, unsigned long *again)
{
	const struct tdm_clock_config *config = &clock->config;
	unsigned int i, n = config->n + !!config->prefer;
	bool have = clock->port && (clock->usable & BIT(clock->port));

	for (i = 0; i < n; i++) {
		unsigned int port = ranked(config, i);
		unsigned long restore;

		if (!(clock->usable & BIT(port)))
			continue;
		if (!have || port == clock->port)
			return port;
		restore = clock->good_since[port] + msecs_to_jiffies(config->restore_ms);
		if (time_after_eq(jiffies, restore))
			return port;
		*again = min(*again, restore - jiffies);
	}
	return 0;
}

static u8 state_of(const struct tdm_clock *clock)
{
	if (clock->port)
		return TDM_CLOCK_LOCKED;
	return clock->config.n ? TDM_CLOCK_HOLDOVER : TDM_CLOCK_FREE;
}

static void clock_work(struct work_struct *work)
{
	struct tdm_card *card = container_of(work, struct tdm_card, clock.work.work);
	struct tdm_clock *clock = &card->clock;
	unsigned long again = NOT_YET;
	unsigned int port;
	bool changed = false;

	mutex_lock(&clock->lock);
	if (clock->stopped)
		goto unlock;
	look(card);
	port = choose(clock, &again);
	while (port != clock->port) {
		if (!card->ops->set_clock || !card->ops->set_clock(card, port) || !port) {
			clock->port = port;
			changed = true;
			break;
		}
		clock->usable &= ~BIT(port);
		again = min_t(unsigned long, again, HZ);
		port = choose(clock, &again);
	}
	if (clock->state != state_of(clock)) {
		clock->state = state_of(clock);
		changed = true;
	}
	if (changed)
		clock->changes++;
	if (again != NOT_YET)
		queue_delayed_work(card->wq, &clock->work, again + 1);
unlock:
	mutex_unlock(&clock->lock);
	if (changed)
		tdm_notice_card(card, TDM_NOTICE_CLOCK);
}

void tdm_clock_init(struct tdm_card *card)
{
	mutex_init(&card->clock.lock);
	tdm_lock_class(&card->clock.lock, TDM_LOCK_CARD_CLOCK);
	card->clock.state = TDM_CLOCK_FREE;
	card->clock.config.restore_ms = 10000;
	INIT_DELAYED_WORK(&card->clock.work, clock_work);
	INIT_DELAYED_WORK(&card->watchdog, tdm_watchdog);
}

/* Only while the span that calls is not gone, so never after tdm_clock_stop(). */
void tdm_clock_kick(struct tdm_card *card)
{
	mod_delayed_work(card->wq, &card->clock.work, 0);
}

void tdm_clock_stop(struct tdm_card *card)
{
	mutex_lock(&card->clock.lock);
	card->clock.stopped = true;
	mutex_unlock(&card->clock.lock);
	cancel_delayed_work_sync(&card->clock.work);
}

static int check(const struct tdm_card *card, const struct tdm_clock_config *config,
		 struct netlink_ext_ack *extack)
{
	bool prefer = !config->prefer;
	u32 seen = 0;
	unsigned int i;

	if (config->n > card->ports) {
		NL_SET_ERR_MSG(extack, "clock source: more sources than the card has ports");
		return -EINVAL;
	}
	for (i = 0; i < config->n; i++) {
		unsigned int port = config->ports[i];

		if (port < 1 || port > card->ports) {
			NL_SET_ERR_MSG(extack, "clock source: the card has no such port");
			return -EINVAL;
		}
		if (seen & BIT(port)) {
			NL_SET_ERR_MSG(extack, "clock source: a port is listed twice");
			return -EINVAL;
		}
		seen |= BIT(port);
		prefer |= config->prefer == port;
	}
	if (!prefer) {
		NL_SET_ERR_MSG(extack, "clock prefer: the port is not one of the clock sources");
		return -EINVAL;
	}
	return 0;
}

void tdm_clock_restore(struct tdm_card *card)
{
	struct tdm_clock *clock = &card->clock;

	mutex_lock(&clock->lock);
	if (!clock->stopped && card->ops->set_clock && card->ops->set_clock(card, clock->port)) {
		/* Its own then, until the work has chosen. */
		clock->port = 0;
		mod_delayed_work(card->wq, &clock->work, 0);
	}
	mutex_unlock(&clock->lock);
}

int tdm_clock_set(struct tdm_card *card, const struct tdm_clock_config *config,
		  struct netlink_ext_ack *extack)
{
	struct tdm_clock *clock = &card->clock;
	struct tdm_clock_config new;
	int ret;

	mutex_lock(&clock->lock);
	new = clock->config;
	if (config->n != TDM_CLOCK_KEEP) {
		new.n = config->n;
		memcpy(new.ports, config->ports, sizeof(new.ports));
	}
	if (config->prefer != TDM_CLOCK_KEEP)
		new.prefer = config->prefer;
	if (config->restore_ms != TDM_CLOCK_KEEP_MS)
		new.restore_ms = config->restore_ms;
	ret = check(card, &new, extack);
	if (ret)
		goto unlock;
	if (clock->stopped) {
		NL_SET_ERR_MSG(extack, "the card is gone");
		ret = -ENODEV;
	} else if (new.n && !card->ops->set_clock) {
		NL_SET_ERR_MSG(extack, "clock source: the card cannot take its clock from a port");
		ret = -EOPNOTSUPP;
	} else {
		clock->config = new;
		mod_delayed_work(card->wq, &clock->work, 0);
	}
unlock:
	mutex_unlock(&clock->lock);
	return ret;
}

/*
 * Once a second: has the card ticked? Runs on the card's queue. A card ticks as long as one of its spans is
 * up; two looks in a row with a running span and no tick between them mean that its clock is dead.
 */
void tdm_watchdog(struct work_struct *work)
{
	struct tdm_card *card = container_of(work, struct tdm_card, watchdog.work);
	unsigned long flags;
	bool running, stalled;
	unsigned int i;
	u64 ticks;

	spin_lock_irqsave(&card->tick_lock, flags);
	ticks = card->ticks;
	running = card->nrunning;
	spin_unlock_irqrestore(&card->tick_lock, flags);

	stalled = running && card->watchdog_ran && ticks == card->watchdog_ticks;
	card->watchdog_ran = running;
	card->watchdog_ticks = ticks;
	if (stalled || card->watchdog_stalled)
		for (i = 0; i < card->ports; i++)
			tdm_span_stall(&card->spans[i], stalled);
	card->watchdog_stalled = stalled;
	queue_delayed_work(card->wq, &card->watchdog, HZ);
}
