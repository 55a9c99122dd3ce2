// SPDX-License-Identifier: GPL-2.0-only
/* Debouncing of CAS bits: see debounce.h. */
#include "debounce.h"
#include "frame.h"

void tdm_debounce_init(struct tdm_debounce *d, u32 persist, u8 bits, u64 frame)
{
	d->since = frame;
	d->persist = persist;
	d->stable = bits;
	d->cand = bits;
}

u64 tdm_debounce_next(const struct tdm_debounce *d)
{
	return d->cand == d->stable ? TDM_FRAME_NEVER : d->since + d->persist;
}

bool tdm_debounce_poll(struct tdm_debounce *d, u64 frame, struct tdm_debounced *out)
{
	if (!tdm_frame_reached(frame, tdm_debounce_next(d)))
		return false;
	out->frame = d->since;
	out->bits = d->cand;
	out->old = d->stable;
	d->stable = d->cand;
	return true;
}

bool tdm_debounce_push(struct tdm_debounce *d, u64 frame, u8 bits, struct tdm_debounced *out)
{
	bool changed;

	if (bits == d->cand)
		return tdm_debounce_poll(d, frame, out);
	changed = tdm_debounce_poll(d, frame, out);
	d->cand = bits;
	d->since = frame;
	/* With persist 0 the state before has always come out already. */
	if (!d->persist)
		changed = tdm_debounce_poll(d, frame, out);
	return changed;
}
