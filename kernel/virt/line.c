// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire: what a port receives.
 *
 *	same card	the block that the peer filled in the step before: 1 ms
 *	two cards	the peer's blocks through an elastic buffer of pure/elastic.h: 2 ms, real slips
 *	loops		the port's own block: its own local loop, or the peer's line or payload loop
 *	nothing		all ones, and loss of signal
 *
 * Bit errors fall on a copy, at places from a generator whose seed is the port's number, so that a run can
 * be repeated. The framer of the port sees them too: a CRC-4 submultiframe is one block (G.704 2.3.3).
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "plant.h"

static const struct tdm_elastic_config elastic_config = {
	.slots = TDM_SLOTS_MAX,
	.depth = TDM_ELASTIC_DEPTH,
	.low = TDM_ELASTIC_LOW,
	.high = TDM_ELASTIC_HIGH,
	.start = TDM_ELASTIC_MIDDLE,
	.spread_pulls = 0,
};

/* Moves on with each change. */
static atomic_t plant_state = ATOMIC_INIT(1);

void virt_line_changed(void)
{
	/* Who sees the new number sees what was changed before. */
	atomic_inc_return_release(&plant_state);
}

int virt_line_state(void)
{
	return atomic_read_acquire(&plant_state);
}

int virt_link_init(struct virt_link *link)
{
	u32 size = tdm_elastic_size(&elastic_config);

	tdm_reg_lock_init(&link->lock);
	if (!link->cross)
		return 0;
	link->mem = kzalloc(2 * size, GFP_KERNEL);
	if (!link->mem)
		return -ENOMEM;
	tdm_elastic_init(&link->ab, &elastic_config, link->mem);
	tdm_elastic_init(&link->ba, &elastic_config, link->mem + size);
	return 0;
}

void virt_link_free(struct rcu_head *rcu)
{
	struct virt_link *link = container_of(rcu, struct virt_link, rcu);

	kfree(link->mem);
	kfree(link);
}

static bool framed(u8 framing)
{
	return framing != TDM_FRAMING_UNFRAMED;
}

/* The peer's equipment sends back what it gets. */
static bool loops_line(const struct virt_port *port)
{
	u8 loop = READ_ONCE(port->loopback);

	return loop == TDM_LOOP_LINE || loop == TDM_LOOP_PAYLOAD;
}

static void pull(struct virt_port *port, struct virt_link *link)
{
	struct tdm_elastic *elastic = link->a == port ? &link->ba : &link->ab;
	u8 *rows[TDM_SLOTS_MAX];
	enum tdm_elastic_result result;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < TDM_SLOTS_MAX; i++)
		rows[i] = (u8 *)tdm_row(port->rx, i);
	spin_lock_irqsave(&link->lock, flags);
	result = tdm_elastic_pull(elastic, rows, 0xff);
	spin_unlock_irqrestore(&link->lock, flags);
	port->repeated += result == TDM_ELASTIC_REPEATED;
	port->deleted += result == TDM_ELASTIC_DELETED;
}

static void push(struct virt_port *port)
{
	const u8 *rows[TDM_SLOTS_MAX];
	struct virt_link *link;
	unsigned long flags;
	unsigned int i;

	if (!port->unpushed)
		return;
	port->unpushed = false;
	link = rcu_dereference(port->link);
	if (!link || !link->cross)
		return;
	for (i = 0; i < TDM_SLOTS_MAX; i++)
		rows[i] = (u8 *)tdm_row(port->tx[port->cur], i);
	spin_lock_irqsave(&link->lock, flags);
	tdm_elastic_push(link->a == port ? &link->ab : &link->ba, rows);
	spin_unlock_irqrestore(&link->lock, flags);
}

void *virt_line_tx(struct virt_port *port)
{
	push(port);			/* of several blocks at once the one before */
	port->cur = !port->cur;
	port->unpushed = true;
	return port->tx[port->cur];
}

/* xorshift64*: what matters is that it repeats. */
static u32 random(struct virt_port *port)
{
	port->random ^= port->random >> 12;
	port->random ^= port->random << 25;
	port->random ^= port->random >> 27;
	return (port->random * 0x2545f4914f6cdd1dULL) >> 32;
}

/* Distance to the next error, in 1/65536 bits: even between one bit and twice the mean less one. */
static u64 draw(struct virt_port *port, u32 rate)
{
	u64 mean = div_u64(1000000000ULL << 16, rate);
	u64 width = 2 * (mean - (1 << 16));

	/* width * random / 2^32 without losing the high bits of a small rate */
	return (1 << 16) + (width >> 32) * random(port) + (((width & U32_MAX) * random(port)) >> 32);
}

/* Flips bits of port->rx; returns how many. */
static unsigned int spoil(struct virt_port *port, u32 rate)
{
	unsigned int slots = port->type == TDM_TYPE_E1 ? TDM_E1_SLOTS : TDM_T1_SLOTS;
	unsigned int first = port->type == TDM_TYPE_E1 ? 0 : 1;
	u64 bits = (u64)slots * TDM_BLOCK_FRAMES * 8 << 16;
	unsigned int n = 0;

	if (!port->error_at)
		port->error_at = draw(port, rate);
	while (port->error_at <= bits) {
		unsigned int bit = (port->error_at - 1) >> 16;

		port->rx[first * TDM_BLOCK_FRAMES + bit / 8] ^= 0x80 >> bit % 8;
		port->error_at += draw(port, rate);
		n++;
	}
	port->error_at -= bits;
	return n;
}

