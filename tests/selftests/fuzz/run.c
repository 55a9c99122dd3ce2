// SPDX-License-Identifier: GPL-2.0-or-later
/* All kinds of calls, the dice, and what is said of a run. */
#include <stdarg.h>

#include "fuzz.h"

#define NL_ERRORS EINVAL, ENODEV, ERANGE, EPERM
#define DEV_ERRORS EINVAL, ENODEV, EBADF, EBADFD, EFAULT, E2BIG

const struct kind kinds[] = {
	{ "card-get", 40, ask_card_get, BOTH, { NL_ERRORS } },
	{ "card-get dump", 8, ask_card_dump, BOTH, { NL_ERRORS } },
	{ "card-set", 40, ask_card_set, BOTH, { NL_ERRORS } },
	/* A virtual card has no firmware to be read again. */
	{ "card-reload", 8, ask_card_reload, REFUSED, { NL_ERRORS, EOPNOTSUPP } },
	{ "span-get", 40, ask_span_get, BOTH, { NL_ERRORS } },
	{ "span-get dump", 8, ask_span_dump, BOTH, { NL_ERRORS } },
	{ "span-set", 60, ask_span_set, BOTH, { NL_ERRORS, EBUSY, EIO } },
	{ "slot-get", 50, ask_slot_get, BOTH, { NL_ERRORS } },
	{ "slot-get dump", 4, ask_slot_dump, BOTH, { NL_ERRORS } },
	{ "slot-set", 50, ask_slot_set, BOTH, { NL_ERRORS, EBUSY, EOPNOTSUPP } },
	{ "connect-new", 40, ask_connect_new, BOTH, { NL_ERRORS, EBUSY } },
	{ "connect-del", 40, ask_connect_del, BOTH, { NL_ERRORS, ENOENT } },
	{ "connect-get", 25, ask_connect_get, BOTH, { NL_ERRORS, ENOENT } },
	{ "connect-get dump", 8, ask_connect_dump, BOTH, { NL_ERRORS } },
	{ "counters-get", 25, ask_counters_get, BOTH, { NL_ERRORS } },
	{ "counters-get dump", 4, ask_counters_dump, BOTH, { NL_ERRORS } },
	{ "counters-reset", 15, ask_counters_reset, BOTH, { NL_ERRORS } },
	{ "a command that is none", 8, ask_unknown, REFUSED, { EOPNOTSUPP, EINVAL, EPERM } },
	{ "virt new", 8, ask_virt_new, BOTH, { NL_ERRORS, EEXIST } },
	{ "virt del", 8, ask_virt_del, BOTH, { NL_ERRORS } },
	{ "virt get", 30, ask_virt_get, BOTH, { NL_ERRORS } },
	{ "virt get dump", 6, ask_virt_dump, BOTH, { NL_ERRORS } },
	{ "virt join", 20, ask_virt_join, BOTH, { NL_ERRORS, EBUSY } },
	{ "virt unjoin", 10, ask_virt_unjoin, BOTH, { NL_ERRORS, ENOTCONN } },
	{ "virt fault", 50, ask_virt_fault, BOTH, { NL_ERRORS } },
	{ "events", 15, events_read, ACCEPTED, { EAGAIN, ENOBUFS } },
	{ "TDM_BIND", 60, dev_bind, BOTH, { DEV_ERRORS, EBUSY, EPERM } },
	{ "TDM_STATS", 40, dev_stats, BOTH, { DEV_ERRORS } },
	{ "TDM_FLUSH", 25, dev_flush, BOTH, { DEV_ERRORS, EPERM } },
	{ "TDM_DRAIN", 8, dev_drain, BOTH, { DEV_ERRORS, EPERM, EINTR, ETIMEDOUT, ENETDOWN } },
	{ "TDM_STREAM_OPEN", 25, dev_stream, BOTH, { DEV_ERRORS, EBUSY } },
	{ "TDM_CLAIM", 70, dev_claim, BOTH, { DEV_ERRORS, EBUSY, EPERM } },
	{ "TDM_RELEASE", 40, dev_release, BOTH, { DEV_ERRORS } },
	{ "TDM_CONNECT", 40, dev_connect, BOTH, { DEV_ERRORS, EBUSY, EPERM } },
	{ "TDM_DISCONNECT", 35, dev_disconnect, BOTH, { DEV_ERRORS, ENOENT, EPERM } },
	{ "TDM_EVENT_GET", 30, dev_event, BOTH, { DEV_ERRORS, EAGAIN } },
	{ "TDM_SIG_SET", 30, dev_sig_set, BOTH, { DEV_ERRORS, EOPNOTSUPP, EPERM } },
	{ "TDM_SIG_GET", 30, dev_sig_get, BOTH, { DEV_ERRORS, EOPNOTSUPP } },
	{ "an ioctl that is none", 8, dev_unknown, REFUSED, { ENOTTY, EBADF } },
	{ "open", 45, io_open, ACCEPTED, { 0 } },
	{ "close", 42, io_close, ACCEPTED, { 0 } },
	{ "read", 60, io_read, BOTH,
	  { DEV_ERRORS, EAGAIN, EINTR, ENETDOWN, EMSGSIZE } },
	{ "write", 60, io_write, BOTH,
	  { DEV_ERRORS, EAGAIN, EINTR, ENETDOWN, EMSGSIZE, EPERM } },
	{ "poll", 30, io_poll, ACCEPTED, { 0 } },
	{ "mmap", 25, io_mmap, BOTH, { EINVAL, ENODEV, EACCES, EBADF } },
	{ "munmap", 18, io_munmap, ACCEPTED, { EACCES } },
};
const unsigned int kind_count = COUNT(kinds);
struct tally tallies[COUNT(kinds)];
bool alone, trace;
uint64_t seed, violations;

