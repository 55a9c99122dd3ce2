/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge, part of call.pml: its media path, who is in it, and when it ends.
 */

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

/* bridge_enter(); both held */
inline add(c, err)
{
	if
	:: state[c] >= ENDING || given[c] || in[c] || members == 2 || dying || closed[0] || closed[c] ->
		err = true
	:: else ->
		in[c] = true;
		members++;
		had_one = true;
		if
		:: members == 2 ->
			had_two = true;
			path = USER
		:: else
		fi
	fi
}

/* A member's call ended, and that of the other with it. */
inline hang_up_peer(c)
{
	for (i : 1 .. 3) {
		if
		:: i != c && in[i] -> post_hangup(i)
		:: else
		fi
	}
	i = 0
}

/* bridge_leave() up to its path_eval(), which follows; both held */
inline leave(c)
{
	path_parted();
	in[c] = false;
	members--
}

/* bridge_last_left() and die(): nobody waits for the path of an empty bridge any more. */
inline last_left()
{
	atomic {
		if
#ifndef MUT_KEEP_EMPTY
		:: members == 0 && (dying || !STAYS) ->
			closed[0] = true
#endif
		:: else
		fi
	}
}
