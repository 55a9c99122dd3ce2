// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is done with several calls at once: transfer, pickup, swap, ring group, and /ari/parking.
 * ARI has none of them; the paths and their answers are in its style.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/transfer.h"

#define MS_PER_S 1000

/* --- requests that end later ----------------------------------------------------------------- */

static void finish(struct api_req *req)
{
	api_result(req, req->err, req->text);
}

static void finish_channel(struct api_req *req)
{
	if (req->err)
		api_result(req, req->err, req->text);
	else
		api_answer_channel(req, req->ch);
}

/* Before it is posted: what it is called in a refusal, and how it is answered. */
static void begin(struct api_req *req, const char *what, void (*how)(struct api_req *req))
{
	snprintf(req->text, sizeof(req->text), "%s", what);
	req->finish = how;
	atomic_add(&req->refs, 1);
}

/* It was posted, or refused at once. */
static void begun(struct api_req *req, int err)
{
	if (!err)
		return;
	api_result(req, err, req->text);
	api_req_put(req);
}

/* The channel of the path and that of the parameter "channel"; false: answered. */
static bool find_two(struct api_req *req, const char *what_for)
{
	const char *other = api_param(req, "channel");

	if (!other) {
		api_fail(req, 400, "channel is needed: the one %s", what_for);
		return false;
	}
	return api_find_channel(req, req->id[0], &req->ch) &&
	       api_find_channel(req, other, &req->other);
}

bool api_endpoint_ok(struct api_req *req, const char *endpoint)
{
	const char *slash = strchr(endpoint, '/');

	if (slash && leg_tech_find(endpoint, (size_t)(slash - endpoint)))
		return true;
	api_fail(req, 400, "%.60s: an endpoint is TECHNOLOGY/TARGET, as in PRI/group/2001",
		 endpoint);
	return false;
}

static bool number_ok(struct api_req *req, const char *name, const char *number)
{
	if (*number && strlen(number) <= 31 && !strchr(number, '/'))
		return true;
	api_fail(req, 400, "%s is a number of 1 to 31 characters", name);
	return false;
}

/* --- transfer, pickup, swap ------------------------------------------------------------------ */

static void channel_transfers(struct api_req *req)
{
	const char *endpoint = api_param(req, "endpoint"), *exten = api_param(req, "extension");
	struct transfer_params params = { .target = endpoint ? endpoint : exten };

	if (!!endpoint + !!exten + !!api_param(req, "channel") != 1) {
		api_fail(req, 400, "one of endpoint, extension and channel is needed: where to");
		return;
	}
	if (!api_number(req, "timeout", 0, 3600, &params.timeout_ms))
		return;
	params.timeout_ms *= MS_PER_S;
	if (!params.target) {
		if (!find_two(req, "of the transferrer's other call"))
			return;
		begin(req, "transfer", finish);
		begun(req, channel_transfer_attended(req->ch, req->other, api_done, req));
		return;
	}
	if (endpoint ? !api_endpoint_ok(req, endpoint) : !number_ok(req, "extension", params.target))
		return;
	if (!api_find_channel(req, req->id[0], &req->ch))
		return;
	begin(req, "transfer", finish);
	begun(req, channel_transfer(req->ch, &params, api_done, req));
}

static void channel_picks_up(struct api_req *req)
{
	if (!find_two(req, "that picks up"))
		return;
	begin(req, "pickup", finish_channel);
	begun(req, channel_pickup(req->ch, req->other, api_done, req));
}

static void channel_swaps(struct api_req *req)
{
	if (!find_two(req, "that takes the place"))
		return;
	begin(req, "swap", finish);
	begun(req, bridge_swap(req->ch, req->other, api_done, req));
}

/* --- ring group ------------------------------------------------------------------------------ */

