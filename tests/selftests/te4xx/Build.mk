# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)te4xx_e1.py $(d)te4xx_t1.py $(d)te4xx_profile.py
te4xx_e1-cards := te405p:e1:1-2,3-4
te4xx_e1-timeout := 300
te4xx_t1-cards := te405p:t1:1-2,3-4
te4xx_t1-timeout := 300
te4xx_profile-cards := te405p:e1:1-2,3-4:trace
te4xx_profile-timeout := 400