/* xorshift64*: the same numbers everywhere, and no lock. */
uint32_t roll(struct fuzzer *me, uint32_t n)
{
	me->rng ^= me->rng >> 12;
	me->rng ^= me->rng << 25;
	me->rng ^= me->rng >> 27;
	return (uint32_t)((me->rng * 0x2545f4914f6cdd1dULL) >> 32) % n;
}

static void digest(struct fuzzer *me, uint64_t value)
{
	me->digest = (me->digest ^ value) * 0x100000001b3ULL;
	me->digest ^= me->digest >> 29;
}

void say(struct fuzzer *me, const char *what, uint64_t value)
{
	int n;

	for (const char *c = what; *c; c++)
		digest(me, (uint8_t)*c);
	digest(me, value);
	if (!trace || me->line_len >= sizeof(me->line))
		return;
	n = snprintf(me->line + me->line_len, sizeof(me->line) - me->line_len, " %s=0x%llx", what,
		     (unsigned long long)value);
	me->line_len += n > 0 ? (size_t)n : 0;
}

void violation(struct fuzzer *me, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (__atomic_fetch_add(&violations, 1, __ATOMIC_RELAXED) >= 20)
		return;
	printf("# violation: seed %llu thread %u call %llu, %s: %s\n", (unsigned long long)seed,
	       me->number, (unsigned long long)me->asked, me->doing, text);
	fflush(stdout);
}

static const struct kind *draw_kind(struct fuzzer *me)
{
	static unsigned int sum; /* the same for whoever computes it */
	unsigned int at, i;

	if (!__atomic_load_n(&sum, __ATOMIC_RELAXED)) {
		for (at = 0, i = 0; i < kind_count; i++)
			at += kinds[i].weight;
		__atomic_store_n(&sum, at, __ATOMIC_RELAXED);
	}
	at = roll(me, __atomic_load_n(&sum, __ATOMIC_RELAXED));
	for (i = 0; at >= kinds[i].weight; i++)
		at -= kinds[i].weight;
	return &kinds[i];
}

static bool may_be(const struct kind *kind, int err)
{
	for (unsigned int i = 0; i < COUNT(kind->errors); i++)
		if (kind->errors[i] && kind->errors[i] == -err)
			return true;
	return false;
}

static bool call(struct fuzzer *me)
{
	const struct kind *kind = draw_kind(me);
	struct tally *tally = &tallies[kind - kinds];
	int ret;

	__atomic_store_n(&me->doing, kind->name, __ATOMIC_RELAXED);
	me->must = NULL;
	me->line_len = 0;
	say(me, kind->name, 0);
	ret = kind->run(me);
	if (ret == NOT_TRIED)
		return false;
	if (trace) {
		printf("# %u.%llu%.*s%s%s -> %d\n", me->number, (unsigned long long)me->asked,
		       (int)me->line_len, me->line, me->must ? " wrong: " : "",
		       me->must ? me->must : "", ret);
		fflush(stdout);
	}
	__atomic_fetch_add(ret < 0 ? &tally->refused : &tally->accepted, 1, __ATOMIC_RELAXED);
	if (ret >= 0 && me->must)
		violation(me, "accepted: %s", me->must);
	if (ret < 0 && !may_be(kind, ret))
		violation(me, "refused with %d, %s", ret, strerror(-ret));
	return true;
}

#define COMPARE_EVERY 500

void run_calls(struct fuzzer *me, uint64_t calls)
{
	uint64_t end = me->asked + calls;

	while (me->asked < end) {
		if (!call(me))
			continue;
		__atomic_store_n(&me->asked, me->asked + 1, __ATOMIC_RELAXED);
		if (alone && !(me->asked % COMPARE_EVERY))
			book_compare(me);
	}
}
