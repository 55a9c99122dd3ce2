// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of vfio-user, message by message: identity, memory of the guest, interrupts, nonsense. */
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "tests/unit/pure/test.h"

#include "tests/emulator/vfio_user.h"

#define NO_REPLY	0x10
#define IOVA		0x100000u
#define SIZE		0x20000u

static struct card card;
static struct vfio_user v;
static int client;
static u32 reply_flags, reply_error;

struct head {
	u16 id, command;
	u32 size, flags, error;
};

static int exchange(u16 command, const void *body, u32 len, int fd, u32 flags, void *answer)
{
	struct head h = { 7, command, (u32)(sizeof(h) + len), flags, 0 };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov[2] = { { &h, sizeof(h) }, { (void *)body, len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = control.space;
		m.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(client, &m, 0), h.size);
	assert_int_equal(vfio_user_ready(&v), 0);
	if (flags & NO_REPLY) {
		assert_int_equal(recv(client, &h, sizeof(h), MSG_DONTWAIT), -1);
		return 0;
	}
	assert_int_equal(recv(client, &h, sizeof(h), MSG_WAITALL), sizeof(h));
	assert_int_equal(h.id, 7);
	reply_flags = h.flags;
	reply_error = h.error;
	len = h.size - (u32)sizeof(h);
	if (len)
		assert_int_equal(recv(client, answer, len, MSG_WAITALL), len);
	return (int)len;
}

static void start(void)
{
	const struct card_host host = { .ctx = &v, .read = vfio_user_dma_read,
					.write = vfio_user_dma_write,
					.interrupt = vfio_user_interrupt };
	const struct card_model *model = card_model_find("te405p");
	int pair[2];

	card_init(&card, model, &host);
	memset(&v, 0, sizeof(v));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pci_config_init(&v.pci, model);
	v.listen_fd = dup(pair[0]);
	v.fd = pair[0];
	v.irq_fd = -1;
	v.card = &card;
	client = pair[1];
}

static void stop(void)
{
	close(client);
	assert_int_equal(vfio_user_ready(&v), -ENOTCONN);
	assert_int_equal(v.nmaps, 0);
	vfio_user_close(&v);
}

static u32 region_read(u32 region, u64 offset, u32 count)
{
	struct { u64 offset; u32 region, count; } r = { offset, region, count };
	u8 answer[64];
	u32 value = 0;

	exchange(9, &r, sizeof(r), -1, 0, answer);
	memcpy(&value, answer + sizeof(r), count);
	return value;
}

static void bar_write(u32 reg, u32 value, u32 flags)
{
	struct { u64 offset; u32 region, count, value, pad; } w = { reg * 4, 0, 4, value, 0 };
	u8 answer[64];

	exchange(10, &w, 20, -1, flags, answer);
}

TEST(version_and_identity)
{
	struct { u32 argsz, flags, index, cap; u64 size, offset; } region = { .argsz = 32, .index = 0 };
	struct { u32 argsz, flags, regions, irqs; } info = { .argsz = 16 };
	struct { u32 argsz, flags, index, count; } irq = { .argsz = 16 };
	u8 answer[256];

	start();
	assert_true(exchange(1, "\0\0\0\0{}", 7, -1, 0, answer) > 4);
	assert_int_equal(answer[0] | answer[2], 0);
	exchange(4, &info, sizeof(info), -1, 0, &info);
	assert_in_range(info.regions, 8, 64);
	assert_in_range(info.irqs, 3, 64);
	exchange(5, &region, sizeof(region), -1, 0, &region);
	assert_int_equal(region.size, BAR0_SIZE);
	exchange(7, &irq, sizeof(irq), -1, 0, &irq);
	assert_int_equal(irq.count, 1);
	assert_int_equal(irq.flags, 7);
	irq.index = VFIO_PCI_MSI_IRQ_INDEX;
	exchange(7, &irq, sizeof(irq), -1, 0, &irq);
	assert_int_equal(irq.count, 0);
	assert_int_equal(region_read(VFIO_PCI_CONFIG_REGION_INDEX, 0, 4), 0x1405d161);
	assert_int_equal(region_read(0, R_VERSION * 4, 4) >> 16, 0xc01a);
	stop();
}

TEST(memory_of_the_guest)
{
	struct { u32 argsz, flags; u64 offset, iova, size; } map = { 32, 3, 0, IOVA, SIZE };
	struct { u32 argsz, flags; u64 iova, size; } unmap = { 24, 0, IOVA, SIZE };
	int fd = memfd_create("guest", 0);
	u8 octets[4] = { 1, 2, 3, 4 }, answer[64];

	start();
	assert_int_equal(ftruncate(fd, SIZE), 0);
	/* A ROM comes without descriptor: known, but nothing to reach. */
	exchange(2, &map, sizeof(map), -1, 0, answer);
	assert_int_equal(reply_flags & 0x20, 0);
	assert_int_equal(vfio_user_dma_read(&v, IOVA, octets, 4), -EFAULT);
	exchange(3, &unmap, sizeof(unmap), -1, 0, answer);
	exchange(2, &map, sizeof(map), fd, 0, answer);
	assert_int_equal(vfio_user_dma_write(&v, IOVA + SIZE - 4, octets, 4), 0);
	assert_int_equal(pread(fd, answer, 4, SIZE - 4), 4);
	assert_memory_equal(answer, octets, 4);
	assert_int_equal(vfio_user_dma_write(&v, IOVA + SIZE - 3, octets, 4), -EFAULT);
	assert_int_equal(vfio_user_dma_read(&v, IOVA - 1, octets, 4), -EFAULT);
	exchange(3, &unmap, sizeof(unmap), -1, 0, answer);
	assert_int_equal(vfio_user_dma_read(&v, IOVA, octets, 4), -EFAULT);
	exchange(2, &map, sizeof(map), fd, 0, answer);
	close(fd);
	stop();
}

TEST(one_interrupt_until_the_guest_has_looked)
{
	struct { u32 argsz, flags, index, start, count; } set = { 20, 0, 0, 0, 1 };
	int fd = eventfd(0, EFD_NONBLOCK);
	u8 answer[64];
	u64 n = 0;

	start();
	vfio_user_interrupt(&v);
	set.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	exchange(8, &set, sizeof(set), fd, 0, answer);
	bar_write(R_DMACTRL, DMACTRL_RUN, NO_REPLY);
	card_tick(&card);
	card_tick(&card);
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 1);
	/* Unmasked by the guest's access, before its driver acknowledges: not at once again. */
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK;
	exchange(8, &set, sizeof(set), -1, 0, answer);
	assert_int_equal(read(fd, &n, sizeof(n)), -1);
	assert_int_equal(region_read(0, R_INTR * 4, 4) & 3, INTR_DMA);
	card_tick(&card);
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
	set.count = 0;
	exchange(8, &set, sizeof(set), -1, 0, answer);
	assert_int_equal(v.irq_fd, -1);
	close(fd);
	stop();
}

