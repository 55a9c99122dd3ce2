/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made by scripts/metrics-gen from daemon/api/metrics.tbl: edit that. */
#ifndef TDMD_API_METRICS_TABLE_H
#define TDMD_API_METRICS_TABLE_H

enum metric {
	METRIC_BUILD_INFO,
	METRIC_PROCESS_START_TIME_SECONDS,
	METRIC_PROCESS_CPU_SECONDS_TOTAL,
	METRIC_PROCESS_RESIDENT_MEMORY_BYTES,
	METRIC_CALLS,
	METRIC_CALLS_STARTED_TOTAL,
	METRIC_CALLS_ENDED_TOTAL,
	METRIC_BRIDGES,
	METRIC_MOVES_TOTAL,
	METRIC_LEGS_QUARANTINED,
	METRIC_GROUP_UP,
	METRIC_GROUP_READY,
	METRIC_GROUP_CALLS,
	METRIC_GROUP_CALLS_IN_TOTAL,
	METRIC_GROUP_CALLS_OUT_TOTAL,
	METRIC_GROUP_CALLS_REFUSED_TOTAL,
	METRIC_GROUP_GLARE_TOTAL,
	METRIC_GROUP_DCHANNEL_FRAMES_RECEIVED_TOTAL,
	METRIC_GROUP_DCHANNEL_FRAMES_SENT_TOTAL,
	METRIC_GROUP_DCHANNEL_FRAMES_DROPPED_TOTAL,
	METRIC_GROUP_TIMESLOTS,
	METRIC_SPAN_CALLS,
	METRIC_SPAN_UP,
	METRIC_SPAN_STALLED,
	METRIC_SPAN_ALARM,
	METRIC_SPAN_DEFECT,
	METRIC_SPAN_SENDING_RAI,
	METRIC_SPAN_SLIPS_TOTAL,
	METRIC_SPAN_ERRORED_SECONDS,
	METRIC_SPAN_SEVERELY_ERRORED_SECONDS,
	METRIC_SPAN_UNAVAILABLE_SECONDS,
	METRIC_SPAN_LINE_CODE_VIOLATIONS_TOTAL,
	METRIC_SPAN_CRC_ERRORS_TOTAL,
	METRIC_SPAN_FRAMING_ERRORS_TOTAL,
	METRIC_MEDIA_LINES,
	METRIC_MEDIA_CLAIMS,
	METRIC_MEDIA_PERIODS_TOTAL,
	METRIC_MEDIA_LATE_PERIODS_TOTAL,
	METRIC_MEDIA_OVERRUN_FRAMES_TOTAL,
	METRIC_MEDIA_STARVED_PERIODS_TOTAL,
	METRIC_MEDIA_SLIPS_TOTAL,
	METRIC_SERIALIZERS,
	METRIC_SERIALIZERS_RUNNABLE,
	METRIC_SERIALIZER_THREADS,
	METRIC_SERIALIZER_DEPTH_MAX,
	METRIC_TASKS_TOTAL,
	METRIC_TASK_WAIT_SECONDS_TOTAL,
	METRIC_TASK_WAIT_MAX_SECONDS,
	METRIC_SERIALIZER_CALLS_REFUSED_TOTAL,
	METRIC_SERIALIZER_CALLS_TIMEDOUT_TOTAL,
	METRIC_LOCK_CONTENDED_TOTAL,
	METRIC_LOCK_WAIT_SECONDS_TOTAL,
	METRIC_API_CONNECTIONS,
	METRIC_API_STREAMS,
	METRIC_API_APPLICATIONS,
	METRIC_API_REQUESTS_TOTAL,
	METRIC_API_EVENTS_DELIVERED_TOTAL,
	METRIC_API_EVENTS_DROPPED_TOTAL,
	METRIC_API_READERS_SLOW_TOTAL,
	METRIC_EVENTS_LOST_TOTAL,
	METRICS
};

