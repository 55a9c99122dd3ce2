// SPDX-License-Identifier: GPL-2.0-only
/*
 * HDLC receiver: see hdlc.h for the mapping, hdlc_table.h for the look-up.
 *
 * An octet without six 1s in a row is pure data and goes through the table; the
 * others (flags, aborts, mark) go bit by bit. An idle line repeats one octet, which
 * is recognised and skipped.
 *
 * The sixth 1 of a row is never taken as data, so at a closing flag exactly six bits
 * too many are in the accumulator, 0 and 11111 (five if the flag shares its 0 with the
 * flag before): an aligned frame ends with nbits == 6.
 */
#include "hdlc.h"
#include "hdlc_table.h"

#define FILL_NONE	0x100u	/* no octet equals it */
#define ONES_FLAG	6u
#define ONES_ABORT	7u
#define ONES_IDLE	15u
#define FLAG_BITS	6	/* of a flag, taken as data before it was known */
#define ABORT_BITS	5	/* the same of an abort */
#define LEN_CAP		0x10000000u /* lengths of frames without a buffer stop here */

static u32 fcs_len(u32 flags)
{
	return flags & TDM_HDLC_F_NO_FCS ? 0 : TDM_HDLC_FCS_LEN;
}

static bool too_small(const u8 *buf, u32 size, u32 flags)
{
	return buf && size < fcs_len(flags) + 1;
}

static void use_buffer(struct tdm_hdlc_rx *rx, u8 *buf, u32 size)
{
	rx->buf = buf;
	rx->room = buf ? min(size, rx->max_len) : 0;
}

int tdm_hdlc_rx_init(struct tdm_hdlc_rx *rx, const struct tdm_hdlc_config *cfg,
		     u8 *buf, u32 size)
{
	u32 min_len = cfg->min_len ? cfg->min_len : TDM_HDLC_MIN_LEN;
	u32 fcs = fcs_len(cfg->flags);

	if (cfg->flags & TDM_HDLC_F_RESERVED)
		return -EINVAL;
	if (cfg->max_len && min_len > cfg->max_len)
		return -EINVAL;
	if (min_len > LEN_CAP || cfg->max_len > LEN_CAP || too_small(buf, size, cfg->flags))
		return -EINVAL;

	memset(rx, 0, sizeof(*rx));
	rx->flags = cfg->flags;
	rx->line = cfg->flags & TDM_HDLC_F_INVERT ? 0xff : 0;
	rx->min_len = min_len + fcs;
	rx->max_len = cfg->max_len ? cfg->max_len + fcs : LEN_CAP;
	rx->hunt = true;
	rx->fill = FILL_NONE;
	use_buffer(rx, buf, size);
	return 0;
}

int tdm_hdlc_rx_buffer(struct tdm_hdlc_rx *rx, u8 *buf, u32 size)
{
	if (rx->len && !rx->hunt && !rx->homeless)
		return -EBUSY;
	if (too_small(buf, size, rx->flags))
		return -EINVAL;
	use_buffer(rx, buf, size);
	return 0;
}

/* After a flag: what follows may be a frame. */
static void begin(struct tdm_hdlc_rx *rx)
{
	rx->hunt = false;
	rx->homeless = false;
	rx->len = 0;
	rx->acc = 0;
	rx->nbits = 0;
	rx->crc = TDM_HDLC_FCS_INIT;
}

/* Forget what is there and wait for a flag. */
static void hunt(struct tdm_hdlc_rx *rx)
{
	begin(rx);
	rx->hunt = true;
}

/*
 * An octet is complete. Returns 0, or -EMSGSIZE for the one that is too many.
 * Octets of a frame without a buffer are only counted: whether it was a frame at all shows
 * at its end.
 */
