// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges: membership.
 *
 * Whatever changes membership is a task that holds the bridge and the channel. channel->bridge
 * therefore needs both to change and either to be read. A bridge pins its members and each member
 * pins its bridge; both pins fall together when the member leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/core/log.h"

/* --- events ---------------------------------------------------------------------------------- */

static void name_bridge(struct event *event, const struct bridge *br)
{
	event->bridge = br->id;
	event->bridge_created_us = br->created_us;
	event->bridge_type = br->type;
	event->bridge_mode = atomic_load(&br->mode);
	memcpy(event->bridge_sid, br->sid, sizeof(event->bridge_sid));
	memcpy(event->bridge_name, br->name, sizeof(event->bridge_name));
}

struct event *event_of_bridge(struct bridge *br, enum event_type type)
{
	struct event *event;

	serializer_assert_held(&br->ser);
	br->event_seq++;
	event = event_new(type);
	if (!event)
		return NULL;
	event->obj_seq = br->event_seq;
	name_bridge(event, br);
	return event;
}

void bridge_member_event(struct bridge *br, struct channel *ch, enum event_type type)
{
	struct event *event = event_of_channel(ch, type);

	if (!event)
		return;
	name_bridge(event, br);
	event_post(event);
}

/* --- life ------------------------------------------------------------------------------------ */

static void bridge_free_rcu(struct rcu_head *rcu)
{
	free(container_of(rcu, struct bridge, rcu));
}

static void bridge_release(struct ref *ref)
{
	struct bridge *br = container_of(ref, struct bridge, ref);

	serializer_exit(&br->ser);
	if (br->mix)
		mix_put(br->mix);
	trcu_free(&br->rcu, bridge_free_rcu);
}

static void kick_task(struct task *task, int status)
{
	struct bridge *br = container_of(task, struct bridge, kick);

	atomic_xchg(&br->kicked, 0);
	if (status)
		return;
	path_eval(br);
	bridge_music_eval(br);
	/* Whoever made it for somebody who then could not be put in leaves it to this. */
	bridge_last_left(br);
}

void bridge_kick(struct bridge *br)
{
	if (!atomic_xchg(&br->kicked, 1))
		serializer_post(&br->ser, &br->kick);
}

/* While its tasks wait: the first that is told of it. */
static void tell_created(struct bridge *br)
{
	struct event *event = event_new(EVENT_BRIDGE_CREATED);

	br->event_seq = 1;
	if (!event)
		return;
	event->obj_seq = 1;
	name_bridge(event, br);
	event_post(event);
}

static uint32_t default_mode = BRIDGE_AUTO; /* atomic */

void bridge_default_mode(enum bridge_mode mode)
{
	atomic_store(&default_mode, (uint32_t)mode);
}

int bridge_create(const char *sid, const char *name, bool dissolve, struct bridge **out)
{
	return bridge_create_type(BRIDGE_TWO_PARTY, sid, name, dissolve, out);
}

int bridge_create_type(enum bridge_type type, const char *sid, const char *name, bool dissolve,
		       struct bridge **out)
{
	size_t max = type == BRIDGE_TWO_PARTY ? 2 : BRIDGE_MEMBERS;
	struct bridge *br = calloc(1, sizeof(*br) + max * sizeof(*br->member));
	int err = -ENOMEM;

	if (!br)
		return err;
	br->type = (uint8_t)type;
	br->max = (uint8_t)max;
	br->mix = type == BRIDGE_TWO_PARTY ? NULL : mix_new();
	if (type != BRIDGE_TWO_PARTY && !br->mix)
		goto free_memory;
	err = -EINVAL;
	if ((sid && (!*sid || strlen(sid) >= CHANNEL_SID_LEN)) ||
	    (name && strlen(name) >= CHANNEL_NAME_LEN))
		goto free_memory;
	ref_init(&br->ref, bridge_release); /* the tables' */
	br->id = call_id_next();
	br->created_us = now_us();
	br->dissolve = dissolve;
	br->mode = (uint8_t)atomic_load_relaxed(&default_mode);
	if (sid)
		snprintf(br->sid, sizeof(br->sid), "%s", sid);
	else
		snprintf(br->sid, sizeof(br->sid), "b%llu.%llu",
			 (unsigned long long)(br->created_us / 1000000),
			 (unsigned long long)br->id);
	snprintf(br->name, sizeof(br->name), "%s", name ? name : "");
	task_init(&br->kick, kick_task);
	err = serializer_init(&br->ser, TLOCK_BRIDGE, br->id, &br->ref);
	if (err)
		goto free_memory;
	bridge_get(br); /* the caller's */
	/* Nobody ends it before it is in every table. */
	serializer_hold(&br->ser);
	err = bridge_register(br);
	if (err) {
		bridge_put(br);
		bridge_put(br);
		serializer_let_go(&br->ser);
		return err;
	}
	/* Whoever is told that it is there finds that this was told before. */
	tell_created(br);
	*out = br;
	serializer_let_go(&br->ser);
	return 0;

free_memory:
	if (br && br->mix)
		mix_put(br->mix);
	free(br);
	return err;
}

