// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: every row of a span in memory that the owner maps.
 *
 *	KPOS	one page	the kernel's positions; mapped read-only
 *	UPOS	one page	the user's position; never trusted
 *	RX, TX	ring_len each	[period][slot][frame of the period]
 *
 *	                 rx.pos: the next block's place                period_frames = 16
 *	period 0  slot 0  ................   slot 1  ................  ...
 *	period 1  slot 0  ........^          slot 1  ........^         ...
 *
 * A cursor (period, offset) follows each direction's frame number, so that the tick divides only when
 * numbers jump. A jump (a gap, or the time that the span was down) leaves rows behind that
 * nobody wrote or took: they become idle, at most one ring of them.
 *
 * Lifetime of the memory: struct tdm_stream_mem is counted by the descriptor and by each mapping; the
 * tick uses it only while the path is attached, which ends before the descriptor's reference does.
 *
 * Ordering: rows, then the 64-bit position, then its low half; smp_wmb() between them, to the user's
 * acquire load. Nothing is read from memory that the user can write but TX rows (octets: any value is
 * good) and upos->rx_frame in poll().
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "client.h"
#include "compat.h"

#define TDM_PERIODS_MIN	3
#define TDM_PERIODS_MAX	256

struct tdm_stream_mem {
	struct kref ref;
	struct tdm_stream_kpos *kpos;	/* each of the four: vmalloc_user */
	struct tdm_stream_upos *upos;
	u8 *rx, *tx;
	u32 ring_len, pos_len;
};

struct tdm_cursor {
	u64 frame;			/* the next one expected */
	u32 period, offset;		/* where it lies */
};

struct tdm_stream_run {
	struct tdm_stream_mem *mem;
	u32 period_frames, periods;
	u32 rx_56k, tx_56k;		/* slots of restricted bearers; set before they are claimed */
	bool started;			/* span mutex: the positions are those of the attached path */
	/* The tick's. */
	struct tdm_cursor rx, tx;
};

/* --- memory and mappings -------------------------------------------------------------------------- */

static void mem_free(struct kref *ref)
{
	struct tdm_stream_mem *mem = container_of(ref, struct tdm_stream_mem, ref);

	vfree(mem->kpos);
	vfree(mem->upos);
	vfree(mem->rx);
	vfree(mem->tx);
	kfree(mem);
}

static struct tdm_stream_mem *mem_alloc(u32 ring_len, u32 pos_len)
{
	struct tdm_stream_mem *mem = kzalloc(sizeof(*mem), GFP_KERNEL_ACCOUNT);

	if (!mem)
		return NULL;
	kref_init(&mem->ref);
	mem->ring_len = ring_len;
	mem->pos_len = pos_len;
	mem->kpos = vmalloc_user(pos_len);
	mem->upos = vmalloc_user(pos_len);
	mem->rx = vmalloc_user(ring_len);
	mem->tx = vmalloc_user(ring_len);
	if (mem->kpos && mem->upos && mem->rx && mem->tx)
		return mem;
	mem_free(&mem->ref);
	return NULL;
}

static void stream_vm_open(struct vm_area_struct *vma)
{
	struct tdm_stream_mem *mem = vma->vm_private_data;

	kref_get(&mem->ref);
}

static void stream_vm_close(struct vm_area_struct *vma)
{
	struct tdm_stream_mem *mem = vma->vm_private_data;

	kref_put(&mem->ref, mem_free);
}

static const struct vm_operations_struct stream_vm_ops = {
	.open = stream_vm_open,
	.close = stream_vm_close,
};

struct tdm_area {
	u64 offset;
	void *memory;
	u32 len;
	bool writable;
};

/*
 * mmap_lock held: takes no lock of ours, see client.h. What is mapped read-only stays so: without
 * VM_MAYWRITE mprotect() refuses too. A private mapping of what another side writes is a mistake.
 */
static int stream_mmap(struct tdm_client *client, struct vm_area_struct *vma)
{
	struct tdm_stream_mem *mem = client->stream->mem;
	const struct tdm_area areas[] = {
		{ TDM_MMAP_KPOS, mem->kpos, mem->pos_len, false },
		{ TDM_MMAP_UPOS, mem->upos, mem->pos_len, true },
		{ TDM_MMAP_RX, mem->rx, mem->ring_len, false },
		{ TDM_MMAP_TX, mem->tx, mem->ring_len, true },
	};
	const struct tdm_area *area = areas;
	int ret;

	while (area->offset >> PAGE_SHIFT != vma->vm_pgoff)
		if (++area == areas + ARRAY_SIZE(areas))
			return -EINVAL;
	if (vma->vm_end - vma->vm_start != area->len || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC || (vma->vm_flags & VM_WRITE && !area->writable))
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC | (area->writable ? 0 : VM_MAYWRITE));
	ret = remap_vmalloc_range(vma, area->memory, 0);
	if (ret)
		return ret;
	vma->vm_private_data = mem;
	vma->vm_ops = &stream_vm_ops;
	stream_vm_open(vma);
	return 0;
}

