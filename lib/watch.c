// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events, complete or else said to be incomplete.
 *
 *	multicast socket -> parse -> number as expected? -> news
 *				     | gap, ENOBUFS, unknown span
 *				     v
 *			    dump of the spans -> RESYNC for each -> RESYNCED
 *
 * The kernel tells of a loss once; what it drops after that it drops silently, until the socket
 * has been found empty. So before the dump the socket is read until it is: what is lost later is
 * told again, and what was lost before is in the dump.
 *
 * Each event of a span bears that span's next number, and a dump says which number it reflects:
 * what comes from the socket with a number up to that is dropped. Events of cards bear no
 * number, but ids of cards are never reused, so an arrival of a card that is known, or the
 * departure of one that is not, is told already.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"
#include "nlparse.h"

/* The number of the last event of a span that the caller was told of, or has seen in a dump. */
struct seen {
	uint32_t card;
	uint32_t port;
	uint64_t seq;
};

struct tdm_watch {
	struct nl_sock *sock;		/* of the multicast group */
	struct tdm_nl *nl;		/* for the dumps */
	tdm_call_check check;
	char *buf;			/* one datagram */
	struct nlmsghdr *next;		/* its next message ... */
	int left;			/* ... and the octets from there on */
	struct nl_list seen;		/* struct seen */
	bool lost;			/* a dump is due */
	struct tdm_span_info *resync;	/* what the dump brought, to be told one by one */
	size_t resync_count, resync_next;
};

static int join_group(struct tdm_watch *w, struct tdm_error *e)
{
	int group, ret;

	w->sock = nl_socket_alloc();
	if (!w->sock)
		return tdm_error_set(e, -ENOMEM, "out of memory");
	nl_socket_disable_seq_check(w->sock);
	ret = nl_connect(w->sock, NETLINK_GENERIC);
	if (ret < 0)
		return tdm_error_set(e, -EIO, "netlink: %s", nl_geterror(ret));
	group = genl_ctrl_resolve_grp(w->sock, TDM_FAMILY_NAME, TDM_MCGRP_EVENTS);
	if (group < 0)
		return tdm_error_set(e, -ENOENT, "the kernel has no events of '%s'",
				     TDM_FAMILY_NAME);
	ret = nl_socket_add_membership(w->sock, group);
	if (ret < 0)
		return tdm_error_set(e, -EIO, "netlink: %s", nl_geterror(ret));
	return 0;
}

int tdm_watch_open(struct tdm_watch **watch, tdm_call_check check, struct tdm_error *e)
{
	struct tdm_watch *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return tdm_error_set(e, -ENOMEM, "out of memory");
	w->check = check;
	w->seen.size = sizeof(struct seen);
	w->lost = true;
	w->buf = malloc(NL_BUFFER);
	ret = w->buf ? tdm_nl_open(&w->nl, check, e) : tdm_error_set(e, -ENOMEM, "out of memory");
	if (!ret)
		ret = join_group(w, e);
	if (ret) {
		tdm_watch_close(w);
		return ret;
	}
	*watch = w;
	return 0;
}

void tdm_watch_close(struct tdm_watch *w)
{
	if (!w)
		return;
	if (w->sock)
		nl_socket_free(w->sock);
	tdm_nl_close(w->nl);
	free(w->seen.data);
	free(w->resync);
	free(w->buf);
	free(w);
}

int tdm_watch_fd(const struct tdm_watch *w)
{
	return nl_socket_get_fd(w->sock);
}

static struct seen *seen_at(struct tdm_watch *w, size_t i)
{
	return (struct seen *)(void *)w->seen.data + i;
}

static struct seen *find(struct tdm_watch *w, uint32_t card, uint32_t port)
{
	for (size_t i = 0; i < w->seen.count; i++)
		if (seen_at(w, i)->card == card && (!port || seen_at(w, i)->port == port))
			return seen_at(w, i);
	return NULL;
}

static int add_seen(struct tdm_watch *w, uint32_t card, uint32_t port, uint64_t seq)
{
	struct seen *s = tdm_nl_list_add(&w->seen);

	if (!s)
		return -ENOMEM;
	*s = (struct seen){ card, port, seq };
	return 0;
}