static void die(struct bridge *br)
{
	bridge_done done = br->destroyed;

	bridge_media_end(br);
	/* Whoever hears of it does not find it any more; whoever found it hears of it. */
	bridge_unregister(br);
	event_post(event_of_bridge(br, EVENT_BRIDGE_DESTROYED));
	serializer_close(&br->ser);
	if (done)
		done(br->destroyed_arg, 0);
	bridge_put(br); /* the tables' */
}

/* --- members --------------------------------------------------------------------------------- */

struct tell {
	struct channel_work work;
	struct party party;
};

static int tell_fn(struct channel_work *work, struct channel *ch)
{
	return channel_connected(ch, &container_of(work, struct tell, work)->party);
}

static void tell_done(struct channel_work *work, int err)
{
	(void)err;
	free(container_of(work, struct tell, work));
}

/* Each party is told of the other, by message: it is nothing a membership could fail for. */
void bridge_tell_parties(struct bridge *br)
{
	for (int i = 0; br->members == 2 && i < 2; i++) {
		struct tell *tell = calloc(1, sizeof(*tell));
		struct channel_info info;

		if (!tell)
			return;
		channel_info_read(br->member[!i].ch, &info);
		tell->party = info.caller;
		tell->work.fn = tell_fn;
		tell->work.done = tell_done;
		if (info.caller.number[0])
			channel_post_work(br->member[i].ch, &tell->work);
		else
			free(tell);
	}
}

static void show_bridge(struct channel *ch, uint64_t id)
{
	struct channel_face face = ch->face;

	face.bridge = id;
	channel_face_set(ch, &face);
}

void bridge_set_member(struct channel *ch, struct bridge *br)
{
	ch->bridge = br;
	show_bridge(ch, br ? br->id : 0);
}

/* What the channel shows of its bridge is what was told of it. */
void bridge_tell_left(struct channel *ch)
{
	serializer_assert_held(&ch->ser);
	if (!ch->face.bridge)
		return;
	if (ch->port.member)
		mix_finish(ch->port.member);
	show_bridge(ch, 0);
	history_tell(ch, HISTORY_LEFT, ch->bridge->sid);
	bridge_member_event(ch->bridge, ch, EVENT_BRIDGE_LEFT);
}

struct bridge_member *bridge_slot(struct bridge *br, const struct channel *ch)
{
	struct bridge_member *slot = br->member;

	while (slot->ch != ch)
		slot++;
	return slot;
}

/* Whether it may be what it is to be here. */
static int voice_check(const struct bridge *br, const struct bridge_voice *voice)
{
	if (voice->volume < -MIX_GAIN_DB || voice->volume > MIX_GAIN_DB)
		return -EINVAL;
	if (br->type == BRIDGE_TWO_PARTY && (voice->mute || voice->volume))
		return -EINVAL;
	return voice->announcer && br->type != BRIDGE_HOLDING ? -EINVAL : 0;
}

static uint32_t voice_word(const struct bridge_voice *voice)
{
	return (voice->mute ? VOICE_MUTE : 0) | (voice->announcer ? VOICE_ANNOUNCER : 0) |
	       (uint32_t)(uint8_t)voice->volume << VOICE_VOLUME;
}

struct bridge_voice voice_of(uint32_t word)
{
	return (struct bridge_voice){ .mute = word & VOICE_MUTE,
				      .announcer = word & VOICE_ANNOUNCER,
				      .volume = (int8_t)(word >> VOICE_VOLUME) };
}