/* --- the tick's side ------------------------------------------------------------------------------ */

static void cursor_set(const struct tdm_stream_run *stream, struct tdm_cursor *cursor, u64 frame)
{
	u32 period;

	cursor->frame = frame;
	frame = div_u64_rem(frame, stream->period_frames, &cursor->offset);
	div_u64_rem(frame, stream->periods, &period);
	cursor->period = period;
}

/* True when a period ended. @n at most what is left of the period. */
static bool cursor_step(const struct tdm_stream_run *stream, struct tdm_cursor *cursor, u32 n)
{
	cursor->frame += n;
	cursor->offset += n;
	if (cursor->offset < stream->period_frames)
		return false;
	cursor->offset = 0;
	if (++cursor->period == stream->periods)
		cursor->period = 0;
	return true;
}

static u8 *row_at(const struct tdm_stream_run *stream, u8 *ring, const struct tdm_cursor *cursor,
		  unsigned int slot)
{
	return ring + (cursor->period * TDM_SLOTS_MAX + slot) * stream->period_frames +
	       cursor->offset;
}

/* @n frames of these rows from the cursor on become idle; at most what is left of the period. */
static void idle_rows(const struct tdm_stream_run *stream, const struct tdm_cursor *cursor, u8 *ring,
		      const struct tdm_span *span, u32 slots, u32 n)
{
	/* By words, but where frame numbers are no multiples of 8. */
	bool words = !((cursor->offset | n) % TDM_BLOCK_FRAMES);

	for (; slots; slots &= slots - 1) {
		unsigned int slot = __ffs(slots);
		u8 *row = row_at(stream, ring, cursor, slot), idle = tdm_slot_idle(span, slot);

		if (words)
			memset64((u64 *)row, tdm_idle_row(idle), n / TDM_BLOCK_FRAMES);
		else
			memset(row, idle, n);
	}
}

/* Frames [cursor, frame) of these rows become idle; the cursor ends at frame. */
static void skip_to(const struct tdm_stream_run *stream, struct tdm_cursor *cursor, u8 *ring,
		    const struct tdm_span *span, u32 slots, u64 frame)
{
	u64 ring_frames = stream->period_frames * stream->periods;
	u32 n;

	if (frame - cursor->frame > ring_frames)
		cursor_set(stream, cursor, frame - ring_frames);
	while (cursor->frame != frame) {
		n = min_t(u64, frame - cursor->frame, stream->period_frames - cursor->offset);
		idle_rows(stream, cursor, ring, span, slots, n);
		cursor_step(stream, cursor, n);
	}
}

static void publish(u64 *pos, u32 *lo, u64 frame)
{
	/* Rows before the position that covers them; pairs with the user's acquire load. */
	smp_wmb();
	WRITE_ONCE(*pos, frame);
	/* The whole before its low half, for users who cannot load 64 bits at once. */
	smp_wmb();
	WRITE_ONCE(*lo, (u32)frame);
}

/* Whole rows, as they are: where nearly all of a stream's time goes. @stride octets lie between two rows. */
static void put_rows(u8 *to, u32 stride, const void *block, u32 slots)
{
	while (slots) {
		unsigned int slot = __ffs(slots);

		slots &= slots - 1;
		memcpy(to + slot * stride, tdm_row_const(block, slot), TDM_BLOCK_FRAMES);
	}
}

static void take_rows(u8 *from, u32 stride, void *block, u32 slots, const u8 *idle)
{
	while (slots) {
		unsigned int slot = __ffs(slots);
		u8 *at = from + slot * stride;
		u64 row, rest = tdm_idle_row(idle[slot]);

		slots &= slots - 1;
		memcpy(&row, at, TDM_BLOCK_FRAMES);
		memcpy(at, &rest, TDM_BLOCK_FRAMES);
		*tdm_row(block, slot) = row;
	}
}

/* Rows of restricted bearers, and parts of rows: @n octets from octet @done on. */
static void put_parts(const struct tdm_stream_run *stream, u8 *to, const void *block, u32 slots, u32 done,
		      u32 n)
{
	while (slots) {
		unsigned int slot = __ffs(slots);
		u64 row = *tdm_row_const(block, slot);

		slots &= slots - 1;
		if (stream->rx_56k & BIT(slot))
			row |= tdm_bearer_or(TDM_BEARER_56K);
		memcpy(to + slot * stream->period_frames, (u8 *)&row + done, n);
	}
}

