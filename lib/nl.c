// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests and their answers: see nl.h. */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "nl.h"
#include "nlparse.h"

static const struct {
	const char *name;
	const char *module;
	unsigned int version;
} families[NL_FAMILIES] = {
	[NL_MAIN] = { TDM_FAMILY_NAME, "tdm", TDM_FAMILY_VERSION },
	[NL_VIRT] = { TDM_VIRT_FAMILY_NAME, "tdm_virt", TDM_VIRT_FAMILY_VERSION },
};

/*
 * Attributes of requests as the specification calls them, for sentences of the kernel's own parser.
 */
static const char *const main_names[TDM_A_MAX + 1] = {
	[TDM_A_CARD] = "card", [TDM_A_CARD_NAME] = "card-name", [TDM_A_PORT] = "port",
	[TDM_A_CLOCK_SOURCE] = "clock-source", [TDM_A_CLOCK_RESTORE] = "clock-restore",
	[TDM_A_CLOCK_PREFER] = "clock-prefer", [TDM_A_IDLE] = "idle",
	[TDM_A_TYPE] = "type", [TDM_A_FRAMING] = "framing", [TDM_A_LINE_CODE] = "line-code",
	[TDM_A_SIGNALLING] = "signalling", [TDM_A_LBO] = "lbo", [TDM_A_LOOPBACK] = "loopback",
	[TDM_A_FAIL_DECLARE] = "fail-declare", [TDM_A_FAIL_CLEAR] = "fail-clear",
	[TDM_A_STATE] = "state", [TDM_A_SLOT] = "slot", [TDM_A_CAS_TX] = "cas-tx",
	[TDM_A_CONNECT] = "connect", [TDM_A_PEER_CARD] = "peer-card",
	[TDM_A_PEER_CARD_NAME] = "peer-card-name", [TDM_A_PEER_PORT] = "peer-port",
	[TDM_A_PEER_SLOT] = "peer-slot", [TDM_A_BOTH] = "both", [TDM_A_BEARER] = "bearer",
};

static const char *const virt_names[TDM_VIRT_A_MAX + 1] = {
	[TDM_VIRT_A_CARD] = "card", [TDM_VIRT_A_CARD_NAME] = "card-name",
	[TDM_VIRT_A_PORTS] = "ports", [TDM_VIRT_A_KEY] = "key", [TDM_VIRT_A_TYPE] = "type",
	[TDM_VIRT_A_FRAMING] = "framing", [TDM_VIRT_A_LINE_CODE] = "line-code",
	[TDM_VIRT_A_SIGNALLING] = "signalling", [TDM_VIRT_A_PORT] = "port",
	[TDM_VIRT_A_PEER_CARD] = "peer-card", [TDM_VIRT_A_PEER_CARD_NAME] = "peer-card-name",
	[TDM_VIRT_A_PEER_PORT] = "peer-port", [TDM_VIRT_A_DEFECTS] = "defects",
	[TDM_VIRT_A_BIT_ERRORS] = "bit-errors", [TDM_VIRT_A_CRC_ERRORS] = "crc-errors",
	[TDM_VIRT_A_LCV_ERRORS] = "lcv-errors", [TDM_VIRT_A_FRAME_ERRORS] = "frame-errors",
	[TDM_VIRT_A_SLIP_PPM] = "slip-ppm", [TDM_VIRT_A_REFUSE_OPS] = "refuse-ops",
	[TDM_VIRT_A_LATE_TICKS] = "late-ticks", [TDM_VIRT_A_STALL] = "stall",
	[TDM_VIRT_A_SECONDS] = "seconds",
};

static const char *attr_name(const struct tdm_nl *nl, int nlmsg_type, int type)
{
	if (nl->family[NL_VIRT] && nlmsg_type == nl->family[NL_VIRT])
		return type > 0 && type <= TDM_VIRT_A_MAX ? virt_names[type] : NULL;
	return type > 0 && type <= TDM_A_MAX ? main_names[type] : NULL;
}

static int on(int fd, int option)
{
	int one = 1;

	return setsockopt(fd, SOL_NETLINK, option, &one, sizeof(one)) ? -errno : 0;
}

static int find_family(struct tdm_nl *nl, enum nl_family family, struct tdm_error *e)
{
	int id = genl_ctrl_resolve(nl->sock, families[family].name);

	if (id < 0)
		return tdm_error_set(e, -ENOENT,
			"the kernel does not know '%s': load the module with 'modprobe %s'",
			families[family].name, families[family].module);
	nl->family[family] = id;
	return 0;
}

