// ---- the parts of the report ---------------------------------------------------------------------------------------
function header() {
  const p = report.provenance;
  make(page, "h1", "CrossTile report");
  make(page, "p", `version ${p.version} \u00b7 ${p.timing} timing \u00b7 seed ${p.seed} \u00b7 ${p.network.file || ""}`,
       "note");
  const cards = make(page, "div", undefined, "cards");
  const card = (value, name) => { const box = make(cards, "div", undefined, "card"); make(box, "b", value);
                                  make(box, "span", name); };
  const { accuracy, reference, latency, energy, power, area, efficiency, simulation } = report;
  if (accuracy) card(percent(accuracy.top1), `top-1 of ${count(accuracy.count)} images`);
  if (reference) card(percent(reference.top1), "top-1 in float");
  if (latency) card(si(latency.first_s, "s"), `latency, ${count(latency.cycles)} cycles`);
  if (report.period_s !== undefined) card(si(report.period_s, "s"), "period (time between results)");
  if (energy && energy.per_inference_j !== undefined) card(si(energy.per_inference_j, "J"), "an inference");
  if (power && power.mean_w !== undefined) card(si(power.mean_w, "W"), "mean power");
  if (area) card(Number(area.total_mm2.toPrecision(4)) + " mm\u00b2", "area");
  if (efficiency && efficiency.tops_per_w !== undefined)
    card(Number(efficiency.tops_per_w.toPrecision(4)) + " TOPS/W", "this network");
  if (simulation.images_per_s !== undefined) card(si(simulation.images_per_s, "/s"), "images simulated");
}

function agesSection(parent) {
  const ages = report.accuracy_by_age;
  if (!ages || ages.length < 2) return;
  const box = section(parent, "Accuracy by age", "top-1 of the same programmed chip as time passes");
  table(box, ["age", "top-1", "95 % interval", "draws, least to most"], ages.map(a => [a.age, percent(a.top1),
    `${percent(a.ci95[0])} to ${percent(a.ci95[1])}`,
    `${percent(Math.min(...a.draws))} to ${percent(Math.max(...a.draws))}`]), [0]);
}
function accuracySection(parent) {
  const { accuracy, reference } = report;
  if (!accuracy) return;
  const [low, high] = accuracy.ci95;
  const box = section(parent, "Accuracy", `top-1 ${percent(accuracy.top1)}, 95 % interval over ${count(accuracy.count)}` +
    ` images ${percent(low)} to ${percent(high)}` + (accuracy.draws.length > 1 ? `; ${accuracy.draws.length} draws` : ""));
  const rows = [["accelerator", accuracy.top1]];
  if (reference) rows.push(["float reference", reference.top1]);
  const least = Math.min(low, ...rows.map(r => r[1]), ...accuracy.draws);
  const most = Math.max(high, ...rows.map(r => r[1]), ...accuracy.draws);
  const bottom = Math.max(0, Math.floor((least - 0.01) * 50) / 50);
  const top = Math.min(1, Math.ceil((most + 0.01) * 50) / 50);
  const segment = (x1, y1, x2, y2) => [{ coord: [x1, y1], symbol: "none" }, { coord: [x2, y2], symbol: "none" }];
  chart(box, 70 + 40 * rows.length, c => Object.assign(base(c, percent), {
    xAxis: Object.assign(valueAxis(c, v => percent(v, 1)), { min: bottom, max: top, splitNumber: 4 }),
    yAxis: names(c, rows.map(r => r[0])),
    series: [{ type: "bar", name: "top-1", barMaxWidth: 20, itemStyle: { borderRadius: 2 },
      data: rows.map((r, i) => ({ value: r[1], itemStyle: { color: i ? "#8fa3bd" : c.accent } })),
      label: { show: true, position: "insideLeft", color: "#ffffff", formatter: p => percent(p.value) },
      markLine: { silent: true, animation: false, symbol: "none", label: { show: false },
        lineStyle: { color: c.ink, width: 2, type: "solid" },
        data: [segment(low, 0, high, 0)] } },
      { type: "scatter", name: "draw", symbolSize: 7, itemStyle: { color: palette[1], opacity: 0.8 },
        data: accuracy.draws.length > 1 ? accuracy.draws.map(d => [d, 0]) : [] }],
  }));
}

function latencySection(parent) {
  const layers = report.layers.filter(l => l.latency_s !== undefined);
  if (!layers.length) return;
  const box = section(parent, "Latency by layer", "when each layer works on the first image");
  const time = v => si(v, "s");
  chart(box, 50 + 28 * layers.length, c => Object.assign(base(c, time), {
    tooltip: { trigger: "item", backgroundColor: c.card, borderColor: c.line, textStyle: { color: c.ink },
      formatter: p => { const l = layers[p.dataIndex];
        return `${echarts.format.encodeHTML(l.name)}: from ${time(l.start_s || 0)} for ${time(l.latency_s)}`; } },
    xAxis: valueAxis(c, time), yAxis: names(c, layers.map(l => l.name)),
    series: [{ type: "bar", stack: "t", silent: true, itemStyle: { color: "transparent" },
               data: layers.map(l => l.start_s || 0) },
             { type: "bar", stack: "t", barMaxWidth: 16, itemStyle: { color: c.accent, borderRadius: 2 },
               data: layers.map(l => l.latency_s) }],
  }));
}

function pathSection(parent) {
  const path = report.latency && report.latency.critical_path;
  if (!path || !path.length) return;
  const box = section(parent, "Critical path", "the latency of the first image, split by layer and component");
  const rows = [...new Set(path.map(s => s.layer))], parts = [...new Set(path.map(s => s.component))];
  stacked(box, rows, parts, (r, part) => path.filter(s => s.layer === rows[r] && s.component === part)
    .reduce((sum, s) => sum + s.seconds, 0), v => si(v, "s"));
}

