/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * opentdm - the interface between the kernel driver and user space.
 *
 * This is the one header that both sides include: the ioctls of /dev/tdm and the layout of a
 * stream. The generic netlink half (family "opentdm": configuration, state, events, counters) is
 * described by uapi/opentdm.yaml; its constants, generated into opentdm_netlink.h, are included here.
 *
 * Terms. A *card* has *ports*; a port is one E1 or T1 *span*; a span has *timeslots* (E1: 0-31, of
 * which 0 carries the framing unless the span is unframed; T1: 1-24). A person writes
 * CARD:PORT:SLOT, as in te0:1:16. Here a card is named by its instance id, which is never reused:
 * look it up by name through netlink. A *frame* is 125 us: one octet of each timeslot.
 *
 * Frame numbers are 64-bit, count line frames of one card since its clock started, and never go
 * back. Receive and transmit are numbered apart: the octet that a port sends in transmit frame t
 * and the octet that it receives in receive frame r are on the line at about the same time when
 * t - r equals tdm_stream.tx_lead.
 *
 * Octets are as on the line: bit 7 is sent first. A-law octets carry G.711's even bit inversion.
 *
 * Conventions of every ioctl here:
 *  - The structure begins with its own size. A kernel that knows less than the caller refuses with
 *    E2BIG when the unknown tail is not zero; a caller that knows less gets what fits. Shorter than
 *    in version 1 is EINVAL.
 *  - Unknown flags and non-zero reserved fields are refused with EINVAL.
 *  - All fields are naturally aligned and of fixed width: 32-bit callers need no translation.
 *  - Where a structure has a reason[], a refusal writes a sentence there (NUL-terminated); it is
 *    empty on success. Of a refused call nothing else is written back.
 *  - ENODEV: the card is gone. ENETDOWN: the span is not running. EBUSY: the reason names the owner.
 *
 * A descriptor of /dev/tdm begins as nothing. TDM_BIND makes it *bound*, TDM_STREAM_OPEN makes it a
 * *stream*; it stays what it became until it is closed (EBUSY on a second attempt). What does not
 * fit what the descriptor is gives EBADFD: TDM_CLAIM on a bound one, read() on a stream.
 */
#ifndef OPENTDM_H
#define OPENTDM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "opentdm_netlink.h"

#define TDM_API_VERSION		1
#define TDM_DEVICE		"/dev/tdm"
#define TDM_REASON_LEN		128

#define TDM_FRAMES_PER_SEC	8000	/* G.704: one octet of a timeslot every 125 us */
#define TDM_SLOTS_MAX		32	/* rows of a stream's period, whatever the span's type */
#define TDM_E1_SLOTS		32	/* slots 0-31 */
#define TDM_T1_SLOTS		24	/* slots 1-24 */
#define TDM_BLOCK_FRAMES	8	/* what a card delivers at once: 1 ms */
#define TDM_PERIOD_MIN		8	/* frames in a period: 1 ms ... */
#define TDM_PERIOD_MAX		320	/* ... to 40 ms, in steps of 8 */
#define TDM_HDLC_MTU_MAX	4096	/* octets of a frame without its FCS */

/* What the octets of a claimed slot mean. */
enum tdm_bearer {
	TDM_BEARER_SPEECH = 0,	/* companded speech in the span's law; may be converted or cancelled */
	TDM_BEARER_CLEAR = 1,	/* unrestricted digital, 64 kbit/s: every bit is passed as it is */
	TDM_BEARER_56K = 2,	/* restricted digital: bit 0 (sent last) is not ours; sent as 1, read as 1 */
};

enum tdm_mode {
	TDM_MODE_PCM = 0,	/* read and write octets */
	TDM_MODE_HDLC = 1,	/* read and write whole frames, without flags and FCS */
};

/* --- bound descriptors ------------------------------------------------------------------------ */

