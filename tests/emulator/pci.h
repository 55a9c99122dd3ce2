/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration space of a card: type 0, one memory BAR, INTA, no capabilities. */
#ifndef EMULATOR_PCI_H
#define EMULATOR_PCI_H

#include "card.h"

#define PCI_CONFIG_SIZE	256u

struct pci_config {
	u8 bytes[PCI_CONFIG_SIZE];
	u8 writable[PCI_CONFIG_SIZE];	/* masks */
};

void pci_config_init(struct pci_config *p, const struct card_model *model);
/** pci_config_read(), pci_config_write() - -EINVAL outside of the space */
int pci_config_read(const struct pci_config *p, u64 offset, u8 *to, u32 len);
int pci_config_write(struct pci_config *p, u64 offset, const u8 *from, u32 len);

#endif /* EMULATOR_PCI_H */
