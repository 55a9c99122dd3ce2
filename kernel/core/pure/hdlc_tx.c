// SPDX-License-Identifier: GPL-2.0-only
/*
 * HDLC transmitter: see hdlc.h for the mapping, hdlc_table.h for the look-up.
 *
 *                start             all octets taken        closing flag made
 *   IDLE ----> FLAGS ----> FRAME ------------------> FCS ----> FLAGS ----> IDLE
 *                ^           | part missing, or abort
 *                +-- ABORT <-+
 */
#include "hdlc.h"
#include "hdlc_table.h"

enum tx_state {
	TX_IDLE,	/* flags or mark, nothing owed */
	TX_FLAGS,	/* a closing or opening flag is owed */
	TX_FRAME,	/* octets of the frame */
	TX_FCS,		/* both FCS octets still to go */
	TX_ABORT,	/* eight 1s still to go */
};

#define FLAG		0x7eu
#define MARK		0xffu

int tdm_hdlc_tx_init(struct tdm_hdlc_tx *tx, const struct tdm_hdlc_config *cfg)
{
	if (cfg->flags & TDM_HDLC_F_RESERVED)
		return -EINVAL;

	memset(tx, 0, sizeof(*tx));
	tx->flags = cfg->flags;
	tx->min_flags = max_t(u32, cfg->min_flags, 1);
	tx->spare = cfg->flags & TDM_HDLC_F_56K ? 1 : 0;
	tx->line = cfg->flags & TDM_HDLC_F_INVERT ? 0xff : 0;
	tx->state = TX_IDLE;
	return 0;
}

bool tdm_hdlc_tx_busy(const struct tdm_hdlc_tx *tx)
{
	return tx->data || tx->state == TX_FCS;
}

static void give(struct tdm_hdlc_tx *tx, const u8 *data, u32 len, bool last)
{
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
	give(tx, frame, len, true);
	tx->sent = 0;
	return 0;
}

int tdm_hdlc_tx_part(struct tdm_hdlc_tx *tx, const u8 *data, u32 len, bool last)
{
	bool goes_on = tx->state == TX_FRAME && !tx->last && !tx->left;

	if (!goes_on && tdm_hdlc_tx_busy(tx))
		return -EBUSY;
	if (!len && !(goes_on && last))
		return -EINVAL;
	if (!goes_on)
		tx->sent = 0;
	/* data marks the frame as present; an empty last part keeps the old mark */
	give(tx, len ? data : tx->data, len, last);
	return 0;
}

static void put(struct tdm_hdlc_tx *tx, u32 bits, u32 n)
{
	tx->acc = tx->acc << n | bits;
	tx->nbits = (u8)(tx->nbits + n);
}

static void put_stuffed(struct tdm_hdlc_tx *tx, u8 octet)
{
	u16 e = tdm_hdlc_tx_table[tx->ones][octet];

	put(tx, e & 0x3ff, 8 + (e >> 10 & 3));
	tx->ones = (u8)(e >> 12);
}

static void count_flags(struct tdm_hdlc_tx *tx, u32 n)
{
	tx->nflags = n > U32_MAX - tx->nflags ? U32_MAX : tx->nflags + n;
}

static void put_filler(struct tdm_hdlc_tx *tx, u8 octet)
{
	put(tx, octet, 8);
	tx->filler = octet;
}

static void put_flag(struct tdm_hdlc_tx *tx)
{
	put_filler(tx, FLAG);
	count_flags(tx, 1);
}

static void finish(struct tdm_hdlc_tx *tx)
{
	tx->data = NULL;
	tx->left = 0;
	tx->nflags = 0;
}

