// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges, their path, local pairs, connect.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "tests/unit/daemon/plant.h"

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
	hang_up(b);
	hang_up(c);
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
	hang_up(a);
	hang_up(b);
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

/* --- its end, and what is told of it --------------------------------------------------------- */

static struct result res, res2;
static struct bridge *ended;

static void strike_destroy(void)
{
	assert_int_equal(bridge_destroy(ended, result_done, &res2), 0);
}

static void op_add(void)
{
	assert_int_equal(bridge_add(ended, who[1].ch, result_done, &res), 0);
}

static void op_mode(void)
{
	assert_int_equal(bridge_set_mode(ended, BRIDGE_USER, result_done, &res), 0);
}

static void op_destroy(void)
{
	assert_int_equal(bridge_destroy(ended, result_done, &res), 0);
}

/* What comes between the wish to end a bridge and the last member's leaving changes nothing. */
static void a_bridge_that_ends_takes_nothing_more(void **state)
{
	static const struct {
		void (*op)(void);
		int err;
	} late[] = { { op_add, -ENODEV }, { op_mode, -ENODEV }, { op_destroy, -EALREADY } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(late); i++) {
		party_add("1");
		party_add("2");
		assert_int_equal(bridge_create("br", NULL, false, &ended), 0);
		assert_int_equal(add(ended, who[0].ch), 0);
		res = (struct result){ 0 };
		res2 = (struct result){ 0 };
		meet(-1, late[i].op, strike_destroy);
		assert_int_equal(res.count, 1);
		assert_int_equal(res.err, late[i].err);
		assert_int_equal(res2.count, 1);
		assert_int_equal(res2.err, 0);
		assert_null(bridge_by_name("br"));
		assert_int_equal(info_of(who[0].ch).bridge, 0);
		assert_int_equal(info_of(who[1].ch).bridge, 0);
		assert_int_equal(state_of(0), CHAN_UP);
		bridge_put(ended);
		scene_end();
	}
}

static int take_out(struct bridge *br, struct channel *ch)
{
	struct result r = { 0 };

	assert_int_equal(bridge_remove(br, ch, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	return r.err;
}

static void members_come_and_go_with_an_event(void **state)
{
	struct bridge *br;
	uint64_t a, b;

	(void)state;
	party_add("1");
	party_add("2");
	party_add("3");
	a = channel_id(who[0].ch);
	b = channel_id(who[1].ch);
	assert_int_equal(bridge_create("br", NULL, true, &br), 0);
	assert_int_equal(take_out(br, who[0].ch), -ENOENT);
	assert_int_equal(add(br, who[0].ch), 0);
	assert_int_equal(add(br, who[1].ch), 0);
	assert_int_equal(take_out(br, who[2].ch), -ENOENT);
	assert_int_equal(bridge_info_of(br).members, 2);
	/* Who is taken out lives on, and so does the other. */
	assert_int_equal(take_out(br, who[0].ch), 0);
	assert_int_equal(state_of(0), CHAN_UP);
	assert_int_equal(state_of(1), CHAN_UP);
	/* Neither hears the other from then on. */
	speak(who[0].leg, 5);
	assert_int_equal(hear(who[1].leg), -1);
	speak(who[1].leg, 6);
	assert_int_equal(hear(who[0].leg), -1);
	channel_post_hangup(who[1].ch, CAUSE_NORMAL);
	settle();
	assert_null(bridge_by_name("br"));
	assert_int_equal(add(br, who[0].ch), -ENODEV);
	until(events_of(EVENT_BRIDGE_DESTROYED, 0) == 1);
	assert_int_equal(events_of(EVENT_BRIDGE_CREATED, 0), 1);
	assert_int_equal(events_of(EVENT_BRIDGE_ENTERED, a), 1);
	assert_int_equal(events_of(EVENT_BRIDGE_ENTERED, b), 1);
	assert_int_equal(events_of(EVENT_BRIDGE_LEFT, a), 1);
	bridge_put(br);
	scene_end();
}

static void an_ending_one_is_not_bridged(void **state)
{
	struct bridge *br;

	(void)state;
	party_add("1");
	who[0].leg->on[LEG_OP_RELEASE] = KEEP_IT;
	channel_post_hangup(who[0].ch, CAUSE_NORMAL);
	settle();
	assert_int_equal(state_of(0), CHAN_ENDING);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, who[0].ch), -EBUSY);
	assert_int_equal(bridge_info_of(br).members, 0);
	testleg_play(who[0].leg, LEG_OP_RELEASE);
	end_bridge(br);
	scene_end();
}

