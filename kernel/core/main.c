// SPDX-License-Identifier: GPL-2.0-only
/*
 * tdm.ko: brings the parts up in the order in which they need each other, and down in reverse.
 *
 * While this module is loaded only its users keep it: descriptors (the owner of /dev/tdm's file
 * operations), card drivers (they use its symbols) and requests in progress (the netlink family). So at
 * exit no card is registered and no client is left; some of them may still wait for a grace period.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include "core.h"

static int __init tdm_init(void)
{
	int ret;

	tdm_locks_declare();
	tdm_registry_init();
	ret = tdm_sysfs_init();
	if (ret)
		return ret;
	ret = tdm_chardev_init();
	if (ret)
		goto exit_sysfs;
	ret = tdm_nl_init();
	if (ret)
		goto exit_chardev;
	return 0;

exit_chardev:
	tdm_chardev_exit();
exit_sysfs:
	tdm_sysfs_exit();
	rcu_barrier();
	return ret;
}

static void __exit tdm_exit(void)
{
	tdm_nl_exit();
	tdm_chardev_exit();
	tdm_cards_exit();
	tdm_sysfs_exit();
	rcu_barrier();		/* callbacks of clients and paths are code of this module */
}

module_init(tdm_init);
module_exit(tdm_exit);
MODULE_DESCRIPTION("opentdm: E1 and T1 spans, timeslots and their users");
MODULE_AUTHOR("The opentdm project");
MODULE_LICENSE("GPL");
