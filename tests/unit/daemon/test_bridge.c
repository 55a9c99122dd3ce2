// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges, their path, moves, local pairs, connect; with a media provider that completes when told
 * to.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "tests/unit/daemon/world.h"

/* --- a provider ------------------------------------------------------------------------------ */

static struct media_op *pending[8];
static int pending_count;
static bool at_once = true;
static int provider_err;
static uint32_t connects, disconnects;

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
		pending[pending_count++] = op;
}

static void xconnect(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	assert_ptr_equal(op->a, a);
	assert_ptr_equal(op->b, b);
	connects++;
	take(op);
}

static void xdisconnect(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	(void)a;
	(void)b;
	disconnects++;
	take(op);
}

static const struct media_provider provider = { .name = "test", .can_xconnect = can,
						.xconnect = xconnect,
						.xdisconnect = xdisconnect };

static int setup(void **state)
{
	pending_count = 0;
	at_once = true;
	provider_err = 0;
	connects = 0;
	disconnects = 0;
	return world_setup(state);
}

static struct channel *up(const char *sid, const char *number, struct testleg **tl)
{
	struct channel *ch = chan_up(sid, number, tl);

	(*tl)->leg.ep.provider = &provider;
	testleg_say(*tl, LEG_MEDIA_READY);
	settle();
	return ch;
}

