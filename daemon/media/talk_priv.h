/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside daemon/media: what all kinds of talk share. */
#ifndef OPENTDM_MEDIA_TALK_PRIV_H
#define OPENTDM_MEDIA_TALK_PRIV_H

#include <sndfile.h>

#include "daemon/call/bridge.h"
#include "daemon/call/media.h"
#include "daemon/call/music.h"
#include "daemon/core/lock.h"
#include "daemon/core/mpsc.h"
#include "daemon/core/ref.h"
#include "daemon/media/media.h"
#include "daemon/media/stored.h"
#include "daemon/media/talk.h"

#define TALK_PATH_MAX	512
#define TALK_RING	(1u << 16)	/* octets between tap and file: 8 s */
#define TALK_AHEAD	(1u << 15)	/* octets that were given to the line and not sent yet: 4 s */
#define TALK_ECHO_MAX	8		/* blocks waiting to be sent back */

struct talk;
struct talk_music;

/* Work for the files thread; fn owns the job. */
struct talk_job {
	struct files_job job;
	void (*fn)(struct talk *k);
	struct talk *talk;
};

/* Something for a task of the channel or bridge. */
struct talk_work {
	struct task task;
	struct talk *talk;
	/* Not called when that has ended (err is -ENODEV then). Its result goes to done(). */
	int (*fn)(struct talk *k);
	void (*done)(struct talk *k, int err);	/* the task's end: must only post; once */
};

/* Queued and over are set in tasks of the channel; in between a control may pause and go on. */
enum talk_state { TALK_QUEUED, TALK_RUNNING, TALK_PAUSED, TALK_OVER, TALK_STATES };

/* One of the files of a play. */
struct talk_item {
	char path[TALK_PATH_MAX], uri[CHANNEL_URI_LEN];
	size_t end;		/* where the next one begins, in octets from the first one's begin */
};

struct talk_kind_ops {
	/* Files thread; may be NULL. Before the attaching. */
	int (*open)(struct talk *k);
	/* Channel's task. */
	void (*attach)(struct talk *k);
	void (*detach)(struct talk *k);
	/* Files thread, nothing uses it any more. */
	void (*close)(struct talk *k);
	/* May be NULL. Under talk_lock, which orders controls: no more than atomics. -EINVAL. */
	int (*control)(struct talk *k, enum talk_control control);
	bool event;		/* EVENT_CHANNEL_TALK tells of it */
	const char *what;	/* in the event */
};

struct talk {
	struct talk *next;		/* list; under talk_lock */
	struct ref ref;			/* list, job under way, attachment, work under way */
	const struct talk_kind_ops *ops;
	/* Whose it is, channel or bridge: a handle, the other one NULL; and its serializer. */
	struct channel *ch;
	struct bridge *br;
	struct serializer *ser;
	struct talk_params params;	/* its pointers lead to the copies below */
	char id[CHANNEL_SID_LEN], path[TALK_PATH_MAX], digits[64];

	struct talk_job job_open, job_close;
	struct talk_work work_prepare, work_attach, work_finish, work_over, work_step;
	uint32_t finishing;		/* atomic: work_finish was posted */
	uint32_t parts;			/* atomic: source and tap that the media thread has */
	uint32_t stepping;		/* atomic: work_step was posted */
	uint32_t state;			/* atomic: enum talk_state */
	/*
	 * Its tasks: it is attached; its begin, its end were told; it has the turn of the
	 * channel's queued plays; it waits for it.
	 */
	bool attached, announced, told, turn, waiting;
	char app[32];			/* the channel's, or the bridge's first's, at its start */
	int err;			/* atomic: the first error, of whichever thread; 0: none */
	unsigned int format;		/* enum media_format the file is read for or written in */

	struct media_source source;
	struct media_tap tap;

	/* Written by the media thread, read by any: atomics. */
	uint64_t frame, octets, filled;
	uint32_t begun;

	/* Play: all of it in memory. The media thread's while attached. */
	uint8_t *data;
	size_t len;
	unsigned int rounds;
	size_t pos;			/* atomic, written by the media thread */
	uint32_t item;			/* atomic, written by it: which of items is heard */
	size_t seek;			/* atomic: where to go on, plus 1; taken by it. 0: nowhere */
	struct talk_item *items;	/* not changed once it is attached */
	unsigned int nitems, item_told;	/* told: the channel's tasks */

