// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>

#include "daemon/call/bridge_priv.h"
#include "tests/stress/slots.h"
#include "tests/stress/stress.h"

static uint64_t found; /* atomic */

void violation(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (__atomic_add_fetch(&found, 1, __ATOMIC_RELAXED) <= 50)
		printf("# violation: %s\n", text);
}

uint64_t violations(void)
{
	return atomic_load(&found);
}

/* --- events: what is told of each channel, by its id ----------------------------------------- */

enum { CREATED = 1, ENDING = 2, DESTROYED = 4 };

#define IDS (16U << 20)

/* The event thread's. */
static uint8_t *told;
static uint64_t *inside;  /* of each channel: the bridge that it has entered and not left */
static uint8_t *members;  /* of each bridge: how many have */
static uint8_t *over;	  /* of each bridge: its end was told */
static uint64_t last_seq;
static uint32_t created, destroyed; /* atomic */
static uint32_t quarantines;

static void once(uint64_t id, uint8_t what, uint8_t before, const char *name)
{
	uint8_t *t = &told[id % IDS];

	if (*t & what)
		violation("channel %llu: %s is heard twice", (unsigned long long)id, name);
	if ((*t & before) != before)
		violation("channel %llu: %s is heard too early", (unsigned long long)id, name);
	*t |= what;
}

/* Each entering is followed by one leaving, before the end of either. */
static void membership(const struct event *event)
{
	uint64_t ch = event->chan.id % IDS, br = event->bridge % IDS;

	switch (event->type) {
	case EVENT_BRIDGE_ENTERED:
		if (inside[ch] || over[br])
			violation("channel %llu enters bridge %llu, %s", (unsigned long long)event->chan.id,
				  (unsigned long long)event->bridge,
				  over[br] ? "which is over" : "and has not left another");
		inside[ch] = event->bridge;
		members[br]++;
		break;
	case EVENT_BRIDGE_LEFT:
		if (inside[ch] != event->bridge)
			violation("channel %llu leaves %llu, and is in %llu",
				  (unsigned long long)event->chan.id,
				  (unsigned long long)event->bridge, (unsigned long long)inside[ch]);
		inside[ch] = 0;
		members[br]--;
		break;
	case EVENT_CHANNEL_DESTROYED:
		if (inside[ch])
			violation("channel %llu ends in bridge %llu",
				  (unsigned long long)event->chan.id, (unsigned long long)inside[ch]);
		break;
	case EVENT_BRIDGE_DESTROYED:
		if (members[br])
			violation("bridge %llu ends with %u in it", (unsigned long long)event->bridge,
				  members[br]);
		over[br] = 1;
		break;
	default:
		break;
	}
}

static void deliver(struct event_sub *sub, struct event *event)
{
	(void)sub;
	if (last_seq && event->seq != last_seq + 1)
		violation("event %llu follows %llu", (unsigned long long)event->seq,
			  (unsigned long long)last_seq);
	last_seq = event->seq;
	if (event->type == EVENT_LEG_QUARANTINED)
		atomic_add(&quarantines, 1);
	membership(event);
	if (!event->has_chan)
		return;
	if (told[event->chan.id % IDS] & DESTROYED)
		violation("channel %llu: %s after its end", (unsigned long long)event->chan.id,
			  event_name(event->type));
	switch (event->type) {
	case EVENT_CHANNEL_CREATED:
		once(event->chan.id, CREATED, 0, "its creation");
		atomic_add(&created, 1);
		break;
	case EVENT_CHANNEL_HANGUP_REQUEST:
		once(event->chan.id, ENDING, CREATED, "its hang-up");
		break;
	case EVENT_CHANNEL_DESTROYED:
		once(event->chan.id, DESTROYED, CREATED | ENDING, "its end");
		atomic_add(&destroyed, 1);
		break;
	default:
		break;
	}
}

static void gone(struct event_sub *sub)
{
	(void)sub;
}

static struct event_sub sub = { .deliver = deliver, .gone = gone };

void watch_start(void)
{
	told = calloc(IDS, sizeof(*told));
	inside = calloc(IDS, sizeof(*inside));
	members = calloc(IDS, sizeof(*members));
	over = calloc(IDS, sizeof(*over));
	if (!told || !inside || !members || !over)
		abort();
	event_subscribe(&sub, EVENT_ALL);
}

/* --- one channel ----------------------------------------------------------------------------- */

