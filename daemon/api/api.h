/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control API: HTTP and WebSocket, with the paths and objects of Asterisk's REST interface.
 *
 * One thread serves everything and never waits for the core: a request that needs a channel or a
 * bridge is posted there, and its end comes back to this thread, which answers. So lists are
 * answered while a channel is stuck.
 *
 * What the media and trunk groups can do is given as hooks, so that this folder knows neither.
 */
#ifndef TDMD_API_API_H
#define TDMD_API_API_H

#include <jansson.h>

#include "daemon/call/bridge.h"
#include "daemon/call/channel.h"

#define API_MEDIA_MAX 16

struct api_play {
	const char *id;
	const char *media[API_MEDIA_MAX]; /* URIs, as in "sound:demo/hello": one after the other */
	unsigned int media_n;
	unsigned int offset_ms, skip_ms; /* skip: of reverse and forward */
};

/* ARI's operations on a playback, and (pause to unmute) on a recording. */
enum api_control {
	API_RESTART,
	API_REVERSE,
	API_FORWARD,
	API_PAUSE,
	API_UNPAUSE,
	API_MUTE,
	API_UNMUTE,
};

/* Which side of a channel is recorded: ARI's is what it sends. */
enum api_direction {
	API_IN,	    /* what the channel sends */
	API_OUT,    /* what is sent to it */
	API_BOTH,   /* both, added up */
	API_STEREO, /* both, beside each other */
};

enum api_exists {
	API_FAIL,
	API_OVERWRITE,
	API_APPEND,
};

struct api_record {
	const char *id; /* the recording's name */
	const char *format; /* "wav", "alaw", "ulaw"; NULL: wav */
	enum api_direction direction;
	bool beep;
	enum api_exists exists;
	unsigned int max_s, max_silence_s; /* seconds; 0: no end */
	const char *terminate; /* digits, any of which ends it */
};

struct api_about {
	uint64_t loaded_us; /* when the configuration was read last, CLOCK_REALTIME */
	unsigned int max_calls; /* 0: no limit */
	unsigned int cpu_high;	/* per cent; 0: no limit */
};

struct api_records {
	unsigned int limit;
	uint64_t before_us; /* 0: up to now */
	const char *number; /* NULL: any */
	const char *id;	    /* NULL: a list */
};

enum api_stored_op {
	API_STORED_LIST,
	API_STORED_SHOW,
	API_STORED_FILE,
	API_STORED_COPY,
	API_STORED_DELETE,
};

/* Something with recordings that are whole; what it points to is not kept. */
struct api_stored {
	enum api_stored_op op;
	const char *name;
	const char *to; /* copy: the other name */
};

/* What comes of it: an object, or octets, either of which whoever is told frees. */
struct api_stored_answer {
	json_t *json;
	void *octets;
	size_t len;
};

/* All optional; what is missing answers 501. API thread: none may sleep. */
struct api_hooks {
	/**
	 * play() - to a channel or a bridge (the other is NULL), after those of it that were asked
	 * for before. -EINVAL: no such media; -ENOENT: no such file, and in *missing which;
	 * -EEXIST: the id is taken.
	 */
	int (*play)(struct channel *ch, struct bridge *br, const struct api_play *play,
		    const char **missing);
	int (*record)(struct channel *ch, struct bridge *br, const struct api_record *record);
	/** talk() - a play or a recording by its id, as it stands. -ENOENT. */
	int (*talk)(const char *id, struct channel_talk *talk);
	/** control() - of a play or a recording. -ENOENT; -EINVAL: not in its state. */
	int (*control)(const char *id, enum api_control control);
	/** music() - whether there is such a class of music on hold */
	bool (*music)(const char *class);
	/** discard() - end a recording, and have nothing of it. -ENOENT. */
	int (*discard)(const char *id);
	/** stop() - a play or a recording by its id. -ENOENT. */
	int (*stop)(const char *id);
	/**
	 * stored() - done follows, once, in any thread, unless an error is returned: -EINVAL: that
	 * is no name; -ENOMEM. To done: -ENOENT, -EEXIST, -EBUSY: it is being recorded; -EFBIG.
	 */
	int (*stored)(const struct api_stored *what,
		      void (*done)(void *arg, int err, const struct api_stored_answer *answer),
		      void *arg);
	/** groups() - a new array with one object for each trunk group. */
	json_t *(*groups)(void);
	/** group() - a new object with one trunk group and its timeslots; NULL: there is none. */
	json_t *(*group)(const char *name);
	/**
	 * service() - take timeslots, "CARD:PORT" or "CARD:PORT:SLOTS", out of service or back.
	 * 0: done() follows, from any thread. -ENOENT: no such group; -ENODEV: no such span in it;
	 * -EINVAL: no such B-channel; -EDOM: @slots is no address.
	 */
	int (*service)(const char *group, const char *slots, bool in,
		       void (*done)(void *arg, int err), void *arg);
	/**
	 * spans() - a new array with one object for each span of the kernel, /ari/spans' own; empty
	 * without a driver. NULL: -ENOMEM. It asks the kernel, which may be configuring one.
	 */
	json_t *(*spans)(void);
	/** about() - what the configuration says of the daemon. */
	void (*about)(struct api_about *about);
	/** media() - a new object with what the media thread counts. */
	json_t *(*media)(void);
	/**
	 * records() - call records that fit (an id: one, with its history); done follows, once, in
	 * any thread, and takes the answer. -EOPNOTSUPP: none are kept; -ENOMEM. done does not
	 * follow then.
	 */
	int (*records)(const struct api_records *what,
		       void (*done)(void *arg, int err, json_t *answer), void *arg);
};

struct api_user {
	const char *name;
	const char *hash; /* of the password, as crypt(5) writes it */
	bool read_only;
};

struct api_params {
	/* path of the Unix socket; a stale one is replaced. -EADDRINUSE: a living one */
	const char *socket;
	const char *address; /* numeric, to listen at by TCP; NULL: not by TCP */
	int port;
	const char *certificate, *key; /* PEM files; NULL: TCP without TLS */
	const struct api_hooks *hooks;
};

/**
 * api_users() - who may use the API by TCP from now on; nobody else.
 *
 * Context: the configuring thread, before api_start() and after. What is connected stays so, with
 * what it may. -ENOMEM, -EIO: no randomness; all is as before.
 */
int api_users(const struct api_user *users, size_t n);

/** api_app_named() - whether a stream of events names this application now. Any thread. */
bool api_app_named(const char *name);
/**
 * api_app_take() - this call is left to an application: StasisStart, with @args (with commas
 * between). Task of the channel. -ENOENT: no stream names it; -ENOMEM: nothing changed.
 */
int api_app_take(struct channel *ch, const char *name, const char *args);

int api_start(const struct api_params *params);
/** api_stop() - no more requests: the thread ends. Requests that are under way may still end. */
void api_stop(void);
/** api_exit() - free the rest; after the pool and the events have stopped. */
void api_exit(void);

#endif
