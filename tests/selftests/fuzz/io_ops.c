// SPDX-License-Identifier: GPL-2.0-or-later
/* What else a descriptor of /dev/tdm can do. */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define BUFFER 16384

static bool fits_all(const struct desc *d)
{
	(void)d;
	return true;
}

static bool fits_reader(const struct desc *d)
{
	return d->role == BOUND && d->rd;
}

static bool fits_writer(const struct desc *d)
{
	return d->role == BOUND && d->tx;
}

static bool fits_mapped(const struct desc *d)
{
	return d->role == STREAM && d->rd && d->wr;
}

/* Those whose card is gone first, then those that are something. */
static bool fits_close(const struct desc *d)
{
	return d->role != NOTHING && !card_of(d->card);
}

static int open_desc(struct fuzzer *me, struct desc *d)
{
	int flags = O_CLOEXEC;

	d->rd = !one_in(me, 16);
	d->wr = !d->rd || !one_in(me, 6);
	d->wait = one_in(me, 4);
	flags |= d->rd && d->wr ? O_RDWR : d->rd ? O_RDONLY : O_WRONLY;
	flags |= d->wait ? 0 : O_NONBLOCK;
	say(me, "flags", (uint64_t)flags);
	d->fd = open(TDM_DEVICE, flags);
	return d->fd < 0 ? -errno : 0;
}

int io_open(struct fuzzer *me)
{
	struct desc new = { .there = true };
	int i, ret;

	book_lock();
	for (i = 0; i < DESCS && book.desc[i].there; i++)
		;
	book_unlock();
	if (i == DESCS)
		return NOT_TRIED;
	ret = open_desc(me, &new);
	if (ret)
		return ret;
	book_lock();
	for (i = 0; i < DESCS && book.desc[i].there; i++)
		;
	if (i < DESCS) {
		new.gen = book.desc[i].gen + 1;
		book.desc[i] = new;
	}
	book_unlock();
	if (i == DESCS)
		close(new.fd); /* another thread was faster */
	return 0;
}

int io_close(struct fuzzer *me)
{
	struct desc copy, *d;
	int i = draw_desc(me, fits_close, &copy);
	bool ours = false;

	/* Most stay for a while. */
	if (i < 0 || (card_of(copy.card) && !one_in(me, 3)))
		return NOT_TRIED;
	book_lock();
	d = desc_of(i, &copy);
	if (d && !d->closed) {
		ours = true;
		d->closed = true;
		d->there = d->maps;
	}
	book_unlock();
	if (!ours)
		return NOT_TRIED;
	return close(copy.fd) ? -errno : 0;
}

/* --- octets and frames ----------------------------------------------------------------------------------------- */

/* How much is read or written; a wrong number is no multiple of a frame. */
static size_t draw_octets(struct fuzzer *me, const struct desc *d)
{
	size_t n;

	if (d->mode == TDM_MODE_HDLC) {
		n = one_in(me, 3) ? roll(me, 6000) : 1 + roll(me, 300);
	} else {
		n = d->nslots * (1 + roll(me, 400));
		n = one_in(me, 30) ? 0 : n;
		if (d->nslots > 1 && one_in(me, 8)) {
			n++;
			if (alone && d->role == BOUND)
				me->must = "a part of a frame";
		}
	}
	say(me, "octets", n);
	return n < BUFFER ? n : BUFFER / (d->nslots ? d->nslots : 1) * (d->nslots ? d->nslots : 1);
}

int io_read(struct fuzzer *me)
{
	static __thread uint8_t buffer[BUFFER];
	struct desc copy;
	bool nowhere;
	size_t n;
	int ret;

	if (draw_desc(me, fits_reader, &copy) < 0)
		return NOT_TRIED;
	n = draw_octets(me, &copy);
	nowhere = one_in(me, 20);
	say(me, "nowhere", nowhere);
	if (copy.wait)
		patience(me, 4);
	ret = (int)read(copy.fd, nowhere ? NULL : buffer, n);
	if (ret < 0)
		ret = -errno;
	if (copy.wait)
		patience(me, 0);
	if (ret > (int)n)
		violation(me, "%d octets were read, and %zu asked for", ret, n);
	return ret;
}

int io_write(struct fuzzer *me)
{
	static __thread uint8_t buffer[BUFFER];
	struct desc copy;
	bool nowhere;
	size_t n;
	int ret;

	if (draw_desc(me, fits_writer, &copy) < 0)
		return NOT_TRIED;
	n = draw_octets(me, &copy);
	nowhere = one_in(me, 20);
	say(me, "nowhere", nowhere);
	memset(buffer + roll(me, BUFFER / 2), (int)roll(me, 256), BUFFER / 4);
	if (alone && copy.role == BOUND && !copy.tx)
		me->must = "a tap that writes";
	if (alone && copy.role == BOUND && copy.mode == TDM_MODE_HDLC && n > TDM_HDLC_MTU_MAX)
		me->must = "a frame that is too long";
	if (copy.wait)
		patience(me, 4);
	ret = (int)write(copy.fd, nowhere ? NULL : buffer, n);
	if (ret < 0)
		ret = -errno;
	if (copy.wait)
		patience(me, 0);
	if (ret > (int)n)
		violation(me, "%d octets were written of %zu", ret, n);
	return ret;
}

