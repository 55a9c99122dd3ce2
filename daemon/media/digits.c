// SPDX-License-Identifier: GPL-2.0-or-later
/* DTMF from the line (Q.23, Q.24), by spandsp, in the media thread. */
#include <errno.h>
#include <spandsp.h>

#include "daemon/media/line.h"
#include "daemon/media/mix.h"

/* A tone began (@code is its digit) or ended (0); @delay: samples since the last such report. */
static void tone_changed(void *user, int code, int level, int delay)
{
	struct media_slot *s = user;
	struct leg_signal *sig;

	(void)level;
	if (code) {
		s->digit = (char)code;
		return;
	}
	if (!s->digit)
		return;
	sig = leg_signal_new(LEG_DTMF);
	if (sig) {
		sig->u.digits[0] = s->digit;
		sig->ms = (uint32_t)delay / 8;
		leg_signal(s->claim->leg, sig);
	}
	s->digit = '\0';
}

int media_digits_new(struct media_slot *s)
{
	s->digits = dtmf_rx_init(NULL, NULL, NULL);
	if (!s->digits)
		return -ENOMEM;
	dtmf_rx_set_realtime_callback(s->digits, tone_changed, s);
	return 0;
}

void media_digits_free(struct media_slot *s)
{
	if (s->digits)
		dtmf_rx_free(s->digits);
	s->digits = NULL;
}

void media_digits_detect(struct media_slot *s, const struct tframe *f)
{
	int16_t linear[TFRAME_OCTETS];

	mix_linear(linear, f->data, f->octets, f->format);
	dtmf_rx(s->digits, linear, f->octets);
}
