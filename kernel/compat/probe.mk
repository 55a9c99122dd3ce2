# SPDX-License-Identifier: GPL-2.0-only
# What this kernel has, asked of its headers and not of its version, for distributions backport.
# $(call tdm-probe,HEADER,WORD,NAME) defines TDM_HAVE_NAME when HEADER mentions WORD.
tdm-probe = $(shell grep -qsw -e '$(2)' $(srctree)/include/$(1) && echo -DTDM_HAVE_$(3))

tdm-have := $(call tdm-probe,linux/hrtimer.h,hrtimer_setup,HRTIMER_SETUP)
tdm-have += $(call tdm-probe,linux/mm.h,vm_flags_clear,VM_FLAGS_CLEAR)