#define TDM_BIND_TX		(1U << 0) /* own the transmit side too; without it the descriptor is a tap */
#define TDM_BIND_INVERT		(1U << 1) /* HDLC: every bit inverted (T1 without B8ZS) */
#define TDM_BIND_IDLE_MARK	(1U << 2) /* HDLC: ones between frames, not flags */
#define TDM_BIND_NO_FCS		(1U << 3) /* HDLC: the caller makes and checks the FCS itself */
#define TDM_BIND_FLAGS		0xfU

/*
 * TDM_BIND - bind a descriptor to a slot, or to a mask of slots of one span as one bearer.
 *
 * PCM read() and write() move frames in line order: for each frame the octets of the mask's slots,
 * in ascending slot number. Sizes are multiples of the number of slots (EINVAL otherwise). A read
 * returns what is there, at least one frame. If that is less than rx_wake frames (or than was asked
 * for) it waits until it is as much; with O_NONBLOCK it never waits (EAGAIN when nothing is there). A
 * write takes all, and waits for room; with O_NONBLOCK it takes what there is room for (EAGAIN when
 * that is nothing). When the receive buffer is full the oldest frames are dropped and counted; when
 * the transmit buffer runs dry the slot sends its idle code and that is counted, once the first
 * octet has been written. While a cross-connect fills a slot, what was written for it is taken
 * at the same pace and goes nowhere.
 *
 * HDLC read() returns one good frame. If the buffer is too small it returns EMSGSIZE and keeps
 * the frame. write() queues one frame whole or not at all; a frame longer than the mtu is
 * EMSGSIZE, an empty one EINVAL. Frames with errors are counted and never delivered. A frame costs
 * four octets of buffer besides its own; when the receive buffer is full the new frame is dropped.
 * What is half sent or half received when the span goes down is given up.
 *
 * write() on a tap: EPERM. While the span is down, read() returns what is there and then ENETDOWN,
 * write() ENETDOWN; what was queued is sent when it comes up, unless it is dropped (TDM_FLUSH).
 *
 * poll(): EPOLLIN a frame (HDLC) or rx_wake frames (PCM) can be read; EPOLLOUT half of the transmit
 * buffer is free; EPOLLPRI an event waits (TDM_EVENT_GET); EPOLLHUP the card is gone; EPOLLERR the
 * span is down, or the descriptor is nothing yet.
 *
 * Errors: ENODEV no such card or port; EINVAL a slot that the span has not, an empty mask, several
 * slots for 56k, a size out of bounds; EBUSY with the owner's name; EPERM TDM_BIND_TX on a descriptor opened read-only;
 * ENOMEM. May be done while the span is down: data flows when it comes up.
 */
struct tdm_bind {
	__u32 size;
	__u32 flags;		/* TDM_BIND_* */
	__u32 card;		/* instance id */
	__u32 port;		/* from 1 */
	__u32 slots;		/* bit n = slot n */
	__u16 mode;		/* enum tdm_mode */
	__u16 bearer;		/* enum tdm_bearer; HDLC: CLEAR or 56K */
	__u32 rx_frames;	/* PCM: receive buffer, in frames; HDLC: in octets; 0 = default (1 s; 64 KiB) */
	__u32 tx_frames;	/* the same for transmit; 0 = default (0.5 s; 64 KiB) */
				/* PCM 8..480000, at most 8 MiB; HDLC at least 2 * (mtu + 4), at most 16 MiB */
	__u32 rx_wake;		/* PCM: frames that wake a reader, at most rx_frames; 0 = 1 */
	__u32 mtu;		/* HDLC: longest frame without FCS, 1..4096; 0 = 1024; NO_FCS: of all octets */
	__u32 reserved[2];
	__u64 frame;		/* out: receive frame number from which data counts */
	char reason[TDM_REASON_LEN];
};