static void end(struct channel *ch)
{
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

static void end_bridge(struct bridge *br)
{
	bridge_destroy(br, NULL, NULL);
	bridge_put(br);
	settle();
}

static int add(struct bridge *br, struct channel *ch)
{
	struct result r = { 0 };

	assert_int_equal(bridge_add(br, ch, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

static int mode(struct bridge *br, enum bridge_mode m)
{
	struct result r = { 0 };

	assert_int_equal(bridge_set_mode(br, m, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

static int move(struct channel *dest, struct channel *source)
{
	struct result r = { 0 };
	int err = channel_move(dest, source, result_done, &r);

	if (err)
		return err;
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

static void speak(struct testleg *tl, uint8_t what)
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
static int hear(struct testleg *tl)
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

/* --- membership and path --------------------------------------------------------------------- */

static void two_parties_talk(void **state)
{
	struct testleg *la, *lb, *lc;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc);
	struct bridge *br, *other;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(bridge_create("br", NULL, false, &other), -EEXIST);
	assert_int_equal(bridge_create("other", NULL, false, &other), 0);
	lb->leg.ep.addr.format = MEDIA_ULAW; /* the kernel cannot, says the provider */
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, a), -EALREADY);
	assert_int_equal(add(other, a), -EBUSY);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(add(br, c), -EBUSY);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	assert_string_equal(la->connected.number, "2");
	assert_string_equal(lb->connected.number, "1");
	speak(la, 7);
	speak(lb, 9);
	assert_int_equal(hear(lb), 7);
	assert_int_equal(hear(la), 9);
	assert_int_equal(hear(la), -1);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -EOPNOTSUPP);
	channel_post_hangup(a, CAUSE_NORMAL);
	settle();
	assert_int_equal(bridge_info_of(br).members, 1);
	assert_int_equal(info_of(b).state, CHAN_UP);
	assert_int_equal(info_of(b).bridge, bridge_id(br));
	assert_int_equal(add(br, c), 0);
	speak(lb, 5);
	assert_int_equal(hear(lc), 5);
	assert_int_equal(add(br, a), -ENODEV);
	end_bridge(br);
	assert_int_equal(info_of(b).bridge, 0);
	end_bridge(other);
	channel_put(a);
	end(b);
	end(c);
}

static int attach_source(struct channel *ch, void *arg)
{
	channel_source_attach(ch, arg);
	return 0;
}

static int detach_source(struct channel *ch, void *arg)
{
	channel_source_detach(ch, arg);
	return 0;
}

static struct tframe *beep(struct media_source *src, unsigned int octets, unsigned int format)
{
	struct tframe *frame = tframe_alloc();

	(void)src;
	frame->octets = (uint16_t)octets;
	frame->format = (uint8_t)format;
	memset(frame->data, 99, octets);
	return frame;
}

static void path_goes_to_the_kernel_and_back(void **state)
{
	struct media_source source = { .pull = beep };
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);
	struct bridge *br;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -ENOTCONN);
	assert_int_equal(mode(br, BRIDGE_AUTO), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(connects, 1);
	/* The demo's way: to user space and back within one call. */
	assert_int_equal(mode(br, BRIDGE_USER), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	assert_int_equal(mode(br, BRIDGE_KERNEL), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	/* Someone speaks. */
	assert_int_equal(in_task(a, attach_source, &source), 0);
	settle();
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	assert_int_equal(hear(la), 99);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -EBUSY);
	assert_int_equal(in_task(a, detach_source, &source), 0);
	settle();
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	until(events_of(EVENT_BRIDGE_PATH, 0) == 5);
	assert_int_equal(events[events_count - 1]->u.path.delta_ab, -80);
	trcu_barrier();
	/* One that the kernel refuses stays in user space, and says so. */
	provider_err = -EBUSY;
	assert_int_equal(mode(br, BRIDGE_USER), 0);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -EBUSY);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	end_bridge(br);
	end(a);
	end(b);
}

static void a_member_leaves_while_the_kernel_connects(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);
	struct bridge *br;

	(void)state;
	at_once = false;
	assert_int_equal(bridge_create("br", NULL, true, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_TO_KERNEL);
	channel_post_hangup(a, CAUSE_BUSY);
	settle();
	assert_int_equal(pending_count, 2);
	assert_true(pending[0]->connect);
	media_op_done(pending[0], 0);
	media_op_done(pending[1], 0);
	settle();
	/* It dissolves: the other gets the cause. */
	assert_int_equal(info_of(b).cause, CAUSE_BUSY);
	assert_null(bridge_by_name("br"));
	bridge_put(br);
	channel_put(a);
	channel_put(b);
}

/* --- moves ----------------------------------------------------------------------------------- */

static void a_move_reseats_the_leg(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	leg_get(&la->leg);
	assert_int_equal(move(a, a), -EINVAL);
	assert_int_equal(move(a, b), 0);
	assert_int_equal(info_of(a).state, CHAN_UP);
	assert_string_equal(info_of(a).sid, "a");
	assert_string_equal(info_of(a).caller.number, "2");
	assert_string_equal(info_of(a).leg, lb->leg.label);
	assert_int_equal(info_of(b).state, CHAN_DEAD);
	assert_int_equal(atomic_load(&la->release_cause), CAUSE_NORMAL);
	assert_int_equal(lb->asked[LEG_OP_RELEASE], 0);
	/* Signals of the leg go where it sits now. */
	leg_hangup(&lb->leg, 21);
	settle();
	assert_int_equal(info_of(a).cause, 21);
	assert_int_equal(move(a, b), -ENODEV);
	until(events_of(EVENT_CHANNEL_MOVED, channel_id(a)) == 1);
	leg_put(&la->leg);
	channel_put(a);
	channel_put(b);
}

/* S4: hang-up before commit refuses; after it the right leg ends. */
static void s4_hang_up_around_a_move(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	la->on[LEG_OP_RELEASE] = KEEP_IT;
	channel_post_hangup(a, CAUSE_NORMAL);
	settle();
	assert_int_equal(move(a, b), -EBUSY);
	assert_int_equal(move(b, a), -EBUSY);
	assert_int_equal(info_of(b).state, CHAN_UP);
	testleg_play(la, LEG_OP_RELEASE);
	settle();
	assert_int_equal(move(b, a), -ENODEV);
	channel_put(a);
	end(b);
}

static void pick_up_a_ringing_call(void **state)
{
	struct testleg *la = testleg_new(true), *lb;
	struct channel *a = chan_new(la, "a"), *b = up("b", "2", &lb);

	(void)state;
	leg_get(&la->leg);
	channel_post_dial(a);
	testleg_say(la, LEG_RINGING);
	settle();
	assert_int_equal(move(b, a), -EINVAL); /* a call that is not answered is moved nowhere */
	assert_int_equal(move(a, b), 0);
	assert_int_equal(info_of(a).state, CHAN_UP);
	assert_int_equal(atomic_load(&la->release_cause), CAUSE_PICKED_UP);
	leg_put(&la->leg);
	channel_put(b);
	end(a);
}

static void a_move_in_a_bridge_of_the_kernel(void **state)
{
	struct testleg *la, *lb, *lc;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc);
	struct bridge *br;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(move(a, b), -EINVAL); /* it would talk to itself */
	assert_int_equal(disconnects, 0);
	assert_int_equal(move(a, c), 0);
	settle();
	assert_int_equal(disconnects, 1);
	assert_int_equal(connects, 2);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(info_of(a).bridge, bridge_id(br));
	assert_string_equal(lb->connected.number, "3");
	assert_string_equal(lc->connected.number, "2");
	end_bridge(br);
	channel_put(c);
	end(a);
	end(b);
}

/* No sample of the old peer after the commit. */
static void blocks_of_an_older_generation_die(void **state)
{
	struct testleg *la, *lb, *lc;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc);
	struct media_view old;
	struct tframe *frame;
	struct bridge *br;

	(void)state;
	leg_get(&la->leg);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(mode(br, BRIDGE_USER), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	speak(la, 1);
	speak(la, 2);
	assert_int_equal(hear(lb), 1);
	frame = tframe_alloc();
	frame->octets = 160;
	memset(frame->data, 3, 160);
	/* A media thread in the middle of its period. */
	trcu_read_lock();
	media_view_load(&la->leg.ep, &old);
	la->on[LEG_OP_RELEASE] = KEEP_IT;
	struct result r = { 0 };

	assert_int_equal(channel_move(a, c, result_done, &r), 0);
	until(atomic_load(&r.count) == 1);
	media_push(&old, frame);
	trcu_read_unlock();
	speak(la, 4);
	assert_int_equal(hear(lb), -1);
	speak(lc, 5);
	assert_int_equal(hear(lb), 5);
	speak(lb, 6);
	assert_int_equal(hear(lc), 6);
	assert_int_equal(hear(la), -1);
	settle(); /* source's hang-up is a task of its own */
	testleg_play(la, LEG_OP_RELEASE);
	leg_put(&la->leg);
	end_bridge(br);
	channel_put(c);
	end(a);
	end(b);
}

static uint32_t tapped, tap_gone_count;

static void tap_block(struct media_tap *tap, struct tframe *frame, unsigned int dir)
{
	(void)tap;
	(void)frame;
	(void)dir;
	tapped++;
}

static void tap_gone(struct media_tap *tap)
{
	(void)tap;
	atomic_add(&tap_gone_count, 1);
}

static int attach_tap(struct channel *ch, void *arg)
{
	channel_tap_attach(ch, arg);
	return 0;
}

static void a_recording_goes_on_over_a_move(void **state)
{
	struct media_tap tap = { .block = tap_block, .gone = tap_gone, .dir = MEDIA_TAP_RX };
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	tapped = 0;
	tap_gone_count = 0;
	assert_int_equal(in_task(a, attach_tap, &tap), 0);
	speak(la, 1);
	assert_int_equal(tapped, 1);
	assert_int_equal(move(a, b), 0);
	speak(lb, 1);
	assert_int_equal(tapped, 2);
	channel_put(b);
	end(a);
	settle();
	until(atomic_load(&tap_gone_count) == 1);
}

/* S1, S2, S20: moves of random pairs at once, with hang-ups: every leg in exactly one channel. */
#define CHANS 8
#define MOVES 3000

static void random_moves(void **state)
{
	struct channel *ch[CHANS];
	struct testleg *tl;
	unsigned int seed = (unsigned int)tnow();
	int done_moves = 0, begun = 0, made = CHANS;
	static struct result results[MOVES];

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	memset(results, 0, sizeof(results));
	for (int i = 0; i < CHANS; i++)
		ch[i] = up(NULL, "1", &tl);
	for (int i = 0; i < MOVES; i++) {
		int a = rand() % CHANS, b = rand() % CHANS;

		if (!channel_move(ch[a], ch[b], result_done, &results[i]))
			begun++;
		if (rand() % 50 == 0)
			channel_post_hangup(ch[rand() % CHANS], CAUSE_NORMAL);
		/* Replace some of the dead. */
		if (i % 20 == 19) {
			settle();
			for (int k = 0; k < CHANS; k++)
				if (info_of(ch[k]).state == CHAN_DEAD) {
					channel_put(ch[k]);
					ch[k] = up(NULL, "1", &tl);
					made++;
				}
		}
	}
	settle();
	for (int i = 0; i < MOVES; i++) {
		assert_true(results[i].count <= 1);
		begun -= (int)results[i].count;
		done_moves += results[i].count && !results[i].err;
	}
	assert_int_equal(begun, 0);
	assert_true(done_moves > MOVES / 50);
	print_message("%d moves done, %d channels made\n", done_moves, made);
	for (int i = 0; i < CHANS; i++)
		end(ch[i]);
}

/* --- local pairs and connect ----------------------------------------------------------------- */

static const char *route_to;

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = route_to };
	const char *reason = NULL;
	int err;

	(void)sig;
	if (!route_to)
		return CAUSE_UNALLOCATED;
	err = channel_connect(ch, &params, &reason);
	return err ? leg_errno_cause(err) : 0;
}

