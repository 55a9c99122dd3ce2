// SPDX-License-Identifier: GPL-2.0-or-later
/* The ioctls of /dev/tdm. */
#include <linux/ioctl.h>
#include <sys/ioctl.h>

#include "fuzz.h"

#define REASON(type) sizeof(struct type), (int)offsetof(struct type, reason)
#define PLAIN(type) sizeof(struct type), -1

static bool fits_nothing(const struct desc *d)
{
	return d->role == NOTHING;
}

static bool fits_bound(const struct desc *d)
{
	return d->role == BOUND;
}

static bool fits_stream(const struct desc *d)
{
	return d->role == STREAM;
}

static bool fits_any(const struct desc *d)
{
	return d->role != NOTHING;
}

static bool fits_owner(const struct desc *d)
{
	return d->role != NOTHING && d->tx && d->mode == TDM_MODE_PCM && card_of(d->card);
}

static bool fits_linked(const struct desc *d)
{
	return d->linked && card_of(d->card);
}

static bool has_cas(const struct desc *d)
{
	const struct card *card = card_of(d->card);

	return card && card->port[d->port].signalling == TDM_SIGNALLING_CAS;
}

static bool fits_sig_set(const struct desc *d)
{
	return d->tx && has_cas(d);
}

static bool fits_sig_get(const struct desc *d)
{
	return d->role != NOTHING && (d->tx | d->rx) && has_cas(d);
}

/* Mostly one of these slots, else any; now and then none at all, which must be refused. */
static uint32_t draw_slot(struct fuzzer *me, uint32_t slots)
{
	uint32_t slot;

	if (one_in(me, 30)) {
		slot = one_in(me, 2) ? TDM_SLOTS_MAX : UINT32_MAX - roll(me, 8);
		me->must = "a slot that is none";
	} else if (!slots || one_in(me, 16)) {
		slot = roll(me, TDM_SLOTS_MAX);
	} else {
		slot = (uint32_t)draw_bit(me, slots);
	}
	say(me, "slot", slot);
	return slot;
}

/* --- what a descriptor becomes ----------------------------------------------------------------------------- */

/* A card and a port that there are, or not; false: there is no card. */
static bool draw_line(struct fuzzer *me, struct place *at)
{
	if (!draw_place(me, at))
		return false;
	say(me, "card", at->serial);
	if (one_in(me, 30)) {
		at->card = one_in(me, 2) ? 0 : book.last_id + 100000;
		me->must = "a card that is none";
	} else if (one_in(me, 30)) {
		at->port = one_in(me, 2) ? 0 : 17 + roll(me, 16);
		me->must = "a port that is none";
	}
	say(me, "port", at->port);
	return true;
}

static void spoil_bind(struct fuzzer *me, struct tdm_bind *b)
{
	unsigned int how = roll(me, 10);

	me->must = "a bind that cannot be";
	switch (how) {
	case 0:
		b->flags |= 0x10U << roll(me, 28);
		break;
	case 1:
		b->reserved[roll(me, 2)] = 1;
		break;
	case 2:
		b->mode = (uint16_t)(2 + roll(me, 0xfffe));
		break;
	case 3:
		b->bearer = (uint16_t)(3 + roll(me, 0xfffd));
		break;
	case 4:
		b->slots = 0;
		break;
	case 5:
		b->bearer = TDM_BEARER_56K;
		b->slots = 6;
		break;
	case 6:
		b->rx_frames = one_in(me, 2) ? 7 : UINT32_MAX;
		break;
	case 7:
		b->tx_frames = one_in(me, 2) ? 7 : UINT32_MAX - 7;
		break;
	case 8:
		b->mtu = b->mode == TDM_MODE_PCM ? 1 : TDM_HDLC_MTU_MAX + 1 + roll(me, 1000);
		break;
	default:
		b->rx_wake = b->mode == TDM_MODE_PCM ? 480001 : 0;
		b->flags |= 1U << 31;
	}
}

