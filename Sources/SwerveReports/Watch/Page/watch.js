"use strict";
// The page of `swerve watch`. Everything of a run is put into the page as text (textContent and setAttribute), never as
// markup: names, options and answers are a stranger's. The page's security policy also refuses markup made by a script.

const COLORS = 7, SVG = "http://www.w3.org/2000/svg", MOST_DRAWN = 64, FIRST_DRAWN = 8;
const $ = id => document.getElementById(id);

/** An element with attributes and children. A child that is a string becomes text. */
function make(tag, attributes, ...children) {
  const isSVG = ["svg", "path", "line", "text", "circle"].includes(tag);
  const element = isSVG ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function get(path, parameters) {
  const answer = await fetch(path + "?" + Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&"), { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// What is known.

const runs = new Map();      // by id: the row as the server gave it
const drawn = new Map();     // by id: the number of the run's colour
const curves = new Map();    // by [id, stage, metric] as text: { generation, steps, values }
const views = new Map();     // by id: the elements of the row in the list
let session = "", revision = 0, labels = new Map(), isConnected = true;
let chosenStage = null;      // null: the one that is running, or else the last that has begun
let chosenMetrics = null;    // null: those that people look for first
let isDrawnByHand = false;   // until somebody draws a run, runs that begin are drawn by themselves
let sampleRun = null, sampleStage = null, sampleStep = null, shownSamples = "";

const drawnRuns = () => [...drawn.keys()].map(id => runs.get(id)).filter(Boolean);

function stageNames() {
  return [...new Set(drawnRuns().flatMap(run => run.stages.map(stage => stage.name)))];
}

function currentStage() {
  const names = stageNames();
  if (chosenStage !== null && names.includes(chosenStage)) return chosenStage;
  const begun = drawnRuns().flatMap(run => run.stages.filter(stage => stage.steps > 0).slice(-1));
  const running = begun.find(stage => stage.left !== null);
  return (running ?? begun[0])?.name ?? names[names.length - 1] ?? "";
}

function metricNames(stage) {
  const found = new Set();
  for (const run of drawnRuns())
    for (const own of run.stages) if (own.name === stage) own.metrics.forEach(metric => found.add(metric));
  return [...found];
}

/** What is drawn before somebody chooses: what the server names first, the loss, the distance from the reference. */
function usualMetrics(known) {
  const usual = known.slice(0, 3);
  for (const wanted of [name => name === "loss", name => name.startsWith("kl")]) {
    const name = known.find(wanted);
    if (name !== undefined && !usual.includes(name)) usual.push(name);
  }
  return usual.slice(0, 4);
}

function currentMetrics(stage) {
  const known = metricNames(stage);
  if (chosenMetrics === null) return usualMetrics(known);
  return known.filter(name => chosenMetrics.includes(name));
}

// Names of runs: what tells them apart, as in a report.

function nameRuns() {
  const all = [...runs.values()].filter(run => run.script !== null);
  const option = (run, key) => run.options.find(pair => pair[0] === key)?.[1];
  const differ = (some, value) => new Set(some.map(value)).size > 1;
  const scripts = new Map(all.map(run => [run.script, []]));
  for (const run of all) scripts.get(run.script).push(run);
  labels = new Map([...runs.values()].map(run => [run.id, run.name]));
  for (const [script, own] of scripts) {
    const keys = [...new Set(own.flatMap(run => run.options.map(pair => pair[0])))]
      .filter(key => differ(own, run => JSON.stringify(option(run, key) ?? null)));
    const hasSeeds = differ(own, run => run.seed);
    for (const run of own) {
      const parts = keys.filter(key => option(run, key) !== undefined).map(key => `${key}=${option(run, key)}`);
      if (scripts.size > 1 || (!keys.length && !hasSeeds)) parts.unshift(script);
      if (hasSeeds) parts.push(`seed ${run.seed}`);
      labels.set(run.id, parts.join(" ") || run.name);
    }
  }
  // Where that tells two runs not apart, their folders do.
  const uses = new Map();
  for (const label of labels.values()) uses.set(label, (uses.get(label) ?? 0) + 1);
  for (const run of runs.values()) if (uses.get(labels.get(run.id)) > 1) labels.set(run.id, run.name);
}

// Numbers for people.

function short(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(+value.toPrecision(4));
}

function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds)), two = number => String(number).padStart(2, "0");
  return whole < 3600 ? `${Math.floor(whole / 60)}:${two(whole % 60)}`
    : `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

const number = value => typeof value === "number" ? value
  : value === "nan" ? NaN : value === "inf" ? Infinity : value === "-inf" ? -Infinity : NaN;

// The list of runs.

function progress(run) {
  const steps = run.stages.reduce((sum, stage) => sum + stage.steps, 0);
  const planned = run.stages.reduce((sum, stage) => sum + stage.planned, 0);
  const left = run.stages.find(stage => stage.left !== null);
  const parts = [run.state];
  if (left) {
    const place = run.stages.indexOf(left) + 1;
    parts.push(`${left.name} ${left.steps} of ${left.planned}`, `${clock(left.left)} left`
      + (place < run.stages.length ? ` in stage ${place} of ${run.stages.length}` : ""));
  } else if (planned > 0) {
    parts.push(steps === planned ? `${steps} steps` : `${steps} of ${planned} steps`);
  }
  if (run.seconds !== null) parts.push(`took ${clock(run.seconds)}`);
  for (const stage of run.stages) if (stage.stopped !== null) parts.push(`${stage.name} stopped: ${stage.stopped}`);
  return { text: parts.join(", "), share: planned > 0 ? Math.min(1, steps / planned) : 0 };
}

function rowView(id) {
  const box = make("input", { type: "checkbox" }), key = make("i", { class: "key" }), name = make("b");
  const state = make("span", { class: "state" }), bar = make("progress", { max: 1, value: 0 });
  const problem = make("span", { class: "problem" });
  const root = make("li", null, make("label", null, box, key, name, bar, state, problem));
  box.addEventListener("change", () => { isDrawnByHand = true; draw(id, box.checked); changed(); });
  return { root, box, key, name, state, bar, problem };
}

function colorClass(id) {
  const color = drawn.get(id);
  return `${color % COLORS}${color < COLORS ? "" : " again"}`;
}

function draw(id, isWanted) {
  if (!isWanted) { drawn.delete(id); return; }
  if (drawn.has(id) || drawn.size >= MOST_DRAWN) return;
  const used = new Set(drawn.values());
  let color = 0;
  while (used.has(color)) color += 1;
  drawn.set(id, color);
}

const isListed = run => {
  const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${labels.get(run.id)} ${run.name} ${run.script ?? ""} ${run.state} seed=${run.seed} `
    + run.options.map(pair => pair.join("=")).join(" ");
  return words.every(word => text.toLowerCase().includes(word));
};

