// SPDX-License-Identifier: GPL-2.0-or-later
// Asks the daemon each second, and shows what it says. What it says is text, never markup.
"use strict";

const POLL_MS = 1000;
const ANSWER_MS = 5000;
const IDS = 65536;
const COLOURS = 10;
const DECISIONS_SHOWN = 200;
// As many as there are in one answer of the daemon's.
const DECISIONS_ASKED = 100;

// Words for what is well, and for what is not.
const GOOD = ["active", "steady"];
const BAD = ["failed", "down", "unprotected", "fail", "refuse"];
// Flags of a recovery that somebody has to know of; others come and go with each epoch.
const ALARMS = ["fenced", "exposed", "incomplete", "unattended"];

const isNumber = Number.isFinite;
const isText = (value) => typeof value === "string";
const listOf = (value) => Array.isArray(value) ? value : [];
const numberText = (n) => n.toLocaleString("en", { maximumFractionDigits: 0 });
const shareText = (n) => `${(n / IDS * 100).toFixed(1)} %`;

function bytesText(n)
{
	const units = ["B", "KiB", "MiB", "GiB"];
	let at = 0;

	while (n >= 1024 && at < units.length - 1) {
		n /= 1024;
		at++;
	}
	return `${at && n < 10 ? n.toFixed(1) : numberText(n)} ${units[at]}`;
}

const two = (n) => String(n).padStart(2, "0");

function clockText(date)
{
	return [date.getHours(), date.getMinutes(), date.getSeconds()]
		.map(two).join(":");
}

function dateText(date)
{
	const day = [date.getFullYear(), two(date.getMonth() + 1),
		     two(date.getDate())].join("-");

	return `${day} ${clockText(date)}`;
}

function element(tag, className, text)
{
	const node = document.createElement(tag);

	if (className)
		node.className = className;
	if (text !== undefined)
		node.textContent = text;
	return node;
}

// What does not change is left alone, so that nobody who reads is disturbed.
function setText(node, text)
{
	if (node.textContent !== text)
		node.textContent = text;
}

function setMood(node, word)
{
	node.classList.toggle("good", GOOD.includes(word));
	node.classList.toggle("bad", [...BAD, ...ALARMS].includes(word.split(" ")[0]));
}

const moduleHas = (key) => (instance) => instance.module?.[key];
const epochHas = (key) => (instance) => instance.epoch?.[key];
const alarmsOf = (instance) => listOf(instance.epoch?.flags)
	.filter((flag) => ALARMS.includes(flag)).join(" ");
const queueHas = (key) => (instance) => instance.epoch?.[key]?.bytes;

// What is known of an instance: value() may give undefined, and then the cell is empty; a
// column whose cells are all empty is left out.
const COLUMNS = [
	{ title: "State", value: (i) => i.state, mood: true },
	{ title: "Module", value: moduleHas("state"), mood: true },
	{ title: "Flags", value: alarmsOf, mood: true },
	{ title: "Role", value: (i) => i.role },
	{ title: "Share of R", value: moduleHas("width"), text: shareText },
	{ title: "Flows", value: moduleHas("flows"), text: numberText },
	{ title: "Exceptions", value: moduleHas("exceptions"), text: numberText },
	{ title: "In, packets/s", value: (i, rate) => rate.txPackets, text: numberText },
	{ title: "Out, packets/s", value: (i, rate) => rate.rxPackets, text: numberText },
	{ title: "Open epoch", value: epochHas("open"), text: numberText },
	{ title: "Committed", value: epochHas("committed"), text: numberText },
	{ title: "Pending", value: epochHas("pending"), text: numberText },
	{ title: "Log", value: queueHas("log"), text: bytesText },
	{ title: "Hold", value: queueHas("hold"), text: bytesText },
];

function cellText(column, instance, rate)
{
	const value = column.value(instance, rate);

	if (column.text)
		return isNumber(value) ? column.text(value) : "";
	return isText(value) ? value : "";
}

// Packets of all ports of an instance; the module transmits what the instance gets.
function packetsOf(instance, what)
{
	const ports = listOf(instance.module?.ports);

	return ports.reduce((sum, port) => sum + port[what], ports.length ? 0 : NaN);
}

// Packets each second, from two answers; a counter that has begun anew gives none.
class Rates {
	constructor()
	{
		this.before = new Map();
	}

