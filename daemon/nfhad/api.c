// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon at its socket: which call is whose, and who may. */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_private.h"
#include "config.h"
#include "json.h"
#include "log.h"
#include "nfhad.h"

static const struct nfhad_varlink_limits limits = {
	.links = 64,
	.message = 65536,
	.queue = 262144,
	.idle_us = 600 * 1000000ULL,
	.stuck_us = 30 * 1000000ULL,
};

/* Of the interface at the same place in struct nfhad_api. */
static const struct nfhad_api_method *const methods[] = {
	nfhad_api_service_methods,
	nfhad_api_methods,
};

void nfhad_api_error(struct nfhad_varlink_call *call, const char *name,
		     const char *key, const char *value)
{
	struct json_object *parameters = json_object_new_object();
	char whole[64];

	snprintf(whole, sizeof(whole), API_SERVICE ".%s", name);
	if (key)
		nfhad_json_text(parameters, key, value);
	nfhad_varlink_error(call, whole, parameters);
}

static void get_info(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct json_object *o = json_object_new_object();
	struct json_object *interfaces = json_object_new_array();
	size_t n;

	nfhad_json_text(o, "vendor", "nfha");
	nfhad_json_text(o, "product", "nfhad");
	nfhad_json_text(o, "version", NFHA_VERSION);
	nfhad_json_text(o, "url", "man:nfhad(8)");
	for (n = 0; n < API_INTERFACES; n++)
		json_object_array_add(interfaces,
				      json_object_new_string(nfhad_idl_name(api->idl[n])));
	json_object_object_add(o, "interfaces", interfaces);
	nfhad_varlink_reply(call, o);
}

/* The number of an interface, -1: there is none. */
static int interface_find(const struct nfhad_api *api, const char *name)
{
	size_t n;

	for (n = 0; n < API_INTERFACES; n++)
		if (!strcmp(nfhad_idl_name(api->idl[n]), name))
			return n;
	return -1;
}

static void get_description(struct nfhad_api *api,
			    struct nfhad_varlink_call *call)
{
	struct json_object *parameters = nfhad_varlink_parameters(call);
	struct json_object *o;
	const char *name, *text;
	size_t length;
	int n;

	name = json_object_get_string(json_object_object_get(parameters,
							     "interface"));
	n = interface_find(api, name);
	if (n < 0) {
		nfhad_api_error(call, "InterfaceNotFound", "interface", name);
		return;
	}
	text = nfhad_idl_text(api->idl[n], &length);
	o = json_object_new_object();
	json_object_object_add(o, "description",
			       json_object_new_string_len(text, length));
	nfhad_varlink_reply(call, o);
}

const struct nfhad_api_method nfhad_api_service_methods[] = {
	{ .name = "GetInfo", .run = get_info },
	{ .name = "GetInterfaceDescription", .run = get_description },
	{ 0 },
};

static const struct nfhad_api_method *
method_find(const struct nfhad_api_method *list, const char *name)
{
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list;
	return NULL;
}

static void run(struct nfhad_api *api, struct nfhad_varlink_call *call, int n,
		const char *name)
{
	const struct nfhad_api_method *method = method_find(methods[n], name);
	const char *whole = nfhad_varlink_method(call);
	char wrong[NFHAD_IDL_PATH_MAX + 1];

	if (!nfhad_idl_has_method(api->idl[n], name))
		nfhad_api_error(call, "MethodNotFound", "method", whole);
	else if (!method || nfhad_varlink_is_upgrade(call))
		nfhad_api_error(call, "MethodNotImplemented", "method", whole);
	else if (method->changes && !nfhad_varlink_may_change(call))
		nfhad_api_error(call, "PermissionDenied", NULL, NULL);
	else if (!nfhad_idl_check(api->idl[n], NFHAD_IDL_CALL, name,
				  nfhad_varlink_parameters(call), wrong))
		nfhad_api_error(call, "InvalidParameter", "parameter", wrong);
	else if (method->streams && !nfhad_varlink_has_more(call))
		nfhad_api_error(call, "ExpectedMore", NULL, NULL);
	else
		method->run(api, call);
}

/* An interface has dots in its name, a method has none. */
static void on_call(struct nfhad_varlink_call *call, void *data)
{
	struct nfhad_api *api = data;
	const char *method = nfhad_varlink_method(call);
	const char *dot = strrchr(method, '.');
	char *interface = dot ? strndup(method, dot - method) : NULL;
	int n = interface ? interface_find(api, interface) : -1;

	if (n >= 0)
		run(api, call, n, dot + 1);
	else
		nfhad_api_error(call, "InterfaceNotFound", "interface",
				interface ?: method);
	free(interface);
}

static int group_find(const char *name, gid_t *group)
{
	char room[16384];
	struct group entry, *found;
	int ret;

	*group = NFHAD_NO_GROUP;
	if (!name)
		return 0;
	ret = getgrnam_r(name, &entry, room, sizeof(room), &found);
	if (!ret && !found)
		ret = ENOENT;
	if (ret)
		nfhad_log(LOG_ERR, NULL, NULL, "api: group %s: %s", name,
			  ret == ENOENT ? "there is none" : strerror(ret));
	else
		*group = found->gr_gid;
	return -ret;
}

static int idl_read(struct nfhad_api *api)
{
	size_t varlink = (uintptr_t)varlink_end - (uintptr_t)varlink_begin;
	size_t nfha = (uintptr_t)nfha_end - (uintptr_t)nfha_begin;

	return nfhad_idl_parse(varlink_begin, varlink, &api->idl[0]) ?:
	       nfhad_idl_parse(nfha_begin, nfha, &api->idl[1]);
}

static int serve(struct nfhad_api *api, const char *path, gid_t group)
{
	int ret;

	ret = nfhad_socket_open(path, group, &api->socket);
	ret = ret ?: nfhad_varlink_new(api->nfhad->event, api->socket.fd,
				       group, &limits, on_call, api,
				       &api->varlink);
	if (ret)
		nfhad_log(LOG_ERR, NULL, NULL, "api: %s: %s", path,
			  strerror(-ret));
	return ret;
}

int nfhad_api_open(struct nfhad *d, const struct nfhad_api_config *config)
{
	struct nfhad_api *api = calloc(1, sizeof(*api));
	gid_t group;
	int ret;

	if (!api)
		return -ENOMEM;
	api->nfhad = d;
	api->socket = (struct nfhad_socket){ .fd = -1, .place = -1 };
	ret = idl_read(api);
	ret = ret ?: group_find(config->group, &group);
	ret = ret ?: serve(api, config->socket, group);
	if (ret) {
		nfhad_api_close(api);
		return ret;
	}
	d->api = api;
	return 0;
}

void nfhad_api_close(struct nfhad_api *api)
{
	size_t n;

	if (!api)
		return;
	nfhad_varlink_free(api->varlink);
	nfhad_socket_close(&api->socket);
	for (n = 0; n < API_INTERFACES; n++)
		nfhad_idl_free(api->idl[n]);
	free(api);
}

const struct nfhad_varlink_counts *nfhad_api_counts(const struct nfhad_api *api)
{
	return nfhad_varlink_counts(api->varlink);
}
