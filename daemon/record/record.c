// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/record/record.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/futex.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

#define BATCH	 2048	/* lines of one transaction */
#define LATE_MAX 100000 /* lines that wait in memory: some 40 MB */

/* A line that the journal had no room for. */
struct late {
	struct mpsc_node node;
	size_t len;
	char text[];
};

static struct journal journal = { .fd = -1 };
static struct store *store; /* the record thread's, while it runs */
static uint64_t run;
static uint64_t seq;		 /* atomic */
static uint32_t failure;	 /* atomic: enum record_failure */
static uint32_t failing;	 /* atomic: the last append failed */
static uint32_t open_calls;	 /* atomic: begun and not ended */
static uint64_t begun;		 /* atomic: lines appended, or about to be */
static uint64_t appended, stored, refused, lates, lost; /* atomics */
static struct mpsc late_queue;
static uint32_t late_count;	 /* atomic: of late_queue and late_list */
static struct mpsc_node *late_list; /* the record thread's: oldest first */
static struct mpsc queries;
static uint32_t rung;		 /* futex of the record thread */
static uint32_t stopping;	 /* atomic */
static uint32_t sync_rung;	 /* futex of the sync thread */
static struct tthread record_thread, sync_thread;
static bool running;

/* --- in tasks -------------------------------------------------------------------------------- */

static void keep_late(const char *text, size_t len)
{
	struct late *late = NULL;

	atomic_inc_relaxed(&lates);
	if (atomic_add(&late_count, 1) <= LATE_MAX)
		late = malloc(sizeof(*late) + len);
	if (!late) {
		atomic_sub(&late_count, 1);
		atomic_inc_relaxed(&lost);
		return;
	}
	late->len = len;
	memcpy(late->text, text, len);
	mpsc_push(&late_queue, &late->node);
}

/* Said once when it begins, and once when it is over. */
static void note_result(int err)
{
	if (!err) {
		if (atomic_load_relaxed(&failing) && atomic_xchg(&failing, 0))
			log_notice("call records are written to the journal again");
		return;
	}
	if (!atomic_xchg(&failing, 1))
		log_error_errno(err, "the journal of call records cannot be written: calls %s",
				atomic_load(&failure) == RECORD_REFUSE ?
					"are refused" : "go on, their records are in memory only");
}

/* What has not happened yet, and without what nothing would be owed. */
static bool can_be_refused(const struct history_entry *entry)
{
	switch (entry->what) {
	case HISTORY_START:
	case HISTORY_ANSWERING:
	case HISTORY_ANSWER:
	case HISTORY_MOVED:
		return true;
	default:
		return false;
	}
}

static void count_open(const struct history_entry *entry)
{
	if (entry->begins)
		atomic_add(&open_calls, 1);
	if (entry->what == HISTORY_END)
		atomic_sub(&open_calls, 1);
}

static int keep(const struct history_entry *entries, int n)
{
	struct record records[HISTORY_AT_ONCE];
	char line[JOURNAL_LINE_MAX];
	size_t len;
	int err;

	for (int i = 0; i < n; i++)
		records[i] = (struct record){ .run = run, .seq = atomic_add(&seq, 1),
					      .entry = entries[i] };
	len = journal_format(line, records, n);
	atomic_add(&begun, 1); /* before it can be stored: nothing that is there counts as stored already */
	err = journal_append(&journal, line, len);
	note_result(err);
	if (err)
		atomic_sub(&begun, 1);
	if (!err) {
		atomic_inc_relaxed(&appended);
	} else if (can_be_refused(entries) && atomic_load(&failure) == RECORD_REFUSE) {
		atomic_inc_relaxed(&refused);
		return err;
	} else {
		keep_late(line, len);
	}
	for (int i = 0; i < n; i++)
		count_open(&entries[i]);
	return 0;
}

/* --- the record thread ----------------------------------------------------------------------- */

static int apply(void *arg, const struct record *records, int n)
{
	(void)arg;
	return store_apply(store, records, n);
}

