// Calls as they arrive, their filters, and one of them in detail.

/** How many calls the page keeps, and how many of those that the filter lets pass it shows. */
const KEPT = 2000;
const SHOWN = 300;

const calls = { entries: [], last: 0, paused: false, selected: null, fresh: new Set() };

/** What every call has; it comes last in the detail and not at all in the list. */
const COMMON = new Set([...OF_EVERY_CALL, "Format", "RegionId"]);

const failed = (entry) => entry.code !== "" || entry.status >= 400;

const OUTCOMES = {
  ok: (entry) => !failed(entry),
  refused: failed,
  signature: (entry) => Boolean(entry.difference),
  fault: (entry) => entry.faults.length > 0,
  noted: (entry) => entry.notes.length > 0,
};

/** Reads what is new in the journal; true if anything changed. */
async function readCalls() {
  let changed = false;
  const before = calls.entries.length;
  // A busy mock may record calls faster than this page reads them: the next tick reads the rest.
  for (let turn = 0; turn < 10; turn += 1) {
    const { entries, first, last } = await api("GET", `journal?limit=500&after=${calls.last}`);
    if (last < calls.last) {
      // Another process listens on this port now.
      Object.assign(calls, { entries: [], last: 0 });
      changed = true;
      continue;
    }
    if (last - calls.last > 2 * KEPT) {
      calls.last = last - KEPT;
      continue;
    }
    const kept = calls.entries.filter((entry) => first > 0 && entry.number >= first);
    changed ||= entries.length > 0 || kept.length !== calls.entries.length;
    if (before > 0) for (const entry of entries) calls.fresh.add(entry.number);
    calls.entries = [...kept, ...entries].slice(-KEPT);
    calls.last = entries.at(-1)?.number ?? last;
    if (calls.last >= last) break;
  }
  return changed;
}

