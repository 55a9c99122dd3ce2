// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call records: what is written of calls, when, and what becomes of a call that cannot be written.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/transfer.h"
#include "tests/unit/daemon/record_world.h"

/* --- calls ----------------------------------------------------------------------------------- */

static int do_answer(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_answer(ch);
}

static int route(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_route(ch, "2999", NULL);
}

static void a_calls_life(void **state)
{
	struct testleg *ta, *tb, *tc;
	struct bridge *br;
	struct channel *a, *b, *c;

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	a = call_in("a", &ta);
	assert_int_equal(in_task(a, do_answer, NULL), 0);
	settle();
	b = chan_up("b", "2002", &tb);
	c = call_in("c", &tc);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(bridge_add(br, a, NULL, NULL), 0);
	assert_int_equal(bridge_add(br, b, NULL, NULL), 0);
	settle();
	testleg_say(ta, LEG_HOLD);
	testleg_say(ta, LEG_UNHOLD);
	settle();
	assert_int_equal(bridge_remove(br, a, NULL, NULL), 0);
	assert_int_equal(bridge_destroy(br, NULL, NULL), 0);
	settle();
	/* Where it is routed to later is not whom it called. */
	assert_int_equal(in_task(a, route, NULL), 0);
	assert_string_equal(info_of(a).exten, "2999");
	leg_hangup(&ta->leg, CAUSE_NORMAL);
	leg_hangup(&tb->leg, CAUSE_NORMAL);
	leg_hangup(&tc->leg, CAUSE_NORMAL);
	settle();
	record_stop();
	assert_string_equal(history_of(a),
			    "start,answering,answer,entered,hold,unhold,left,end");
	assert_string_equal(history_of(b), "start,answer,entered,left,end");
	assert_string_equal(history_of(c), "start,end");
	assert_string_equal(column(a, "caller || '>' || called"), "4711>2001");
	assert_string_equal(column(a, "direction || disposition || cause"), "inanswered16");
	assert_string_equal(column(b, "direction || disposition || connected"),
			    "outanswered2002");
	assert_string_equal(column(c, "disposition"), "cancelled");
	assert_string_equal(column(c, "answer_us"), "");
	assert_string_equal(column(a, "start_us <= answer_us AND answer_us <= end_us"), "1");
	/* Who came into the bridge second is part of the first one's call. */
	assert_string_equal(column(b, "linked"), column(a, "call"));
	assert_string_equal(column(c, "linked"), column(c, "call"));
	assert_string_equal(sql("SELECT count(*) FROM calls"), "3");
	bridge_put(br);
	channel_put(a);
	channel_put(b);
	channel_put(c);
}

static void each_cause_has_its_disposition(void **state)
{
	static const struct {
		int cause;
		const char *name;
	} cases[] = {
		{ 17, "busy" }, { 18, "no answer" }, { 19, "no answer" }, { 21, "rejected" },
		{ 26, "picked up elsewhere" }, { 1, "failed" }, { 16, "cancelled" },
	};
	struct channel *ch[ARRAY_SIZE(cases)];
	struct testleg *tl;

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tl = testleg_new(true);
		ch[i] = chan_new(tl, NULL);
		channel_post_dial(ch[i]);
		settle();
		leg_hangup(&tl->leg, cases[i].cause);
		settle();
	}
	record_stop();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(column(ch[i], "disposition"), cases[i].name);
		channel_put(ch[i]);
	}
}

