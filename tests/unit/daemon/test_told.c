// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is told of an operation: to the history and to controllers, in the order of what happens,
 * and in events. What has a name of its own making is "*". With a pool of one, so that
 * the order is one.
 */
#include <stdarg.h>
#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/transfer.h"
#include "tests/unit/daemon/plant.h"

/* --- what is told ---------------------------------------------------------------------------- */

enum { A, B, C, D, ALL };

static char told[8192];
static size_t told_len;

static void __attribute__((format(printf, 1, 2))) tell(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	told_len += (size_t)vsnprintf(told + told_len, sizeof(told) - told_len, fmt, args);
	va_end(args);
	assert_true(told_len < sizeof(told));
}

/* A sid that was made has a dot in it. */
static const char *name(const char *sid)
{
	return strchr(sid, '.') ? "*" : sid;
}

static void word(const char *text)
{
	if (*text)
		tell(" %s", name(text));
}

static struct channel *ch[ALL];

/* How the call stands then: begins, up, moved, over; and of whose call it is part. */
static void flags(const struct history_entry *entry)
{
	tell(" %s%s%s%s", entry->begins ? "b" : "", entry->answer_us ? "u" : "",
	     entry->moved ? "m" : "", entry->end_us ? "o" : "");
	assert_true(entry->start_us && entry->time_us >= entry->start_us);
	for (int i = 0; i < ALL; i++)
		if (ch[i] && entry->linked == channel_id(ch[i]) && entry->info.id != entry->linked)
			tell(" of %s", channel_sid(ch[i]));
}

static int keep(const struct history_entry *entries, int n)
{
	for (int i = 0; i < n; i++) {
		const struct history_entry *entry = &entries[i];

		assert_true(!entry->peer == !*entry->peer_sid);
		tell("%s: %s", name(entry->info.sid), history_name((enum history)entry->what));
		word(entry->peer_sid);
		word(entry->detail);
		word(entry->bridge);
		flags(entry);
		tell("; ");
	}
	return 0;
}

static const char *const notices[] = {
	[NOTICE_INCOMING] = "INCOMING", [NOTICE_DIGITS] = "DIGITS",
	[NOTICE_PROCEEDING] = "PROCEEDING", [NOTICE_PROGRESS] = "PROGRESS",
	[NOTICE_RINGING] = "RINGING", [NOTICE_ANSWERED] = "ANSWERED", [NOTICE_DTMF] = "DTMF",
	[NOTICE_HOLD] = "HOLD", [NOTICE_UNHOLD] = "UNHOLD", [NOTICE_CONNECTED] = "CONNECTED",
	[NOTICE_MEDIA] = "MEDIA", [NOTICE_FAILED] = "FAILED", [NOTICE_BRIDGED] = "BRIDGED",
	[NOTICE_UNBRIDGED] = "UNBRIDGED", [NOTICE_MOVED] = "MOVED", [NOTICE_ENDING] = "ENDING",
};

static void noticed(struct controller *ctl, struct channel *of, enum notice notice,
		    const struct leg_signal *sig)
{
	(void)ctl;
	(void)sig;
	tell("%s: %s; ", channel_sid(of), notices[notice]);
}

static void detached(struct controller *ctl, struct channel *of)
{
	(void)ctl;
	tell("%s: LET GO; ", channel_sid(of));
}

static struct controller ears = { .name = "ears", .notice = noticed, .detach = detached };

