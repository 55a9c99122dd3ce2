# SPDX-License-Identifier: GPL-2.0-or-later
# pri.py goes on until its goals are met, which has taken from two to more than eight minutes a line: it is
# run by hand, tests/vm/run --timeout 3600 -- tests/selftests/pri/pri.py, until its run with cuts is bounded.
guest-tests += $(d)reload.py
reload-timeout := 300
guest-tests += $(d)service.py
service-timeout := 200
