/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernels, each by its feature: TDM_HAVE_x comes from probe.mk. The names
 * here are those of the newest kernel, so that this file only ever shrinks.
 */
#ifndef TDM_COMPAT_H
#define TDM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>

#ifndef TDM_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#ifndef TDM_HAVE_VM_FLAGS_CLEAR
static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#endif /* TDM_COMPAT_H */