/* S11: a move creates no channel and no call; both records show it. */
static void a_move_is_a_row(void **state)
{
	struct testleg *ta, *tb;
	struct result moved = { 0 };
	struct channel *a, *b;

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	a = call_in("a", &ta); /* rings still */
	b = chan_up("b", "2002", &tb);
	assert_int_equal(channel_move(a, b, result_done, &moved), 0);
	settle();
	assert_int_equal(moved.err, 0);
	channel_post_hangup(a, CAUSE_NORMAL);
	settle();
	record_stop();
	assert_string_equal(sql("SELECT count(*) FROM calls"), "2");
	assert_string_equal(history_of(a), "start,moved,end");
	assert_string_equal(history_of(b), "start,answer,given,end");
	assert_string_equal(sql("SELECT peer FROM history WHERE event = 'moved'"), "b");
	assert_string_equal(sql("SELECT peer FROM history WHERE event = 'given'"), "a");
	/* The move answered it; who had called stays who had called. */
	assert_string_equal(column(a, "disposition"), "answered");
	assert_string_equal(column(a, "caller"), "4711");
	assert_string_equal(sql("SELECT caller FROM history WHERE event = 'moved'"), "2002");
	assert_string_equal(column(b, "connected"), "2002");
	assert_string_equal(column(b, "linked"), column(a, "call"));
	channel_put(a);
	channel_put(b);
}

#define done_ok(r)                                \
	do {                                      \
		settle();                         \
		assert_int_equal((r)->count, 1);  \
		assert_true((r)->err >= 0);       \
		*(r) = (struct result){ 0 };      \
	} while (0)

static void joined(struct channel *a, struct channel *b)
{
	struct bridge *br;

	assert_int_equal(bridge_create(NULL, NULL, true, &br), 0);
	assert_int_equal(bridge_add(br, a, NULL, NULL), 0);
	assert_int_equal(bridge_add(br, b, NULL, NULL), 0);
	settle();
	bridge_put(br);
}

static const char *detail(const struct channel *ch, const char *event)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "SELECT coalesce(peer, '') || '/' || coalesce(detail, '') FROM history"
		 " WHERE call = %llu AND event = '%s'",
		 (unsigned long long)channel_id(ch), event);
	return sql(text);
}

static void transfers(struct channel **ch, struct result *r)
{
	struct transfer_params to = { .target = "Test/77" };

	joined(ch[0], ch[1]);
	assert_int_equal(channel_transfer(ch[0], &to, result_done, r), 0);
	done_ok(r);
	joined(ch[2], ch[3]);
	joined(ch[4], ch[5]);
	assert_int_equal(channel_transfer_attended(ch[2], ch[4], result_done, r), 0);
	done_ok(r);
}

static int ring(struct channel *ch, void *arg)
{
	static const char *const endpoints[] = { "Test/1", "Test/2" };
	struct ring_params params = { .endpoints = endpoints, .count = 2 };

	(void)arg;
	return channel_ring(ch, &params, NULL);
}

static void operations_are_rows(void **state)
{
	struct park_params park = { .place = 705 };
	struct channel *ch[14], *winner;
	struct result r = { 0 };
	struct testleg *tl;
	char won[32];

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	for (int i = 0; i < 12; i++) {
		char sid[16];

		snprintf(sid, sizeof(sid), "c%d", i);
		ch[i] = chan_up(sid, sid, &tl);
	}
	transfers(ch, &r);
	joined(ch[6], ch[7]);
	assert_int_equal(bridge_swap(ch[6], ch[8], result_done, &r), 0);
	done_ok(&r);
	tl = testleg_new(true);
	ch[12] = chan_new(tl, "c12");
	channel_post_dial(ch[12]);
	settle();
	testleg_say(tl, LEG_RINGING);
	settle();
	assert_int_equal(channel_pickup(ch[12], ch[9], result_done, &r), 0);
	done_ok(&r);
	assert_int_equal(channel_park(ch[10], &park, result_done, &r), 0);
	done_ok(&r);
	assert_int_equal(channel_retrieve(705, ch[11], result_done, &r), 0);
	done_ok(&r);
	ch[13] = call_in("c13", &tl);
	assert_int_equal(in_task(ch[13], ring, NULL), 0);
	settle();
	tl = testleg_last;
	testleg_say(tl, LEG_ANSWERED);
	settle();
	winner = channel_by_id(rcu_ptr_load(&tl->leg.chan)->id);
	assert_non_null(winner);
	snprintf(won, sizeof(won), "%llu", (unsigned long long)channel_id(ch[13]));
	channel_post_hangup(winner, CAUSE_NORMAL);
	for (int i = 0; i < 14; i++)
		channel_post_hangup(ch[i], CAUSE_NORMAL);
	settle();
	record_stop();
	assert_string_equal(detail(ch[0], "transferred"), "c1/Test/77");
	assert_string_equal(detail(ch[2], "transferred attended"), "c5/c4");
	assert_string_equal(detail(ch[2], "moved"), "c5/");
	assert_string_equal(detail(ch[8], "swapped"), "c6/");
	assert_string_equal(history_of(ch[6]), "start,answer,entered,left,end");
	assert_string_equal(history_of(ch[8]), "start,answer,entered,swapped,end,left");
	assert_string_equal(detail(ch[12], "picked up"), "c9/");
	assert_string_equal(history_of(ch[12]), "start,moved,picked up,end");
	assert_string_equal(detail(ch[10], "parked"), "/705");
	assert_string_equal(detail(ch[10], "unparked"), "/705 retrieved");
	assert_string_equal(detail(winner, "ring won"), "c13/");
	assert_string_equal(column(winner, "linked"), won);
	channel_put(winner);
	for (int i = 0; i < 14; i++)
		channel_put(ch[i]);
}

