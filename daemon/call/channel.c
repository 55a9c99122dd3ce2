// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channels: their life, what they tell of themselves, and the operations on their leg.
 *
 * Who pins a channel: the table it is found in (until it is dead), the seat, everybody with a
 * handle, its serializer while a task is queued, its timer while armed, its bridge while it is a
 * member.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

uint64_t channel_release_timeout_ns = 10 * NSEC_PER_SEC;
static channel_attach_fn default_attach;

static const char *const state_names[CHAN_STATES] = {
	[CHAN_DOWN] = "Down",	     [CHAN_RING] = "Ring",	 [CHAN_DIALING] = "Dialing",
	[CHAN_PROCEEDING] = "Dialing", [CHAN_RINGING] = "Ringing", [CHAN_UP] = "Up",
	[CHAN_ENDING] = "Down",	     [CHAN_DEAD] = "Down",
};

const char *channel_state_name(enum channel_state state)
{
	return state_names[state];
}

struct channel *channel_of_ser(struct serializer *ser)
{
	return container_of(ser, struct channel, ser);
}

/* --- the face: what is read without a lock --------------------------------------------------- */

#define FACE_WORDS (sizeof(struct channel_face) / 8)
typedef uint64_t __attribute__((may_alias)) face_word;

void channel_face_set(struct channel *ch, const struct channel_face *face)
{
	const face_word *from = (const face_word *)face;
	face_word *to = (face_word *)&ch->face;

	serializer_assert_held(&ch->ser);
	atomic_store_relaxed(&ch->face_seq, ch->face_seq + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (size_t i = 0; i < FACE_WORDS; i++)
		atomic_store_relaxed(&to[i], from[i]);
	atomic_store(&ch->face_seq, ch->face_seq + 1);
}

void channel_info_read(struct channel *ch, struct channel_info *info)
{
	struct channel_face face;
	const face_word *from = (const face_word *)&ch->face;
	face_word *to = (face_word *)&face;
	uint32_t seq;

	/* A writer is at work for some 40 stores, with no call among them: this ends. */
	do {
		seq = atomic_load(&ch->face_seq);
		for (size_t i = 0; i < FACE_WORDS; i++)
			to[i] = atomic_load_relaxed(&from[i]);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while ((seq & 1) || seq != atomic_load_relaxed(&ch->face_seq));

	*info = (struct channel_info){
		.id = ch->id,
		.bridge = face.bridge,
		.created_us = ch->created_us,
		.state = face.state,
		.outgoing = face.outgoing,
		.held = face.held,
		.cause = face.cause,
		.caller = face.caller,
		.connected = face.connected,
	};
	memcpy(info->sid, ch->sid, sizeof(info->sid));
	memcpy(info->name, ch->name, sizeof(info->name));
	memcpy(info->leg, face.leg, sizeof(info->leg));
	memcpy(info->exten, face.exten, sizeof(info->exten));
	memcpy(info->app, face.app, sizeof(info->app));
}

void channel_set_state(struct channel *ch, enum channel_state state)
{
	struct channel_face face = ch->face;

	if (face.state == state)
		return;
	face.state = (uint8_t)state;
	channel_face_set(ch, &face);
	log_debug("channel %s: %s", ch->name, state_names[state]);
	if (state != CHAN_ENDING && state != CHAN_DEAD)
		event_channel(ch, EVENT_CHANNEL_STATE);
}

/* --- life ------------------------------------------------------------------------------------ */

static void channel_free_rcu(struct rcu_head *rcu)
{
	struct channel *ch = container_of(rcu, struct channel, rcu);

	while (ch->vars) {
		struct channel_var *var = ch->vars;

		ch->vars = var->next;
		free(var);
	}
	free(ch);
}

static void channel_release(struct ref *ref)
{
	struct channel *ch = container_of(ref, struct channel, ref);

	serializer_exit(&ch->ser);
	trcu_free(&ch->rcu, channel_free_rcu);
}

static void hangup_task(struct task *task, int status)
{
	struct channel *ch = container_of(task, struct channel, hangup);

	if (!status)
		channel_hangup(ch, atomic_load(&ch->hangup_cause));
}

static void release_late(struct task *task, int status)
{
	struct channel *ch = container_of(task, struct channel, release_late);

	atomic_store(&ch->release_late_queued, 0);
	if (status || ch->face.state != CHAN_ENDING || !ch->leg)
		return;
	ch->pending = true;
	channel_finish(ch);
	ch->pending = false;
}

static void release_timer_fn(struct ttimer *timer)
{
	struct channel *ch = container_of(timer, struct channel, release_timer);

	if (!atomic_xchg(&ch->release_late_queued, 1))
		serializer_post(&ch->ser, &ch->release_late);
}

#ifdef TDM_LOCK_CHECK
/* S14: whoever lets a channel go has finished what it began. */
static int channel_unlock_check(tlock_t *lock)
{
	return container_of(lock, struct channel, ser.lock)->pending;
}
#endif

static int check_sid(const char *sid)
{
	size_t n = strlen(sid);

	if (!n || n >= CHANNEL_SID_LEN)
		return -EINVAL;
	for (const char *p = sid; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr("/?#%\"\\", *p))
			return -EINVAL;
	return 0;
}

static void channel_setup(struct channel *ch, const struct channel_params *params, struct leg *leg)
{
	ch->created_us = now_us();
	if (params->sid)
		snprintf(ch->sid, sizeof(ch->sid), "%s", params->sid);
	else
		snprintf(ch->sid, sizeof(ch->sid), "%llu.%llu",
			 (unsigned long long)(ch->created_us / 1000000),
			 (unsigned long long)ch->id);
	if (params->name)
		snprintf(ch->name, sizeof(ch->name), "%.46s-%08llx", params->name,
			 (unsigned long long)ch->id);
	else
		snprintf(ch->name, sizeof(ch->name), "%s/%.30s-%08llx", leg->ops->tech, leg->label,
			 (unsigned long long)ch->id);
	ch->face.outgoing = leg->outgoing;
	memcpy(ch->face.leg, leg->label, sizeof(ch->face.leg));
	if (params->exten)
		snprintf(ch->face.exten, sizeof(ch->face.exten), "%s", params->exten);
	if (params->app)
		snprintf(ch->face.app, sizeof(ch->face.app), "%s", params->app);
	if (params->caller)
		ch->face.caller = *params->caller;
	if (params->calling)
		snprintf(ch->calling, sizeof(ch->calling), "%s", params->calling);
	ch->linked = params->linked ? params->linked : ch->id;
	task_init(&ch->door, channel_door_task);
	task_init(&ch->hangup, hangup_task);
	task_init(&ch->release_late, release_late);
	ttimer_init(&ch->release_timer, release_timer_fn, &ch->ref);
}

int channel_create(const struct channel_params *params, struct leg *leg, struct channel **out)
{
	struct channel *ch;
	struct media_seat *seat;
	int err;

	if (params->sid && check_sid(params->sid))
		return -EINVAL;
	if (params->name && !strchr(params->name, '/'))
		return -EINVAL;
	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return -ENOMEM;
	ref_init(&ch->ref, channel_release); /* the tables' */
	ch->id = call_id_next();
	err = serializer_init(&ch->ser, TLOCK_CHANNEL, ch->id, &ch->ref);
	if (err)
		goto free_channel;
	tlock_set_release_check(&ch->ser.lock, channel_unlock_check);
	channel_setup(ch, params, leg);
	seat = media_seat_new(ch, leg);
	if (!seat) {
		err = -ENOMEM;
		goto exit_serializer;
	}
	/*
	 * All is in place before it can be found, and its tasks wait until it can be found everywhere:
	 * a hang-up by who was quick must not take it out of tables in which it is not yet.
	 */
	serializer_hold(&ch->ser);
	leg_get(leg);
	ch->leg = leg;
	media_seat_publish(&ch->port, &leg->ep, seat);
	rcu_ptr_publish(&leg->chan, ch);
	if (out)
		channel_get(ch);
	err = channel_register(ch);
	if (err)
		goto unseat;
	channel_doorbell(ch);
	if (out)
		*out = ch;
	serializer_let_go(&ch->ser);
	return 0;

unseat:
	tlock_lock(&ch->ser.lock);
	serializer_close(&ch->ser);
	tlock_unlock(&ch->ser.lock);
	rcu_ptr_publish(&leg->chan, NULL);
	media_seat_publish(&ch->port, &leg->ep, NULL);
	leg_put(leg);
	if (out)
		channel_put(ch);
	channel_put(ch); /* the tables': the seat's goes after a grace period */
	serializer_let_go(&ch->ser); /* its pin was the last but that */
	return err;
exit_serializer:
	serializer_exit(&ch->ser);
free_channel:
	free(ch);
	return err;
}

int channel_originate(const char *endpoint, const struct leg_request *req,
		      const struct channel_params *params, struct channel **out,
		      const char **reason)
{
	const char *slash = strchr(endpoint, '/');
	struct leg_request request = *req;
	struct channel_params p = *params;
	const struct leg_tech *tech;
	const char *why = NULL;
	struct leg *leg;
	int err;

	if (!slash || strlen(slash + 1) >= sizeof(request.target)) {
		why = "an endpoint is TECHNOLOGY/TARGET, as in PRI/group/2001";
		err = -EINVAL;
		goto out;
	}
	tech = leg_tech_find(endpoint, (size_t)(slash - endpoint));
	if (!tech) {
		why = "there is no such technology";
		err = -EINVAL;
		goto out;
	}
	snprintf(request.target, sizeof(request.target), "%s", slash + 1);
	err = tech->request(&request, &leg, &why);
	if (err)
		goto out;
	if (!p.name)
		p.name = endpoint;
	if (!p.exten)
		p.exten = strrchr(endpoint, '/') + 1;
	if (!p.calling)
		p.calling = req->caller.number;
	err = channel_create(&p, leg, out);
	if (err == -EEXIST)
		why = "this channel id is taken";
	leg_put(leg);
out:
	if (err && reason)
		*reason = why;
	return err;
}

void channel_set_default_controller(channel_attach_fn attach)
{
	atomic_store(&default_attach, attach);
}

channel_attach_fn channel_default_controller(void)
{
	return atomic_load(&default_attach);
}

/* --- the end --------------------------------------------------------------------------------- */

static void let_leg_go(struct channel *ch)
{
	struct leg *leg = ch->leg;
	bool released;

	if (!leg)
		return;
	rcu_ptr_publish(&leg->chan, NULL);
	atomic_barrier(); /* pairs with ring(): it finds no channel, or we see what it told */
	released = __atomic_load_n(&leg->ended, __ATOMIC_SEQ_CST) & LEG_ENDED_RELEASED;
	media_seat_publish(&ch->port, &leg->ep, NULL);
	rcu_ptr_publish(&ch->leg, NULL);
	if (!released) {
		struct event *event = event_of_channel(ch, EVENT_LEG_QUARANTINED);

		if (event) {
			event->u.leg.err = ch->release_err;
			memcpy(event->u.leg.label, leg->label, sizeof(event->u.leg.label));
			event_post(event);
		}
		leg_quarantine(leg, ch->release_err);
	}
	leg_put(leg);
}

/* From a task, the state being ENDING: the leg has released, or is not waited for any longer. */
void channel_finish(struct channel *ch)
{
	if (ch->release_err == -ETIMEDOUT) /* then it was armed; all channels share its lock */
		ttimer_cancel(&timer_sched, &ch->release_timer);
	let_leg_go(ch);
	while (ch->port.taps)
		channel_tap_detach(ch, ch->port.taps);
	while (ch->port.sources)
		channel_source_detach(ch, ch->port.sources);
	while (ch->port.whispers)
		channel_whisper_detach(ch, ch->port.whispers);
	channel_set_controller(ch, NULL); /* one that came while it was ending */
	channel_set_state(ch, CHAN_DEAD);
	/*
	 * Whoever hears of it does not find it any more, and whoever found it hears of it; whoever
	 * waits until all are gone has been told.
	 */
	channel_unregister(ch);
	event_channel(ch, EVENT_CHANNEL_DESTROYED);
	channel_gone();
	serializer_close(&ch->ser);
	channel_put(ch); /* the tables' */
}

void channel_hangup(struct channel *ch, int cause)
{
	struct channel_face face = ch->face;
	struct leg *leg = ch->leg;
	bool waits = false;
	int err = 0;

	serializer_assert_held(&ch->ser);
	if (face.state >= CHAN_ENDING)
		return;
	ch->pending = true;
	face.cause = cause > 0 && cause < 128 ? cause : CAUSE_NORMAL_UNSPECIFIED;
	face.state = CHAN_ENDING;
	channel_face_set(ch, &face);
	history_tell(ch, HISTORY_END, NULL);
	event_channel(ch, EVENT_CHANNEL_HANGUP_REQUEST);
	channel_notice(ch, NOTICE_ENDING, NULL);
	bridge_tell_left(ch);
	channel_set_controller(ch, NULL);
	bridge_channel_ended(ch);

	leg->releasing = true;
	lock_assert_only_held(&ch->ser.lock);
	if (!(atomic_load(&leg->ended) & LEG_ENDED_RELEASED))
		err = leg->ops->release(leg, face.cause);
	if (!err && !(atomic_load(&leg->ended) & LEG_ENDED_RELEASED)) {
		/* Without a timer nobody would miss a leg that hangs: then it is not waited for. */
		err = ttimer_start(&timer_sched, &ch->release_timer, channel_release_timeout_ns);
		waits = !err;
	}
	ch->release_err = waits ? -ETIMEDOUT : err;
	if (!waits)
		channel_finish(ch);
	ch->pending = false;
}

void channel_post_hangup(struct channel *ch, int cause)
{
	int32_t none = 0;

	if (atomic_cas(&ch->hangup_cause, &none, cause > 0 ? cause : CAUSE_NORMAL))
		serializer_post(&ch->ser, &ch->hangup);
}

void channel_doorbell(struct channel *ch)
{
	if (!atomic_xchg(&ch->door_queued, 1))
		serializer_post(&ch->ser, &ch->door);
}
