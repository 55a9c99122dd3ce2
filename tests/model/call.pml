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
 *	TAKES	users take a channel out of it
 *	DESTROY	1: a user ends it
 *	STAYS	1: it does not dissolve when a member's call ends
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
#ifndef TAKES
#define TAKES 0
#endif
#ifndef DESTROY
#define DESTROY 0
#endif
#ifndef STAYS
#define STAYS 0
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

/* A task is its kind and a number: of a channel, a move or a connection. LEAVE to MOVE are on two. */
#define T(kind, n) ((kind) * 4 + (n))
#define KIND(t) ((t) / 4)
#define NUM(t) ((t) % 4)
#define DOOR 0
#define HANGUP 1
#define LATE 2
#define LEAVE 3
#define ADD 4
#define TAKE 5
#define MOVE 6
#define AFTER 7
#define SETTLE 8
#define KICK 9
#define REJOIN 10
#define ON 11
#define OFF 12
#define END 13
#define ANSWER 14

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
bool by_user[SERS];	/* ghost: and it was a user's */

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
bool dying;
bool had_one, had_two;	/* ghost: members, at some time, */
bool taken;		/* and that a user asked for one to be taken out, or for its end */
#if DESTROY
bool ended;		/* ghost: its end was asked for */
#endif
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
#include "bridge.pml"
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
	   :: KIND(t) == LEAVE || KIND(t) == TAKE ->
		if
		:: atomic {
			in[c] && (KIND(t) == LEAVE || !closed[c]) ->
			if
#ifdef MUT_NO_DISSOLVE
			:: false
#elif defined(MUT_ALWAYS_DISSOLVE)
			:: KIND(t) == LEAVE -> hang_up_peer(c)
#else
			:: KIND(t) == LEAVE && !STAYS -> hang_up_peer(c)
#endif
			:: else
			fi;
			leave(c)
		   }
		   path_eval(l, x, err);
		   last_left()
		:: else
		fi
#if ADDS || RING == 2
	   :: KIND(t) == ADD ->
		atomic {
			add(c, err)
		}
		if
		:: err ->
			err = false;
			last_left()
		:: else -> path_eval(l, x, err)
		fi
#endif
#if DESTROY
	   /* destroy_task() */
	   :: KIND(t) == END ->
		atomic {
			if
			:: !closed[0] && !dying ->
#ifndef MUT_NOT_DYING
				dying = true;
#endif
				for (i : 1 .. 3) {
					if
					:: in[i] -> post_multi(T(TAKE, i))
					:: else
					fi
				}
				i = 0
			:: else
			fi
		}
		last_left()
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
#ifdef MUT_ASK_AGAIN
		/* asks again and again instead of being told */
		:: else ->
			path_eval(l, x, err);
			if
			:: path == TO_KERNEL || path == TO_USER -> post(0, T(SETTLE, c))
			:: else -> post_move(c)
			fi
#else
		:: else ->
			waiter[c] = true;
			path_eval(l, x, err)
#endif
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
#ifdef MUT_LATER
	   /* not in the middle of a move: comes back */
	   if
	   :: atomic {
		!closed[c] && moving[c] ->
		post(c, T(HANGUP, c));
		goto over
	   }
	   :: else
	   fi;
#endif
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