/* The next flag or mark, or the step into the frame. */
static void between(struct tdm_hdlc_tx *tx)
{
	if (tx->data && tx->nflags >= tx->min_flags) {
		tx->state = TX_FRAME;
		tx->filler = 0;
		tx->crc = TDM_HDLC_FCS_INIT;
		tx->ones = 0;
	} else if (tx->data || tx->state == TX_FLAGS || !(tx->flags & TDM_HDLC_F_IDLE_MARK)) {
		put_flag(tx);
		tx->state = TX_IDLE;
	} else {
		put_filler(tx, MARK);
		tx->nflags = 0;
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
	u16 crc = tx->crc ^ 0xffff;

	/* Q.921 2.7: ones' complement; low octet first is highest coefficient first. */
	if (!(tx->flags & TDM_HDLC_F_NO_FCS)) {
		put_stuffed(tx, (u8)crc);
		put_stuffed(tx, (u8)(crc >> 8));
	}
	tx->stats.frames++;
	tx->stats.octets += tx->sent;
	finish(tx);
	tx->state = TX_FLAGS;
	return TDM_HDLC_TX_DONE;
}

/* Anything but an octet of a frame. At most 7 + 20 bits are in acc after it. */
static enum tdm_hdlc_tx_event step(struct tdm_hdlc_tx *tx)
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
		between(tx);
		return TDM_HDLC_TX_FULL;
	}
}

/*
 * Octets of the frame into at most @n of @out, at least one. Fewer than a slot octet's bits are
 * waiting on entry. Returns how many were made.
 */
static u32 frame_run(struct tdm_hdlc_tx *tx, u8 *out, u32 n)
{
	const u8 *data = tx->data, *end = data + tx->left;
	u32 acc = tx->acc, nbits = tx->nbits, ones = tx->ones, spare = tx->spare;
	u32 width = 8 - spare, line = tx->line, w = 0;
	u16 crc = tx->crc;

	do {
		u8 octet = *data++;
		u16 e = tdm_hdlc_tx_table[ones][octet];
		u32 count = 8 + (e >> 10 & 3);

		crc = crc_ccitt_byte(crc, octet);
		acc = acc << count | (e & 0x3ff);
		nbits += count;
		ones = e >> 12;
		do {
			nbits -= width;
			out[w++] = (u8)(((acc >> nbits << spare) ^ line) | spare);
		} while (nbits >= width && w < n);
	} while (data < end && w < n);

	tx->sent += (u32)(data - tx->data);
	tx->left = (u32)(end - data);
	tx->data = data;
	tx->acc = acc;
	tx->nbits = (u8)nbits;
	tx->ones = (u8)ones;
	tx->crc = crc;
	return w;
}

/*
 * Nothing to send, and what is still in acc is the end of the same filler: all octets will be the
 * same one (at 64k). Returns false if not so.
 */
static bool idle_run(struct tdm_hdlc_tx *tx, u8 *out, u32 n)
{
	bool mark = tx->flags & TDM_HDLC_F_IDLE_MARK;
	u32 filler = mark ? MARK : FLAG;

	if (tx->state != TX_IDLE || tx->data || tx->filler != filler || tx->spare)
		return false;
	memset(out, (int)((filler << 8 | filler) >> tx->nbits & 0xff) ^ tx->line, n);
	if (!mark)
		count_flags(tx, n);
	return true;
}

enum tdm_hdlc_tx_event tdm_hdlc_tx_fill(struct tdm_hdlc_tx *tx, u8 *out, u32 n, u32 *written)
{
	u32 spare = tx->spare, width = 8 - spare, w = 0;

	while (w < n) {
		enum tdm_hdlc_tx_event event;

		if (tx->nbits >= width) {
			tx->nbits = (u8)(tx->nbits - width);
			out[w++] = (u8)(((tx->acc >> tx->nbits << spare) ^ tx->line) | spare);
			continue;
		}
		if (tx->state == TX_FRAME && tx->left) {
			w += frame_run(tx, out + w, n - w);
			continue;
		}
		if (idle_run(tx, out + w, n - w))
			break;
		event = step(tx);
		if (event != TDM_HDLC_TX_FULL) {
			*written = w;
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
