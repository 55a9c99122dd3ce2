/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's side of vfio-user (QEMU docs/interop/vfio-user.rst): a card for one client.
 *
 * Messages come over a Unix stream socket, each with a header of 16 octets; descriptors come with the
 * message's first octet. The guest's memory is mapped from the descriptors of DMA_MAP.
 */
#ifndef EMULATOR_VFIO_USER_H
#define EMULATOR_VFIO_USER_H

#include "card.h"
#include "pci.h"

#define VFIO_USER_MAPS	64u

struct dma_map {
	u64 iova, size;
	u8 *at;			/* NULL: known, but no memory of the guest (a ROM) */
};

struct vfio_user {
	int listen_fd;
	int fd;			/* -1: no client yet */
	int irq_fd;		/* eventfd of INTx, -1: off */
	bool masked;		/* INTx was raised and not unmasked since */
	u64 interrupts;
	struct card *card;
	struct pci_config pci;
	struct dma_map maps[VFIO_USER_MAPS];
	u32 nmaps;
};

/** vfio_user_listen() - waits for the client at @path */
int vfio_user_listen(struct vfio_user *v, const char *path, const struct card_model *model);
/** vfio_user_poll_fd() - descriptor to wait at for vfio_user_ready() */
int vfio_user_poll_fd(const struct vfio_user *v);
/** vfio_user_ready() - serves one message; -ENOTCONN when the client has gone, -EPROTO for nonsense */
int vfio_user_ready(struct vfio_user *v);
void vfio_user_close(struct vfio_user *v);

/* For struct card_host, with the server as context. */
int vfio_user_dma_read(void *ctx, u64 addr, void *to, u32 len);
int vfio_user_dma_write(void *ctx, u64 addr, const void *from, u32 len);
void vfio_user_interrupt(void *ctx);

#endif /* EMULATOR_VFIO_USER_H */
