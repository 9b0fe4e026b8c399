# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that need no kernel: the library on a transport of the test's own, and
# nfhactl's tables. scripts/check runs them and the scripts test_*.sh.

UNIT_LIBRARY_TESTS := $(O)/unit/test_flowid $(O)/unit/test_message \
	$(O)/unit/test_event
UNIT_NFHACTL_TESTS := $(O)/unit/test_args $(O)/unit/test_value
UNIT_TESTS += $(UNIT_LIBRARY_TESTS) $(UNIT_NFHACTL_TESTS)

UNIT_HEADERS := tests/unit/unit.h tests/unit/transport.h $(LIBNFHA_HEADERS)
UNIT_WRAP := sendto recvfrom get_fd
UNIT_LDFLAGS := $(UNIT_WRAP:%=-Wl,--wrap=mnl_socket_%)
UNIT_CHECK = $(shell pkg-config --cflags --libs check)

$(UNIT_LIBRARY_TESTS): $(O)/unit/%: tests/unit/%.c tests/unit/transport.c \
		$(UNIT_HEADERS) $(LIBNFHA_OBJECTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Ilibnfha -Ilibnfha/include \
		$(LDFLAGS) $(UNIT_LDFLAGS) -o $@ $< tests/unit/transport.c \
		$(LIBNFHA_OBJECTS) $(UNIT_CHECK) -lmnl -pthread

$(UNIT_NFHACTL_TESTS): $(O)/unit/%: tests/unit/%.c $(UNIT_HEADERS) \
		daemon/nfhactl/nfhactl.h $(NFHACTL_OBJECTS) $(LIBNFHA_OBJECTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Idaemon/nfhactl \
		$(shell pkg-config --cflags json-c) $(LDFLAGS) -o $@ $< \
		$(filter-out %/main.o,$(NFHACTL_OBJECTS)) $(LIBNFHA_OBJECTS) \
		$(UNIT_CHECK) $(shell pkg-config --libs json-c) -lmnl -pthread