/* Rows that a cross-connect fills are taken and go nowhere: what is written for them is not heard later. */
static void take_parts(const struct tdm_stream_run *stream, const struct tdm_path *path, u8 *from,
		       void *block, u32 slots, u32 done, u32 n)
{
	u64 row = 0;

	while (slots) {
		unsigned int slot = __ffs(slots);
		u8 *at = from + slot * stream->period_frames;

		slots &= slots - 1;
		memcpy(&row, at, n);
		memset(at, tdm_slot_idle(path->span, slot), n);
		if (stream->tx_56k & BIT(slot))
			row |= tdm_bearer_or(TDM_BEARER_56K);
		if (path->tx_now & BIT(slot))
			memcpy((u8 *)tdm_row(block, slot) + done, &row, n);
	}
}

static bool stream_rx(struct tdm_path *path, const void *block, u64 frame)
{
	struct tdm_stream_run *stream = tdm_path_client(path)->stream;
	struct tdm_stream_kpos *kpos = stream->mem->kpos;
	u32 done = 0, n, whole;
	bool wake = false;
	u8 *to;

	if (unlikely(frame != stream->rx.frame))
		skip_to(stream, &stream->rx, stream->mem->rx, path->span, path->rx_slots, frame);
	/* In two parts where a block lies across two periods: frame numbers need not be multiples of 8. */
	while (done < TDM_BLOCK_FRAMES) {
		n = min(TDM_BLOCK_FRAMES - done, stream->period_frames - stream->rx.offset);
		to = row_at(stream, stream->mem->rx, &stream->rx, 0);
		whole = n == TDM_BLOCK_FRAMES ? path->rx_slots & ~stream->rx_56k : 0;
		put_rows(to, stream->period_frames, block, whole);
		put_parts(stream, to, block, path->rx_slots & ~whole, done, n);
		wake |= cursor_step(stream, &stream->rx, n);
		done += n;
	}
	publish(&kpos->rx_frame, &kpos->rx_frame_lo, stream->rx.frame);
	if (wake)
		WRITE_ONCE(kpos->wakeups, kpos->wakeups + 1);
	return wake;
}

static bool stream_tx(struct tdm_path *path, void *block, u64 frame)
{
	struct tdm_stream_run *stream = tdm_path_client(path)->stream;
	struct tdm_stream_kpos *kpos = stream->mem->kpos;
	u32 done = 0, n, whole;
	u8 *from;

	if (unlikely(frame != stream->tx.frame))
		skip_to(stream, &stream->tx, stream->mem->tx, path->span, path->tx_slots, frame);
	while (done < TDM_BLOCK_FRAMES) {
		n = min(TDM_BLOCK_FRAMES - done, stream->period_frames - stream->tx.offset);
		from = row_at(stream, stream->mem->tx, &stream->tx, 0);
		whole = n == TDM_BLOCK_FRAMES ? path->tx_now & ~stream->tx_56k : 0;
		take_rows(from, stream->period_frames, block, whole, path->span->tick.idle);
		take_parts(stream, path, from, block, path->tx_slots & ~whole, done, n);
		cursor_step(stream, &stream->tx, n);
		done += n;
	}
	publish(&kpos->tx_frame, &kpos->tx_frame_lo, stream->tx.frame);
	return false;
}

/* Counted here; the rows are made idle when the next block shows where the numbers went on. */
static void stream_gap(struct tdm_path *path, u64 rx_frames, u64 tx_frames)
{
	struct tdm_stream_kpos *kpos = tdm_path_client(path)->stream->mem->kpos;

	WRITE_ONCE(kpos->rx_gap_frames, kpos->rx_gap_frames + rx_frames);
	WRITE_ONCE(kpos->tx_gap_frames, kpos->tx_gap_frames + tx_frames);
}

/*
 * Just attached: from here on every block moves the positions. Between reading the card's numbers and
 * attaching a tick may have come, hence under its lock.
 */
static void stream_start(struct tdm_stream_run *stream, struct tdm_card *card)
{
	struct tdm_stream_kpos *kpos = stream->mem->kpos;
	unsigned long flags;

	spin_lock_irqsave(&card->tick_lock, flags);
	cursor_set(stream, &stream->rx, card->next.rx);
	cursor_set(stream, &stream->tx, card->next.tx);
	publish(&kpos->rx_frame, &kpos->rx_frame_lo, card->next.rx);
	publish(&kpos->tx_frame, &kpos->tx_frame_lo, card->next.tx);
	spin_unlock_irqrestore(&card->tick_lock, flags);
	stream->started = true;
}

