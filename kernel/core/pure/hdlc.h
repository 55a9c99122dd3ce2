/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bit-synchronous HDLC on the octets of one or more PCM timeslots
 * (ISO/IEC 13239 (was 3309), Q.921 2; FCS of 16 bits as Q.921 2.7).
 *
 * Bit mapping.  A PCM octet is sent most significant bit first (G.704's bit 1
 * is our bit 7).  HDLC sends each octet of a frame least significant bit first
 * (Q.921 2.8.2), and the first FCS octet, that with the coefficients of the
 * higher order, first.  So with the frame aligned to the slot, frame octet 0x01
 * is slot octet 0x80:
 *
 *   line time ------------------------------------------------------->
 *   slot octet bit     7   6   5   4   3   2   1   0
 *   frame octet bit    0   1   2   3   4   5   6   7
 *
 * Frames need not be aligned to slots.  A bearer of several slots feeds the
 * octets frame by frame, in each frame the slots in ascending order.
 *
 * 56 kbit/s: only bits 7..1 of a slot octet carry HDLC.  Bit 0, the last one on
 * the line (the one T1 robs), is ignored on receive and always sent as 1, also
 * when inverted.
 *
 *   opening flag       address, control, information       FCS      closing flag
 *   0 1 1 1 1 1 1 0 | stuffed: a 0 after each five 1s | 16 bits | 0 1 1 1 1 1 1 0
 *
 * Abort: seven or more 1s inside a frame.  Idle (mark): fifteen or more 1s.
 *
 * MTP2 (Q.703): filtering of repeated units and generated FISUs are not
 * implemented; TDM_HDLC_F_RESERVED bits are refused with -EINVAL until they are.
 *
 * Calls on one object must be serialised by the caller; rx and tx are separate.
 */
#ifndef TDM_PURE_HDLC_H
#define TDM_PURE_HDLC_H

#include "pure.h"

/* struct tdm_hdlc_config.flags */
#define TDM_HDLC_F_56K		BIT(0)	/* seven bits of each octet, see above */
#define TDM_HDLC_F_INVERT	BIT(1)	/* every HDLC bit inverted on the line */
#define TDM_HDLC_F_NO_FCS	BIT(2)	/* no FCS is sent, checked or removed */
#define TDM_HDLC_F_IDLE_MARK	BIT(3)	/* between frames 1s instead of flags */
#define TDM_HDLC_F_ALL		(BIT(0) | BIT(1) | BIT(2) | BIT(3))
/* Kept for MTP2; any bit set is refused. */
#define TDM_HDLC_F_RESERVED	(~(u32)TDM_HDLC_F_ALL)

#define TDM_HDLC_FCS_LEN	2u
/* Default limits, in octets without FCS. Q.921 5.9.3: N201 = 260 + address and control. */
#define TDM_HDLC_MIN_LEN	1u
#define TDM_HDLC_MAX_LEN	8192u

/**
 * struct tdm_hdlc_config - what both directions must know
 * @flags:	TDM_HDLC_F_*
 * @min_len:	shortest good frame in octets, without FCS; 0 means 1
 * @max_len:	longest good frame in octets, without FCS; 0 means the buffer's
 *		room (receive); ignored on transmit
 * @min_flags:	flags between two frames, at least; 0 means 1 (one shared flag)
 */
struct tdm_hdlc_config {
	u32 flags;
	u32 min_len;
	u32 max_len;
	u32 min_flags;
};

/**
 * struct tdm_hdlc_rx_stats - received, since init; never reset by the code here
 * @frames:	good frames returned
 * @octets:	octets of them, without FCS
 * @fcs:	right shape, wrong FCS
 * @aborts:	seven 1s after at least one octet of a frame
 * @shorts:	ended with fewer than min_len octets (but with at least 8 bits)
 * @longs:	more than max_len octets; counted once, at the excess octet
 * @unaligned:	ended with a number of bits that is no multiple of 8
 * @overruns:	lost for want of a buffer, or cut by tdm_hdlc_rx_gap()
 * @idles:	times that the line went from flags or data to idle (15 ones)
 *
 * Each bad frame increases exactly one of fcs, aborts, shorts, longs, unaligned
 * and overruns. Order of judgement: overrun, long, unaligned, short, FCS. Up to
 * seven bits between two flags are noise, not a frame.
 */
struct tdm_hdlc_rx_stats {
	u64 frames;
	u64 octets;
	u32 fcs;
	u32 aborts;
	u32 shorts;
	u32 longs;
	u32 unaligned;
	u32 overruns;
	u32 idles;
};

/**
 * struct tdm_hdlc_rx - receiver; set up by tdm_hdlc_rx_init(), fields private
 * but for @stats, which may be read under the caller's serialisation
 */