/* --- mappings -------------------------------------------------------------------------------------------------- */

/* Anything where we may write, and a look at what we may not. */
static void scribble(struct fuzzer *me)
{
	struct map *map = &me->maps[roll(me, MAPS)];
	volatile uint8_t *at = map->at;
	uint32_t where;

	if (!at)
		return;
	where = roll(me, (uint32_t)map->len);
	if (map->writable)
		at[where] = (uint8_t)where;
	else
		(void)at[where];
}

int io_poll(struct fuzzer *me)
{
	struct pollfd p[2] = {};
	struct desc copy;

	for (unsigned int i = 0; i < 2; i++) {
		if (draw_desc(me, fits_all, &copy) < 0)
			return NOT_TRIED;
		p[i].fd = copy.fd;
		p[i].events = (short)(POLLIN | POLLPRI | (one_in(me, 2) ? POLLOUT : 0));
	}
	scribble(me);
	return poll(p, 2, one_in(me, 8) ? 1 : 0) < 0 ? -errno : 0;
}

static const struct {
	off_t offset;
	bool pos, write;
} areas[] = {
	{ TDM_MMAP_KPOS, true, false },
	{ TDM_MMAP_UPOS, true, true },
	{ TDM_MMAP_RX, false, false },
	{ TDM_MMAP_TX, false, true },
};

struct request {
	size_t len;
	int prot, flags;
	off_t offset;
};

static void spoil_mmap(struct fuzzer *me, struct request *r, bool write)
{
	me->must = "a mapping that cannot be";
	switch (roll(me, 5)) {
	case 0:
		r->prot |= PROT_EXEC;
		break;
	case 1:
		r->flags = MAP_PRIVATE;
		break;
	case 2:
		r->len = one_in(me, 2) ? r->len + 4096 : 1U << 24;
		break;
	case 3:
		r->offset += 4096 * (1 + (off_t)roll(me, 100));
		break;
	default:
		if (write)
			r->offset = 0x40000000;
		else
			r->prot |= PROT_WRITE;
	}
}

static int free_map(const struct fuzzer *me)
{
	for (int i = 0; i < MAPS; i++)
		if (!me->maps[i].at)
			return i;
	return -1;
}

int io_mmap(struct fuzzer *me)
{
	unsigned int area = roll(me, COUNT(areas));
	struct request r = { .prot = PROT_READ, .flags = MAP_SHARED, .offset = areas[area].offset };
	struct desc copy, *d;
	int i, place = free_map(me);
	void *at;

	i = draw_desc(me, fits_mapped, &copy);
	if (place < 0 || i < 0)
		return NOT_TRIED;
	r.len = areas[area].pos ? copy.pos_len : copy.ring_len;
	if (!r.len)
		r.len = 4096;
	if (areas[area].write)
		r.prot |= PROT_WRITE;
	if (one_in(me, 4))
		spoil_mmap(me, &r, areas[area].write);
	say(me, "offset", (uint64_t)r.offset);
	say(me, "prot", (uint64_t)r.prot);
	/* Before: a mapping keeps the file, and what it has claimed. */
	book_lock();
	d = desc_of(i, &copy);
	if (d)
		d->maps++;
	book_unlock();
	if (!d)
		return NOT_TRIED;
	at = mmap(NULL, r.len, r.prot, r.flags, copy.fd, r.offset);
	if (at == MAP_FAILED) {
		int err = -errno;

		book_lock();
		d->maps--;
		d->there = !d->closed || d->maps;
		book_unlock();
		return err;
	}
	me->maps[place] = (struct map) { at, r.len, areas[area].write, (unsigned int)i };
	return 0;
}

static void unmap(struct map *map)
{
	struct desc *d = &book.desc[map->desc];

	munmap(map->at, map->len);
	map->at = NULL;
	book_lock();
	d->maps--;
	d->there = !d->closed || d->maps;
	book_unlock();
}

int io_munmap(struct fuzzer *me)
{
	struct map *map = &me->maps[roll(me, MAPS)];

	if (!map->at)
		return NOT_TRIED;
	say(me, "map", (uint64_t)(map - me->maps));
	if (!map->writable && one_in(me, 3)) {
		me->must = "to write what is mapped to be read";
		return mprotect(map->at, map->len, PROT_READ | PROT_WRITE) ? -errno : 0;
	}
	unmap(map);
	return 0;
}

void io_unmap_all(struct fuzzer *me)
{
	for (unsigned int i = 0; i < MAPS; i++)
		if (me->maps[i].at)
			unmap(&me->maps[i]);
}

void io_close_all(void)
{
	for (unsigned int i = 0; i < DESCS; i++)
		if (book.desc[i].there && !book.desc[i].closed)
			close(book.desc[i].fd);
}
