// What moves on the pages: theme, sorting, traces, curves to point at, filters. Without it everything can still be read.
"use strict";

const THEMES = ["auto", "light", "dark"];
const store = { // Some browsers give pages from disk no storage.
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* the choice lasts for this page */ } },
};
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function showTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
let theme = THEMES.includes(store.get("lcpc-theme")) ? store.get("lcpc-theme") : "auto";
showTheme(theme); // before anything is painted

function offerThemes() {
  const button = document.getElementById("theme");
  const say = () => { button.textContent = `◐ ${theme}`; button.setAttribute("aria-label", `Colours: ${theme}. Press to change`); };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    store.set("lcpc-theme", theme);
    showTheme(theme);
    say();
  });
}

// Sorting: numbers as numbers, texts as texts, empty cells last whichever way.
function compare(first, second, sign) {
  if (first === "" || second === "") return (first === "") - (second === "");
  const numbers = [Number(first), Number(second)];
  return sign * (numbers.every(Number.isFinite) ? numbers[0] - numbers[1] : first.localeCompare(second, "en", { numeric: true }));
}
function sort(table, head) {
  const index = Number(head.dataset.index);
  const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  const order = (row) => row.cells[index]?.dataset.order ?? "";
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, at) => [row, at]);
  rows.sort(([a, i], [b, j]) => compare(order(a), order(b), sign) || i - j);
  body.append(...rows.map(([row]) => row));
  for (const one of all("th[aria-sort]", table)) one.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  table.classList.add("sorted");
  say(`sorted by ${head.textContent.trim()}, ${head.getAttribute("aria-sort")}`);
}
function makeSortable(table) {
  for (const head of all("th[data-index]", table)) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(table, head));
  }
}
function say(text) { document.getElementById("say").textContent = text; }

// In a table of numbers the tab key stops once; the arrow keys go from number to number.
function makeWalkable(table) {
  const values = all("a.value", table);
  values.forEach((value, at) => { value.tabIndex = at ? -1 : 0; });
  table.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    const from = event.target.closest?.("a.value");
    if (!step || !from) return;
    const to = next(table, from.closest("td, th"), step);
    if (!to) return;
    event.preventDefault();
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
}
function next(table, cell, [across, down]) {
  const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden);
  let row = rows.indexOf(cell.parentElement);
  let column = cell.cellIndex;
  while (rows[row + down] && rows[row].cells[column + across]) {
    row += down;
    column += across;
    const found = rows[row].cells[column]?.querySelector("a.value");
    if (found) return found;
  }
  return null;
}

