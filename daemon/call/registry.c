// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding channels: two lock-free hash tables of liburcu, one by id, one by the API's id. A look-up
 * is an RCU read section and one reference; walking all of them takes no lock either.
 *
 * A name is in no table: it has been made of the id, at its end. With a slash, which no id of the
 * API may have, a text says which of the two it is.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/futex.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"

struct cds_lfht *channel_ids;
static struct cds_lfht *channel_sids;
static uint64_t ids;
static uint32_t living; /* futex: woken at 0 */

uint64_t call_id_next(void)
{
	return __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED);
}

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Ids ascend by one: spread them (the finalizer of a 64-bit multiply-xorshift hash). */
unsigned long hash_id(uint64_t id)
{
	id *= 0x9e3779b97f4a7c15ULL;
	return (unsigned long)(id ^ id >> 32);
}

/* Each octet of a word counts in all of the result: in ids only a few digits differ. */
static uint64_t hash_mix(uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)word * 0x9e3779b97f4a7c15ULL;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

unsigned long hash_text(const char *text)
{
	size_t left = strlen(text);
	uint64_t h = left, word;

	for (; left > sizeof(word); text += sizeof(word), left -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		h = hash_mix(h ^ word);
	}
	word = 0;
	memcpy(&word, text, left);
	return (unsigned long)hash_mix(h ^ word);
}

static int match_id(struct cds_lfht_node *node, const void *key)
{
	const struct channel *ch = container_of(node, struct channel, by_id);

	tsan_acquire(ch);
	return ch->id == *(const uint64_t *)key;
}

static int match_sid(struct cds_lfht_node *node, const void *key)
{
	const struct channel *ch = container_of(node, struct channel, by_sid);

	tsan_acquire(ch);
	return !strcmp(ch->sid, key);
}

int channel_register(struct channel *ch)
{
	bool ok;

	tsan_release(ch);
	trcu_read_lock();
	ok = cds_lfht_add_unique(channel_sids, hash_text(ch->sid), match_sid, ch->sid,
				 &ch->by_sid) == &ch->by_sid;
	if (ok) {
		atomic_add(&living, 1);
		cds_lfht_add(channel_ids, hash_id(ch->id), &ch->by_id);
	}
	trcu_read_unlock();
	return ok ? 0 : -EEXIST;
}

void channel_unregister(struct channel *ch)
{
	trcu_read_lock();
	cds_lfht_del(channel_sids, &ch->by_sid);
	cds_lfht_del(channel_ids, &ch->by_id);
	trcu_read_unlock();
}

void channel_gone(void)
{
	if (!atomic_sub(&living, 1))
		futex_wake(&living, INT32_MAX);
}

int channels_wait_gone(uint64_t deadline_ns)
{
	uint32_t n;

	lock_assert_none_held();
	if (!tthread_may_wait())
		return -EDEADLK;
	while ((n = atomic_load(&living)))
		if (futex_wait(&living, n, deadline_ns))
			return -ETIMEDOUT;
	return 0;
}

struct channel *channel_by_id(uint64_t id)
{
	struct channel *ch = NULL;
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	trcu_read_lock();
	cds_lfht_lookup(channel_ids, hash_id(id), match_id, &id, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (node) {
		ch = container_of(node, struct channel, by_id);
		tsan_acquire(ch);
		if (!ref_tryget(&ch->ref))
			ch = NULL;
	}
	trcu_read_unlock();
	return ch;
}

static struct channel *channel_by_sid(const char *sid)
{
	struct channel *ch = NULL;
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	trcu_read_lock();
	cds_lfht_lookup(channel_sids, hash_text(sid), match_sid, sid, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (node) {
		ch = container_of(node, struct channel, by_sid);
		tsan_acquire(ch);
		if (!ref_tryget(&ch->ref))
			ch = NULL;
	}
	trcu_read_unlock();
	return ch;
}

struct channel *channel_by_name(const char *name)
{
	const char *dash = strrchr(name, '-');
	struct channel *ch;

	if (!strchr(name, '/'))
		return channel_by_sid(name);
	ch = dash ? channel_by_id(strtoull(dash + 1, NULL, 16)) : NULL;
	if (!ch || !strcmp(ch->name, name))
		return ch;
	channel_put(ch);
	return NULL;
}

int channel_foreach(int (*fn)(struct channel *ch, void *arg), void *arg)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;
	int ret = 0;

	trcu_read_lock();
	for (cds_lfht_first(channel_ids, &iter); !ret && (node = cds_lfht_iter_get_node(&iter));
	     cds_lfht_next(channel_ids, &iter)) {
		struct channel *ch = container_of(node, struct channel, by_id);

		tsan_acquire(ch);
		ret = fn(ch, arg);
	}
	trcu_read_unlock();
	return ret;
}

struct counting {
	bool (*match)(const struct leg *leg, void *arg);
	void *arg;
	unsigned int count;
};

static int count_one(struct channel *ch, void *arg)
{
	struct counting *c = arg;
	const struct leg *leg = rcu_ptr_load(&ch->leg);

	if (leg && c->match(leg, c->arg))
		c->count++;
	return 0;
}

unsigned int channel_count(bool (*match)(const struct leg *leg, void *arg), void *arg)
{
	struct counting c = { .match = match, .arg = arg };

	channel_foreach(count_one, &c);
	return c.count;
}

/*
 * liburcu lets the chains of a table that counts its nodes grow to eight before it adds buckets, and
 * each step of a chain is a cache miss: so there are buckets from the start for as many channels as
 * most machines will ever have lines. 512 KiB in all.
 */
#define BUCKETS 16384

static struct cds_lfht *table_new(void)
{
	return cds_lfht_new(BUCKETS, BUCKETS, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, NULL);
}

int channels_init(void)
{
	channel_ids = table_new();
	channel_sids = table_new();
	if (channel_ids && channel_sids)
		return 0;
	if (channel_ids)
		cds_lfht_destroy(channel_ids, NULL);
	if (channel_sids)
		cds_lfht_destroy(channel_sids, NULL);
	return -ENOMEM;
}

static int log_left(struct channel *ch, void *arg)
{
	log_error("channel %s is left over, %s", ch->name,
		  channel_state_name(channel_state(ch)));
	++*(int *)arg;
	return 0;
}

int channels_exit(void)
{
	int left = 0;

	channel_foreach(log_left, &left);
	if (left)
		return -EBUSY;
	trcu_barrier();
	cds_lfht_destroy(channel_ids, NULL);
	cds_lfht_destroy(channel_sids, NULL);
	return 0;
}
