// SPDX-License-Identifier: GPL-2.0-only
/* Elastic buffer between two clock domains: see elastic.h. */
#include "elastic.h"

#define ROW		TDM_BLOCK_FRAMES
#define DEPTH_MIN	64u
#define DEPTH_MAX	1024u
#define LOW_MIN		(2 * ROW)
#define RESERVE		(2 * ROW)	/* above high, until a slip can no longer wait */

u32 tdm_elastic_size(const struct tdm_elastic_config *cfg)
{
	return cfg->slots * cfg->depth;
}

int tdm_elastic_init(struct tdm_elastic *e, const struct tdm_elastic_config *cfg, u8 *mem)
{
	if (!cfg->slots || cfg->slots > TDM_SLOTS_MAX)
		return -EINVAL;
	if (cfg->depth < DEPTH_MIN || cfg->depth > DEPTH_MAX || cfg->depth & (cfg->depth - 1))
		return -EINVAL;
	if (cfg->low < LOW_MIN || cfg->low > cfg->depth || cfg->high < cfg->low + ROW ||
	    cfg->high > cfg->depth - ROW - RESERVE || cfg->start < cfg->low || cfg->start > cfg->high)
		return -EINVAL;

	memset(e, 0, sizeof(*e));
	e->cfg = *cfg;
	e->mem = mem;
	return 0;
}

u32 tdm_elastic_level(const struct tdm_elastic *e)
{
	return (u32)(e->wr - e->rd);
}

void tdm_elastic_restart(struct tdm_elastic *e)
{
	e->rd = e->wr;
	e->running = false;
	e->outside = 0;
}

void tdm_elastic_push(struct tdm_elastic *e, const u8 *const *rows)
{
	u32 at = (u32)e->wr & (e->cfg.depth - 1), slot, level;

	/* wr is always a multiple of 8, and so is depth: a row never wraps. */
	for (slot = 0; slot < e->cfg.slots; slot++)
		memcpy(e->mem + slot * e->cfg.depth + at, rows[slot], ROW);
	e->wr += ROW;

	/* One frame is kept behind rd: a slip repeats it. */
	level = tdm_elastic_level(e);
	if (level < e->cfg.depth)
		return;
	if (e->running)
		e->stats.overruns += level - e->cfg.start;
	e->rd = e->wr - e->cfg.start;
	e->outside = 0;
}

static void copy_out(const struct tdm_elastic *e, u8 *const *rows, u64 from)
{
	u32 mask = e->cfg.depth - 1, slot, i;

	for (slot = 0; slot < e->cfg.slots; slot++) {
		const u8 *ring = e->mem + slot * e->cfg.depth;

		for (i = 0; i < ROW; i++)
			rows[slot][i] = ring[(u32)(from + i) & mask];
	}
}

/* The frame before, once more, then seven new ones: the same octets as one frame earlier. */
static enum tdm_elastic_result repeat(struct tdm_elastic *e, u8 *const *rows)
{
	copy_out(e, rows, e->rd - 1);
	e->rd += ROW - 1;
	e->stats.repeated++;
	e->outside = 0;
	return TDM_ELASTIC_REPEATED;
}

static enum tdm_elastic_result omit(struct tdm_elastic *e, u8 *const *rows)
{
	e->rd++;
	copy_out(e, rows, e->rd);
	e->rd += ROW;
	e->stats.deleted++;
	e->outside = 0;
	return TDM_ELASTIC_DELETED;
}

static enum tdm_elastic_result idle_row(struct tdm_elastic *e, u8 *const *rows, u8 idle)
{
	u32 slot;

	for (slot = 0; slot < e->cfg.slots; slot++)
		memset(rows[slot], idle, ROW);
	if (e->started)
		e->stats.underruns += ROW;
	return TDM_ELASTIC_IDLE;
}

/* True when this pull has to make a slip on the side where the level is. */
static bool slip_due(struct tdm_elastic *e, u32 level)
{
	bool above = level > e->cfg.high;

	if (!above && level >= e->cfg.low) {
		e->outside = 0;
		return false;
	}
	if (above != e->above)
		e->outside = 0;
	e->above = above;
	e->outside++;
	return e->outside >= e->cfg.spread_pulls ||
	       level < ROW || level > e->cfg.depth - RESERVE;
}

enum tdm_elastic_result tdm_elastic_pull(struct tdm_elastic *e, u8 *const *rows, u8 idle)
{
	u32 level = tdm_elastic_level(e);

	if (!e->running) {
		if (level < e->cfg.start)
			return idle_row(e, rows, idle);
		e->rd = e->wr - e->cfg.start;
		level = e->cfg.start;
		e->running = true;
		e->started = true;
		e->outside = 0;
	}
	/* Seven are enough for one repetition; fewer would be a gap, not a slip. */
	if (level < ROW - 1) {
		tdm_elastic_restart(e);
		return idle_row(e, rows, idle);
	}
	if (slip_due(e, level))
		return e->above ? omit(e, rows) : repeat(e, rows);
	copy_out(e, rows, e->rd);
	e->rd += ROW;
	return TDM_ELASTIC_OK;
}