function listedRuns() {
  return [...runs.values()].filter(isListed).sort((a, b) =>
    (a.state === "running" ? 0 : 1) - (b.state === "running" ? 0 : 1)
    || (b.date ?? "").localeCompare(a.date ?? "") || a.id - b.id);
}

function showList() {
  const listed = listedRuns(), shown = listed.slice(0, 500);
  for (const run of shown) {
    if (!views.has(run.id)) views.set(run.id, rowView(run.id));
    const view = views.get(run.id), { text, share } = progress(run);
    view.box.checked = drawn.has(run.id);
    view.key.className = drawn.has(run.id) ? `key k${colorClass(run.id)}` : "key";
    if (view.name.textContent !== labels.get(run.id)) view.name.textContent = labels.get(run.id);
    view.root.title = run.name;
    if (view.state.textContent !== text) view.state.textContent = text;
    view.bar.value = share;
    view.bar.setAttribute("aria-label", text);
    view.bar.hidden = run.state !== "running";
    view.problem.textContent = run.problem ?? "";
  }
  const wanted = shown.map(run => views.get(run.id).root), list = $("list");
  if (wanted.length !== list.children.length || wanted.some((root, place) => list.children[place] !== root)) {
    const focused = document.activeElement;
    list.replaceChildren(...wanted);
    if (list.contains(focused)) focused.focus();
  }
  const none = $("none");
  none.hidden = listed.length > 0 && listed.length === shown.length;
  none.textContent = runs.size === 0 ? "No runs yet. They appear here when they begin."
    : listed.length === 0 ? "No run matches the filter."
    : `The first ${shown.length} of ${listed.length} runs. The filter shows others.`;
}