static void event_line(const struct event *event)
{
	tell("%s", event_name((enum event_type)event->type));
	if (event->has_chan)
		word(event->chan.sid);
	assert_true(!event->bridge == !*event->bridge_sid);
	word(event->bridge_sid);
	switch (event->type) {
	case EVENT_CHANNEL_STATE:
		tell(" %s", channel_state_name((enum channel_state)event->chan.state));
		break;
	case EVENT_CHANNEL_DTMF:
		tell(" %c %u", event->u.dtmf.digit, event->u.dtmf.ms);
		break;
	case EVENT_CHANNEL_DIGITS:
		tell(" %s", event->chan.exten);
		break;
	case EVENT_CHANNEL_CONNECTED:
		tell(" %s", event->chan.connected.number);
		break;
	case EVENT_CHANNEL_CALLER:
		tell(" %s", event->chan.caller.number);
		break;
	case EVENT_CHANNEL_VAR:
		tell(" %s=%s", event->u.var.name, event->u.var.value);
		break;
	case EVENT_CHANNEL_MOVED:
		assert_int_not_equal(event->u.moved.source, 0);
		word(event->u.moved.source_sid);
		break;
	case EVENT_CHANNEL_TRANSFERRED:
	case EVENT_CHANNEL_TRANSFERRED_ATTENDED:
	case EVENT_CHANNEL_SWAPPED:
	case EVENT_CHANNEL_PICKED_UP:
	case EVENT_CHANNEL_RING_WON:
		assert_int_not_equal(event->u.op.other, 0);
		assert_true(!event->u.op.second == !*event->u.op.second_sid);
		word(event->u.op.other_sid);
		word(event->u.op.second_sid);
		word(event->u.op.target);
		break;
	case EVENT_CHANNEL_PARKED:
	case EVENT_CHANNEL_UNPARKED:
		tell(" %u", event->u.park.place);
		word(event->u.park.why);
		break;
	case EVENT_CHANNEL_HANGUP_REQUEST:
		tell(" %d", event->chan.cause);
		break;
	case EVENT_CHANNEL_DESTROYED:
		tell(" %d", event->chan.cause);
		word(event->chan.caller.number);
		break;
	case EVENT_CHANNEL_TALK:
		tell(" %s %s %s", event->u.talk.id, event->u.talk.record ? "record" : "play",
		     event->u.talk.state);
		break;
	default:
		break;
	}
	tell("; ");
}

/* --- the scene ------------------------------------------------------------------------------- */

static struct testleg *leg[ALL];
static struct bridge *br, *other;
static struct result res;

static void listen_to(int i)
{
	assert_int_equal(in_task(ch[i], control, &ears), 0);
}

static void nothing_yet(void)
{
	events_all();
	events_forget();
	told_len = 0;
	told[0] = '\0';
	res = (struct result){ 0 };
}

static void scene(void)
{
	static const char *const sids[] = { "a", "b", "c", "d" };
	static const char *const numbers[] = { "1", "2", "3", "4" };

	for (int i = 0; i < ALL; i++)
		ch[i] = NULL;
	for (int i = 0; i < ALL; i++) {
		ch[i] = up(sids[i], numbers[i], &leg[i]);
		leg_get(&leg[i]->leg);
	}
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(bridge_create("other", NULL, true, &other), 0);
	mode(br, BRIDGE_USER);
	mode(other, BRIDGE_USER);
}

static int hang_up_any(struct channel *any, void *arg)
{
	(void)arg;
	channel_post_hangup(any, CAUSE_NORMAL);
	return 0;
}

static void scene_close(void)
{
	channel_foreach(hang_up_any, NULL);
	settle();
	end_bridge(br);
	end_bridge(other);
	for (int i = 0; i < ALL; i++) {
		leg_put(&leg[i]->leg);
		channel_put(ch[i]);
	}
}

static void in(struct bridge *bridge, int i, int k)
{
	assert_int_equal(add(bridge, ch[i]), 0);
	if (k >= 0)
		assert_int_equal(add(bridge, ch[k]), 0);
}

/* --- operations ------------------------------------------------------------------------------ */

static void a_listens(void)
{
	listen_to(A);
}

static void a_and_b_talk(void)
{
	in(br, A, B);
	listen_to(A);
}

static void two_talks(void)
{
	in(br, A, B);
	in(other, C, D);
	listen_to(A);
	listen_to(C);
}

static int join(void)
{
	in(br, A, B);
	return 0;
}

static int part(void)
{
	return bridge_remove(br, ch[A], result_done, &res);
}

static int swap(void)
{
	return bridge_swap(ch[A], ch[C], result_done, &res);
}

static int re_seat(void)
{
	return channel_move(ch[A], ch[C], result_done, &res);
}

static void a_rings(void)
{
	channel_post_hangup(ch[A], CAUSE_NORMAL);
	settle(); /* whoever tells of it looks at ch */
	channel_put(ch[A]);
	ch[A] = NULL;
	leg_put(&leg[A]->leg);
	leg[A] = testleg_new(true);
	leg_get(&leg[A]->leg);
	ch[A] = chan_new(leg[A], "ringing");
	assert_int_equal(channel_post_dial(ch[A]), 0);
	settle();
	testleg_say(leg[A], LEG_RINGING);
	settle();
	listen_to(A);
}

