// Fault rules: presets, custom rules, and the rules in force.

/** Name and step of each preset; the action, the calls and the page come from the fields above them. */
const PRESETS = [
  ["Throttle", "throttle"],
  ["Throttle, with Retry-After", "throttle&retry-after:3"],
  ["Service unavailable", "error:ServiceUnavailable:503"],
  ["Internal error", "error:InternalError"],
  ["Forbidden by RAM", "error:Forbidden.RAM"],
  ["HTML page of a gateway", "html:502"],
  ["Slow: 3 seconds", "latency:3s"],
  ["Slow response", "slow"],
  ["Connection reset", "reset"],
  ["Truncated response", "truncate"],
  ["No response", "hang"],
  ["Not JSON", "garbage-body"],
  ["Clock 20 minutes ahead", "skew:1200"],
  ["Wrong TotalCount", "total:+3"],
  ["Always the first page", "same-page"],
];

function ruleOf(step) {
  const [action, times, page] = [$("s-action").value, $("s-times").value, $("s-page").value];
  return [action && `action=${action}`, page && `page=${page}`, times === "p" ? "probability=0.2" : times && `times=${times}`, `do=${step}`]
    .filter(Boolean).join(" ");
}

async function addRule(rule) {
  try {
    drawRules(await api("POST", "faults", rule));
    $("own-wrong").textContent = "";
    return true;
  } catch (error) {
    $("own-wrong").textContent = error.message;
    return false;
  }
}

/** Offers the actions that the mock has, and those that were called. */
function drawActions(called) {
  options($("s-action"), "any", [...new Set([...ACTIONS, ...called])]);
}

function drawPresets() {
  $("presets").replaceChildren(...PRESETS.map(([name, step]) => {
    const rule = ruleOf(step);
    const button = h("button", { type: "button", title: `Add: ${rule}` }, h("b", {}, name), h("code", {}, `do=${step}`));
    button.dataset.step = step;
    button.onclick = () => addRule(ruleOf(step));
    return button;
  }));
}

function drawRules({ rules }) {
  $("n-faults").textContent = rules.length;
  $("n-faults").className = rules.length ? "hot" : "";
  const list = $("rules");
  const focused = list.contains(document.activeElement);
  list.replaceChildren(...rules.map(({ id, rule, matched, fired }) => {
    const remove = h("button", { type: "button", className: "danger", "aria-label": `Remove ${rule}` }, "Remove");
    remove.onclick = async () => {
      try {
        drawRules(await api("DELETE", `faults?id=${id}`));
      } catch (error) {
        // Another client has removed it.
        $("own-wrong").textContent = error.message;
        drawRules(await api("GET", "faults"));
      }
    };
    const times = /(?:^| )times=(\d+)/.exec(rule);
    const spent = times !== null && fired >= Number(times[1]);
    return h("li", { className: spent ? "spent" : "" }, h("code", {}, rule), h("small", { title: `${plural(matched, "call")} fitted its conditions` }, `hit ${plural(fired, "call")}${spent ? ", used up" : ""}`), remove);
  }));
  if (rules.length === 0) list.append(h("p", { className: "empty" }, "None: every call gets its normal response."));
  if (focused) list.querySelector("button")?.focus();
}

function startFaults() {
  drawActions([]);
  $("s-action").value = "DescribeImages";
  for (const id of ["s-action", "s-times", "s-page"]) $(id).onchange = drawPresets;
  drawPresets();
  $("own").onsubmit = async (event) => {
    event.preventDefault();
    if (await addRule($("own-rule").value)) $("own-rule").value = "";
  };
}
