// The four small charts.

/** Columns along time: each one is a stack of [class, value]. */
function columns(stacks, label) {
  const most = Math.max(1, ...stacks.map((stack) => stack.reduce((sum, [, value]) => sum + value, 0)));
  const [width, height] = [300, 46];
  const step = width / stacks.length;
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label });
  chart.append(svg("rect", { class: "base", x: 0, y: height - 1, width, height: 1 }));
  stacks.forEach((stack, at) => {
    let top = height;
    for (const [kind, value] of stack) {
      if (value <= 0) continue;
      const size = Math.max(2, (value / most) * (height - 2));
      top -= size;
      chart.append(svg("rect", { class: kind, x: at * step + step * 0.1, y: top, width: step * 0.8, height: size }));
    }
  });
  return chart;
}

/** Lines with a bar behind them: each is [class, name, text, share from 0 to 1]. */
function bars(lines) {
  return h("ul", { className: "bars" }, lines.map(([kind, name, text, share]) => {
    const chart = svg("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: kind, width: Math.min(1, share) * 100, height: 1 }));
    return h("li", { title: `${name}: ${text}` }, chart, h("span", {}, name), h("span", {}, text));
  }));
}

const big = (value, unit) => h("div", { className: "big" }, value, h("small", {}, unit));

function show(id, ...children) {
  const figure = $(id);
  figure.replaceChildren(figure.firstElementChild, ...children);
}

const SLOT = 5;
const SLOTS = 60;

function drawRate(entries, stats, now) {
  const end = Math.floor(now / SLOT);
  const slots = Array.from({ length: SLOTS }, () => [["ok", 0], ["no", 0]]);
  let recent = 0;
  for (const entry of entries) {
    const at = SLOTS - 1 - (end - Math.floor(Date.parse(entry.time) / 1000 / SLOT));
    if (!slots[at]) continue;
    recent += 1;
    slots[at][entry.code || entry.status >= 400 ? 1 : 0][1] += 1;
  }
  show("chart-rate", big(number(stats.requests), stats.requests === 1 ? "call in all" : "calls in all"),
    columns(slots, `${plural(recent, "call")} in the last five minutes`));
}

function drawCodes(stats) {
  const failed = Object.entries(stats.codes).sort((a, b) => b[1] - a[1]);
  const refused = failed.reduce((sum, [, count]) => sum + count, 0);
  const good = Math.max(0, stats.requests - refused);
  const share = (count) => count / Math.max(1, stats.requests);
  const lines = [["ok", "OK", number(good), share(good)]];
  for (const [code, count] of failed.slice(0, failed.length > 3 ? 2 : 3)) lines.push(["no", code, number(count), share(count)]);
  if (failed.length > 3) {
    const rest = failed.slice(2).reduce((sum, [, count]) => sum + count, 0);
    lines.push(["no", `${failed.length - 2} more codes`, number(rest), share(rest)]);
  }
  show("chart-codes", bars(lines));
}

function drawDelay(entries) {
  const last = entries.slice(-SLOTS);
  const delays = last.map((entry) => entry.delay_ms).sort((a, b) => a - b);
  const middle = delays[Math.floor(delays.length / 2)] ?? 0;
  const stacks = Array.from({ length: SLOTS }, (_, at) => [["lag", last[at - (SLOTS - last.length)]?.delay_ms ?? 0]]);
  show("chart-delay", big(delay(middle), `median · ${delay(delays.at(-1) ?? 0)} at most`),
    columns(stacks, `Added latency: median ${delay(middle)}`));
}

function drawQuota({ limit, used }) {
  if (limit === null) {
    show("chart-quota", big("No limit", ""), h("small", {}, "Start mock-ecs with --quota N to limit the calls of a minute."));
    return;
  }
  const lines = used.slice(0, 3).map(({ account_id: account, action, region, calls }) => [
    calls > limit ? "no" : "lag", action, `${number(calls)} / ${number(limit)}`, calls / limit,
    `${account} ${region}`,
  ]);
  if (lines.length === 0) show("chart-quota", big(number(limit), "calls a minute"), h("small", {}, "Nothing used in this minute."));
  else show("chart-quota", bars(lines));
}
