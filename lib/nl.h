/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink requests: one socket, one request at a time, answered before the next is sent.
 *
 *	msg = tdm_nl_request(nl, NL_MAIN, TDM_CMD_SPAN_GET, false, &err, e);
 *	err = nla_put_u32(msg, TDM_A_CARD, card);
 *	tdm_nl_transact(nl, msg, "reading a span", handler, arg, e);
 *
 * The kernel answers a generic netlink request within sendmsg() and a dump within recvmsg(), so
 * none of this waits for an event.
 */
#ifndef LIBTDM_NL_H
#define LIBTDM_NL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "private.h"

enum nl_family {
	NL_MAIN,	/* opentdm */
	NL_VIRT,	/* opentdm_virt */
	NL_FAMILIES,
};

#define NL_BUFFER	(64 * 1024)	/* the kernel's messages are at most 32 KiB */
#define NL_DUMP_TRIES	8

struct tdm_nl {
	struct nl_sock *sock;
	tdm_call_check check;
	int family[NL_FAMILIES];	/* 0: not looked up yet */
	uint32_t seq;
	char *buf;			/* NL_BUFFER octets, aligned for netlink */
};

/* One answer: the attributes of the message. A negative return ends the request with it. */
typedef int (*nl_handler)(const struct nlattr *head, int len, void *arg);

/*
 * A request without attributes yet, or NULL (*err the errno, *e filled). nla_put() and its like
 * may fail for want of memory: then free the message and say so.
 */
struct nl_msg *tdm_nl_request(struct tdm_nl *nl, enum nl_family family, int cmd, bool dump,
			      int *err, struct tdm_error *e);

/* Send, read all answers, free @msg. @what begins the sentence of a refusal: "reading a span". */
int tdm_nl_transact(struct tdm_nl *nl, struct nl_msg *msg, const char *what, nl_handler fn,
		    void *arg, struct tdm_error *e);

/* A growing array of equal elements. */
struct nl_list {
	char *data;
	size_t size;			/* of one element */
	size_t count, room;
};

void *tdm_nl_list_add(struct nl_list *list); /* a zeroed element, NULL: no memory */

/*
 * Dump into @list (emptied first; freed by the caller with free(list->data), on error too); again
 * if the kernel says that the dump was interrupted. @fill puts the request's attributes, may be
 * NULL.
 */
int tdm_nl_dump(struct tdm_nl *nl, enum nl_family family, int cmd, const char *what,
		int (*fill)(struct nl_msg *msg, const void *arg), const void *arg,
		nl_handler fn, struct nl_list *list, struct tdm_error *e);

#endif