static int pickup(void)
{
	return channel_pickup(ch[A], ch[C], result_done, &res);
}

static int blind(void)
{
	struct transfer_params params = { .target = "Test/9" };

	return channel_transfer(ch[A], &params, result_done, &res);
}

static int attended(void)
{
	return channel_transfer_attended(ch[A], ch[C], result_done, &res);
}

static void place_taken(void *arg, int result)
{
	result_done(arg, result > 0 ? 0 : result);
}

static int park(void)
{
	struct park_params params = { .timeout_ms = 0 };

	return channel_park(ch[A], &params, place_taken, &res);
}

static void a_is_parked(void)
{
	in(br, A, B);
	assert_int_equal(park(), 0);
}

static int retrieve(void)
{
	return channel_retrieve(701, ch[C], result_done, &res);
}

static int ring(void)
{
	static const char *const endpoints[] = { "Test/8", "Test/9" };
	struct ring_params params = { .endpoints = endpoints, .count = 2 };
	int err = channel_ring_post(ch[A], &params, result_done, &res);

	settle();
	testleg_say(testleg_last, LEG_ANSWERED);
	return err;
}

static int far_end(void)
{
	struct leg_signal *dtmf = leg_signal_new(LEG_DTMF), *shown = leg_signal_new(LEG_CONNECTED);

	snprintf(dtmf->u.digits, sizeof(dtmf->u.digits), "1#");
	dtmf->ms = 80;
	leg_signal(&leg[A]->leg, dtmf);
	testleg_say(leg[A], LEG_HOLD);
	testleg_say(leg[A], LEG_UNHOLD);
	snprintf(shown->u.party.number, sizeof(shown->u.party.number), "77");
	leg_signal(&leg[A]->leg, shown);
	leg_hangup(&leg[A]->leg, CAUSE_BUSY);
	return 0;
}

static int asked(struct channel *any, void *arg)
{
	const struct party party = { .number = "55" };
	const struct channel_talk talk = { .id = "id", .step = CHANNEL_TALK_FINISHED,
					   .state = "done" };

	(void)arg;
	assert_int_equal(channel_hold(any), 0);
	assert_int_equal(channel_unhold(any), 0);
	assert_int_equal(channel_connected(any, &party), 0);
	assert_int_equal(channel_connected(any, &party), 0); /* nothing new: not told */
	assert_int_equal(channel_set_var(any, "name", "value"), 0);
	channel_talk_event(any, &talk);
	channel_hangup(any, CAUSE_REJECTED);
	return 0;
}

static int near_end(void)
{
	return in_task(ch[A], asked, NULL);
}

static int born(void)
{
	struct testleg *tl = testleg_new(true);
	struct channel *fresh = chan_new(tl, "e");

	assert_int_equal(in_task(fresh, control, &ears), 0);
	assert_int_equal(channel_post_dial(fresh), 0);
	settle();
	testleg_say(tl, LEG_PROGRESS);
	testleg_say(tl, LEG_RINGING);
	testleg_say(tl, LEG_ANSWERED);
	settle();
	hang_up(fresh);
	return 0;
}

static int answer_it(struct channel *any, void *arg)
{
	(void)arg;
	return channel_answer(any);
}

static int comes_in(void)
{
	struct testleg *tl = testleg_new(false);
	struct channel *fresh = chan_new(tl, "e");
	struct leg_signal *more = leg_signal_new(LEG_DIGITS);

	assert_int_equal(in_task(fresh, control, &ears), 0);
	testleg_incoming(tl, "4711", "20");
	snprintf(more->u.digits, sizeof(more->u.digits), "01");
	leg_signal(&tl->leg, more);
	settle();
	assert_int_equal(in_task(fresh, answer_it, NULL), 0);
	settle();
	hang_up(fresh);
	return 0;
}

