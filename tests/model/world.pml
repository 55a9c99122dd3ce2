/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world around the channels, part of call.pml: far ends, the trunk group's thread, timers, media
 * threads and users; and what is demanded when all has come to rest.
 */

bool said[SERS];	/* ghost: its far end has hung up */

/* leg_hangup(), leg_signal() and leg_released(): any thread, any time. */
inline leg_hangup(l, x)
{
#ifdef MUT_RING_FIRST
	/* looks where the leg sits, and only then says what there is to hear */
	x = chan_of[l];
	end_hangup[l] = true;
	said[l] = true;
	if
	:: x != 0 -> doorbell(x)
	:: else
	fi;
#else
	atomic {
		end_hangup[l] = true;
		said[l] = true
	}
#ifdef MUT_HANGUP_BY_CHANNEL
	/* asks the channel that it found, and does not leave it with the leg */
	end_hangup[l] = false;
	x = chan_of[l];
	atomic {
		if
		:: x != 0 -> post_hangup(x)
		:: else
		fi
	}
#else
	ring(l, x);
#endif
#endif
	x = 0
}

inline leg_released(l, x)
{
	atomic {
		slot[l] = false;
		end_released[l] = true
	}
	ring(l, x);
	if
	:: x == 0 -> quarantine_end(l)
	:: else -> x = 0
	fi
}

#if ENDS || SIGS || SPAN || RING
/* The far ends, and the line. */
proctype network()
{
	byte l, x, ends = ENDS, sigs = SIGS;
	bool span = SPAN;

end_idle:
	do
#if ENDS
	:: atomic {
		ends > 0 ->
		ends--;
		if
		:: !said[1] -> l = 1
		:: !said[2] -> l = 2
		:: !said[3] -> l = 3
		:: else -> goto next
		fi
	   }
	   leg_hangup(l, x);
	   l = 0
#endif
#if SIGS
	:: atomic {
		sigs > 0 ->
		sigs--;
		select(l : 1 .. 3);
		if
		:: !end_released[l] -> signal[l] = true
		:: else ->
			l = 0;
			goto next
		fi
	   }
	   ring(l, x);
	   atomic {
		l = 0;
		x = 0
	   }
#endif
#if SPAN
	/* Every call on it is over, and its timeslots are idle, whatever the daemon still wants. */
	:: span ->
		span = false;
		l = 1;
		do
		:: l <= 3 ->
			if
			:: l == sick
			:: else ->
				leg_hangup(l, x);
				leg_released(l, x)
			fi;
			l++
		:: else -> break
		od;
		l = 0
#endif
#if RING
	:: atomic {
		far_answered[2] + far_answered[3] + (RING == 2 || far_answered[1]) < 3 ->
		if
		:: RING == 3 && !far_answered[1] -> l = 1
		:: !far_answered[2] -> l = 2
		:: !far_answered[3] -> l = 3
		fi;
		far_answered[l] = true;
		answered[l] = true
	   }
	   ring(l, x);
	   atomic {
		l = 0;
		x = 0
	   }
#endif
	od;
next:
	goto end_idle
}
#endif

/* The trunk group's thread, which is asked to release. */
proctype group()
{
	byte l, x;

end_idle:
	do
	:: atomic {
		mailbox?l ->
		if
		:: l == sick || end_released[l] ->
			l = 0;
			goto next
		:: else
		fi
	   }
	   leg_released(l, x);
	   l = 0
	od;
next:
	goto end_idle
}

#if SICK
/* release_timer_fn(): it may run late, when the timer was to be cancelled */
proctype timers()
{
	byte c;

end_idle:
	do
	:: atomic {
		if
		:: timer[1] -> c = 1
		:: timer[2] -> c = 2
		:: timer[3] -> c = 3
		fi;
		timer[c] = false
	   }
	   atomic {
		post(c, T(LATE, c));
		c = 0
	   }
	od
}
#endif

#if BRIDGE
/* The provider carries out in order what it is asked. */
proctype provider()
{
	byte t;

end_idle:
	do
	:: atomic {
		media?t ->
		connected[NUM(t)] = KIND(t) == ON;
		post(0, t);
		t = 0
	   }
	od
}
#endif

#if MOVES || HUPS || ADDS || TAKES || DESTROY || KICKS
proctype users()
{
	byte n, c, d, hups = HUPS, adds = ADDS, takes = TAKES, kicks = KICKS;
	bool destroy = DESTROY;

end_idle:
	do
#if HUPS
	:: atomic {
		hups > 0 ->
		hups--;
		select(c : 1 .. 3);
		by_user[c] = true;
		post_hangup(c);
		c = 0
	   }
#endif
#if KICKS
	:: atomic {
		kicks > 0 ->
		kicks--;
		kick()
	   }
#endif
#if ADDS
	:: atomic {
		adds > 0 ->
		adds--;
		select(c : 1 .. 3);
		if
		:: !added[c] ->
			added[c] = true;
			post_multi(T(ADD, c))
		:: else
		fi;
		c = 0
	   }
#endif
#if TAKES
	:: atomic {
		takes > 0 ->
		takes--;
		select(c : 1 .. 3);
		taken = true;
		post_multi(T(TAKE, c));
		c = 0
	   }
#endif
#if DESTROY
	:: atomic {
		destroy ->
		destroy = false;
		taken = true;
		ended = true;
		post(0, T(END, 0))
	   }
#endif
#if MOVES
	:: atomic {
		n < MOVES ->
#if FIXED
		c = 1;
		d = 3;
#else
		select(c : 1 .. 3);
		select(d : 0 .. 1);
		d = (c + d) % 3 + 1;
#endif
		dest[n] = c;
		source[n] = d;
		post_multi(T(MOVE, n));
		n++;
		c = 0;
		d = 0
	   }
#endif
	od
}
#endif