static int take(struct tdm_hdlc_rx *rx, u8 octet)
{
	if (!rx->len)
		rx->homeless = !rx->buf;
	if (likely(rx->len < rx->room && !rx->homeless)) {
		rx->buf[rx->len++] = octet;
		rx->crc = crc_ccitt_byte(rx->crc, octet);
		return 0;
	}
	if (rx->homeless) {
		if (rx->len < LEN_CAP)
			rx->len++;
		return 0;
	}
	rx->stats.longs++;
	hunt(rx);
	return -EMSGSIZE;
}

static int put_bit(struct tdm_hdlc_rx *rx, u32 bit)
{
	u8 octet;

	if (rx->hunt)
		return 0;
	rx->acc |= bit << rx->nbits;
	if (++rx->nbits < 8)
		return 0;
	octet = (u8)rx->acc;
	rx->acc = 0;
	rx->nbits = 0;
	return take(rx, octet);
}

/* What the frame that ends at this flag was. */
static int judge(struct tdm_hdlc_rx *rx)
{
	u32 fcs = fcs_len(rx->flags);

	if (rx->hunt || (s64)rx->len * 8 + rx->nbits - FLAG_BITS < 8)
		return 0;
	if (rx->homeless) {
		rx->stats.overruns++;
		return -ENOBUFS;
	}
	if (rx->nbits != FLAG_BITS) {
		rx->stats.unaligned++;
		return -EILSEQ;
	}
	if (rx->len < rx->min_len) {
		rx->stats.shorts++;
		return -ENODATA;
	}
	if (fcs && rx->crc != TDM_HDLC_FCS_GOOD) {
		rx->stats.fcs++;
		return -EBADMSG;
	}
	rx->stats.frames++;
	rx->stats.octets += rx->len - fcs;
	return (int)(rx->len - fcs);
}

/* The seventh 1 in a row. */
static int aborted(struct tdm_hdlc_rx *rx)
{
	int ret = 0;

	if (!rx->hunt && (s64)rx->len * 8 + rx->nbits - ABORT_BITS >= 8) {
		if (rx->homeless) {
			rx->stats.overruns++;
			ret = -ENOBUFS;
		} else {
			rx->stats.aborts++;
			ret = -ECONNABORTED;
		}
	}
	hunt(rx);
	return ret;
}

static int one_bit(struct tdm_hdlc_rx *rx, u32 bit)
{
	u8 ones = rx->ones;
	int ret = 0;

	if (bit) {
		if (ones < ONES_IDLE)
			rx->ones = ++ones;
		else
			return 0;
		if (ones < ONES_FLAG)
			return put_bit(rx, 1);
		if (ones == ONES_ABORT)
			return aborted(rx);
		if (ones == ONES_IDLE)
			rx->stats.idles++;
		return 0;
	}

	rx->ones = 0;
	if (ones == ONES_FLAG) {
		ret = judge(rx);
		begin(rx);
	} else if (ones < ONES_FLAG - 1) {
		ret = put_bit(rx, 0);
	}
	return ret;
}

/*
 * One octet bit by bit. At most one event can come of it: after a flag at most seven
 * bits are left, too few for a frame; after the excess octet nothing counts before the
 * next flag.
 */
static int slow(struct tdm_hdlc_rx *rx, u8 octet)
{
	u32 len = rx->len;
	u8 nbits = rx->nbits, ones = rx->ones;
	bool hunting = rx->hunt;
	int event = 0, i;

	if (octet == rx->fill && !len && nbits == rx->fill_nbits && ones == rx->fill_ones &&
	    hunting == rx->fill_hunt)
		return 0;

	for (i = 7; i >= 0; i--) {
		int ret = one_bit(rx, octet >> i & 1);

		if (ret)
			event = ret;
	}
	/*
	 * If nothing has changed, the same octet in the same state changes nothing again. acc and
	 * crc need no look: with no whole octet they are functions of the bits since the flag.
	 */
	if (!event && !len && !rx->len && nbits == rx->nbits && ones == rx->ones &&
	    hunting == rx->hunt) {
		rx->fill = octet;
		rx->fill_nbits = nbits;
		rx->fill_ones = ones;
		rx->fill_hunt = hunting;
	}
	return event;
}

