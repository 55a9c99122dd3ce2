// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays, recordings, tones and echo: their life from start to report; see talk.h. */
#include "daemon/conf/text.h"
#include "daemon/media/talk.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/media/talk_priv.h"

#define DRAIN_MS 100

static uint64_t talk_ids;		/* atomic */

static struct tthread files_thread;
static struct mpsc files_jobs;
static int files_doorbell = -1;
static bool files_stopping;

static const struct talk_kind_ops *const kinds[] = {
	[TALK_PLAY] = &talk_play_ops, [TALK_RECORD_RX] = &talk_record_ops,
	[TALK_RECORD_TX] = &talk_record_ops, [TALK_RECORD_BOTH] = &talk_record_ops,
	[TALK_RECORD_STEREO] = &talk_record_ops, [TALK_DTMF] = &talk_dtmf_ops,
	[TALK_TONE] = &talk_tone_ops, [TALK_ECHO] = &talk_echo_ops,
	[TALK_MUSIC] = &talk_music_ops,
};

/* --- files thread -------------------- */

static void files_wake(void)
{
	uint64_t one = 1;

	if (write(files_doorbell, &one, sizeof(one)) < 0)
		return;		/* full: it is awake anyway */
}

void files_post(struct files_job *job)
{
	if (mpsc_push(&files_jobs, &job->node))
		files_wake();
}

static void talk_job_run(struct files_job *files)
{
	struct talk_job *job = container_of(files, struct talk_job, job);

	job->fn(job->talk);
}

void talk_job_post(struct talk_job *job, struct talk *k, void (*fn)(struct talk *k))
{
	job->job.fn = talk_job_run;
	job->fn = fn;
	job->talk = k;
	files_post(&job->job);
}

static void files_jobs_run(void)
{
	struct mpsc_node *node, *next;

	for (node = mpsc_take(&files_jobs); node; node = next) {
		struct files_job *job = container_of(node, struct files_job, node);

		next = node->next;
		job->fn(job);
	}
}

static void files_run(void *arg)
{
	bool recording = false, stop;

	(void)arg;
	do {
		struct pollfd fd = { .fd = files_doorbell, .events = POLLIN };
		uint64_t count;

		stop = atomic_load(&files_stopping);
		if (poll(&fd, 1, stop ? 0 : recording ? DRAIN_MS : -1) > 0 &&
		    read(files_doorbell, &count, sizeof(count)) < 0)
			log_debug("files: the doorbell was rung for nothing");
		files_jobs_run();
		recording = talk_rings_drain();
	} while (!stop);
}

/* --- channels and bridges -------------------- */

const char *talk_of(const struct talk *k)
{
	return k->br ? bridge_sid(k->br) : channel_name(k->ch);
}

static void work_run(struct task *task, int status)
{
	struct talk_work *work = container_of(task, struct talk_work, task);

	work->done(work->talk, status ? status : work->fn(work->talk));
}

void talk_post(struct talk *k, struct talk_work *work)
{
	work->talk = k;
	task_init(&work->task, work_run);
	serializer_post(k->ser, &work->task);
}

void talk_tap_attach(struct talk *k)
{
	if (k->br)
		bridge_tap_attach(k->br, &k->tap);
	else
		channel_tap_attach(k->ch, &k->tap);
}

void talk_tap_detach(struct talk *k)
{
	if (k->br)
		bridge_tap_detach(k->br, &k->tap);
	else
		channel_tap_detach(k->ch, &k->tap);
}

void talk_source_attach(struct talk *k)
{
	if (k->br)
		bridge_source_attach(k->br, &k->source);
	else
		channel_source_attach(k->ch, &k->source);
}

void talk_source_detach(struct talk *k)
{
	if (k->br)
		bridge_source_detach(k->br, &k->source);
	else
		channel_source_detach(k->ch, &k->source);
}

/* --- life -------------------- */