static void a_call_is_connected(void **state)
{
	struct testleg *in = testleg_new(false), *out;
	struct channel *a;

	(void)state;
	leg_get(&in->leg);
	channel_set_default_controller(router);
	route_to = "Test/9";
	a = chan_new(in, "a");
	testleg_incoming(in, "4711", "2001");
	settle();
	out = testleg_last;
	assert_int_equal(in->asked[LEG_OP_PROCEEDING], 1);
	testleg_say(out, LEG_RINGING);
	settle();
	assert_int_equal(in->asked[LEG_OP_RINGING], 1);
	testleg_say(out, LEG_ANSWERED);
	settle();
	assert_int_equal(info_of(a).state, CHAN_UP);
	assert_int_not_equal(info_of(a).bridge, 0);
	speak(in, 4);
	assert_int_equal(hear(out), 4);
	leg_hangup(&out->leg, 16);
	settle();
	assert_int_equal(info_of(a).state, CHAN_DEAD);
	assert_int_equal(atomic_load(&in->release_cause), 16);
	leg_put(&in->leg);
	channel_put(a);
}

static void a_refused_call_gets_the_cause(void **state)
{
	struct testleg *in = testleg_new(false);
	struct channel *a;

	(void)state;
	leg_get(&in->leg);
	channel_set_default_controller(router);
	route_to = "Test/9";
	a = chan_new(in, "a");
	testleg_incoming(in, "4711", "2001");
	settle();
	leg_hangup(&testleg_last->leg, CAUSE_BUSY);
	settle();
	assert_int_equal(atomic_load(&in->release_cause), CAUSE_BUSY);
	leg_put(&in->leg);
	channel_put(a);
}