struct tdm_hdlc_rx {
	u64 past;		/* the last 64 bits of the line, the newest one highest */
	u64 acc;		/* bits of the frame that are not in @buf yet, first at bit 0 */
	u64 bits;		/* of the frame, since the flag; 0 while hunting */
	u64 excess;		/* with so many the frame is too long */
	u64 plain;		/* with fewer, eight octets without a sixth 1 are data */
	u8 *buf;		/* caller's; NULL: count an overrun for each frame */
	bool hunt;		/* no flag since the last abort, excess or gap */
	bool homeless;		/* the frame began without a buffer */
	bool filled;		/* the last eight octets were @fill: again they change nothing */
	u8 width;		/* bits of each octet that are ours */
	u64 fill;
	u64 line;		/* xor for inversion */
	u32 flags;
	u32 min_len;		/* FCS included */
	u32 max_len;		/* FCS included */
	struct tdm_hdlc_rx_stats stats;
};

/**
 * tdm_hdlc_rx_init() - set up a receiver, hunting for its first flag
 * @rx:		written completely
 * @cfg:	copied
 * @buf:	where frames are built; may be NULL until tdm_hdlc_rx_buffer()
 * @size:	of @buf; the FCS is stored too, so the longest frame is
 *		@size - 2 octets (@size with TDM_HDLC_F_NO_FCS), or max_len
 *
 * Any context. Return: 0; -EINVAL for unknown flags, min_len > max_len, or a
 * buffer too small for an FCS and one octet; nothing is changed then.
 */
int tdm_hdlc_rx_init(struct tdm_hdlc_rx *rx, const struct tdm_hdlc_config *cfg,
		     u8 *buf, u32 size);

/**
 * tdm_hdlc_rx_buffer() - give the buffer for the next frame
 *
 * Always legal after init and directly after tdm_hdlc_rx() returned something
 * other than 0; at other times the old buffer may hold the start of a frame.
 * NULL: frames are counted as overruns until a buffer comes; a frame that began
 * without a buffer is lost even if one comes before its end.
 *
 * Any context. Return: 0; -EBUSY in the middle of a frame; -EINVAL if too small;
 * nothing changed then.
 */
int tdm_hdlc_rx_buffer(struct tdm_hdlc_rx *rx, u8 *buf, u32 size);

/* For tdm_hdlc_rx() alone: takes octets up to an event, eight at most. Returns how many. */
u32 tdm_hdlc_rx_word(struct tdm_hdlc_rx *rx, const u8 *in, u32 n, int *event);

/**
 * tdm_hdlc_rx() - take octets of the slot until a frame ends
 * @rx:		receiver
 * @in:		slot octets in line order
 * @len:	how many
 * @consumed:	how many were taken; always set, @len if 0 is returned
 *
 * Call again with the rest until 0 is returned:
 *
 *	while ((ret = tdm_hdlc_rx(&rx, in, len, &used)) != 0) {
 *		if (ret > 0)
 *			deliver(buf, ret);
 *		in += used;
 *		len -= used;
 *	}
 *
 * A call with @len 0 is legal. At least one octet is consumed for each return
 * that is not 0, so the loop ends.
 *
 * Any context, hard interrupt included; O(len), and O(frame) for the FCS where one ends.
 * Return:
 * * > 0		good frame of so many octets (no FCS) at the start of the
 *			buffer, valid until the next call
 * * 0			all taken, no frame ended with the last octets
 * * -EBADMSG		frame with a wrong FCS
 * * -ECONNABORTED	aborted
 * * -ENODATA		too short
 * * -EMSGSIZE		too long; the rest is skipped silently up to a flag
 * * -EILSEQ		not a whole number of octets
 * * -ENOBUFS		no buffer
 */
static inline int tdm_hdlc_rx(struct tdm_hdlc_rx *rx, const u8 *in, u32 len, u32 *consumed)
{
	u32 done = 0;
	int event = 0;

	while (done < len && !event)
		done += tdm_hdlc_rx_word(rx, in + done, min_t(u32, len - done, 8), &event);
	*consumed = done;
	return event;
}

/**
 * tdm_hdlc_rx_gap() - octets were lost before the next ones
 *
 * A frame under way counts as an overrun; the receiver hunts for a flag.
 * Any context.
 */
void tdm_hdlc_rx_gap(struct tdm_hdlc_rx *rx);

/** tdm_hdlc_rx_idle() - true after 15 or more 1s, until the next 0 */
bool tdm_hdlc_rx_idle(const struct tdm_hdlc_rx *rx);

/**
 * struct tdm_hdlc_tx_stats - sent, since init
 * @frames:	frames sent with their closing FCS
 * @octets:	octets of them, without FCS
 * @aborts:	frames ended by tdm_hdlc_tx_abort()
 * @underruns:	frames ended by an abort because a part came too late
 */
struct tdm_hdlc_tx_stats {
	u64 frames;
	u64 octets;
	u32 aborts;
	u32 underruns;
};

/**
 * struct tdm_hdlc_tx - transmitter; set up by tdm_hdlc_tx_init(), fields private
 * but for @stats
 */