int tdm_nl_open(struct tdm_nl **out, tdm_call_check check, struct tdm_error *e)
{
	struct tdm_nl *nl = calloc(1, sizeof(*nl));
	int ret = -ENOMEM;

	tdm_check(check, TDM_CALL_CONFIG, __func__);
	if (!nl)
		return tdm_error_set(e, -ENOMEM, "out of memory");
	nl->check = check;
	nl->buf = malloc(NL_BUFFER);
	nl->sock = nl_socket_alloc();
	if (!nl->buf || !nl->sock) {
		tdm_error_set(e, ret, "out of memory");
		goto close;
	}
	ret = nl_connect(nl->sock, NETLINK_GENERIC);
	if (ret < 0) {
		ret = tdm_error_set(e, -EIO, "netlink: %s", nl_geterror(ret));
		goto close;
	}
	ret = find_family(nl, NL_MAIN, e);
	if (ret)
		goto close;
	/* After the look-up: libnl's own parser of refusals wants to see the request in them. */
	ret = on(nl_socket_get_fd(nl->sock), NETLINK_EXT_ACK);
	if (!ret)
		ret = on(nl_socket_get_fd(nl->sock), NETLINK_CAP_ACK);
	if (ret) {
		tdm_refused(e, ret, "netlink", NULL);
		goto close;
	}
	*out = nl;
	return 0;

close:
	tdm_nl_close(nl);
	return ret;
}

void tdm_nl_close(struct tdm_nl *nl)
{
	if (!nl)
		return;
	if (nl->sock)
		nl_socket_free(nl->sock);
	free(nl->buf);
	free(nl);
}

struct nl_msg *tdm_nl_request(struct tdm_nl *nl, enum nl_family family, int cmd, bool dump,
			      int *err, struct tdm_error *e)
{
	struct nl_msg *msg;

	if (!nl->family[family]) {
		tdm_check(nl->check, TDM_CALL_CONFIG, __func__);
		*err = find_family(nl, family, e);
		if (*err)
			return NULL;
	}
	msg = nlmsg_alloc();
	if (msg && genlmsg_put(msg, nl_socket_get_local_port(nl->sock), ++nl->seq,
			       nl->family[family], 0,
			       NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK),
			       (uint8_t)cmd, (uint8_t)families[family].version))
		return msg;
	nlmsg_free(msg);
	*err = tdm_error_set(e, -ENOMEM, "out of memory");
	return NULL;
}

/*
 * The sentence of an NLMSG_ERROR, or of an NLMSG_DONE that carries an error: TLVs behind @skip
 * octets.
 */
static int refusal(struct tdm_nl *nl, const struct nlmsghdr *request, const struct nlmsghdr *h,
		   int err, size_t skip, const char *what, struct tdm_error *e)
{
	char text[TDM_TEXT_MAX - 64] = "";
	int offset = -1, missing = -1, len = nlmsg_datalen(h) - (int)NLMSG_ALIGN(skip);
	const char *name = NULL;

	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) && len > 0)
		tdm_nlp_extack((const void *)((const char *)nlmsg_data(h) + NLMSG_ALIGN(skip)), len,
			       text, sizeof(text), &offset, &missing);
	if (missing > 0)
		name = attr_name(nl, request->nlmsg_type, missing);
	else if (offset >= (int)(NLMSG_HDRLEN + GENL_HDRLEN) &&
		 offset + (int)NLA_HDRLEN <= (int)request->nlmsg_len)
		name = attr_name(nl, request->nlmsg_type,
				 nla_type((const struct nlattr *)((const char *)request + offset)));

	if (name && !strcasestr(text, name)) {
		if (missing > 0 && !*text)
			return tdm_error_set(e, err, "%s: the kernel misses '%s'", what, name);
		return tdm_error_set(e, err, "%s: %s: %s", what, name,
				     *text ? text : "the kernel does not accept the value");
	}
	return tdm_refused(e, err, what, text);
}

