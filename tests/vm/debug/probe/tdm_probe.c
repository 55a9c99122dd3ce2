// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults on purpose, one for each detector of the debug kernel: what is written to the parameter
 * "fault" names the one to commit. A detector that says nothing then is not on.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);
static void __rcu *shared;

/* The compiler must neither see nor drop what is wrong with an access. */
static noinline void poke(u8 *p, size_t at)
{
	OPTIMIZER_HIDE_VAR(p);
	((volatile u8 *)p)[at] = 1;
}

static void leak(void)
{
	void *lost = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
}

static void failslab(void)
{
	void *p;

	WRITE_ONCE(current->fail_nth, 1);
	p = kmalloc(100, GFP_ATOMIC);
	WRITE_ONCE(current->fail_nth, 0);
	pr_info("tdm_probe: the allocation %s\n", p ? "was given" : "was refused");
	kfree(p);
}

static void nothing(struct timer_list *t)
{
}

static void odebug(void)
{
	struct timer_list *t = kmalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return;
	timer_setup(t, nothing, 0);
	mod_timer(t, jiffies + 3600 * HZ);
	kfree(t);
}

static void shift(void)
{
	int by = 40, value = 1;

	OPTIMIZER_HIDE_VAR(by);
	value <<= by;
	OPTIMIZER_HIDE_VAR(value);
}

static void atomic(void)
{
	spin_lock(&first);
	kfree(kmalloc(100, GFP_KERNEL));
	spin_unlock(&first);
}

static void rcu(void)
{
	void *p = rcu_dereference(shared);

	OPTIMIZER_HIDE_VAR(p);
}

static void inversion(void)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);

	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
}

static void bounds(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	if (p)
		poke(p, 100);
	kfree(p);
}

static void freed(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	if (p)
		poke(p, 10);
}

static void stack(void)
{
	u8 here[16] = { 0 };

	poke(here, 17);
}

static void virtual(void)
{
	u8 *p = vmalloc(PAGE_SIZE + 8);

	if (p)
		poke(p, PAGE_SIZE + 8);
	vfree(p);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "leak", leak }, { "failslab", failslab }, { "odebug", odebug }, { "shift", shift },
	{ "atomic", atomic }, { "rcu", rcu }, { "inversion", inversion }, { "bounds", bounds },
	{ "freed", freed }, { "stack", stack }, { "virtual", virtual },
};

static int fault_set(const char *text, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(text, faults[i].name)) {
			faults[i].commit();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops fault_ops = { .set = fault_set };

module_param_cb(fault, &fault_ops, NULL, 0200);
MODULE_PARM_DESC(fault, "the fault to commit");

MODULE_DESCRIPTION("opentdm's rig: faults that the debug kernel must notice");
MODULE_LICENSE("GPL");
