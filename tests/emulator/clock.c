// SPDX-License-Identifier: GPL-2.0-or-later
/* Line time; clock.h says how. */
#include <time.h>

#include "clock.h"

#define NS_PER_MS	1000000ull
#define IDLE_MS		20u		/* fewer than may be made up for */

u64 clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

void clock_init(struct clock *k, struct card *card, bool real_time)
{
	unsigned int i;

	k->card = card;
	k->real_time = real_time;
	k->next = clock_now() + NS_PER_MS;
	for (i = 0; i < CARD_UNITS; i++)
		card->lines[i].real_time = real_time;
}

/* The guest, a far end or whoever gives grants is behind. */
static bool held(const struct clock *k)
{
	return !k->real_time && (card_waiting(k->card) || !card_may_tick(k->card));
}

/* Nobody waits for its milliseconds: a machine with many cards then has time for those that run. */
static bool idle(const struct clock *k)
{
	unsigned int i;

	for (i = 0; i < k->card->model->ports; i++)
		if (k->card->lines[i].joint == LINE_SOCKET)
			return false;
	return !card_running(k->card);
}

u64 clock_timeout(const struct clock *k, u64 now)
{
	u64 next = k->next + (idle(k) ? IDLE_MS * NS_PER_MS : 0);

	/* Held, it looks again each millisecond whether an interrupt got lost on its way. */
	return next > now ? next - now : held(k) ? NS_PER_MS : 0;
}

void clock_run(struct clock *k, u64 now)
{
	struct card *c = k->card;

	while (now >= k->next) {
		if (held(k)) {
			if (now < k->next + NS_PER_MS)
				return;
			k->next = now;
			if (card_interrupt_level(c) && !c->reported)
				c->host.interrupt(c->host.ctx);
			return;
		}
		card_tick(c);
		if (k->real_time || idle(k)) {
			k->next += NS_PER_MS - (u64)(s64)c->lines[0].ppm;
			if (now > k->next + CLOCK_CATCH_UP * NS_PER_MS)
				k->next = now;
		} else {
			k->next = now + NS_PER_MS;
		}
	}
}