// A number's trace: its own words, then each file with the lines that count.
function lineSet(text) {
  const lines = new Set();
  for (const part of text.split(", ").filter(Boolean)) {
    const [first, last] = part.split("–").map(Number);
    for (let line = first; line <= (last ?? first); line += 1) lines.add(String(line));
  }
  return lines;
}
function asTable([head, ...rows], wanted) {
  const box = document.createElement("div");
  box.className = "wide";
  const table = box.appendChild(document.createElement("table"));
  table.className = "rows";
  const heads = table.createTHead().insertRow();
  for (const word of head) heads.appendChild(document.createElement("th")).textContent = word;
  const body = table.createTBody();
  for (const fields of rows.filter(([line]) => !wanted.size || wanted.has(line))) {
    const row = body.insertRow();
    for (const field of fields) row.insertCell().textContent = field;
  }
  return box;
}
function sourceCopy(link) {
  const source = document.getElementById(link.hash.slice(1)).cloneNode(true);
  const wanted = lineSet(link.dataset.lines);
  source.removeAttribute("id");
  const lines = source.querySelector("pre.rows");
  lines?.replaceWith(asTable(lines.textContent.split("\n").map((line) => line.split("\t")), wanted));
  return source;
}
const rounded = (text) => Number(text).toPrecision(6);
function markPoint(body, fields) { // the row whose numbers are the point's
  for (const row of all("table.rows tbody tr", body)) {
    const found = [...row.cells].map((cell) => rounded(cell.textContent));
    row.classList.toggle("hit", fields.split(" ").every((field) => found.includes(rounded(field))));
  }
}
function showTrace(id, words = [], fields = "") {
  const trace = document.getElementById(id);
  if (!trace?.classList.contains("trace")) return false;
  const dialog = document.getElementById("trace");
  const body = dialog.querySelector(".body");
  const copy = trace.cloneNode(true);
  copy.removeAttribute("id");
  if (words.length) {
    const told = document.createElement("p");
    told.textContent = words.slice(1).join(" · ");
    copy.querySelector("h3").after(told);
  }
  body.replaceChildren(copy, ...all("a[data-lines]", trace).map(sourceCopy));
  for (const link of all("a[data-lines], a.link", body)) link.replaceWith(link.matches(".link") ? "" : link.textContent);
  if (fields) markPoint(body, fields);
  offerCopies(body);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  history.replaceState(null, "", `#${id}`); // the address leads here again
  return true;
}
function offerTraces() {
  const dialog = document.getElementById("trace");
  const here = () => showTrace(decodeURIComponent(location.hash.slice(1)));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.value");
    if (link?.getAttribute("href").startsWith("#") && showTrace(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  addEventListener("hashchange", here);
  if (location.hash) here();
}

// Curves: hover, focus and arrow keys; the words of a point stand beside it.
function wordsOf(point) { // its curve, its own words, run and evidence
  const series = point.parentElement;
  return [series.getAttribute("aria-label"), ...point.dataset.words.split("\n"), series.dataset.maker].filter(Boolean);
}
function showPoint(point) {
  hideTip();
  const chart = point.closest(".chart");
  showTrace(`${chart.dataset.stem}-series-${point.parentElement.dataset.series}`, wordsOf(point), point.dataset.fields);
}
function showTip(point) {
  const tip = document.getElementById("tip");
  tip.replaceChildren(...wordsOf(point).map((line) => {
    const row = document.createElement("div");
    row.textContent = line;
    return row;
  }));
  tip.hidden = false;
  const at = point.getBoundingClientRect();
  const left = Math.min(at.right + 10, document.documentElement.clientWidth - tip.offsetWidth - 8);
  const above = at.top - tip.offsetHeight - 10;
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  tip.style.top = `${(above > 60 ? above : at.bottom + 10) + scrollY}px`;
}
function hideTip() { document.getElementById("tip").hidden = true; }

function goTo(chart, point) {
  for (const one of all(".drawing use", chart)) one.tabIndex = -1;
  point.tabIndex = 0;
  point.focus();
}
function walk(chart, event) {
  const point = event.target.closest?.(".drawing use");
  if (!point) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    showPoint(point);
  }
  if (event.key === "Escape") hideTip();
  const curves = all(".series:not(.off)", point.ownerSVGElement).map((one) => all("use:not([hidden])", one)).filter((one) => one.length);
  const curve = curves.findIndex((one) => one.includes(point));
  const at = curves[curve].indexOf(point);
  const place = (one) => Number(one.getAttribute("x"));
  const nearest = (others) => others?.reduce((best, one) => Math.abs(place(one) - place(point)) < Math.abs(place(best) - place(point)) ? one : best);
  const to = { ArrowRight: curves[curve][at + 1], ArrowLeft: curves[curve][at - 1], ArrowDown: nearest(curves[curve + 1]),
    ArrowUp: nearest(curves[curve - 1]), Home: curves[curve][0], End: curves[curve].at(-1) }[event.key];
  if (to) {
    event.preventDefault();
    goTo(chart, to);
  }
}
function press(buttons, chosen) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
}
function offerStops(chart) { // one stop of the tab key for each drawing
  for (const drawing of all(".drawing", chart)) {
    const points = all(".series:not(.off) use:not([hidden])", drawing);
    for (const point of all("use", drawing)) point.tabIndex = point === points[0] ? 0 : -1;
  }
}
function showAxis(panel, index) { // the same curves on another axis of rates
  all("g[data-axis]", panel).forEach((grid, at) => { grid.toggleAttribute("hidden", at !== index); });
  for (const path of all("path[data-paths]", panel)) path.setAttribute("d", path.dataset.paths.split("|")[index]);
  for (const point of all("use[data-x]", panel)) {
    const place = point.dataset.x.split("|")[index];
    point.toggleAttribute("hidden", place === "None");
    point.setAttribute("x", place === "None" ? 0 : place);
  }
}
function choose(chart, index, joins) { // a curve alone, or with those that are shown; a second time, all of them
  const buttons = all(".legend button", chart);
  const shown = new Set(buttons.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.series));
  const isAlone = shown.size === 1 && shown.has(index);
  const next = joins ? shown.symmetricDifference(new Set([index])) : new Set([index]);
  const isShown = (one) => isAlone || next.size === 0 || next.has(one);
  for (const one of buttons) one.setAttribute("aria-pressed", String(isShown(one.dataset.series)));
  for (const one of all(".series", chart)) one.classList.toggle("off", !isShown(one.dataset.series));
  offerStops(chart);
}
function offerChart(figure) {
  const chart = figure.querySelector(".chart");
  const modes = figure.querySelector(".modes");
  const still = figure.querySelector(".static");
  if (!chart) return;
  const show = (mode) => { chart.hidden = mode !== "chart"; still.hidden = mode === "chart"; };
  modes.hidden = false;
  show("chart");
  for (const button of all("button", modes)) {
    button.addEventListener("click", () => { show(button.dataset.mode); press(all("button", modes), button); });
  }
  for (const panel of all(".panel", chart)) {
    const buttons = all(".views button", panel);
    showAxis(panel, 0);
    buttons.forEach((button, index) => {
      button.addEventListener("click", () => { showAxis(panel, index); press(buttons, button); offerStops(chart); });
    });
  }
  for (const one of all(".legend button, .line", chart)) {
    const index = one.dataset.series ?? one.parentElement.dataset.series;
    one.addEventListener("click", (event) => choose(chart, index, event.shiftKey));
  }
  offerStops(chart);
  chart.addEventListener("keydown", (event) => walk(chart, event));
  for (const point of all(".drawing use", chart)) {
    point.setAttribute("role", "button");
    point.setAttribute("aria-label", wordsOf(point).join("; "));
    point.addEventListener("pointerenter", () => showTip(point));
    point.addEventListener("pointerleave", hideTip);
    point.addEventListener("focus", () => showTip(point));
    point.addEventListener("blur", hideTip);
    point.addEventListener("click", () => showPoint(point));
  }
}

