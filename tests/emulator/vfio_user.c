// SPDX-License-Identifier: GPL-2.0-or-later
/* The protocol, and the map of the guest's memory. */
#include <linux/vfio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vfio_user.h"

enum {
	CMD_VERSION = 1, CMD_DMA_MAP, CMD_DMA_UNMAP, CMD_INFO, CMD_REGION_INFO, CMD_REGION_FDS,
	CMD_IRQ_INFO, CMD_SET_IRQS, CMD_READ, CMD_WRITE, CMD_DMA_READ, CMD_DMA_WRITE, CMD_RESET,
	CMD_DIRTY, CMD_COUNT
};

#define FLAG_REPLY	BIT(0)
#define FLAG_TYPE	0x0fu
#define FLAG_NO_REPLY	BIT(4)
#define FLAG_ERROR	BIT(5)
#define DMA_PROT_READ	BIT(0)
#define DMA_PROT_WRITE	BIT(1)
#define DMA_UNMAP_ALL	BIT(1)
#define MAX_PAYLOAD	4096u
#define MAX_FDS		8u
#define REGIONS		(VFIO_PCI_VGA_REGION_INDEX + 1)
#define IRQS		(VFIO_PCI_REQ_IRQ_INDEX + 1)

struct header {
	u16 id, command;
	u32 size, flags, error;
};

struct map_request {
	u32 argsz, flags;
	u64 offset, iova, size;
};

struct unmap_request {
	u32 argsz, flags;
	u64 iova, size;
};

struct info { u32 argsz, flags, regions, irqs; };
struct irq_info { u32 argsz, flags, index, count; };
struct irq_set { u32 argsz, flags, index, start, count; };

struct region_info {
	u32 argsz, flags, index, cap_offset;
	u64 size, offset;
};

struct access {
	u64 offset;
	u32 region, count;
};

/* A request, and its reply in the same place. */
struct message {
	struct header h;
	u8 body[MAX_PAYLOAD];
	u32 len;			/* of body: request, then reply */
	int fds[MAX_FDS];
	u32 nfds;
};

int vfio_user_listen(struct vfio_user *v, const char *path, const struct card_model *model)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int ret;

	v->fd = -1;
	v->irq_fd = -1;
	v->nmaps = 0;
	pci_config_init(&v->pci, model);
	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	v->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (v->listen_fd < 0)
		return -errno;
	unlink(path);
	if (bind(v->listen_fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(v->listen_fd, 1)) {
		ret = -errno;
		close(v->listen_fd);
		return ret;
	}
	return 0;
}

static void unmap(struct vfio_user *v, u32 i)
{
	if (v->maps[i].at)
		munmap(v->maps[i].at, v->maps[i].size);
	v->maps[i] = v->maps[--v->nmaps];
}

static void drop_client(struct vfio_user *v)
{
	while (v->nmaps)
		unmap(v, 0);
	if (v->irq_fd >= 0)
		close(v->irq_fd);
	if (v->fd >= 0)
		close(v->fd);
	v->irq_fd = -1;
	v->fd = -1;
}

void vfio_user_close(struct vfio_user *v)
{
	drop_client(v);
	close(v->listen_fd);
}

int vfio_user_poll_fd(const struct vfio_user *v)
{
	return v->fd >= 0 ? v->fd : v->listen_fd;
}

static u8 *find(struct vfio_user *v, u64 addr, u32 len)
{
	u32 i;

	for (i = 0; i < v->nmaps; i++) {
		struct dma_map *m = &v->maps[i];

		if (m->at && addr >= m->iova && len <= m->size && addr - m->iova <= m->size - len)
			return m->at + (addr - m->iova);
	}
	return NULL;
}

int vfio_user_dma_read(void *ctx, u64 addr, void *to, u32 len)
{
	u8 *at = find(ctx, addr, len);

	if (!at)
		return -EFAULT;
	memcpy(to, at, len);
	return 0;
}

int vfio_user_dma_write(void *ctx, u64 addr, const void *from, u32 len)
{
	u8 *at = find(ctx, addr, len);

	if (!at)
		return -EFAULT;
	memcpy(at, from, len);
	return 0;
}

void vfio_user_interrupt(void *ctx)
{
	struct vfio_user *v = ctx;
	const u64 one = 1;

	/* The client masks INTx by itself when it is told of one, until the guest touches the BAR. */
	if (v->irq_fd < 0 || v->masked)
		return;
	v->masked = true;
	v->interrupts++;
	if (write(v->irq_fd, &one, sizeof(one)) != sizeof(one))
		v->masked = false;
}

/* Handlers: the body holds the request and gets the reply, m->len its length; negative errno. */