/* At rest: nothing is queued or half-done, and what was asked has been done. */
inline at_rest()
{
	for (i : 0 .. 3) {
		assert(empty(queue[i]));
		assert(!busy[i])
	}
	assert(empty(mailbox));
	for (i : 1 .. 3) {
		assert(state[i] != ENDING);
		/* every hang-up is heard: of the channel, and of the leg wherever it went */
		assert(!asked[i] || state[i] == DEAD);
		if
		:: state[i] != DEAD ->
			assert(chan_of[leg_of[i]] == i);
			assert(!said[leg_of[i]] && !end_released[leg_of[i]]);
			assert(!signal[leg_of[i]]);
			assert(!moving[i] && !given[i] && !door_queued[i]);
			alive++
		:: else ->
			assert(leg_of[i] == 0)
		fi;
		/* each leg has one channel, or none, and then it is idle or known to be stuck */
		if
		:: chan_of[i] != 0 -> assert(leg_of[chan_of[i]] == i && slot[i])
		:: else ->
			assert(releasing[i]);
			assert(end_released[i] != quarantined[i]);
			assert(slot[i] == quarantined[i]);
			assert(!quarantined[i] || i == sick)
		fi;
		if
		:: slot[i] && !quarantined[i] -> used++
		:: else
		fi
	}
	/* limits */
	assert(alive == used);
#if MOVES
	for (i : 0 .. MOVES - 1) {
		assert(done[i] == 1 || dest[i] == 0)
	}
#endif
#if BRIDGE
	assert(empty(media));
	assert(members == in[1] + in[2] + in[3]);
	assert(path == (members == 2 -> KERNEL : NONE));
	for (i : 1 .. 3) {
		assert(!in[i] || state[i] != DEAD);
		assert(requested[i] == (path == KERNEL && chan_of[i] != 0 && in[chan_of[i]]))
	}
	/* One whose call ended leaves nobody alone, and an empty bridge goes; unless it is to stay. */
	assert(STAYS || !had_two || taken || members != 1);
	assert(!closed[0] || members == 0 && (dying || !STAYS));
	assert(closed[0] || members != 0 || !dying && (STAYS || !had_one));
#if DESTROY
	assert(closed[0] || !ended);
#endif
#if STAYS && !MOVES && !RING && !SPAN
	/* Then the others' end is no reason for an end. */
	for (i : 1 .. 3) {
		assert(state[i] != DEAD || said[i] || by_user[i])
	}
#endif
	for (i : 0 .. OPS - 1) {
		assert(connected[i] == (path == KERNEL && op == i + 1))
	}
#endif
	i = 0;
	alive = 0;
	used = 0
}

init {
	byte i, n, alive, used;

	atomic {
		for (i : 1 .. 3) {
			leg_of[i] = i;
			chan_of[i] = i;
			state[i] = (RING -> DOWN : UP);
			slot[i] = true
		}
		i = 0;
#if MOVES && !FIXED
		/* one that is called, or calls, but is not yet answered */
		if
		:: !BRIDGED -> state[1] = DOWN
		:: state[3] = DOWN
		:: true
		fi;
#endif
#if SICK
		select(sick : 1 .. 3);
		if
		:: sick_err = true
		:: true
		fi;
#endif
#if BRIDGED
		in[1] = true;
		in[2] = true;
		members = 2;
		had_one = true;
		had_two = true;
		path = USER;
		post(0, T(KICK, 0));
		kicked = true;
#endif
#if RING
		rings = RING;
		for (i : FIRST_CALLEE .. 3) {
			may_answer[i] = true
		}
		i = 0;
#endif
		run worker();
#if POOL > 1
		run worker();
#endif
		run group();
#if ENDS || SIGS || SPAN || RING
		run network();
#endif
#if SICK
		run timers();
#endif
#if BRIDGE
		run provider();
#endif
#if MOVES || HUPS || ADDS || TAKES || DESTROY || KICKS
		run users()
#endif
	}
	timeout ->
	atomic {
		at_rest();
#if RING
		/* the first that answered is the only one left of those who were called */
		for (i : FIRST_CALLEE .. 3) {
			assert(state[i] == DEAD || winner == i && state[i] == UP)
		}
#if RING == 2
		assert( state[1] == DEAD || state[1] == UP && in[1] && in[winner]);
#endif
		i = 0;
#endif
		n = 1
	}
	/* one after the other: all at once they would be a test of something else */
	do
	:: n <= 3 && state[n] != DEAD ->
		by_user[n] = true;
		post_hangup(n);
		timeout ->
		n++
	:: n <= 3 && state[n] == DEAD -> n++
	:: n > 3 -> break
	od;
	atomic {
		at_rest();
		assert(state[1] == DEAD && state[2] == DEAD && state[3] == DEAD)
	}
}
