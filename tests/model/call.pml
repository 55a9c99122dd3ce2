/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channels, legs, bridge, move, hang-up, ring group, span loss and quarantine: daemon/call on
 * serializers as serializer.pml has shown them to be. README.md maps the names here to the C.
 *
 * Three channels, 1 to 3, each with its leg of the same number at the start, and one bridge, 0: these
 * numbers are the order of their serializers too. What happens outside (the far ends, the users,
 * timers, the media threads) happens at any moment. When all has come to rest, what was asked must
 * have been done; then what still lives is hung up, and nothing may be left.
 *
 * A task runs in one step except where threads that hold nothing of it can look on: which leg sits
 * where (chan_of), how a leg ended, and who needs the transmit side.
 *
 *	POOL	threads			MOVES	how many, between any two channels
 *	FIXED	1: all of them from 3 to 1
 *	HUPS	hang-ups by users	ENDS	hang-ups by far ends
 *	SIGS	signals of far ends	SPAN	1: the span is lost
 *	SICK	1: a leg may not release	BRIDGED	1: channels 1 and 2 are in the bridge
 *	ADDS	users put a channel into the bridge
 *	KICKS	somebody no longer needs the transmit side of a member
 *	RING	2: channel 1 calls 2 and 3; 3: a group of all three; the first that answers wins
 */
#ifndef POOL
#define POOL 1
#endif
#ifndef MOVES
#define MOVES 0
#endif
#ifndef FIXED
#define FIXED 0
#endif
#ifndef HUPS
#define HUPS 0
#endif
#ifndef ENDS
#define ENDS 0
#endif
#ifndef SIGS
#define SIGS 0
#endif
#ifndef SPAN
#define SPAN 0
#endif
#ifndef SICK
#define SICK 0
#endif
#ifndef BRIDGED
#define BRIDGED 0
#endif
#ifndef ADDS
#define ADDS 0
#endif
#ifndef KICKS
#define KICKS 0
#endif
#ifndef RING
#define RING 0
#endif
#define BRIDGE (BRIDGED || ADDS || RING == 2)

/* --- serializers, as their users see them ---------------------------------------------------- */

#define SERS 4
#define DEPTH 7

/* A task is its kind and a number: of a channel, a move or a connection. */
#define T(kind, n) ((kind) * 4 + (n))
#define KIND(t) ((t) / 4)
#define NUM(t) ((t) % 4)
#define DOOR 0
#define HANGUP 1
#define LATE 2
#define LEAVE 3
#define ADD 4
#define MOVE 5
#define AFTER 6
#define SETTLE 7
#define KICK 8
#define REJOIN 9
#define ON 10
#define OFF 11
#define ANSWER 12
#define GROUP 13

chan queue[SERS] = [DEPTH] of { byte };
bool busy[SERS];	/* run, or standing still for a task on several */
bool closed[SERS];

inline post(s, t)
{
	assert(nfull(queue[s]));
	queue[s]!t
}

/* --- channels and legs ------------------------------------------------------------------------ */

#define DOWN 0
#define UP 1
#define ENDING 2
#define DEAD 3

byte state[SERS];
byte leg_of[SERS];
byte chan_of[SERS];	/* of a leg; 0: it sits nowhere */
bool moving[SERS];	/* is in a move, and so a user of the transmit side */
bool given[SERS];
bool door_queued[SERS];
bool hangup_posted[SERS];
bool timer[SERS];	/* armed */
bool asked[SERS];	/* ghost: somebody had a reason to hang this channel up */

bool end_hangup[SERS], end_released[SERS], releasing[SERS], quarantined[SERS];	/* of legs */
bool signal[SERS];	/* in the leg's FIFO */
bool slot[SERS];	/* the leg's timeslot is in use */
byte sick;		/* the leg whose release comes to nothing, */
bool sick_err;		/* with an error at once */
chan mailbox = [3] of { byte };	/* of the trunk group: legs to release */

#if MOVES
#define M 2
byte dest[M], source[M], done[M];
bool committing[M];	/* the second task */
bool was_in[M], from_in[M];	/* dest's, source's bridge, as prepare saw them */
#endif

