// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon remembers of a service, from any bytes. */

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "record.h"
#include "scratch.h"

/* The daemon's own is not touched. */
static const char *run_directory;

#undef NFHAD_RUN_DIRECTORY
#define NFHAD_RUN_DIRECTORY run_directory

#include "../../daemon/nfhad/record.c"
#include "fuzz.h"

#define INSTANCES 3
#define NAME "6677.json"

static struct nfhad_instance_config instance_config[INSTANCES] = {
	{ .name = "A" }, { .name = "B" }, { .name = "C" },
};

static struct nfhad_service_config service_config = { .name = "fw" };
static struct nfhad_instance instance[INSTANCES];
static struct nfhad_service service = {
	.config = &service_config,
	.started = true,
	.instances = INSTANCES,
	.instance = instance,
};

/* In place of those who know processes and recoveries: there are none. */
pid_t nfhad_process_pid(const struct nfhad_process *process)
{
	(void)process;
	return 0;
}

uint64_t nfhad_process_start(const struct nfhad_process *process)
{
	(void)process;
	return 0;
}

bool nfhad_recovery_source(const struct nfhad_instance *holder,
			   struct nfhad_instance **owner, uint64_t *number)
{
	(void)holder;
	(void)owner;
	(void)number;
	return false;
}

static void check_record(const struct nfhad_record *record)
{
	must(record->base >= -1 && record->base < INSTANCES);
	if (!record->known)
		must(record->base == -1 && !record->active && !record->holder &&
		     !record->pid && !record->start && !record->base_number &&
		     !record->since_number && !record->since_epoch);
}

/* What is loaded is remembered as it is. */
static void check_again(const struct nfhad_record *record)
{
	struct nfhad_record again[INSTANCES];
	unsigned int n;

	for (n = 0; n < INSTANCES; n++)
		instance[n] = (struct nfhad_instance){
			.service = &service,
			.config = &instance_config[n],
			.state = !record[n].known ? NFHAD_INSTANCE_UNKNOWN :
				 record[n].active ? NFHAD_INSTANCE_ACTIVE :
						    NFHAD_INSTANCE_IDLE,
			.base = record[n].base < 0 ? NULL : &instance[record[n].base],
			.base_number = record[n].base_number,
			.since_number = record[n].since_number,
			.since_epoch = record[n].since_epoch,
		};
	nfhad_record_save(&service);
	must(!nfhad_record_load(&service, again));
	for (n = 0; n < INSTANCES; n++) {
		must(again[n].known == record[n].known);
		must(again[n].active == record[n].active);
		must(again[n].base == record[n].base);
		must(again[n].base < 0 || again[n].base_number == record[n].base_number);
		must(again[n].since_number == record[n].since_number);
		must(again[n].since_epoch == record[n].since_epoch);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	unsigned int n;

	(void)argc;
	(void)argv;
	run_directory = scratch_make();
	for (n = 0; n < INSTANCES; n++)
		instance[n].config = &instance_config[n];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nfhad_record record[INSTANCES];
	int dir = directory_open();
	unsigned int n;
	int ret;

	must(dir >= 0);
	scratch_write(dir, NAME, data, size);
	close(dir);
	scratch_silence();
	ret = nfhad_record_load(&service, record);
	must(ret <= 0 && !ret == !scratch_said());
	for (n = 0; n < INSTANCES; n++)
		check_record(&record[n]);
	if (!ret)
		check_again(record);
	return 0;
}
