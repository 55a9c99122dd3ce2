# SPDX-License-Identifier: GPL-2.0-or-later
"""The shapes of the API's objects, and what each event carries beyond the common members."""
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$")

PARTY = {"name": str, "number": str}
CHANNEL = {
    "id": str, "name": str, "state": {"Down", "Ring", "Dialing", "Ringing", "Up", "Busy"}, "caller": PARTY,
    "connected": PARTY, "accountcode": str, "dialplan": {
        "context": str, "exten": str, "priority": int, "app_name": str, "app_data": str},
    "creationtime": TIME, "language": str, "protocol_id": str, "leg": str, "outgoing": bool, "held": bool,
    "bridge": int}
BRIDGE = {
    "id": str, "technology": str, "bridge_type": {"mixing", "holding"}, "bridge_class": str, "creator": str,
    "channels": [str], "members": [{"channel": str, "role": {"participant", "announcer"}, "mute": bool, "volume": int}],
    "name": str, "creationtime": TIME, "video_mode": str,
    "path": {"none", "user", "to-kernel", "kernel", "to-user"}, "mode": {"auto", "user", "kernel"}}
APPLICATION = {"name": str, "channel_ids": [str], "bridge_ids": [str], "endpoint_ids": [str], "device_names": [str],
               "events_allowed": [str], "events_disallowed": [str]}
PLACE = {"place": int, "channel": CHANNEL}
PLAYBACK = {"id": str, "media_uri": str, "next_media_uri?": str, "target_uri": str, "language": str,
            "state": {"queued", "playing", "paused", "continuing", "done", "failed"}}
RECORDING = {"name": str, "format": str, "state": {"queued", "recording", "paused", "done", "failed", "canceled"},
             "target_uri": str, "duration": int, "talking_duration": int, "silence_duration": int, "cause?": str}
STORED = {"name": str, "format": {"wav", "alaw", "ulaw"}}
LOG = {"channel": str, "type": {"Console"}, "status": {"Enabled"}, "configuration": str}
ENDPOINT = {"technology": {"PRI", "Local"}, "resource": str, "state": {"online", "offline"}, "channel_ids": [str]}
DEVICE = {"name": str, "state": {"NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE",
                                 "ONHOLD", "UNKNOWN"}}
ALARMS = {"los": bool, "lfa": bool, "ais": bool, "rai": bool, "lmfa": bool}
COUNT = {name: int for name in ("es", "ses", "sefs", "uas", "css", "les", "bes", "dm", "pcv", "lcv")}
SPAN = {
    "id": str, "card": str, "port": int, "state": {"up", "down"}, "stalled": bool, "type": str, "framing": str,
    "line_code": str, "signalling": str, "alarms": ALARMS, "defects": ALARMS, "sending_rai": bool, "slips": int,
    "clock": ({"state": {"free", "locked", "holdover"}, "port": int, "usable": bool, "changes": int},),
    "counters": ({"current": {"elapsed": int, "valid": bool, "near": COUNT, "far": (COUNT,)},
                  "day": {"elapsed": int, "near": COUNT, "far": (COUNT,)},
                  "line": {"lcv": int, "crc": int, "ebit": int, "frame": int, "sef": int, "slips": int}},),
    "group": (str,), "maintenance": {"loop": str, "timeslots": str, "busy": str, "out_of_service": str,
                                  "far_out_of_service": str}}
PING = {"ping": {"pong"}, "timestamp": TIME, "asterisk_id": str}
INFO = {
    "build": {"os": str, "kernel": str, "machine": str, "options": str, "date": TIME, "user": str},
    "system": {"version": str, "entity_id": str},
    "config": {"name": str, "default_language": str, "max_open_files": int, "setid": {"user": str, "group": str}},
    "status": {"startup_time": TIME, "last_reload_time": TIME, "pid": int},
    "core": {"tasks": int, "wait_total_us": int, "wait_max_us": int, "depth_max": int, "runnable": int,
             "serializers": int, "threads": int, "edeadlk": int, "timedout": int, "locks_contended": int,
             "quarantined": int}}