function offerFilters() {
  const filters = document.querySelector(".filters");
  if (!filters) return;
  const find = document.getElementById("find");
  const buttons = all("button[data-verdict]", filters);
  const rows = all(".claims tbody tr");
  const show = () => {
    const verdict = buttons.find((button) => button.getAttribute("aria-pressed") === "true").dataset.verdict;
    const word = find.value.trim().toLowerCase();
    for (const row of rows) {
      row.hidden = Boolean(verdict && row.dataset.verdict !== verdict) || !row.textContent.toLowerCase().includes(word);
    }
    say(`${rows.filter((row) => !row.hidden).length} claims shown`);
  };
  filters.hidden = false;
  find.addEventListener("input", show);
  for (const button of buttons) button.addEventListener("click", () => { press(buttons, button); show(); });
}

function offerCopies(within) {
  if (!navigator.clipboard) return;
  for (const code of all("code.command", within)) {
    if (code.nextElementSibling?.classList.contains("copy")) code.nextElementSibling.remove();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.setAttribute("aria-label", `Copy ${code.textContent}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "copied";
      say("copied");
    });
    code.after(button);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  offerThemes();
  all("table.sortable").forEach(makeSortable);
  all("table.sortable").forEach(makeWalkable);
  all("section.figure figure").forEach(offerChart);
  offerFilters();
  offerCopies(document.querySelector("main"));
  offerTraces();
  document.documentElement.dataset.ready = "yes";
});