/* Those that waited in memory, into the transaction; they go when it is committed. */
static void collect_late(void)
{
	struct mpsc_node **end = &late_list;

	while (*end)
		end = &(*end)->next;
	*end = mpsc_take(&late_queue);
}

static int apply_late(void)
{
	int err = 0;

	collect_late();
	for (struct mpsc_node *node = late_list; node && !err; node = node->next) {
		const struct late *late = container_of(node, struct late, node);
		struct record records[HISTORY_AT_ONCE];
		int n = journal_parse(late->text + 1, late->len - 2, records);

		if (n > 0)
			err = store_apply(store, records, n);
	}
	return err;
}

static void free_late(void)
{
	while (late_list) {
		struct late *late = container_of(late_list, struct late, node);

		late_list = late->node.next;
		free(late);
		atomic_sub(&late_count, 1);
	}
}

static void tell_damage(const struct journal_counts *counts)
{
	if (counts->torn)
		log_warn("call records: the journal's last line is torn: that step had not happened");
	if (counts->damaged)
		log_error("call records: %llu lines of the journal are damaged",
			  (unsigned long long)counts->damaged);
	if (counts->unknown)
		log_error("call records: %llu lines of the journal are of another version of tdmd",
			  (unsigned long long)counts->unknown);
}

/* One transaction: how many lines came into the database, or an error and none did. */
static int store_batch(bool last)
{
	struct journal_counts counts = { 0 };
	uint64_t done = journal.done;
	int n, err = store_begin(store);

	if (err)
		return err;
	err = apply_late();
	n = err ? err : journal_read(&journal, BATCH, last, apply, NULL, &counts);
	err = n < 0 ? n : store_commit(store);
	if (err) {
		store_rollback(store);
		journal.done = done;
		return err;
	}
	free_late();
	atomic_add_relaxed(&stored, (uint64_t)n);
	journal_forget(&journal);
	tell_damage(&counts);
	return n;
}

static int store_all(bool last)
{
	static int told; /* the record thread's, or nobody's beside */
	int n;

	do {
		n = store_batch(last);
	} while (n == BATCH);
	if (n < 0 && n != told)
		log_warn_errno(n, "call records wait in the journal: the database");
	if (n >= 0 && told)
		log_notice("call records come into the database again");
	told = n < 0 ? n : 0;
	return n < 0 ? n : 0;
}

static void answer(struct mpsc_node *node)
{
	struct mpsc_node *next;

	for (; node; node = next) {
		struct record_query *query = container_of(node, struct record_query, node);
		json_t *found = NULL;
		int err = store_find(store, &query->find, &found);

		next = node->next;
		query->done(query, err, found);
	}
}

static bool anything_new(void)
{
	return atomic_load(&begun) != atomic_load(&stored) || atomic_load(&late_count);
}

static void record_main(void *arg)
{
	uint64_t next = tnow();
	bool stop;

	(void)arg;
	do {
		uint32_t seen = atomic_load(&rung);
		struct mpsc_node *asked;

		stop = atomic_load(&stopping);
		/* Taken first: what had happened when it was asked is then stored before. */
		asked = mpsc_take(&queries);
		if (anything_new() && (stop || asked || tnow() >= next)) {
			store_all(stop);
			next = tnow() + NSEC_PER_SEC;
		}
		answer(asked);
		lock_boundary_check(LOCK_ENTER_WAIT);
		if (!stop && mpsc_empty(&queries))
			futex_wait(&rung, seen, tnow() + NSEC_PER_SEC);
	} while (!stop);
}

int record_ask(struct record_query *query)
{
	if (!running)
		return -EOPNOTSUPP;
	if (mpsc_push(&queries, &query->node)) {
		atomic_add(&rung, 1);
		futex_wake(&rung, 1);
	}
	return 0;
}

/* --- the sync thread ------------------------------------------------------------------------- */