/* One message of an answer: 1 go on, 0 the answer is complete, or negative errno. */
static int one_answer(struct tdm_nl *nl, const struct nlmsghdr *request, const struct nlmsghdr *h,
		  const char *what, nl_handler fn, void *arg, struct tdm_error *e)
{
	const struct nlmsgerr *err = nlmsg_data(h);

	switch (h->nlmsg_type) {
	case NLMSG_NOOP:
		return 1;
	case NLMSG_ERROR:
		if (nlmsg_datalen(h) < (int)sizeof(*err))
			return tdm_error_set(e, -EBADMSG, "%s: malformed answer", what);
		return err->error ? refusal(nl, request, h, err->error, sizeof(*err), what, e) : 0;
	case NLMSG_DONE:
		if (nlmsg_datalen(h) >= (int)sizeof(int) && *(const int *)nlmsg_data(h) < 0)
			return refusal(nl, request, h, *(const int *)nlmsg_data(h), sizeof(int),
				       what, e);
		return 0;
	}
	if (h->nlmsg_type != request->nlmsg_type || nlmsg_datalen(h) < (int)GENL_HDRLEN)
		return 1;
	if (fn) {
		int ret = fn((const void *)((const char *)nlmsg_data(h) + GENL_HDRLEN),
			     nlmsg_datalen(h) - (int)GENL_HDRLEN, arg);

		if (ret < 0)
			return tdm_error_set(e, ret, "%s: %s", what, ret == -ENOMEM ?
					     "out of memory" : "malformed answer of the kernel");
	}
	return 1;
}

static ssize_t receive(struct tdm_nl *nl)
{
	ssize_t n;

	do {
		n = recv(nl_socket_get_fd(nl->sock), nl->buf, NL_BUFFER, MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n > NL_BUFFER ? -EMSGSIZE : n;
}

/*
 * Read answers until the last. A handler's error is remembered and the rest still read, so that the
 * next request finds an empty socket. -EINTR: the dump was interrupted.
 */
static int collect(struct tdm_nl *nl, const struct nlmsghdr *request, const char *what,
		   nl_handler fn, void *arg, struct tdm_error *e)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	bool interrupted = false;
	int failed = 0;

	for (;;) {
		ssize_t n = receive(nl);
		struct nlmsghdr *h = (struct nlmsghdr *)nl->buf;
		int left = (int)n;

		if (n < 0)
			return tdm_refused(e, (int)n, what, NULL);
		for (; nlmsg_ok(h, left); h = nlmsg_next(h, &left)) {
			int ret;

			if (h->nlmsg_seq != request->nlmsg_seq)
				continue;
			if (dump && (h->nlmsg_flags & NLM_F_DUMP_INTR))
				interrupted = true;
			ret = one_answer(nl, request, h, what, failed ? NULL : fn, arg, e);
			if (ret < 0 && !failed)
				failed = ret;
			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE)
				return failed ?: interrupted ? -EINTR : 0;
		}
	}
}

int tdm_nl_transact(struct tdm_nl *nl, struct nl_msg *msg, const char *what, nl_handler fn,
		    void *arg, struct tdm_error *e)
{
	struct nlmsghdr *request = nlmsg_hdr(msg);
	int ret;

	tdm_check(nl->check, TDM_CALL_CONFIG, what);
	do {
		ret = send(nl_socket_get_fd(nl->sock), request, request->nlmsg_len, 0) < 0 ?
		      -errno : 0;
	} while (ret == -EINTR);
	if (ret)
		tdm_refused(e, ret, what, NULL);
	else
		ret = collect(nl, request, what, fn, arg, e);
	nlmsg_free(msg);
	return ret;
}

void *tdm_nl_list_add(struct nl_list *list)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		char *data = reallocarray(list->data, room, list->size);

		if (!data)
			return NULL;
		list->data = data;
		list->room = room;
	}
	return memset(list->data + list->size * list->count++, 0, list->size);
}

int tdm_nl_dump(struct tdm_nl *nl, enum nl_family family, int cmd, const char *what,
		int (*fill)(struct nl_msg *msg, const void *arg), const void *arg,
		nl_handler fn, struct nl_list *list, struct tdm_error *e)
{
	for (int i = 0; i < NL_DUMP_TRIES; i++) {
		struct nl_msg *msg;
		int ret = 0;

		msg = tdm_nl_request(nl, family, cmd, true, &ret, e);
		if (!msg)
			return ret;
		if (fill && fill(msg, arg)) {
			nlmsg_free(msg);
			return tdm_error_set(e, -ENOMEM, "out of memory");
		}
		list->count = 0;
		ret = tdm_nl_transact(nl, msg, what, fn, list, e);
		if (ret != -EINTR)
			return ret;
	}
	return tdm_error_set(e, -EAGAIN,
			     "%s: cards come and go too fast for a whole list: try again", what);
}
