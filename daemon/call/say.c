// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/call/say.h"

#include <stdio.h>
#include <stdlib.h>

struct message {
	struct channel_work work;
	const struct controller *ctl;
	struct ref *owner;
	enum say say;
	int cause;
	char digits[32];
};

static int message_fn(struct channel_work *work, struct channel *ch)
{
	struct message *m = container_of(work, struct message, work);

	if (channel_controller(ch) != m->ctl)
		return 0;
	switch (m->say) {
	case SAY_PROCEEDING:
		return channel_proceeding(ch);
	case SAY_PROGRESS:
		return channel_progress(ch, m->cause);
	case SAY_RINGING:
		return channel_ringing(ch);
	case SAY_ANSWER:
		return channel_state(ch) == CHAN_UP ? 0 : channel_answer(ch);
	case SAY_DIGITS:
		return channel_send_digits(ch, m->digits);
	case SAY_HOLD:
		return channel_hold(ch);
	case SAY_UNHOLD:
		return channel_unhold(ch);
	}
	return -EINVAL;
}

/* What a line cannot say is left out; a call that cannot be answered is none. */
static void message_done(struct channel_work *work, int err)
{
	struct message *m = container_of(work, struct message, work);

	if (err && m->say == SAY_ANSWER)
		channel_post_hangup(work->ch, leg_errno_cause(err));
	ref_put(m->owner);
	free(m);
}

void say(struct channel *to, const struct controller *ctl, struct ref *owner, enum say what,
	 int cause, const char *digits)
{
	struct message *m = calloc(1, sizeof(*m));

	if (!m) {
		if (what == SAY_ANSWER)
			channel_post_hangup(to, CAUSE_CONGESTION);
		return;
	}
	ref_get(owner);
	m->ctl = ctl;
	m->owner = owner;
	m->say = what;
	m->cause = cause;
	if (digits)
		snprintf(m->digits, sizeof(m->digits), "%s", digits);
	m->work.fn = message_fn;
	m->work.done = message_done;
	channel_post_work(to, &m->work);
}
