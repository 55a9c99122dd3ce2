// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is played to a bridge as a whole, and who listens to the whole: sources and taps of its
 * conference, of which a bridge of two gets one when it is first asked for. All are tasks of the
 * bridge.
 */
#include "daemon/call/bridge_priv.h"

#define PAIR 2 /* members of a bridge that has no conference, at most */

int bridge_mix(struct bridge *br)
{
	struct mix_member *all[PAIR] = { NULL, NULL };
	struct media_mix *mix;

	serializer_assert_held(&br->ser);
	if (br->dying)
		return -ENODEV;
	if (br->mix)
		return 0;
	mix = mix_new();
	if (!mix)
		return -ENOMEM;
	for (int i = 0; i < PAIR && i < br->members; i++) {
		all[i] = mix_member_new(mix, br->member[i].ch);
		if (!all[i])
			goto put_members;
	}
	for (int i = 0; i < PAIR && i < br->members; i++)
		br->member[i].mix = all[i];
	br->mix = mix;
	mix_take_over(all, br->members);
	for (int i = 0; i < PAIR && i < br->members; i++)
		mix_away(all[i], br->path == BRIDGE_PATH_KERNEL);
	return 0;

put_members:
	for (int i = 0; i < PAIR && i < br->members; i++)
		if (all[i])
			ref_put(&all[i]->ref);
	mix_put(mix);
	return -ENOMEM;
}

struct channel *bridge_first(const struct bridge *br)
{
	serializer_assert_held(&br->ser);
	return br->members ? br->member[0].ch : NULL;
}

unsigned int bridge_format(const struct bridge *br)
{
	unsigned int format = MEDIA_ALAW;

	serializer_assert_held(&br->ser);
	trcu_read_lock();
	for (int i = br->members - 1; i >= 0; i--) {
		const struct media_seat *seat = rcu_ptr_load(&br->member[i].ch->port.seat);

		if (seat && seat->ep->addr.kind != MEDIA_LOCAL)
			format = seat->ep->addr.format == MEDIA_ULAW ? MEDIA_ULAW : MEDIA_ALAW;
	}
	trcu_read_unlock();
	return format;
}

void bridge_talk_event(struct bridge *br, const struct channel_talk *talk)
{
	struct event *event = event_of_bridge(br, EVENT_CHANNEL_TALK);

	if (!event)
		return;
	event->u.talk = *talk;
	event_post(event);
}

static void user(struct bridge *br, int add)
{
	atomic_add(&br->mix->port.tx_users, (uint32_t)add);
	path_eval(br);
}

void bridge_tap_attach(struct bridge *br, struct media_tap *tap)
{
	serializer_assert_held(&br->ser);
	media_tap_link(&br->mix->port, tap);
	user(br, 1);
}

void bridge_tap_detach(struct bridge *br, struct media_tap *tap)
{
	serializer_assert_held(&br->ser);
	if (media_tap_unlink(&br->mix->port, tap))
		user(br, -1);
}

void bridge_source_attach(struct bridge *br, struct media_source *src)
{
	serializer_assert_held(&br->ser);
	media_source_link(&br->mix->port, src);
	user(br, 1);
}

void bridge_source_detach(struct bridge *br, struct media_source *src)
{
	serializer_assert_held(&br->ser);
	if (media_source_unlink(&br->mix->port, src))
		user(br, -1);
}

void bridge_media_end(struct bridge *br)
{
	while (br->mix && br->mix->port.taps)
		media_tap_unlink(&br->mix->port, br->mix->port.taps);
	while (br->mix && br->mix->port.sources)
		media_source_unlink(&br->mix->port, br->mix->port.sources);
}
