// SPDX-License-Identifier: GPL-2.0-or-later
/* Music on hold: when it begins and ends; music.h says for whom. */
#include "daemon/call/music.h"

#include <stdio.h>
#include <string.h>

#include "daemon/call/bridge_priv.h"

static const struct music_player *player;

void music_set(const struct music_player *p)
{
	player = p;
}

static uint64_t start(struct channel *ch, struct bridge *br, const char *class)
{
	return player ? player->start(ch, br, class && *class ? class : NULL) : 0;
}

static void stop(uint64_t *id)
{
	if (*id)
		player->stop(*id);
	*id = 0;
}

void channel_music(struct channel *ch, enum music_why why, bool on, const char *class)
{
	struct channel_music *m = &ch->music;
	bool asked = why == MUSIC_ASKED, other;

	serializer_assert_held(&ch->ser);
	class = asked && on && class ? class : "";
	other = asked && strcmp(m->class, class);
	if (asked)
		snprintf(m->class, sizeof(m->class), "%s", class);
	m->why = (uint8_t)(on ? m->why | why : m->why & ~why);
	if (!m->why || other)
		stop(&m->playing);
	if (m->why && !m->playing)
		m->playing = start(ch, NULL, m->class);
}

/* --- bridges: tasks of the bridge ------------------------------------------------------------ */

static bool announced(const struct bridge *br)
{
	for (int i = 0; i < br->members; i++)
		if (atomic_load_relaxed(&br->member[i].mix->flags) & MIX_DEAF)
			return true;
	return false;
}

/* Whether the party of the other one of two has put it on hold. */
static bool held_by_other(const struct bridge *br, int i)
{
	struct channel_info info;

	if (br->members != 2 || br->type == BRIDGE_HOLDING)
		return false;
	channel_info_read(br->member[!i].ch, &info);
	return info.held;
}

void bridge_music_eval(struct bridge *br)
{
	bool all = br->music.why || (br->type == BRIDGE_HOLDING && br->members && !announced(br));

	serializer_assert_held(&br->ser);
	if (br->dying || !all)
		stop(&br->music.playing);
	else if (!br->music.playing)
		br->music.playing = start(NULL, br, br->music.class);
	for (int i = 0; i < br->members; i++) {
		struct bridge_member *m = &br->member[i];

		if (!held_by_other(br, i))
			stop(&m->music);
		else if (!m->music)
			m->music = start(m->ch, NULL, NULL);
	}
}

void bridge_music_leave(struct bridge_member *m)
{
	stop(&m->music);
}

int bridge_music(struct bridge *br, bool on, const char *class)
{
	serializer_assert_held(&br->ser);
	if (br->dying)
		return -ENODEV;
	class = on && class ? class : "";
	if (strcmp(br->music.class, class))
		stop(&br->music.playing);
	snprintf(br->music.class, sizeof(br->music.class), "%s", class);
	br->music.why = on;
	bridge_music_eval(br);
	return 0;
}