/* TDM_STATS - counters of a bound descriptor since TDM_BIND; never reset. */
struct tdm_stats {
	__u32 size;
	__u32 flags;		/* 0 */
	__u64 rx_frames;	/* PCM: frames; HDLC: good frames put into the buffer */
	__u64 tx_frames;	/* PCM: frames taken from the buffer; HDLC: frames sent whole */
	__u64 rx_octets;
	__u64 tx_octets;
	__u64 rx_overruns;	/* PCM: frames dropped; HDLC: good frames dropped, buffer full */
	__u64 tx_underruns;	/* PCM: frames sent idle for want of data; HDLC: 0, frames are queued whole */
	__u64 rx_gap_frames;	/* line frames that never reached us: late ticks, slips */
	__u64 hdlc_fcs;		/* frames with a wrong FCS */
	__u64 hdlc_abort;	/* seven or more ones inside a frame */
	__u64 hdlc_short;	/* fewer octets than an FCS and one octet */
	__u64 hdlc_long;	/* longer than the mtu */
	__u64 hdlc_align;	/* not a whole number of octets */
	__u32 rx_queued;	/* octets (PCM) or frames (HDLC) waiting to be read */
	__u32 tx_queued;	/* the same, waiting to be sent */
	__u64 rx_frame;		/* next receive frame number of the card */
	__u64 tx_frame;		/* next transmit frame number of the card */
};

#define TDM_FLUSH_RX		(1U << 0)
#define TDM_FLUSH_TX		(1U << 1)

/* TDM_FLUSH - drop what waits. The HDLC frame that is on the line is finished, not cut. */
struct tdm_flush {
	__u32 size;
	__u32 flags;		/* TDM_FLUSH_*; at least one */
};

/*
 * TDM_DRAIN - wait until what was written has left for the line. timeout_ms 0 = as long as it takes.
 * EINTR; ETIMEDOUT; ENETDOWN when the span goes down; ENODEV; EPERM on a tap. The kernel never gives up
 * silently.
 */
struct tdm_drain {
	__u32 size;
	__u32 timeout_ms;
};

/* --- streams ----------------------------------------------------------------------------------- */

/*
 * What mmap() maps: the offset picks the area, the length is the one TDM_STREAM_OPEN returned, always
 * MAP_SHARED (EINVAL otherwise). EACCES for PROT_EXEC, and for PROT_WRITE where it says "PROT_READ only".
 */
#define TDM_MMAP_KPOS		0x00000000ULL	/* struct tdm_stream_kpos, PROT_READ only */
#define TDM_MMAP_UPOS		0x10000000ULL	/* struct tdm_stream_upos */
#define TDM_MMAP_RX		0x20000000ULL	/* received rows, PROT_READ only */
#define TDM_MMAP_TX		0x30000000ULL	/* rows to transmit */

/*
 * TDM_STREAM_OPEN - make the descriptor a stream of every row of one span.
 *
 * Both rings are planar: [period][TDM_SLOTS_MAX][period_frames] octets. The octet of slot s in frame
 * f lies at ((f / period_frames) % periods) * period_len + s * period_frames + f % period_frames.
 * A row whose slot is not claimed is never touched. Claiming a transmit side makes its row idle.
 *
 * The kernel writes receive rows and advances kpos->rx_frame; it takes transmit rows at
 * kpos->tx_frame, block by block, and puts the slot's idle code back in their place: an underrun
 * sends idle, never old speech; also while a cross-connect fills the slot instead. A user writes frames in [tx_frame + 8, tx_frame + ring); writing
 * behind that is heard one ring later as nothing.
 *
 * poll(): EPOLLIN once each period, when kpos->rx_frame has passed a period boundary beyond
 * upos->rx_frame; EPOLLPRI an event waits; EPOLLERR the span is down; EPOLLHUP the card is gone.
 */
struct tdm_stream {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 card;
	__u32 port;
	__u32 period_frames;	/* TDM_PERIOD_MIN..TDM_PERIOD_MAX, a multiple of 8 */
	__u32 periods;		/* periods in each ring, 3..256 */
	__u32 period_len;	/* out: octets of a period = TDM_SLOTS_MAX * period_frames */
	__u32 ring_len;		/* out: octets of the RX and of the TX area (page-aligned) */
	__u32 pos_len;		/* out: octets of the KPOS and of the UPOS area */
	__s32 tx_lead;		/* out: t - r of octets that are on the line together, in frames */
	__u32 reserved[2];
	char reason[TDM_REASON_LEN];
};

