// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink by hand: requests as they should be and as they should not, and what comes back. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "fuzz.h"

#define NOBODY 65534
#define BUFFER 32768

static uint16_t families[2];
static uint32_t group;
static const char *const family_names[] = { TDM_FAMILY_NAME, TDM_VIRT_FAMILY_NAME };

uint32_t nl_u32(const void *attr)
{
	const struct nlattr *a = attr;
	uint32_t value = 0;

	if (a && a->nla_len >= NLA_HDRLEN + sizeof(value))
		memcpy(&value, (const char *)a + NLA_HDRLEN, sizeof(value));
	return value;
}

uint8_t nl_u8(const void *attr)
{
	const struct nlattr *a = attr;

	return a && a->nla_len > NLA_HDRLEN ? *((const uint8_t *)a + NLA_HDRLEN) : 0;
}

/* --- requests --------------------------------------------------------------------------------------- */

static struct item *put(struct ask *ask, uint16_t type, unsigned int len, const void *data)
{
	struct item *it = &ask->item[ask->n++];

	*it = (struct item) { .type = type, .len = (uint8_t)len, .min = 1 };
	memcpy(it->data, data, len);
	return it;
}

void put_number(struct ask *ask, uint16_t type, unsigned int len, uint32_t value, uint32_t min,
		uint32_t max)
{
	struct item *it = put(ask, type, len, &value); /* x86: the low octets come first */

	it->norm = value;
	it->min = min;
	it->max = max;
}

void put_string(struct ask *ask, uint16_t type, const char *text, uint32_t norm)
{
	struct item *it = put(ask, type, (unsigned int)strlen(text) + 1, text);

	it->string = true;
	it->norm = norm;
}

void put_card(struct fuzzer *me, struct ask *ask, const struct place *at, bool peer)
{
	bool virt = ask->family == VIRT;
	uint16_t id = peer ? (virt ? TDM_VIRT_A_PEER_CARD : TDM_A_PEER_CARD) : TDM_A_CARD;
	uint16_t name = peer ? (virt ? TDM_VIRT_A_PEER_CARD_NAME : TDM_A_PEER_CARD_NAME) :
			       TDM_A_CARD_NAME;
	unsigned int how = roll(me, 6);

	if (how != 1) {
		put_number(ask, id, 4, at->card, 1, 0);
		ask->item[ask->n - 1].norm = at->serial;
		ask->item[ask->n - 1].names_card = true;
		ask->item[ask->n - 1].needed = how;
	}
	if (how < 2) {
		put_string(ask, name, at->name, at->serial);
		ask->item[ask->n - 1].names_card = true;
		ask->item[ask->n - 1].needed = how;
	}
}

void put_port(struct ask *ask, const struct place *at, bool peer)
{
	bool virt = ask->family == VIRT;

	put_number(ask, peer ? (virt ? TDM_VIRT_A_PEER_PORT : TDM_A_PEER_PORT) :
			       (virt ? TDM_VIRT_A_PORT : TDM_A_PORT),
		   4, at->port, 1, 16);
	ask->item[ask->n - 1].needed = true;
}

void put_slot(struct ask *ask, const struct place *at, bool peer)
{
	put_number(ask, peer ? TDM_A_PEER_SLOT : TDM_A_SLOT, 4, at->slot, 0, 31);
	ask->item[ask->n - 1].needed = true;
}

/* --- requests as they should not be ------------------------------------------------------------------- */

/* What is done to the message besides, as it is written. */
struct message {
	uint8_t at[1024];
	size_t len;
	unsigned int trailing; /* octets after the last attribute */
	bool cut;	       /* the last attribute says that it is longer than it is */
};

static bool out_of_range(struct fuzzer *me, struct ask *ask, struct item *it)
{
	const uint32_t far[] = { it->max + 1, it->max + 2, UINT32_MAX, 0x80000000U };
	uint32_t value;

	(void)ask;
	if (it->string || it->min > it->max)
		return false;
	value = it->min && one_in(me, 3) ? it->min - 1 : far[roll(me, COUNT(far))];
	if (it->len == 1)
		value = it->max < 0xff ? it->max + 1 + roll(me, 0xff - it->max) : it->max;
	if (it->len == 1 && it->max == 0xff)
		return false;
	memcpy(it->data, &value, it->len);
	it->norm = value;
	me->must = "a value out of range";
	return true;
}

