/* SPDX-License-Identifier: GPL-2.0-only */
/* What the span's work knows: shared by work.c and seconds.c only. Protected by the span mutex. */
#ifndef TDM_LOGIC_H
#define TDM_LOGIC_H

#include "core.h"
#include "pure/alarm.h"
#include "pure/counters.h"
#include "pure/debounce.h"

/* Q.422 3.1: a change of line signals is recognised after 20 +- 7 ms. */
#define CAS_PERSIST_MS	16U

struct tdm_span_logic {
	struct tdm_alarm alarm;
	u64 alarm_next;			/* frame of its next timer */
	struct tdm_debounce cas[TDM_SLOTS_MAX];

	u64 second_end;			/* frame at which the second that runs is over */
	struct tdm_perf_second second;	/* gathered in it so far */
	struct tdm_perf near, far;
	u8 kind;			/* enum tdm_perf_kind of near */
	bool has_far;
	unsigned int epoch;
	struct tdm_line_totals line;
};

/* seconds.c; span mutex held */
void tdm_counters_config(struct tdm_span *span);	/* the framing may have changed */
void tdm_second_start(struct tdm_span *span, u64 now);
void tdm_second_defects(struct tdm_span *span);		/* span->defects has changed */
void tdm_second_over(struct tdm_span *span, u64 now);	/* second_end is reached; moves it on */

#endif /* TDM_LOGIC_H */
