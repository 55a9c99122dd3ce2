// SPDX-License-Identifier: GPL-2.0-only
/*
 * HDLC receiver: see hdlc.h for the mapping, hdlc_bits.h for words of the line.
 *
 * All that matters in a word is which of its bits follow five 1s and which follow six:
 *
 *	after five 1s	a stuffed 0 goes, a sixth 1 is never taken as data: both are dropped
 *	after six 1s	the end of a flag (0) or an abort (1), or the line is at mark
 *
 * So a word without the latter, which is nearly every word of a frame, is data once the former are
 * dropped. In the others what is between those bits is data.
 *
 * As the sixth 1 of a row is not taken, at a closing flag exactly six bits too many are there, 0
 * and 11111 (five if the flag shares its 0 with the flag before).
 */
#include "hdlc.h"
#include "hdlc_bits.h"

#define FLAG_ONES	6u
#define IDLE_ONES	15u
#define FLAG_BITS	6u	/* of a flag, taken as data before it was known */
#define ABORT_BITS	5u	/* the same of an abort */
#define LEN_CAP		0x10000000u

static u32 fcs_len(u32 flags)
{
	return flags & TDM_HDLC_F_NO_FCS ? 0 : TDM_HDLC_FCS_LEN;
}

static bool too_small(const u8 *buf, u32 size, u32 flags)
{
	return buf && size < fcs_len(flags) + 1;
}

/* An octet of the frame, or more than one, is there. */
static bool in_frame(const struct tdm_hdlc_rx *rx)
{
	return !rx->hunt && rx->bits >= 8;
}

static void use_buffer(struct tdm_hdlc_rx *rx, u8 *buf, u32 size)
{
	rx->buf = buf;
	rx->excess = 8 * ((u64)min(size, rx->max_len) + 1);
	if (!in_frame(rx))
		rx->homeless = !buf;
	rx->plain = 0;
}

/* Forget what is there; what follows may be a frame, or is not one before the next flag. */
static void begin(struct tdm_hdlc_rx *rx, bool hunt)
{
	rx->hunt = hunt;
	rx->homeless = !rx->buf;
	rx->bits = 0;
	rx->acc = 0;
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
	rx->line = cfg->flags & TDM_HDLC_F_INVERT ? U64_MAX : 0;
	rx->width = cfg->flags & TDM_HDLC_F_56K ? 7 : 8;
	rx->min_len = min_len + fcs;
	rx->max_len = cfg->max_len ? cfg->max_len + fcs : LEN_CAP;
	rx->hunt = true;
	use_buffer(rx, buf, size);
	return 0;
}

int tdm_hdlc_rx_buffer(struct tdm_hdlc_rx *rx, u8 *buf, u32 size)
{
	if (in_frame(rx) && !rx->homeless)
		return -EBUSY;
	if (too_small(buf, size, rx->flags))
		return -EINVAL;
	use_buffer(rx, buf, size);
	return 0;
}

/* What the frame of so many bits was. */
static int judge(struct tdm_hdlc_rx *rx, u64 bits)
{
	u32 fcs = fcs_len(rx->flags), len = (u32)(bits / 8), whole = len & ~(TDM_HDLC_WORD - 1);

	if (rx->homeless) {
		rx->stats.overruns++;
		return -ENOBUFS;
	}
	if (bits % 8) {
		rx->stats.unaligned++;
		return -EILSEQ;
	}
	if (len < rx->min_len) {
		rx->stats.shorts++;
		return -ENODATA;
	}
	tdm_hdlc_store(rx->buf + whole, rx->acc, len - whole);
	if (fcs && tdm_hdlc_fcs(TDM_HDLC_FCS_INIT, rx->buf, len) != TDM_HDLC_FCS_GOOD) {
		rx->stats.fcs++;
		return -EBADMSG;
	}
	rx->stats.frames++;
	rx->stats.octets += len - fcs;
	return (int)(len - fcs);
}

static int flag(struct tdm_hdlc_rx *rx)
{
	int event = 0;

	if (!rx->hunt && rx->bits >= FLAG_BITS + 8)
		event = judge(rx, rx->bits - FLAG_BITS);
	begin(rx, false);
	return event;
}

/* The seventh 1 in a row. */
static int aborted(struct tdm_hdlc_rx *rx)
{
	int event = 0;

	if (!rx->hunt && rx->bits >= ABORT_BITS + 8) {
		if (rx->homeless) {
			rx->stats.overruns++;
			event = -ENOBUFS;
		} else {
			rx->stats.aborts++;
			event = -ECONNABORTED;
		}
	}
	begin(rx, true);
	return event;
}

/* The past ends with so many 1s. */
static u32 ones_at_end(u64 past)
{
	return 64 - fls64(~past);
}

/* A bit after six 1s or more. @past: the line before it. */
static int after_six(struct tdm_hdlc_rx *rx, u64 past, bool bit)
{
	u32 ones = ones_at_end(past);

	if (ones == FLAG_ONES)
		return bit ? aborted(rx) : flag(rx);
	if (bit && ones == IDLE_ONES - 1)
		rx->stats.idles++;
	return 0;
}

/*
 * Takes the bits of @drop, which are 0, out of @word, and their number off @n. The last one may be
 * a sixth 1: it spoils the bit before it, and no frame is made of either.
 */
static inline u64 squeeze(u64 word, u64 drop, u32 *n)
{
	for (; drop; drop = (drop & (drop - 1)) >> 1) {
		/* What is above the lowest of them comes down by one bit. */
		word -= (word & (drop | -drop)) >> 1;
		(*n)--;
	}
	return word;
}