function showSummary() {
  const counts = new Map();
  for (const run of runs.values()) counts.set(run.state, (counts.get(run.state) ?? 0) + 1);
  const order = ["running", "complete", "interrupted", "failed", "incomplete", "unreadable"];
  const parts = order.filter(state => counts.has(state)).map(state => `${counts.get(state)} ${state}`);
  const left = Math.max(...[...runs.values()].flatMap(run => run.stages.map(stage => stage.left ?? -1)), -1);
  if (left >= 0) parts.push(`${clock(left)} left of what is running`);
  $("summary").textContent = isConnected ? parts.join(", ") || "no runs yet" : "the server does not answer";
  $("summary").className = isConnected ? "" : "bad";
  const running = counts.get("running") ?? 0;
  document.title = (running ? `(${running}) ` : "") + `${$("title").textContent} - swerve`;
}

// Curves.

const curveKey = (id, stage, metric) => JSON.stringify([id, stage, metric]);

async function fetchCurves(stage, metrics) {
  let isNew = false;
  for (const metric of metrics) {
    let wanted = [...drawn.keys()].filter(id => {
      const run = runs.get(id), known = curves.get(curveKey(id, stage, metric));
      return run && (!known || known.generation !== run.generation || known.seen !== run.points);
    });
    while (wanted.length) {
      const asked = wanted.map(id => {
        const known = curves.get(curveKey(id, stage, metric));
        return `${id}:${known?.generation ?? 0}:${known?.steps.length ?? 0}`;
      });
      const answer = await get("/curves", { stage, metric, runs: asked.join(",") });
      wanted = [];
      for (const got of answer.curves) {
        const key = curveKey(got.id, stage, metric);
        let curve = curves.get(key);
        if (!curve || curve.generation !== got.generation || got.from !== curve.steps.length) {
          curve = { generation: got.generation, steps: [], values: [], seen: -1 };
          if (got.from !== 0) continue;
        }
        for (const step of got.steps) curve.steps.push(step);
        for (const value of got.values) curve.values.push(number(value));
        curve.seen = got.more ? -1 : runs.get(got.id)?.points ?? -1;
        curves.set(key, curve);
        if (got.steps.length || got.from === 0) isNew = true;
        if (got.more) wanted.push(got.id);
      }
    }
  }
  return isNew;
}

/** Round numbers of an axis, about five of them, and not closer than `least`. */
function ticks(low, high, least = 0) {
  const rough = Math.max((high - low) / 5, least), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? rough;
  const found = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9 && found.length < 20; index += 1)
    found.push(index * step);
  return found;
}

function range(values, room) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const space = high > low ? (high - low) * room : Math.abs(low) * .1 || 1;
  return room > 0 || high === low ? [low - space, high + space] : [low, high];
}

/** The points of a curve as they are seen: for each column of pixels the first, the least, the largest and the last. */
function visible(curve, x, y) {
  const points = [];
  let column = null, kept = [];
  const flush = () => {
    if (!kept.length) return;
    const byY = [...kept].sort((a, b) => a[1] - b[1]);
    const wanted = new Set([kept[0], byY[0], byY[byY.length - 1], kept[kept.length - 1]]);
    points.push(...kept.filter(point => wanted.has(point)));
    kept = [];
  };
  for (let index = 0; index < curve.steps.length; index += 1) {
    if (!Number.isFinite(curve.values[index])) continue;
    const point = [x(curve.steps[index]), y(curve.values[index])], own = Math.round(point[0]);
    if (own !== column) { flush(); column = own; }
    kept.push(point);
  }
  flush();
  return points;
}

const charts = new Map();    // by metric: { figure, caption, svg, values, cursor }

function chart(metric) {
  if (charts.has(metric)) return charts.get(metric);
  const caption = make("figcaption", null, metric), values = make("ul", { class: "values" });
  const svg = make("svg", { tabindex: 0, role: "img" });
  const view = { figure: make("figure", null, caption, svg, values), caption, svg, values, cursor: null, metric };
  svg.addEventListener("pointermove", event => {
    if (!view.scale) return;
    const box = svg.getBoundingClientRect();
    setCursor(view, nearest(view, view.scale.step(event.clientX - box.left)));
  });
  svg.addEventListener("pointerleave", () => setCursor(view, null));
  svg.addEventListener("keydown", event => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") setCursor(view, null);
    if (!move || !view.steps?.length) return;
    event.preventDefault();
    const place = view.cursor === null ? (move < 0 ? view.steps.length : -1) : view.steps.indexOf(view.cursor);
    setCursor(view, view.steps[Math.min(Math.max(place + move, 0), view.steps.length - 1)]);
  });
  charts.set(metric, view);
  return view;
}