#if BRIDGE
/* The media path of the bridge, and the connections that it asked for. */
#define NONE 0
#define USER 1
#define TO_KERNEL 2
#define KERNEL 3
#define TO_USER 4
#define OPS 4
bool in[SERS];		/* membership */
byte members;
byte path;
byte op;		/* its number + 1, or 0 */
byte next_op;
byte op_a[OPS], op_b[OPS];	/* its legs */
bool connected[OPS];	/* ghost: in the kernel */
bool requested[SERS];	/* ghost: by leg; a connection is asked for and not yet asked away */
#if MOVES
bool waiter[M];
#endif
bool kicked;
#if ADDS
bool added[SERS];	/* ghost: asked for */
#endif
chan media = [5] of { byte };
#endif

#if RING
#define FIRST_CALLEE (4 - RING)
byte winner;		/* 0: nobody; else the channel that decided the group */
byte rings;		/* callees that may still answer */
bool answered[SERS];	/* the far end has: in the leg's FIFO */
bool may_answer[SERS];
bool far_answered[SERS];	/* ghost */
#endif

/* channel_doorbell() */
inline doorbell(c)
{
	if
	:: !door_queued[c] ->
		door_queued[c] = true;
		post(c, T(DOOR, c))
	:: else
	fi
}

/* channel_post_hangup() */
inline post_hangup(c)
{
	asked[c] = true;
	if
	:: !hangup_posted[c] ->
		hangup_posted[c] = true;
		post(c, T(HANGUP, c))
	:: else
	fi
}

/* ring(): x is the caller's variable, and 0 afterwards if the leg sits nowhere. */
inline ring(l, x)
{
	x = chan_of[l];
	if
	:: atomic {
		x != 0 ->
		doorbell(x)
	   }
	:: else
	fi
}

/* leg_quarantine_end() */
inline quarantine_end(l)
{
	quarantined[l] = false
}

/* let_leg_go() and the rest of channel_finish(): c is held and ENDING. */
inline finish(c, l)
{
	atomic {
		timer[c] = false;
		l = leg_of[c];
		assert(chan_of[l] == c);
		chan_of[l] = 0
	}
	if
	:: atomic {
		end_released[l] ->
		leg_of[c] = 0
	   }
	:: atomic {
		else ->
		leg_of[c] = 0
	   }
	   quarantined[l] = true;
#ifndef MUT_NO_SECOND_LOOK
	   if
	   :: end_released[l] -> quarantine_end(l)
	   :: else
	   fi
#endif
	fi;
	atomic {
		state[c] = DEAD;
		closed[c] = true;
		l = 0
	}
}

#if BRIDGE
/* --- the bridge ------------------------------------------------------------------------------- */

inline kick()
{
	if
	:: !kicked ->
		kicked = true;
		post(0, T(KICK, 0))
	:: else
	fi
}

#if MOVES
inline answer_waiters()
{
	for (k : 0 .. M - 1) {
		if
		:: waiter[k] ->
			waiter[k] = false;
			post_move(k)
		:: else
		fi
	}
	k = 0
}
#else
inline answer_waiters()
{
	skip
}
#endif

/*
 * path_eval(). a and b are the members' legs. Whether somebody needs the transmit side is looked at
 * before the legs: a move that begins after that look has to settle with this bridge, which is busy
 * here.
 */
inline path_eval(a, b, ok)
{
	if
	:: path == TO_KERNEL || path == TO_USER
	:: else ->
		atomic {
			ok = members == 2;
			a = 0;
			b = 0
		}
#ifdef MUT_LEGS_FIRST
		legs_get(a, b);
#endif
		atomic {
			ok = ok && !(in[1] && moving[1]) && !(in[2] && moving[2]) &&
			     !(in[3] && moving[3])
		}
#ifndef MUT_LEGS_FIRST
		legs_get(a, b);
#endif
		atomic {
			ok = ok && a != 0 && b != 0;
			if
			:: ok && path == USER ->
				op_a[next_op] = a;
				op_b[next_op] = b;
				requested[a] = true;
				requested[b] = true;
				op = next_op + 1;
				media!T(ON, next_op);
				next_op = (next_op + 1) % OPS;
				path = TO_KERNEL
			:: !ok && path == KERNEL ->
				path = TO_USER;
				disconnect()
			:: else ->
				answer_waiters()
			fi;
			a = 0;
			b = 0;
			ok = false
		}
	fi
}