enum tdm_stream_state {
	TDM_STREAM_DOWN = 0,	/* the span does not run: positions stand still */
	TDM_STREAM_RUNNING = 1,
	TDM_STREAM_GONE = 2,	/* the card was removed: close and unmap */
};

/*
 * Written by the kernel only. The 64-bit positions are written before their low halves; a reader
 * that cannot load 64 bits at once uses the halves and the differences between them.
 * Read rx_frame with acquire semantics before the rows it covers.
 */
struct tdm_stream_kpos {
	__u32 state;		/* enum tdm_stream_state */
	__u32 rx_frame_lo;
	__u32 tx_frame_lo;
	__u32 reserved0;
	__u64 rx_frame;		/* receive frames below this are in the ring (the last ring of them) */
	__u64 tx_frame;		/* transmit frames below this have been taken */
	__u64 rx_gap_frames;	/* line frames lost before they reached the ring (rows of such frames: idle) */
	__u64 tx_gap_frames;	/* transmit frames that the card sent without asking us */
	__u64 wakeups;
	__u64 reserved[8];
};

/* Written by the user only, never trusted: a wrong value only harms the writer's own poll(). */
struct tdm_stream_upos {
	__u64 rx_frame;		/* frames below this are dealt with: poll() waits for a later period */
	__u64 reserved[7];
};

#define TDM_CLAIM_RX		(1U << 0) /* receive rows (any number of descriptors may) */
#define TDM_CLAIM_TX		(1U << 1) /* own the transmit side; EBUSY if someone does */
#define TDM_CLAIM_FLAGS		0x3U

/*
 * TDM_CLAIM, TDM_RELEASE - take and give back a slot of a stream while it runs. For a release the
 * flags say which side; bearer is ignored. A released transmit side sends idle.
 * rx_frame and tx_frame return the first frames at which the change is effective.
 * EBUSY claimed already, by whom says the reason; EINVAL a slot that the span has not, or, for a
 * release, that is not claimed; EPERM TDM_CLAIM_TX on a descriptor opened read-only; ENODEV.
 */
struct tdm_claim {
	__u32 size;
	__u32 flags;		/* TDM_CLAIM_*; at least one */
	__u32 slot;
	__u32 bearer;		/* enum tdm_bearer */
	__u64 rx_frame;		/* out */
	__u64 tx_frame;		/* out */
	char reason[TDM_REASON_LEN];
};

/* --- cross-connects and signalling -------------------------------------------------------------- */

#define TDM_CONNECT_BOTH	(1U << 0) /* both directions; otherwise only a's receive to b's transmit */
#define TDM_CONNECT_FLAGS	0x1U

/*
 * TDM_CONNECT - in the kernel, send on b what arrives on a (and the reverse with BOTH), between
 * slots whose transmit sides the caller owns, on stream or bound PCM descriptors; the ioctl is made on
 * descriptor a. TDM_DISCONNECT with the same a and slot ends it (b_* are ignored): each transmit
 * side falls back to its owner's rows or buffer. It ends by itself when either descriptor is closed or
 * either slot is released. Taps and the owner's own receive side go on undisturbed.
 *
 * ab_delay is the number of frames that a's octets wait: what a receives in frame r goes out on b in
 * transmit frame r + ab_delay of b's numbering (same clock), from transmit frame b_tx_frame on.
 * Between two cards an elastic buffer lies in the path and the delay is the time that an octet waits in
 * it at the start, in frames (the two numberings have nothing to do with each other).
 * Different laws: a speech bearer is converted; otherwise octets pass as they are.
 * A slot takes part in one connection at most. EBUSY one of the two is connected already; EPERM the
 * transmit side is not the caller's; EINVAL HDLC, or a slot with itself in both directions; EBADF b_fd;
 * TDM_DISCONNECT: ENOENT not connected, or not as a; EPERM too if an administrator made it, who may take what
 * is received on a slot that the caller transmits on.
 */