static void sync_main(void *arg)
{
	uint64_t synced = 0;

	(void)arg;
	while (!atomic_load(&stopping)) {
		uint64_t now = atomic_load(&appended);
		int err = 0;

		/* What tells, after a crash, until when the calls had been up. */
		if (atomic_load(&open_calls))
			journal_touch(&journal);
		if (now != synced)
			err = journal_sync(&journal);
		if (err)
			log_warn_errno(err, "the journal of call records is not on the disk");
		else
			synced = now;
		futex_wait(&sync_rung, 0, tnow() + NSEC_PER_SEC);
	}
}

/* --- start and stop -------------------------------------------------------------------------- */

static int take_over(void)
{
	uint64_t seen = journal_touched_us(&journal), last;
	int n, err = store_all(true);

	if (err)
		return err;
	n = store_interrupt(store, seen);
	if (n < 0)
		return n;
	if (n)
		log_warn("call records: %d calls were up when tdmd was killed: they end as interrupted",
			 n);
	err = store_last_run(store, &last);
	if (!err)
		err = journal_restart(&journal);
	if (err)
		return err;
	/* The clock may have been set back. */
	run = now_us();
	if (run <= last)
		run = last + 1;
	return 0;
}

static void reset(const struct record_params *params)
{
	atomic_store(&stopping, 0);
	atomic_store(&sync_rung, 0);
	atomic_store(&failing, 0);
	atomic_store(&open_calls, 0);
	atomic_store(&seq, 0);
	begun = appended = 0;
	stored = 0;
	refused = 0;
	lates = 0;
	lost = 0;
	record_set_failure(params->failure);
}

int record_start(const struct record_params *params)
{
	char why[256];
	int err;

	lock_assert_none_held();
	err = journal_open(&journal, params->journal);
	if (err) {
		log_error_errno(err, "the journal of call records %s%s", params->journal,
				err == -EBUSY ? ": another tdmd writes to it" : "");
		return err;
	}
	err = store_open(params->database, &store, why, sizeof(why));
	if (err) {
		log_error("the database of call records %s: %s", params->database, why);
		goto close_journal;
	}
	reset(params);
	err = take_over();
	if (err) {
		log_error_errno(err, "the call records of an earlier run cannot be taken over");
		goto close_store;
	}
	stored = 0;
	err = tthread_start(&record_thread, TTHREAD_RECORD, "record", record_main, NULL);
	if (err)
		goto close_store;
	err = tthread_start(&sync_thread, TTHREAD_RECORD, "sync", sync_main, NULL);
	if (err)
		goto stop_record;
	running = true;
	history_set_keeper(keep);
	return 0;

stop_record:
	atomic_store(&stopping, 1);
	tthread_join(&record_thread);
close_store:
	store_close(store);
	store = NULL;
close_journal:
	journal_close(&journal);
	return err;
}

void record_stop(void)
{
	if (!running)
		return;
	history_set_keeper(NULL);
	running = false;
	atomic_store(&stopping, 1);
	atomic_add(&rung, 1);
	futex_wake(&rung, 1);
	atomic_store(&sync_rung, 1);
	futex_wake(&sync_rung, 1);
	tthread_join(&sync_thread);
	tthread_join(&record_thread);
	/* What did not come into the database stays in the journal for the next start. */
	journal_sync(&journal);
	collect_late();
	if (late_list || atomic_load_relaxed(&lost))
		log_error("%llu call records are lost: there was no room for them",
			  (unsigned long long)(atomic_load(&late_count) + lost));
	free_late();
	store_close(store);
	store = NULL;
	journal_close(&journal);
}

void record_set_failure(enum record_failure value)
{
	atomic_store(&failure, value);
}

void record_stats(struct record_stats *stats)
{
	*stats = (struct record_stats){
		.appended = atomic_load(&appended), .stored = atomic_load(&stored),
		.refused = atomic_load(&refused),   .late = atomic_load(&lates),
		.lost = atomic_load(&lost),
	};
}
