// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The framer's HDLC controller: a FIFO of 32 octets each way towards the driver, bits of the selected
 * slots towards the line.
 *
 * A frame is started on the line when the driver has given its end, for a slow guest would let it
 * underrun; each part is asked for when the line would have sent the one before. While a frame is on the line the next
 * one may be given: XPR says that there is room for it. What is received waits, frame by frame, with two FCS octets and
 * a status octet behind it; a frame for which there is no room is a status octet alone, and the next one is whole again.
 */
#include "framer.h"

#define CMDR_SRES	BIT(0)
#define CMDR_XME	BIT(1)
#define CMDR_XHF	BIT(3)
#define CMDR_RRES	BIT(6)
#define CMDR_RMC	BIT(7)
#define MODE_HRAC	BIT(3)

static const struct tdm_hdlc_config rx_config = { .flags = TDM_HDLC_F_NO_FCS };
static const struct tdm_hdlc_config tx_config;

void hdlc_ctl_init(struct hdlc_ctl *h)
{
	memset(h, 0, sizeof(*h));
	tdm_hdlc_rx_init(&h->rx, &rx_config, h->frame, sizeof(h->frame));
	tdm_hdlc_tx_init(&h->tx, &tx_config);
}

static bool selected(const struct framer *f, unsigned int first, unsigned int slot)
{
	return f->reg[first + slot / 8] & (0x80 >> (slot % 8));
}

/* The FIFO is empty: the next part of the oldest frame goes in. */
static void offer(struct framer *f)
{
	struct hdlc_ctl *h = &f->hdlc;
	u32 left;

	if (h->part_len || !h->nframes)
		return;
	left = h->lengths[0] - h->taken;
	h->part_len = min(left, HDLC_FIFO);
	h->part_at = 0;
	memcpy(h->part, h->store + h->taken, h->part_len);
	h->taken += h->part_len;
	if (left > HDLC_FIFO)
		framer_cause(f, ISR0_RPF);
	else
		framer_cause(f, ISR0_RME);
}

static void release_part(struct framer *f)
{
	struct hdlc_ctl *h = &f->hdlc;

	if (!h->part_len)
		return;
	h->part_len = 0;
	if (h->taken == h->lengths[0]) {
		h->stored -= h->taken;
		memmove(h->store, h->store + h->taken, h->stored);
		h->nframes--;
		memmove(h->lengths, h->lengths + 1, h->nframes * sizeof(h->lengths[0]));
		h->taken = 0;
	}
	offer(f);
}

static bool keep(struct hdlc_ctl *h, u32 len, u8 status)
{
	if (h->stored + len + 1 > HDLC_STORE || h->nframes == ARRAY_SIZE(h->lengths))
		return false;
	memcpy(h->store + h->stored, h->frame, len);
	h->store[h->stored + len] = status;
	h->stored += len + 1;
	h->lengths[h->nframes++] = len + 1;
	return true;
}

static void received(struct framer *f, u32 len, u8 status)
{
	struct hdlc_ctl *h = &f->hdlc;

	if (h->overflow && !keep(h, 0, RSIS_VFR | RSIS_RDO))
		return;
	h->overflow = !keep(h, len, status);
	offer(f);
}

static u8 judge(const u8 *frame, u32 len)
{
	u16 crc = 0xffff;
	u32 i;

	for (i = 0; i < len; i++)
		crc = crc_ccitt_byte(crc, frame[i]);
	return len >= 4 ? RSIS_VFR | (crc == 0xf0b8 ? RSIS_CRC : 0) : 0;
}

void hdlc_ctl_extract(struct framer *f, const struct line_ms *ms)
{
	struct hdlc_ctl *h = &f->hdlc;
	u8 in[LINE_SLOTS * LINE_FRAMES];
	u32 n = 0, at = 0, used;
	unsigned int k, slot;
	int ret;

	if (!(f->reg[FR_MODE] & MODE_HRAC))
		return;
	for (k = 0; k < LINE_FRAMES; k++)
		for (slot = 0; slot < LINE_SLOTS; slot++)
			if (selected(f, FR_RTR1, slot))
				in[n++] = ms->slots[slot][k];
	while ((ret = tdm_hdlc_rx(&h->rx, in + at, n - at, &used)) != 0) {
		at += used;
		if (ret > 0)
			received(f, (u32)ret, judge(h->frame, (u32)ret));
		else if (ret == -ECONNABORTED)
			received(f, 0, RSIS_VFR | RSIS_RAB);
		else if (ret == -EMSGSIZE)
			received(f, 0, RSIS_VFR | RSIS_RDO);
	}
}

