# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that need no kernel; scripts/check runs them and the scripts test_*.sh
# beside this file.

# On the library as it is installed.
UNIT_PUBLIC_TESTS := $(O)/unit/flowid
# Inside the library, on a transport of the test's own.
UNIT_LIBRARY_TESTS := $(O)/unit/test_flowid $(O)/unit/test_message \
	$(O)/unit/test_event $(O)/unit/test_dumps
# On the tables of nfhactl.
UNIT_NFHACTL_TESTS := $(O)/unit/test_args $(O)/unit/test_value \
	$(O)/unit/test_manual $(O)/unit/test_status $(O)/unit/test_monitor \
	$(O)/unit/test_refusals $(O)/unit/test_ctl
# On the parts of nfhad.
UNIT_NFHAD_TESTS := $(O)/unit/test_log $(O)/unit/test_config $(O)/unit/test_template $(O)/unit/test_syntax \
	$(O)/unit/test_options $(O)/unit/test_plan \
	$(O)/unit/test_store $(O)/unit/test_image $(O)/unit/test_faults \
	$(O)/unit/test_seal \
	$(O)/unit/test_health $(O)/unit/test_probe $(O)/unit/test_stall $(O)/unit/test_ctimage \
	$(O)/unit/test_policy $(O)/unit/test_shares $(O)/unit/test_respread $(O)/unit/test_announce \
	$(O)/unit/test_placement \
	$(O)/unit/test_driver_conntrack $(O)/unit/test_loading \
	$(O)/unit/test_stray $(O)/unit/test_module $(O)/unit/test_obituary \
	$(O)/unit/test_leftover $(O)/unit/test_group $(O)/unit/test_listener \
	$(O)/unit/test_criu $(O)/unit/test_driver_criu $(O)/unit/test_merge $(O)/unit/test_inspect \
	$(O)/unit/test_engine $(O)/unit/test_life $(O)/unit/test_backups \
	$(O)/unit/test_turn $(O)/unit/test_varlink $(O)/unit/test_idl $(O)/unit/test_api \
	$(O)/unit/test_methods $(O)/unit/test_clients \
	$(O)/unit/test_mounts $(O)/unit/test_metrics $(O)/unit/test_http \
	$(O)/unit/test_sample $(O)/unit/test_overload \
	$(O)/unit/test_portion $(O)/unit/test_ranges $(O)/unit/test_job $(O)/unit/test_pidfile \
	$(O)/unit/test_push $(O)/unit/test_protection \
	$(O)/unit/test_cgroup $(O)/unit/test_usage $(O)/unit/test_traffic \
	$(O)/unit/test_scale $(O)/unit/test_operations $(O)/unit/test_reopen \
	$(O)/unit/test_whole $(O)/unit/test_guard
UNIT_TESTS += $(UNIT_PUBLIC_TESTS) $(UNIT_LIBRARY_TESTS) $(UNIT_NFHACTL_TESTS) \
	$(UNIT_NFHAD_TESTS)

# In a build with --coverage a program leaves what it has counted however it ends.
$(O)/unit/dump.o: tests/unit/dump.c tests/unit/dump.h
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) -O2 -fPIC -c -o $@ $<

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

# What of the library a test has in its place.
UNIT_STANDIN := tests/unit/standin.c tests/unit/standin_map.c tests/unit/standin_socket.c
UNIT_WRAP_STANDIN := $(addprefix mnl_socket_,open2 bind setsockopt get_fd get_portid \
	sendto recvfrom close)
UNIT_WITH_test_ctl := $(UNIT_STANDIN) tests/unit/typist.c
UNIT_WRAP_test_ctl := $(UNIT_WRAP_STANDIN)
UNIT_WRAP_test_monitor := nfha_event_subscribe nfha_event_read nfha_service_get

