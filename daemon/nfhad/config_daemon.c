// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration says of hosts, and of how the daemon is reached. */

#include <stddef.h>

#include "config.h"
#include "config_daemon.h"

#define HOST(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_host_config, _member), __VA_ARGS__ }

static const struct nfhad_field host_field[] = {
	HOST("name", NAME, name, .required = true),
	HOST("capacity", NUMBER, capacity, .max = UINT16_MAX, .preset = "0"),
	HOST("weight", NUMBER, weight, .min = 1, .max = UINT16_MAX,
	     .preset = "1"),
	HOST("priority", NUMBER, priority, .max = UINT16_MAX, .preset = "0"),
	{ 0 },
};

const struct nfhad_fields nfhad_host_fields = {
	.field = host_field,
	.size = sizeof(struct nfhad_host_config),
};

#define API(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_api_config, _member), __VA_ARGS__ }

static const struct nfhad_field api_field[] = {
	API("socket", PATH, socket, .preset = "/run/nfhad.socket"),
	API("group", NAME, group, 0),
	{ 0 },
};

const struct nfhad_fields nfhad_api_fields = {
	.field = api_field,
	.size = sizeof(struct nfhad_api_config),
};

#define HTTP(_key, _kind, _member, ...)					\
	{ .key = _key, .kind = NFHAD_FIELD_##_kind,			\
	  .offset = offsetof(struct nfhad_http_config, _member), __VA_ARGS__ }

static const struct nfhad_field http_field[] = {
	HTTP("address", ADDRESS, address, 0),
	HTTP("port", PORT, port, .min = 1, .max = UINT16_MAX, .preset = "9640"),
	{ 0 },
};

const struct nfhad_fields nfhad_http_fields = {
	.field = http_field,
	.size = sizeof(struct nfhad_http_config),
};
