// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/plant.h"

#include <semaphore.h>
#include <stdio.h>

#include "daemon/call/channel_priv.h"

/* --- the provider ---------------------------------------------------------------------------- */

struct media_op *pending[PENDING_MAX];
uint32_t pending_count, connects, disconnects;
bool at_once = true;
int provider_err;

static bool can(const struct media_ep *a, const struct media_ep *b)
{
	return a->addr.format == b->addr.format;
}

static void take(struct media_op *op)
{
	op->delta_ab = op->connect ? -80 : 80;
	if (at_once)
		media_op_done(op, op->connect ? provider_err : 0);
	else
		pending[atomic_add(&pending_count, 1) - 1] = op;
}

static void xconnect(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	assert_ptr_equal(op->a, a);
	assert_ptr_equal(op->b, b);
	atomic_inc_relaxed(&connects);
	take(op);
}

static void xdisconnect(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	(void)a;
	(void)b;
	atomic_inc_relaxed(&disconnects);
	take(op);
}

static const struct media_provider provider = { .name = "test", .can_xconnect = can,
						.xconnect = xconnect,
						.xdisconnect = xdisconnect };

int plant_setup(void **state)
{
	pending_count = 0;
	at_once = true;
	provider_err = 0;
	connects = 0;
	disconnects = 0;
	return world_setup(state);
}

struct channel *up(const char *sid, const char *number, struct testleg **tl)
{
	struct channel *ch = chan_up(sid, number, tl);

	(*tl)->leg.ep.provider = &provider;
	testleg_say(*tl, LEG_MEDIA_READY);
	settle();
	return ch;
}