$(UNIT_NFHACTL_TESTS): $(O)/unit/%: tests/unit/%.c tests/unit/unit.h \
		tests/unit/said.h tests/unit/typed.h tests/unit/source.h \
		tests/unit/wraps.h $(UNIT_STANDIN) tests/unit/standin.h \
		tests/unit/standin_private.h tests/unit/typist.c tests/unit/typist.h \
		$(wildcard daemon/nfhactl/*.h) $(NFHACTL_OBJECTS) $(LIBNFHA_OBJECTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(NFHA_CFLAGS) $(CFLAGS) -Idaemon/nfhactl \
		-DNFHA_VERSION='"$(VERSION)"' $(shell pkg-config --cflags json-c) $(LDFLAGS) \
		$(UNIT_WRAP_$*:%=-Wl,--wrap=%) -o $@ $< $(UNIT_WITH_$*) \
		$(filter-out %/main.o,$(NFHACTL_OBJECTS)) $(LIBNFHA_OBJECTS) \
		$(UNIT_CHECK) $(shell pkg-config --libs json-c) -lmnl -pthread

# Built a second time, so that a leak or an access out of bounds fails a test. From
# an archive, so that a test has the parts that it needs and no others.
UNIT_NFHAD_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_NFHAD_OBJECTS := $(patsubst daemon/nfhad/%.c,$(O)/unit/nfhad.o/%.o,\
	$(filter-out %/main.c,$(NFHAD_SOURCES)))
UNIT_NFHAD_CFLAGS = $(NFHA_CFLAGS) $(CFLAGS) $(UNIT_NFHAD_SANITIZE) \
	-I$(O)/nfhad.o -DNFHA_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(NFHAD_LIBS))
# These have a store, and two a module, a driver and processes that are none.
UNIT_WITH_test_store := tests/unit/bed.c
UNIT_WITH_test_image := tests/unit/bed.c
UNIT_WITH_test_faults := tests/unit/bed.c
# On a criu that is none.
UNIT_WITH_test_driver_criu := tests/unit/criu_bed.c
# These have services without a module.
UNIT_WITH_test_metrics := tests/unit/plenty.c
UNIT_WITH_test_http := tests/unit/plenty.c tests/unit/spaces.c
# These have namespaces.
UNIT_WITH_test_health := tests/unit/spaces.c
UNIT_WITH_test_probe := tests/unit/spaces.c
UNIT_WITH_test_stray := tests/unit/spaces.c
UNIT_WITH_test_listener := tests/unit/spaces.c
UNIT_WITH_test_inspect := tests/unit/spaces.c tests/unit/lines.c
UNIT_WITH_test_whole := $(UNIT_STANDIN) tests/unit/typist.c tests/unit/whole.c \
	tests/unit/spaces.c $(filter-out %/main.o $(DAEMON_SHARED),$(NFHACTL_OBJECTS))
UNIT_WITH_test_guard := $(UNIT_WITH_test_whole)
UNIT_WRAP_test_whole := $(UNIT_WRAP_STANDIN)
UNIT_WRAP_test_guard := $(UNIT_WRAP_STANDIN)
UNIT_WITH_test_scale := tests/unit/bed.c tests/unit/farm.c \
	tests/unit/farm_module.c tests/unit/no_tcp.c
UNIT_WITH_test_engine := tests/unit/bed.c tests/unit/world.c \
	tests/unit/world_module.c tests/unit/lines.c tests/unit/no_tcp.c
UNIT_WITH_test_life := $(UNIT_WITH_test_engine)
UNIT_WITH_test_backups := $(UNIT_WITH_test_engine)
UNIT_WITH_test_api := $(UNIT_WITH_test_engine) tests/unit/scaling.c \
	tests/unit/api_bed.c
UNIT_WITH_test_methods := $(UNIT_WITH_test_api)
UNIT_WITH_test_clients := $(UNIT_WITH_test_api)
# A client that is not ours, on Debian's golang-github-varlink-go-dev. Nothing is fetched.
FOREIGN := $(O)/unit/tools/foreign

$(FOREIGN): tests/unit/foreign.go
	@mkdir -p $(@D)
	$(call say,GO,$@)GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode \
		GOCACHE=$(abspath $(O))/unit/go go build -o $@ $<

$(O)/unit/test_clients: | $(FOREIGN) $(NFHACTL)

# System calls that a test lets fail, or that a job dies at.
UNIT_WRAP_test_faults := openat mkdirat read write fsync renameat2
# The way to a namespace, and back.
UNIT_WRAP_test_probe := setns
# The kernel, in the first namespace.
UNIT_WRAP_test_obituary := open nfhad_netns_socket
# What is counted.
UNIT_WRAP_test_http := nfhad_metrics_write
# What has no effect on a process that waits in the kernel.
UNIT_WRAP_test_engine := nfhad_process_kill
UNIT_WRAP_test_life := $(UNIT_WRAP_test_engine)
UNIT_WRAP_test_backups := $(UNIT_WRAP_test_engine) \
	nfhad_possession_claim nfhad_possession_release \
	nfhad_push_begin nfhad_ranges_settled nfhad_ranges_get nfhad_image_newest
# The control groups and the module that processes and instances are in.
UNIT_WRAP_test_usage := nfhad_cgroup_of nfhad_proc_time nfhad_proc_family
UNIT_WRAP_test_traffic := nfha_instance_dump nfha_service_get nfha_epoch_dump
UNIT_WRAP_test_scale := $(addprefix nfha_,open close error service_get service_set \
	instance_get instance_set instance_dump epoch_get epoch_alive \
	map_get map_set split merge flow_del flow_dump flow_import)
UNIT_WRAP_test_ranges := nfhad_kernel_commands nfhad_kernel_activate nfhad_kernel_checked \
	nfha_error nfha_map_get nfha_map_set nfha_instance_get
UNIT_WRAP_test_job := setsid
UNIT_WRAP_test_protection := nfhad_scale_is_starting nfhad_scale_healthy \
	nfhad_instance_failed
UNIT_WRAP_test_api := $(UNIT_WRAP_test_engine)
UNIT_WRAP_test_methods := $(UNIT_WRAP_test_engine)
UNIT_WRAP_test_clients := $(UNIT_WRAP_test_engine)

$(O)/unit/nfhad.o/%.o: daemon/nfhad/%.c $(NFHAD_HEADERS) $(LIBNFHA_HEADERS) \
		| $(NFHAD_PROTOS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(UNIT_NFHAD_CFLAGS) -c -o $@ $<

$(O)/unit/nfhad.a: $(UNIT_NFHAD_OBJECTS) $(DAEMON_SHARED)
	$(call say,AR,$@)rm -f $@ && ar rcs $@ $^

$(UNIT_NFHAD_TESTS): $(O)/unit/%: tests/unit/%.c tests/unit/unit.h \
		tests/unit/bed.c tests/unit/bed.h tests/unit/faults.h \
		tests/unit/criu_bed.c tests/unit/criu_bed.h \
		tests/unit/world.c tests/unit/world_module.c tests/unit/world.h \
		tests/unit/no_tcp.c \
		tests/unit/scaling.c tests/unit/scaling.h \
		tests/unit/farm.c tests/unit/farm.h tests/unit/farm_module.c \
		tests/unit/api_bed.c tests/unit/api_bed.h \
		tests/unit/spaces.c tests/unit/spaces.h \
		tests/unit/plenty.c tests/unit/plenty.h \
		tests/unit/config_load.h tests/unit/config_text.h \
		tests/unit/config_values.h \
		tests/unit/said.h tests/unit/wraps.h \
		tests/unit/loop.h tests/unit/source.h tests/unit/caller.h \
		tests/unit/pool.h tests/unit/workers.h daemon/nfhad/main.c \
		$(UNIT_STANDIN) tests/unit/standin.h tests/unit/standin_private.h \
		tests/unit/typist.c tests/unit/typist.h tests/unit/whole.c tests/unit/whole.h \
		tests/unit/lines.c tests/unit/lines.h tests/unit/descriptors.h $(NFHACTL_OBJECTS) \
		$(NFHAD_HEADERS) $(O)/unit/nfhad.a $(NFHAD_PROTOS) \
		$(NFHAD_EMBEDDED) $(LIBNFHA_OBJECTS)
	$(call say,CC,$@)$(CC) $(UNIT_NFHAD_CFLAGS) -idirafter daemon/nfhad $(LDFLAGS) \
		$(UNIT_WRAP_$*:%=-Wl,--wrap=%) -o $@ $< \
		$(UNIT_WITH_$*) $(O)/unit/nfhad.a \
		$(NFHAD_PROTOS) $(NFHAD_EMBEDDED) $(LIBNFHA_OBJECTS) \
		$(UNIT_CHECK) $(shell pkg-config --libs $(NFHAD_LIBS)) -pthread