static void fill_bind(struct fuzzer *me, struct tdm_bind *b, const struct place *at)
{
	static const uint32_t mtus[] = { 0, 1, 64, 260, TDM_HDLC_MTU_MAX };
	bool hdlc = one_in(me, 3);
	uint32_t many;

	b->card = at->card;
	b->port = at->port;
	b->slots = at->slot < 32 ? 1U << at->slot : 2;
	if (one_in(me, 4)) {
		many = slots_of(&at->is) & ~at->taken & (roll(me, UINT32_MAX) | b->slots);
		b->slots = many ? many : b->slots;
	}
	b->flags = one_in(me, 3) ? 0 : TDM_BIND_TX;
	b->bearer = (uint16_t)(__builtin_popcount(b->slots) == 1 ? roll(me, 3) : roll(me, 2));
	b->mode = hdlc ? TDM_MODE_HDLC : TDM_MODE_PCM;
	if (hdlc) {
		b->bearer = b->bearer == TDM_BEARER_56K ? TDM_BEARER_56K : TDM_BEARER_CLEAR;
		b->flags |= roll(me, 8) << 1;
		b->mtu = mtus[roll(me, COUNT(mtus))];
	}
	if (one_in(me, 2))
		b->rx_frames = hdlc ? 2 * (TDM_HDLC_MTU_MAX + 4) + roll(me, 9000) : 8 + roll(me, 2000);
	if (one_in(me, 2))
		b->tx_frames = hdlc ? 2 * (TDM_HDLC_MTU_MAX + 4) + roll(me, 9000) : 8 + roll(me, 2000);
	if (!hdlc && one_in(me, 3))
		b->rx_wake = 1 + roll(me, b->rx_frames ? b->rx_frames : 400);
	if (one_in(me, 500))
		b->rx_frames = hdlc ? 16U << 20 : (8U << 20) / 32;
}

int dev_bind(struct fuzzer *me)
{
	struct tdm_bind b = { .size = 0 };
	struct desc copy, *d;
	struct place at;
	int i, ret;

	i = draw_desc(me, fits_nothing, &copy);
	if (i < 0 || !draw_line(me, &at))
		return NOT_TRIED;
	fill_bind(me, &b, &at);
	if (!me->must && one_in(me, 6))
		spoil_bind(me, &b);
	say(me, "slots", b.slots);
	say(me, "flags", b.flags);
	say(me, "mode", b.mode * 16U + b.bearer);
	say(me, "rx", b.rx_frames);
	say(me, "tx", b.tx_frames);
	say(me, "mtu", b.mtu);
	ret = dev_call(me, copy.fd, TDM_BIND, &b, REASON(tdm_bind));
	if (ret)
		return ret;
	book_lock();
	d = desc_of(i, &copy);
	if (d) {
		d->role = BOUND;
		d->card = at.serial;
		d->port = at.port;
		d->rx = b.slots;
		d->tx = b.flags & TDM_BIND_TX ? b.slots : 0;
		d->mode = b.mode;
		d->nslots = (unsigned int)__builtin_popcount(b.slots);
	}
	book_unlock();
	return 0;
}

static void spoil_stream(struct fuzzer *me, struct tdm_stream *s)
{
	me->must = "a stream that cannot be";
	switch (roll(me, 5)) {
	case 0:
		s->flags = 1U << roll(me, 32);
		break;
	case 1:
		s->reserved[roll(me, 2)] = UINT32_MAX;
		break;
	case 2:
		s->period_frames += 1 + roll(me, 7);
		break;
	case 3:
		s->period_frames = one_in(me, 2) ? 0 : TDM_PERIOD_MAX + 8;
		break;
	default:
		s->periods = one_in(me, 2) ? roll(me, 3) : 257 + roll(me, 9999);
	}
}

int dev_stream(struct fuzzer *me)
{
	struct tdm_stream s = { .size = 0 };
	struct desc copy, *d;
	struct place at;
	int i, ret;

	i = draw_desc(me, fits_nothing, &copy);
	if (i < 0 || !draw_line(me, &at))
		return NOT_TRIED;
	s.card = at.card;
	s.port = at.port;
	s.period_frames = 8 * (1 + roll(me, TDM_PERIOD_MAX / 8));
	s.periods = one_in(me, 100) ? 256 : 3 + roll(me, 6);
	if (!me->must && one_in(me, 6))
		spoil_stream(me, &s);
	say(me, "period", s.period_frames);
	say(me, "periods", s.periods);
	ret = dev_call(me, copy.fd, TDM_STREAM_OPEN, &s, REASON(tdm_stream));
	if (ret)
		return ret;
	book_lock();
	d = desc_of(i, &copy);
	if (d) {
		d->role = STREAM;
		d->card = at.serial;
		d->port = at.port;
		d->mode = TDM_MODE_PCM;
		d->nslots = 1;
		d->ring_len = s.ring_len;
		d->pos_len = s.pos_len;
	}
	book_unlock();
	return 0;
}

/* --- bound ones ------------------------------------------------------------------------------------------ */

int dev_stats(struct fuzzer *me)
{
	struct tdm_stats s = { .size = 0 };
	struct desc copy;

	if (draw_desc(me, fits_bound, &copy) < 0)
		return NOT_TRIED;
	if (one_in(me, 16)) {
		s.flags = 1U << roll(me, 32);
		me->must = "a flag that is none";
	}
	return dev_call(me, copy.fd, TDM_STATS, &s, PLAIN(tdm_stats));
}