static void stream_state(struct tdm_path *path, int state)
{
	static const u32 states[] = {
		[TDM_PATH_DOWN] = TDM_STREAM_DOWN,
		[TDM_PATH_UP] = TDM_STREAM_RUNNING,
	};
	struct tdm_stream_run *stream = tdm_path_client(path)->stream;
	struct tdm_stream_kpos *kpos = stream->mem->kpos;

	if (!stream->started)
		stream_start(stream, path->span->card);
	WRITE_ONCE(kpos->state, state == TDM_PATH_GONE ? TDM_STREAM_GONE : states[state]);
	tdm_client_state(path, state);
}

static const struct tdm_path_ops stream_path_ops = {
	.rx = stream_rx,
	.tx = stream_tx,
	.gap = stream_gap,
	.state = stream_state,
	.event = tdm_client_event,
	.wake = tdm_client_wake,
	.name = tdm_client_name,
};

/* --- the owner's side ----------------------------------------------------------------------------- */

static __poll_t stream_poll(struct tdm_client *client)
{
	struct tdm_stream_run *stream = client->stream;
	struct tdm_stream_mem *mem = stream->mem;
	u64 there = div_u64(READ_ONCE(mem->kpos->rx_frame), stream->period_frames);
	u64 dealt = div_u64(READ_ONCE(mem->upos->rx_frame), stream->period_frames);

	return there > dealt ? EPOLLIN | EPOLLRDNORM : 0;
}

static int stream_check(struct tdm_stream *arg)
{
	if (arg->flags || arg->reserved[0] || arg->reserved[1])
		return tdm_refuse(arg->reason, -EINVAL, "flags and reserved fields must be 0");
	if (arg->period_frames < TDM_PERIOD_MIN || arg->period_frames > TDM_PERIOD_MAX ||
	    arg->period_frames % TDM_BLOCK_FRAMES)
		return tdm_refuse(arg->reason, -EINVAL,
				  "a period of %u frames: it must be %u to %u, a multiple of %u",
				  arg->period_frames, TDM_PERIOD_MIN, TDM_PERIOD_MAX,
				  TDM_BLOCK_FRAMES);
	if (arg->periods < TDM_PERIODS_MIN || arg->periods > TDM_PERIODS_MAX)
		return tdm_refuse(arg->reason, -EINVAL, "%u periods: it must be %u to %u",
				  arg->periods, TDM_PERIODS_MIN, TDM_PERIODS_MAX);
	return 0;
}

static void stream_destroy(struct tdm_stream_run *stream)
{
	kref_put(&stream->mem->ref, mem_free);
	kfree(stream);
}

static struct tdm_stream_run *stream_create(const struct tdm_stream *arg)
{
	struct tdm_stream_run *stream = kzalloc(sizeof(*stream), GFP_KERNEL_ACCOUNT);

	if (!stream)
		return ERR_PTR(-ENOMEM);
	stream->period_frames = arg->period_frames;
	stream->periods = arg->periods;
	stream->mem = mem_alloc(PAGE_ALIGN(TDM_SLOTS_MAX * arg->period_frames * arg->periods),
				PAGE_SIZE);
	if (!stream->mem) {
		kfree(stream);
		return ERR_PTR(-ENOMEM);
	}
	return stream;
}

/* role_lock held. Nothing is changed on refusal. */
int tdm_ioc_stream_open(struct tdm_client *client, struct tdm_stream *arg)
{
	struct tdm_stream_run *stream;
	struct tdm_card *card;
	struct tdm_span *span;
	int ret;

	lockdep_assert_held(&client->role_lock);
	ret = stream_check(arg);
	if (ret)
		return ret;
	ret = tdm_client_find(arg->card, arg->port, &card, &span, arg->reason);
	if (ret)
		return ret;
	stream = stream_create(arg);
	if (IS_ERR(stream)) {
		ret = PTR_ERR(stream);
		goto put_card;
	}
	client->stream = stream;
	client->path.ops = &stream_path_ops;
	client->path.mode = TDM_MODE_PCM;
	client->path.always = true;
	ret = tdm_client_attach(client, card, span, 0, 0, 0, NULL, arg->reason);
	if (ret)
		goto destroy;
	arg->period_len = TDM_SLOTS_MAX * arg->period_frames;
	arg->ring_len = stream->mem->ring_len;
	arg->pos_len = stream->mem->pos_len;
	arg->tx_lead = card->tx_lead;
	tdm_client_become(client, &tdm_role_stream);
	return 0;

destroy:
	client->stream = NULL;
	stream_destroy(stream);
put_card:
	tdm_card_put(card);
	return ret;
}