static int do_version(struct vfio_user *v, struct message *m)
{
	static const char caps[] = "{\"capabilities\":{\"max_msg_fds\":8}}";

	(void)v;
	if (m->len < 4)
		return -EINVAL;
	/* The proposed version is taken as it is. */
	memcpy(m->body + 4, caps, sizeof(caps));
	m->len = 4 + sizeof(caps);
	return 0;
}

static int do_map(struct vfio_user *v, struct message *m)
{
	const struct map_request *r = (const void *)m->body;
	int prot = 0;
	void *at = NULL;

	if (m->len < sizeof(*r))
		return -EINVAL;
	if (v->nmaps == VFIO_USER_MAPS)
		return -ENOSPC;
	if (m->nfds) {
		if (r->flags & DMA_PROT_READ)
			prot |= PROT_READ;
		if (r->flags & DMA_PROT_WRITE)
			prot |= PROT_WRITE;
		at = mmap(NULL, r->size, prot, MAP_SHARED, m->fds[0], (off_t)r->offset);
		if (at == MAP_FAILED)
			return -errno;
	}
	v->maps[v->nmaps++] = (struct dma_map){ .iova = r->iova, .size = r->size, .at = at };
	m->len = 0;
	return 0;
}

static int do_unmap(struct vfio_user *v, struct message *m)
{
	const struct unmap_request *r = (const void *)m->body;
	u32 i = 0;

	if (m->len < sizeof(*r))
		return -EINVAL;
	while (i < v->nmaps) {
		struct dma_map *d = &v->maps[i];

		if (r->flags & DMA_UNMAP_ALL ||
		    (d->iova >= r->iova && d->iova + d->size <= r->iova + r->size))
			unmap(v, i);
		else
			i++;
	}
	m->len = sizeof(*r);
	return 0;
}

static int do_info(struct vfio_user *v, struct message *m)
{
	struct info *r = (void *)m->body;

	(void)v;
	*r = (struct info){ sizeof(*r), VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, REGIONS, IRQS };
	m->len = sizeof(*r);
	return 0;
}

static int do_region_info(struct vfio_user *v, struct message *m)
{
	struct region_info *r = (void *)m->body;

	(void)v;
	if (m->len < sizeof(*r) || r->index >= REGIONS)
		return -EINVAL;
	*r = (struct region_info){ .argsz = sizeof(*r), .index = r->index };
	if (r->index == VFIO_PCI_BAR0_REGION_INDEX)
		r->size = BAR0_SIZE;
	if (r->index == VFIO_PCI_CONFIG_REGION_INDEX)
		r->size = PCI_CONFIG_SIZE;
	if (r->size)
		r->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	m->len = sizeof(*r);
	return 0;
}

static int do_irq_info(struct vfio_user *v, struct message *m)
{
	struct irq_info *r = (void *)m->body;

	(void)v;
	if (m->len < sizeof(*r) || r->index >= IRQS)
		return -EINVAL;
	r->argsz = sizeof(*r);
	r->count = r->index == VFIO_PCI_INTX_IRQ_INDEX;
	r->flags = r->count ? VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
			      VFIO_IRQ_INFO_AUTOMASKED : 0;
	m->len = sizeof(*r);
	return 0;
}

