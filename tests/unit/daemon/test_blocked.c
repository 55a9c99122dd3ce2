// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * S17: every operation of a leg does not return once, in every operation of the core. Meanwhile the API
 * lists the calls at once, as tdmctl asks for them, with the stuck one among them; and while the pool has
 * a thread another call comes and goes. When it returns at last, what was asked was done, or nothing.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <jansson.h>

#include "daemon/api/api.h"
#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/cast.h"

#define DIR "/tmp/opentdm-blocked-XXXXXX"

static char dir[sizeof(DIR)];
static char path[sizeof(DIR) + sizeof("/sock")];
static uint64_t quickest, slowest;

/* --- lists ----------------------------------------------------------------------------------- */

static int dial_api(void)
{
	const struct timeval patience = { .tv_sec = patience_ms() / 1000 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* What "tdmctl call list" asks for; freed by the caller. */
static json_t *api_list(void)
{
	static const char request[] =
		"GET /ari/channels HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	static char answer[1 << 16];
	size_t len = 0;
	ssize_t n;
	char *body;
	json_t *list;
	int fd = dial_api();

	assert_int_equal(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
	while ((n = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	answer[len] = '\0';
	assert_int_equal(n, 0); /* else it was not answered */
	assert_non_null(strstr(answer, " 200 "));
	body = strstr(answer, "\r\n\r\n");
	assert_non_null(body);
	list = json_loads(body, 0, NULL);
	assert_true(json_is_array(list));
	return list;
}

static bool lists(const json_t *list, const char *sid)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "id")), sid))
			return true;
	return false;
}

static void list_one(void *arg)
{
	uint64_t began = tnow(), took;
	json_t *list = api_list();

	took = tnow() - began;
	if (took < quickest)
		quickest = took;
	assert_true(lists(list, channel_sid(arg)));
	json_decref(list);
}

static void list_comes(struct channel *stuck, const char *op)
{
	quickest = UINT64_MAX;
	if (!promptly(list_one, stuck))
		fail_msg("%s does not end, and calls are listed after %llu ms at best", op,
			 (unsigned long long)(quickest / NSEC_PER_MSEC));
	if (quickest > slowest)
		slowest = quickest;
}

/* --- the table ------------------------------------------------------------------------------- */

/* The leg whose operation does not return; NULL: all has ended, and it was asked of none. */
static struct testleg *stands(void)
{
	uint64_t until_ns = tnow() + patience_ns();
	struct testleg *tl;
	bool idle;

	do {
		idle = !serializer_pool_drain(NSEC_PER_MSEC);
		tl = testleg_faulted();
		if (tl && atomic_load(&tl->blocked) == 1)
			return tl;
	} while (!idle && tnow() < until_ns);
	assert_true(idle);
	return NULL;
}

static bool blocked_once(const struct core_op *op, enum leg_op leg_op)
{
	struct testleg *tl;

	cast();
	testleg_fault(leg_op, BLOCK_IT);
	core_op_begin(op);
	tl = stands();
	if (tl) {
		struct channel *ch = rcu_ptr_load(&tl->leg.chan);

		assert_non_null(ch); /* stays: its task stands in the operation */
		list_comes(ch, op->name);
		if (world_threads > 1)
			another_call();
		testleg_unblock(tl);
	} else {
		testleg_fault_end(); /* nor is it asked when the cast ends */
	}
	core_op_end(op);
	cast_end();
	return tl;
}

static void s17_every_leg_operation_is_blocked_once(void **state)
{
	unsigned int pairs = 0;

	(void)state;
	slowest = 0;
	cast_tech = "Test"; /* whom the operation calls may be who is asked */
	for (int op = 0; op < LEG_OPS; op++) {
		unsigned int reached = 0;

		for (size_t n = 0; n < core_op_count; n++)
			reached += blocked_once(&core_ops[n], (enum leg_op)op);
		assert_true(reached); /* else the table lacks an operation */
		pairs += reached;
	}
	print_message("%zu operations x %d: blocked in %u; the slowest list took %llu us\n",
		      core_op_count, LEG_OPS, pairs, (unsigned long long)(slowest / 1000));
}

static int setup(void **state)
{
	const struct api_params params = { .socket = path };

	return cast_setup(state) ? -1 : api_start(&params);
}

static int teardown(void **state)
{
	struct testleg *tl = testleg_faulted();
	int err;

	if (tl)
		testleg_unblock(tl); /* the test has failed: what waits for it is to end */
	api_stop();
	err = world_teardown(state);
	api_exit();
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(s17_every_leg_operation_is_blocked_once, setup,
						teardown),
	};
	int failed;

	tests_chosen();
	strcpy(dir, DIR);
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3; /* one thread stands in the operation, one may wait for what it holds */
	failed += cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return failed;
}