/* X(metric, name, type, labels, from, help) */
#define METRIC_TABLE(X) \
	X(METRIC_BUILD_INFO, \
	  "opentdm_build_info", "gauge", \
	  LABELS_VERSION, NULL, \
	  "Always 1; its label is the version of the daemon.") \
	X(METRIC_PROCESS_START_TIME_SECONDS, \
	  "process_start_time_seconds", "gauge", \
	  LABELS_NONE, "ns", \
	  "When the daemon started, since the epoch.") \
	X(METRIC_PROCESS_CPU_SECONDS_TOTAL, \
	  "process_cpu_seconds_total", "counter", \
	  LABELS_NONE, "ns", \
	  "CPU time that the daemon has used, in user and in kernel mode.") \
	X(METRIC_PROCESS_RESIDENT_MEMORY_BYTES, \
	  "process_resident_memory_bytes", "gauge", \
	  LABELS_NONE, NULL, \
	  "Memory of the daemon that is resident.") \
	X(METRIC_CALLS, \
	  "opentdm_calls", "gauge", \
	  LABELS_STATE, NULL, \
	  "Calls that are there, by the state of their channel as the API names it.") \
	X(METRIC_CALLS_STARTED_TOTAL, \
	  "opentdm_calls_started_total", "counter", \
	  LABELS_DIRECTION, NULL, \
	  "Calls that began, by direction: in or out.") \
	X(METRIC_CALLS_ENDED_TOTAL, \
	  "opentdm_calls_ended_total", "counter", \
	  LABELS_CAUSE, NULL, \
	  "Calls that ended, by their cause of Q.850; a cause appears with its first " \
	  "call.") \
	X(METRIC_BRIDGES, \
	  "opentdm_bridges", "gauge", \
	  LABELS_NONE, NULL, \
	  "Bridges that are there.") \
	X(METRIC_MOVES_TOTAL, \
	  "opentdm_moves_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Legs that were moved under another channel: moves, attended transfers and " \
	  "pickups.") \
	X(METRIC_LEGS_QUARANTINED, \
	  "opentdm_legs_quarantined", "gauge", \
	  LABELS_NONE, NULL, \
	  "Legs that were asked to release and never did.") \
	X(METRIC_GROUP_UP, \
	  "opentdm_group_up", "gauge", \
	  LABELS_GROUP, "state", \
	  "1 while a D-channel of the trunk group is up, else 0.") \
	X(METRIC_GROUP_READY, \
	  "opentdm_group_ready", "gauge", \
	  LABELS_GROUP, "ready", \
	  "1 once the first round of RESTART after that is through, else 0.") \
	X(METRIC_GROUP_CALLS, \
	  "opentdm_group_calls", "gauge", \
	  LABELS_GROUP, "calls", \
	  "Calls of the trunk group that are not released.") \
	X(METRIC_GROUP_CALLS_IN_TOTAL, \
	  "opentdm_group_calls_in_total", "counter", \
	  LABELS_GROUP, "calls_in", \
	  "Calls that the far end offered.") \
	X(METRIC_GROUP_CALLS_OUT_TOTAL, \
	  "opentdm_group_calls_out_total", "counter", \
	  LABELS_GROUP, "calls_out", \
	  "Calls that were placed.") \
	X(METRIC_GROUP_CALLS_REFUSED_TOTAL, \
	  "opentdm_group_calls_refused_total", "counter", \
	  LABELS_GROUP, "refused", \
	  "Calls of the far end that were refused before a channel was made.") \
	X(METRIC_GROUP_GLARE_TOTAL, \
	  "opentdm_group_glare_total", "counter", \
	  LABELS_GROUP, "glare", \
	  "Calls that lost their B-channel to a call of the far end and were tried on " \
	  "another.") \
	X(METRIC_GROUP_DCHANNEL_FRAMES_RECEIVED_TOTAL, \
	  "opentdm_group_dchannel_frames_received_total", "counter", \
	  LABELS_GROUP, "frames_received", \
	  "Frames that the D-channels received.") \
	X(METRIC_GROUP_DCHANNEL_FRAMES_SENT_TOTAL, \
	  "opentdm_group_dchannel_frames_sent_total", "counter", \
	  LABELS_GROUP, "frames_sent", \
	  "Frames that the D-channels sent.") \
	X(METRIC_GROUP_DCHANNEL_FRAMES_DROPPED_TOTAL, \
	  "opentdm_group_dchannel_frames_dropped_total", "counter", \
	  LABELS_GROUP, "frames_dropped", \
	  "Frames that found no room to be sent.") \
	X(METRIC_GROUP_TIMESLOTS, \
	  "opentdm_group_timeslots", "gauge", \
	  LABELS_GROUP_STATE, NULL, \
	  "B-channels: idle (and free to be used), busy, resetting, or blocked.") \
	X(METRIC_SPAN_CALLS, \
	  "opentdm_span_calls", "gauge", \
	  LABELS_GROUP_SPAN, NULL, \
	  "B-channels of the span that have a call.") \
	X(METRIC_SPAN_UP, \
	  "opentdm_span_up", "gauge", \
	  LABELS_SPAN, "state", \
	  "1 while the administrator wants the span up, else 0.") \
	X(METRIC_SPAN_STALLED, \
	  "opentdm_span_stalled", "gauge", \
	  LABELS_SPAN, "stalled", \
	  "1 while the span is up and its card has stopped ticking, else 0.") \
	X(METRIC_SPAN_ALARM, \
	  "opentdm_span_alarm", "gauge", \
	  LABELS_SPAN_ALARM, "alarms", \
	  "1 while the failure is declared on the span, else 0.") \
	X(METRIC_SPAN_DEFECT, \
	  "opentdm_span_defect", "gauge", \
	  LABELS_SPAN_ALARM, "defects", \
	  "1 while the framer sees the defect, declared or not, else 0.") \
	X(METRIC_SPAN_SENDING_RAI, \
	  "opentdm_span_sending_rai", "gauge", \
	  LABELS_SPAN, "sending_rai", \
	  "1 while the span sends RAI to the far end, else 0.") \
	X(METRIC_SPAN_SLIPS_TOTAL, \
	  "opentdm_span_slips_total", "counter", \
	  LABELS_SPAN, "slips", \
	  "Frames that the span repeated or deleted because of its clock.") \
	X(METRIC_SPAN_ERRORED_SECONDS, \
	  "opentdm_span_errored_seconds", "gauge", \
	  LABELS_SPAN_INTERVAL, "es", \
	  "Errored seconds (ES), near end, of the current 15 minutes or of the last day.") \
	X(METRIC_SPAN_SEVERELY_ERRORED_SECONDS, \
	  "opentdm_span_severely_errored_seconds", "gauge", \
	  LABELS_SPAN_INTERVAL, "ses", \
	  "Severely errored seconds (SES), near end.") \
	X(METRIC_SPAN_UNAVAILABLE_SECONDS, \
	  "opentdm_span_unavailable_seconds", "gauge", \
	  LABELS_SPAN_INTERVAL, "uas", \
	  "Unavailable seconds (UAS), near end.") \
	X(METRIC_SPAN_LINE_CODE_VIOLATIONS_TOTAL, \
	  "opentdm_span_line_code_violations_total", "counter", \
	  LABELS_SPAN, "counters.line.lcv", \
	  "Line code violations since the card was registered or the counters were " \
	  "reset.") \
	X(METRIC_SPAN_CRC_ERRORS_TOTAL, \
	  "opentdm_span_crc_errors_total", "counter", \
	  LABELS_SPAN, "counters.line.crc", \
	  "CRC errors, since then.") \
	X(METRIC_SPAN_FRAMING_ERRORS_TOTAL, \
	  "opentdm_span_framing_errors_total", "counter", \
	  LABELS_SPAN, "counters.line.frame", \
	  "Framing errors, since then.") \
	X(METRIC_MEDIA_LINES, \
	  "opentdm_media_lines", "gauge", \
	  LABELS_NONE, "media.lines", \
	  "Spans whose media are served.") \
	X(METRIC_MEDIA_CLAIMS, \
	  "opentdm_media_claims", "gauge", \
	  LABELS_NONE, "media.claims", \
	  "Timeslots whose media are served.") \
	X(METRIC_MEDIA_PERIODS_TOTAL, \
	  "opentdm_media_periods_total", "counter", \
	  LABELS_NONE, "media.periods", \
	  "Periods that the media thread has served.") \
	X(METRIC_MEDIA_LATE_PERIODS_TOTAL, \
	  "opentdm_media_late_periods_total", "counter", \
	  LABELS_NONE, "media.late", \
	  "Periods whose octets came too late to be sent, in part or whole.") \
	X(METRIC_MEDIA_OVERRUN_FRAMES_TOTAL, \
	  "opentdm_media_overrun_frames_total", "counter", \
	  LABELS_NONE, "media.overruns", \
	  "Frames that were not read in time.") \
	X(METRIC_MEDIA_STARVED_PERIODS_TOTAL, \
	  "opentdm_media_starved_periods_total", "counter", \
	  LABELS_NONE, "media.starved", \
	  "Periods in which a bridged peer's octets were missing.") \
	X(METRIC_MEDIA_SLIPS_TOTAL, \
	  "opentdm_media_slips_total", "counter", \
	  LABELS_NONE, "media.slips", \
	  "Octets that a bridge in user space repeated or dropped between two clocks.") \
	X(METRIC_SERIALIZERS, \
	  "opentdm_serializers", "gauge", \
	  LABELS_NONE, NULL, \
	  "Channels and bridges, each of which has a queue of tasks.") \
	X(METRIC_SERIALIZERS_RUNNABLE, \
	  "opentdm_serializers_runnable", "gauge", \
	  LABELS_NONE, NULL, \
	  "Of them, those that wait for a thread now.") \
	X(METRIC_SERIALIZER_THREADS, \
	  "opentdm_serializer_threads", "gauge", \
	  LABELS_NONE, NULL, \
	  "Threads that run the tasks.") \
	X(METRIC_SERIALIZER_DEPTH_MAX, \
	  "opentdm_serializer_depth_max", "gauge", \
	  LABELS_NONE, NULL, \
	  "The most tasks that one of them had in its queue at once, since the start.") \
	X(METRIC_TASKS_TOTAL, \
	  "opentdm_tasks_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Tasks that have begun.") \
	X(METRIC_TASK_WAIT_SECONDS_TOTAL, \
	  "opentdm_task_wait_seconds_total", "counter", \
	  LABELS_NONE, "ns", \
	  "How long tasks waited from the post to their beginning, all together.") \
	X(METRIC_TASK_WAIT_MAX_SECONDS, \
	  "opentdm_task_wait_max_seconds", "gauge", \
	  LABELS_NONE, "ns", \
	  "The longest that one has waited, since the start.") \
	X(METRIC_SERIALIZER_CALLS_REFUSED_TOTAL, \
	  "opentdm_serializer_calls_refused_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Waits for a task that were refused, since they came from where nobody may " \
	  "wait.") \
	X(METRIC_SERIALIZER_CALLS_TIMEDOUT_TOTAL, \
	  "opentdm_serializer_calls_timedout_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Waits for a task that were given up at their deadline.") \
	X(METRIC_LOCK_CONTENDED_TOTAL, \
	  "opentdm_lock_contended_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Locks that were found taken.") \
	X(METRIC_LOCK_WAIT_SECONDS_TOTAL, \
	  "opentdm_lock_wait_seconds_total", "counter", \
	  LABELS_NONE, "ns", \
	  "How long was waited for them, all together.") \
	X(METRIC_API_CONNECTIONS, \
	  "opentdm_api_connections", "gauge", \
	  LABELS_NONE, NULL, \
	  "Connections to the API, with those of readers of events.") \
	X(METRIC_API_STREAMS, \
	  "opentdm_api_streams", "gauge", \
	  LABELS_NONE, NULL, \
	  "Readers of events.") \
	X(METRIC_API_APPLICATIONS, \
	  "opentdm_api_applications", "gauge", \
	  LABELS_NONE, NULL, \
	  "Applications that a reader of events names.") \
	X(METRIC_API_REQUESTS_TOTAL, \
	  "opentdm_api_requests_total", "counter", \
	  LABELS_CODE, NULL, \
	  "Requests that were answered, by status; one appears with its first answer.") \
	X(METRIC_API_EVENTS_DELIVERED_TOTAL, \
	  "opentdm_api_events_delivered_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Events that were handed to the connection of a reader, once for each " \
	  "application that hears them.") \
	X(METRIC_API_EVENTS_DROPPED_TOTAL, \
	  "opentdm_api_events_dropped_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Events that a reader did not get: it was too slow and was disconnected, or " \
	  "had gone.") \
	X(METRIC_API_READERS_SLOW_TOTAL, \
	  "opentdm_api_readers_slow_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Readers that were disconnected because they were too slow.") \
	X(METRIC_EVENTS_LOST_TOTAL, \
	  "opentdm_events_lost_total", "counter", \
	  LABELS_NONE, NULL, \
	  "Events that were not made for want of memory.")

#endif