/* --- before it counts ------------------------------------------------------------------------ */

struct looker {
	struct controller ctl;
	bool seen; /* the answer, in the journal, when we were told */
	int times;
};

static void look(struct controller *ctl, struct channel *ch, enum notice notice,
		 const struct leg_signal *sig)
{
	struct looker *looker = container_of(ctl, struct looker, ctl);
	static char text[65536];
	struct record recs[HISTORY_AT_ONCE];

	(void)sig;
	if (notice != NOTICE_ANSWERED)
		return;
	looker->times++;
	slurp(journal_path, text, sizeof(text));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (journal_parse(line, strlen(line), recs) == 1 &&
		    recs[0].entry.what == HISTORY_ANSWER &&
		    recs[0].entry.info.id == channel_id(ch))
			looker->seen = true;
}

static int set_controller(struct channel *ch, void *arg)
{
	channel_set_controller(ch, arg);
	return 0;
}

static void the_answer_is_written_before_it_is_told(void **state)
{
	struct looker looker = { .ctl = { .name = "looker", .notice = look } };
	struct testleg *tl = testleg_new(true);
	struct channel *ch = chan_new(tl, NULL);

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	assert_int_equal(in_task(ch, set_controller, &looker.ctl), 0);
	channel_post_dial(ch);
	testleg_say(tl, LEG_ANSWERED);
	settle();
	assert_int_equal(looker.times, 1);
	assert_true(looker.seen);
	call_end(ch, CAUSE_NORMAL);
	record_stop();
}

/* --- full disks ------------------------------------------------------------------------------ */

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Files of the process cannot grow beyond some octets more than the journal has. */
static void fill_disk(rlim_t more)
{
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(stat(journal_path, &st), 0);
	limit_files((rlim_t)st.st_size + more);
}

static void calls_go_on_on_a_full_disk(void **state)
{
	struct record_stats stats;
	struct testleg *tl;
	struct channel *ch;

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	ch = call_in("a", &tl);
	fill_disk(10); /* a line is torn in its middle */
	assert_int_equal(in_task(ch, do_answer, NULL), 0);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_UP);
	limit_files(RLIM_INFINITY);
	call_end(ch, CAUSE_NORMAL);
	record_stats(&stats);
	assert_int_equal(stats.late, 2);
	assert_int_equal(stats.refused, 0);
	record_stop();
	assert_string_equal(sql("SELECT group_concat(event) FROM (SELECT event FROM history"
				" ORDER BY seq)"), "start,answering,answer,end");
	assert_string_equal(sql("SELECT disposition FROM calls"), "answered");
}

static int dial(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_dial(ch);
}