static int claim_check(const struct tdm_client *client, struct tdm_claim *arg)
{
	if (!arg->flags || (arg->flags & ~TDM_CLAIM_FLAGS))
		return tdm_refuse(arg->reason, -EINVAL, "flags 0x%x: it must be RX (1), TX (2) or both",
				  arg->flags);
	if (arg->slot >= TDM_SLOTS_MAX)
		return tdm_refuse(arg->reason, -EINVAL, "there is no slot %u", arg->slot);
	return 0;
}

static int refuse_gone(const struct tdm_client *client, struct tdm_claim *arg)
{
	return tdm_refuse(arg->reason, -ENODEV, "%s was removed", tdm_card_name(client->card));
}

/*
 * role_lock held: nobody else changes this descriptor's claims meanwhile. Before the transmit side is
 * ours its rows become idle, or what lies in them from earlier would be sent first.
 */
int tdm_ioc_claim(struct tdm_client *client, struct tdm_claim *arg)
{
	struct tdm_stream_run *stream = client->stream;
	struct tdm_span *span = client->path.span;
	u32 rx = arg->flags & TDM_CLAIM_RX ? 1 : 0, tx = arg->flags & TDM_CLAIM_TX ? 1 : 0;
	struct tdm_frames eff = {};
	struct tdm_cursor at = {};
	int ret;

	lockdep_assert_held(&client->role_lock);
	ret = claim_check(client, arg);
	if (ret)
		return ret;
	if (arg->bearer > TDM_BEARER_56K)
		return tdm_refuse(arg->reason, -EINVAL, "unknown bearer %u: it is 0, 1 or 2",
				  arg->bearer);
	if (tx && !client->can_write)
		return tdm_refuse(arg->reason, -EPERM,
				  "the descriptor is read-only: open it for writing to transmit");
	rx <<= arg->slot;
	tx <<= arg->slot;
	tdm_span_lock(span);
	if (span->gone)
		ret = refuse_gone(client, arg);
	if (!ret && ((client->path.rx_slots & rx) || (client->path.tx_slots & tx)))
		ret = tdm_refuse(arg->reason, -EBUSY, "slot %u is claimed by this descriptor already",
				 arg->slot);
	if (!ret) {
		stream->rx_56k &= ~rx;
		stream->tx_56k &= ~tx;
		if (arg->bearer == TDM_BEARER_56K) {
			stream->rx_56k |= rx;
			stream->tx_56k |= tx;
		}
		if (tx)
			skip_to(stream, &at, stream->mem->tx, span, tx,
				(u64)stream->period_frames * stream->periods);
		ret = tdm_path_claim(&client->path, rx, tx, arg->bearer, &eff, arg->reason);
	}
	tdm_span_unlock(span);
	arg->rx_frame = eff.rx;
	arg->tx_frame = eff.tx;
	return ret;
}

int tdm_ioc_release(struct tdm_client *client, struct tdm_claim *arg)
{
	struct tdm_path *path = &client->path;
	struct tdm_frames eff = {};
	u32 slots;
	int ret;

	lockdep_assert_held(&client->role_lock);
	ret = claim_check(client, arg);
	if (ret)
		return ret;
	if (tdm_client_running(client) == -ENODEV)
		return refuse_gone(client, arg);
	slots = 1U << arg->slot;
	/* Claims change under role_lock alone, but for the card's going away. */
	if ((arg->flags & TDM_CLAIM_RX && !(READ_ONCE(path->rx_slots) & slots)) ||
	    (arg->flags & TDM_CLAIM_TX && !(READ_ONCE(path->tx_slots) & slots)))
		return tdm_refuse(arg->reason, -EINVAL, "slot %u is not claimed by this descriptor",
				  arg->slot);
	tdm_client_release_slots(client, arg->flags & TDM_CLAIM_RX ? slots : 0,
				 arg->flags & TDM_CLAIM_TX ? slots : 0, &eff);
	arg->rx_frame = eff.rx;
	arg->tx_frame = eff.tx;
	return 0;
}

static void stream_free(struct tdm_client *client)
{
	stream_destroy(client->stream);
	client->stream = NULL;
}

const struct tdm_role tdm_role_stream = {
	.name = "a stream",
	.poll = stream_poll,
	.mmap = stream_mmap,
	.free = stream_free,
};
