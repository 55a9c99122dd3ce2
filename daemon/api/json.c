// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The objects of Asterisk's REST interface, and ours beyond them.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/api/priv.h"

void api_time(char *out, size_t len, uint64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	char date[32];

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, len, "%s.%03u+0000", date, (unsigned int)(us / 1000 % 1000));
}

/* Names come from the line: what is no UTF-8 is left out. */
static json_t *text(const char *s)
{
	json_t *t = json_string(s);

	return t ? t : json_string("");
}

static json_t *party(const struct party *p)
{
	bool shown = p->presentation != PARTY_RESTRICTED;

	return json_pack("{s:o,s:o}", "name", text(shown ? p->name : ""), "number",
			 text(shown ? p->number : ""));
}

json_t *api_json_channel(const struct channel_info *info)
{
	char created[48];

	api_time(created, sizeof(created), info->created_us);
	return json_pack("{s:o,s:o,s:s,s:o,s:o,s:s,s:{s:s,s:o,s:i,s:o,s:s},s:s,s:s,"
			 "s:s,s:o,s:b,s:b,s:I}",
			 "id", text(info->sid), "name", text(info->name), "state",
			 channel_state_name(info->state), "caller", party(&info->caller),
			 "connected", party(&info->connected), "accountcode", "", "dialplan",
			 "context", "default", "exten", text(info->exten), "priority", 1,
			 "app_name", text(info->app), "app_data", "", "creationtime", created, "language",
			 "en", "protocol_id", "", "leg", text(info->leg), "outgoing",
			 info->outgoing,
			 "held", info->held, "bridge", (json_int_t)info->bridge);
}

static void add_member(json_t *channels, json_t *members, const char *sid,
		       const struct bridge_voice *voice)
{
	json_array_append_new(channels, json_string(sid));
	json_array_append_new(members, json_pack("{s:s,s:s,s:b,s:i}", "channel", sid, "role",
						 voice->announcer ? "announcer" : "participant",
						 "mute", voice->mute, "volume", voice->volume));
}

json_t *api_json_bridge(const struct bridge_info *info)
{
	json_t *channels = json_array(), *members = json_array();
	char created[48];

	for (int i = 0; i < info->members; i++) {
		struct channel *ch = channel_by_id(info->member[i]);

		if (!ch)
			continue;
		add_member(channels, members, channel_sid(ch), &info->voice[i]);
		channel_put(ch);
	}
	api_time(created, sizeof(created), info->created_us);
	return json_pack("{s:o,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:s,s:s,s:s}", "id",
			 text(info->sid), "technology",
			 info->path == BRIDGE_PATH_KERNEL ? "kernel" : "user", "bridge_type",
			 bridge_type_name(info->type), "bridge_class", "base", "creator", "opentdm",
			 "channels", channels, "members", members, "name", text(info->name),
			 "creationtime", created, "video_mode", "none", "path",
			 bridge_path_name(info->path), "mode", bridge_mode_name(info->mode));
}

/* Who comes is in it, and who goes is not, whatever happened since. */
static void set_member(json_t *bridge, const char *sid, bool in)
{
	json_t *channels = json_object_get(bridge, "channels");
	json_t *members = json_object_get(bridge, "members");
	size_t at = 0;

	while (at < json_array_size(channels) &&
	       strcmp(json_string_value(json_array_get(channels, at)), sid))
		at++;
	if (in && at == json_array_size(channels)) {
		add_member(channels, members, sid, &(struct bridge_voice){ 0 });
	} else if (!in) { /* beyond the end: nothing */
		json_array_remove(channels, at);
		json_array_remove(members, at);
	}
}

/* The bridge of an event: with its members while it lives. */
static json_t *event_bridge(const struct event *event)
{
	struct bridge *br = bridge_by_id(event->bridge);
	struct bridge_info info = {
		.id = event->bridge,
		.created_us = event->bridge_created_us,
		.type = event->bridge_type,
		.mode = event->bridge_mode,
	};
	json_t *json;

	memcpy(info.sid, event->bridge_sid, sizeof(info.sid));
	memcpy(info.name, event->bridge_name, sizeof(info.name));
	if (br) {
		bridge_info_read(br, &info);
		bridge_put(br);
	}
	json = api_json_bridge(&info);
	if (event->type == EVENT_BRIDGE_ENTERED || event->type == EVENT_BRIDGE_LEFT)
		set_member(json, event->chan.sid, event->type == EVENT_BRIDGE_ENTERED);
	return json;
}

