// Two texts that should be the same, side by side, with the first difference marked.

/** Cuts a text where the signed parts end: lines, and parameters of a query, encoded once or not. */
function parts(text) {
  return text.split(/(?<=\n)|(?=%26)|(?=&)/).filter((part) => part !== "");
}

/** Where two texts differ: from a character on, up to so many characters before their ends. */
function difference(a, b) {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from < shorter && a[from] === b[from]) from += 1;
  // A percent-encoded character is marked as a whole.
  const escape = a.slice(0, from).search(/%[0-9A-Fa-f]?$/);
  if (escape >= 0) from = escape;
  let tail = 0;
  while (tail < shorter - from && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return [from, tail];
}

/** How many equal parts stay visible around the first difference. */
const AROUND = 3;

/** A table of both texts. */
function diff(client, server) {
  const [ours, theirs] = [parts(server), parts(client)];
  let first = 0;
  while (first < ours.length && ours[first] === theirs[first]) first += 1;
  const same = first === ours.length && first === theirs.length;
  const body = h("tbody");
  const hide = same ? 0 : Math.max(0, first - AROUND);
  const row = (at) => {
    const [mine, yours] = [theirs[at] ?? "", ours[at] ?? ""];
    if (!same && at === first) {
      const [from, tail] = difference(mine, yours);
      const marked = (text) => {
        const end = text.length - tail;
        return [text.slice(0, from), h("mark", {}, text.slice(from, end) || "∅"), text.slice(end)];
      };
      return h("tr", { className: "first" }, side("client", marked(mine)), side("server", marked(yours)));
    }
    const equal = mine === yours;
    return h("tr", { className: equal ? "same" : "" }, side("client", [mine]), side("server", [yours]));
  };
  const rows = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, at) => at);
  if (hide > 1) {
    const show = h("button", { type: "button", className: "link" }, `${plural(hide, "equal part")}`);
    const line = h("tr", { className: "skip-rows" }, h("td", { colSpan: 2 }, show));
    show.onclick = () => line.replaceWith(...rows.slice(0, hide).map(row));
    body.append(line, ...rows.slice(hide).map(row));
  } else {
    body.append(...rows.map(row));
  }
  const table = h("table", { className: "diff" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "The client signed"), h("th", { scope: "col" }, "The mock signed"))),
    body);
  return { table, same };
}

function side(name, children) {
  return h("td", { "data-side": name }, children.map((child) => (typeof child === "string" ? child.replace(/\n$/, "↵") : child)));
}

const STAGES = {
  canonical_request: "in the canonical request",
  string_to_sign: "in the string to sign",
  signature: "in the signature itself: the key, the hash, or a text that could not be guessed",
};

/** Everything about a refused signature. */
function explain(difference) {
  const { stage, reason, expected, received, signed_text: signed } = difference;
  const out = [
    h("div", { className: "why" },
      h("b", {}, "Wrong signature. "), `${reason[0].toUpperCase()}${reason.slice(1)}.`,
      h("div", { className: "muted" }, `They differ ${STAGES[stage] ?? stage}.`)),
  ];
  if (stage !== "signature") {
    out.push(h("h3", {}, "What was signed"), diff(received ?? "", expected).table);
    return out;
  }
  const holder = h("div");
  const input = h("textarea", {
    spellcheck: false, "aria-label": "The text that the client signed",
    placeholder: "Paste the client's own string to sign here (SDKs print it in their debug log) to see where it differs.",
  });
  const compare = () => {
    if (input.value.trim() === "") {
      holder.replaceChildren();
      return;
    }
    // With ACS3, the mock computes two texts; the client may have printed either.
    const text = input.value.replace(/\r\n/g, "\n").replace(/\n$/, "");
    const halves = signed.split("\n\nACS3-HMAC-SHA256\n");
    const ours = text.startsWith("ACS3-") && halves[1] ? `ACS3-HMAC-SHA256\n${halves[1]}` : halves[0];
    const { table, same } = diff(text, ours);
    holder.replaceChildren(same
      ? h("p", { className: "why" }, "Both signed the same text, so the secret is wrong.")
      : table);
  };
  input.oninput = settled(150, compare);
  out.push(
    h("div", { className: "head" }, h("h3", {}, "What the mock signed"), copier(signed)),
    h("pre", { tabIndex: 0 }, signed),
    h("h3", {}, "What the client signed"), input, holder);
  return out;
}