static void talk_release(struct ref *ref)
{
	struct talk *k = container_of(ref, struct talk, ref);

	if (k->ch)
		channel_put(k->ch);
	if (k->br)
		bridge_put(k->br);
	free(k->items);
	free(k->data);
	free(k->ring);
	free(k->sent);
	free(k);
}

/* --- turns -------------------- */

static void detached(struct talk *k);
static void attach(struct talk *k);

/* Task of the channel. Err: it has died, and with it those that still wait. */
static void pass_turn(struct talk *k, int err)
{
	struct talk *o;

	if (!k->turn)
		return;
	k->turn = false;
	while ((o = talk_next_waiting(k))) {
		o->waiting = false;
		if (err) {
			talk_failed(o, err);
			talk_tell_over(o);
			detached(o);
		} else {
			o->turn = true;
			attach(o);
		}
		ref_put(&o->ref);
		if (!err)
			return;
	}
}

/* --- the end -------------------- */

/* Files thread: nothing plays or records for it any more. */
static void closed(struct talk *k)
{
	struct talk_report r;

	/* A play ends with its channel, and then is not whole; a recording is. */
	if (k->params.kind == TALK_PLAY && k->announced && !k->told)
		talk_failed(k, -ENODEV);
	if (k->ops->close)
		k->ops->close(k);
	talk_report_fill(k, &r);
	if (k->ops->event)
		log_info("%s: %s %s over: first frame %llu, %llu octets, %llu filled in%s%s",
			 talk_of(k), k->ops->what, k->id, (unsigned long long)r.frame,
			 (unsigned long long)r.octets, (unsigned long long)r.filled,
			 r.err ? ": " : "", r.err ? strerror(-r.err) : "");
	talk_list_remove(k);
	if (k->params.over)
		k->params.over(k->params.arg, &r);
	if (k->announced && !k->told)
		talk_post(k, &k->work_over);
	else
		ref_put(&k->ref);
}

static int over_fn(struct talk *k)
{
	(void)k;
	return 0;
}

/*
 * Whoever is told that a recording is over may read the file: so this comes after it was closed. The
 * channel may have died meanwhile; its serializer is held all the same.
 */
static void over_done(struct talk *k, int err)
{
	talk_tell_over(k);
	pass_turn(k, err);
	ref_put(&k->ref);
}

/* After the media thread's last look, or when it never was attached. */
static void detached(struct talk *k)
{
	talk_job_post(&k->job_close, k, closed);
}

static void part_gone(struct talk *k)
{
	if (!atomic_sub(&k->parts, 1))
		detached(k);
}

static void source_gone(struct media_source *src)
{
	part_gone(container_of(src, struct talk, source));
}

static void tap_gone(struct media_tap *tap)
{
	part_gone(container_of(tap, struct talk, tap));
}

/* Task of the channel. What it does is told after it has begun. */
static void attach(struct talk *k)
{
	atomic_store(&k->state, TALK_RUNNING);
	k->ops->attach(k);
	k->attached = true;
	k->announced = k->ops->event;
	talk_tell(k, CHANNEL_TALK_STARTED, 0);
}

static int attach_fn(struct talk *k)
{
	int err = atomic_load(&k->err);

	if (err || atomic_load(&k->finishing))
		return err ? err : -ECANCELED;
	if (!k->params.queued || talk_take_turn(k))
		attach(k);
	return 0;
}

/* Task of the channel, which may have died: it never began. Who was to hear it and then be cleared does not wait for it. */
static void never(struct talk *k, int err)
{
	talk_failed(k, err);
	talk_tell_over(k);
	if (k->params.hangup && k->ch)
		channel_post_hangup(k->ch, err == -ECANCELED ? CAUSE_NORMAL : CAUSE_TEMPORARY);
	detached(k);
}

static void attach_done(struct talk *k, int err)
{
	if (err)
		never(k, err);
}

