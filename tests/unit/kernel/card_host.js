// A host without a browser: runs the card's script over a page of bare elements, plays the messages that it reads from
// standard input, and prints what the page shows and what it sent.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const [html, play] = [fs.readFileSync(process.argv[2], "utf8"), JSON.parse(fs.readFileSync(0, "utf8"))];
const script = html.match(/<script>([\s\S]*)<\/script>/)[1];

function element(tag) {
  return {
    tag, textContent: "", hidden: false, dataset: {}, style: {}, children: [], listeners: {}, scrollWidth: 300, scrollHeight: 200,
    append(...added) { this.children.push(...added); },
    replaceChildren(...kept) { this.children = kept; },
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
const document = { documentElement: element("html"), getElementById: (id) => byId[id], createElement: element };
vm.runInNewContext(script, { window, document, navigator: { language: "en-US" }, URL, Intl, Date, JSON, Object, String, Number });

for (const step of play) {
  if (step.click) byId[step.click].listeners.click({ preventDefault() { sent.push({ prevented: true }); } });
  else received.forEach((listener) => listener({ source: step.from === "elsewhere" ? {} : parent, data: step.message }));
}

const facts = {};
for (let at = 0; at < byId.facts.children.length; at += 2) {
  facts[byId.facts.children[at].textContent] = byId.facts.children[at + 1].textContent;
}
const shown = Object.fromEntries(["summary", "status", "next", "page", "decides"].map(
  (id) => [id, byId[id].hidden ? null : byId[id].textContent]));
console.log(JSON.stringify({ ...shown, href: byId.page.href ?? null, lang: document.documentElement.lang, facts, sent }));