/* What of it was not meant stays. */
int bridge_voice(struct bridge *br, struct channel *ch, const struct bridge_voice *voice,
		 unsigned int what)
{
	struct bridge_member *slot = bridge_slot(br, ch);
	struct mix_member *m = slot->mix;
	struct bridge_voice is;
	uint32_t flags;

	if (!m || br->type == BRIDGE_TWO_PARTY || voice_check(br, voice))
		return -EINVAL;
	flags = atomic_load_relaxed(&m->flags) & ~MIX_MUTED;
	is = voice_of(slot->voice);
	if (what & BRIDGE_VOICE_MUTE) {
		atomic_store(&m->flags, flags | (voice->mute ? MIX_MUTED : 0));
		is.mute = voice->mute;
	}
	if (what & BRIDGE_VOICE_VOLUME) {
		atomic_store(&m->gain, mix_gain_of(voice->volume));
		is.volume = voice->volume;
	}
	atomic_store(&slot->voice, voice_word(&is));
	path_eval(br);
	return 0;
}

struct mix_member *bridge_voice_new(struct bridge *br, struct channel *ch,
				    const struct bridge_voice *voice)
{
	struct mix_member *m = mix_member_new(br->mix, ch);

	if (!m)
		return NULL;
	m->flags = voice->mute ? MIX_MUTED : 0;
	if (br->type == BRIDGE_HOLDING)
		m->flags |= voice->announcer ? MIX_DEAF : MIX_LISTENS;
	m->gain = mix_gain_of(voice->volume);
	return m;
}

int bridge_enter(struct bridge *br, struct channel *ch)
{
	return bridge_enter_as(br, ch, &(struct bridge_voice){ 0 });
}

/* bridge_enter_as() when nothing can go wrong any more; m is the conference's, or NULL. */
static void enter(struct bridge *br, struct channel *ch, struct mix_member *m,
		  const struct bridge_voice *voice)
{
	struct bridge_member *slot = &br->member[br->members++];

	slot->ch = ch;
	slot->mix = m;
	atomic_store_relaxed(&slot->voice, voice_word(voice));
	slot->music = 0;
	atomic_store(&slot->id, ch->id);
	channel_get(ch);
	bridge_get(br);
	bridge_set_member(ch, br);
	/* Who comes second joins the call of who was there. */
	if (br->members == 1)
		br->linked = ch->linked;
	ch->linked = br->linked;
	history_tell(ch, HISTORY_ENTERED, br->sid);
	bridge_member_event(br, ch, EVENT_BRIDGE_ENTERED);
	if (m)
		mix_enter(m);
	path_joined(br);
	bridge_tell_parties(br);
	channel_notice(ch, NOTICE_BRIDGED, NULL);
	path_eval(br);
	bridge_music_eval(br);
}

int bridge_enter_as(struct bridge *br, struct channel *ch, const struct bridge_voice *voice)
{
	struct mix_member *m;
	int err = channel_alive(ch);

	if (err)
		return err;
	if (ch->bridge)
		return ch->bridge == br ? -EALREADY : -EBUSY;
	if (br->dying)
		return -ENODEV;
	if (br->members == br->max)
		return -EBUSY;
	err = voice_check(br, voice);
	if (err)
		return err;
	m = br->mix ? bridge_voice_new(br, ch, voice) : NULL;
	if (br->mix && !m)
		return -ENOMEM;
	enter(br, ch, m, voice);
	return 0;
}

/* Both held. Drops the pins of both; the caller has its own. */
void bridge_leave(struct bridge *br, struct channel *ch)
{
	struct bridge_member *slot = bridge_slot(br, ch), *last = &br->member[br->members - 1];

	path_parted(br, ch);
	bridge_music_leave(slot);
	if (slot->mix)
		mix_leave(slot->mix);
	atomic_store_relaxed(&br->shifts, br->shifts + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	/* In the order in which they came. */
	for (; slot < last; slot++) {
		slot->ch = slot[1].ch;
		slot->mix = slot[1].mix;
		atomic_store_relaxed(&slot->voice, slot[1].voice);
		slot->music = slot[1].music;
		atomic_store(&slot->id, slot[1].id);
	}
	last->ch = NULL;
	last->mix = NULL;
	last->music = 0;
	atomic_store(&last->id, 0);
	atomic_store(&br->shifts, br->shifts + 1);
	br->members--;
	bridge_tell_left(ch);
	bridge_set_member(ch, NULL);
	if (br->mix) {
		path_joined(br);
		bridge_tell_parties(br);
	}
	channel_notice(ch, NOTICE_UNBRIDGED, NULL);
	path_eval(br);
	bridge_music_eval(br);
	channel_put(ch);
	bridge_put(br);
}

void bridge_last_left(struct bridge *br)
{
	if (!br->members && (br->dying || br->dissolve) && !br->ser.closed) {
		br->dying = true;
		die(br);
	}
}

void bridge_abandon(struct bridge *br)
{
	serializer_assert_held(&br->ser);
	br->dying = true;
	bridge_last_left(br);
}
