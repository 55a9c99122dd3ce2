// SPDX-License-Identifier: GPL-2.0-or-later
/* What a far end must not do, for pri-peer --hostile. */
#include <unistd.h>

#include "tests/peers/pri-peer.h"

/*
 * A message that is wrong, in a numbered frame that is right, so that it gets through to the far
 * end's Q.931. Octets: 0-3 the header of Q.921, 4 discriminator, 5-7 call reference, 8 the type,
 * then information elements.
 */
static size_t message_break(unsigned char *f, size_t len)
{
	size_t i;

	peer.broken++;
	switch (roll(5)) {
	case 0:
		f[8] = (unsigned char)roll(128);
		break;
	case 1:
		f[7] = (unsigned char)(1 + roll(255));
		break;
	case 2:
		return 5 + (size_t)roll((int)len - 5);
	case 3:
		f[4] = (unsigned char)roll(256);
		break;
	default:
		for (i = 9; i < len; i++)
			if (!roll(3))
				f[i] = (unsigned char)roll(256);
	}
	return len;
}

size_t hostile_frame(unsigned char *frame, size_t len)
{
	if ((frame[2] & 1) || len < 10 || frame[4] != 8 || roll(20))
		return len;
	return message_break(frame, len);
}

static void garbage(void)
{
	unsigned char buf[128];
	size_t i, len = 1 + (size_t)roll((int)sizeof(buf) - 1);

	for (i = 0; i < len; i++)
		buf[i] = (unsigned char)roll(256);
	switch (roll(8)) {
	case 0:
	case 1:
	case 2:		/* not even an address */
		break;
	case 3:
	case 4:
	case 5:		/* a UI frame of call control with nonsense in it */
		buf[0] = opt.side == PRI_NETWORK ? 0x02 : 0x00;
		buf[1] = 0x01;
		buf[2] = 0x03;
		buf[3] = 0x08;
		len = len < 8 ? 8 : len;
		break;
	default:	/* a numbered frame out of sequence: the link may be set up anew */
		buf[0] = opt.side == PRI_NETWORK ? 0x02 : 0x00;
		buf[1] = 0x01;
		buf[2] = (unsigned char)(roll(128) << 1);
		len = len < 8 ? 8 : len;
	}
	if (write(peer.d.fd, buf, len) == (ssize_t)len)
		peer.garbage++;
}

static void illegal(void)
{
	struct call *c = &peer.calls[roll(CALLS_MAX)];

	if (!c->call || c->ending)
		return;
	peer.illegal++;
	switch (roll(4)) {
	case 0:
		pri_proceeding(peer.d.pri, c->call, c->chan, 0);
		break;
	case 1:
		pri_information(peer.d.pri, c->call, '5');
		break;
	case 2:
		pri_need_more_info(peer.d.pri, c->call, c->chan, 0);
		break;
	default:
		pri_connect_ack(peer.d.pri, c->call, 0);
	}
}

/* One of each kind in turn, so that each comes as often as the others. */
void hostile_turn(void)
{
	static long next;
	static int kind;
	int chan;

	if (now_ms() < next)
		return;
	next = now_ms() + roll(100);
	switch (kind++ % 8) {
	case 0:
		chan = 1 + roll(15);
		pri_reset(peer.d.pri, chan);
		on_restart(chan);	/* what we reset is idle here, too */
		peer.restarts++;
		break;
	case 1:
	case 2:
	case 3:
		garbage();
		break;
	case 4:
		peer.stall_until = now_ms() + 20 + roll(roll(4) ? 200 : 3000);
		peer.stalls++;
		break;
	default:
		illegal();
		break;
	}
}

int hostile_left(void)
{
	return peer.restarts < opt.hostile || peer.garbage < opt.hostile ||
	       peer.stalls < opt.hostile || peer.illegal < opt.hostile ||
	       peer.broken < opt.hostile;
}
