// SPDX-License-Identifier: GPL-2.0-only
/* Which calls can be made to fail, and with what; fail.h says how. */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "fail.h"

static const struct {
	const char *name;
	int error;
} calls[] = {
	[TE4XX_CALL_NONE] = { "none", 0 },
	[TE4XX_CALL_ENABLE] = { "enable", -EINVAL },
	[TE4XX_CALL_MAP] = { "map", -EBUSY },
	[TE4XX_CALL_MASK] = { "mask", -EIO },
	[TE4XX_CALL_DMA] = { "dma", -ENOMEM },
	[TE4XX_CALL_FIRMWARE] = { "firmware", -EIO },
	[TE4XX_CALL_IRQ] = { "irq", -EBUSY },
	[TE4XX_CALL_REGISTER] = { "register", -ENOSPC },
};

static atomic_t next = ATOMIC_INIT(TE4XX_CALL_NONE);

int te4xx_fails(enum te4xx_call call)
{
	if (atomic_cmpxchg(&next, call, TE4XX_CALL_NONE) != call)
		return 0;
	return calls[call].error;
}

static int set_fail(const char *text, const struct kernel_param *param)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!sysfs_streq(text, calls[i].name))
			continue;
		atomic_set(&next, i);
		return 0;
	}
	return -EINVAL;
}

/* The one that fails next stands first. */
static int get_fail(char *text, const struct kernel_param *param)
{
	int n = sysfs_emit(text, "%s\n", calls[atomic_read(&next)].name);
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(calls); i++)
		n += sysfs_emit_at(text, n, "%s\n", calls[i].name);
	return n;
}

static const struct kernel_param_ops fail_ops = { .set = set_fail, .get = get_fail };

module_param_cb(fail, &fail_ops, NULL, 0600);
MODULE_PARM_DESC(fail, "a call that fails, once (debug kernels)");