u8 hdlc_ctl_pop(struct framer *f)
{
	struct hdlc_ctl *h = &f->hdlc;

	return h->part_at < h->part_len ? h->part[h->part_at++] : 0;
}

u32 hdlc_ctl_length(const struct framer *f)
{
	return f->hdlc.nframes ? f->hdlc.lengths[0] : 0;
}

void hdlc_ctl_push(struct framer *f, u8 octet)
{
	struct hdlc_ctl *h = &f->hdlc;

	if (h->in_len < HDLC_FIFO)
		h->in[h->in_len++] = octet;
}

static void transmit_part(struct framer *f, bool last)
{
	struct hdlc_ctl *h = &f->hdlc;

	if (h->out_ready || h->out_len + h->in_len > HDLC_MAX) {
		framer_cause(f, ISR1_XDU);
		h->in_len = 0;
		return;
	}
	memcpy(h->out + h->out_len, h->in, h->in_len);
	h->out_len += h->in_len;
	if (last && h->out_len)
		h->out_ready = true;
	else
		h->xpr_in = (h->in_len + LINE_FRAMES - 1) / LINE_FRAMES + 1;
	h->in_len = 0;
}

void hdlc_ctl_command(struct framer *f, u8 cmdr)
{
	struct hdlc_ctl *h = &f->hdlc;

	if (cmdr & CMDR_SRES) {
		tdm_hdlc_tx_abort(&h->tx);
		h->in_len = 0;
		h->out_len = 0;
		h->out_ready = false;
		h->sending = false;
		h->xpr_in = 1;
	}
	if (cmdr & CMDR_RRES) {
		tdm_hdlc_rx_gap(&h->rx);
		h->stored = 0;
		h->taken = 0;
		h->nframes = 0;
		h->part_len = 0;
	}
	if (cmdr & CMDR_RMC)
		release_part(f);
	if (cmdr & (CMDR_XHF | CMDR_XME))
		transmit_part(f, cmdr & CMDR_XME);
}

static void fill(struct framer *f, u8 *out, u32 n)
{
	struct hdlc_ctl *h = &f->hdlc;
	enum tdm_hdlc_tx_event event;
	u32 done;

	while (n) {
		if (h->out_ready && !h->sending) {
			memcpy(h->line, h->out, h->out_len);
			tdm_hdlc_tx_start(&h->tx, h->line, h->out_len);
			h->out_len = 0;
			h->out_ready = false;
			h->sending = true;
			framer_cause(f, ISR1_XPR);
		}
		event = tdm_hdlc_tx_fill(&h->tx, out, n, &done);
		out += done;
		n -= done;
		if (event == TDM_HDLC_TX_FULL)
			return;
		h->sending = false;
		if (!h->out_ready)
			framer_cause(f, ISR1_ALLS);
	}
}

void hdlc_ctl_insert(struct framer *f, struct line_ms *ms)
{
	struct hdlc_ctl *h = &f->hdlc;
	u8 out[LINE_SLOTS * LINE_FRAMES];
	unsigned int k, slot, n = 0;

	if (h->xpr_in && !--h->xpr_in)
		framer_cause(f, ISR1_XPR);
	for (slot = 0; slot < LINE_SLOTS; slot++)
		n += selected(f, FR_TTR1, slot);
	if (!n)
		return;
	fill(f, out, n * LINE_FRAMES);
	n = 0;
	for (k = 0; k < LINE_FRAMES; k++)
		for (slot = 0; slot < LINE_SLOTS; slot++)
			if (selected(f, FR_TTR1, slot))
				ms->slots[slot][k] = out[n++];
}