static void channel_rings(struct api_req *req)
{
	const char *list = api_param(req, "endpoints"), *endpoint[RING_MAX];
	struct ring_params params = { .endpoints = endpoint, .request = { .complete = true } };
	char text[API_PARAMS_MAX], *at = text, *next;

	if (!list || !*list || strlen(list) >= sizeof(text)) {
		api_fail(req, 400, "endpoints is needed: one, or several with commas between");
		return;
	}
	strcpy(text, list);
	for (; at; at = next) {
		next = strchr(at, ',');
		if (next)
			*next++ = '\0';
		if (params.count == RING_MAX) {
			api_fail(req, 400, "a ring group has at most %d endpoints", RING_MAX);
			return;
		}
		if (!api_endpoint_ok(req, at))
			return;
		endpoint[params.count++] = at;
	}
	if (!api_number(req, "timeout", 30, 3600, &params.request.timeout_ms) ||
	    !api_caller_id(req, &params.request.caller) ||
	    !api_find_channel(req, req->id[0], &req->ch))
		return;
	params.request.timeout_ms *= MS_PER_S;
	begin(req, "ring group", finish);
	begun(req, channel_ring_post(req->ch, &params, api_done, req));
}

/* --- parking --------------------------------------------------------------------------------- */

static json_t *place_of(unsigned int place, struct channel *ch)
{
	struct channel_info info;
	json_t *channel;

	channel_info_read(ch, &info);
	channel = api_json_channel(&info);
	return json_pack("{s:i,s:o}", "place", (int)place, "channel", channel);
}

static void park_finish(struct api_req *req)
{
	if (req->err < 0)
		api_result(req, req->err, req->text);
	else
		api_answer(req, 200, place_of((unsigned int)req->err, req->ch));
}

static void channel_parks(struct api_req *req)
{
	struct park_params params = { .back = api_param(req, "back") };

	if (!api_number(req, "place", 0, 1000000, &params.place) ||
	    !api_number(req, "timeout", 45, 86400, &params.timeout_ms))
		return;
	params.timeout_ms *= MS_PER_S;
	if (params.back && (strchr(params.back, '/') ? !api_endpoint_ok(req, params.back) :
						       !number_ok(req, "back", params.back)))
		return;
	if (!api_find_channel(req, req->id[0], &req->ch))
		return;
	if (params.place && !park_place_ok(params.place)) {
		api_fail(req, 400, "there is no place %u", params.place);
		return;
	}
	begin(req, "park", park_finish);
	begun(req, channel_park(req->ch, &params, api_done, req));
}

static int list_place(unsigned int place, struct channel *ch, void *arg)
{
	return json_array_append_new(arg, place_of(place, ch)) ? -ENOMEM : 0;
}

static void parking_list(struct api_req *req)
{
	json_t *list = json_array();

	if (!list || park_foreach(list_place, list)) {
		json_decref(list);
		api_result(req, -ENOMEM, "listing places");
		return;
	}
	api_answer(req, 200, list);
}

static void parking_retrieve(struct api_req *req)
{
	const char *by = api_param(req, "channel"), *text = req->id[0];
	size_t len = strlen(text);
	unsigned int place = 0;

	if (!by) {
		api_fail(req, 400, "channel is needed: the one that retrieves the call");
		return;
	}
	if (len <= 7 && strspn(text, "0123456789") == len)
		sscanf(text, "%u", &place);
	if (!park_place_ok(place)) {
		api_fail(req, 404, "there is no place %.80s", text);
		return;
	}
	if (!api_find_channel(req, by, &req->other))
		return;
	begin(req, "retrieve", finish);
	begun(req, channel_retrieve(place, req->other, api_done, req));
}

const struct api_row api_transfer_rows[] = {
	{ API_POST, "/ari/channels/{}/transfer",
	  "endpoint extension channel timeout",
	  channel_transfers, "transfer", "void" },
	{ API_POST, "/ari/channels/{}/pickup", "channel", channel_picks_up, "pickup", "Channel" },
	{ API_POST, "/ari/channels/{}/swap", "channel", channel_swaps, "swap", "void" },
	{ API_POST, "/ari/channels/{}/ringGroup", "endpoints timeout callerId", channel_rings,
	  "ringGroup", "void" },
	{ API_POST, "/ari/channels/{}/park", "place timeout back", channel_parks, "park", "Place" },
	{ API_GET, "/ari/parking", "", parking_list, "list", "List[Place]" },
	{ API_POST, "/ari/parking/{}/retrieve", "channel", parking_retrieve, "retrieve", "void" },
	{ 0 },
};