/* Two calls through a local pair: the media threads see through it. */
static void a_local_pair_in_the_middle(void **state)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { .sid = "local" };
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *l;
	struct bridge *br;

	(void)state;
	channel_set_default_controller(router);
	route_to = "Test/9";
	assert_int_equal(channel_originate("Local/12345", &req, &params, &l, NULL), 0);
	assert_int_equal(channel_post_dial(l), 0);
	settle();
	lb = testleg_last;
	testleg_say(lb, LEG_ANSWERED);
	settle();
	assert_int_equal(info_of(l).state, CHAN_UP);
	assert_int_equal(bridge_create("br", NULL, true, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, l), 0);
	speak(la, 11);
	assert_int_equal(hear(lb), 11);
	speak(lb, 12);
	assert_int_equal(hear(la), 12);
	leg_hangup(&lb->leg, 16);
	settle();
	assert_int_equal(info_of(a).state, CHAN_DEAD);
	assert_int_equal(info_of(l).state, CHAN_DEAD);
	bridge_put(br);
	channel_put(a);
	channel_put(l);
}

static void a_local_pair_that_nobody_dials(void **state)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { 0 };
	struct channel *l;

	(void)state;
	assert_int_equal(channel_originate("Local/1", &req, &params, &l, NULL), 0);
	end(l);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_parties_talk),
		T(path_goes_to_the_kernel_and_back),
		T(a_member_leaves_while_the_kernel_connects),
		T(a_move_reseats_the_leg),
		T(s4_hang_up_around_a_move),
		T(pick_up_a_ringing_call),
		T(a_move_in_a_bridge_of_the_kernel),
		T(blocks_of_an_older_generation_die),
		T(a_recording_goes_on_over_a_move),
		T(random_moves),
		T(a_call_is_connected),
		T(a_refused_call_gets_the_cause),
		T(a_local_pair_in_the_middle),
		T(a_local_pair_that_nobody_dials),
	};
	int failed;

	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}
