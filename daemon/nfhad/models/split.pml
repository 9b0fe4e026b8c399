/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A service is split and merged: an instance A on this host, B on another one, a switch before
 * both, flows that begin and end, a daemon that is killed, an operator who changes the
 * switch's map, and a B that fails.
 *
 *	flows --> switch --> host's module --> A
 *		       |                 `---> B (detour)
 *		       `-------------------> B
 *
 * MODELLED, and what each step stands for
 *
 *   flow		a packet: at the switch, then at the host, where it reads the map in one
 *			step and enters its flow in another: input(), owner_find() and
 *			owner_of_new() of kmod/packet.c; it ends, and each module forgets it by
 *			nfha_sweep_age()
 *   module_split	nfha_split() and nfha_map_replace() of kmod/split.c, by split_once() of
 *			daemon/nfhad/ranges.c
 *   module_merge	nfha_merge(), by nfhad_ranges_merge(); with policy "never" by
 *			nfhad_spread_to() of spread.c
 *   push		push() of upstream_nfha.c: push_all_exceptions(), nfhad_far_map(), forget(),
 *			each a step of its own, and killed with the daemon
 *   nfhad		scale.c: start(), hand_over(), settle(); push.c: nfhad_push_turn();
 *			drain.c: nfhad_scale_in(), on_turned(), look_at_step(), leave(); spread.c:
 *			nfhad_scale_failed(); take_up() and nfhad_scale_start() after a kill;
 *			owners.c: what it asks the module for
 *
 * R has one flow ID that moves, for all flows; a range is that ID's owner, so that the map
 * tiles R by its form; what is checked is that its owner works. (That nfha_map_split() and
 * nfha_map_merge() keep the form, the module's self-tests show.)
 *
 * LEFT OUT: more instances than two, and who is chosen; state that moves with its flows;
 * figure 6, where hosts have the exceptions; fragments; a table that is full.
 *
 * PROVED, for each order of the steps of FLOWS flows of PACKETS packets each, KILLS kills,
 * FAILURES failures of B, OPERATORS changes by others, with a switch that knows flows (TRACKS)
 * and one that does not, and flows that end and (FOREVER) that do not:
 *
 *   affinity		a flow's packet is delivered where its state is, while that one works and
 *			its time to drain is not over: deliver()
 *   no flow taken	nobody is cleaned as empty who has a living flow: take_from_b()
 *   owners		the map's owner is one that takes ranges: OWNER_WORKS
 *   generations	no map is replaced by one that was made of an older one: far_map()
 *   the end		whatever has happened, in the end host and switch say the same, their owner
 *			works, and nobody drains: monitor. As no state is ever come to twice (checked
 *			with -DNP) it always comes to that
 *
 * CONTROLS: with one of these set, spin has to find a contradiction.
 *
 *   NO_GRACE		a new map counts before packets that have read the old one are through
 *   MAP_FIRST		the switch gets the map before the exceptions
 *   NO_EXCEPTIONS	and never gets them
 *   ALWAYS_MIGRATE	flows go with their range, without their state
 *   HOST_FIRST		in a merge the host changes before the switch
 *   NO_BEYOND		who drains is empty when the host knows no flow of it
 *   NO_GENERATION	maps are replaced whatever they are
 *   NO_PUSH_AGAIN	the daemon that comes back takes the switch for told
 *   NO_TAKE_UP		and leaves who drains
 *   NO_DEADLINE	a drain waits for its flows, which do not end
 *   NO_FORGET		the switch keeps flows of who has failed
 */

#ifndef FLOWS
#define FLOWS 2
#endif
#ifndef PACKETS
#define PACKETS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef FAILURES
#define FAILURES 0
#endif
#ifndef OPERATORS
#define OPERATORS 0
#endif
#ifndef T
#define T 1
#endif

#define A 0
#define B 1
#define NOBODY 2

/* Of B in the host's module. */
#define STANDBY 0
#define ACTIVE 1
#define DRAINING 2

/* A range map, its generation, and the flows that a module knows. */
typedef Module {
	byte owner;
	byte generation;
	byte entry[FLOWS];
}

Module host, tor;
byte state_of_b;
bool works;			/* B */
byte at[FLOWS];			/* where a flow's state is */
byte left[FLOWS];		/* packets that it has still to send */
bool entering[FLOWS];		/* the host has read the map for a packet */
bool late;			/* the deadline of a drain is over */
byte kills, failures, operators;
bool split_done, merge_done;

#define IS_EXCEPTION(f)	(host.entry[f] != NOBODY && host.entry[f] != host.owner)
#if FLOWS == 1
#define EXCEPTIONS	IS_EXCEPTION(0)
#define HAS(m, i)	(m.entry[0] == i)
#define ENTERS		entering[0]
#define LIVES_AT_B	(at[0] == B)
#else
#define EXCEPTIONS	(IS_EXCEPTION(0) + IS_EXCEPTION(1))
#define HAS(m, i)	(m.entry[0] == i || m.entry[1] == i)
#define ENTERS		(entering[0] || entering[1])
#define LIVES_AT_B	(at[0] == B || at[1] == B)
#endif
/* nfha_map_replace() waits for a grace period. */
#ifdef NO_GRACE
#define SETTLED		true
#else
#define SETTLED		!ENTERS
#endif

/* What an instance does not know it takes for new, and one that is gone answers nothing. */
inline deliver(f, i)
{
	printf("flow %d at %d, its state is at %d\n", f, i, at[f]);
	if
	:: i == B && (!works || state_of_b == STANDBY)
	:: else ->
		assert(at[f] == NOBODY || at[f] == i);
		at[f] = i
	fi;
	left[f]--
}

proctype flow(byte f)
{
	byte by;

	do
	:: left[f] > 0 ->
		atomic {
			by = (tor.entry[f] != NOBODY -> tor.entry[f] : tor.owner);
#ifdef TRACKS
			tor.entry[f] = by;
#endif
			if
			:: by == B -> deliver(f, B); goto sent
			:: else
			fi
		};
		atomic {
			if
			:: host.entry[f] != NOBODY -> deliver(f, host.entry[f]); goto sent
			:: else
			fi;
			by = host.owner;
			entering[f] = true
		};
		atomic {
			host.entry[f] = by;
			entering[f] = false;
			deliver(f, by)
		};
sent:		by = 0
	:: left[f] == 0 -> break
	od;
#ifdef FOREVER
	false;
#endif
	/* It is over, and both find out by themselves. */
	atomic { at[f] = NOBODY; host.entry[f] = NOBODY };
	tor.entry[f] = NOBODY
}

/* What B had is lost with it, or its time is over: who has such a flow begins anew. */
inline flows_break()
{
	x = 0;
	do
	:: x < FLOWS -> at[x] = (at[x] == B -> NOBODY : at[x]); x++
	:: else -> break
	od;
	x = 0
}

inline forget_b(m)
{
	x = 0;
	do
	:: x < FLOWS -> m.entry[x] = (m.entry[x] == B -> NOBODY : m.entry[x]); x++
	:: else -> break
	od;
	x = 0
}

/* owners_check(): who drains or is on standby takes no range. */
inline module_map(to)
{
	assert(to == A || state_of_b == ACTIVE);	/* OWNER_WORKS */
	host.owner = to;
	host.generation++;
#ifdef ALWAYS_MIGRATE
	x = 0;
	do
	:: x < FLOWS -> host.entry[x] = (host.entry[x] == NOBODY -> NOBODY : to); x++
	:: else -> break
	od;
	x = 0;
#endif
	printf("the host's range is of %d\n", to)
}

#define MAY_BE_KILLED	if :: atomic { kills < KILLS -> kills++; \
	printf("the daemon is killed\n"); goto killed } :: true fi