TEST(nonsense_gets_an_error)
{
	struct { u64 offset; u32 region, count; } r = { 0, 0, 4096 };
	struct { u32 argsz, flags, index, count; } irq = { 16, 0, 99, 0 };
	u8 answer[5000];

	start();
	exchange(99, NULL, 0, -1, 0, answer);
	assert_int_equal(reply_flags & 0x20, 0x20);
	assert_int_equal(reply_error, EOPNOTSUPP);
	exchange(9, &r, sizeof(r), -1, 0, answer);
	assert_int_equal(reply_error, EINVAL);
	exchange(9, &r, 3, -1, 0, answer);
	assert_int_equal(reply_error, EINVAL);
	r.offset = ~0ull;
	r.count = 4;
	exchange(9, &r, sizeof(r), -1, 0, answer);
	assert_int_equal(reply_error, EINVAL);
	exchange(7, &irq, sizeof(irq), -1, 0, answer);
	assert_int_equal(reply_error, EINVAL);
	exchange(13, NULL, 0, -1, 0, answer);
	assert_int_equal(reply_flags & 0x20, 0);
	stop();
}

TEST_SUITE_BEGIN(vfio_user)
	TEST_CASE(version_and_identity),
	TEST_CASE(memory_of_the_guest),
	TEST_CASE(one_interrupt_until_the_guest_has_looked),
	TEST_CASE(nonsense_gets_an_error),
TEST_SUITE_END
