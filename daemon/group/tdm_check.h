/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libtdm asks before it enters the kernel, answered by the table of locks. */
#ifndef OPENTDM_GROUP_TDM_CHECK_H
#define OPENTDM_GROUP_TDM_CHECK_H

#include "daemon/core/lock.h"
#include "lib/tdm.h"

static inline void tdm_lock_check(enum tdm_call_class cls, const char *call)
{
	static const enum lock_enter enter[] = {
		[TDM_CALL_QUICK] = LOCK_ENTER_DATA,
		[TDM_CALL_CONFIG] = LOCK_ENTER_SHORT,
		[TDM_CALL_WAIT] = LOCK_ENTER_WAIT,
	};

	(void)call;
	(void)enter;
	lock_boundary_check(enter[cls]);
}

#endif
