/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Music on hold: who hears it and why. What it is and how it is played is the media area's, which
 * gives itself to music_set(); without it nobody hears any.
 *
 *	a channel	while one of the reasons below holds
 *	a bridge	while somebody asked for it; a holding one while it has members and none of
 *			them announces
 *	a member of a bridge of two	while the other one's party holds it
 */
#ifndef TDMD_CALL_MUSIC_H
#define TDMD_CALL_MUSIC_H

#include "daemon/call/bridge.h"

#define MUSIC_CLASS_LEN 32

/* The variable of a channel that says its class; without it "default". */
#define MUSIC_VARIABLE "CHANNEL(musicclass)"

/* Both in a task of any channel or bridge: must only post. */
struct music_player {
	/*
	 * Of a class (NULL: the channel's own, a bridge's "default") to a channel or a bridge, the
	 * other one NULL. What stop() takes; 0: none is played.
	 */
	uint64_t (*start)(struct channel *ch, struct bridge *br, const char *class);
	void (*stop)(uint64_t id);
};

/** music_set() - the configuring thread, before the first channel. */
void music_set(const struct music_player *player);

/* Why a channel hears it. */
enum music_why {
	MUSIC_ASKED = 1,	/* by a request; its class goes before its own */
	MUSIC_HELD = 2,		/* it was put on hold: channel_hold() */
	MUSIC_PARKED = 4,
};

/**
 * channel_music() - task of the channel: from now on it holds, or does no more
 * @class: of MUSIC_ASKED; NULL: its own
 */
void channel_music(struct channel *ch, enum music_why why, bool on, const char *class);

/**
 * bridge_set_music() - to all in a bridge, or no more. Any thread; done as that of bridge_add().
 * @class: NULL: "default"
 * -ENODEV: it is ending; -ENOMEM (then returned, and done is not called).
 */
int bridge_set_music(struct bridge *br, bool on, const char *class, bridge_done done, void *arg);

#endif