static void a_bad_name_is_refused(void **state)
{
	char sid[CHANNEL_SID_LEN + 1], name[CHANNEL_NAME_LEN + 1];
	struct bridge *br;

	(void)state;
	memset(sid, 's', sizeof(sid));
	memset(name, 'n', sizeof(name));
	sid[CHANNEL_SID_LEN] = '\0';
	name[CHANNEL_NAME_LEN] = '\0';
	assert_int_equal(bridge_create("", NULL, false, &br), -EINVAL);
	assert_int_equal(bridge_create(sid, NULL, false, &br), -EINVAL);
	assert_int_equal(bridge_create(NULL, name, false, &br), -EINVAL);
	sid[CHANNEL_SID_LEN - 1] = '\0';
	name[CHANNEL_NAME_LEN - 1] = '\0';
	assert_int_equal(bridge_create(sid, name, false, &br), 0);
	assert_string_equal(bridge_info_of(br).sid, sid);
	assert_string_equal(bridge_info_of(br).name, name);
	end_bridge(br);
}

/* --- swap ------------------------------------------------------------------------------------ */

enum { OUT, IN, STAYS, LEFT };

static int victim;

static void swap_scene(bool bridged)
{
	static const char *const numbers[] = { "1", "2", "3", "4" };

	res = (struct result){ 0 };
	res2 = (struct result){ 0 };
	for (int i = 0; i < 4; i++)
		party_add(numbers[i]);
	party_bridge(OUT, STAYS, false);
	if (bridged)
		party_bridge(IN, LEFT, false);
}

static void op_swap(void)
{
	assert_int_equal(bridge_swap(who[OUT].ch, who[IN].ch, result_done, &res), 0);
}

static int do_swap(int out, int in)
{
	int err;

	res = (struct result){ 0 };
	err = bridge_swap(who[out].ch, who[in].ch, result_done, &res);
	settle();
	assert_int_equal(res.count, err ? 0 : 1);
	return err ? err : res.err;
}

static void a_swap_takes_the_place(void **state)
{
	(void)state;
	for (int bridged = 0; bridged < 2; bridged++) {
		uint64_t br;

		swap_scene(bridged);
		br = info_of(who[OUT].ch).bridge;
		assert_int_equal(do_swap(OUT, IN), 0);
		scene_check();
		assert_int_equal(info_of(who[IN].ch).bridge, br);
		assert_int_equal(info_of(who[OUT].ch).bridge, 0);
		assert_true(talk(who[IN].leg, who[STAYS].leg));
		assert_int_equal(hear(who[OUT].leg), -1);
		assert_int_equal(living(), 4);
		until(events_of(EVENT_CHANNEL_SWAPPED, channel_id(who[IN].ch)) == 1);
		assert_int_equal(events_of(EVENT_BRIDGE_LEFT, channel_id(who[OUT].ch)), 1);
		assert_int_equal(events_of(EVENT_BRIDGE_ENTERED, channel_id(who[IN].ch)), 1U + bridged);
		assert_string_equal(who[STAYS].leg->connected.number, "2");
		assert_int_equal(bridge_swap(who[IN].ch, who[IN].ch, NULL, NULL), -EINVAL);
		assert_int_equal(bridge_swap(who[IN].ch, who[STAYS].ch, NULL, NULL), -EINVAL);
		assert_int_equal(bridge_swap(who[OUT].ch, who[IN].ch, NULL, NULL), -EINVAL);
		assert_int_equal(in_task(who[IN].ch, control, &app_a), 0);
		assert_int_equal(in_task(who[OUT].ch, control, &app_b), 0);
		assert_int_equal(do_swap(IN, OUT), -EPERM);
		channel_post_hangup(who[OUT].ch, CAUSE_NORMAL);
		settle();
		assert_int_equal(do_swap(IN, OUT), -ENODEV);
		assert_int_equal(bridge_swap(who[OUT].ch, who[IN].ch, NULL, NULL), -ENODEV);
		assert_true(talk(who[IN].leg, who[STAYS].leg));
		scene_end();
	}
}