/* @n bits of the frame are in @word, and nothing above them. */
static inline void append(struct tdm_hdlc_rx *rx, u64 word, u32 n)
{
	u32 have = rx->bits % 64;

	rx->acc |= word << have;
	if (have + n >= 64) {
		tdm_hdlc_store(rx->buf + rx->bits / 64 * TDM_HDLC_WORD, rx->acc, TDM_HDLC_WORD);
		rx->acc = word >> 1 >> (63 - have);
	}
	rx->bits += n;
}

/* The lowest @n bits of @word, without those of @drop. */
static int put(struct tdm_hdlc_rx *rx, u64 word, u64 drop, u32 n)
{
	if (rx->hunt)
		return 0;
	word = squeeze(word & tdm_hdlc_low(n), drop & tdm_hdlc_low(n), &n);
	if (rx->homeless) {
		rx->bits += n;
	} else if (rx->bits + n < rx->excess) {
		append(rx, word, n);
	} else {
		rx->stats.longs++;
		begin(rx, true);
		return -EMSGSIZE;
	}
	return 0;
}

/* The line up to the bit @n of @word. */
static u64 past_of(u64 past, u64 word, u32 n)
{
	return n < 64 ? word << 1 << (63 - n) | past >> n : word;
}

/* The bits of a word that follow five 1s; by doubling, those of the past counted. */
static inline u64 after_five(u64 past, u64 word)
{
	u64 past_one = past << 1, past_two = past_one & past_one << 1;
	u64 one = word << 1 | past >> 63;
	u64 two = one & (one << 1 | past_one >> 63);
	u64 four = two & (two << 2 | past_two >> 62);

	return four & (one << 4 | past_one >> 60);
}

/*
 * How many bits the frame may have for eight octets to be taken as data if there is no sixth 1 in
 * them: they surely go into the buffer, and no flag or abort began before them.
 */
static void set_plain(struct tdm_hdlc_rx *rx)
{
	bool never = rx->hunt || rx->homeless || rx->width < 8 || rx->excess < 64 ||
		     ones_at_end(rx->past) >= FLAG_ONES;

	rx->plain = never ? 0 : rx->excess - 64;
}

/*
 * Whether eight octets of the line are one flag, or mark, over and over, so that what they leave
 * behind does not depend on what was before, and again they would change nothing.
 */
static bool is_fill(const struct tdm_hdlc_rx *rx, u64 word, u64 six)
{
	u32 rest = TDM_HDLC_WORD * rx->width - 8;

	return six >> rest && !((word ^ word >> 8) & tdm_hdlc_low(rest));
}

static void note(int *event, int ret)
{
	if (ret)
		*event = ret;
}

/*
 * Bits of @n octets, those of @five after five 1s. Returns the octets taken: up to the event, if
 * there is one. No second one can come of the octet in which one is: after a flag at most seven
 * bits are left, too few for a frame, and after an abort or the excess octet nothing counts before
 * the next flag.
 */
static noinline u32 take(struct tdm_hdlc_rx *rx, u64 word, u64 five, u32 n, int *event)
{
	u64 all = five & (five << 1 | (ones_at_end(rx->past) >= FLAG_ONES)), six;
	u32 width = rx->width, at = 0, i;

	/* Which octet is one too many is to be told, so near that point they go one by one. */
	if (rx->bits + 64 >= rx->excess)
		n = 1;
	for (six = all & tdm_hdlc_low(n * width); six; six &= six - 1) {
		i = (u32)__ffs64(six);
		note(event, put(rx, word >> at, five >> at, i - at));
		note(event, after_six(rx, past_of(rx->past, word, i), word >> i & 1));
		at = i + 1;
		if (*event) {
			n = i / width + 1;
			six &= tdm_hdlc_low(n * width);
		}
	}
	if (at < n * width)
		note(event, put(rx, word >> at, five >> at, n * width - at));
	rx->past = past_of(rx->past, word, n * width);
	rx->filled = n == TDM_HDLC_WORD && is_fill(rx, word, all);
	set_plain(rx);
	return n;
}

u32 tdm_hdlc_rx_word(struct tdm_hdlc_rx *rx, const u8 *in, u32 n, int *event)
{
	u64 octets = tdm_hdlc_load(in, n) ^ rx->line, word, five;
	u32 bits = 64;

	if (octets == rx->fill && rx->filled)
		return n;
	word = tdm_hdlc_mirror(octets);
	if (unlikely(rx->width < 8))
		word = tdm_hdlc_from_56k(word);
	five = after_five(rx->past, word);
	if (unlikely(five & word || rx->bits >= rx->plain || n < TDM_HDLC_WORD)) {
		rx->fill = octets;
		return take(rx, word, five, n, event);
	}
	/* No sixth 1: eight octets of data and nothing else, as nearly all of a frame are. */
	rx->past = word;
	rx->filled = false;
	word = squeeze(word, five, &bits);
	append(rx, word, bits);
	return n;
}

void tdm_hdlc_rx_gap(struct tdm_hdlc_rx *rx)
{
	if (in_frame(rx))
		rx->stats.overruns++;
	begin(rx, true);
	rx->plain = 0;
	rx->past = 0;
	rx->filled = false;
}

bool tdm_hdlc_rx_idle(const struct tdm_hdlc_rx *rx)
{
	return ones_at_end(rx->past) >= IDLE_ONES;
}
