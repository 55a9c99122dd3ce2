// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/world.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

int world_threads = 1;
bool world_quarantine, world_deaf;
struct event *events[EVENTS_MAX];
uint32_t events_count;
static uint64_t last_seq;
static uint32_t bad_seq, found_after_end;
static uint32_t marks; /* atomic: events that we posted ourselves and that have come */
static pthread_mutex_t events_lock = PTHREAD_MUTEX_INITIALIZER; /* events */
static uint64_t last_of[16384]; /* by channel */

/* Whoever hears of an end does not find it any more. */
static void look_for(const struct event *event)
{
	bool ended = event->type == EVENT_CHANNEL_DESTROYED;
	struct channel *ch = ended ? channel_by_id(event->chan.id) : NULL;
	struct bridge *br = ended ? NULL : bridge_by_id(event->bridge);

	found_after_end += ch || br;
	if (ch)
		channel_put(ch);
	if (br)
		bridge_put(br);
}

static void deliver(struct event_sub *sub, struct event *event)
{
	uint32_t n;

	(void)sub;
	if (last_seq && event->seq != last_seq + 1)
		bad_seq++;
	last_seq = event->seq;
	/* Per channel without gaps, from 1 on or from where we began to listen. */
	if (event->has_chan) {
		uint64_t *last = &last_of[event->chan.id % ARRAY_SIZE(last_of)];

		if (*last && event->obj_seq != *last + 1)
			bad_seq++;
		*last = event->type == EVENT_CHANNEL_DESTROYED ? 0 : event->obj_seq;
	}
	if (event->type == EVENT_CHANNEL_DESTROYED || event->type == EVENT_BRIDGE_DESTROYED)
		look_for(event);
	pthread_mutex_lock(&events_lock);
	n = events_count;
	if (n < EVENTS_MAX) {
		event_get(event);
		events[n] = event;
		atomic_store(&events_count, n + 1);
	}
	pthread_mutex_unlock(&events_lock);
	if (event->type == EVENT_CPU_REACHED)
		atomic_add(&marks, 1);
}

void events_forget(void)
{
	pthread_mutex_lock(&events_lock);
	for (uint32_t i = 0; i < events_count; i++)
		event_put(events[i]);
	atomic_store(&events_count, 0);
	pthread_mutex_unlock(&events_lock);
}

static uint32_t sub_gone;

static void gone(struct event_sub *sub)
{
	(void)sub;
	sub_gone++;
}

static struct event_sub sub = { .deliver = deliver, .gone = gone };

int world_setup(void **state)
{
	(void)state;
	tthread_enter(TTHREAD_USER);
	log_init(LOG_LVL_ERROR);
	channel_release_timeout_ns = 10 * NSEC_PER_SEC;
	channel_set_default_controller(NULL);
	events_count = 0;
	last_seq = 0;
	bad_seq = found_after_end = 0;
	memset(last_of, 0, sizeof(last_of));
	sub_gone = 0;
	world_quarantine = false;
	testleg_request_err = 0;
	if (timer_thread_start() || serializer_pool_start(world_threads, 0) || event_start() ||
	    channels_init() || bridges_init() || local_init() || leg_tech_register(&testleg_tech))
		return -1;
	if (!world_deaf)
		event_subscribe(&sub, EVENT_ALL);
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	/* Freed seats drop channels, whose ends free seats: twice round. */
	for (int i = 0; i < 4; i++) {
		settle();
		trcu_barrier();
	}
	event_stop(); /* who hears of an end looks into the tables */
	assert_int_equal(bridges_exit(), 0);
	assert_int_equal(channels_exit(), 0);
	assert_int_equal(sub_gone, world_deaf ? 0 : 1);
	assert_int_equal(bad_seq, 0);
	assert_int_equal(found_after_end, 0);
	timer_thread_stop(); /* an armed timer pins */
	settle();
	trcu_barrier();
	trcu_barrier();
	struct serializer_stats stats;

	serializer_pool_stats(&stats);
	assert_int_equal(stats.alive, 0);
	assert_int_equal(serializer_pool_stop(20 * NSEC_PER_SEC), 0);
	leg_tech_unregister(&testleg_tech);
	local_exit();
	trcu_barrier();
	events_forget();
	if (!world_quarantine) {
		assert_int_equal(testlegs_alive(), 0);
		assert_int_equal(leg_quarantine_count(), 0);
	}
	assert_int_equal(tframe_alive(), 0);
	return 0;
}