	/* Record: a ring with one writer (media) and one reader (files). */
	uint8_t *ring;
	uint32_t in, out;		/* atomics, free-running */
	unsigned int sides;		/* octets of one sample in ring and file: 1, stereo 2 */
	uint64_t next_frame;
	/*
	 * Recordings of both sides: what is sent, at the receive frame with which it is on the line,
	 * modulo TALK_AHEAD; idle where nothing is. The media thread's, from transmit frame sent_from.
	 */
	uint8_t *sent;
	uint64_t sent_from;
	uint64_t silent, silence;	/* octets: of it, atomic; in a row up to now */
	uint32_t muted, discard;	/* atomics */
	sf_count_t kept;		/* appended to: what was there, in frames */
	SNDFILE *file;
	bool reading;			/* the files thread polls it */
	struct talk *next_reading;

	/* Music on hold: the files thread's, and while attached read by the media thread. */
	struct talk_music *music;
	char class[MUSIC_CLASS_LEN];

	/* DTMF and tones: spandsp's. */
	void *generator;
	void *digit_gen[64];
	unsigned int digit_at;

	/* Echo: blocks from receive to send, both in the media thread. */
	struct tframe *echo[TALK_ECHO_MAX];
	unsigned int echo_in, echo_out;
};

/* Any thread. The first stays. */
static inline void talk_failed(struct talk *k, int err)
{
	int none = 0;

	if (err)
		atomic_cas(&k->err, &none, err);
}

void talk_job_post(struct talk_job *job, struct talk *k, void (*fn)(struct talk *k));
void talk_post(struct talk *k, struct talk_work *work);	/* any thread, cannot fail */
const char *talk_of(const struct talk *k);	/* the channel's name or the bridge's id */
/* Tasks: to its channel or bridge. */
void talk_tap_attach(struct talk *k);
void talk_tap_detach(struct talk *k);
void talk_source_attach(struct talk *k);
void talk_source_detach(struct talk *k);
/** talk_finish() - it is over: detach in a task, then report. Any thread, once or often. */
void talk_finish(struct talk *k, int err);
void talk_begun(struct talk *k, uint64_t frame);
/** talk_step() - another of the files is heard: tell it. Media thread. */
void talk_step(struct talk *k);
/** talk_change() - its state, if it is this one still; else -EINVAL. */
int talk_change(struct talk *k, enum talk_state from, enum talk_state to);

/* talk_list.c */
int talk_list_init(void);	/* -ENOMEM */
void talk_list_exit(void);
/** talk_list_add() - -EEXIST: the id is in use. Any thread. */
int talk_list_add(struct talk *k);
/** talk_list_remove() - its id may be used again. Once or often; any thread. */
void talk_list_remove(struct talk *k);
/** talk_get() - by its id, counted. Any thread. NULL: there is none. */
struct talk *talk_get(const char *id);
void talk_report_fill(struct talk *k, struct talk_report *r);
/*
 * Tasks of its channel or bridge, which may have died. The end is told once; the id is free before.
 */
void talk_tell(struct talk *k, enum channel_talk_step step, uint32_t item);
void talk_tell_over(struct talk *k);
int talk_step_fn(struct talk *k);
void talk_step_done(struct talk *k, int err);
/** talk_take_turn() - task: whether it has it; else it waits. */
bool talk_take_turn(struct talk *k);
/** talk_next_waiting() - task: the one that came first, counted. NULL: none waits. */
struct talk *talk_next_waiting(const struct talk *k);

/*
 * play.c: the files thread reads a file behind what stands in *data already, in that law. -ENOENT,
 * -EILSEQ, -EIO; -EINVAL: it has another form, or is too long; -ENOMEM.
 */
int talk_file_read(const char *path, unsigned int format, uint8_t **data, size_t *len);

/* record.c: the files thread empties the rings. True: something is being recorded. */
bool talk_rings_drain(void);

extern const struct talk_kind_ops talk_play_ops, talk_record_ops, talk_dtmf_ops, talk_tone_ops,
	talk_echo_ops, talk_music_ops;

#endif