static bool wrong_length(struct fuzzer *me, struct ask *ask, struct item *it)
{
	static const uint8_t lengths[] = { 0, 2, 3, 5, 8, 12 };

	(void)ask;
	if (it->string) {
		/* Without its NUL, or with nothing in it, or too long. */
		switch (roll(me, 3)) {
		case 0:
			it->len = 0;
			break;
		case 1:
			it->len--;
			break;
		default:
			memset(it->data, 'v', sizeof(it->data));
			it->len = sizeof(it->data);
			it->data[it->len - 1] = 0;
		}
	} else {
		/* None of them is a number's; a flag's is 0. */
		it->len = it->len ? lengths[roll(me, COUNT(lengths))] : 4;
	}
	me->must = "an attribute of a wrong length";
	return true;
}

static bool missing(struct fuzzer *me, struct ask *ask, struct item *it)
{
	if (!it->needed)
		return false;
	memmove(it, it + 1, (size_t)(&ask->item[--ask->n] - it) * sizeof(*it));
	me->must = "a needed attribute is missing";
	return true;
}

/* 25 and 75 are in replies only, in both families. */
static bool unlisted(struct fuzzer *me, struct ask *ask, struct item *it)
{
	static const uint16_t types[] = { 0, 1, 25, 75, 200, 0x3fff };

	(void)it;
	put_number(ask, types[roll(me, COUNT(types))], 4, 1, 1, 0);
	me->must = "an attribute that the command has not";
	return true;
}

static bool nested(struct fuzzer *me, struct ask *ask, struct item *it)
{
	(void)ask;
	it->type |= NLA_F_NESTED;
	me->must = "an attribute that says it is a nest";
	return true;
}

static bool no_such_card(struct fuzzer *me, struct ask *ask, struct item *it)
{
	static const char *const names[] = { "", "virt", "virt999999", "te0", "VIRT0" };
	uint32_t id, norm = roll(me, 4);

	if (!it->names_card)
		return false;
	if (it->string) {
		norm = roll(me, COUNT(names));
		strcpy((char *)it->data, names[norm]);
		it->len = (uint8_t)strlen(names[norm]) + 1;
	} else {
		id = norm == 0 ? 0 : norm == 1 ? UINT32_MAX : book.last_id + 100000 + norm;
		memcpy(it->data, &id, sizeof(id));
	}
	(void)ask;
	it->norm = 0xbad00 + norm;
	me->must = "a card that is none";
	return true;
}

static bool no_such_port(struct fuzzer *me, struct ask *ask, struct item *it)
{
	struct place at;
	uint32_t port;

	/* The request's own card, or it may have the port. */
	if (ask->n != 2 || it->min != 1 || it->max != 16 || !ask->item[0].names_card ||
	    !draw_place(me, &at) || at.serial != ask->item[0].norm || at.ports == 16)
		return false;
	port = at.ports + 1 + roll(me, 16 - at.ports);
	memcpy(it->data, &port, sizeof(port));
	it->norm = port;
	me->must = "a port that the card has not";
	return true;
}

static bool (*const spoils[])(struct fuzzer *me, struct ask *ask, struct item *it) = {
	out_of_range, wrong_length, missing, unlisted, nested, no_such_card, no_such_port, out_of_range,
};

void nl_spoil(struct fuzzer *me, struct ask *ask)
{
	for (unsigned int i = 0; i < 8 && !me->must; i++)
		if (ask->n)
			spoils[roll(me, COUNT(spoils))](me, ask, &ask->item[roll(me, ask->n)]);
	if (!me->must)
		unlisted(me, ask, NULL);
}

/* The message itself: what is in it is as it should be. */
static void spoil_message(struct fuzzer *me, struct message *m)
{
	if (one_in(me, 2)) {
		m->trailing = 1 + roll(me, 3);
		me->must = "octets after the last attribute";
	} else {
		m->cut = true;
		me->must = "an attribute longer than the message";
	}
}

static void add_item(struct message *m, const struct item *it, bool last)
{
	struct nlattr a = { .nla_type = it->type, .nla_len = (uint16_t)(NLA_HDRLEN + it->len) };

	if (last && m->cut)
		a.nla_len += 64;
	memcpy(m->at + m->len, &a, sizeof(a));
	memcpy(m->at + m->len + NLA_HDRLEN, it->data, it->len);
	m->len += NLA_ALIGN((size_t)NLA_HDRLEN + it->len);
}