static void strike_hang_up(void)
{
	channel_post_hangup(who[victim].ch, CAUSE_BUSY);
}

/* Two that swap the other way round, with both bridges. */
static void strike_swap(void)
{
	int err = bridge_swap(who[LEFT].ch, who[STAYS].ch, result_done, &res2);

	if (err)
		result_done(&res2, err);
}

static void swap_at_every_step(void **state)
{
	uint32_t done = 0, refused = 0;

	(void)state;
	for (int bridged = 0; bridged < 2; bridged++)
		for (victim = OUT; victim <= LEFT + bridged; victim++)
			for (int n = -1; n <= TURNS; n++) {
				swap_scene(bridged);
				meet(n, op_swap, victim > LEFT ? strike_swap : strike_hang_up);
				assert_int_equal(res.count, 1);
				scene_check();
				*(res.err ? &refused : &done) += 1;
				if (res.err)
					assert_true(res.err == -EBUSY || res.err == -ENODEV);
				else if (victim <= STAYS && state_of(OUT) != CHAN_DEAD)
					assert_int_equal(info_of(who[OUT].ch).bridge, 0);
				for (int i = 0; i < 4; i++)
					if (i != victim)
						assert_int_equal(state_of(i), CHAN_UP);
				scene_end();
			}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

/* --- local pairs and connect ----------------------------------------------------------------- */

static const char *route_to;

static bool early;

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = route_to, .early_media = early };
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
	testleg_say(out, LEG_PROGRESS);
	settle();
	assert_int_equal(in->asked[LEG_OP_PROGRESS], 1);
	assert_int_equal(info_of(a).bridge, 0);
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

/* In-band information of the far end is heard before it answers, where the route says so. */
static void early_media_is_joined_at_progress(void **state)
{
	struct testleg *in = testleg_new(false), *out;
	struct channel *a;

	(void)state;
	channel_set_default_controller(router);
	route_to = "Test/9";
	early = true;
	a = chan_new(in, "a");
	testleg_incoming(in, "4711", "2001");
	settle();
	early = false;
	out = testleg_last;
	testleg_say(out, LEG_PROGRESS);
	settle();
	assert_int_equal(in->asked[LEG_OP_PROGRESS], 1);
	assert_int_equal(info_of(a).state, CHAN_RING);
	assert_int_not_equal(info_of(a).bridge, 0);
	speak(out, 4);
	assert_int_equal(hear(in), 4);
	channel_post_hangup(a, CAUSE_NORMAL);
	settle();
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
	hang_up(l);
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_parties_talk),
		T(path_goes_to_the_kernel_and_back),
		T(a_member_leaves_while_the_kernel_connects),
		T(a_bridge_that_ends_takes_nothing_more),
		T(members_come_and_go_with_an_event),
		T(an_ending_one_is_not_bridged),
		T(a_bad_name_is_refused),
		T(a_swap_takes_the_place),
		T(swap_at_every_step),
		T(a_call_is_connected),
		T(early_media_is_joined_at_progress),
		T(a_refused_call_gets_the_cause),
		T(a_local_pair_in_the_middle),
		T(a_local_pair_that_nobody_dials),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}
