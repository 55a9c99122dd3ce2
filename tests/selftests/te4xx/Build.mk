# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(addprefix $(d)te4xx_,e1.py t1.py faults_e1.py faults_t1.py signal_e1.py signal_t1.py \
	config.py profile.py clock.py models.py removal.py yank.py late.py hostile.py eight.py sleep.py fail.py memory.py)
te4xx_e1-cards := te405p:e1:1-2,3-4
te4xx_e1-timeout := 900
te4xx_t1-cards := te405p:t1:1-2,3-4
te4xx_t1-timeout := 900
te4xx_faults_e1-cards := te405p:e1:1-2,3-4
te4xx_faults_e1-timeout := 900
te4xx_faults_t1-cards := te405p:t1:1-2,3-4
te4xx_faults_t1-timeout := 900
te4xx_signal_e1-cards := te405p:e1:1-2,3-4
te4xx_signal_e1-timeout := 900
te4xx_signal_t1-cards := te405p:t1:1-2,3-4
te4xx_signal_t1-timeout := 900
te4xx_config-cards := te405p:e1:1-2,3-4
te4xx_config-timeout := 900
te4xx_profile-cards := te405p:e1:1-2,3-4:trace
te4xx_profile-timeout := 900
te4xx_clock-cards := te405p:e1:1-2.1,2-2.2 te405p:e1
te4xx_clock-timeout := 900
te4xx_removal-cards := te405p:e1:1-2,3-4
te4xx_removal-timeout := 900
te4xx_yank-cards := te405p:e1:1-2,3-4
te4xx_yank-boots := 2
te4xx_yank-timeout := 900
te4xx_late-cards := te405p:e1:1-2,3-4 te405p-4:e1:1-2,3-4
te4xx_late-timeout := 900
te4xx_hostile-cards := te405p:e1:1-2,3-4
te4xx_hostile-timeout := 900
te4xx_eight-cards := $(foreach n,1 2 3 4 5 6 7 8,te405p:e1:1-2,3-4)
te4xx_eight-timeout := 900
te4xx_sleep-cards := te405p:e1:1-2,3-4
te4xx_sleep-kernels := debug
te4xx_sleep-timeout := 900
te4xx_fail-cards := te405p:e1:1-2,3-4
te4xx_fail-kernels := debug
te4xx_fail-timeout := 900
te4xx_memory-cards := te405p:e1:1-2,3-4
te4xx_memory-kernels := debug
te4xx_memory-timeout := 900
te4xx_models-cards := te820:e1:1-2,3-4,5-6,7-8 te420:t1:1-2,3-4 te410p:e1:1-2,3-4 te405p:t1:1-2,3-4 \
	te220:e1:1-2 te210p:t1:1-2 te205p:e1:1-2 te420-4:t1:1-2,3-4 te410p-4:e1:1-2,3-4 te405p-4:t1:1-2,3-4 \
	te220-4:e1:1-2 te210p-4:t1:1-2 te205p-4:e1:1-2 te410p-3:t1:1-2,3-4 te405p-3:e1:1-2,3-4 \
	te210p-3:t1:1-2 te205p-3:e1:1-2 te410p-2:t1:1-2,3-4 te405p-2:e1:1-2,3-4 te210p-2:t1:1-2 te205p-2:e1:1-2
te4xx_models-timeout := 900
# In the debug kernel's short form: E1's probe, start and audio, fail points and memory that is refused, sleep.
$(foreach t,t1 faults_e1 faults_t1 signal_e1 signal_t1 config profile clock models eight late removal yank hostile,$(eval \
	te4xx_$(t)-debug := long))
# Left to the long form: all 21 identities, line profiles, eight cards at once, clocks that wander.
$(foreach t,models profile eight clock,$(eval te4xx_$(t)-long := y))