static int do_set_irqs(struct vfio_user *v, struct message *m)
{
	const struct irq_set *r = (const void *)m->body;
	u32 flags = r->flags;

	if (m->len < sizeof(*r) || r->index >= IRQS)
		return -EINVAL;
	m->len = 0;
	if (r->index != VFIO_PCI_INTX_IRQ_INDEX)
		return 0;
	if (flags & VFIO_IRQ_SET_ACTION_MASK)
		v->masked = true;
	/*
	 * The guest has touched the BAR, which is before its driver has served the cause: whether
	 * the level is still there is looked at when the driver acknowledges, and with the next
	 * millisecond.
	 */
	if (flags & VFIO_IRQ_SET_ACTION_UNMASK)
		v->masked = false;
	if (!(flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return 0;
	if (v->irq_fd >= 0)
		close(v->irq_fd);
	v->irq_fd = -1;
	if (flags & VFIO_IRQ_SET_DATA_EVENTFD && m->nfds) {
		v->irq_fd = m->fds[0];
		m->fds[0] = -1;
		v->masked = false;
	}
	return 0;
}

static bool in_bar0(const struct access *r)
{
	return r->region == VFIO_PCI_BAR0_REGION_INDEX && r->offset <= BAR0_SIZE &&
	       r->count <= BAR0_SIZE - r->offset;
}

static int do_read(struct vfio_user *v, struct message *m)
{
	struct access *r = (void *)m->body;
	u8 *data = m->body + sizeof(*r);
	u32 value, i;
	int ret = 0;

	if (m->len < sizeof(*r) || r->count > MAX_PAYLOAD - sizeof(*r))
		return -EINVAL;
	if (r->region == VFIO_PCI_CONFIG_REGION_INDEX) {
		ret = pci_config_read(&v->pci, r->offset, data, r->count);
	} else if (in_bar0(r)) {
		u32 step = r->count > 4 ? 4 : r->count;

		for (i = 0; i + step <= r->count && step; i += step) {
			value = card_read(v->card, (u32)r->offset + i, step);
			memcpy(data + i, &value, step);
		}
	} else {
		ret = -EINVAL;
	}
	m->len = sizeof(*r) + r->count;
	return ret;
}

static int do_write(struct vfio_user *v, struct message *m)
{
	struct access *r = (void *)m->body;
	u8 *data = m->body + sizeof(*r);
	u32 value = 0;
	int ret = 0;

	if (m->len < sizeof(*r) || r->count > m->len - sizeof(*r))
		return -EINVAL;
	if (r->region == VFIO_PCI_CONFIG_REGION_INDEX) {
		ret = pci_config_write(&v->pci, r->offset, data, r->count);
	} else if (in_bar0(r)) {
		memcpy(&value, data, min_t(u32, r->count, 4));
		card_write(v->card, (u32)r->offset, value, r->count);
	} else {
		ret = -EINVAL;
	}
	m->len = sizeof(*r);
	return ret;
}

static int do_reset(struct vfio_user *v, struct message *m)
{
	card_reset(v->card);
	v->masked = false;
	m->len = 0;
	return 0;
}

static int (*const handlers[CMD_COUNT])(struct vfio_user *v, struct message *m) = {
	[CMD_VERSION] = do_version,
	[CMD_DMA_MAP] = do_map,
	[CMD_DMA_UNMAP] = do_unmap,
	[CMD_INFO] = do_info,
	[CMD_REGION_INFO] = do_region_info,
	[CMD_IRQ_INFO] = do_irq_info,
	[CMD_SET_IRQS] = do_set_irqs,
	[CMD_READ] = do_read,
	[CMD_WRITE] = do_write,
	[CMD_RESET] = do_reset,
};

static int receive(struct vfio_user *v, struct message *m)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = &m->h, .iov_len = sizeof(m->h) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space,
			      .msg_controllen = sizeof(control.space) };
	struct cmsghdr *c;
	ssize_t n;

	m->nfds = 0;
	n = recvmsg(v->fd, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	if (n != sizeof(m->h))
		return n < 0 && errno == EINTR ? -EINTR : -ENOTCONN;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m->nfds = (u32)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(m->fds, CMSG_DATA(c), m->nfds * sizeof(int));
	}
	if (m->h.size < sizeof(m->h) || m->h.size - sizeof(m->h) > MAX_PAYLOAD)
		return -EPROTO;
	m->len = m->h.size - (u32)sizeof(m->h);
	if (m->len && recv(v->fd, m->body, m->len, MSG_WAITALL) != (ssize_t)m->len)
		return -ENOTCONN;
	return 0;
}

static int reply(struct vfio_user *v, struct message *m, int result)
{
	struct iovec iov[2] = { { &m->h, sizeof(m->h) }, { m->body, m->len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	m->h.flags = FLAG_REPLY | (result ? FLAG_ERROR : 0);
	m->h.error = (u32)-result;
	if (result)
		iov[1].iov_len = 0;
	m->h.size = (u32)(sizeof(m->h) + iov[1].iov_len);
	return sendmsg(v->fd, &msg, MSG_NOSIGNAL) == (ssize_t)m->h.size ? 0 : -ENOTCONN;
}

int vfio_user_ready(struct vfio_user *v)
{
	struct message m;
	int ret, result = -EOPNOTSUPP;

	if (v->fd < 0) {
		v->fd = accept4(v->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		return v->fd < 0 ? -errno : 0;
	}
	ret = receive(v, &m);
	if (ret == -EINTR)
		return 0;
	if (!ret && (m.h.flags & FLAG_TYPE) == 0) {
		if (m.h.command < CMD_COUNT && handlers[m.h.command])
			result = handlers[m.h.command](v, &m);
		if (!(m.h.flags & FLAG_NO_REPLY))
			ret = reply(v, &m, result);
	}
	while (m.nfds)
		if (m.fds[--m.nfds] >= 0)
			close(m.fds[m.nfds]);
	if (ret)
		drop_client(v);
	return ret;
}