_CHANNEL, _BOTH, _BRIDGE = {"channel": CHANNEL}, {"channel": CHANNEL, "bridge": BRIDGE}, {"bridge": BRIDGE}
_PLAY, _RECORD = {"playback": PLAYBACK}, {"recording": RECORDING}
_CPU = {"load": int, "cpu_high": int, "cpu_low": int}
EVENTS = {
    "ChannelCreated": _CHANNEL, "ChannelStateChange": _CHANNEL,
    "Dial": {"dialstatus": str, "peer": CHANNEL},
    "ChannelDtmfReceived": {"channel": CHANNEL, "digit": str, "duration_ms": int},
    "ChannelDialplan": {"channel": CHANNEL, "dialplan_app": str, "dialplan_app_data": str},
    "ChannelTalkingStarted": _CHANNEL, "ChannelTalkingFinished": {"channel": CHANNEL, "duration": int},
    "ChannelHold": _CHANNEL, "ChannelUnhold": _CHANNEL, "ChannelConnectedLine": _CHANNEL,
    "ChannelCallerId": {"channel": CHANNEL, "caller_presentation": int, "caller_presentation_txt": str},
    "ChannelVarset": {"channel": CHANNEL, "variable": str, "value": str},
    "ChannelMoved": {"channel": CHANNEL, "source": str},
    "BridgeBlindTransfer": {"channel": CHANNEL, "transferee": str, "target": str},
    "BridgeAttendedTransfer": {"channel": CHANNEL, "second": str, "source": str},
    "ChannelSwapped": {"channel": CHANNEL, "other": str}, "ChannelPickedUp": {"channel": CHANNEL, "other": str},
    "RingGroupAnswered": {"channel": CHANNEL, "other": str},
    "ChannelParked": {"channel": CHANNEL, "place": int},
    "ChannelUnparked": {"channel": CHANNEL, "place": int,
                        "reason": {"retrieved", "timeout", "bridged", "taken", "gone"}},
    "StasisStart": {"channel": CHANNEL, "args": [str]}, "StasisEnd": _CHANNEL,
    "ChannelHangupRequest": {"channel": CHANNEL, "cause": int, "cause_txt": str},
    "ChannelDestroyed": {"channel": CHANNEL, "cause": int, "cause_txt": str},
    "PlaybackStarted": _PLAY, "PlaybackContinuing": _PLAY, "PlaybackFinished": _PLAY, "RecordingStarted": _RECORD,
    "RecordingFinished": _RECORD, "RecordingFailed": _RECORD,
    "LegQuarantined": {"channel": CHANNEL, "leg": str, "error": str},
    "BridgeCreated": _BRIDGE, "ChannelEnteredBridge": _BOTH, "ChannelLeftBridge": _BOTH,
    "BridgePathChanged": {"bridge": BRIDGE, "path": {"user", "kernel"}, "delta": [int], "delay": [int]},
    "BridgeDestroyed": _BRIDGE, "CpuLimitReached": _CPU, "CpuLimitCleared": _CPU,
    "EndpointStateChange": {"endpoint": ENDPOINT},
    "DChannelState": {"group": str, "address": str, "dchannel": int, "state": {"up", "down"}, "active_dchannel": int},
    "SpanAlarm": {"span": str, "alarms": [str], "defects": [str], "raised": [str], "cleared": [str],
                  "sending_rai": bool},
    "SpanClockChanged": {"card": str, "state": {"free", "locked", "holdover"}, "port": int},
    "DeviceStateChanged": {"device_state": DEVICE}, "ChannelUserevent": {"eventname": str, "userevent": dict},
}
# What the API itself brings about has no number.
UNNUMBERED = {"DeviceStateChanged", "ChannelUserevent"}
# Members that may be missing.
OPTIONAL = {"ChannelUserevent": {"channel": CHANNEL, "bridge": BRIDGE, "endpoint": ENDPOINT},
            "ChannelVarset": {"channel": CHANNEL}}


def check(value, shape, where="answer"):
    """Raises ValueError where value has not exactly this shape: no member missing, none unknown. "name?" may be
    missing, (shape,) is that or null"""
    if isinstance(shape, tuple):
        if value is None:
            return
        shape, = shape
    if isinstance(shape, dict):
        shape = {name.rstrip("?"): inner for name, inner in shape.items()
                 if name[-1] != "?" or isinstance(value, dict) and name[:-1] in value}
        if not isinstance(value, dict) or set(value) != set(shape):
            names = sorted(set(value) ^ set(shape)) if isinstance(value, dict) else value
            raise ValueError(f"{where}: not these members: {names}")
        for name, inner in shape.items():
            check(value[name], inner, f"{where}.{name}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise ValueError(f"{where}: {value!r} is no array")
        for i, item in enumerate(value):
            check(item, shape[0], f"{where}[{i}]")
    elif isinstance(shape, set):
        if value not in shape:
            raise ValueError(f"{where}: {value!r} is none of {sorted(shape)}")
    elif isinstance(shape, re.Pattern):
        if not isinstance(value, str) or not shape.match(value):
            raise ValueError(f"{where}: {value!r} is no {shape.pattern}")
    elif type(value) is not shape:
        raise ValueError(f"{where}: {value!r} is no {shape.__name__}")


docs = None  # what the API says of itself: events are of these types, too


def check_event(event):
    kind = event.get("type")
    if kind not in EVENTS:
        raise ValueError(f"unknown event {kind}")
    shape = {"type": str, "application": str, "timestamp": TIME, "seq": int, **EVENTS[kind]}
    if kind in UNNUMBERED or kind == "ChannelVarset" and "channel" not in event:  # a global variable
        del shape["seq"]
    for name, inner in OPTIONAL.get(kind, {}).items():
        if name not in event:
            shape.pop(name, None)
        else:
            shape[name] = inner
    check(event, shape, kind)
    if docs:
        docs.event(event)