static int finish_fn(struct talk *k)
{
	if (k->waiting) {
		k->waiting = false;
		never(k, -ECANCELED);
		return 0;
	}
	if (!k->attached)
		return 0;
	k->attached = false;
	if (!k->ops->close)	/* else when that is done: files are whole then */
		talk_tell_over(k);
	k->ops->detach(k);	/* closed() may run from here on, and sees what was told */
	pass_turn(k, 0);
	if (k->params.hangup && k->ch)
		channel_hangup(k->ch, CAUSE_NORMAL);
	return 0;
}

static void finish_done(struct talk *k, int err)
{
	(void)err;
	ref_put(&k->ref);
}

void talk_finish(struct talk *k, int err)
{
	uint32_t no = 0;

	if (!atomic_cas(&k->finishing, &no, 1))
		return;
	talk_failed(k, err);
	ref_get(&k->ref);
	talk_post(k, &k->work_finish);
}

void talk_begun(struct talk *k, uint64_t frame)
{
	if (atomic_load_relaxed(&k->begun))
		return;
	atomic_store(&k->frame, frame);
	atomic_store(&k->begun, 1);
}

static void opened(struct talk *k);

/* The first step: which law the line speaks only a task may ask. */
static int prepare_fn(struct talk *k)
{
	struct channel *ch = k->br ? bridge_first(k->br) : k->ch;
	struct channel_info info;

	k->format = k->br ? bridge_format(k->br) : channel_leg(ch)->ep.addr.format;
	if (ch) {
		channel_info_read(ch, &info);
		TEXT_SET(k->app, info.app);
	}
	if (k->params.kind == TALK_MUSIC && !*k->class && k->ch && channel_var(ch, MUSIC_VARIABLE))
		TEXT_SET(k->class, channel_var(ch, MUSIC_VARIABLE));
	if (!*k->class)
		TEXT_SET(k->class, "default");
	return k->br ? bridge_mix(k->br) : 0;
}

static void prepare_done(struct talk *k, int err)
{
	if (err)
		never(k, err);
	else
		talk_job_post(&k->job_open, k, opened);
}

/* Files thread. */
static void opened(struct talk *k)
{
	int err = k->ops->open ? k->ops->open(k) : 0;

	talk_failed(k, err);
	if (err && err != -ECANCELED)
		log_warn_errno(err, "%s: %s of %s", talk_of(k), k->ops->what,
			       *k->path ? k->path : k->class);
	talk_post(k, &k->work_attach);
}

static int items_new(struct talk *k, const struct talk_params *p)
{
	const struct talk_media alone = { .path = p->path, .uri = "" };
	const struct talk_media *media = p->media_n ? p->media : &alone;
	unsigned int n = p->media_n ? p->media_n : 1;

	k->items = calloc(n, sizeof(*k->items));
	if (!k->items)
		return -ENOMEM;
	k->nitems = n;
	for (unsigned int i = 0; i < n; i++) {
		TEXT_SET(k->items[i].path, media[i].path);
		TEXT_SET(k->items[i].uri, media[i].uri);
	}
	TEXT_SET(k->path, media[0].path);
	return 0;
}

static struct talk *talk_new(const struct talk_params *p)
{
	struct talk *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	if (p->kind == TALK_PLAY && items_new(k, p)) {
		free(k);
		return NULL;
	}
	ref_init(&k->ref, talk_release);
	k->ops = kinds[p->kind];
	k->params = *p;
	if (p->id)
		TEXT_SET(k->id, p->id);
	else
		snprintf(k->id, sizeof(k->id), "talk-%llu",
			 (unsigned long long)atomic_add(&talk_ids, 1));
	if (p->kind != TALK_PLAY)
		TEXT_SET(k->path, p->path ? p->path : "");
	TEXT_SET(k->digits, p->digits ? p->digits : "");
	TEXT_SET(k->class, p->music ? p->music : "");
	k->params.id = k->id;
	k->params.path = k->path;
	k->params.media = NULL;
	k->params.digits = k->digits;
	k->params.music = k->class;
	k->work_prepare.fn = prepare_fn;
	k->work_prepare.done = prepare_done;
	k->work_attach.fn = attach_fn;
	k->work_attach.done = attach_done;
	k->work_finish.fn = finish_fn;
	k->work_finish.done = finish_done;
	k->work_over.fn = over_fn;
	k->work_over.done = over_done;
	k->work_step.fn = talk_step_fn;
	k->work_step.done = talk_step_done;
	k->source.gone = source_gone;
	k->tap.gone = tap_gone;
	return k;
}