/* legs_get() */
inline legs_get(a, b)
{
	atomic {
		for (i : 1 .. 3) {
			if
			:: in[i] && a == 0 -> a = leg_of[i]
			:: in[i] && a != 0 -> b = leg_of[i]
			:: else
			fi
		}
		i = 0
	}
}

/* disconnect(): asked in order, and so no longer in the way of anything asked after it. */
inline disconnect()
{
	requested[op_a[op - 1]] = false;
	requested[op_b[op - 1]] = false;
	assert(nfull(media));
	media!T(OFF, op - 1)
}

/* path_parted(); both held */
inline path_parted()
{
	if
	:: members == 2 ->
		if
		:: op != 0 && path != TO_USER -> disconnect()
		:: else
		fi;
		path = NONE;
		op = 0
	:: else
	fi
}

/* add(), leave(), last_left(); both held */
inline add(c, err)
{
	if
	:: state[c] >= ENDING || given[c] || in[c] || members == 2 || closed[0] || closed[c] ->
		err = true
	:: else ->
		in[c] = true;
		members++;
		if
		:: members == 2 -> path = USER
		:: else
		fi
	fi
}

inline leave(c)
{
	for (i : 1 .. 3) {
		if
		:: i != c && in[i] -> post_hangup(i)
		:: else
		fi
	}
	i = 0;
	path_parted();
	in[c] = false;
	members--;
	if
	:: members == 0 -> closed[0] = true
	:: else
	fi
}
#endif

/* --- hang-up ---------------------------------------------------------------------------------- */

#if RING
/* The controllers' NOTICE_ENDING: the caller takes its callees along, the last callee its caller. */
inline notice_ending(c)
{
	if
	:: RING == 2 && c == 1 ->
		if
		:: winner == 0 -> winner = 1
		:: else
		fi;
		post_hangup(2);
		post_hangup(3)
	:: else ->
		if
		:: may_answer[c] ->
			may_answer[c] = false;
			rings--;
			if
			:: RING == 2 && rings == 0 && winner == 0 -> post_hangup(1)
			:: else
			fi
		:: RING == 2 && winner == c -> post_hangup(1)
		:: else
		fi
	fi
}

/* NOTICE_ANSWERED of a callee: whoever is first decides the group, and clears the others (cause 26). */
inline ring_answered(c, l)
{
	if
	:: answered[l] && may_answer[c] && state[c] == DOWN ->
		answered[l] = false;
		may_answer[c] = false;
		rings--;
		state[c] = UP;
		if
#ifdef MUT_TWO_WINNERS
		:: true ->
#else
		:: winner == 0 ->
#endif
			winner = c;
			for (i : FIRST_CALLEE .. 3) {
				if
				:: i != c && may_answer[i] -> post_hangup(i)
				:: else
				fi
			}
			i = 0;
#if RING == 2
			post(1, T(ANSWER, 1));
			post_multi(T(ADD, 1));
			post_multi(T(ADD, c))
#endif
		:: else -> post_hangup(c)
		fi
	:: else -> answered[l] = false
	fi
}
#else
inline notice_ending(c)
{
	skip
}
#endif

/* channel_hangup(): c is held. */
inline hangup(c, l, err)
{
	if
	:: state[c] >= ENDING
	:: else ->
		atomic {
			l = leg_of[c];
			/* heard for a reason, and by the leg that sits here */
			assert(asked[c] || end_hangup[l] || end_released[l]);
			assert(chan_of[l] == c && busy[c]);
			assert(!releasing[l]);
			state[c] = ENDING;
			notice_ending(c);
#if BRIDGE
			if
			:: in[c] -> post_multi(T(LEAVE, c))
			:: else
			fi;
#endif
			releasing[l] = true
		}
		if
		:: atomic {
			!end_released[l] ->
			if
			:: sick == l && sick_err -> err = true
			:: else ->
#ifndef MUT_NO_RELEASE
				mailbox!l
#endif
			fi
		   }
		:: else
		fi;
		if
		:: err || end_released[l] ->
			finish(c, l)
		:: else ->
#ifndef MUT_NO_TIMER
			timer[c] = true
#endif
		fi;
		atomic {
			l = 0;
			err = false
		}
	fi
}

