// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Local pairs. The two halves are one piece of memory, which goes when both legs are free; what one
 * half does runs in a task of its channel and reaches the other as a signal, so there is nothing to
 * lock.
 */
#include "daemon/call/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/channel.h"

struct half {
	struct leg leg;
	struct half *other;
	struct local_pair *pair;
	bool keeps; /* a reference on the other half, which no channel has yet; own tasks only */
};

struct local_pair {
	uint32_t refs; /* legs that are not free */
	struct half a, b;
	struct leg_request req;
};

static struct half *half_of(struct leg *leg)
{
	return container_of(leg, struct half, leg);
}

/* Takes the signal. The other half may be gone, though not its memory. */
static int tell_signal(struct leg *leg, struct leg_signal *sig)
{
	struct leg *other = &half_of(leg)->other->leg;

	if (!sig)
		return -ENOMEM;
	if (!ref_tryget(&other->ref)) {
		free(sig);
		return 0;
	}
	leg_signal(other, sig);
	leg_put(other);
	return 0;
}

static int tell(struct leg *leg, enum leg_signal_type type)
{
	return tell_signal(leg, leg_signal_new(type));
}

static int tell_text(struct leg *leg, enum leg_signal_type type, const char *digits,
		     unsigned int ms)
{
	struct leg_signal *sig = leg_signal_new(type);

	if (sig) {
		snprintf(sig->u.digits, sizeof(sig->u.digits), "%s", digits);
		sig->ms = ms;
	}
	return tell_signal(leg, sig);
}

static int tell_party(struct leg *leg, enum leg_signal_type type, const struct party *party)
{
	struct leg_signal *sig = leg_signal_new(type);

	if (sig && party)
		sig->u.party = *party;
	return tell_signal(leg, sig);
}

/* Nothing but a post follows: making a channel is an allocation and a few lock-free insertions. */
static void stop_keeping(struct half *half)
{
	if (half->keeps) {
		half->keeps = false;
		leg_put(&half->other->leg);
	}
}

static int local_dial(struct leg *leg)
{
	struct half *b = half_of(leg)->other;
	const struct leg_request *req = &half_of(leg)->pair->req;
	struct channel_params params = { .exten = req->target, .caller = &req->caller };
	struct leg_signal *sig = leg_signal_new(LEG_INCOMING);
	char name[CHANNEL_NAME_LEN];
	int err = 0;

	if (!sig)
		return -ENOMEM;
	sig->u.call.caller = req->caller;
	sig->u.call.redirecting = req->redirecting;
	sig->u.call.complete = req->complete;
	sig->u.call.bearer = req->bearer;
	snprintf(sig->u.call.called, sizeof(sig->u.call.called), "%.31s", req->target);
	if (!rcu_ptr_load(&b->leg.chan)) {
		snprintf(name, sizeof(name), "Local/%.40s;2", req->target);
		params.name = name;
		params.linked = channel_linked(rcu_ptr_load(&leg->chan));
		err = channel_create(&params, &b->leg, NULL);
	}
	if (err) {
		free(sig);
		return err;
	}
	tell_signal(leg, sig);
	stop_keeping(half_of(leg)); /* its channel has it now */
	if (tell(leg, LEG_MEDIA_READY) || leg_signal_simple(leg, LEG_MEDIA_READY))
		return -ENOMEM;
	return 0;
}

static int local_proceeding(struct leg *leg)
{
	return tell(leg, LEG_PROCEEDING);
}

static int local_progress(struct leg *leg, int cause)
{
	struct leg_signal *sig = leg_signal_new(LEG_PROGRESS);

	if (sig)
		sig->cause = (int16_t)cause;
	return tell_signal(leg, sig);
}

static int local_ringing(struct leg *leg)
{
	return tell(leg, LEG_RINGING);
}

static int local_answer(struct leg *leg, const struct party *connected)
{
	int err = leg_signal_simple(leg, LEG_ANSWERED);

	return err ? err : tell_party(leg, LEG_ANSWERED, connected);
}

static int local_digits(struct leg *leg, const char *digits)
{
	return tell_text(leg, LEG_DIGITS, digits, 0);
}

static int local_dtmf(struct leg *leg, const char *digits, unsigned int tone_ms,
		      unsigned int gap_ms)
{
	(void)gap_ms;
	return tell_text(leg, LEG_DTMF, digits, tone_ms);
}

static int local_hold(struct leg *leg)
{
	return tell(leg, LEG_HOLD);
}

static int local_unhold(struct leg *leg)
{
	return tell(leg, LEG_UNHOLD);
}

static int local_connected(struct leg *leg, const struct party *party)
{
	return tell_party(leg, LEG_CONNECTED, party);
}

static int local_release(struct leg *leg, int cause)
{
	struct leg *other = &half_of(leg)->other->leg;

	leg_hangup(other, cause);
	stop_keeping(half_of(leg));
	leg_released(leg);
	return 0;
}

static void local_free(struct leg *leg)
{
	struct local_pair *pair = half_of(leg)->pair;

	stop_keeping(half_of(leg));
	if (!atomic_sub(&pair->refs, 1))
		free(pair);
}

static const struct leg_ops local_ops = {
	.tech = "Local",
	.dial = local_dial,
	.proceeding = local_proceeding,
	.progress = local_progress,
	.ringing = local_ringing,
	.answer = local_answer,
	.digits = local_digits,
	.dtmf = local_dtmf,
	.hold = local_hold,
	.unhold = local_unhold,
	.connected = local_connected,
	.release = local_release,
	.free = local_free,
};

static void half_init(struct half *half, struct half *other, struct local_pair *pair, int n)
{
	leg_init(&half->leg, &local_ops, n == 1);
	half->other = other;
	half->pair = pair;
	half->leg.ep.addr.kind = MEDIA_LOCAL;
	half->leg.ep.other = &other->leg.ep;
	snprintf(half->leg.label, sizeof(half->leg.label), "%.30s;%d", pair->req.target, n);
}

int local_pair_new(const struct leg_request *req, struct leg **a, struct leg **b)
{
	struct local_pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	pair->refs = 2;
	pair->req = *req;
	half_init(&pair->a, &pair->b, pair, 1);
	half_init(&pair->b, &pair->a, pair, 2);
	*a = &pair->a.leg;
	*b = &pair->b.leg;
	return 0;
}

static int local_request(const struct leg_request *req, struct leg **leg, const char **reason)
{
	struct leg *other;
	int err;

	if (!req->target[0] || strlen(req->target) >= sizeof(((struct leg_call *)0)->called)) {
		*reason = "the number of a local call has 1 to 31 characters";
		return -EINVAL;
	}
	err = local_pair_new(req, leg, &other);
	if (!err)
		half_of(*leg)->keeps = true; /* until it is dialled */
	return err;
}

static struct leg_tech local_tech = { .name = "Local", .request = local_request };

int local_init(void)
{
	return leg_tech_register(&local_tech);
}

void local_exit(void)
{
	leg_tech_unregister(&local_tech);
}
