// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While this module is loaded, system sleep passes the machine's virtio devices by: its root, its console and its way
 * to the host are on them, and some do not survive it. All other devices sleep and wake as they would.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

static int mark(struct device *dev, void *awake)
{
	dev_pm_syscore_device(dev, *(bool *)awake);
	return device_for_each_child(dev, awake, mark);
}

static void mark_virtio(bool awake)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_ANY_ID, pdev)))
		mark(&pdev->dev, &awake);
}

static int __init awake_init(void)
{
	mark_virtio(true);
	return 0;
}

static void __exit awake_exit(void)
{
	mark_virtio(false);
}

module_init(awake_init);
module_exit(awake_exit);
MODULE_DESCRIPTION("opentdm tests: the machine's own devices do not sleep");
MODULE_LICENSE("GPL");