struct tdm_connect {
	__u32 size;
	__u32 flags;		/* TDM_CONNECT_* */
	__u32 a_slot;
	__s32 b_fd;
	__u32 b_slot;
	__u32 reserved;
	__s64 ab_delay;		/* out, frames */
	__s64 ba_delay;		/* out, frames (BOTH) */
	__u64 b_tx_frame;	/* out: first transmit frame of b that the connection fills (or no longer) */
	__u64 a_tx_frame;	/* out: the same for a (BOTH) */
	char reason[TDM_REASON_LEN];
};

enum tdm_event_type {
	TDM_EVENT_CAS = 1,	/* debounced received ABCD of an owned slot changed: slot, value, old */
	TDM_EVENT_SPAN_STATE = 2, /* the span went down (0) or up (1): value */
	TDM_EVENT_DEFECT = 3,	/* value = TDM_ALARM_* bitmap now present */
	TDM_EVENT_GONE = 4,	/* the card was removed */
	TDM_EVENT_LOST = 5,	/* value events were dropped here because nobody fetched them */
};

/*
 * TDM_EVENT_GET - fetch the oldest event of a descriptor; EAGAIN when there is none. Private events
 * (CAS carries dialled digits) come only here, never on a multicast group.
 */
struct tdm_event {
	__u32 size;
	__u16 type;		/* out: enum tdm_event_type */
	__u16 slot;		/* out */
	__u32 value;		/* out */
	__u32 old;		/* out */
	__u64 frame;		/* out: receive frame at which it happened */
	__u64 time_ns;		/* out: CLOCK_MONOTONIC when it was delivered */
};

/*
 * TDM_SIG_SET - transmit ABCD of a slot whose transmit side the descriptor owns (A is bit 3).
 * TDM_SIG_GET - the received (debounced) and the sent ABCD of a claimed slot.
 * EOPNOTSUPP when the span's signalling is not CAS; EPERM to set what is not ours; EINVAL to get a slot
 * that is not claimed, or to set more than 15.
 */
struct tdm_sig {
	__u32 size;
	__u32 slot;
	__u32 tx;		/* ABCD */
	__u32 rx;		/* out */
};

/* Bitmap of defects and of failures (netlink and TDM_EVENT_DEFECT). G.775, T1.231, G.706. */
#define TDM_ALARM_LOS		(1U << 0)	/* loss of signal */
#define TDM_ALARM_LFA		(1U << 1)	/* loss of frame alignment (T1: OOF) */
#define TDM_ALARM_AIS		(1U << 2)	/* alarm indication signal: all ones */
#define TDM_ALARM_RAI		(1U << 3)	/* remote alarm indication (yellow) */
#define TDM_ALARM_LMFA		(1U << 4)	/* loss of CRC-4 or CAS multiframe alignment */
#define TDM_ALARM_ALL		0x1fU

#define TDM_IOC_MAGIC		0xe1
#define TDM_BIND		_IOWR(TDM_IOC_MAGIC, 0x01, struct tdm_bind)
#define TDM_STATS		_IOWR(TDM_IOC_MAGIC, 0x02, struct tdm_stats)
#define TDM_FLUSH		_IOW(TDM_IOC_MAGIC, 0x03, struct tdm_flush)
#define TDM_DRAIN		_IOW(TDM_IOC_MAGIC, 0x04, struct tdm_drain)
#define TDM_STREAM_OPEN		_IOWR(TDM_IOC_MAGIC, 0x10, struct tdm_stream)
#define TDM_CLAIM		_IOWR(TDM_IOC_MAGIC, 0x11, struct tdm_claim)
#define TDM_RELEASE		_IOWR(TDM_IOC_MAGIC, 0x12, struct tdm_claim)
#define TDM_CONNECT		_IOWR(TDM_IOC_MAGIC, 0x20, struct tdm_connect)
#define TDM_DISCONNECT		_IOWR(TDM_IOC_MAGIC, 0x21, struct tdm_connect)
#define TDM_EVENT_GET		_IOWR(TDM_IOC_MAGIC, 0x30, struct tdm_event)
#define TDM_SIG_SET		_IOW(TDM_IOC_MAGIC, 0x31, struct tdm_sig)
#define TDM_SIG_GET		_IOWR(TDM_IOC_MAGIC, 0x32, struct tdm_sig)

#endif /* OPENTDM_H */
