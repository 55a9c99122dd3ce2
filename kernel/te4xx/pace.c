// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cards without a counter of blocks (generations 2 to 4): what was lost, from two witnesses.
 *
 *	framer		its one-second cause: 1000 blocks have passed on the line since the one before. Exact, but late, and
 *			off by one now and then: its second need not begin with a block, nor follow the same clock
 *	system clock	an interrupt that is a millisecond late has found its block overwritten. At once, but a guess: the
 *			clock is another one, and a line may stand still with the machine
 *
 * A block is lost when both say so.
 */
#include "logic.h"

#define BLOCK_NS	1000000U
#define LATE_MAX	(2000U * BLOCK_NS)	/* the core says itself that a card does not tick */
#define SECOND_BLOCKS	1000
#define DRIFT_DIVIDE	64		/* how fast the expected moment follows the moments that come */

void te4xx_pace_init(struct te4xx_pace *p)
{
	*p = (struct te4xx_pace){ .expected = 0 };
}

void te4xx_pace_block(struct te4xx_pace *p, u64 now)
{
	u32 late, missed;

	p->served++;
	/* The earliest are the truest: nothing makes an interrupt come before its time. */
	if (!p->expected || now <= p->expected) {
		p->expected = now + BLOCK_NS;
		return;
	}
	late = (u32)min_t(u64, now - p->expected, LATE_MAX);
	/* One that is surely late is so by whole blocks, whatever the jitter of this interrupt and the last. */
	missed = late < BLOCK_NS ? 0 : (late + BLOCK_NS / 2) / BLOCK_NS;
	p->suspected += missed;
	if (late == LATE_MAX)
		p->expected = now + BLOCK_NS;
	else
		p->expected += (u64)(late / BLOCK_NS + 1) * BLOCK_NS + late % BLOCK_NS / DRIFT_DIVIDE;
}

u32 te4xx_pace_second(struct te4xx_pace *p)
{
	u32 suspected = p->suspected + p->before;
	u32 lost = 0;

	if (p->counting && p->served < SECOND_BLOCKS)
		lost = min_t(u32, SECOND_BLOCKS - p->served, suspected);
	/* A loss in which the second ended is found half in this and half in the next one. */
	p->before = min_t(u32, p->suspected, suspected - lost);
	p->suspected = 0;
	p->served = 0;
	p->counting = true;
	return lost;
}
