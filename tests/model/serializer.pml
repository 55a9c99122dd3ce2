/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The serializers of daemon/core/serializer.c, atomic operation by atomic operation: the intrusive
 * queue with its two sentinels, tasks on several objects, a pool of POOL threads.
 *
 * Three serializers. M0 is a task on two of them that posts itself again from its function, as a
 * move does between prepare and commit; M1 is a task on two (on all three with -DTHREE); S2 is a
 * task on one that posts S3 as its continuation. On which serializers they are is chosen freely.
 * Each of M0, M1 and S2 is posted by a thread of its own, which has a handle that it drops
 * afterwards.
 */
#ifndef POOL
#define POOL 1
#endif
#ifndef BATCH
#define BATCH 2
#endif

#define SERS 3
#define TASKS 4
#define M0 0
#define M1 1
#define S2 2
#define S3 3

/* What head may be, besides a task: head holds task + 2. */
#define IDLE 0
#define BUSY 1

byte head[SERS];
byte todo[SERS];		/* task + 2, or 0 */
byte next[TASKS];		/* task + 2, or 0 */
byte held[2];			/* task_multi.held */
byte sers[TASKS * 3];		/* where a task runs; ascending */
byte count[TASKS];		/* on how many */
byte want[TASKS], ran[TASKS];
bool locked[SERS];
byte refs[SERS];		/* on the owner: handles and pins */
chan ring = [SERS] of { byte };

#define ALIVE(s) assert(refs[s] > 0)

#define IS_MULTI(t) ((t) < S2)
#define SER(t, i) sers[(t) * 3 + (i)]

/* pool_schedule(): a serializer is in the ring at most once. */
inline schedule(s)
{
	atomic {
		assert(nfull(ring));
		ring!s
	}
}

/* push(), pin(), pool_schedule(). old is the caller's variable. */
inline push(s, t, old)
{
	ALIVE(s);
	old = head[s];
	do
	:: atomic {
		head[s] == old ->
		next[t] = (old == BUSY -> 0 : old);
		head[s] = t + 2;
		break
	}
	:: atomic {
		else ->
		old = head[s]
	}
	od;
	if
	:: old == IDLE ->
#ifndef MUT_NO_PIN
		refs[s]++;
#endif
		schedule(s)
#ifdef MUT_ALWAYS_SCHEDULE
	:: else ->
		schedule(s)
#else
	:: else
#endif
	fi;
	old = 0
}

inline put(s)
{
	atomic {
		ALIVE(s);
		refs[s]--
	}
}

/* let_go() */
inline let_go(s)
{
	ALIVE(s);
	if
	:: todo[s] == 0 ->
#ifdef MUT_LET_GO
		/* a load and a store instead of the compare and exchange */
		if
		:: head[s] == BUSY ->
			head[s] = IDLE;
			put(s)
		:: else ->
			schedule(s)
		fi
#else
		if
		:: atomic {
			head[s] == BUSY ->
			head[s] = IDLE
		   }
		   put(s)
		:: else ->
			schedule(s)
		fi
#endif
	:: else ->
		schedule(s)
	fi
}

/* What a task does; its serializers are held, and their locks, for which nobody ever waits. */
inline fn(t)
{
	ran[t]++;
	assert(ran[t] <= want[t])
}

proctype poster(byte t)
{
	byte old;

	push(SER(t, 0), t, old);
	put(SER(t, 0));
	if
	:: IS_MULTI(t) ->
		/* The handle on the others lasts until it has run. */
		ran[t] == want[t];
		put(SER(t, 1));
#ifdef THREE
		if
		:: t == M1 -> put(2)
		:: else
		fi
#endif
	:: else
	fi
}