int dev_flush(struct fuzzer *me)
{
	struct tdm_flush f = { .flags = 1 + roll(me, 3) };
	struct desc copy;

	if (draw_desc(me, fits_bound, &copy) < 0)
		return NOT_TRIED;
	if (one_in(me, 8)) {
		f.flags = one_in(me, 3) ? 0 : f.flags | 4U << roll(me, 30);
		me->must = "a flag that is none";
	}
	say(me, "flags", f.flags);
	return dev_call(me, copy.fd, TDM_FLUSH, &f, PLAIN(tdm_flush));
}

/* Waits a few milliseconds at most, or is interrupted. */
int dev_drain(struct fuzzer *me)
{
	struct tdm_drain d = { .timeout_ms = roll(me, 8) };
	struct desc copy;
	int ret;

	if (draw_desc(me, fits_bound, &copy) < 0)
		return NOT_TRIED;
	if (alone && copy.role == BOUND && !copy.tx)
		me->must = "a tap that is drained";
	say(me, "timeout", d.timeout_ms);
	patience(me, 8);
	ret = dev_call(me, copy.fd, TDM_DRAIN, &d, PLAIN(tdm_drain));
	patience(me, 0);
	return ret;
}

/* --- streams --------------------------------------------------------------------------------------------- */

static void spoil_claim(struct fuzzer *me, struct tdm_claim *c, bool release)
{
	if (me->must || !one_in(me, 10))
		return;
	if (one_in(me, 2) && !release) {
		c->bearer = 3 + roll(me, 1000);
		me->must = "a bearer that is none";
	} else {
		c->flags = one_in(me, 2) ? 0 : c->flags | 4U << roll(me, 30);
		me->must = "a flag that is none";
	}
}

int dev_claim(struct fuzzer *me)
{
	struct tdm_claim c = { .size = 0 };
	struct desc copy, *d;
	const struct card *card;
	uint32_t free = 0;
	int i, ret;

	i = draw_desc(me, fits_stream, &copy);
	if (i < 0)
		return NOT_TRIED;
	book_lock();
	card = card_of(copy.card);
	if (card)
		free = slots_of(&card->port[copy.port]) & ~taken_of(copy.card, copy.port);
	book_unlock();
	c.slot = draw_slot(me, free & ~copy.rx);
	c.flags = 1 + roll(me, 3);
	c.bearer = roll(me, 3);
	spoil_claim(me, &c, false);
	say(me, "flags", c.flags);
	say(me, "bearer", c.bearer);
	ret = dev_call(me, copy.fd, TDM_CLAIM, &c, REASON(tdm_claim));
	if (ret)
		return ret;
	book_lock();
	d = desc_of(i, &copy);
	if (d && c.flags & TDM_CLAIM_RX)
		d->rx |= 1U << c.slot;
	if (d && c.flags & TDM_CLAIM_TX)
		d->tx |= 1U << c.slot;
	book_unlock();
	return 0;
}

int dev_release(struct fuzzer *me)
{
	struct tdm_claim c = { .size = 0 };
	struct desc copy, *d;
	int i, ret;

	i = draw_desc(me, fits_stream, &copy);
	if (i < 0)
		return NOT_TRIED;
	c.slot = draw_slot(me, copy.rx | copy.tx);
	c.flags = 1 + roll(me, 3);
	if (c.slot < 32 && !one_in(me, 8))
		c.flags = (copy.rx >> c.slot & 1) | (copy.tx >> c.slot & 1) << 1;
	c.bearer = roll(me, 9);
	spoil_claim(me, &c, true);
	if (!c.flags)
		me->must = "nothing to be released";
	say(me, "flags", c.flags);
	ret = dev_call(me, copy.fd, TDM_RELEASE, &c, REASON(tdm_claim));
	if (ret)
		return ret;
	book_lock();
	d = desc_of(i, &copy);
	if (d && c.flags & TDM_CLAIM_RX)
		d->rx &= ~(1U << c.slot);
	if (d && c.flags & TDM_CLAIM_TX) {
		d->tx &= ~(1U << c.slot);
		d->linked &= ~(1U << c.slot);
	}
	book_unlock();
	return 0;
}

/* --- cross-connects and signalling -------------------------------------------------------------------------- */

static void spoil_connect(struct fuzzer *me, struct tdm_connect *c, bool away)
{
	if (me->must || !one_in(me, 8))
		return;
	me->must = "a cross-connect that cannot be";
	switch (roll(me, away ? 2 : 4)) {
	case 0:
		c->flags |= 2U << roll(me, 31);
		break;
	case 1:
		c->reserved = 1 + roll(me, 99);
		break;
	case 2:
		c->b_fd = one_in(me, 2) ? -1 : 0; /* none, and one that is not ours */
		break;
	default:
		c->b_slot = 32 + roll(me, 99);
	}
}

