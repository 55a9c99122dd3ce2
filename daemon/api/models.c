// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of types. One row a type: its members as NAME:TYPE, with ? behind a type whose member may
 * be missing. The tests validate every answer and every event against it.
 */
#include "daemon/api/models.h"

#include <string.h>

#include "daemon/core/types.h"

#define CHANNEL "channel:Channel "
#define BRIDGE	"bridge:Bridge "
#define ALARMS	"los:boolean lfa:boolean ais:boolean rai:boolean lmfa:boolean"
#define PLAY	"playback:Playback"
#define RECORD	"recording:LiveRecording"

static const struct {
	const char *name, *members;
} models[] = {
	{ "CallerID", "name:string number:string" },
	{ "DialplanCEP", "context:string exten:string priority:long app_name:string app_data:string" },
	{ "Channel",
	  "id:string name:string state:string caller:CallerID connected:CallerID accountcode:string "
	  "dialplan:DialplanCEP creationtime:Date language:string protocol_id:string leg:string "
	  "outgoing:boolean held:boolean bridge:long" },
	{ "Bridge",
	  "id:string technology:string bridge_type:string bridge_class:string creator:string "
	  "channels:List[string] members:List[BridgeMember] name:string creationtime:Date "
	  "video_mode:string path:string mode:string" },
	{ "BridgeMember", "channel:string role:string mute:boolean volume:int" },
	{ "Application",
	  "name:string channel_ids:List[string] bridge_ids:List[string] endpoint_ids:List[string] "
	  "device_names:List[string] events_allowed:List[string] events_disallowed:List[string]" },
	{ "AsteriskPing", "asterisk_id:string ping:string timestamp:Date" },
	{ "AsteriskInfo", "build:object? system:object? config:object? status:object? core:object?" },
	{ "Variable", "value:string" },
	{ "LogChannel", "channel:string type:string status:string configuration:string" },
	{ "Endpoint", "technology:string resource:string state:string channel_ids:List[string]" },
	{ "DeviceState", "name:string state:string" },
	{ "Playback",
	  "id:string media_uri:string next_media_uri:string? target_uri:string language:string "
	  "state:string" },
	{ "LiveRecording",
	  "name:string format:string state:string target_uri:string duration:int "
	  "talking_duration:int silence_duration:int cause:string?" },
	{ "StoredRecording", "name:string format:string" },
	{ "Place", "place:int " CHANNEL },
	{ "Level", "channel:string path:string in:Loudness? out:Loudness?" },
	{ "Loudness", "mean:int peak:int" },
	{ "Alarms", ALARMS },
	{ "Span",
	  "id:string card:string port:int state:string stalled:boolean type:string framing:string "
	  "line_code:string signalling:string alarms:Alarms defects:Alarms sending_rai:boolean "
	  "slips:int clock:object counters:object group:string maintenance:object" },
};

/* Each has a type, its application and the time besides. */
static const struct {
	const char *name, *members;
} events[] = {
	{ "ApplicationReplaced", "" },
	{ "BridgeAttendedTransfer", CHANNEL "second:string source:string" },
	{ "BridgeBlindTransfer", CHANNEL "transferee:string target:string" },
	{ "BridgeCreated", BRIDGE },
	{ "BridgeDestroyed", BRIDGE },
	{ "BridgePathChanged", BRIDGE "path:string delta:List[int] delay:List[int]" },
	{ "ChannelCallerId", CHANNEL "caller_presentation:int caller_presentation_txt:string" },
	{ "ChannelConnectedLine", CHANNEL },
	{ "ChannelCreated", CHANNEL },
	{ "ChannelDestroyed", CHANNEL "cause:int cause_txt:string" },
	{ "ChannelDialplan", CHANNEL "dialplan_app:string dialplan_app_data:string" },
	{ "ChannelDtmfReceived", CHANNEL "digit:string duration_ms:int" },
	{ "ChannelEnteredBridge", CHANNEL BRIDGE },
	{ "ChannelHangupRequest", CHANNEL "cause:int cause_txt:string" },
	{ "ChannelHold", CHANNEL },
	{ "ChannelLeftBridge", CHANNEL BRIDGE },
	{ "ChannelMoved", CHANNEL "source:string" },
	{ "ChannelParked", CHANNEL "place:int" },
	{ "ChannelPickedUp", CHANNEL "other:string" },
	{ "ChannelStateChange", CHANNEL },
	{ "ChannelSwapped", CHANNEL "other:string" },
	{ "ChannelTalkingFinished", CHANNEL "duration:int" },
	{ "ChannelTalkingStarted", CHANNEL },
	{ "ChannelUnhold", CHANNEL },
	{ "ChannelUnparked", CHANNEL "place:int reason:string" },
	{ "ChannelUserevent",
	  "channel:Channel? bridge:Bridge? endpoint:Endpoint? eventname:string userevent:object" },
	{ "ChannelVarset", "channel:Channel? variable:string value:string" },
	{ "CpuLimitCleared", "load:int cpu_high:int cpu_low:int" },
	{ "CpuLimitReached", "load:int cpu_high:int cpu_low:int" },
	{ "DChannelState",
	  "group:string address:string dchannel:int state:string active_dchannel:int" },
	{ "DeviceStateChanged", "device_state:DeviceState" },
	{ "Dial", "dialstatus:string peer:Channel" },
	{ "EndpointStateChange", "endpoint:Endpoint" },
	{ "LegQuarantined", CHANNEL "leg:string error:string" },
	{ "PlaybackContinuing", PLAY },
	{ "PlaybackFinished", PLAY },
	{ "PlaybackStarted", PLAY },
	{ "RecordingFailed", RECORD },
	{ "RecordingFinished", RECORD },
	{ "RecordingStarted", RECORD },
	{ "RingGroupAnswered", CHANNEL "other:string" },
	{ "SpanAlarm",
	  "span:string alarms:List[string] defects:List[string] raised:List[string] "
	  "cleared:List[string] sending_rai:boolean" },
	{ "SpanClockChanged", "card:string state:string port:int" },
	{ "StasisEnd", CHANNEL },
	{ "StasisStart", CHANNEL "args:List[string]" },
};

static void add_members(json_t *properties, const char *at)
{
	size_t n, colon;

	for (; *at; at += n + (at[n] == ' ')) {
		bool maybe;

		n = strcspn(at, " ");
		colon = strcspn(at, ":");
		maybe = at[n - 1] == '?';
		json_object_setn_new(properties, at, colon,
				     json_pack("{s:s%,s:b}", "type", at + colon + 1,
					       n - colon - 1 - maybe, "required", !maybe));
	}
}

static json_t *model(const char *name, const char *common, const char *members)
{
	json_t *properties = json_object();

	add_members(properties, common);
	add_members(properties, members);
	return json_pack("{s:s,s:o}", "id", name, "properties", properties);
}

json_t *api_models(void)
{
	static const char common[] = "type:string application:string timestamp:Date seq:long?";
	json_t *all = json_object(), *kinds = json_array(), *event;

	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		json_object_set_new(all, models[i].name, model(models[i].name, "", models[i].members));
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		json_object_set_new(all, events[i].name,
				    model(events[i].name, common, events[i].members));
		json_array_append_new(kinds, json_string(events[i].name));
	}
	event = model("Event", common, "");
	json_object_set(event, "subTypes", kinds);
	json_object_set_new(all, "Event", event);
	event = model("Message", "type:string", "");
	json_object_set_new(event, "subTypes", kinds);
	json_object_set_new(all, "Message", event);
	return all;
}