function nearest(view, step) {
  let best = null;
  for (const own of view.steps) if (best === null || Math.abs(own - step) < Math.abs(best - step)) best = own;
  return best;
}

function setCursor(view, step) {
  if (view.cursor === step) return;
  view.cursor = step;
  showValues(view);
}

function drawChart(view, stage) {
  const own = [...drawn.keys()].filter(id => runs.has(id))
    .map(id => ({ id, curve: curves.get(curveKey(id, stage, view.metric)) }))
    .filter(entry => entry.curve?.steps.length);
  view.own = own;
  view.steps = [...new Set(own.flatMap(entry => entry.curve.steps))].sort((a, b) => a - b);
  const width = Math.max(200, view.svg.clientWidth || 400), height = Math.max(120, view.svg.clientHeight || 200);
  const [left, right, top, bottom] = [54, 10, 10, 22];
  const [x0, x1] = range(view.steps, 0);
  const [y0, y1] = range(own.flatMap(entry => entry.curve.values), .05);
  const x = step => left + (step - x0) / (x1 - x0) * (width - left - right);
  const y = value => height - bottom - (value - y0) / (y1 - y0) * (height - top - bottom);
  view.scale = { x, step: pixel => x0 + (pixel - left) / (width - left - right) * (x1 - x0) };
  const parts = [];
  for (const tick of ticks(y0, y1)) {
    parts.push(make("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      make("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, short(+tick.toPrecision(12))));
  }
  for (const tick of ticks(x0, x1, 1)) {
    if (tick < view.steps[0] || tick > view.steps[view.steps.length - 1]) continue;
    parts.push(make("text", { x: x(tick), y: height - 6, "text-anchor": "middle" }, String(tick)));
  }
  for (const { id, curve } of own) {
    const points = visible(curve, x, y), color = colorClass(id);
    const path = points.map(([px, py], index) => `${index ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
    parts.push(make("path", { class: `curve c${color}`, d: path }));
    if (points.length <= 30)
      parts.push(...points.map(([px, py]) => make("circle", { class: `f${color}`, cx: px, cy: py, r: 2.6 })));
  }
  view.mark = make("line", { class: "cursor", y1: top, y2: height - bottom });
  view.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  view.svg.setAttribute("aria-label", `${view.metric} over the steps of ${stage}, ${own.length} runs`);
  view.svg.replaceChildren(...parts, view.mark);
  showValues(view);
}

/** The values at the cursor, or the last ones. */
function showValues(view) {
  const { own, cursor } = view, rows = [];
  for (const { id, curve } of own.slice(0, 16)) {
    let place = curve.steps.length - 1;
    if (cursor !== null) while (place >= 0 && curve.steps[place] > cursor) place -= 1;
    const text = place < 0 ? "-" : `${short(curve.values[place])} at ${curve.steps[place]}`;
    rows.push(make("li", null, make("i", { class: `key k${colorClass(id)}` }), ` ${labels.get(id)}: ${text}`));
  }
  if (own.length > 16) rows.push(make("li", { class: "soft" }, `and ${own.length - 16} more`));
  if (!own.length) rows.push(make("li", { class: "soft" }, "Nothing measured yet."));
  view.values.replaceChildren(...rows);
  const isShown = cursor !== null && own.length > 0;
  view.mark.setAttribute("visibility", isShown ? "visible" : "hidden");
  if (isShown) for (const side of ["x1", "x2"]) view.mark.setAttribute(side, view.scale.x(cursor));
}

function showCharts() {
  const stage = currentStage(), metrics = currentMetrics(stage), place = $("charts");
  const figures = metrics.map(metric => chart(metric).figure);
  if (figures.length !== place.children.length || figures.some((figure, index) => place.children[index] !== figure))
    place.replaceChildren(...figures);
  if (!figures.length) {
    place.replaceChildren(make("p", { class: "soft" }, drawn.size ? "Nothing measured yet." : "No run is chosen."));
  }
  for (const metric of metrics) drawChart(chart(metric), stage);
}

function showChoices() {
  const names = stageNames(), stage = currentStage(), select = $("stage");
  const key = JSON.stringify(names);
  if (select.dataset.names !== key) {
    select.replaceChildren(...names.map(name => make("option", { value: name }, name)));
    select.dataset.names = key;
  }
  select.value = stage;
  const known = metricNames(stage), shown = currentMetrics(stage), words = $("metric-filter").value.toLowerCase();
  $("metrics-title").textContent = `Metrics: ${shown.length} of ${known.length}`;
  const wanted = known.filter(name => name.toLowerCase().includes(words)).slice(0, 300);
  const list = $("metric-list"), listKey = JSON.stringify([wanted, shown]);
  if (list.dataset.key === listKey) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
  list.dataset.key = listKey;
  list.replaceChildren(...wanted.map(name => {
    const box = make("input", { type: "checkbox", value: name });
    box.checked = shown.includes(name);
    box.addEventListener("change", () => {
      const now = currentMetrics(stage);
      chosenMetrics = box.checked ? [...now, name] : now.filter(other => other !== name);
      changed();
    });
    if (name === focused) setTimeout(() => box.focus());
    return make("label", null, box, ` ${name}`);
  }));
}

// Samples.

async function showSamples() {
  const own = drawnRuns(), select = $("sample-run"), key = JSON.stringify(own.map(run => [run.id, labels.get(run.id)]));
  if (select.dataset.key !== key) {
    select.replaceChildren(...own.map(run => make("option", { value: run.id }, labels.get(run.id))));
    select.dataset.key = key;
  }
  if (!own.some(run => run.id === sampleRun)) { sampleRun = own[0]?.id ?? null; sampleStep = null; }
  if (currentStage() !== sampleStage) { sampleStage = currentStage(); sampleStep = null; }
  $("samples").hidden = sampleRun === null;
  if (sampleRun === null) return;
  select.value = sampleRun;
  const stage = sampleStage, run = runs.get(sampleRun);
  const state = JSON.stringify([sampleRun, stage, sampleStep, run.generation, run.points, run.state]);
  if (state === shownSamples) return;
  const answer = await get("/samples",
    { run: sampleRun, stage, ...(sampleStep === null ? {} : { step: sampleStep }) });
  shownSamples = state;
  showSampleSteps(answer);
  const note = $("sample-note"), hasViews = answer.samples.some(sample => sample.views.length);
  note.textContent = !answer.samples.length ? "This stage has no samples yet." : !hasViews ? ""
    : "Shaded by the weight of the KL penalty at each token (full at 1), and by how surprising the token was to the "
      + "policy and to the reference (full at a probability of 1 in 1000).";
  const text = JSON.stringify(answer.samples), list = $("sample-list");
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...answer.samples.flatMap(sample => sampleElements(sample, answer.levels)));
}

function sampleElements(sample, levels) {
  const head = make("p", { class: "soft prompt" },
    `${sample.set}, reward ${sample.reward}, prompt ${JSON.stringify(sample.prompt)}`);
  const views = sample.views.map(view => make("figure", null, make("figcaption", null, view.name),
    make("div", { class: "sample", tabindex: 0 }, ...view.marks.map(([text, level, value]) => {
      if (level === null) return text;
      const mark = make("span", { title: `${view.name} about ${value}` }, text);
      mark.style.setProperty("--w", String(level / levels));
      return mark;
    }))));
  if (!views.length) views.push(make("div", { class: "sample", tabindex: 0 }, sample.answer));
  return [head, make("div", { class: "views" }, ...views)];
}

let sampleSteps = [];

function showSampleSteps(answer) {
  sampleSteps = answer.steps;
  const place = sampleSteps.indexOf(answer.step);
  $("sample-step").textContent =
    sampleSteps.length ? `step ${answer.step}, evaluation ${place + 1} of ${sampleSteps.length}` : "";
  $("sample-back").disabled = place <= 0;
  $("sample-next").disabled = place < 0 || place === sampleSteps.length - 1;
  $("sample-back").onclick = () => moveSample(-1);
  $("sample-next").onclick = () => moveSample(1);
}

function moveSample(by) {
  if (!sampleSteps.length) return;
  const now = sampleStep === null ? sampleSteps.length - 1 : sampleSteps.indexOf(sampleStep);
  const next = Math.min(Math.max(now + by, 0), sampleSteps.length - 1);
  // At the last one, new samples are shown as they come.
  sampleStep = next === sampleSteps.length - 1 ? null : sampleSteps[next];
  changed();
}

// The clock of the page.

let isPolling = false, isAgain = false, timer = null;

/** Something was chosen: show it at once. */
function changed() {
  showAll();
  if (isPolling) { isAgain = true; return; }
  clearTimeout(timer);
  poll();
}

function showAll() {
  showList();
  showSummary();
  showChoices();
  showCharts();
}

function forget(id) {
  runs.delete(id);
  drawn.delete(id);
  views.delete(id);
  for (const key of [...curves.keys()]) if (JSON.parse(key)[0] === id) curves.delete(key);
}

function take(answer) {
  if (answer.session !== session) {
    for (const id of [...runs.keys()]) forget(id);
    session = answer.session;
    isDrawnByHand = false;
  }
  $("title").textContent = answer.title;
  for (const run of answer.runs) runs.set(run.id, run);
  if (answer.ids) {
    const left = new Set(answer.ids);
    for (const id of [...runs.keys()]) if (!left.has(id)) forget(id);
  }
  revision = answer.revision;
  if (answer.runs.length || answer.ids) nameRuns();
  if (!isDrawnByHand) drawBySelf();
}

/** Runs that are running, and where there are none, the newest. */
function drawBySelf() {
  const all = [...runs.values()].filter(run => run.script !== null)
    .sort((a, b) => (b.date ?? "").localeCompare(a.date ?? "") || a.id - b.id);
  const running = all.filter(run => run.state === "running");
  for (const run of running.length ? running : drawn.size ? [] : all)
    if (drawn.size < FIRST_DRAWN) draw(run.id, true);
}

async function poll() {
  isPolling = true;
  try {
    const before = drawn.size;
    take(await get("/runs", { session, since: revision, open: [...drawn.keys()].join(",") }));
    isConnected = true;
    if (drawn.size !== before) isAgain = true;
    const stage = currentStage();
    await fetchCurves(stage, currentMetrics(stage));
    showAll();
    await showSamples();
  } catch (error) {
    isConnected = false;
    showSummary();
  }
  isPolling = false;
  clearTimeout(timer);
  timer = setTimeout(poll, isAgain ? 0 : document.hidden ? 5000 : 1000);
  isAgain = false;
}

// Keys and buttons.

function isDark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function turnTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
}

function moveFocus(by) {
  const boxes = [...$("list").querySelectorAll("input")];
  if (!boxes.length) return;
  const place = boxes.indexOf(document.activeElement);
  boxes[place < 0 ? (by > 0 ? 0 : boxes.length - 1) : Math.min(Math.max(place + by, 0), boxes.length - 1)].focus();
}

function drawAll() {
  isDrawnByHand = true;
  const listed = listedRuns();
  const isAll = listed.slice(0, MOST_DRAWN).every(run => drawn.has(run.id));
  for (const run of listed) draw(run.id, !isAll);
  changed();
}

function nextStage() {
  const names = stageNames();
  if (!names.length) return;
  chosenStage = names[(names.indexOf(currentStage()) + 1) % names.length];
  changed();
}

const keys = {
  j: () => moveFocus(1), k: () => moveFocus(-1), a: drawAll, g: nextStage, t: turnTheme,
  "/": () => $("filter").focus(), m: () => { $("metrics").open = true; $("metric-filter").focus(); },
  ",": () => moveSample(-1), ".": () => moveSample(1), "?": () => $("keys").showModal(),
};

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const isText = event.target.matches("input[type=search], select");
  if (isText && event.key === "Escape") event.target.blur();
  if (isText || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});
$("theme").addEventListener("click", turnTheme);
$("help").addEventListener("click", keys["?"]);
$("close").addEventListener("click", () => $("keys").close());
$("filter").addEventListener("input", showList);
$("metric-filter").addEventListener("input", showChoices);
$("stage").addEventListener("change", event => { chosenStage = event.target.value; changed(); });
$("sample-run").addEventListener("change", event => {
  sampleRun = Number(event.target.value);
  sampleStep = null;
  changed();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) changed(); });
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(showCharts, 100); });
let resizing = null;
poll();