proctype worker()
{
	byte s, t, i, n, left, old, list;

next_ser:
end_idle:
	atomic {
		ring?s;
		left = BATCH
	}
next_task:
	ALIVE(s);
	if
	:: todo[s] == 0 ->
		/* refill() */
		if
		:: atomic {
			head[s] == BUSY ->
			head[s] = IDLE
		   }
		   put(s);
		   d_step {
			s = 0;
			left = 0
		   }
		   goto next_ser
		:: d_step {
			else ->
			list = head[s];
			head[s] = BUSY;
			assert(list > BUSY)
		   }
		   d_step {
			do
			:: list != 0 ->
				t = list - 2;
				list = next[t];
				next[t] = todo[s];
				todo[s] = t + 2
			:: else -> break
			od;
			t = 0
		   }
		fi
	:: else
	fi;
	if
	:: atomic {
		left == 0 ->
		assert(nfull(ring));
		ring!s;
		s = 0;
		goto next_ser
	   }
	:: d_step {
		else ->
		left--;
		t = todo[s] - 2;
		todo[s] = next[t];
		next[t] = 0
	   }
	fi;
	if
	:: IS_MULTI(t) -> goto advance
	:: else
	fi;
	/* run_one() */
	d_step {
		assert(!locked[s]);
		locked[s] = true;
		fn(t)
	}
	if
	:: t == S2 ->
		push(SER(S3, 0), S3, old);
#ifdef MUT_WAIT
		/* a task that waits for another */
		ran[S3] == want[S3]
#endif
	:: else
	fi;
	d_step {
		locked[s] = false;
		t = 0
	}
	goto next_task;

advance:
	held[t]++;
	do
	:: held[t] < count[t] ->
		n = SER(t, held[t]);
		ALIVE(n);
		if
		:: d_step {
			head[n] == IDLE ->
			head[n] = BUSY
		   }
		   d_step {
			refs[n]++;
			held[t]++;
			n = 0
		   }
		:: else ->
#ifdef MUT_TRY
			/* cannot have the second now: give the first back and try again later */
			d_step {
				held[t] = 0;
				next[t] = todo[s];
				todo[s] = t + 2;
				assert(nfull(ring));
				ring!s
			}
#else
			push(n, t, old);
#endif
			d_step {
				s = 0;
				t = 0;
				n = 0;
				left = 0
			}
			goto next_ser
		fi
	:: else -> break
	od;
	atomic {
		n = 0;
		for (i : 0 .. count[t] - 1) {
			assert(!locked[SER(t, i)]);
			locked[SER(t, i)] = true
		}
		fn(t)
	}
	if
	:: t == M0 && ran[M0] < want[M0] ->
		held[M0] = 0;
		push(SER(M0, 0), M0, old)
	:: else
	fi;
	d_step {
		for (i : 0 .. count[t] - 1) {
			locked[SER(t, i)] = false
		}
		i = 0
	}
	do
	:: i < count[t] ->
		n = SER(t, i);
		if
		:: n != s -> let_go(n)
		:: else
		fi;
		d_step {
			i++;
			n = 0
		}
	:: else -> break
	od;
	atomic {
		i = 0;
		t = 0
	}
	goto next_task
}

/* Two different serializers, the lower first, as serializer_post_multi() sorts them. */
inline choose_pair(t)
{
	if
	:: SER(t, 0) = 0; SER(t, 1) = 1
	:: SER(t, 0) = 0; SER(t, 1) = 2
	:: SER(t, 0) = 1; SER(t, 1) = 2
#ifdef MUT_NO_ORDER
	:: SER(t, 0) = 1; SER(t, 1) = 0
	:: SER(t, 0) = 2; SER(t, 1) = 0
	:: SER(t, 0) = 2; SER(t, 1) = 1
#endif
	fi
}

init {
	byte i;

	atomic {
		count[M0] = 2;
#ifdef PAIR
		/* one third of the cases */
		SER(M0, 0) = (PAIR == 2 -> 1 : 0);
		SER(M0, 1) = (PAIR == 0 -> 1 : 2);
#else
		choose_pair(M0);
#endif
		count[M1] = 2;
#ifdef THREE
		count[M1] = 3;
		SER(M1, 1) = 1;
		SER(M1, 2) = 2;
		refs[2]++;
#else
		choose_pair(M1);
#endif
		select(i : 0 .. 2);
		SER(S2, 0) = i;
#ifdef WIDE
		select(i : 0 .. 2);
#else
		i = (i + 1) % 3;
#endif
		SER(S3, 0) = i;
		/* handles: each poster's, and S2's on that to which it posts */
		for (i : M0 .. S2) {
			refs[SER(i, 0)]++;
			if
			:: IS_MULTI(i) -> refs[SER(i, 1)]++
			:: else
			fi
		}
		if
		:: SER(S3, 0) != SER(S2, 0) -> refs[SER(S3, 0)]++
		:: else
		fi;
		want[M0] = 2;
		want[M1] = 1;
		want[S2] = 1;
		want[S3] = 1;
		i = 0;
		run poster(M0);
		run poster(M1);
		run poster(S2);
		run worker();
#if POOL > 1
		run worker()
#endif
	}
	timeout ->
	d_step {
		for (i : 0 .. TASKS - 1) {
			assert(ran[i] == want[i])
		}
		if
		:: SER(S3, 0) != SER(S2, 0) -> refs[SER(S3, 0)]--
		:: else
		fi;
		for (i : 0 .. SERS - 1) {
			assert(head[i] == IDLE && todo[i] == 0 && !locked[i]);
			assert(refs[i] == 0)
		}
	}
}