function chosen() {
  const words = $("f-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const [action, region, outcome] = [$("f-action").value, $("f-region").value, $("f-outcome").value];
  return calls.entries.filter((entry) =>
    (!action || entry.action === action) && (!region || entry.region === region)
    && (!outcome || OUTCOMES[outcome](entry))
    && words.every((word) => searchable(entry).includes(word)));
}

function searchable(entry) {
  entry.text ??= [entry.number, entry.method, entry.path, entry.action, entry.region, entry.account, entry.access_key,
    entry.request_id, entry.status, entry.code, entry.user_agent, entry.signature, ...entry.faults, ...entry.notes,
    ...entry.parameters.map(([name, value]) => `${name}=${value}`)].join(" ").toLowerCase();
  return entry.text;
}

function pills(entry) {
  const out = [];
  if (entry.faults.length) out.push(h("span", { className: "pill odd", title: entry.faults.join(", ") }, "fault"));
  if (entry.notes.length) out.push(h("span", { className: "pill warn", title: entry.notes.join(", ") }, "note"));
  const text = entry.code ? `${entry.status} ${entry.code}` : String(entry.status);
  out.push(h("span", { className: `pill ${failed(entry) ? "bad" : "good"}` }, text));
  return h("span", { className: "pills" }, out);
}

function line(entry) {
  const own = entry.parameters.filter(([name]) => !COMMON.has(name)).map(([name, value]) => `${name}=${value}`);
  const button = h("button", { type: "button", className: `call${calls.fresh.has(entry.number) ? " new" : ""}`, tabIndex: -1 },
    h("span", { className: "what" }, entry.action || entry.path, h("small", {}, entry.region)),
    pills(entry),
    h("span", { className: "more" }, `#${entry.number} ${entry.time.slice(11, 19)} ${own.join(" ") || entry.user_agent}`));
  button.dataset.number = entry.number;
  button.onclick = () => select(entry.number, true);
  return h("li", {}, button);
}

function drawCalls() {
  const unique = (name) => [...new Set(calls.entries.map((entry) => entry[name]))].filter(Boolean).sort();
  options($("f-action"), "Every action", unique("action"));
  options($("f-region"), "Every region", unique("region"));
  const found = chosen();
  const list = $("call-list");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.number : null;
  list.replaceChildren(...found.slice(-SHOWN).reverse().map(line));
  calls.fresh.clear();
  mark();
  if (focused) list.querySelector(`[data-number="${focused}"]`)?.focus({ preventScroll: true });
  const all = calls.entries.length;
  const more = found.length > SHOWN ? `; the latest ${SHOWN} are shown` : "";
  $("found").textContent = found.length === all ? `${plural(all, "call")}${more}` : `${number(found.length)} of ${plural(all, "call")}${more}`;
  $("found").hidden = all === 0;
  $("welcome").hidden = all > 0;
  if (!calls.entries.some((entry) => entry.number === calls.selected)) showNothing();
}

/** Marks the selected call, and makes one call reachable with Tab. */
function mark() {
  const buttons = [...$("call-list").querySelectorAll("button")];
  const current = buttons.find((button) => Number(button.dataset.number) === calls.selected);
  for (const button of buttons) {
    button.setAttribute("aria-current", String(button === current));
    button.tabIndex = -1;
  }
  const reachable = current ?? buttons[0];
  if (reachable) reachable.tabIndex = 0;
}

/** Selects the call that is `by` lines further down. */
function move(by) {
  const buttons = [...$("call-list").querySelectorAll("button")];
  const at = buttons.findIndex((button) => Number(button.dataset.number) === calls.selected);
  const next = buttons[at < 0 ? 0 : Math.min(buttons.length - 1, Math.max(0, at + by))];
  if (!next) return;
  next.focus();
  select(Number(next.dataset.number), false);
}

function showNothing() {
  calls.selected = null;
  document.body.classList.remove("picked");
  $("detail").replaceChildren(h("p", { className: "empty" }, calls.entries.length ? "Select a call to see its parameters and its response." : "Calls appear here as they arrive."));
}

async function select(wanted, focus) {
  calls.selected = wanted;
  mark();
  const known = calls.entries.find((entry) => entry.number === wanted);
  if (!known) return;
  const { entries } = await api("GET", `journal?answers=true&limit=1&request_id=${encodeURIComponent(known.request_id)}`);
  if (calls.selected !== wanted) return;
  $("detail").replaceChildren(...detail(entries[0] ?? known));
  document.body.classList.add("picked");
  if (focus && getComputedStyle($("back")).display !== "none") {
    $("detail").focus();
    scrollTo(0, 0);
  }
}

const fact = (name, value, kind) => (value === "" ? [] : [h("dt", { className: kind ?? "" }, name), h("dd", { className: kind ?? "" }, value)]);

function detail(entry) {
  const back = h("button", { type: "button", id: "back" }, "← Calls");
  back.onclick = () => { showNothing(); drawCalls(); };
  const own = entry.parameters.filter(([name]) => !COMMON.has(name));
  const common = entry.parameters.filter(([name]) => COMMON.has(name));
  const curl = entry.answer;
  return [
    h("header", {}, back, h("h2", {}, `#${entry.number} ${entry.action || entry.path}`), pills(entry)),
    h("dl", { className: "facts" },
      fact("Time", entry.time), fact("Request", `${entry.method} ${entry.path}`), fact("Region", entry.region),
      fact("Account", entry.account), fact("Access key", entry.access_key), fact("Signature", entry.signature || "none"),
      fact("Client", entry.user_agent), fact("Request ID", entry.request_id),
      fact("Added latency", entry.delay_ms ? delay(entry.delay_ms) : ""),
      entry.faults.map((text) => fact("Fault", h("span", { className: "pill odd" }, text))),
      entry.notes.map((text) => fact("Note", h("span", { className: "pill warn" }, text)))),
    ...(entry.difference ? explain(entry.difference) : []),
    h("h3", {}, "Parameters"),
    entry.parameters.length
      ? h("dl", { className: "facts" }, own.map(([name, value]) => fact(name, value === "" ? "(empty)" : value)),
        common.map(([name, value]) => fact(name, value === "" ? "(empty)" : value, "common")))
      : h("p", { className: "muted" }, "None."),
    h("div", { className: "head" }, h("h3", {}, `Answer, ${bytes(entry.bytes)}`), curl ? copier(curl) : null),
    curl === undefined ? h("p", { className: "muted" }, "The journal no longer keeps this answer.")
      : curl === "" ? h("p", { className: "muted" }, "The body is empty.") : h("pre", { tabIndex: 0 }, pretty(curl)),
  ];
}

/** How to point a client here, shown until the first call. */
function welcome() {
  const snippet = (title, text) => h("div", {}, h("div", { className: "head" }, h("h3", {}, title), copier(text)), h("pre", { tabIndex: 0 }, text));
  const secure = location.protocol === "https:";
  $("welcome").replaceChildren(
    h("h2", {}, "Waiting for the first call"),
    h("p", { className: "muted" }, "Point a client at this address. Unless mock-ecs was started with other keys:"),
    h("div", { className: "snippets" }, snippet("Terraform", [
      'provider "alicloud" {', '  region     = "cn-hangzhou"', '  access_key = "mock-access-key"', '  secret_key = "mock-secret-key"',
      ...(secure ? [] : ['  protocol   = "HTTP"']), "  endpoints {", `    ecs = "${location.host}"`, "  }", "}"].join("\n")),
    snippet("Python SDK", [
      "from alibabacloud_ecs20140526.client import Client", "from alibabacloud_tea_openapi.utils_models import Config", "",
      "ecs = Client(Config(", '    access_key_id="mock-access-key",', '    access_key_secret="mock-secret-key",',
      '    region_id="cn-hangzhou",', `    endpoint="${location.host}",`, `    protocol="${location.protocol.slice(0, -1)}",`, "))"].join("\n")),
    snippet("mock-ecs --auth off", [`curl -G ${location.origin} \\`, ...["Action=DescribeImages", "Version=2014-05-26", "RegionId=cn-hangzhou", "Format=JSON"]
      .map((parameter) => `  -d ${parameter}`).join(" \\\n").split("\n")].join("\n"))));
}
