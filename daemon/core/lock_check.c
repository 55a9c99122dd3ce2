// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The checker of lock order, in debug and test builds only.
 *
 * Each thread keeps the list of what it holds, with the stack at which it took each. All threads
 * together learn which class was ever taken under which; an edge that would close a cycle is
 * refused even though nobody is deadlocked at the moment, with the stack that made the opposite
 * edge. Edges are claimed by compare-and-swap, so that the checker needs no lock of its own: of two
 * threads that add opposite edges at once, at least one sees the other's.
 */
#include "daemon/core/lock_check.h"

#ifdef TDM_LOCK_CHECK

#include <execinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPTH_MAX 16
#define STACK_MAX 16

struct stack {
	int count;
	void *addr[STACK_MAX];
};

struct held {
	const tlock_t *lock;
	struct stack stack;
};

static __thread struct {
	int count;
	struct held held[DEPTH_MAX];
} mine;

enum { EDGE_NONE, EDGE_CLAIMED, EDGE_KNOWN };

/* edges[a][b]: b was taken while a was held, first there. */
static struct edge {
	uint32_t state;
	struct stack stack;
} edges[TLOCK_CLASSES][TLOCK_CLASSES];

static const struct class_info {
	const char *name;
	int rank;
	bool by_id;
	unsigned int enter;
} classes[] = {
#define X(cls, name_, rank_, by_id_, enter_) [cls] = { name_, rank_, by_id_, enter_ },
	LOCK_CLASS_TABLE(X)
#undef X
};

static void stack_take(struct stack *stack)
{
	stack->count = backtrace(stack->addr, STACK_MAX);
}

static void stack_print(const char *title, const struct stack *stack)
{
	dprintf(STDERR_FILENO, "%s\n", title);
	if (stack->count)
		backtrace_symbols_fd(stack->addr, stack->count, STDERR_FILENO);
	else
		dprintf(STDERR_FILENO, "\t(not recorded yet)\n");
}

static void __attribute__((noreturn, format(printf, 3, 4)))
violation(const char *title, const struct stack *other, const char *fmt, ...)
{
	struct stack now;
	va_list args;

	dprintf(STDERR_FILENO, "lock order violation: ");
	va_start(args, fmt);
	vdprintf(STDERR_FILENO, fmt, args);
	va_end(args);
	dprintf(STDERR_FILENO, "\n");
	for (int i = 0; i < mine.count; i++)
		dprintf(STDERR_FILENO, "  held: %s %llu\n",
			classes[mine.held[i].lock->class].name,
			(unsigned long long)mine.held[i].lock->id);
	stack_take(&now);
	stack_print("  now, at:", &now);
	if (other)
		stack_print(title, other);
	abort();
}

#define TAKEN "  the other was taken at:"

/* Whether b can be reached from a along learned edges. */
static bool reaches(int a, int b, bool *visited)
{
	if (atomic_load(&edges[a][b].state) != EDGE_NONE)
		return true;
	visited[a] = true;
	for (int i = 0; i < TLOCK_CLASSES; i++)
		if (!visited[i] && atomic_load(&edges[a][i].state) != EDGE_NONE &&
		    reaches(i, b, visited))
			return true;
	return false;
}

static void learn(int under, int taken)
{
	struct edge *edge = &edges[under][taken];
	uint32_t none = EDGE_NONE;
	bool visited[TLOCK_CLASSES] = { false };

	if (atomic_load(&edge->state) != EDGE_NONE ||
	    !atomic_cas(&edge->state, &none, EDGE_CLAIMED))
		return;
	stack_take(&edge->stack);
	atomic_store(&edge->state, EDGE_KNOWN);
	if (reaches(taken, under, visited)) {
		struct edge *back = &edges[taken][under];
		struct stack empty = { 0 };
		bool known = atomic_load(&back->state) == EDGE_KNOWN;

		violation("  the opposite order was first seen at:", known ? &back->stack : &empty,
			  "%s under %s closes a cycle of classes", classes[taken].name,
			  classes[under].name);
	}
}

void lock_check_init(tlock_t *lock, enum lock_class class, uint64_t id)
{
	lock->class = class;
	lock->id = id;
}

