// Views, clock, reset, keys, and the loop that keeps the page up to date.

const VIEWS = ["calls", "faults", "catalog"];
const TICK = 1000;

let view = "calls";
let clock = { mock: 0, at: 0 };

function open(name, focus) {
  view = VIEWS.includes(name) ? name : "calls";
  for (const known of VIEWS) {
    const tab = $(`tab-${known}`);
    tab.setAttribute("aria-selected", String(known === view));
    tab.tabIndex = known === view ? 0 : -1;
    $(known).hidden = known !== view;
    if (focus && known === view) tab.focus();
  }
  // The fragment is not the ID of an element; otherwise the Tab key would start from that element.
  history.replaceState(null, "", `#/${view}`);
  if (view === "catalog") readCatalog().catch((error) => problem(error.message));
}

function drawClock() {
  if (!clock.at) return;
  const now = new Date(clock.mock + performance.now() - clock.at);
  $("clock").textContent = `${now.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function setClock({ now }) {
  clock = { mock: Date.parse(now), at: performance.now() };
  drawClock();
}

function state(kind, text) {
  if ($("state").dataset.is === kind && $("state").lastChild.textContent === text) return;
  $("state").dataset.is = kind;
  $("state").lastChild.textContent = text;
}

/** Reads everything that may have changed. */
async function refresh(force) {
  const [changed, stats, rules, time] = await Promise.all([
    readCalls(), api("GET", "stats"), api("GET", "faults"), api("GET", "clock"),
  ]);
  // The server reports whole seconds, so a small difference is ignored.
  if (Math.abs(Date.parse(time.now) - (clock.mock + performance.now() - clock.at)) > 2000) setClock(time);
  $("n-calls").textContent = number(stats.requests);
  $("n-catalog").textContent = number(stats.images);
  drawRate(calls.entries, stats, Date.parse(time.now) / 1000);
  drawCodes(stats);
  drawDelay(calls.entries);
  drawQuota(stats.quota);
  drawActions(Object.keys(stats.actions).filter(Boolean).sort().slice(0, 50));
  if (changed || force) drawCalls();
  const shown = JSON.stringify(rules);
  if (shown !== refresh.rules) drawRules(rules);
  refresh.rules = shown;
}

async function tick() {
  if (!calls.paused && !document.hidden) {
    try {
      await refresh(false);
      state("live", "Live");
    } catch (error) {
      state("down", error instanceof TypeError ? "Not reachable" : error.message);
    }
  }
  setTimeout(tick, TICK);
}

/** Runs what a button is for, and shows why it did not work. */
function act(run) {
  return async (event) => {
    try {
      await run(event);
      problem();
    } catch (error) {
      problem(error.message);
    }
  };
}

async function reset() {
  await api("POST", "reset");
  calls.entries = [];
  catalog.offset = 0;
  refresh.rules = undefined;
  showNothing();
  setClock(await api("GET", "clock"));
  await refresh(true);
  if (view === "catalog") await readCatalog();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = event.target;
  const tab = VIEWS.findIndex((name) => target.id === `tab-${name}`);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (tab >= 0 && step) {
    open(VIEWS[(tab + step + VIEWS.length) % VIEWS.length], true);
    event.preventDefault();
    return;
  }
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  if (event.key === "Escape" && view === "calls") {
    if (typing) target.blur();
    else if (calls.selected !== null) {
      showNothing();
      drawCalls();
    }
    return;
  }
  if (typing) return;
  const inList = $("call-list").contains(target);
  const down = { j: 1, k: -1, ArrowDown: inList && 1, ArrowUp: inList && -1 }[event.key];
  if (view === "calls" && down) {
    move(down);
    event.preventDefault();
  } else if (event.key === "/") {
    ({ calls: $("f-text"), catalog: $("c-text"), faults: $("own-rule") })[view].focus();
    event.preventDefault();
  }
}

function start() {
  takeToken();
  for (const name of VIEWS) $(`tab-${name}`).onclick = () => open(name, false);
  for (const id of ["f-action", "f-region", "f-outcome"]) $(id).onchange = drawCalls;
  $("f-text").oninput = settled(100, drawCalls);
  for (const form of document.querySelectorAll("form.filters, #scope")) form.onsubmit = (event) => event.preventDefault();
  $("pause").onclick = () => {
    calls.paused = !calls.paused;
    $("pause").setAttribute("aria-pressed", String(calls.paused));
    $("pause").textContent = calls.paused ? "Resume" : "Pause";
    state("paused", calls.paused ? "Paused" : "Connecting");
  };
  $("clear").onclick = act(async () => {
    await api("DELETE", "journal");
    await refresh(true);
  });
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.onclick = act(async () => setClock(await api("POST", "clock", { advance_seconds: Number(button.dataset.advance) })));
  }
  $("reset").onclick = () => $("ask-reset").showModal();
  $("ask-reset").onclose = act(async () => {
    const sure = $("ask-reset").returnValue === "yes";
    $("ask-reset").returnValue = "";
    if (sure) await reset();
  });
  addEventListener("keydown", keys);
  addEventListener("hashchange", () => { takeToken(); open(location.hash.replace(/^#\/?/, ""), false); });
  setInterval(drawClock, 1000);
  welcome();
  showNothing();
  startFaults();
  startCatalog();
  open(location.hash.replace(/^#\/?/, ""), false);
  api("GET", "health").then(({ version }) => { $("version").textContent = version; }, () => {});
  refresh(true).then(() => state("live", "Live"), () => {}).finally(tick);
}

start();
