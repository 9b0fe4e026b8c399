#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Wrong input of every kind gets one line that says what was expected, and
# changes nothing.
. "$(dirname "$0")/lib.sh"
load_module

plan 52
setup_ns host peer
connect_all "$host" "$peer" l0 r0 xal xar xbl xbr
check "a service" ctl service add s key $KEY left l0 right r0
check "instances" ctl instance add A service s left xal right xar
check "abbreviated" ctl inst add B serv s left xbl right xbr
check "ranges" ctl range set s 0-32767=A 32768-65535=B
state()
{
	ctl -j service show s key | jq -c 'del(.[].ports)'
	ctl -j instance show s | jq -c 'del(.[].ports)'
	ctl -j range show s
}
before=$(state)

refuse "no such object" "expected service" ctl srevice show
refuse "no such command" "expected add" ctl service make x
refuse "no such option" "expected -j" nfhactl -x
refuse "no such namespace" "no such network namespace" nfhactl -n nowhere service show
refuse "no such service" "no such service" ctl service show nothing
refuse "no such instance" "no such instance" ctl instance show s instance C
refuse "name missing" "name is missing" ctl service add
refuse "key missing" "key is missing" ctl service add t left l0
refuse "short key" "32 hexadecimal digits" ctl service add t key 0011 left l0
refuse "odd key" "32 hexadecimal digits" ctl service add t key "${KEY%f}x" left l0
refuse "value missing" "needs a value" ctl service add t key
refuse "given twice" "given twice" ctl service set s threshold 1 threshold 2
refuse "bad name" "letters, digits" ctl service add 'a b' key $KEY left l0
refuse "long name" "1 to 31" ctl service add "$(printf 'x%.0s' {1..32})" key $KEY left l0
refuse "taken name" "of this name" ctl service add s key $KEY left l0
refuse "no such device" "no such device" ctl service add t key $KEY left nodev
refuse "no left port" "left is missing" ctl service add t key $KEY right lo
refuse "not Ethernet" "Ethernet" ctl service add t key $KEY left lo
refuse "taken device" "is a port already" ctl service add t key $KEY left l0
refuse "bad affinity" "five-tuple" ctl service set s affinity six
refuse "prefix without affinity" "affinity source" ctl service set s prefix4 24
refuse "bad prefix" "1 to 32" ctl service set s prefix4 33
refuse "bad policy" "avoid" ctl service set s policy maybe
refuse "bad number" "0 to 4294967295" ctl service set s threshold 4294967296
refuse "negative number" "0 to 4294967295" ctl service set s threshold -1
refuse "not a number" "0 to 4294967295" ctl service set s threshold ten
refuse "zero limit" "1 to 4294967295" ctl service set s flows-max 0
refuse "bad timeout" "NAME=TIME with whole seconds" ctl service set s timeout udp=0s
refuse "too long a timeout" "1s to 168h" ctl service set s timeout udp=604801s
refuse "port without proto" "give proto" ctl service set s match 10.0.0.1,47:53
refuse "bad match" "expected any" ctl service set s match 10.0.0.256
refuse "affinity with ranges" "make a new service" ctl service set s affinity source
refuse "gap" "gap" ctl range set s 0-9=A 11-65535=B
refuse "overlap" "overlap" ctl range set s 0-9=A 9-65535=B
refuse "short of the end" "gap" ctl range set s 0-65534=A
refuse "bad range" "FIRST-LAST=INSTANCE" ctl range set s 0-65536=A
refuse "backward range" "FIRST-LAST=INSTANCE" ctl range set s 9-0=A
refuse "flow ID too large" "0 to 65535" ctl split s from A to B at 65536
refuse "split of nothing" "nothing would be left" ctl split s from A to B at 0
refuse "split of another's" "owns no such range" ctl split s from A to B at 40000
refuse "same instance" "to itself" ctl split s from A to A
check "overload" ctl instance overload B service s level normal reason "it is night"
refuse "overload of no instance" "name C: the service has no such instance" \
	ctl instance overload C service s
refuse "overload in no service" "service t: no such service" ctl instance overload A service t
refuse "bad level" "overloaded underloaded normal" ctl instance overload A service s level 1
refuse "long reason" "1 to 63 printable" \
	ctl instance overload A service s reason "$(printf 'x%.0s' {1..64})"
refuse "reason of two lines" "1 to 63 printable" ctl instance overload A service s reason $'a\nb'
check "and nothing has changed" [ "$before" = "$(state)" ]
finish