/* --- tasks on several ------------------------------------------------------------------------- */

#if MOVES
#ifdef MUT_NO_ORDER
#define LOW(k) dest[k]
#define HIGH(k) source[k]
#else
#define LOW(k) (dest[k] < source[k] -> dest[k] : source[k])
#define HIGH(k) (dest[k] < source[k] -> source[k] : dest[k])
#endif
#define FIRST(t) (KIND(t) == MOVE -> LOW(NUM(t)) : 0)
#define SECOND(t) (KIND(t) == MOVE -> HIGH(NUM(t)) : NUM(t))
#else
#define FIRST(t) 0
#define SECOND(t) NUM(t)
#endif
#define IS_MULTI(t) (KIND(t) >= LEAVE && KIND(t) <= MOVE)

inline post_multi(t)
{
	assert(nfull(queue[FIRST(t)]));
	queue[FIRST(t)]!t
}

#if MOVES
inline post_move(k)
{
	committing[k] = true;
	assert(nfull(queue[LOW(k)]));
	queue[LOW(k)]!T(MOVE, k)
}

/* --- move ------------------------------------------------------------------------------------- */

#if BRIDGE
#define IN(c) in[c]
#define IN_BOTH(d, s) (in[d] && in[s])
#else
#define IN(c) false
#define IN_BOTH(d, s) false
#endif

/* check(), and what the status of the task says */
#define ALIVE(c) (state[c] < ENDING && !given[c])
#define CHECK(d, s) (ALIVE(d) && ALIVE(s) && state[s] == UP && !IN_BOTH(d, s))

inline unmark(c)
{
	moving[c] = false;
#if BRIDGE
	if
	:: in[c] -> kick()
	:: else
	fi
#endif
}

/* commit() and committed(): d and s held, s's leg goes to d. */
inline commit(k, d, s, l, x)
{
	atomic {
		x = leg_of[d];
		l = leg_of[s];
		assert(busy[d] && busy[s]);
		assert(chan_of[x] == d && chan_of[l] == s);
		/* a hang-up that was asked before is not overtaken */
		assert(state[d] < ENDING && state[s] == UP);
#if BRIDGE
		/* no path in the kernel goes on with a leg that is somewhere else */
		assert(!requested[x] && !requested[l]);
#endif
		leg_of[d] = l;
		leg_of[s] = x;
		chan_of[l] = d
	}
	chan_of[x] = s;
	atomic {
		state[s] = state[d];
		state[d] = UP;
		given[s] = true;
		unmark(s)
	}
#ifndef MUT_NO_BELL
	atomic {
		doorbell(d)
	}
#endif
	atomic {
#ifndef MUT_NO_BELL
		doorbell(s);
#endif
#ifndef MUT_ZOMBIE
		post_hangup(s);
#endif
		post(d, T(AFTER, k));
		l = 0;
		x = 0
	}
}

/* prepare_task() and commit_task() */
inline move(k, d, s, l, x)
{
	if
	:: !committing[k] ->
		if
		:: atomic {
			!CHECK(d, s) || moving[d] || moving[s] ->
			done[k]++
		   }
		:: atomic {
			else ->
			moving[d] = true;
			moving[s] = true
		   }
		   if
		   :: !IN(d) && !IN(s) ->
			commit(k, d, s, l, x)
#if BRIDGE
		   :: atomic {
			else ->
			was_in[k] = IN(d);
			from_in[k] = IN(s);
			post(0, T(SETTLE, k))
		      }
#endif
		   fi
		fi
#if BRIDGE
	:: else ->
#ifdef MUT_NO_RECHECK
		if
		:: false
#else
		if
		:: atomic {
			!CHECK(d, s) || IN(d) != was_in[k] || IN(s) != from_in[k] ->
			unmark(d);
			unmark(s);
			done[k]++
		   }
#endif
		:: else ->
			commit(k, d, s, l, x)
		fi
#endif
	fi
}
#endif

/* --- the pool --------------------------------------------------------------------------------- */