static const char *target_scheme(const struct channel_talk *talk)
{
	return talk->bridge ? "bridge:" : "channel:";
}

json_t *api_json_playback(const struct channel_talk *talk)
{
	json_t *json = json_pack("{s:s,s:o,s:s+,s:s,s:s}", "id", talk->id, "media_uri",
				 text(talk->uri), "target_uri", target_scheme(talk), talk->target,
				 "language", "en", "state", talk->state);

	if (json && talk->next_uri[0])
		json_object_set_new(json, "next_media_uri", text(talk->next_uri));
	return json;
}

json_t *api_json_recording(const struct channel_talk *talk)
{
	json_t *json = json_pack("{s:s,s:s,s:s,s:s+,s:i,s:i,s:i}", "name", talk->id, "format",
				 talk->uri, "state", talk->state, "target_uri",
				 target_scheme(talk), talk->target, "duration",
				 (int)(talk->ms / 1000),
				 "talking_duration", (int)(talk->talking_ms / 1000),
				 "silence_duration", (int)(talk->silence_ms / 1000));

	if (json && talk->err)
		json_object_set_new(json, "cause", json_string(strerror(-talk->err)));
	return json;
}

static const char *talk_type(const struct channel_talk *talk)
{
	static const char *const plays[] = { "PlaybackStarted", "PlaybackContinuing",
					     "PlaybackFinished" };

	if (!talk->record)
		return plays[talk->step];
	if (talk->step != CHANNEL_TALK_FINISHED)
		return "RecordingStarted";
	return talk->err ? "RecordingFailed" : "RecordingFinished";
}

/* "a,b" as ["a", "b"]; nothing is an empty one. */
static json_t *list(const char *at)
{
	json_t *array = json_array();
	size_t len;

	while (*at) {
		len = strcspn(at, ",");
		json_array_append_new(array, json_stringn(at, len));
		at += len + (at[len] == ',');
	}
	return array;
}

static void add_line(json_t *json, const struct event *event)
{
	switch (event->type) {
	case EVENT_DCHANNEL:
		json_object_set_new(json, "group", json_string(event->u.dchannel.group));
		json_object_set_new(json, "address", json_string(event->u.dchannel.address));
		json_object_set_new(json, "dchannel", json_integer(event->u.dchannel.number));
		json_object_set_new(json, "state",
				    json_string(event->u.dchannel.up ? "up" : "down"));
		json_object_set_new(json, "active_dchannel",
				    json_integer(event->u.dchannel.active));
		break;
	case EVENT_SPAN_ALARM:
		json_object_set_new(json, "span", json_string(event->u.span.id));
		json_object_set_new(json, "alarms", list(event->u.span.alarms));
		json_object_set_new(json, "defects", list(event->u.span.defects));
		json_object_set_new(json, "raised", list(event->u.span.raised));
		json_object_set_new(json, "cleared", list(event->u.span.cleared));
		json_object_set_new(json, "sending_rai", json_boolean(event->u.span.sending_rai));
		break;
	default:
		json_object_set_new(json, "card", json_string(event->u.clock.card));
		json_object_set_new(json, "state", json_string(event->u.clock.state));
		json_object_set_new(json, "port", json_integer(event->u.clock.port));
		break;
	}
}