void another_call(void)
{
	struct testleg *tl = testleg_new(true);
	struct channel *other = chan_new(tl, "other");

	leg_get(&tl->leg);
	assert_int_equal(channel_post_dial(other), 0);
	until(info_of(other).state == CHAN_PROCEEDING);
	testleg_say(tl, LEG_ANSWERED);
	until(info_of(other).state == CHAN_UP);
	channel_post_hangup(other, CAUSE_NORMAL);
	until(info_of(other).state == CHAN_DEAD);
	leg_put(&tl->leg);
	channel_put(other);
}

uint64_t patience_ns(void)
{
	return (uint64_t)patience_ms() * NSEC_PER_MSEC;
}

void settle(void)
{
	struct serializer_stats before, now;
	int err;

	serializer_pool_stats(&now);
	do {
		before = now;
		err = serializer_pool_drain(patience_ns());
		serializer_pool_stats(&now);
	} while (err && now.executed != before.executed);
	assert_int_equal(err, 0);
}

bool promptly(void (*fn)(void *arg), void *arg)
{
	for (int i = 0; i < 10; i++) {
		uint64_t began = tnow();

		fn(arg);
		if (tnow() - began < NSEC_PER_SEC)
			return true;
	}
	return false;
}

struct channel *chan_new(struct testleg *tl, const char *sid)
{
	struct channel_params params = { .name = "Test/x", .sid = sid };
	struct channel *ch;

	assert_int_equal(channel_create(&params, &tl->leg, &ch), 0);
	leg_put(&tl->leg);
	return ch;
}

struct channel *chan_up(const char *sid, const char *number, struct testleg **tl)
{
	struct channel *ch;

	*tl = testleg_new(true);
	ch = chan_new(*tl, sid);
	assert_int_equal(channel_post_dial(ch), 0);
	settle();
	struct leg_signal *sig = leg_signal_new(LEG_ANSWERED);

	snprintf(sig->u.party.number, sizeof(sig->u.party.number), "%s", number);
	leg_signal(&(*tl)->leg, sig);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_UP);
	return ch;
}

struct channel_info info_of(struct channel *ch)
{
	struct channel_info info;

	channel_info_read(ch, &info);
	return info;
}

struct bridge_info bridge_info_of(struct bridge *br)
{
	struct bridge_info info;

	bridge_info_read(br, &info);
	return info;
}

void result_done(void *arg, int err)
{
	struct result *result = arg;

	result->err = err;
	atomic_add(&result->count, 1);
}

struct in_task {
	struct channel *ch;
	int (*fn)(struct channel *ch, void *arg);
	void *arg;
};

static int in_task_fn(struct serializer_call *call, void *arg)
{
	struct in_task *it = arg;

	(void)call;
	return it->fn(it->ch, it->arg);
}

int in_task(struct channel *ch, int (*fn)(struct channel *ch, void *arg), void *arg)
{
	struct in_task it = { .ch = ch, .fn = fn, .arg = arg };

	return serializer_call(channel_serializer(ch), in_task_fn, &it, NULL,
			       tnow() + patience_ns());
}

uint32_t events_that(enum event_type type,
		     bool (*match)(const struct event *event, const void *arg), const void *arg)
{
	uint32_t n = 0;

	pthread_mutex_lock(&events_lock);
	for (uint32_t i = 0; i < events_count; i++)
		n += events[i]->type == type && match(events[i], arg);
	pthread_mutex_unlock(&events_lock);
	return n;
}

static bool of_channel(const struct event *event, const void *arg)
{
	uint64_t chan = *(const uint64_t *)arg;

	return !chan || event->chan.id == chan;
}

uint32_t events_of(enum event_type type, uint64_t chan)
{
	return events_that(type, of_channel, &chan);
}

uint32_t events_all(void)
{
	uint32_t before = atomic_load(&marks);

	settle();
	event_cpu(true, 1, 2, 3);
	until(atomic_load(&marks) != before);
	return atomic_load(&events_count);
}