/* In a task of it: nobody changes it meanwhile. */
static int look(struct channel *ch, void *arg)
{
	struct leg *leg = ch->leg;
	const struct leg *owner;

	(void)arg;
	if (!leg) {
		violation("%s lives without a leg", ch->name);
		return 0;
	}
	if (rcu_ptr_load(&leg->chan) != ch)
		violation("%s has leg %s, which sits elsewhere", ch->name, leg->label);
	if (strcmp(ch->face.leg, leg->label))
		violation("%s says that it has leg %s, and has %s", ch->name, ch->face.leg,
			  leg->label);
	if (ch->port.seat && ch->port.seat->leg != leg)
		violation("%s hears leg %s, and has %s", ch->name, ch->port.seat->leg->label,
			  leg->label);
	if (ch->pending)
		violation("%s has a change pending between two tasks", ch->name);
	/* One that ends says that it has left, and leaves in a task of both. */
	if ((ch->bridge && ch->face.state < CHAN_ENDING ? bridge_id(ch->bridge) : 0) !=
	    ch->face.bridge)
		violation("%s says that it is in another bridge", ch->name);
	/* The timeslot is its leg's until that is asked to release, or its span is lost. */
	owner = plant_owner(stress_leg(leg)->place);
	if (owner != leg && !leg->releasing && !(atomic_load(&leg->ended) & LEG_ENDED_HANGUP))
		violation("%s has leg %s, whose timeslot is another's", ch->name, leg->label);
	return 0;
}

void watch_channel(struct actor *me, struct channel *ch)
{
	int err = in_task(me, ch, look, NULL);

	if (err && err != -ENODEV)
		violation("a task of %s is answered %d", channel_name(ch), err);
	plant_look(me, ch);
}

/* --- all, at rest ---------------------------------------------------------------------------- */

struct count {
	unsigned int channels, members;
	unsigned int of_span[SPANS];
	uint32_t line[PLACES]; /* as slots_look() wants it */
};

static int one_channel(struct channel *ch, void *arg)
{
	struct count *count = arg;
	struct leg *leg = ch->leg;

	look(ch, NULL);
	count->channels++;
	count->members += !!ch->bridge;
	if (ch->face.state >= CHAN_ENDING)
		violation("%s is still ending", ch->name);
	if (ch->moving || ch->given)
		violation("%s is still in a move", ch->name);
	if (leg && plant_owner(stress_leg(leg)->place) != leg)
		violation("timeslot of %s has another owner", leg->label);
	if (leg && (leg->todo || !mpsc_empty(&leg->fifo)))
		violation("leg %s says something that nobody hears", leg->label);
	if (!leg)
		return 0;
	count->of_span[stress_leg(leg)->place / SLOTS]++;
	count->line[stress_leg(leg)->place] = stress_leg(leg)->place;
	return 0;
}

static void joined(struct count *count, const struct stress_leg *a, const struct stress_leg *b)
{
	count->line[a->place] = b->place;
	count->line[b->place] = a->place;
}

static int one_bridge(struct bridge *br, void *arg)
{
	struct count *count = arg;

	for (int i = 0; i < br->members; i++) {
		if (br->member[i].ch->bridge != br)
			violation("bridge %s has %s, which is elsewhere", br->sid,
				  br->member[i].ch->name);
		count->members--;
	}
	if (br->path == BRIDGE_PATH_TO_KERNEL || br->path == BRIDGE_PATH_TO_USER)
		violation("bridge %s waits for its path", br->sid);
	if (br->members == 2 && br->path != BRIDGE_PATH_KERNEL)
		violation("bridge %s: path is %s", br->sid, bridge_path_name(br->path));
	if (br->waiters)
		violation("bridge %s: somebody waits for its path", br->sid);
	if (br->members == 2 && br->member[0].ch->leg && br->member[1].ch->leg)
		joined(count, stress_leg(br->member[0].ch->leg), stress_leg(br->member[1].ch->leg));
	return 0;
}

static bool of_span(const struct leg *leg, void *arg)
{
	return container_of(leg, struct stress_leg, leg)->place / SLOTS ==
	       *(const unsigned int *)arg;
}

void watch_rest(struct actor *me)
{
	static unsigned int span;
	struct count count = { 0 };

	settle(me);
	for (unsigned int i = 0; i < PLACES; i++)
		count.line[i] = LINE_IDLE;
	channel_foreach(one_channel, &count);
	bridge_foreach(one_bridge, &count);
	if (count.members)
		violation("%u channels say that they are in a bridge that has them not",
			  count.members);
	for (unsigned int i = 0; i < SPANS; i++)
		if (count.of_span[i] != plant_used(i))
			violation("span %u: %u legs, %u timeslots in use", i, count.of_span[i],
				  plant_used(i));
	if (slots_real)
		slots_look(count.line);
	/* What a limit is computed with walks all channels: of one span at a time, in turn. */
	if (channel_count(of_span, &span) != count.of_span[span])
		violation("span %u: %u calls, %u legs", span, channel_count(of_span, &span),
			  count.of_span[span]);
	span = (span + 1) % SPANS;
	if (leg_quarantine_count() || atomic_load(&quarantines))
		violation("%u legs are in quarantine", leg_quarantine_count());
	if (tframe_alive())
		violation("%u frames are in use", tframe_alive());
}

void watch_end(void)
{
	if (atomic_load(&created) != atomic_load(&destroyed))
		violation("%u channels were made, %u have ended", atomic_load(&created),
			  atomic_load(&destroyed));
	if (plant_legs())
		violation("%u legs are left over", plant_legs());
	free(told);
	free(inside);
	free(members);
	free(over);
}
