// SPDX-License-Identifier: GPL-2.0-or-later
/* How an ioctl is made: where its structure lies, how long it says that it is, and what comes back. */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define PAGE 4096UL
#define ARENA (2 * PAGE)

static __thread timer_t timer;

static void interrupted(int sig)
{
	(void)sig;
}

/* Memory that ends where nobody may write, and memory that may only be read; the thread's timer. */
int dev_memory(struct fuzzer *me)
{
	struct sigaction act = { .sa_handler = interrupted };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	uint8_t *at = mmap(NULL, ARENA + 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	event._sigev_un._tid = (int)syscall(SYS_gettid);
	if (at == MAP_FAILED || mprotect(at + ARENA, PAGE, PROT_NONE) ||
	    sigaction(SIGUSR1, &act, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer)) {
		perror("kernel-fuzz");
		exit(2);
	}
	me->arena = at;
	me->ro = at + ARENA + PAGE;
	return 0;
}

/* Once more and again, for the first signal may come before the call waits. */
void patience(struct fuzzer *me, unsigned int ms)
{
	struct itimerspec when = {
		.it_value.tv_nsec = ms * 1000000L,
		.it_interval.tv_nsec = ms * 1000000L,
	};

	(void)me;
	timer_settime(timer, 0, &when, NULL);
}

enum wrong { RIGHT, SHORT, LONGER, UNKNOWN_TAIL, HUGE_SIZE, NO_MEMORY, HALF, READ_ONLY, WRONGS };

static const char *const why[] = {
	[SHORT] = "a structure that is too short",
	[UNKNOWN_TAIL] = "a structure with more than the kernel knows",
	[HUGE_SIZE] = "a structure larger than a page",
	[NO_MEMORY] = "no memory",
	[HALF] = "memory that ends in the structure",
	[READ_ONLY] = "memory that cannot be written",
};

static enum wrong draw_wrong(struct fuzzer *me, unsigned long cmd)
{
	enum wrong wrong = RIGHT;

	if (!me->must && one_in(me, 10))
		wrong = (enum wrong)(SHORT + roll(me, WRONGS - SHORT));
	if (wrong == READ_ONLY && !(_IOC_DIR(cmd) & _IOC_READ))
		wrong = RIGHT;
	say(me, "memory", wrong);
	if (wrong != RIGHT && wrong != LONGER)
		me->must = why[wrong];
	return wrong;
}

/* Lays the structure out; where it is. */
static uint8_t *place(struct fuzzer *me, enum wrong wrong, const void *arg, size_t size)
{
	uint32_t says = (uint32_t)size;
	size_t len = size, room;
	uint8_t *at;

	if (wrong == NO_MEMORY)
		return one_in(me, 2) ? NULL : me->arena + ARENA;
	if (wrong == LONGER || wrong == UNKNOWN_TAIL)
		says = (uint32_t)(len += 1 + roll(me, 256));
	at = me->arena + ARENA - len;
	memset(at, 0, len);
	if (wrong == SHORT)
		says = one_in(me, 2) ? says - 1 : roll(me, says);
	if (wrong == UNKNOWN_TAIL)
		at[size + roll(me, (uint32_t)(len - size))] = 1;
	if (wrong == HUGE_SIZE)
		says = one_in(me, 2) ? PAGE + 1 : UINT32_MAX;
	if (wrong == HALF)
		at += 1 + roll(me, (uint32_t)size - 1);
	room = (size_t)(me->arena + ARENA - at);
	if (wrong == READ_ONLY) {
		mprotect(me->ro, PAGE, PROT_READ | PROT_WRITE);
		at = me->ro;
	}
	memcpy(at, arg, room < size ? room : size);
	memcpy(at, &says, room < sizeof(says) ? room : sizeof(says));
	if (wrong == READ_ONLY)
		mprotect(me->ro, PAGE, PROT_READ);
	return at;
}

/* A refusal says why, and writes nothing else. */
static void check_refusal(struct fuzzer *me, int err, const uint8_t *now, const uint8_t *before,
			  size_t size, int reason)
{
	size_t head = reason < 0 ? size : (size_t)reason;

	if (memcmp(now, before, head) ||
	    (reason >= 0 && memcmp(now + head + TDM_REASON_LEN, before + head + TDM_REASON_LEN,
				   size - head - TDM_REASON_LEN)))
		violation(me, "refused with %d, and something was written back", err);
	if (reason < 0 || err == -EBADF || err == -EINTR || err == -EFAULT)
		return;
	if (!memchr(now + head, 0, TDM_REASON_LEN))
		violation(me, "a reason that does not end");
	else if (!now[head])
		violation(me, "refused with %d, %s, and no reason", err, strerror(-err));
}

int dev_call(struct fuzzer *me, int fd, unsigned long cmd, void *arg, size_t size, int reason)
{
	enum wrong wrong = draw_wrong(me, cmd);
	uint8_t before[512], *at;
	int ret;

	memset(arg, 0, sizeof(uint32_t));
	if (reason >= 0)
		memset((char *)arg + reason, 'x', TDM_REASON_LEN);
	at = place(me, wrong, arg, size);
	if (wrong == RIGHT || wrong == LONGER)
		memcpy(before, at, size);
	ret = ioctl(fd, cmd, at) < 0 ? -errno : 0;
	if (wrong != RIGHT && wrong != LONGER)
		return ret;
	if (ret < 0)
		check_refusal(me, ret, at, before, size, reason);
	else if (reason >= 0 && at[reason])
		violation(me, "accepted, with a reason");
	if (!ret)
		memcpy(arg, at, size);
	return ret;
}