/* nfhad_push_exceptions(): no packet has read a map that is older. */
inline import()
{
	atomic {
		SETTLED;
		x = 0;
		do
		:: x < FLOWS ->
			tor.entry[x] = (IS_EXCEPTION(x) -> host.entry[x] : tor.entry[x]);
			x++
		:: else -> break
		od;
		x = 0;
		printf("the switch has the exceptions\n")
	}
}

/* nfhad_far_map(): read, and set if it is still that one; to is what the range is to be. */
inline far_map(to)
{
	do
	:: atomic { tor.owner == to -> break }
	:: atomic { tor.owner != to -> generation = tor.generation };
	   atomic {
		if
#ifdef NO_GENERATION
		:: true ->
#else
		:: tor.generation == generation ->
#endif
			assert(tor.generation == generation);
			tor.owner = to;
			tor.generation = generation + 1;
			generation = 0;
			printf("the switch's range is of %d\n", to);
			break
#ifndef NO_GENERATION
		:: else -> generation = 0
#endif
		fi
	   }
	od
}

/* A job: to is the owner that the switch is to have. */
inline push(to)
{
#ifdef MAP_FIRST
	far_map(to);
	MAY_BE_KILLED;
	import();
#else
#ifndef NO_EXCEPTIONS
	import();
	MAY_BE_KILLED;
#endif
	far_map(to);
#endif
	MAY_BE_KILLED;
	atomic {
#ifndef NO_FORGET
		if
		:: !works || state_of_b == STANDBY -> forget_b(tor)
		:: else
		fi;
#endif
#ifndef TRACKS
		if
		:: works && state_of_b != STANDBY -> forget_b(host)
		:: else
		fi;
#endif
		skip
	};
	MAY_BE_KILLED
}