static void build(struct fuzzer *me, const struct ask *ask, struct message *m)
{
	struct genlmsghdr genl = { .cmd = ask->cmd, .version = 1 };
	struct nlmsghdr nlh = {
		.nlmsg_type = families[ask->family],
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (ask->dump ? NLM_F_DUMP : 0),
		.nlmsg_seq = ++me->seq,
	};

	memcpy(m->at + NLMSG_HDRLEN, &genl, sizeof(genl));
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
	for (unsigned int i = 0; i < ask->n; i++)
		add_item(m, &ask->item[i], i + 1 == ask->n);
	m->len += m->trailing;
	nlh.nlmsg_len = (uint32_t)m->len;
	memcpy(m->at, &nlh, sizeof(nlh));
}

/* --- answers ------------------------------------------------------------------------------------------ */

/* False: an attribute is longer than what is left. */
static bool parse(const void *from, size_t len, const void **attrs)
{
	const char *at = from, *end = at + len;

	memset(attrs, 0, ATTRS * sizeof(*attrs));
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;
		unsigned int type = a->nla_type & NLA_TYPE_MASK;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - at)
			return false;
		if (type < ATTRS)
			attrs[type] = a;
		at += NLA_ALIGN(a->nla_len);
	}
	return true;
}

static void object(struct fuzzer *me, const struct ask *ask, const struct nlmsghdr *nlh,
		   struct answer *answer)
{
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	bool link = ask->family == TDM && ask->cmd >= TDM_CMD_CONNECT_NEW &&
		    ask->cmd <= TDM_CMD_CONNECT_GET;
	const struct nlattr *name;
	const void *attrs[ATTRS];

	if (nlh->nlmsg_len < head ||
	    !parse((const char *)nlh + head, nlh->nlmsg_len - head, attrs)) {
		violation(me, "a reply that cannot be read");
		return;
	}
	answer->objects++;
	answer->id = nl_u32(attrs[link ? TDM_A_CONNECT : TDM_A_CARD]);
	name = attrs[TDM_A_CARD_NAME];
	/* The card at the end of a cross-connect may be gone by the time its name is looked up. */
	if (!name && link)
		return;
	if (!name || name->nla_len > NLA_HDRLEN + sizeof(answer->name) ||
	    memchr((const char *)name + NLA_HDRLEN, 0, name->nla_len - NLA_HDRLEN) == NULL)
		violation(me, "a reply without the name of its card");
	else
		strcpy(answer->name, (const char *)name + NLA_HDRLEN);
	if (answer->each)
		answer->each(answer->arg, attrs);
}

/* The verdict of an error message or of a dump's end, and whether it has a sentence. */
static int verdict(const struct nlmsghdr *nlh, struct answer *answer)
{
	size_t head = NLMSG_HDRLEN + sizeof(int);
	const struct nlattr *text;
	const void *attrs[ATTRS];
	int err;

	memcpy(&err, (const char *)nlh + NLMSG_HDRLEN, sizeof(err));
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = (const void *)((const char *)nlh + NLMSG_HDRLEN);

		head += sizeof(struct nlmsghdr);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			head += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(struct nlmsghdr);
	}
	answer->sentence = false;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_len > head &&
	    parse((const char *)nlh + head, nlh->nlmsg_len - head, attrs)) {
		text = attrs[NLMSGERR_ATTR_MSG];
		answer->sentence = text && text->nla_len > NLA_HDRLEN + 1;
	}
	return err;
}

static int exchange(struct fuzzer *me, int fd, const struct ask *ask, const struct message *m,
		    struct answer *answer)
{
	static __thread char buffer[BUFFER];
	const struct nlmsghdr *nlh;
	ssize_t n;

	if (send(fd, m->at, m->len, 0) < 0)
		return -errno;
	for (;;) {
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n < 0) {
			violation(me, "no answer: %s", strerror(errno));
			return -errno;
		}
		for (nlh = (const void *)buffer; NLMSG_OK(nlh, (uint32_t)n); nlh = NLMSG_NEXT(nlh, n)) {
			if (nlh->nlmsg_seq != me->seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return verdict(nlh, answer);
			object(me, ask, nlh, answer);
		}
	}
}

int nl_plain(struct fuzzer *me, struct ask *ask, struct answer *answer)
{
	struct message m = { .trailing = 0 };

	build(me, ask, &m);
	return exchange(me, me->nl, ask, &m, answer);
}

