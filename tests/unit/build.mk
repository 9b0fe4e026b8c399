# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that need no kernel; scripts/check runs them and the scripts test_*.sh
# beside this file.

# On the library as it is installed.
UNIT_PUBLIC_TESTS := $(O)/unit/flowid
# Inside the library, on a transport of the test's own.
UNIT_LIBRARY_TESTS := $(O)/unit/test_flowid $(O)/unit/test_message \
	$(O)/unit/test_event
# On the tables of nfhactl.
UNIT_NFHACTL_TESTS := $(O)/unit/test_args $(O)/unit/test_value
# On the judge of rollback recovery.
UNIT_VNF_TESTS := $(O)/unit/test_history
UNIT_TESTS += $(UNIT_PUBLIC_TESTS) $(UNIT_LIBRARY_TESTS) $(UNIT_NFHACTL_TESTS) \
	$(UNIT_VNF_TESTS)

UNIT_HEADERS := tests/unit/unit.h tests/unit/transport.h $(LIBNFHA_HEADERS)
UNIT_WRAP := sendto recvfrom get_fd
UNIT_LDFLAGS := $(UNIT_WRAP:%=-Wl,--wrap=mnl_socket_%)
# Objects whose source a test includes.
UNIT_INCLUDED_test_flowid := %/flowid.o
UNIT_CHECK = $(shell pkg-config --cflags --libs check)

$(UNIT_PUBLIC_TESTS): $(O)/unit/%: tests/unit/%.c $(LIBNFHA_SO)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -o $@ $< \
		-L$(O)/libnfha -lnfha '-Wl,-rpath,$$ORIGIN/../libnfha'

$(UNIT_LIBRARY_TESTS): $(O)/unit/%: tests/unit/%.c tests/unit/transport.c \
		$(UNIT_HEADERS) $(LIBNFHA_OBJECTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Ilibnfha \
		$(LDFLAGS) $(UNIT_LDFLAGS) -o $@ $< tests/unit/transport.c \
		$(filter-out $(UNIT_INCLUDED_$*),$(LIBNFHA_OBJECTS)) \
		$(UNIT_CHECK) -lmnl -pthread

$(UNIT_NFHACTL_TESTS): $(O)/unit/%: tests/unit/%.c tests/unit/unit.h \
		daemon/nfhactl/nfhactl.h $(NFHACTL_OBJECTS) $(LIBNFHA_OBJECTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Idaemon/nfhactl \
		$(shell pkg-config --cflags json-c) $(LDFLAGS) -o $@ $< \
		$(filter-out %/main.o,$(NFHACTL_OBJECTS)) $(LIBNFHA_OBJECTS) \
		$(UNIT_CHECK) $(shell pkg-config --libs json-c) -lmnl -pthread

$(UNIT_VNF_TESTS): $(O)/unit/%: tests/unit/%.c tests/unit/unit.h \
		tests/vnf/history.c tests/vnf/history.h tests/vnf/stamp.h
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		tests/vnf/history.c $(UNIT_CHECK)
