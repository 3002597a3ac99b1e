"use strict";

// Elements, text and formats. All text is inserted into the page as text nodes, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);

/** Makes an element. `props` are properties, or attributes if the name has a dash or is not a property. */
function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

const number = (n) => n.toLocaleString("en-US");
const plural = (n, word) => `${number(n)} ${word}${n === 1 ? "" : "s"}`;
const bytes = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} kB` : `${(n / 1048576).toFixed(1)} MB`);
const delay = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`);

/** Puts options into a select and keeps what was chosen. */
function options(select, first, values, text = (value) => value) {
  const wanted = [["", first], ...values.map((value) => [value, text(value)])];
  const shown = [...select.options].map((option) => [option.value, option.text]);
  if (JSON.stringify(wanted) === JSON.stringify(shown)) return;
  const chosen = select.value;
  select.replaceChildren(...wanted.map(([value, label]) => h("option", { value }, label)));
  select.value = values.includes(chosen) ? chosen : "";
}

/** A button that copies a text. */
function copier(text) {
  const button = h("button", { type: "button" }, "Copy");
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };
  return button;
}

/** Delays calls of `run` until there has been none for `ms`. */
function settled(ms, run) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
}

/** The tokens of a JSON text, indented and marked. Numbers and strings stay as they are written. */
function prettyJson(text) {
  const kinds = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],])|\s+|(.)/gsy;
  const out = [];
  let depth = 0;
  let token;
  const line = () => out.push("\n" + "  ".repeat(depth));
  while ((token = kinds.exec(text))) {
    const [, string, colon, digits, word, mark, other] = token;
    if (string && colon) out.push(h("span", { className: "k" }, string), ": ");
    else if (string) out.push(h("span", { className: "s" }, string));
    else if (digits) out.push(h("span", { className: "n" }, digits));
    else if (word) out.push(h("span", { className: "l" }, word));
    else if (mark === "," ) { out.push(","); line(); }
    else if (mark === "{" || mark === "[") {
      const empty = /\s*[}\]]/y;
      empty.lastIndex = kinds.lastIndex;
      if (empty.test(text)) {
        out.push(text.slice(kinds.lastIndex - 1, empty.lastIndex).replace(/\s/g, ""));
        kinds.lastIndex = empty.lastIndex;
      } else { depth += 1; out.push(mark); line(); }
    } else if (mark) { depth = Math.max(0, depth - 1); line(); out.push(mark); }
    else if (other) return [text];
  }
  return out;
}

/** An XML text, indented. */
function prettyXml(text) {
  let depth = 0;
  return text.replace(/>\s*</g, ">\n<").split("\n").map((line) => {
    if (/^<\//.test(line)) depth = Math.max(0, depth - 1);
    const shown = "  ".repeat(depth) + line;
    if (/^<[^?!/][^>]*[^/]>$/.test(line) || /^<\w>$/.test(line)) depth += 1;
    return shown;
  }).join("\n");
}

/** A text as the content of a `pre` element: JSON and XML are indented. */
function pretty(text) {
  const start = text.trimStart()[0];
  if (text.length > 400_000) return [text];
  if (start === "{" || start === "[") return prettyJson(text);
  return [start === "<" && !/^\s*<(!doctype|html)/i.test(text) ? prettyXml(text) : text];
}