	of(service, instance, now)
	{
		const key = JSON.stringify([service.name, instance.name]);
		const before = this.before.get(key);
		const rate = {};
		const seen = { now };

		for (const what of ["rxPackets", "txPackets"]) {
			seen[what] = packetsOf(instance, what);
			const grown = seen[what] - before?.[what];

			if (grown >= 0 && now > before.now)
				rate[what] = grown * 1000 / (now - before.now);
		}
		this.before.set(key, seen);
		return rate;
	}
}

// Which part of R is whose.
class Bar {
	constructor()
	{
		this.node = element("div", "bar");
		this.node.setAttribute("role", "group");
		this.axis = element("div", "axis");
		this.axis.setAttribute("aria-hidden", "true");
		for (const id of [0, IDS / 4, IDS / 2, IDS * 3 / 4, IDS - 1])
			this.axis.append(element("span", "", numberText(id)));
		this.shown = "";
	}

	// Owners that are no instances of the daemon's have colours after those that are.
	static ranges(service)
	{
		const owners = listOf(service.instances).map((instance) => instance.name);

		return listOf(service.module?.ranges)
			.filter((r) => isNumber(r?.first) && isNumber(r.last))
			.sort((a, b) => a.first - b.first)
			.map(({ first, last, instance }) => {
				if (!isText(instance))
					return { first, last };
				if (!owners.includes(instance))
					owners.push(instance);
				return { first, last, name: instance,
					 index: owners.indexOf(instance) };
			});
	}

	// What nobody has is shown as well.
	static tiles(ranges)
	{
		const tiles = [];
		let next = 0;

		for (const range of ranges) {
			if (range.first > next)
				tiles.push({ first: next, last: range.first - 1 });
			tiles.push(range);
			next = Math.max(next, range.last + 1);
		}
		if (next < IDS)
			tiles.push({ first: next, last: IDS - 1 });
		return tiles;
	}

	static segment({ first, last, index, name })
	{
		const width = last - first + 1;
		const owner = index === undefined ? "nobody" : name;
		const node = element("div", index === undefined ?
			"nobody" : `c${index % COLOURS}`, owner);
		const about = `${owner}: ${first} to ${last}, ${shareText(width)}`;

		node.style.flexGrow = width;
		if (width < IDS / 16)
			node.textContent = "";
		node.setAttribute("role", "img");
		node.setAttribute("aria-label", about);
		node.title = about;
		return node;
	}

	show(service)
	{
		const ranges = Bar.ranges(service);
		const shown = JSON.stringify(ranges);

		this.node.hidden = !ranges.length;
		this.axis.hidden = !ranges.length;
		this.node.setAttribute("aria-label", `Ranges of ${service.name}`);
		if (shown !== this.shown)
			this.node.replaceChildren(...Bar.tiles(ranges).map(Bar.segment));
		this.shown = shown;
	}
}

class Instances {
	constructor()
	{
		const head = element("tr");

		this.node = element("table");
		this.heads = COLUMNS.map((column) => {
			const cell = element("th", column.text ? "number" : "", column.title);

			cell.scope = "col";
			return cell;
		});
		head.append(element("th", "", "Instance"), ...this.heads);
		head.firstChild.scope = "col";
		this.body = element("tbody");
		this.node.append(element("thead"), this.body);
		this.node.tHead.append(head);
		this.rows = [];
	}

	row(at)
	{
		if (this.rows[at])
			return this.rows[at];
		const name = element("th");
		const row = { node: element("tr"), name: element("span") };

		name.scope = "row";
		name.append(element("span", `swatch c${at % COLOURS}`), row.name);
		row.cells = COLUMNS.map((column) => {
			const cell = element("td", column.text ? "number" : "");

			cell.dataset.label = column.title;
			return cell;
		});
		row.node.append(name, ...row.cells);
		this.body.append(row.node);
		this.rows[at] = row;
		return row;
	}

	show(instances, rates)
	{
		const used = COLUMNS.map(() => false);

		instances.forEach((instance, at) => {
			const row = this.row(at);

			setText(row.name, String(instance.name));
			COLUMNS.forEach((column, n) => {
				const text = cellText(column, instance, rates[at]);

				used[n] ||= text !== "";
				setText(row.cells[n], text);
				if (column.mood)
					setMood(row.cells[n], text);
			});
		});
		for (const row of this.rows.splice(instances.length))
			row.node.remove();
		COLUMNS.forEach((column, n) => {
			this.heads[n].hidden = !used[n];
			for (const row of this.rows)
				row.cells[n].hidden = !used[n];
		});
	}
}

