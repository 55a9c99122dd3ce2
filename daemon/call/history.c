// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/call/history.h"

#include <string.h>

#include "daemon/call/channel_priv.h"

static history_keep_fn keeper; /* atomic */

static const char *const names[HISTORY_KINDS] = {
	[HISTORY_START] = "start",     [HISTORY_ANSWERING] = "answering",
	[HISTORY_ANSWER] = "answer",   [HISTORY_HOLD] = "hold",
	[HISTORY_UNHOLD] = "unhold",   [HISTORY_HELD] = "held",
	[HISTORY_UNHELD] = "unheld",   [HISTORY_ENTERED] = "entered",
	[HISTORY_LEFT] = "left",       [HISTORY_MOVED] = "moved",
	[HISTORY_GIVEN] = "given",     [HISTORY_END] = "end",
	[HISTORY_TRANSFERRED] = "transferred",
	[HISTORY_TRANSFERRED_ATTENDED] = "transferred attended",
	[HISTORY_SWAPPED] = "swapped", [HISTORY_PICKED_UP] = "picked up",
	[HISTORY_PARKED] = "parked",   [HISTORY_UNPARKED] = "unparked",
	[HISTORY_RING_WON] = "ring won",
};

const char *history_name(enum history what)
{
	return names[what];
}

void history_set_keeper(history_keep_fn keep)
{
	atomic_store(&keeper, keep);
}

static void fill(struct history_entry *entry, struct channel *ch, enum history what)
{
	serializer_assert_held(&ch->ser);
	memset(entry, 0, sizeof(*entry));
	entry->what = (uint8_t)what;
	entry->begins = !ch->start_us;
	entry->moved = ch->moved;
	entry->time_us = now_us();
	entry->start_us = ch->start_us ? ch->start_us : entry->time_us;
	entry->answer_us = ch->answer_us;
	entry->end_us = ch->end_us;
	entry->linked = ch->linked;
	memcpy(entry->calling, ch->calling, sizeof(entry->calling));
	channel_info_read(ch, &entry->info);
}

/* Which steps make a call of a channel that was none: nobody called, and nobody was called. */
static bool begins(enum history what)
{
	return what == HISTORY_START || what == HISTORY_ANSWER;
}

static void put(char *to, size_t size, const char *text)
{
	if (text)
		memcpy(to, text, strnlen(text, size - 1));
}

static int tell(struct channel *ch, struct history_entry *entry, history_keep_fn keep)
{
	int err = keep(entry, 1);

	if (err)
		return err;
	ch->start_us = entry->start_us;
	ch->answer_us = entry->answer_us;
	ch->end_us = entry->end_us;
	return 0;
}

int history_tell(struct channel *ch, enum history what, const char *bridge)
{
	history_keep_fn keep = atomic_load(&keeper);
	struct history_entry entry;

	if (!keep || (!ch->start_us && !begins(what)))
		return 0;
	fill(&entry, ch, what);
	if (what == HISTORY_ANSWER)
		entry.answer_us = entry.time_us;
	if (what == HISTORY_END)
		entry.end_us = entry.time_us;
	put(entry.bridge, sizeof(entry.bridge), bridge);
	return tell(ch, &entry, keep);
}

void history_tell_operation(struct channel *ch, enum history what, const struct channel *peer,
			    const char *detail)
{
	history_keep_fn keep = atomic_load(&keeper);
	struct history_entry entry;

	if (!keep || !ch->start_us)
		return;
	fill(&entry, ch, what);
	if (peer) {
		entry.peer = peer->id;
		memcpy(entry.peer_sid, peer->sid, sizeof(entry.peer_sid));
	}
	put(entry.detail, sizeof(entry.detail), detail);
	tell(ch, &entry, keep);
}

int history_tell_move(struct channel *dest, struct channel *source)
{
	history_keep_fn keep = atomic_load(&keeper);
	struct history_entry entry[HISTORY_AT_ONCE];
	int err;

	if (!keep)
		return 0;
	fill(&entry[0], dest, HISTORY_MOVED);
	fill(&entry[1], source, HISTORY_GIVEN);
	/* What will have been moved, since it is written before it is. */
	memcpy(entry[0].info.leg, entry[1].info.leg, sizeof(entry[0].info.leg));
	entry[0].info.caller = entry[1].info.caller;
	if (!entry[0].answer_us)
		entry[0].answer_us = entry[0].time_us;
	entry[1].linked = entry[0].linked;
	for (int i = 0; i < 2; i++) {
		entry[i].moved = true;
		entry[i].peer = entry[!i].info.id;
		memcpy(entry[i].peer_sid, entry[!i].info.sid, sizeof(entry[i].peer_sid));
	}
	err = keep(entry, 2);
	if (err)
		return err;
	dest->start_us = entry[0].start_us;
	dest->answer_us = entry[0].answer_us;
	source->start_us = entry[1].start_us;
	source->linked = entry[1].linked;
	dest->moved = true;
	source->moved = true;
	return 0;
}