/* Fill the buffer with the next datagram: 1, 0 none now, or negative errno. */
static int receive(struct tdm_watch *w)
{
	ssize_t n;

	do {
		n = recv(nl_socket_get_fd(w->sock), w->buf, NL_BUFFER, MSG_DONTWAIT | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n > NL_BUFFER)
		return -ENOBUFS;
	w->next = (struct nlmsghdr *)w->buf;
	w->left = (int)n;
	return 1;
}

static int resynchronise(struct tdm_watch *w, struct tdm_error *e)
{
	struct tdm_span_info *spans = NULL;
	int count, ret;

	do {
		ret = receive(w);
	} while (ret > 0 || ret == -ENOBUFS);
	w->next = NULL;
	if (ret)
		return tdm_refused(e, ret, "reading events", NULL);
	count = tdm_nl_spans(w->nl, NULL, &spans, e);
	if (count < 0)
		return count;
	w->seen.count = 0;
	for (int i = 0; i < count; i++) {
		if (add_seen(w, spans[i].card, spans[i].port, spans[i].event_seq)) {
			tdm_free(spans);
			return tdm_error_set(e, -ENOMEM, "out of memory");
		}
	}
	w->resync = spans;
	w->resync_count = (size_t)count;
	w->resync_next = 0;
	w->lost = false;
	return 0;
}

/* The next RESYNC, or the RESYNCED that ends them. */
static void tell_resync(struct tdm_watch *w, struct tdm_news *news)
{
	memset(news, 0, sizeof(*news));
	if (w->resync_next < w->resync_count) {
		news->type = TDM_NEWS_RESYNC;
		news->span = w->resync[w->resync_next++];
		news->card = news->span.card;
		news->port = news->span.port;
		news->seq = news->span.event_seq;
		memcpy(news->card_name, news->span.card_name, sizeof(news->card_name));
		return;
	}
	news->type = TDM_NEWS_RESYNCED;
	news->value = (int64_t)w->resync_count;
	free(w->resync);
	w->resync = NULL;
	w->resync_count = w->resync_next = 0;
}

static void forget(struct tdm_watch *w, uint32_t card)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->seen.count; i++)
		if (seen_at(w, i)->card != card)
			*seen_at(w, kept++) = *seen_at(w, i);
	w->seen.count = kept;
}

/* An event without number: 1 tell it, 0 it is told already. */
static int card_news(struct tdm_watch *w, const struct tdm_news *news)
{
	switch (news->type) {
	case TDM_NEWS_CARD_NEW:
		if (find(w, news->card, 0))
			return 0;
		for (uint32_t p = 1; p <= news->info.ports && p <= OPENTDM_PORTS_MAX; p++)
			if (add_seen(w, news->card, p, 0))
				return -ENOMEM;
		return 1;
	case TDM_NEWS_CARD_GONE:
		if (!find(w, news->card, 0))
			return 0;
		forget(w, news->card);
		return 1;
	default:
		return 1;
	}
}

/* 1: tell it; 0: it is old; -ENOBUFS: there is a gap before it. */
static int in_order(struct tdm_watch *w, const struct tdm_news *news)
{
	struct seen *s;

	if (!news->port || !news->seq)
		return card_news(w, news);
	s = find(w, news->card, news->port);
	if (s && news->seq <= s->seq)
		return 0;
	if (!s || news->seq != s->seq + 1)
		return -ENOBUFS;
	s->seq = news->seq;
	return 1;
}

/* The next message of the datagram as news: 1, 0 the datagram is at its end, or negative errno. */
static int parse_next(struct tdm_watch *w, struct tdm_news *news)
{
	while (w->next && nlmsg_ok(w->next, w->left)) {
		struct nlmsghdr *h = w->next;
		const struct genlmsghdr *g = nlmsg_data(h);
		int ret;

		w->next = nlmsg_next(h, &w->left);
		if (h->nlmsg_type != w->nl->family[NL_MAIN] ||
		    nlmsg_datalen(h) < (int)GENL_HDRLEN)
			continue;
		ret = tdm_nlp_news(g->cmd, (const void *)((const char *)g + GENL_HDRLEN),
				   nlmsg_datalen(h) - (int)GENL_HDRLEN, news);
		if (ret)
			return ret;
	}
	w->next = NULL;
	return 0;
}

int tdm_watch_next(struct tdm_watch *w, struct tdm_news *news, struct tdm_error *e)
{
	tdm_check(w->check, TDM_CALL_CONFIG, __func__);
	for (;;) {
		int ret;

		if (w->lost) {
			ret = resynchronise(w, e);
			if (ret)
				return ret;
			tell_resync(w, news);
			return 1;
		}
		if (w->resync) {
			tell_resync(w, news);
			return 1;
		}
		ret = parse_next(w, news);
		if (!ret) {
			ret = receive(w);
			if (!ret)
				return 0;
			if (ret > 0)
				continue;
		} else if (ret > 0) {
			ret = in_order(w, news);
		}
		if (ret > 0)
			return 1;
		if (ret == -ENOBUFS)
			w->lost = true;
		else if (ret < 0)
			return tdm_refused(e, ret, "reading events", NULL);
	}
}