class Service {
	constructor()
	{
		this.node = element("section");
		this.title = element("h2");
		this.facts = element("p", "facts");
		this.bar = new Bar();
		this.instances = new Instances();
		const head = element("div", "title");

		head.append(this.title, this.facts);
		this.node.append(head, this.bar.node, this.bar.axis,
				 this.instances.node);
	}

	static factsOf({ scale, module })
	{
		const facts = isText(scale) ? [scale] : [];

		for (const name of ["generation", "flows", "exceptions"])
			if (isNumber(module?.[name]))
				facts.push(`${name} ${numberText(module[name])}`);
		return facts.join(", ");
	}

	show(service, rates, now)
	{
		const instances = listOf(service.instances);

		this.node.setAttribute("aria-label", `Service ${service.name}`);
		setText(this.title, String(service.name));
		setText(this.facts, Service.factsOf(service));
		this.bar.show(service);
		this.instances.show(instances, instances.map(
			(instance) => rates.of(service, instance, now)));
	}
}

class Services {
	constructor()
	{
		this.node = document.getElementById("services");
		this.shown = new Map();
		this.rates = new Rates();
	}

	show(status)
	{
		const services = listOf(status.services);
		const names = services.map((service) => service.name);
		const now = performance.now();

		for (const [name, shown] of this.shown)
			if (!names.includes(name)) {
				shown.node.remove();
				this.shown.delete(name);
			}
		services.forEach((service, at) => {
			const shown = this.shown.get(service.name) ?? new Service();

			this.shown.set(service.name, shown);
			shown.show(service, this.rates, now);
			if (this.node.children[at] !== shown.node)
				this.node.insertBefore(shown.node, this.node.children[at] ?? null);
		});
	}
}

// Newest first. Numbers begin anew with the daemon; what an earlier one has decided stays.
class Decisions {
	constructor()
	{
		this.table = document.getElementById("decisions");
		this.none = document.getElementById("no-decisions");
		this.started = undefined;
		this.last = 0;
	}

	static row(decision)
	{
		const row = element("tr");
		const time = element("td", "time");
		const date = new Date(decision.timeUs / 1000);
		const add = (label, text, className) => {
			const cell = element("td", className, String(text ?? ""));

			cell.dataset.label = label;
			row.append(cell);
			return cell;
		};

		time.dataset.label = "Time";
		time.append(element("time", "", dateText(date)));
		time.firstChild.dateTime = date.toISOString();
		row.append(time);
		add("Service", decision.service);
		add("Instance", decision.instance);
		setMood(add("Action", decision.action), decision.action);
		add("Cause", decision.cause, "cause");
		return row;
	}

	add(decisions)
	{
		const body = this.table.tBodies[0];

		for (const decision of decisions) {
			this.last = decision.number;
			body.prepend(Decisions.row(decision));
		}
		while (body.rows.length > DECISIONS_SHOWN)
			body.lastChild.remove();
		this.table.hidden = !body.rows.length;
		this.none.hidden = !this.table.hidden;
	}

	async poll()
	{
		let some;

		do {
			const answer = await ask(`decisions.json?after=${this.last}`);
			const isAnother = answer.startedMs !== this.started;

			this.started = answer.startedMs;
			some = listOf(answer.decisions).length;
			if (isAnother && this.last) {
				this.last = 0;
				some = DECISIONS_ASKED;
			} else {
				this.add(listOf(answer.decisions));
			}
		} while (some >= DECISIONS_ASKED);
	}
}

async function ask(path)
{
	const answer = await fetch(path, {
		cache: "no-store",
		signal: AbortSignal.timeout(ANSWER_MS),
	});

	if (!answer.ok)
		throw new Error(`${path}: ${answer.status}`);
	return answer.json();
}

const services = new Services();
const decisions = new Decisions();
let answered = new Date();

function say(text, isLate)
{
	const line = document.getElementById("answer");

	setText(line, text);
	line.classList.toggle("late", isLate);
	document.body.classList.toggle("late-data", isLate);
}

async function poll()
{
	try {
		services.show(await ask("status.json"));
		await decisions.poll();
		answered = new Date();
		say("live", false);
	} catch (error) {
		console.error(error);
		say(`no answer since ${clockText(answered)}`, true);
	}
	setTimeout(poll, POLL_MS);
}

poll();