void lock_check_destroy(const tlock_t *lock)
{
	if (atomic_load(&lock->word))
		violation(NULL, NULL, "%s %llu destroyed while held", classes[lock->class].name,
			  (unsigned long long)lock->id);
}

void lock_check_before(const tlock_t *lock)
{
	const struct class_info *new = &classes[lock->class];

	for (int i = 0; i < mine.count; i++) {
		const struct held *held = &mine.held[i];
		const struct class_info *old = &classes[held->lock->class];

		if (held->lock == lock)
			violation(TAKEN, &held->stack,
				  "%s %llu taken twice: locks are not recursive", new->name,
				  (unsigned long long)lock->id);
		if (old == new) {
			if (!new->by_id)
				violation(TAKEN, &held->stack, "two of class %s", new->name);
			if (lock->id <= held->lock->id)
				violation(TAKEN, &held->stack,
					  "%s %llu under %s %llu: not ascending", new->name,
					  (unsigned long long)lock->id, old->name,
					  (unsigned long long)held->lock->id);
			continue;
		}
		if (new->rank < old->rank)
			violation(TAKEN, &held->stack, "%s (rank %d) under %s (rank %d)", new->name,
				  new->rank, old->name, old->rank);
		learn((int)held->lock->class, (int)lock->class);
	}
	if (mine.count == DEPTH_MAX)
		violation(NULL, NULL, "more than %d locks held", DEPTH_MAX);
}

void lock_check_taken(const tlock_t *lock)
{
	struct held *held = &mine.held[mine.count++];

	held->lock = lock;
	stack_take(&held->stack);
}

void lock_check_release(tlock_t *lock)
{
	const struct class_info *info = &classes[lock->class];
	int top = mine.count - 1;

	if (top < 0 || mine.held[top].lock != lock) {
		for (int i = 0; i < top; i++)
			if (mine.held[i].lock == lock)
				violation(TAKEN, &mine.held[top].stack,
					  "%s %llu released before %s, which was taken later",
					  info->name, (unsigned long long)lock->id,
					  classes[mine.held[top].lock->class].name);
		violation(NULL, NULL, "%s %llu released by a thread that does not hold it",
			  info->name, (unsigned long long)lock->id);
	}
	if (lock->release_check && lock->release_check(lock))
		violation(TAKEN, &mine.held[top].stack,
			  "%s %llu released with a state change pending", info->name,
			  (unsigned long long)lock->id);
	mine.count--;
}

void tlock_set_release_check(tlock_t *lock, int (*fn)(tlock_t *lock))
{
	lock->release_check = fn;
}

void tlock_assert_held(const tlock_t *lock)
{
	for (int i = 0; i < mine.count; i++)
		if (mine.held[i].lock == lock)
			return;
	violation(NULL, NULL, "%s %llu must be held here", classes[lock->class].name,
		  (unsigned long long)lock->id);
}

void lock_assert_none_held(void)
{
	if (mine.count)
		violation(TAKEN, &mine.held[mine.count - 1].stack,
			  "a callback, an event or a wait with %s held",
			  classes[mine.held[mine.count - 1].lock->class].name);
}

void lock_assert_only_held(const tlock_t *lock)
{
	tlock_assert_held(lock);
	for (int i = 0; i < mine.count; i++)
		if (mine.held[i].lock != lock)
			violation(TAKEN, &mine.held[i].stack,
				  "a leg's operation under %s, which is not its channel's",
				  classes[mine.held[i].lock->class].name);
}

void lock_boundary_check(enum lock_enter call)
{
	for (int i = 0; i < mine.count; i++) {
		const struct class_info *info = &classes[mine.held[i].lock->class];

		if ((info->enter & call) != (unsigned int)call)
			violation(TAKEN, &mine.held[i].stack,
				  "the kernel entered by a call of kind %s under %s",
				  call == LOCK_ENTER_DATA    ? "data" :
				  call == LOCK_ENTER_SHORT   ? "short" :
				  call == LOCK_ENTER_APPEND  ? "append" :
							       "wait",
				  info->name);
	}
}

#endif
