/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking to a channel or a bridge: files, recordings, tones, digits, echo. What routes and the
 * control API use.
 *
 * Each is a source or a tap of the channel's port, or of the bridge's conference: it survives a
 * move, and who comes and goes in the bridge, and it ends with the channel or the bridge.
 *
 *	talk_*()  --job-->  files thread  --work-->  task of either  --attach-->  media thread
 *	   (reads and writes files)                                  (copies octets)
 *
 * The end comes back the same way. EVENT_CHANNEL_TALK tells of plays and recordings: each is told
 * to be over exactly once, whether or not it ever began, also when its channel has ended.
 */
#ifndef OPENTDM_MEDIA_TALK_H
#define OPENTDM_MEDIA_TALK_H

#include "daemon/call/bridge.h"
#include "daemon/call/channel.h"
#include "daemon/core/types.h"

enum talk_kind {
	TALK_PLAY,
	TALK_RECORD_RX,		/* what the line brings */
	TALK_RECORD_TX,		/* what is sent to it, no whispers; keeps a bridge in user space */
	TALK_RECORD_BOTH,	/* both in one, added up; likewise */
	TALK_RECORD_STEREO,	/* both beside each other: left RX, right TX; WAV only; likewise */
	TALK_DTMF,
	TALK_TONE,
	TALK_ECHO,
	TALK_MUSIC,		/* on hold: music.h. Behind all else that is played */
};

enum talk_tone { TALK_DIAL, TALK_RINGBACK, TALK_BUSY, TALK_CONGESTION };

#define TALK_MEDIA_MAX	16	/* files that are played one after the other */
#define TALK_SKIP_MS	3000

/* One of the files of a play. */
struct talk_media {
	const char *path;	/* absolute */
	const char *uri;	/* what it is called in events; shorter than CHANNEL_URI_LEN */
};

/* To a play while it is heard (each goes no further than its file), or to a recording. */
enum talk_control {
	TALK_RESTART,		/* play: from the file's begin */
	TALK_PAUSE,		/* play: silence; record: it is left out; until ... */
	TALK_UNPAUSE,
	TALK_REVERSE,		/* play: skip_ms back */
	TALK_FORWARD,		/* play: skip_ms on */
	TALK_MUTE,		/* record: silence is written in its place, until ... */
	TALK_UNMUTE,
	TALK_CONTROLS
};

/* What becomes of a file that is there already. */
enum talk_exists { TALK_OVERWRITE, TALK_FAIL, TALK_APPEND };

/* How one went. */
struct talk_report {
	char id[CHANNEL_SID_LEN];
	uint8_t kind;		/* enum talk_kind */
	uint8_t started;
	int err;		/* 0, or why it ended early */
	/* of its first octet: transmit frame (play, TX), receive frame (RX) */
	uint64_t frame;
	uint64_t octets;	/* of one side */
	uint64_t filled;	/* octets of silence put in the place of frames that were lost */
};

struct talk_params {
	uint8_t kind;		/* enum talk_kind */
	const char *id;		/* for events and talk_stop(); NULL: one is made */
	/* play, record: absolute. WAV (any that libsndfile reads), .alaw, .ulaw, .raw */
	const char *path;
	/* play: these (at most TALK_MEDIA_MAX), without a gap, in the place of path; 0: path */
	const struct talk_media *media;
	unsigned int media_n;
	unsigned int repeat;	/* play: so often; 0: until stopped */
	bool queued;		/* play: not before those of the channel that were queued earlier */
	unsigned int offset_ms;	/* play: so much of the first file is left out */
	unsigned int skip_ms;	/* play: of TALK_REVERSE and TALK_FORWARD; 0: TALK_SKIP_MS */
	bool hangup;		/* play of a channel: clear the call at its end, also if it never begins */
	const char *digits;	/* DTMF; record: any of these ends it; NULL: none */
	uint8_t exists;		/* record: enum talk_exists */
	bool beep;		/* record: after a tone, which is not recorded */
	uint32_t max_ms;	/* record: it ends when it is so long, to the octet; 0: never */
	uint32_t max_silence_ms; /* record: it ends after so much silence; 0: never */
	unsigned int on_ms, off_ms; /* DTMF; 0: 100 */
	uint8_t tone;		/* enum talk_tone */
	const char *music;	/* its class; NULL: the channel's own, or "default" */
	/* Called once when it is over; in any thread, must only post. May be NULL. */
	void (*over)(void *arg, const struct talk_report *report);
	void *arg;
};

/**
 * talk_start() - begin one
 *
 * Context: any thread; sleeps not. What goes wrong later (no such file) is reported by the event
 * and over().
 * Return: 0; -EINVAL: parameters that cannot be; -ENOMEM; -EEXIST: the id is in use.
 */
int talk_start(struct channel *ch, const struct talk_params *params);

/**
 * talk_start_bridge() - the same for all who are in a bridge: plays are heard by each of them, once
 * and in step; recordings (TALK_RECORD_RX) are of all that is heard in it. While nobody is in it
 * whose line is served, both wait. -EINVAL: another kind.
 */
int talk_start_bridge(struct bridge *br, const struct talk_params *params);

/** talk_stop() - end it. Any thread. -ENOENT. */
int talk_stop(const char *id);

/** talk_discard() - end a recording, and have nothing of it. Any thread. -ENOENT. */
int talk_discard(const char *id);

/**
 * talk_control() - of a play or a recording. Any thread, sleeps not. -ENOENT: there is none;
 * -EINVAL: it is not in a state in which this can be done.
 */
int talk_control(const char *id, enum talk_control control);

/** talk_read() - a play or a recording as it stands; step is undefined. Any thread. -ENOENT. */
int talk_read(const char *id, struct channel_talk *talk);

/** talk_report_read() - how one that is running goes. Any thread. -ENOENT. */
int talk_report_read(const char *id, struct talk_report *report);

/**
 * talk_dtmf() - send digits in band (Q.23)
 * @tone_ms, @gap_ms: 0: 100 ms
 *
 * Context: a task of the channel. -EINVAL: not such digits; -ENOMEM.
 */
int talk_dtmf(struct channel *ch, const char *digits, unsigned int tone_ms, unsigned int gap_ms);

/** talk_init() - start the files thread; the configuring thread. */
int talk_init(void);
/** talk_exit() - end it; every channel must be gone. */
void talk_exit(void);

#endif
