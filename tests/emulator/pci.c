// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI Local Bus 3.0, 6.1: the fields that a type 0 device has, and which of them can be written. */
#include <linux/pci_regs.h>

#include "pci.h"

#define CLASS_COMMUNICATION_OTHER	0x078000u

static void put(u8 *at, u32 value, unsigned int len)
{
	while (len--) {
		*at++ = (u8)value;
		value >>= 8;
	}
}

void pci_config_init(struct pci_config *p, const struct card_model *model)
{
	memset(p, 0, sizeof(*p));
	put(p->bytes + PCI_VENDOR_ID, model->vendor, 2);
	put(p->bytes + PCI_DEVICE_ID, model->device, 2);
	put(p->bytes + PCI_REVISION_ID, 0, 1);
	put(p->bytes + PCI_CLASS_PROG, CLASS_COMMUNICATION_OTHER, 3);
	put(p->bytes + PCI_SUBSYSTEM_VENDOR_ID, model->subvendor, 2);
	put(p->bytes + PCI_INTERRUPT_PIN, 1, 1);
	put(p->writable + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
	    PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE, 2);
	put(p->writable + PCI_CACHE_LINE_SIZE, 0xffff, 2);
	put(p->writable + PCI_BASE_ADDRESS_0, ~(BAR0_SIZE - 1), 4);
	put(p->writable + PCI_INTERRUPT_LINE, 0xff, 1);
}

int pci_config_read(const struct pci_config *p, u64 offset, u8 *to, u32 len)
{
	if (offset > PCI_CONFIG_SIZE || len > PCI_CONFIG_SIZE - offset)
		return -EINVAL;
	memcpy(to, p->bytes + offset, len);
	return 0;
}

int pci_config_write(struct pci_config *p, u64 offset, const u8 *from, u32 len)
{
	u32 i;

	if (offset > PCI_CONFIG_SIZE || len > PCI_CONFIG_SIZE - offset)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		u8 mask = p->writable[offset + i];
		u8 *b = &p->bytes[offset + i];

		*b = (u8)((*b & ~mask) | (from[i] & mask));
	}
	return 0;
}
