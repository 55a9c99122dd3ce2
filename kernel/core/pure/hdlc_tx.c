// SPDX-License-Identifier: GPL-2.0-only
/*
 * HDLC transmitter: see hdlc.h for the mapping, hdlc_bits.h for words of the line.
 *
 *                start             all octets taken        closing flag made
 *   IDLE ----> FLAGS ----> FRAME ------------------> FCS ----> FLAGS ----> IDLE
 *                ^           | part missing, or abort
 *                +-- ABORT <-+
 */
#include "hdlc.h"
#include "hdlc_bits.h"

enum tx_state {
	TX_IDLE,	/* flags or mark, nothing owed */
	TX_FLAGS,	/* a closing or opening flag is owed */
	TX_FRAME,	/* octets of the frame */
	TX_FCS,		/* both FCS octets still to go */
	TX_ABORT,	/* eight 1s still to go */
};

#define FLAG		0x7eu
#define MARK		0xffu
#define OCTETS		0x0101010101010101ULL	/* times an octet: eight of them */

/* So many bits of a frame always go into a word, with ten stuffed 0s at most. */
#define STUFF_BITS	48u

int tdm_hdlc_tx_init(struct tdm_hdlc_tx *tx, const struct tdm_hdlc_config *cfg)
{
	if (cfg->flags & TDM_HDLC_F_RESERVED)
		return -EINVAL;

	memset(tx, 0, sizeof(*tx));
	tx->flags = cfg->flags;
	tx->min_flags = max_t(u32, cfg->min_flags, 1);
	tx->spare = cfg->flags & TDM_HDLC_F_56K ? OCTETS : 0;
	tx->line = cfg->flags & TDM_HDLC_F_INVERT ? U64_MAX : 0;
	tx->idle = cfg->flags & TDM_HDLC_F_IDLE_MARK ? MARK : FLAG;
	tx->state = TX_IDLE;
	return 0;
}

bool tdm_hdlc_tx_busy(const struct tdm_hdlc_tx *tx)
{
	return tx->data || tx->state == TX_FCS;
}

/* The first part of a frame, or the next one. */
static void give(struct tdm_hdlc_tx *tx, const u8 *data, u32 len, bool first, bool last)
{
	if (first) {
		tx->sent = 0;
		tx->fcs = TDM_HDLC_FCS_INIT;
	}
	if (!(tx->flags & TDM_HDLC_F_NO_FCS))
		tx->fcs = tdm_hdlc_fcs(tx->fcs, data, len);
	tx->sent += len;
	tx->data = data;
	tx->left = len;
	tx->last = last;
	tx->starved = false;
}

int tdm_hdlc_tx_start(struct tdm_hdlc_tx *tx, const u8 *frame, u32 len)
{
	if (!len)
		return -EINVAL;
	if (tdm_hdlc_tx_busy(tx))
		return -EBUSY;
	give(tx, frame, len, true, true);
	return 0;
}

int tdm_hdlc_tx_part(struct tdm_hdlc_tx *tx, const u8 *data, u32 len, bool last)
{
	bool goes_on = tx->state == TX_FRAME && !tx->last && !tx->left;

	if (!goes_on && tdm_hdlc_tx_busy(tx))
		return -EBUSY;
	if (!len && !(goes_on && last))
		return -EINVAL;
	/* data marks the frame as present; an empty last part keeps the old mark */
	give(tx, len ? data : tx->data, len, !goes_on, last);
	return 0;
}

/* @n bits more, at most 64, while fewer than 64 wait. */
static inline void put(struct tdm_hdlc_tx *tx, u64 bits, u32 n)
{
	tx->acc |= bits << tx->nbits;
	tx->more = bits >> 1 >> (63 - tx->nbits);
	tx->nbits += n;
}

/* @n bits of a frame, 8 to STUFF_BITS, and a 0 after each five 1s. */
static inline void put_stuffed(struct tdm_hdlc_tx *tx, u64 bits, u32 n)
{
	u64 line = bits << 4 | tx->last4, two = line & (line >> 1);
	u64 fifth = two & (two >> 2) & (line >> 4);

	while (fifth) {
		u64 from = fifth | -fifth;

		/* What is above it moves up by one; no five 1s count those up to it any more. */
		bits += bits & (from << 1);
		fifth = (fifth & (from << 5)) << 1;
		n++;
	}
	tx->last4 = bits >> (n - 4) & 0xf;
	put(tx, bits, n);
}

static void count_flags(struct tdm_hdlc_tx *tx, u32 n)
{
	tx->nflags = n > U32_MAX - tx->nflags ? U32_MAX : tx->nflags + n;
}

/* @n of a filler's octets, at most eight. */
static void put_filler(struct tdm_hdlc_tx *tx, u8 octet, u32 n)
{
	put(tx, octet * OCTETS & tdm_hdlc_low(8 * n), 8 * n);
	tx->filler = octet;
	if (octet == MARK)
		tx->nflags = 0;
	else
		count_flags(tx, n);
}

static void finish(struct tdm_hdlc_tx *tx)
{
	tx->data = NULL;
	tx->left = 0;
	tx->nflags = 0;
}

/* The next flag, or so many flags or marks that @want bits wait, or the step into the frame. */
static void between(struct tdm_hdlc_tx *tx, u32 want)
{
	if (tx->data && tx->nflags >= tx->min_flags) {
		tx->state = TX_FRAME;
		tx->filler = 0;
		tx->last4 = 0;
	} else if (tx->data || tx->state == TX_FLAGS) {
		put_filler(tx, FLAG, 1);
		tx->state = TX_IDLE;
	} else {
		put_filler(tx, tx->idle, (want - tx->nbits + 7) / 8);
	}
}