static bool path_ok(const char *path)
{
	return path && path[0] == '/' && strlen(path) < TALK_PATH_MAX;
}

static bool params_ok(const struct talk_params *p)
{
	if (p->kind >= ARRAY_SIZE(kinds) || p->media_n > TALK_MEDIA_MAX)
		return false;
	for (unsigned int i = 0; i < p->media_n; i++)
		if (!path_ok(p->media[i].path) || !p->media[i].uri ||
		    strlen(p->media[i].uri) >= CHANNEL_URI_LEN)
			return false;
	if (p->kind <= TALK_RECORD_STEREO)
		return p->media_n || path_ok(p->path);
	if (p->kind == TALK_DTMF)
		return p->digits && *p->digits && strlen(p->digits) < 64 &&
		       !p->digits[strspn(p->digits, "0123456789ABCD*#")];
	return true;
}

static int start(struct channel *ch, struct bridge *br, const struct talk_params *p)
{
	struct talk *k;
	int err;

	if (!params_ok(p) || (p->id && strlen(p->id) >= CHANNEL_SID_LEN))
		return -EINVAL;
	k = talk_new(p);
	if (!k)
		return -ENOMEM;
	k->ch = ch;
	k->br = br;
	if (ch)
		channel_get(ch);
	else
		bridge_get(br);
	k->ser = ch ? channel_serializer(ch) : bridge_serializer(br);
	err = talk_list_add(k);
	if (err) {
		ref_put(&k->ref);
		return err;
	}
	talk_post(k, &k->work_prepare);
	return 0;
}

int talk_start(struct channel *ch, const struct talk_params *p)
{
	return start(ch, NULL, p);
}

int talk_start_bridge(struct bridge *br, const struct talk_params *p)
{
	if (p->kind != TALK_PLAY && p->kind != TALK_RECORD_RX && p->kind != TALK_MUSIC)
		return -EINVAL;
	return start(NULL, br, p);
}

int talk_stop(const char *id)
{
	struct talk *k = talk_get(id);

	if (!k)
		return -ENOENT;
	talk_finish(k, 0);
	ref_put(&k->ref);
	return 0;
}

int talk_discard(const char *id)
{
	struct talk *k = talk_get(id);
	int err = k && k->ops == &talk_record_ops ? 0 : -ENOENT;

	if (!err) {
		atomic_store(&k->discard, 1);
		talk_finish(k, 0);
	}
	if (k)
		ref_put(&k->ref);
	return err;
}

int talk_dtmf(struct channel *ch, const char *digits, unsigned int tone_ms, unsigned int gap_ms)
{
	struct talk_params p = { .kind = TALK_DTMF, .digits = digits, .on_ms = tone_ms,
				 .off_ms = gap_ms };

	return talk_start(ch, &p);
}

int talk_init(void)
{
	int err;

	files_stopping = false;
	files_doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (files_doorbell < 0)
		return -errno;
	err = talk_list_init();
	if (err)
		goto close_doorbell;
	err = tthread_start(&files_thread, TTHREAD_USER, "files", files_run, NULL);
	if (!err)
		return 0;
	talk_list_exit();
close_doorbell:
	close(files_doorbell);
	files_doorbell = -1;
	return err;
}

void talk_exit(void)
{
	if (files_doorbell < 0)
		return;
	trcu_barrier();		/* what was detached has told the files thread by then */
	atomic_store(&files_stopping, true);
	files_wake();
	tthread_join(&files_thread);
	files_jobs_run();
	close(files_doorbell);
	files_doorbell = -1;
	talk_list_exit();
}