static void add(json_t *json, const struct event *event)
{
	switch (event->type) {
	case EVENT_CHANNEL_DTMF:
		json_object_set_new(json, "digit", json_stringn(&event->u.dtmf.digit, 1));
		json_object_set_new(json, "duration_ms", json_integer(event->u.dtmf.ms));
		break;
	case EVENT_CHANNEL_VAR:
		json_object_set_new(json, "variable", text(event->u.var.name));
		json_object_set_new(json, "value", text(event->u.var.value));
		break;
	case EVENT_CHANNEL_MOVED:
		json_object_set_new(json, "source", json_string(event->u.moved.source_sid));
		break;
	case EVENT_CHANNEL_TRANSFERRED:
		json_object_set_new(json, "transferee", json_string(event->u.op.other_sid));
		json_object_set_new(json, "target", text(event->u.op.target));
		break;
	case EVENT_CHANNEL_TRANSFERRED_ATTENDED:
		json_object_set_new(json, "second", json_string(event->u.op.second_sid));
		json_object_set_new(json, "source", json_string(event->u.op.other_sid));
		break;
	case EVENT_CHANNEL_SWAPPED:
	case EVENT_CHANNEL_PICKED_UP:
	case EVENT_CHANNEL_RING_WON:
		json_object_set_new(json, "other", json_string(event->u.op.other_sid));
		break;
	case EVENT_CHANNEL_UNPARKED:
		json_object_set_new(json, "reason", json_string(event->u.park.why));
		/* fall through */
	case EVENT_CHANNEL_PARKED:
		json_object_set_new(json, "place", json_integer(event->u.park.place));
		break;
	case EVENT_CHANNEL_APP_ENTERED:
		json_object_set_new(json, "args", list(event->u.app.args));
		break;
	case EVENT_CHANNEL_HANGUP_REQUEST:
	case EVENT_CHANNEL_DESTROYED:
		json_object_set_new(json, "cause", json_integer(event->chan.cause));
		json_object_set_new(json, "cause_txt", json_string(cause_text(event->chan.cause)));
		break;
	case EVENT_CHANNEL_DIALED:
		json_object_set_new(json, "dialstatus", json_string(""));
		json_object_set_new(json, "peer", api_json_channel(&event->chan));
		break;
	case EVENT_CHANNEL_DIGITS:
		json_object_set_new(json, "dialplan_app", json_string("overlap"));
		json_object_set_new(json, "dialplan_app_data", text(event->chan.exten));
		break;
	case EVENT_CHANNEL_CALLER:
		json_object_set_new(json, "caller_presentation",
				    json_integer(event->chan.caller.presentation));
		json_object_set_new(json, "caller_presentation_txt", json_string(""));
		break;
	case EVENT_CHANNEL_TALK:
		if (event->u.talk.record)
			json_object_set_new(json, "recording", api_json_recording(&event->u.talk));
		else
			json_object_set_new(json, "playback", api_json_playback(&event->u.talk));
		break;
	case EVENT_CHANNEL_TALKING_FINISHED:
		json_object_set_new(json, "duration", json_integer(event->u.talking.ms));
		break;
	case EVENT_LEG_QUARANTINED:
		json_object_set_new(json, "leg", text(event->u.leg.label));
		json_object_set_new(json, "error", json_string(strerror(-event->u.leg.err)));
		break;
	case EVENT_BRIDGE_PATH:
		json_object_set_new(json, "path",
				    json_string(event->u.path.kernel ? "kernel" : "user"));
		json_object_set_new(json, "delta",
				    json_pack("[I,I]", (json_int_t)event->u.path.delta_ab,
					      (json_int_t)event->u.path.delta_ba));
		json_object_set_new(json, "delay",
				    json_pack("[I,I]", (json_int_t)event->u.path.delay_ab,
					      (json_int_t)event->u.path.delay_ba));
		break;
	case EVENT_CPU_REACHED:
	case EVENT_CPU_CLEARED:
		json_object_set_new(json, "load", json_integer(event->u.cpu.load));
		json_object_set_new(json, "cpu_high", json_integer(event->u.cpu.high));
		json_object_set_new(json, "cpu_low", json_integer(event->u.cpu.low));
		break;
	case EVENT_ENDPOINT:
		json_object_set_new(json, "endpoint", api_json_endpoint_event(event));
		break;
	case EVENT_DCHANNEL:
	case EVENT_SPAN_ALARM:
	case EVENT_SPAN_CLOCK:
		add_line(json, event);
		break;
	default:
		break;
	}
}

json_t *api_json_event(const struct event *event)
{
	bool talk = event->type == EVENT_CHANNEL_TALK;
	const char *type = talk ? talk_type(&event->u.talk) : event_name(event->type);
	char when[48];
	json_t *json;

	api_time(when, sizeof(when), event->time_us);
	json = json_pack("{s:s,s:s,s:I}", "type", type, "timestamp", when, "seq",
			 (json_int_t)event->seq);
	if (!json)
		return NULL;
	if (event->has_chan && event->type != EVENT_CHANNEL_DIALED && !talk)
		json_object_set_new(json, "channel", api_json_channel(&event->chan));
	if (event->bridge && !talk)
		json_object_set_new(json, "bridge", event_bridge(event));
	add(json, event);
	return json;
}
