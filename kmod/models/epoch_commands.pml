/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's commands, of epoch.pml; ok says what the kernel has answered. */

inline grace()
{
#ifndef NO_GRACE
	!in_client;
	!in_tasklet[0] && !in_vnf[0] && !in_tasklet[1] && !in_vnf[1]
#else
	skip
#endif
}

inline kernel_begin(i)
{
	atomic {
		ok = !e[i].fenced && !e[i].plugged && e[i].pending < 2;
		printf("begin %d: %d\n", i, ok);
		if
		:: ok -> e[i].plugged = true; e[i].undone = false
		:: else
		fi
	};
	if
	:: ok -> grace()
	:: else
	fi
}

inline unplug(i)
{
	e[i].plugged = false;
	log_kick(i)
}

#ifdef NO_FENCE_CHECK
#define CAN_CUT(i) e[i].plugged
#else
#define CAN_CUT(i) (e[i].plugged && !e[i].fenced)
#endif

/* Of an epoch that has begun; sets number. */
inline kernel_cut(i)
{
	atomic {
#ifdef NO_UNDONE
		ok = CAN_CUT(i) || e[i].undone;
#else
		ok = CAN_CUT(i) && !e[i].undone;
#endif
		printf("cut %d, epoch %d at %d: %d\n", i, e[i].open, e[i].next, ok);
		if
		:: ok ->
			e[i].cut_epoch[e[i].pending] = e[i].open;
			e[i].cut_at[e[i].pending] = e[i].next;
			e[i].pending++;
			number = e[i].open;
			e[i].open++;
#ifdef TRIM_AT_CUT
			e[i].head = e[i].next;
#endif
			unplug(i);
#ifdef NO_WAIT_FOR_COMMIT
			hold_kick(i)
#endif
		:: else
		fi
	}
}

/* Leaves out the first n of the cuts. */
inline pending_drop(i, n)
{
	e[i].pending = e[i].pending - n;
	e[i].cut_epoch[0] = (n == 1 -> e[i].cut_epoch[1] : 0);
	e[i].cut_at[0] = (n == 1 -> e[i].cut_at[1] : 0);
	e[i].cut_epoch[1] = 0;
	e[i].cut_at[1] = 0
}

#ifdef SLOW_SOFTIRQ
#define HAS_LEFT(i)	true
#else
#define HAS_LEFT(i)	(!CAN_LEAVE(i) && !in_tasklet[i])
#endif
#define IS_PENDING(i, n, x)	(e[i].pending > n && e[i].cut_epoch[n] == x)

/* What a checkpoint has that is committed is remembered: image is it. */
inline kernel_commit(i, x, image_done)
{
	HAS_LEFT(OTHER(i));
	atomic {
		ok = !e[i].replaced && (IS_PENDING(i, 0, x) || IS_PENDING(i, 1, x));
		printf("commit %d, epoch %d: %d\n", i, x, ok);
		if
		:: ok ->
			e[i].head = (IS_PENDING(i, 0, x) -> e[i].cut_at[0] : e[i].cut_at[1]);
			pending_drop(i, (IS_PENDING(i, 0, x) -> 1 : 2));
			e[i].committed = x;
			remembered = MAX(remembered, image_done);
#ifndef NO_KICK
			hold_kick(i)
#endif
		:: else
		fi
	}
}

/* 0: the one that has begun. */
inline kernel_abort(i, x)
{
	atomic {
		if
		:: x == 0 ->
			ok = !e[i].fenced && (e[i].plugged || e[i].undone);
			if
			:: ok -> unplug(i)
			:: else
			fi;
			e[i].undone = false
		:: IS_PENDING(i, 0, x) -> pending_drop(i, 1); ok = true
		:: IS_PENDING(i, 1, x) ->
			e[i].pending = 1;
			e[i].cut_epoch[1] = 0;
			e[i].cut_at[1] = 0;
			ok = true
		:: else -> ok = false
		fi;
		printf("abort %d, epoch %d: %d\n", i, x, ok)
	}
}

inline kernel_fence(i)
{
	atomic {
		assert(!e[i].replaced);
		e[i].fenced = true;
		printf("fence %d\n", i)
	}
}

inline discard(i)
{
	do
	:: IS_HELD(i) ->
		e[i].held_to--;
		e[i].held[e[i].held_to] = 0
	:: else -> break
	od
}

/* Of a hold that is empty nothing is left to be told apart. */
inline kernel_failover(m, b)
{
	atomic {
		ok = !e[m].replaced && !e[b].fenced;
		printf("failover from %d to %d: %d\n", m, b, ok);
		if
		:: ok ->
			e[m].fenced = true;
			e[m].plugged = false;
			pending_drop(m, e[m].pending);
			e[m].replaced = true;
			e[b].paused = true;
			assert(e[b].head == e[b].tail);
			e[b].head = e[m].head;
			e[b].next = e[m].head;
			e[b].tail = e[m].tail
		:: else
		fi
	};
	if
	:: ok ->
		grace();
		atomic { e[b].serves = true; e[b].paused = false; log_kick(b) };
		atomic { discard(m); owner = b };
		grace();
		atomic { e[m].serves = false; ok = true }
	:: else
	fi
}

/* A log that nobody else has is not to be lost. */
inline renew(i)
{
	HAS_LEFT(i);
	grace();
	atomic {
		assert(!e[OTHER(i)].replaced && owner != i);
		e[i].serves = false;
		e[i].plugged = false;
		e[i].paused = false;
		e[i].fenced = false;
		e[i].replaced = false;
		e[i].undone = false;
		e[i].log_busy = false;
		e[i].hold_busy = false;
		e[i].open = 1;
		e[i].committed = 0;
		e[i].exposed = 0;
		e[i].head = 0;
		e[i].next = 0;
		e[i].tail = 0;
		x = e[i].held_from;
		do
		:: x < e[i].held_to -> e[i].held[x] = 0; x++
		:: else -> break
		od;
		e[i].held_from = 0;
		e[i].held_to = 0;
		e[i].held_bits = 0;
		pending_drop(i, e[i].pending);
		x = 0;
		printf("%d is made anew\n", i)
	}
}