void hang_up(struct channel *ch)
{
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

void end_bridge(struct bridge *br)
{
	bridge_destroy(br, NULL, NULL);
	bridge_put(br);
	settle();
}

int add(struct bridge *br, struct channel *ch)
{
	struct result r = { 0 };

	assert_int_equal(bridge_add(br, ch, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

int mode(struct bridge *br, enum bridge_mode m)
{
	struct result r = { 0 };

	assert_int_equal(bridge_set_mode(br, m, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

int move(struct channel *dest, struct channel *source)
{
	struct result r = { 0 };
	int err = channel_move(dest, source, result_done, &r);

	if (err)
		return err;
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

void speak(struct testleg *tl, uint8_t what)
{
	struct media_view view;
	struct tframe *frame = tframe_alloc();

	frame->octets = 160;
	memset(frame->data, what, 160);
	trcu_read_lock();
	media_view_load(&tl->leg.ep, &view);
	media_push(&view, frame);
	trcu_read_unlock();
}

/* What tl hears: the first octet of the next block, or -1. */
int hear(struct testleg *tl)
{
	struct media_view view;
	struct tframe *frame;
	int what;

	trcu_read_lock();
	media_view_load(&tl->leg.ep, &view);
	frame = media_pull(&view, 160, MEDIA_ALAW);
	trcu_read_unlock();
	what = frame ? frame->data[0] : -1;
	if (frame)
		tframe_put(frame);
	return what;
}

bool talk(struct testleg *a, struct testleg *b)
{
	bool ok;

	speak(a, 41);
	speak(b, 42);
	ok = hear(b) == 41 && hear(a) == 42;
	return ok && hear(b) == -1 && hear(a) == -1;
}

void pending_play(void)
{
	uint32_t done = 0;

	settle();
	while (done < atomic_load(&pending_count)) {
		media_op_done(pending[done], 0);
		done++;
		settle();
	}
	pending_count = 0;
}

/* --- two things that meet -------------------------------------------------------------------- */

#define GATES 8

static struct {
	struct serializer ser[2], gate_ser[GATES];
	struct task task, gate_task[GATES];
	sem_t entered, shut;
	int left;
	void (*fn)(void);
} turn;

/* The one that is not running: so each turn waits in the pool's ring behind everybody else. */
static void turn_task(struct task *task, int status)
{
	(void)status;
	if (!turn.left--)
		turn.fn();
	else
		serializer_post(&turn.ser[turn.left & 1], task);
}

static void gate_task(struct task *task, int status)
{
	(void)task;
	(void)status;
	sem_post(&turn.entered);
	sem_wait(&turn.shut);
}

void meet(int n, void (*op)(void), void (*strike)(void))
{
	sem_init(&turn.entered, 0, 0);
	sem_init(&turn.shut, 0, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(serializer_init(&turn.ser[i], TLOCK_CHANNEL, UINT64_MAX - i, NULL),
				 0);
	for (int i = 0; i < world_threads; i++) {
		assert_int_equal(serializer_init(&turn.gate_ser[i], TLOCK_CHANNEL,
						 UINT64_MAX - 2 - i, NULL), 0);
		task_init(&turn.gate_task[i], gate_task);
		serializer_post(&turn.gate_ser[i], &turn.gate_task[i]);
	}
	for (int i = 0; i < world_threads; i++)
		sem_wait(&turn.entered);
	if (n < 0)
		strike();
	op();
	if (n >= 0 && n < TURNS) {
		turn.left = n;
		turn.fn = strike;
		task_init(&turn.task, turn_task);
		serializer_post(&turn.ser[n & 1], &turn.task);
	}
	for (int i = 0; i < world_threads; i++)
		sem_post(&turn.shut);
	settle();
	if (n >= TURNS) {
		strike();
		settle();
	}
	for (int i = 0; i < 2; i++)
		serializer_exit(&turn.ser[i]);
	for (int i = 0; i < world_threads; i++)
		serializer_exit(&turn.gate_ser[i]);
	sem_destroy(&turn.entered);
	sem_destroy(&turn.shut);
}

/* --- applications ---------------------------------------------------------------------------- */

static void no_notice(struct controller *ctl, struct channel *ch, enum notice notice,
		      const struct leg_signal *sig)
{
	(void)ctl;
	(void)ch;
	(void)notice;
	(void)sig;
}

struct controller app_a = { .name = "a", .app = true, .notice = no_notice };
struct controller app_b = { .name = "b", .app = true, .notice = no_notice };

int control(struct channel *ch, void *ctl)
{
	channel_set_controller(ch, ctl);
	return 0;
}

static bool any_leg(const struct leg *leg, void *arg)
{
	(void)leg;
	(void)arg;
	return true;
}

unsigned int living(void)
{
	return channel_count(any_leg, NULL);
}

/* --- a scene --------------------------------------------------------------------------------- */

struct party_of who[PARTIES];
int parties;

struct party_of *party_take(struct channel *ch, struct testleg *tl)
{
	leg_get(&tl->leg);
	channel_get(ch);
	who[parties] = (struct party_of){ .ch = ch, .leg = tl };
	return &who[parties++];
}

struct channel *party_add(const char *number)
{
	struct testleg *tl;
	struct channel *ch = up(NULL, number, &tl);

	party_take(ch, tl);
	channel_put(ch);
	return ch;
}

struct channel *party_ringing(void)
{
	struct testleg *tl = testleg_new(true);
	struct channel *ch = chan_new(tl, NULL);

	party_take(ch, tl);
	channel_put(ch);
	assert_int_equal(channel_post_dial(ch), 0);
	settle();
	testleg_say(tl, LEG_RINGING);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_RINGING);
	return ch;
}

struct channel *party_calling(void)
{
	struct testleg *tl = testleg_new(false);
	struct channel *ch;

	leg_get(&tl->leg);
	ch = chan_new(tl, NULL);
	party_take(ch, tl);
	channel_put(ch);
	testleg_incoming(tl, "4711", "2001");
	leg_put(&tl->leg);
	settle();
	return ch;
}

struct bridge *party_bridge(int a, int b, bool dissolve)
{
	struct bridge *br;

	assert_int_equal(bridge_create(NULL, NULL, dissolve, &br), 0);
	assert_int_equal(add(br, who[a].ch), 0);
	assert_int_equal(add(br, who[b].ch), 0);
	bridge_put(br); /* its members keep it */
	return br;
}

enum channel_state state_of(int i)
{
	return (enum channel_state)info_of(who[i].ch).state;
}

int sits_in(int i)
{
	for (int k = 0; k < parties; k++)
		if (rcu_ptr_load(&who[k].leg->leg.chan) == who[i].ch)
			return k;
	return -1;
}

struct holders {
	const struct leg *leg;
	int count;
};

static int count_holder(struct channel *ch, void *arg)
{
	struct holders *h = arg;

	h->count += rcu_ptr_load(&ch->leg) == h->leg;
	return 0;
}

static int check_bridge(struct bridge *br, void *arg)
{
	struct bridge_info info;

	(void)arg;
	bridge_info_read(br, &info);
	for (int i = 0; i < info.members; i++) {
		struct channel *ch = channel_by_id(info.member[i]);

		assert_non_null(ch);
		assert_int_equal(info_of(ch).bridge, info.id);
		channel_put(ch);
	}
	return 0;
}

static int check_member(struct channel *ch, void *arg)
{
	uint64_t id = info_of(ch).bridge;
	struct bridge *br = id ? bridge_by_id(id) : NULL;
	struct bridge_info info;

	(void)arg;
	if (!id)
		return 0;
	assert_non_null(br);
	bridge_info_read(br, &info);
	assert_true(info.member[0] == channel_id(ch) || info.member[1] == channel_id(ch));
	bridge_put(br);
	return 0;
}

void scene_check(void)
{
	for (int i = 0; i < parties; i++) {
		struct holders h = { .leg = &who[i].leg->leg };

		channel_foreach(count_holder, &h);
		assert_int_equal(h.count + (int)atomic_load(&who[i].leg->asked[LEG_OP_RELEASE]), 1);
		assert_false(who[i].ch->moving && state_of(i) != CHAN_DEAD);
	}
	bridge_foreach(check_bridge, NULL);
	channel_foreach(check_member, NULL);
}

static int end_one(struct channel *ch, void *arg)
{
	(void)arg;
	channel_post_hangup(ch, CAUSE_NORMAL);
	return 0;
}

static int end_one_bridge(struct bridge *br, void *arg)
{
	(void)arg;
	bridge_destroy(br, NULL, NULL);
	return 0;
}

static int one_left(struct bridge *br, void *arg)
{
	(void)br;
	(void)arg;
	return 1;
}

void scene_end(void)
{
	scene_check();
	channel_foreach(end_one, NULL);
	settle();
	bridge_foreach(end_one_bridge, NULL);
	settle();
	scene_check();
	assert_int_equal(channels_wait_gone(tnow() + patience_ns()), 0);
	assert_int_equal(bridge_foreach(one_left, NULL), 0);
	for (int i = 0; i < parties; i++) {
		leg_put(&who[i].leg->leg);
		channel_put(who[i].ch);
	}
	parties = 0;
}