int dev_connect(struct fuzzer *me)
{
	struct tdm_connect c = { .size = 0 };
	struct desc a, b, *d;
	int i, ret;

	i = draw_desc(me, fits_owner, &a);
	if (i < 0 || draw_desc(me, fits_owner, &b) < 0)
		return NOT_TRIED;
	c.flags = roll(me, 2);
	c.a_slot = draw_slot(me, a.tx & ~a.linked ? a.tx & ~a.linked : a.tx);
	c.b_fd = b.fd;
	c.b_slot = draw_slot(me, b.tx & ~b.linked ? b.tx & ~b.linked : b.tx);
	spoil_connect(me, &c, false);
	say(me, "flags", c.flags);
	ret = dev_call(me, a.fd, TDM_CONNECT, &c, REASON(tdm_connect));
	if (ret)
		return ret;
	book_lock();
	d = desc_of(i, &a);
	if (d)
		d->linked |= 1U << c.a_slot;
	book_unlock();
	return 0;
}

int dev_disconnect(struct fuzzer *me)
{
	struct tdm_connect c = { .b_fd = -1 };
	struct desc a, *d;
	int i, ret;

	i = draw_desc(me, fits_linked, &a);
	if (i < 0)
		return NOT_TRIED;
	c.a_slot = draw_slot(me, a.linked ? a.linked : a.tx);
	spoil_connect(me, &c, true);
	ret = dev_call(me, a.fd, TDM_DISCONNECT, &c, REASON(tdm_connect));
	if (ret && ret != -ENOENT)
		return ret;
	book_lock();
	d = desc_of(i, &a);
	if (d && c.a_slot < 32)
		d->linked &= ~(1U << c.a_slot);
	book_unlock();
	return ret;
}

int dev_event(struct fuzzer *me)
{
	struct tdm_event e = { .size = 0 };
	struct desc copy;
	int ret;

	if (draw_desc(me, fits_any, &copy) < 0)
		return NOT_TRIED;
	ret = dev_call(me, copy.fd, TDM_EVENT_GET, &e, PLAIN(tdm_event));
	if (!ret && (e.type < TDM_EVENT_CAS || e.type > TDM_EVENT_LOST || e.slot >= TDM_SLOTS_MAX))
		violation(me, "an event of type %u, slot %u", e.type, e.slot);
	return ret;
}

int dev_sig_set(struct fuzzer *me)
{
	struct tdm_sig s = { .size = 0 };
	struct desc copy;

	if (draw_desc(me, fits_sig_set, &copy) < 0)
		return NOT_TRIED;
	s.slot = draw_slot(me, copy.tx);
	s.tx = roll(me, 16);
	if (one_in(me, 10)) {
		s.tx = one_in(me, 2) ? 16 : UINT32_MAX - roll(me, 99);
		me->must = "signalling bits that are none";
	}
	say(me, "abcd", s.tx);
	return dev_call(me, copy.fd, TDM_SIG_SET, &s, PLAIN(tdm_sig));
}

int dev_sig_get(struct fuzzer *me)
{
	struct tdm_sig s = { .size = 0 };
	struct desc copy;
	int ret;

	if (draw_desc(me, fits_sig_get, &copy) < 0)
		return NOT_TRIED;
	s.slot = draw_slot(me, copy.rx | copy.tx);
	ret = dev_call(me, copy.fd, TDM_SIG_GET, &s, PLAIN(tdm_sig));
	if (!ret && (s.rx > 15 || s.tx > 15))
		violation(me, "signalling bits 0x%x and 0x%x", s.rx, s.tx);
	return ret;
}

/* Numbers of no ioctl, and an ioctl's with another direction. */
int dev_unknown(struct fuzzer *me)
{
	static const unsigned long numbers[] = {
		_IOWR(TDM_IOC_MAGIC, 0x00, struct tdm_bind), _IOWR(TDM_IOC_MAGIC, 0x05, uint32_t),
		_IOW(TDM_IOC_MAGIC, 0x01, struct tdm_bind),  _IOR(TDM_IOC_MAGIC, 0x31, struct tdm_sig),
		_IOWR(0xe2, 0x01, struct tdm_bind),	     _IO(TDM_IOC_MAGIC, 0x02),
		_IOWR(TDM_IOC_MAGIC, 0xff, struct tdm_bind),
	};
	unsigned int which = roll(me, COUNT(numbers));
	struct desc copy;

	if (draw_desc(me, fits_any, &copy) < 0)
		return NOT_TRIED;
	say(me, "number", which);
	me->must = "an ioctl that is none";
	memset(me->arena, 0xff, 4096);
	return ioctl(copy.fd, numbers[which], me->arena) < 0 ? -errno : 0;
}