struct tdm_hdlc_tx {
	u64 acc;		/* bits that wait for their octet, stuffed, first at bit 0 */
	u64 more;		/* those that do not go into @acc */
	u32 nbits;		/* of both */
	u32 left;		/* octets of @data still to go */
	const u8 *data;		/* caller's, until taken */
	u8 state;		/* enum in hdlc_tx.c */
	u8 filler;		/* what the last bits are of: flag, mark, or 0 for others */
	u8 idle;		/* the filler while there is nothing to send */
	u8 last4;		/* the last four bits, stuffed, of a frame */
	bool last;		/* @data ends the frame */
	bool starved;		/* TDM_HDLC_TX_MORE was returned for want of a part */
	u32 flags;
	u32 min_flags;
	u32 nflags;		/* whole flags since the last frame, saturating */
	u32 sent;		/* octets of this frame so far */
	u64 line;		/* xor for inversion */
	u64 spare;		/* bits of eight slot octets that are not ours */
	u16 fcs;
	struct tdm_hdlc_tx_stats stats;
};

/* What tdm_hdlc_tx_fill() stopped for. */
enum tdm_hdlc_tx_event {
	TDM_HDLC_TX_FULL = 0,	/* all octets are written */
	/* a frame is taken whole: its memory is the caller's again and the next may be started */
	TDM_HDLC_TX_DONE = 1,
	/* a part is taken and the frame goes on: give the next part before filling on */
	TDM_HDLC_TX_MORE = 2,
};

/**
 * tdm_hdlc_tx_init() - set up a transmitter in the idle state
 *
 * Any context. Return: 0; -EINVAL for unknown flags, nothing changed.
 */
int tdm_hdlc_tx_init(struct tdm_hdlc_tx *tx, const struct tdm_hdlc_config *cfg);

/**
 * tdm_hdlc_tx_start() - give a whole frame
 * @frame:	without FCS; must stay until TDM_HDLC_TX_DONE or tdm_hdlc_tx_abort()
 * @len:	at least 1
 *
 * Any context; O(@len), for the FCS. Return: 0; -EBUSY while a frame is under way; -EINVAL if
 * @len is 0.
 */
int tdm_hdlc_tx_start(struct tdm_hdlc_tx *tx, const u8 *frame, u32 len);

/**
 * tdm_hdlc_tx_part() - give a frame in parts
 * @data:	next part (the first one starts a frame); must stay until
 *		TDM_HDLC_TX_MORE or _DONE
 * @len:	at least 1, or 0 together with @last after TDM_HDLC_TX_MORE
 * @last:	the frame ends with this part
 *
 * If the parts before were lost to an underrun this one would begin a new frame:
 * watch stats.underruns.
 *
 * Any context; O(@len). Return: 0; -EBUSY while the part before is not yet taken;
 * -EINVAL for a bad @len.
 */
int tdm_hdlc_tx_part(struct tdm_hdlc_tx *tx, const u8 *data, u32 len, bool last);

/*
 * For tdm_hdlc_tx_fill() alone. The first makes eight octets of the inside of a frame or of the
 * idle line, or returns false; the second makes all kinds, from the octet @written on.
 */
bool tdm_hdlc_tx_word(struct tdm_hdlc_tx *tx, u8 *out);
enum tdm_hdlc_tx_event tdm_hdlc_tx_rest(struct tdm_hdlc_tx *tx, u8 *out, u32 n, u32 *written);

/**
 * tdm_hdlc_tx_fill() - make slot octets
 * @tx:		transmitter
 * @out:	room for @n octets
 * @n:		wanted
 * @written:	octets made; less than @n only if the return is not _FULL
 *
 * Call on with the rest of @out until TDM_HDLC_TX_FULL. After _DONE without a
 * new frame the rest is idle (flags or mark). After _MORE without a new part
 * the frame is aborted (underrun). Frames started at _DONE follow with exactly
 * min_flags flags in between.
 *
 * Any context, hard interrupt included; O(n).
 */
static inline enum tdm_hdlc_tx_event tdm_hdlc_tx_fill(struct tdm_hdlc_tx *tx, u8 *out, u32 n,
						      u32 *written)
{
	u32 done = 0;

	while (n - done >= 8 && tdm_hdlc_tx_word(tx, out + done))
		done += 8;
	*written = done;
	return done == n ? TDM_HDLC_TX_FULL : tdm_hdlc_tx_rest(tx, out, n, written);
}

/**
 * tdm_hdlc_tx_abort() - give up the frame under way
 *
 * The caller's memory is free at once. The line gets an abort (eight 1s) if any
 * bit of the frame was made, else nothing.
 * Any context. Return: true if there was a frame.
 */
bool tdm_hdlc_tx_abort(struct tdm_hdlc_tx *tx);

/** tdm_hdlc_tx_busy() - true while a frame, its closing flag excepted, is under way */
bool tdm_hdlc_tx_busy(const struct tdm_hdlc_tx *tx);

#endif /* TDM_PURE_HDLC_H */