/* Octets below this number go straight into the buffer; the first one has questions to ask. */
static u32 limit_of(const struct tdm_hdlc_rx *rx)
{
	return rx->len && !rx->hunt && !rx->homeless ? rx->room : 0;
}

/*
 * 64 kbit/s: all bits of each octet. Returns as tdm_hdlc_rx(). While hunting acc and nbits hold
 * rubbish, which the flag that ends the hunt clears.
 */
static int run(struct tdm_hdlc_rx *rx, const u8 *in, u32 n, u32 *consumed, u8 line)
{
	const u8 *p = in, *end = in + n;
	u32 acc = rx->acc, nbits = rx->nbits, len = rx->len, limit = limit_of(rx);
	u32 row = min_t(u32, rx->ones, ONES_FLAG);
	u16 crc = rx->crc;
	u8 *buf = rx->buf;
	int event = 0;

	while (p < end && !event) {
		u8 octet = *p++ ^ line;
		u16 e = tdm_hdlc_rx_table[row][octet];

		if (likely(!(e & TDM_HDLC_RX_SPECIAL))) {
			row = e >> 12;
			acc |= (u32)(e & 0xff) << nbits;
			nbits += e >> 8 & 0xf;
			if (nbits < 8)
				continue;
			nbits -= 8;
			if (likely(len < limit)) {
				buf[len++] = (u8)acc;
				crc = crc_ccitt_byte(crc, (u8)acc);
				acc >>= 8;
				continue;
			}
		}

		rx->len = len;
		rx->crc = crc;
		if (e & TDM_HDLC_RX_SPECIAL) {
			rx->acc = acc;
			rx->nbits = (u8)nbits;
			if (row < ONES_FLAG)
				rx->ones = (u8)row;
			event = slow(rx, octet);
			acc = rx->acc;
			nbits = rx->nbits;
			row = min_t(u32, rx->ones, ONES_FLAG);
		} else {
			if (!rx->hunt)
				event = take(rx, (u8)acc);
			acc >>= 8;
		}
		len = rx->len;
		crc = rx->crc;
		limit = limit_of(rx);
	}
	rx->acc = acc;
	rx->nbits = (u8)nbits;
	rx->len = len;
	rx->crc = crc;
	if (row < ONES_FLAG)
		rx->ones = (u8)row;
	*consumed = (u32)(p - in);
	return event;
}

/* 56 kbit/s: bits 7..1 of each octet, regrouped by eight. */
static int run_56k(struct tdm_hdlc_rx *rx, const u8 *in, u32 n, u32 *consumed)
{
	u32 i, used;

	for (i = 0; i < n; ) {
		u8 octet;
		int event;

		rx->gather = (u16)(rx->gather << 7 | (u8)(in[i++] ^ rx->line) >> 1);
		rx->ngather += 7;
		if (rx->ngather < 8)
			continue;
		rx->ngather -= 8;
		octet = (u8)(rx->gather >> rx->ngather);
		event = run(rx, &octet, 1, &used, 0);
		if (event) {
			*consumed = i;
			return event;
		}
	}
	*consumed = n;
	return 0;
}

int tdm_hdlc_rx(struct tdm_hdlc_rx *rx, const u8 *in, u32 len, u32 *consumed)
{
	if (rx->flags & TDM_HDLC_F_56K)
		return run_56k(rx, in, len, consumed);
	return run(rx, in, len, consumed, rx->line);
}

void tdm_hdlc_rx_gap(struct tdm_hdlc_rx *rx)
{
	if (!rx->hunt && rx->len)
		rx->stats.overruns++;
	hunt(rx);
	rx->ones = 0;
	rx->ngather = 0;
	rx->fill = FILL_NONE;
}

bool tdm_hdlc_rx_idle(const struct tdm_hdlc_rx *rx)
{
	return rx->ones >= ONES_IDLE;
}