function energySection(parent) {
  const { energy } = report;
  if (!energy) return;
  const box = section(parent, "Energy by component and layer", `${si(energy.total_j, "J")} in all` +
    (energy.inferences ? `, ${count(energy.inferences)} inferences` : "") + "; by phase: " +
    Object.entries(energy.by_phase).map(([p, e]) => `${p} ${si(e, "J")}`).join(", "));
  const rows = energy.by_layer.filter(l => l.total_j > 0);
  const parts = Object.keys(energy.by_component).filter(p => energy.by_component[p] > 0);
  if (!rows.length) return;
  stacked(box, rows.map(l => l.layer), parts, (r, part) => rows[r].by_component[part] || 0, v => si(v, "J"));
}

function powerSection(parent) {
  const trace = report.power && report.power.trace;
  if (!trace) return;
  const watts = v => si(v, "W"), at = trace.total_w.map((_, b) => si(b * trace.bin_s, "s"));
  const box = section(parent, "Power against time", `of the timed images, bins of ${si(trace.bin_s, "s")}; largest ` +
    `${watts(trace.peak_w)}, leakage ${watts(trace.leakage_w)}`);
  const parts = Object.entries(trace.by_component);
  parts.unshift(["leakage", trace.total_w.map(() => trace.leakage_w)]);
  chart(box, 300, c => Object.assign(base(c, watts), {
    legend: { type: "plain", top: 0, textStyle: { color: c.ink }, itemWidth: 12, itemHeight: 10,
              data: parts.map(p => words(p[0])) },
    grid: { left: 18, right: 28, top: 58, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: at, axisLabel: { color: c.soft, hideOverlap: true },
             axisLine: { lineStyle: { color: c.line } } },
    yAxis: valueAxis(c, watts),
    series: parts.map(([part, values], i) => ({ name: words(part), type: "bar", stack: "all", barCategoryGap: "0%",
      itemStyle: { color: part === "leakage" ? "#9aa3ad" : palette[(i - 1) % palette.length] }, data: values })),
  }));
}

function limitsSection(parent) {
  const limits = report.period_limits;
  if (!limits || !limits.length) return;
  const sorted = [...limits].sort((a, b) => b.seconds - a.seconds).slice(0, 14);
  const box = section(parent, "What limits the period", "busy time of each resource for one image; the longest sets " +
    "the time between results");
  bars(box, sorted.map(l => [l.layer === "shared" ? l.resource : `${l.layer}: ${l.resource}`, l.seconds]),
       v => si(v, "s"));
}

function namedSection(parent, title, note, values, unit, limit) {
  if (!values || !Object.keys(values).length) return;
  bars(section(parent, title, note), Object.entries(values), unit, limit);
}

function layerTable() {
  if (!report.layers.length) return;
  const box = section(page, "Layers");
  const show = (value, format) => value === undefined ? "" : format(value);
  table(box, ["layer", "kind", "arrays", "cores", "tiles", "replicas", "cells used", "MVMs", "reads", "conversions",
              "start", "latency", "energy"],
    report.layers.map(l => l.folded_into ? [l.name, l.kind, `in ${l.folded_into}`, "", "", "", "", "", "", "", "", "", ""]
      : [l.name, l.kind, l.arrays, l.cores, l.tiles, l.replicas, show(l.cell_utilisation, v => percent(v, 1)),
         show(l.mvms, count), show(l.reads, count), show(l.conversions, count), show(l.start_s, v => si(v, "s")),
         show(l.latency_s, v => si(v, "s")), show(l.energy_j, v => si(v, "J"))]));
}

function componentTable() {
  const { energy, area } = report;
  if (!energy && !area) return;
  const box = section(page, "Components");
  const all = Object.keys((energy || area).by_component);
  const share = part => energy.total_j > 0 ? percent(energy.by_component[part] / energy.total_j, 1) : "";
  table(box, ["component", "energy", "share", "operations", "area"], all.map(part => [words(part),
    energy ? si(energy.by_component[part], "J") : "", energy ? share(part) : "",
    energy ? count(energy.operations[part]) : "",
    area ? Number(area.by_component[part].toPrecision(4)) + " mm\u00b2" : ""]));
}

function provenance() {
  const p = report.provenance, s = report.simulation;
  const box = section(page, "Provenance");
  const rows = [["command", p.command], ["network", `${p.network.file} (${p.network.hash})`], ["images", p.images],
    ["labels", p.labels], ["seed, draws, threads", `${p.seed}, ${p.draws}, ${p.threads}`],
    ["simulation", si(s.wall_s, "s") + (s.events !== undefined ? `, ${count(s.events)} kernel events` : "") +
      (s.peak_memory_bytes !== undefined ? `, ${si(s.peak_memory_bytes, "B")} at most` : "") +
      (s.product_share !== undefined ? `, ${percent(s.product_share, 1)} of it in analog products` : "")]];
  table(box, ["", ""], rows.filter(r => r[1]), [1]);
  const details = make(box, "details");
  make(details, "summary", "Effective hardware description");
  make(details, "pre", p.hardware);
}

header();
const first = make(page, "div", undefined, "pair");
accuracySection(first);
agesSection(first);
limitsSection(first);
latencySection(first);
pathSection(first);
energySection(page);
powerSection(page);
const last = make(page, "div", undefined, "pair");
namedSection(last, "Utilisation", "share of the time that each resource works", report.utilisation,
             v => percent(v, 1), 1);
namedSection(last, "Stalls", "time lost, by cause", report.stalls, v => si(v, "s"));
layerTable();
componentTable();
provenance();