static const struct {
	const char *name;
	void (*before)(void);
	int (*op)(void);
	const char *told, *events;
} cases[] = {
	{ "a call that is placed", NULL, born,
	  "e: start b; e: PROCEEDING; e: PROGRESS; e: RINGING; e: answer u; e: ANSWERED; "
	  "e: end uo; e: ENDING; e: LET GO; ",
	  "ChannelCreated e; ChannelStateChange e Dialing; Dial e; "
	  "ChannelStateChange e Dialing; ChannelStateChange e Ringing; "
	  "ChannelStateChange e Up; ChannelHangupRequest e 16; ChannelDestroyed e 16; " },
	{ "a call that comes in", NULL, comes_in,
	  "e: start b; e: INCOMING; e: DIGITS; e: answering ; e: answer u; e: ANSWERED; "
	  "e: end uo; e: ENDING; e: LET GO; ",
	  "ChannelCreated e; ChannelStateChange e Ring; ChannelDialplan e 2001; "
	  "ChannelStateChange e Up; ChannelHangupRequest e 16; ChannelDestroyed e 16 4711; " },
	{ "the far end", a_listens, far_end,
	  "a: DTMF; a: hold u; a: HOLD; a: unhold u; a: UNHOLD; a: CONNECTED; a: end uo; "
	  "a: ENDING; a: LET GO; ",
	  "ChannelDtmfReceived a 1 80; ChannelDtmfReceived a # 80; ChannelHold a; "
	  "ChannelUnhold a; ChannelCallerId a 77; ChannelHangupRequest a 17; "
	  "ChannelDestroyed a 17 77; " },
	{ "the near end", a_listens, near_end,
	  "a: held u; a: unheld u; a: end uo; a: ENDING; a: LET GO; ",
	  "ChannelConnectedLine a 55; ChannelVarset a name=value; "
	  "ChannelTalk a id play done; ChannelHangupRequest a 21; ChannelDestroyed a 21 1; " },
	{ "bridge", a_listens, join,
	  "a: entered br u; a: BRIDGED; b: entered br u of a; ",
	  "ChannelEnteredBridge a br; ChannelEnteredBridge b br; ChannelConnectedLine a 2; "
	  "ChannelConnectedLine b 1; " },
	{ "unbridge", a_and_b_talk, part,
	  "a: left br u; a: UNBRIDGED; ",
	  "ChannelLeftBridge a br; " },
	{ "swap", two_talks, swap,
	  "c: left other u; c: UNBRIDGED; c: entered br u of a; a: left br u; "
	  "c: swapped a u of a; a: UNBRIDGED; c: BRIDGED; ",
	  "ChannelLeftBridge c other; ChannelEnteredBridge c br; ChannelLeftBridge a br; "
	  "ChannelSwapped c a; ChannelConnectedLine b 3; ChannelConnectedLine c 2; " },
	{ "move", a_listens, re_seat,
	  "a: moved c um; c: given a um of a; a: MOVED; c: end umo of a; ",
	  "ChannelMoved a c; ChannelHangupRequest c 16; ChannelDestroyed c 16 1; " },
	{ "move into a bridge", a_and_b_talk, re_seat,
	  "a: moved c um; c: given a um of a; a: MOVED; c: end umo of a; ",
	  "ChannelMoved a c; ChannelHangupRequest c 16; ChannelDestroyed c 16 1; "
	  "ChannelConnectedLine b 3; " },
	{ "move in bridges", two_talks, re_seat,
	  "a: moved c um; c: given a um of a; a: MOVED; c: end umo of a; c: ENDING; "
	  "c: left other umo of a; c: LET GO; d: end uo of c; d: left other uo of c; ",
	  "ChannelMoved a c; ChannelHangupRequest c 16; ChannelLeftBridge c other; "
	  "ChannelDestroyed c 16 1; ChannelConnectedLine b 3; ChannelHangupRequest d 16; "
	  "ChannelLeftBridge d other; ChannelDestroyed d 16 4; BridgeDestroyed other; " },
	{ "move to one that rings", a_rings, re_seat,
	  "ringing: moved c um; c: given ringing um of ringing; c: end umo of ringing; "
	  "ringing: ANSWERED; ringing: MOVED; ",
	  "ChannelMoved ringing c; ChannelStateChange ringing Up; "
	  "ChannelHangupRequest c 26; ChannelDestroyed c 26; " },
	{ "pickup", a_rings, pickup,
	  "ringing: moved c um; c: given ringing um of ringing; ringing: picked up c um; "
	  "c: end umo of ringing; ringing: ANSWERED; ringing: MOVED; ",
	  "ChannelMoved ringing c; ChannelStateChange ringing Up; "
	  "ChannelPickedUp ringing c; ChannelHangupRequest c 26; ChannelDestroyed c 26; " },
	{ "blind transfer", a_and_b_talk, blind,
	  "a: transferred b Test/9 u; a: LET GO; b: left br u of a; *: start b of a; "
	  "a: end uo; a: left br uo; ",
	  "BridgeBlindTransfer a b Test/9; ChannelLeftBridge b br; ChannelCreated *; "
	  "ChannelStateChange * Dialing; Dial *; ChannelStateChange * Dialing; "
	  "ChannelHangupRequest a 16; ChannelLeftBridge a br; ChannelDestroyed a 16 1; " },
	{ "attended transfer", two_talks, attended,
	  "a: moved d um; d: given a um of a; a: transferred attended d c um; a: MOVED; "
	  "c: end uo; c: ENDING; c: left other uo; c: LET GO; d: end umo of a; "
	  "d: left other umo of a; ",
	  "ChannelMoved a d; BridgeAttendedTransfer a d c; ChannelHangupRequest c 16; "
	  "ChannelLeftBridge c other; ChannelDestroyed c 16 3; ChannelHangupRequest d 16; "
	  "ChannelLeftBridge d other; ChannelDestroyed d 16 1; BridgeDestroyed other; "
	  "ChannelConnectedLine b 4; " },
	{ "park", a_and_b_talk, park,
	  "a: LET GO; a: left br u; a: parked 701 u; a: held u; b: end uo of a; "
	  "b: left br uo of a; ",
	  "ChannelLeftBridge a br; ChannelParked a 701; ChannelHangupRequest b 16; "
	  "ChannelLeftBridge b br; ChannelDestroyed b 16 2; " },
	{ "retrieve", a_is_parked, retrieve,
	  "a: unparked 701 retrieved u; a: entered * u; c: entered * u of a; a: unheld u; ",
	  "BridgeCreated *; ChannelUnparked a 701 retrieved; ChannelEnteredBridge a *; "
	  "ChannelEnteredBridge c *; BridgePathChanged *; ChannelConnectedLine a 3; "
	  "ChannelConnectedLine c 1; " },
	{ "ring group", a_listens, ring,
	  "a: LET GO; *: start b of a; *: start b of a; *: answer u of a; "
	  "*: ring won a u of a; *: end o of a; a: entered * u; *: entered * u of a; ",
	  "ChannelCreated *; ChannelStateChange * Dialing; Dial *; "
	  "ChannelStateChange * Dialing; ChannelCreated *; ChannelStateChange * Dialing; "
	  "Dial *; ChannelStateChange * Dialing; ChannelStateChange * Up; "
	  "RingGroupAnswered * a; BridgeCreated *; ChannelHangupRequest * 26; "
	  "ChannelDestroyed * 26; ChannelEnteredBridge a *; ChannelEnteredBridge * *; "
	  "ChannelConnectedLine * 1; " },
};

static void each_operation_tells(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scene();
		if (cases[i].before)
			cases[i].before();
		nothing_yet();
		assert_int_equal(cases[i].op(), 0);
		settle();
		assert_int_equal(res.err, 0);
		events_all();
		if (strcmp(told, cases[i].told))
			fail_msg("%s tells:\n%s\nnot:\n%s", cases[i].name, told, cases[i].told);
		told_len = 0;
		for (uint32_t n = 0; n + 1 < events_count; n++)
			event_line(events[n]);
		if (strcmp(told, cases[i].events))
			fail_msg("%s has events:\n%s\nnot:\n%s", cases[i].name, told,
				 cases[i].events);
		scene_close();
	}
}

static int told_setup(void **state)
{
	history_set_keeper(keep);
	return park_init(701, 3) ? -1 : plant_setup(state);
}

static int told_teardown(void **state)
{
	int err = world_teardown(state);

	history_set_keeper(NULL);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_operation_tells, told_setup, told_teardown),
	};

	tests_chosen();
	return cmocka_run_group_tests_name("what is told", tests, NULL, NULL);
}