int nl_call(struct fuzzer *me, struct ask *ask, struct answer *answer)
{
	struct message m = { .trailing = 0 };
	int fd = me->nl, err;

	if (!me->must && one_in(me, 4))
		nl_spoil(me, ask);
	else if (!me->must && ask->n && one_in(me, 40))
		spoil_message(me, &m);
	if (one_in(me, 50)) {
		fd = me->low;
		if (ask->admin)
			me->must = "one without rights asks for it";
		say(me, "low", 0);
	}
	for (unsigned int i = 0; i < ask->n; i++) {
		say(me, "attr", ask->item[i].type);
		say(me, "len", ask->item[i].len);
		say(me, "is", ask->item[i].norm);
	}
	say(me, "message", m.trailing * 2 + m.cut);
	build(me, ask, &m);
	err = exchange(me, fd, ask, &m, answer);
	if (err < 0 && err != -EPERM && err != -EOPNOTSUPP && !answer->sentence)
		violation(me, "refused with %d, %s, and no sentence", err, strerror(-err));
	return err;
}

/* --- sockets -------------------------------------------------------------------------------------------- */

int events_read(struct fuzzer *me)
{
	static __thread char buffer[BUFFER];
	const struct nlmsghdr *nlh;
	const void *attrs[ATTRS];
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	ssize_t n = recv(me->events, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	for (nlh = (const void *)buffer; NLMSG_OK(nlh, (uint32_t)n); nlh = NLMSG_NEXT(nlh, n))
		if (nlh->nlmsg_len < head ||
		    !parse((const char *)nlh + head, nlh->nlmsg_len - head, attrs) ||
		    !attrs[TDM_A_CARD] || !attrs[TDM_A_TIME] || attrs[TDM_A_CAS_RX] || attrs[TDM_A_CAS_TX])
			violation(me, "an event that is none");
	return 0;
}

static int socket_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct timeval patience = { .tv_sec = 120 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), on = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience))) {
		perror("netlink");
		exit(2);
	}
	return fd;
}

/* The number of a family, and of its group of events. */
static void resolve(struct fuzzer *me, enum family family)
{
	struct { struct nlmsghdr nlh; struct genlmsghdr genl; struct nlattr a; char name[32]; } q = {
		.nlh = { .nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 1 },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	const void *attrs[ATTRS], *groups[ATTRS], *one[ATTRS];
	const struct nlattr *a;
	char buffer[8192];
	ssize_t n;

	strcpy(q.name, family_names[family]);
	q.a = (struct nlattr) { .nla_type = CTRL_ATTR_FAMILY_NAME,
				.nla_len = (uint16_t)(NLA_HDRLEN + strlen(q.name) + 1) };
	q.nlh.nlmsg_len = (uint32_t)(head + NLA_ALIGN(q.a.nla_len));
	n = send(me->nl, &q, q.nlh.nlmsg_len, 0) < 0 ? -1 : recv(me->nl, buffer, sizeof(buffer), 0);
	if (n < (ssize_t)head || !parse(buffer + head, (size_t)n - head, attrs) ||
	    !attrs[CTRL_ATTR_FAMILY_ID]) {
		fprintf(stderr, "kernel-fuzz: there is no family %s\n", family_names[family]);
		exit(2);
	}
	memcpy(&families[family], (const char *)attrs[CTRL_ATTR_FAMILY_ID] + NLA_HDRLEN, 2);
	a = attrs[CTRL_ATTR_MCAST_GROUPS];
	if (!a || !parse((const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, groups) || !groups[1])
		return;
	a = groups[1];
	if (parse((const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, one))
		group = nl_u32(one[CTRL_ATTR_MCAST_GRP_ID]);
}

/* Netlink asks who opened the socket, too. The C library would change all threads: the call changes ours. */
static int low_open(void)
{
	int fd;

	if (syscall(SYS_setresuid, -1, NOBODY, -1)) {
		perror("setresuid");
		exit(2);
	}
	fd = socket_open();
	if (syscall(SYS_setresuid, -1, 0, -1)) {
		perror("setresuid");
		exit(2);
	}
	return fd;
}

int nl_open(struct fuzzer *me)
{
	int small = 8192;

	me->nl = socket_open();
	if (!families[TDM]) {
		resolve(me, TDM);
		resolve(me, VIRT);
	}
	me->low = low_open();
	me->events = socket_open();
	/* One that is full now and then. */
	if (setsockopt(me->events, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) ||
	    setsockopt(me->events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) {
		perror("events");
		exit(2);
	}
	return 0;
}

void nl_close(struct fuzzer *me)
{
	close(me->nl);
	close(me->low);
	close(me->events);
}
