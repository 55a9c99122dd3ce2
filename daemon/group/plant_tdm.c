// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's plants: D-channels and streams of /dev/tdm, news by netlink. The group's thread. */
#include "daemon/group/plant_tdm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/log.h"
#include "daemon/group/tdm_check.h"
#include "daemon/media/line_tdm.h"

struct plant_tdm {
	struct plant plant;
	const struct conf_group *conf;
	struct tdm_nl *nl;
	struct tdm_watch *watch;
	struct media_line *lines[CONF_SPANS_MAX];
	bool seen[CONF_SPANS_MAX];	/* since the resynchronisation began */
	int unseen;			/* the next span to report as missing; -1: no such round */
};

static unsigned int period_ms = 10;	/* the configuring thread, before any plant */

void plant_tdm_period(unsigned int ms)
{
	period_ms = ms;
}

static struct plant_tdm *of(struct plant *p)
{
	return container_of(p, struct plant_tdm, plant);
}

static int card_id(struct plant_tdm *p, const char *name, uint32_t *id)
{
	struct tdm_card_info info;
	int err = tdm_nl_card(p->nl, name, &info, NULL);

	if (!err)
		*id = info.id;
	return err;
}

static int tdm_dchan_open(struct plant *plant, const struct conf_addr *addr, struct dchan **out)
{
	uint32_t card;
	int err = card_id(of(plant), addr->card, &card);

	return err ? err : dchan_tdm(card, addr, out);
}

static struct media_line *tdm_line(struct plant *plant, int iface)
{
	struct plant_tdm *p = of(plant);
	const struct conf_addr *a = &p->conf->spans[iface];
	struct media_line **line = &p->lines[iface];
	struct tdm_span_info span;
	uint32_t card;

	if (*line && line_tdm_gone(*line)) {
		media_line_drop(*line);
		*line = NULL;
	}
	if (*line || card_id(p, a->card, &card) ||
	    tdm_nl_span(p->nl, card, (uint32_t)a->port, &span, NULL))
		return *line;
	line_tdm_open(card, (uint32_t)a->port, span.id, period_ms, line);
	return *line;
}

static int tdm_news_fd(struct plant *plant)
{
	return tdm_watch_fd(of(plant)->watch);
}

static int iface_of(const struct plant_tdm *p, const struct tdm_news *n, int from)
{
	int i;

	for (i = from; i < p->conf->nspans; i++)
		if (!strcmp(p->conf->spans[i].card, n->card_name) &&
		    (!n->port || p->conf->spans[i].port == (int)n->port))
			return i;
	return -1;
}

/* After a resynchronisation: spans that were not told of do not exist. */
static int unseen_next(struct plant_tdm *p, struct plant_news *news)
{
	while (p->unseen >= 0 && p->unseen < p->conf->nspans) {
		int i = p->unseen++;

		if (p->seen[i])
			continue;
		*news = (struct plant_news){ .iface = i };
		return 1;
	}
	p->unseen = -1;
	return 0;
}

static int news_read(struct plant_tdm *p, const struct tdm_news *n, struct plant_news *news)
{
	int i = iface_of(p, n, 0);

	switch (n->type) {
	case TDM_NEWS_RESYNC:
	case TDM_NEWS_SPAN:
	case TDM_NEWS_ALARM:
		if (i < 0)
			return 0;
		p->seen[i] = true;
		*news = (struct plant_news){
			.iface = i, .up = n->span.state == TDM_SPAN_UP,
			.failed = n->span.failures, .defect = n->span.defects,
		};
		return 1;
	case TDM_NEWS_RESYNCED:
		p->unseen = 0;
		return 0;
	case TDM_NEWS_CARD_GONE:
		/* All spans of the card: those of others are told again with what they are. */
		for (; i >= 0; i = iface_of(p, n, i + 1))
			p->seen[i] = false;
		p->unseen = 0;
		return 0;
	default:
		return 0;
	}
}

static int tdm_news_next(struct plant *plant, struct plant_news *news)
{
	struct plant_tdm *p = of(plant);
	struct tdm_error e;
	struct tdm_news n;
	int ret;

	for (;;) {
		if (unseen_next(p, news))
			return 1;
		ret = tdm_watch_next(p->watch, &n, &e);
		if (ret < 0 && ret != -EAGAIN)
			log_warn("%s: news of the spans: %s", p->conf->name, e.text);
		if (ret <= 0)
			return ret;
		if (news_read(p, &n, news))
			return 1;
	}
}

static void tdm_close(struct plant *plant)
{
	struct plant_tdm *p = of(plant);
	int i;

	for (i = 0; i < p->conf->nspans; i++)
		if (p->lines[i])
			media_line_drop(p->lines[i]);
	tdm_watch_close(p->watch);
	tdm_nl_close(p->nl);
	free(p);
}

static const struct plant_ops tdm_ops = {
	.dchan_open = tdm_dchan_open, .line = tdm_line, .news_fd = tdm_news_fd,
	.news_next = tdm_news_next, .close = tdm_close,
};

int plant_tdm_open(const struct conf_group *conf, struct plant **out)
{
	struct plant_tdm *p = calloc(1, sizeof(*p));
	struct tdm_error e = { 0 };
	int err;

	if (!p)
		return -ENOMEM;
	p->plant.ops = &tdm_ops;
	p->conf = conf;
	p->unseen = -1;
	err = tdm_nl_open(&p->nl, tdm_lock_check, &e);
	if (err)
		goto err_free;
	err = tdm_watch_open(&p->watch, tdm_lock_check, &e);
	if (err)
		goto err_nl;
	*out = &p->plant;
	return 0;

err_nl:
	tdm_nl_close(p->nl);
err_free:
	log_error("%s: %s", conf->name, e.text);
	free(p);
	return err;
}
