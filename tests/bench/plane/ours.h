/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opentdm's loads: virtual cards of 16 ports, joined 1-2, 3-4, ...; odd ports are the far ends. Ports are counted
 * through: port 17 is the second card's first.
 */
#ifndef BENCH_PLANE_OURS_H
#define BENCH_PLANE_OURS_H

#include "plane.h"

#define PORTS_MAX	(2 * PLANE_PAIRS_MAX)

#define CARD_PORTS	16

extern uint32_t ours_cards[PORTS_MAX / CARD_PORTS];

static inline uint32_t ours_card(unsigned int port)
{
	return ours_cards[(port - 1) / CARD_PORTS];
}

static inline unsigned int ours_port(unsigned int port)
{
	return (port - 1) % CARD_PORTS + 1;
}

void ours_plug(unsigned int pairs);
void ours_unplug(void);

/*
 * ours_stream.c: a stream of @port that sends its B channels, and judges what comes by the channels
 * that @from names for each slot.
 */
void ours_stream_add(unsigned int pairs, unsigned int port, unsigned int period,
		     unsigned int (*from)(unsigned int pairs, unsigned int port, unsigned int slot));
/*
 * How octets are made and judged there when not by plane_send() and plane_judge(); NULL: by those. Set
 * before ours_stream_add(). The check of a slot has the channel that @from named.
 */
struct ours_kind {
	void (*send)(uint8_t *to, unsigned int port, unsigned int slot, uint64_t index, size_t n);
	void (*judge)(struct plane_check *check, const uint8_t *octets, size_t n);
};
extern const struct ours_kind *ours_kind;
void ours_stream_step(const struct plane_load *load);
void ours_stream_end(void);

/* ours_hdlc.c: the D channels of all ports. */
void ours_hdlc_begin(const struct plane_load *load, unsigned int pairs);
void ours_hdlc_step(const struct plane_load *load);
void ours_hdlc_end(void);

#endif
