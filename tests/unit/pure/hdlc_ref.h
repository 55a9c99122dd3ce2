/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A receiver for HDLC without tables or short cuts, one bit at a time, to compare with.
 * It keeps every bit since the flag and makes octets and FCS of them only at the end.
 */
#ifndef TDM_TEST_HDLC_REF_H
#define TDM_TEST_HDLC_REF_H

#include "kernel/core/pure/hdlc.h"

#define REF_OCTETS	8192u

struct hdlc_ref {
	struct tdm_hdlc_config cfg;
	u32 room;		/* octets of frame and FCS; 0: no buffer */
	u32 nbits;		/* destuffed, since the flag */
	u32 ones;
	bool hunt;
	bool excess;
	u8 bits[8 * REF_OCTETS + 64];
	u8 frame[REF_OCTETS + 8];
	struct tdm_hdlc_rx_stats stats;
};

static inline void hdlc_ref_init(struct hdlc_ref *r, const struct tdm_hdlc_config *cfg, u32 size)
{
	memset(r, 0, sizeof(*r));
	r->cfg = *cfg;
	r->hunt = true;
	r->room = size;
	if (size && cfg->max_len) {
		u32 most = cfg->max_len + (cfg->flags & TDM_HDLC_F_NO_FCS ? 0 : 2);

		r->room = most < size ? most : size;
	}
}

static inline u32 hdlc_ref_fcs(const u8 *bits, u32 n)
{
	u32 crc = 0xffff, i;

	for (i = 0; i < n; i++)
		crc = crc >> 1 ^ ((crc ^ bits[i]) & 1 ? 0x8408 : 0);
	return crc ^ 0xffff;
}

/* The frame of @n bits at a flag. */
static inline int hdlc_ref_judge(struct hdlc_ref *r, s32 n)
{
	u32 fcs = r->cfg.flags & TDM_HDLC_F_NO_FCS ? 0 : 2;
	u32 min = r->cfg.min_len ? r->cfg.min_len : 1, len, i, sent = 0;

	if (n < 8)
		return 0;
	if (!r->room)
		return r->stats.overruns++, -ENOBUFS;
	if (n % 8)
		return r->stats.unaligned++, -EILSEQ;
	len = (u32)n / 8;
	if (len < min + fcs)
		return r->stats.shorts++, -ENODATA;
	len -= fcs;
	for (i = 0; fcs && i < 16; i++)
		sent |= (u32)r->bits[8 * len + i] << i;
	if (fcs && sent != hdlc_ref_fcs(r->bits, 8 * len))
		return r->stats.fcs++, -EBADMSG;
	memset(r->frame, 0, len);
	for (i = 0; i < 8 * len; i++)
		r->frame[i / 8] |= (u8)(r->bits[i] << i % 8);
	r->stats.frames++;
	r->stats.octets += len;
	return (int)len;
}

/* One bit of the line. Returns as tdm_hdlc_rx(). */
static inline int hdlc_ref_bit(struct hdlc_ref *r, u32 bit)
{
	u32 ones = r->ones;
	int ret = 0;

	r->ones = bit ? ones + 1 : 0;
	if (!bit && ones == 6) {
		/* 0 and 11111 of the flag were taken as data. */
		if (!r->hunt)
			ret = hdlc_ref_judge(r, (s32)r->nbits - 6);
		r->hunt = false;
		r->nbits = 0;
		return ret;
	}
	if (!bit && ones == 5)
		return 0;
	if (bit && ones == 14)
		r->stats.idles++;
	if (bit && ones == 6) {
		if (!r->hunt && (s32)r->nbits - 5 >= 8) {
			ret = r->room ? -ECONNABORTED : -ENOBUFS;
			if (r->room)
				r->stats.aborts++;
			else
				r->stats.overruns++;
		}
		r->hunt = true;
		return ret;
	}
	if (bit && ones >= 5)
		return 0;
	if (r->hunt)
		return 0;
	if (r->nbits < 8 * REF_OCTETS)
		r->bits[r->nbits++] = (u8)bit;
	if (r->room && r->nbits == 8 * (r->room + 1)) {
		r->stats.longs++;
		r->hunt = true;
		return -EMSGSIZE;
	}
	return 0;
}

#endif /* TDM_TEST_HDLC_REF_H */