/* What the framers of both ends make of @n wrong bits in a block. */
static void count_errors(struct virt_port *port, struct virt_port *peer, unsigned int n)
{
	bool crc = port->framing == TDM_FRAMING_CRC4 || port->framing == TDM_FRAMING_ESF;
	unsigned long flags;

	spin_lock_irqsave(&port->card->regs, flags);
	port->errors.lcv += n;
	port->errors.crc += crc;
	spin_unlock_irqrestore(&port->card->regs, flags);
	/* G.704 2.3.3.4: an E bit for each submultiframe in error. */
	if (crc && peer) {
		spin_lock_irqsave(&peer->card->regs, flags);
		peer->errors.ebit++;
		spin_unlock_irqrestore(&peer->card->regs, flags);
	}
}

/* In a tick of the port's card, which holds the RCU read lock. */
const void *virt_line_rx(struct virt_port *port)
{
	struct virt_link *link = rcu_dereference(port->link);
	struct virt_port *peer = link ? virt_peer(port, link) : NULL;
	u32 broken = READ_ONCE(port->defects) & (TDM_ALARM_LOS | TDM_ALARM_LFA | TDM_ALARM_AIS);
	u32 rate = READ_ONCE(port->bit_errors);
	const void *block;

	if (port->loopback == TDM_LOOP_LOCAL || (peer && READ_ONCE(peer->up) && loops_line(peer))) {
		block = port->tx[port->cur];
	} else if (!peer || !READ_ONCE(peer->up)) {
		broken |= TDM_ALARM_LOS;
	} else if (link->cross) {
		pull(port, link);
		block = port->rx;
	} else {
		block = peer->tx[peer->cur];
	}
	if (broken) {
		memset(port->rx, 0xff, sizeof(port->rx));
		return port->rx;
	}
	if (rate) {
		unsigned int n;

		if (block != port->rx)
			memcpy(port->rx, block, sizeof(port->rx));
		n = spoil(port, rate);
		if (n)
			count_errors(port, peer, n);
		return port->rx;
	}
	return block;
}

/* The defects that the line has by itself. G.706 4.2 (CRC-4), G.732 5.2 (CAS), T1.403 (framing). */
static u32 line_defects(const struct virt_port *port, const struct virt_port *peer)
{
	u8 ours = port->framing, theirs;
	u32 rai;

	if (port->loopback == TDM_LOOP_LOCAL)
		return 0;
	if (!peer || !READ_ONCE(peer->up))
		return TDM_ALARM_LOS;
	if (!framed(ours))
		return 0;
	if (loops_line(peer))
		return READ_ONCE(port->rai) ? TDM_ALARM_RAI : 0;
	theirs = READ_ONCE(peer->framing);
	if (!framed(theirs) || (port->type == TDM_TYPE_E1) != (READ_ONCE(peer->type) == TDM_TYPE_E1))
		return TDM_ALARM_LFA;
	rai = READ_ONCE(peer->rai) ? TDM_ALARM_RAI : 0;
	if (port->type != TDM_TYPE_E1)
		return ours == theirs ? rai : TDM_ALARM_LFA;
	if (ours == TDM_FRAMING_CRC4 && theirs != TDM_FRAMING_CRC4)
		return rai | TDM_ALARM_LMFA;
	if (port->signalling == TDM_SIGNALLING_CAS && READ_ONCE(peer->signalling) != TDM_SIGNALLING_CAS)
		return rai | TDM_ALARM_LMFA;
	return rai;
}

static void sample_cas(struct virt_port *port, const struct virt_port *from, u64 frame)
{
	unsigned int slot;

	for (slot = 1; slot < TDM_SLOTS_MAX; slot++) {
		u8 abcd = READ_ONCE(from->cas_tx[slot]);

		if (abcd != port->cas_rx[slot] || port->fresh) {
			port->cas_rx[slot] = abcd;
			tdm_span_cas(port->span, frame, slot, abcd);
		}
	}
}

/* What the framer has noticed up to @frame. */
static void sample(struct virt_port *port, u64 frame)
{
	struct virt_link *link = rcu_dereference(port->link);
	struct virt_port *peer = link ? virt_peer(port, link) : NULL;
	u32 defects = line_defects(port, peer) | READ_ONCE(port->defects);

	if (defects != port->reported) {
		port->reported = defects;
		tdm_span_defects(port->span, frame, defects);
	}
	if (port->signalling == TDM_SIGNALLING_CAS && !(defects & ~(u32)TDM_ALARM_RAI)) {
		if (port->loopback == TDM_LOOP_LOCAL || (peer && loops_line(peer)))
			sample_cas(port, port, frame);
		else
			sample_cas(port, peer, frame);
		port->fresh = false;
	}
}

/*
 * Between two clocks, and where bits are to be spoiled and counted, the line goes on when the core asked for
 * nothing: it has no use for the blocks of a span that nobody uses.
 */
static void move(struct virt_port *port, const struct virt_link *link, unsigned int blocks)
{
	unsigned int i;

	for (i = 0; i < blocks && !port->received; i++)
		virt_line_rx(port);
	for (i = 0; i < blocks && !port->sent && link && link->cross; i++)
		virt_line_tx(port);
	push(port);
}

/*
 * After the tick of @blocks, with no lock but RCU's held; @frame is the next, @state virt_line_state() before.
 * Needed only where the line moves, or something was changed.
 */
void virt_line_turn(struct virt_port *port, unsigned int blocks, u64 frame, int state)
{
	const struct virt_link *link = rcu_dereference(port->link);

	port->moves = (link && link->cross) || READ_ONCE(port->bit_errors);
	if (port->moves)
		move(port, link, min_t(unsigned int, blocks, TDM_TICK_BLOCKS_MAX));
	for (; port->repeated; port->repeated--)
		tdm_span_slip(port->span, frame, 1);
	for (; port->deleted; port->deleted--)
		tdm_span_slip(port->span, frame, -1);
	if (port->seen == state)
		return;
	port->seen = state;
	sample(port, frame);
}
