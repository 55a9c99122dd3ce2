/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made by scripts/locks-gen from daemon/core/locks.tbl: edit that. */
#ifndef TDMD_CORE_LOCK_CLASSES_H
#define TDMD_CORE_LOCK_CLASSES_H

enum lock_class {
	TLOCK_BRIDGE,
	TLOCK_CHANNEL,
	TLOCK_LEG_DIALOG,
	TLOCK_LEG_AGENT,
	TLOCK_QUEUE_TIMER,
	TLOCK_QUEUE_TECH,
	TLOCK_QUEUE_EVENT,
	TLOCK_QUEUE_GROUP,
	TLOCK_QUEUE_MEDIA,
	TLOCK_QUEUE_CONFIG,
	TLOCK_QUEUE_API,
	TLOCK_QUEUE_QUARANTINE,
	TLOCK_QUEUE_POOL,
	TLOCK_CLASSES
};

/* X(class, name, rank, two of it may be held by ascending id, kernel calls allowed under it) */
#define LOCK_CLASS_TABLE(X) \
	X(TLOCK_BRIDGE, "bridge", 100, 1, 8) \
	X(TLOCK_CHANNEL, "channel", 200, 1, 8) \
	X(TLOCK_LEG_DIALOG, "leg.dialog", 300, 0, 0) \
	X(TLOCK_LEG_AGENT, "leg.agent", 300, 0, 0) \
	X(TLOCK_QUEUE_TIMER, "queue.timer", 400, 0, 0) \
	X(TLOCK_QUEUE_TECH, "queue.tech", 410, 0, 0) \
	X(TLOCK_QUEUE_EVENT, "queue.event", 420, 0, 0) \
	X(TLOCK_QUEUE_GROUP, "queue.group", 440, 0, 2) \
	X(TLOCK_QUEUE_MEDIA, "queue.media", 450, 0, 3) \
	X(TLOCK_QUEUE_CONFIG, "queue.config", 460, 0, 0) \
	X(TLOCK_QUEUE_API, "queue.api", 470, 0, 0) \
	X(TLOCK_QUEUE_QUARANTINE, "queue.quarantine", 475, 0, 0) \
	X(TLOCK_QUEUE_POOL, "queue.pool", 480, 0, 0)

#endif