/* Where the octets of the frame, or of its part, are used up. */
static enum tdm_hdlc_tx_event part_end(struct tdm_hdlc_tx *tx)
{
	if (tx->last) {
		tx->state = TX_FCS;
		return TDM_HDLC_TX_FULL;
	}
	if (!tx->starved) {
		tx->starved = true;
		return TDM_HDLC_TX_MORE;
	}
	tx->stats.underruns++;
	finish(tx);
	tx->state = TX_ABORT;
	return TDM_HDLC_TX_FULL;
}

static enum tdm_hdlc_tx_event frame_end(struct tdm_hdlc_tx *tx)
{
	/* Q.921 2.7: ones' complement; low octet first is highest coefficient first. */
	if (!(tx->flags & TDM_HDLC_F_NO_FCS))
		put_stuffed(tx, tx->fcs ^ 0xffff, 16);
	tx->stats.frames++;
	tx->stats.octets += tx->sent;
	finish(tx);
	tx->state = TX_FLAGS;
	return TDM_HDLC_TX_DONE;
}

/* Anything but octets of a frame, for want of @want bits. */
static enum tdm_hdlc_tx_event step(struct tdm_hdlc_tx *tx, u32 want)
{
	switch (tx->state) {
	case TX_FRAME:
		return part_end(tx);
	case TX_FCS:
		return frame_end(tx);
	case TX_ABORT:
		put(tx, MARK, 8);
		tx->state = TX_FLAGS;
		return TDM_HDLC_TX_FULL;
	default:
		between(tx, want);
		return TDM_HDLC_TX_FULL;
	}
}

/* The next @n octets of the frame, STUFF_BITS at most; @loaded, of which they are, may be read. */
static inline void take(struct tdm_hdlc_tx *tx, u32 n, u32 loaded)
{
	u64 octets = tdm_hdlc_load(tx->data, loaded);

	put_stuffed(tx, octets & tdm_hdlc_low(8 * n), 8 * n);
	tx->data += n;
	tx->left -= n;
}

/* @n octets for the line, at most eight, of the bits that wait. */
static void emit(struct tdm_hdlc_tx *tx, u8 *out, u32 n)
{
	u32 bits = 8 * n;
	u64 word = tx->acc;

	if (tx->spare) {
		bits -= n;
		word = tdm_hdlc_to_56k(word);
	}
	tdm_hdlc_store(out, (tdm_hdlc_mirror(word) ^ tx->line) | tx->spare, n);
	/* Fewer than these were there before the last put(): what remains has room in @acc. */
	tx->acc = bits < 64 ? tx->acc >> bits | tx->more << (64 - bits) : tx->more;
	tx->more = 0;
	tx->nbits -= bits;
}

bool tdm_hdlc_tx_word(struct tdm_hdlc_tx *tx, u8 *out)
{
	u64 octet;

	if (tx->spare)
		return false;
	if (tx->state == TX_FRAME && tx->left >= 2 * TDM_HDLC_WORD) {
		while (tx->nbits < 64)
			take(tx, STUFF_BITS / 8, TDM_HDLC_WORD);
		tdm_hdlc_store(out, tdm_hdlc_mirror(tx->acc) ^ tx->line, TDM_HDLC_WORD);
		tx->acc = tx->more;
		tx->more = 0;
		tx->nbits -= 64;
		return true;
	}
	/* Nothing to send, and less than an octet of the same filler waits: all will be one octet. */
	if (tx->state != TX_IDLE || tx->data || tx->filler != tx->idle)
		return false;
	octet = (tx->idle << 8 | tx->idle) >> tx->nbits & 0xff;
	tdm_hdlc_store(out, octet * OCTETS ^ tx->line, TDM_HDLC_WORD);
	if (tx->idle == FLAG)
		count_flags(tx, TDM_HDLC_WORD);
	return true;
}

enum tdm_hdlc_tx_event tdm_hdlc_tx_rest(struct tdm_hdlc_tx *tx, u8 *out, u32 n, u32 *written)
{
	u32 width = tx->spare ? 7 : 8;
	u8 *p = out + *written, *end = out + n;

	while (p < end) {
		u32 octets = min_t(u32, (u32)(end - p), TDM_HDLC_WORD), want = octets * width;
		enum tdm_hdlc_tx_event event;

		/* The caller is told only when all that he gave before is out. */
		if (tx->state == TX_FRAME && !tx->left && tx->nbits < want && tx->nbits >= width) {
			octets = tx->nbits / width;
			want = octets * width;
		}
		if (tx->nbits >= want) {
			emit(tx, p, octets);
			p += octets;
			continue;
		}
		if (tx->state == TX_FRAME && tx->left) {
			octets = min_t(u32, tx->left, STUFF_BITS / 8);
			take(tx, octets, octets);
			continue;
		}
		event = step(tx, want);
		if (event != TDM_HDLC_TX_FULL) {
			*written = (u32)(p - out);
			return event;
		}
	}
	*written = n;
	return TDM_HDLC_TX_FULL;
}

bool tdm_hdlc_tx_abort(struct tdm_hdlc_tx *tx)
{
	bool begun = tx->state == TX_FRAME || tx->state == TX_FCS;

	if (!tdm_hdlc_tx_busy(tx))
		return false;
	if (begun) {
		tx->stats.aborts++;
		finish(tx);
		tx->state = TX_ABORT;
	} else {
		tx->data = NULL;
		tx->left = 0;
	}
	return true;
}