proctype worker()
{
	byte s, t, c, to, from, l, x, i, k;
	bool err, hung, released;

end_idle:
	do
	:: atomic {
		/* any that is runnable: the ring's order is one of these */
		if
		:: !busy[0] && nempty(queue[0]) -> s = 0
		:: !busy[1] && nempty(queue[1]) -> s = 1
		:: !busy[2] && nempty(queue[2]) -> s = 2
		:: !busy[3] && nempty(queue[3]) -> s = 3
		fi;
		busy[s] = true;
		queue[s]?t;
		if
		:: IS_MULTI(t) && s == FIRST(t) ->
			c = SECOND(t);
			if
			:: !busy[c] && len(queue[c]) == 0 ->
				busy[c] = true
			:: else ->
				/* s stands still until the task has both */
				post(c, t);
				c = 0;
				t = 0;
				s = 0;
				goto next
			fi
		:: else
		fi;
		c = NUM(t)
	   }
	   if
	   :: KIND(t) == DOOR -> goto door
	   :: KIND(t) == HANGUP -> goto hang
#if SICK
	   :: KIND(t) == LATE -> goto late
#endif
#if BRIDGE
	   :: KIND(t) == LEAVE ->
		atomic {
			if
			:: in[c] -> leave(c)
			:: else
			fi
		}
		path_eval(l, x, err)
#if ADDS || RING == 2
	   :: KIND(t) == ADD ->
		atomic {
			add(c, err);
			err = false
		}
		path_eval(l, x, err)
#endif
	   :: KIND(t) == KICK ->
		kicked = false;
		if
		:: closed[0]
		:: else -> path_eval(l, x, err)
		fi
	   :: KIND(t) == ON ->
		if
		:: op == c + 1 && path == TO_KERNEL && !closed[0] ->
			path = KERNEL;
			path_eval(l, x, err)
		:: else
		fi
	   :: KIND(t) == OFF ->
		if
		:: op == c + 1 && path == TO_USER && !closed[0] ->
			op = 0;
			path = USER;
			path_eval(l, x, err)
		:: else
		fi
#if MOVES
	   :: KIND(t) == SETTLE ->
		if
		:: atomic {
			closed[0] ->
			post_move(c)
		   }
		:: else ->
			waiter[c] = true;
			path_eval(l, x, err)
		fi
	   :: KIND(t) == REJOIN ->
		if
		:: closed[0]
		:: else -> path_eval(l, x, err)
		fi
#endif
#endif
#if MOVES
	   :: KIND(t) == MOVE ->
		to = dest[c];
		from = source[c];
		move(c, to, from, l, x)
	   :: KIND(t) == AFTER ->
		atomic {
			if
			:: closed[dest[c]]
			:: else ->
				unmark(dest[c]);
#if BRIDGE
				if
				:: in[dest[c]] -> post(0, T(REJOIN, c))
				:: else
				fi
#endif
			fi;
			done[c]++
		}
#endif
#if RING
	   :: KIND(t) == ANSWER ->
		atomic {
			if
			:: state[1] == DOWN -> state[1] = UP
			:: else
			fi
		}
#endif
	   fi;
	   goto over;

door:
	   atomic {
		door_queued[c] = false;
		if
		:: closed[c] -> goto over
		:: else
		fi;
		l = leg_of[c];
		assert(chan_of[l] == c)
	   }
	   atomic {
		hung = end_hangup[l];
		released = end_released[l]
	   }
	   atomic {
		signal[l] = false;
#if RING
		ring_answered(c, l)
#endif
	   }
	   if
	   :: hung || released ->
		hangup(c, l, err);
		if
		:: released && state[c] == ENDING -> finish(c, l)
		:: else
		fi
	   :: else
	   fi;
	   goto over;

hang:
	   if
	   :: closed[c]
	   :: else -> hangup(c, l, err)
	   fi;
	   goto over;

#if SICK
late:
	   if
	   :: closed[c] || state[c] != ENDING
	   :: else -> finish(c, l)
	   fi;
	   goto over;
#endif

over:
	   atomic {
		if
		:: IS_MULTI(t) ->
			busy[FIRST(t)] = false;
			busy[SECOND(t)] = false
		:: else ->
			busy[s] = false
		fi;
		s = 0;
		t = 0;
		c = 0;
		to = 0;
		from = 0;
		l = 0;
		x = 0;
		hung = false;
		released = false
	   }
next:
	   skip
	od
}

#include "world.pml"