static void or_are_refused_and_nothing_changes(void **state)
{
	struct testleg *ta, *tb, *tc, *td = testleg_new(true), *te;
	struct channel *a, *b, *c, *d = chan_new(td, "d"), *e;
	struct result moved = { 0 };
	struct record_stats stats;

	(void)state;
	assert_int_equal(record_begin(RECORD_REFUSE), 0);
	a = chan_up("a", "1", &ta);
	b = chan_up("b", "2", &tb);
	c = call_in("c", &tc);
	for (int i = 0; i < 2; i++) {
		fill_disk((rlim_t)i * 30);
		assert_int_equal(in_task(c, do_answer, NULL), -EFBIG);
		assert_int_equal(tc->asked[LEG_OP_ANSWER], 0);
		assert_int_equal(info_of(c).state, CHAN_RING);
		assert_int_equal(in_task(d, dial, NULL), -EFBIG);
		assert_int_equal(td->asked[LEG_OP_DIAL], 0);
		assert_int_equal(info_of(d).state, CHAN_DOWN);
		assert_int_equal(channel_move(a, b, result_done, &moved), 0);
		settle();
		assert_int_equal(moved.err, -EFBIG);
		assert_string_equal(info_of(a).caller.number, "1");
		assert_string_equal(info_of(b).caller.number, "2");
		assert_int_equal(info_of(b).state, CHAN_UP);
	}
	/* A call that comes in is refused with a cause. */
	te = testleg_new(false);
	leg_get(&te->leg);
	e = chan_new(te, "e");
	testleg_incoming(te, "4711", "2001");
	settle();
	assert_int_equal(te->release_cause, CAUSE_TEMPORARY);
	leg_put(&te->leg);
	channel_put(e);
	/* Hanging up cannot be refused. */
	call_end(b, CAUSE_NORMAL);
	limit_files(RLIM_INFINITY);
	assert_int_equal(in_task(c, do_answer, NULL), 0);
	settle();
	assert_int_equal(info_of(c).state, CHAN_UP);
	call_end(a, CAUSE_NORMAL);
	call_end(c, CAUSE_NORMAL);
	call_end(d, CAUSE_NORMAL);
	record_stats(&stats);
	assert_int_equal(stats.refused, 7);
	record_stop();
	assert_string_equal(sql("SELECT count(*) FROM calls"), "3");
	assert_string_equal(sql("SELECT count(*) FROM history WHERE event IN ('moved', 'given')"),
			    "0");
	assert_string_equal(sql("SELECT count(*) FROM calls WHERE disposition = 'answered'"), "3");
}

/* The far end says "answered", and it cannot be written: that call must not be. */
static void an_answer_that_cannot_be_written_ends_the_call(void **state)
{
	struct looker looker = { .ctl = { .name = "looker", .notice = look } };
	struct testleg *tl = testleg_new(true);
	struct channel *ch = chan_new(tl, NULL);

	(void)state;
	assert_int_equal(record_begin(RECORD_REFUSE), 0);
	assert_int_equal(in_task(ch, set_controller, &looker.ctl), 0);
	channel_post_dial(ch);
	settle();
	fill_disk(0);
	testleg_say(tl, LEG_ANSWERED);
	settle();
	assert_int_equal(looker.times, 0);
	assert_int_equal(info_of(ch).cause, CAUSE_TEMPORARY);
	until(events_of(EVENT_CHANNEL_DESTROYED, channel_id(ch)) == 1);
	for (uint32_t i = 0; i < events_count; i++)
		assert_int_not_equal(events[i]->chan.state, CHAN_UP);
	limit_files(RLIM_INFINITY);
	record_stop();
	assert_string_equal(column(ch, "disposition"), "failed");
	channel_put(ch);
}

/* --- questions ------------------------------------------------------------------------------- */

struct question {
	struct record_query query;
	uint32_t done;
	int err;
	json_t *answer;
};

static void question_done(struct record_query *query, int err, json_t *answer)
{
	struct question *q = container_of(query, struct question, query);

	q->err = err;
	q->answer = answer;
	atomic_store(&q->done, 1);
}

static uint64_t stored(void)
{
	struct record_stats stats;

	record_stats(&stats);
	return stats.stored;
}

/* What happened before is stored first, however long that takes. */
static json_t *ask(const struct store_query *find, int err)
{
	struct question q = { .query = { .find = *find, .done = question_done } };
	uint64_t seen, end;

	assert_int_equal(record_ask(&q.query), 0);
	do {
		seen = stored();
		end = tnow() + patience_ns();
		while (!atomic_load(&q.done) && tnow() < end)
			usleep(1000);
	} while (!atomic_load(&q.done) && stored() != seen);
	assert_int_equal(atomic_load(&q.done), 1);
	assert_int_equal(q.err, err);
	return q.answer;
}

