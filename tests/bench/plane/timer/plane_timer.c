// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A timer that fires every millisecond and does nothing: what any driver of spans without a card's
 * interrupt must pay. In soft interrupt context, as the timer of the virtual cards is.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>

static struct hrtimer timer;

static enum hrtimer_restart fired(struct hrtimer *t)
{
	hrtimer_forward_now(t, ms_to_ktime(1));
	return HRTIMER_RESTART;
}

static int __init plane_timer_init(void)
{
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	timer.function = fired;
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_SOFT);
	return 0;
}

static void __exit plane_timer_exit(void)
{
	hrtimer_cancel(&timer);
}

module_init(plane_timer_init);
module_exit(plane_timer_exit);
MODULE_DESCRIPTION("an empty timer of 1 ms");
MODULE_LICENSE("GPL");