/* nfhad_scale_give_back(): it is cleaned, and at rest. */
inline give_back()
{
	printf("B is at rest\n");
	state_of_b = STANDBY
}

/* nfhad_ranges_forget(): what it has left is of who has the range. */
inline take_from_b()
{
	assert(late || !works || !LIVES_AT_B);
	flows_break();
	forget_b(host)
}

#ifdef NO_BEYOND
#define IS_EMPTY	!HAS(host, B)
#else
#define IS_EMPTY	(!HAS(host, B) && !HAS(tor, B))
#endif
#ifdef TRACKS
#define KNOWS true
#else
#define KNOWS false
#endif

proctype nfhad()
{
	bool unsettled;
	byte generation, x;

steady:	if
	:: atomic { !works && state_of_b != STANDBY -> goto failed }
	:: atomic {
		works && !split_done && host.owner == A && state_of_b == STANDBY ->
		split_done = true;
		state_of_b = ACTIVE;		/* nfhad_ranges_activate() */
		goto split
	   }
	:: atomic { unsettled && SETTLED && EXCEPTIONS <= T -> goto settle }
	:: atomic {
		works && KNOWS && split_done && !merge_done && !unsettled &&
		host.owner == B ->
		merge_done = true;
		goto turn
	   }
	:: atomic { state_of_b == DRAINING && IS_EMPTY && SETTLED -> goto leave }
#ifndef NO_DEADLINE
	:: atomic { state_of_b == DRAINING && !late && SETTLED -> late = true; goto leave }
#endif
	:: atomic { kills < KILLS -> kills++; printf("the daemon is killed\n"); goto killed }
	fi;

split:	MAY_BE_KILLED;
	if
	:: atomic { !works -> goto failed }
	:: atomic { works -> module_map(B); unsettled = true };
	   MAY_BE_KILLED
	fi;
	goto steady;

settle:	unsettled = false;
	push(host.owner);
	goto steady;

	/* The switch is told first; who fails meanwhile ends it. */
turn:
#ifdef HOST_FIRST
	atomic { module_map(A); state_of_b = DRAINING };
	MAY_BE_KILLED;
	unsettled = true;
	goto steady;
#else
	push(A);
	if
	:: atomic { !works -> goto failed }
	:: atomic { works -> module_map(A); state_of_b = DRAINING }
	fi;
	MAY_BE_KILLED;
	goto steady;
#endif

	/* leave(): forgotten here, cleaned, and the switch is told. */
leave:	atomic { SETTLED; take_from_b(); MAY_BE_KILLED; give_back(); unsettled = false };
	push(host.owner);
	goto steady;

	/* nfhad_scale_failed(): its ranges go to the other one, and it is cleaned. */
failed:	atomic {
		SETTLED;
		if
		:: host.owner == B -> module_map(A)
		:: else
		fi;
		MAY_BE_KILLED;
		SETTLED;
		take_from_b();
		MAY_BE_KILLED;
		give_back();
		unsettled = false
	};
	push(host.owner);
	goto steady;

	/* nfhad_scale_start(): the map and the states say what was about to be done. */
killed:	atomic { generation = 0; x = 0; unsettled = false };
	if
	:: atomic { !works && state_of_b != STANDBY -> goto failed }
	:: atomic {
		(works || state_of_b == STANDBY) ->
#ifndef NO_TAKE_UP
		if
		:: state_of_b == ACTIVE && host.owner == A ->
			take_from_b();
			give_back()
		:: else
		fi;
#endif
#ifndef NO_PUSH_AGAIN
		unsettled = true;
#endif
		goto steady
	   }
	fi
}

proctype chaos()
{
	byte x;

	do
	:: atomic {
		failures < FAILURES && works && state_of_b != STANDBY ->
		failures++;
		works = false;
		x = 0;
		flows_break();
		printf("B fails\n")
	   }
	:: atomic {
		operators < OPERATORS ->
		operators++;
		tor.generation++;
		printf("somebody else changes the switch\n")
	   }
	od
}

proctype monitor()
{
	timeout ->
	assert(host.owner == tor.owner);
	assert(host.owner == A || (works && state_of_b == ACTIVE));
	assert(state_of_b != DRAINING);
	assert(state_of_b != ACTIVE || host.owner == B);
	assert(state_of_b != STANDBY || (!HAS(host, B) && !HAS(tor, B)));
	assert(left[0] == 0)
}

init
{
	byte f;

	atomic {
		works = true;
		do
		:: f < FLOWS ->
			host.entry[f] = NOBODY;
			tor.entry[f] = NOBODY;
			at[f] = NOBODY;
			left[f] = PACKETS;
			run flow(f);
			f++
		:: else -> break
		od;
		f = 0;
		run nfhad();
		run chaos();
		run monitor()
	}
}
