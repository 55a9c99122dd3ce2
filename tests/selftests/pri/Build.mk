# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)pri.py
pri-timeout := 900
guest-tests += $(d)reload.py
reload-timeout := 300
guest-tests += $(d)service.py
service-timeout := 200