static void questions(void **state)
{
	struct store_query find = { .limit = 3 };
	struct question nobody = { .done = 0 };
	struct testleg *tl;
	json_t *list, *one;
	uint64_t before;

	(void)state;
	assert_int_equal(record_ask(&nobody.query), -EOPNOTSUPP);
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	for (int i = 0; i < 5; i++)
		call_end(call_in(NULL, &tl), CAUSE_NORMAL);
	/* What has happened is there, without waiting for the second to pass. */
	list = ask(&find, 0);
	assert_int_equal(json_array_size(list), 3);
	before = (uint64_t)json_integer_value(
		json_object_get(json_array_get(list, 2), "start_us"));
	snprintf(find.id, sizeof(find.id), "%s",
		 json_string_value(json_object_get(json_array_get(list, 0), "id")));
	json_decref(list);
	one = ask(&find, 0);
	assert_int_equal(json_array_size(json_object_get(one, "history")), 2);
	json_decref(one);
	find.id[0] = '\0';
	find.before_us = before;
	list = ask(&find, 0);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
	find = (struct store_query){ .limit = 100, .number = "4711" };
	call_end(call_in(NULL, &tl), CAUSE_NORMAL);
	list = ask(&find, 0);
	assert_int_equal(json_array_size(list), 6);
	json_decref(list);
	snprintf(find.number, sizeof(find.number), "1' OR '1");
	list = ask(&find, 0);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	snprintf(find.id, sizeof(find.id), "1-1");
	assert_null(ask(&find, -ENOENT));
	snprintf(find.id, sizeof(find.id), "1-");
	assert_null(ask(&find, -EINVAL));
	snprintf(find.id, sizeof(find.id), "99999999999999999999-1");
	assert_null(ask(&find, -EINVAL));
	record_stop();
}

/* --- much ------------------------------------------------------------------------------------ */

/* More than one transaction, and more than a block is given back while calls go on. */
static void many(void **state)
{
	struct record_stats stats;
	struct testleg *tl;
	struct stat st;

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	for (int i = 0; i < 2000; i++) {
		struct channel *ch = chan_up(NULL, "1", &tl);

		call_end(ch, CAUSE_NORMAL);
	}
	struct store_query find = { .limit = 1 };

	json_decref(ask(&find, 0));
	record_stats(&stats);
	assert_int_equal(stats.appended, 6000);
	assert_int_equal(stats.stored, 6000);
	assert_int_equal(stat(journal_path, &st), 0);
	assert_true(st.st_size > 600000);
	assert_true(st.st_blocks * 512 < 300000);
	record_stop();
	assert_string_equal(sql("SELECT count(*) FROM calls WHERE disposition = 'answered'"),
			    "2000");
	assert_string_equal(sql("SELECT count(*) FROM history"), "6000");
}

/* Somebody else writes to the database: channels never wait for that, and nothing is lost. */
static void a_locked_database(void **state)
{
	struct testleg *tl;
	sqlite3 *db;

	(void)state;
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	for (int i = 0; i < 10; i++)
		call_end(chan_up(NULL, "1", &tl), CAUSE_NORMAL);
	struct store_query find = { .limit = 100 };
	json_t *list = ask(&find, 0);

	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	record_stop();
	assert_string_equal(sql("SELECT count(*) FROM calls WHERE disposition = 'answered'"),
			    "10");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, record_setup, record_teardown)
	static const struct CMUnitTest tests[] = {
		T(a_calls_life),
		T(each_cause_has_its_disposition),
		T(a_move_is_a_row),
		T(operations_are_rows),
		T(the_answer_is_written_before_it_is_told),
		T(calls_go_on_on_a_full_disk),
		T(or_are_refused_and_nothing_changes),
		T(an_answer_that_cannot_be_written_ends_the_call),
		T(questions),
		T(many),
		T(a_locked_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
