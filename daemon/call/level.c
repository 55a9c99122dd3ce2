// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/call/level.h"

#include <stdlib.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/timer.h"
#include "daemon/media/mix.h"

#define FRESH_NS   (NSEC_PER_SEC / 2)
#define MEAN_OVER  2000 /* samples, of which a mean forgets all but a third */
#define PEAK_OVER  8000

uint32_t level_wanted;

static void nobody_looks(struct ttimer *timer)
{
	(void)timer;
	atomic_store(&level_wanted, 0);
}

int level_look(void)
{
	static struct ttimer timer = { .fn = nobody_looks };
	int err = ttimer_start(&timer_sched, &timer, LEVEL_HOLD_NS);

	if (!err)
		atomic_store(&level_wanted, 1);
	return err;
}

void level_note(const struct media_port *port, unsigned int dir, const struct tframe *frame)
{
	struct channel *ch = container_of((struct media_port *)port, struct channel, port);
	struct media_level *level = &ch->level[dir == MEDIA_TAP_TX];
	uint64_t now = tnow(), sum = 0, at = atomic_load_relaxed(&level->at_ns);
	uint32_t n = frame->octets, top = 0, mean, peak;
	int16_t row[TFRAME_OCTETS];

	if (frame->format == MEDIA_CLEAR)
		return;
	mix_linear(row, frame->data, n, frame->format);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t v = (uint32_t)abs(row[i]);

		sum += v * v;
		top = v > top ? v : top;
	}
	mean = n ? (uint32_t)(sum / n) : 0;
	peak = top;
	if (now - at < FRESH_NS) {
		int64_t was = atomic_load_relaxed(&level->mean);
		uint32_t old = atomic_load_relaxed(&level->peak);

		mean = (uint32_t)(was + ((int64_t)mean - was) * n / MEAN_OVER);
		old -= old * n / PEAK_OVER;
		peak = top > old ? top : old;
	}
	atomic_store_relaxed(&level->mean, mean);
	atomic_store_relaxed(&level->peak, peak);
	atomic_store(&level->at_ns, now);
}

/* Of a square of an amplitude, where the end of the scale is 32768; the sine's mean is half of it. */
static int8_t dbm0(double square)
{
	const double step = 1.2589254117941673;		   /* 10^0.1 */
	double at = 32768.0 * 32768.0 * 0.8629785477669702; /* 2.5 dBm0: from there on it is 3 */
	int db = 3;

	while (db > LEVEL_FLOOR && square < at) {
		at /= step;
		db--;
	}
	return (int8_t)db;
}

static void read_one(const struct media_level *level, uint64_t now, struct channel_level *out)
{
	uint64_t at = atomic_load(&level->at_ns);
	double peak = atomic_load_relaxed(&level->peak);

	*out = (struct channel_level){ .known = at && now - at < FRESH_NS };
	if (!out->known)
		return;
	out->mean = dbm0(2.0 * atomic_load_relaxed(&level->mean));
	out->peak = dbm0(peak * peak);
}

void channel_levels_read(struct channel *ch, struct channel_levels *levels)
{
	uint64_t now = tnow();

	read_one(&ch->level[0], now, &levels->in);
	read_one(&ch->level[1], now, &levels->out);
}
