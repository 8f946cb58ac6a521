// A host without a browser: runs the chart's script over a page of bare elements, plays the messages and keys that it
// reads from standard input, and prints what the page draws, its table, and what it sent.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const [html, play] = [fs.readFileSync(process.argv[2], "utf8"), JSON.parse(fs.readFileSync(0, "utf8"))];
const script = html.match(/<script>([\s\S]*)<\/script>/)[1];

function element(tag) {
  return {
    tag, textContent: "", hidden: false, style: {}, children: [], listeners: {}, attributes: {}, value: "",
    scrollWidth: 300, scrollHeight: 200,
    append(...added) { this.children.push(...added); },
    replaceChildren(...kept) { this.children = kept; },
    setAttribute(name, value) {
      if (name === "style" || name.startsWith("on")) throw new Error(`${name} is not allowed by the page's policy`);
      this.attributes[name] = value;
    },
    getAttribute(name) { return this.attributes[name]; },
    addEventListener(type, listener) { this.listeners[type] = listener; },
    set innerHTML(_) { throw new Error("innerHTML is never written"); },
    set outerHTML(_) { throw new Error("outerHTML is never written"); },
  };
}

const byId = Object.fromEntries([...html.matchAll(/<(\w+) id="(\w+)"/g)].map(([, tag, id]) => [id, element(tag)]));
const sent = [];
const parent = { postMessage: (message) => sent.push(message) };
const received = [];
const window = { parent, addEventListener: (_type, listener) => received.push(listener) };
const document = { documentElement: element("html"), getElementById: (id) => byId[id], createElement: element,
  createElementNS: (space, tag) => ({ ...element(tag), space }) };
vm.runInNewContext(script, { window, document, navigator: { language: "en-US" }, Intl, Date, JSON, Object, String, Number,
  Array, Math, Set });

for (const step of play) {
  if (step.key) byId.chart.listeners.keydown({ key: step.key, preventDefault() {} });
  else if (step.choose) byId.metric.listeners.change({ target: { value: step.choose } });
  else received.forEach((listener) => listener({ source: step.from === "elsewhere" ? {} : parent, data: step.message }));
}

const texts = (parts) => parts.map((part) => part.textContent);
const drawn = byId.chart.children.map((part) => ({ tag: part.tag, text: part.textContent, ...part.attributes }));
const shown = Object.fromEntries(["title", "point", "keys", "omitted", "data"].map(
  (id) => [id, byId[id].hidden ? null : byId[id].textContent]));
console.log(JSON.stringify({ ...shown, drawn, chart: byId.chart.hidden ? null : byId.chart.attributes,
  lang: document.documentElement.lang, choice: byId.choice.hidden ? null : texts(byId.metric.children),
  head: byId.table.hidden ? null : byId.head.children.flatMap((row) => texts(row.children)),
  rows: byId.table.hidden ? null : byId.rows.children.map((row) => texts(row.children)), sent }));
