// ---- the parts of a learning experiment's report -------------------------------------------------------------------
const { accuracy, layers, energy, time, provenance } = report;

function header() {
  make(page, "h1", `On-chip learning: ${report.name}`);
  make(page, "p", report.description, "note");
  make(page, "p", `version ${provenance.version} \u00b7 ${accuracy.runs.length} ${accuracy.runs.length === 1 ? "run" : "runs"} \u00b7 device ${report.device.name}` +
       ` \u00b7 rule ${report.rule}`, "note");
  const cards = make(page, "div", undefined, "cards");
  const card = (value, name) => { const box = make(cards, "div", undefined, "card"); make(box, "b", value);
                                  make(box, "span", name); };
  card(percent(accuracy.mean), "test accuracy after the last epoch, mean of runs");
  if (accuracy.runs.length > 1) card(percent(accuracy.sd), "standard deviation of runs");
  card(count(report.pulses.total), "pulses on cells, first run");
  card(si(time.total_s, "s"), "on the chip, by counts");
  if (time.machine) card(si(time.machine.total_s, "s"), "simulated cycle by cycle");
  card(si(energy.total_j, "J"), "on the chip");
}

function lines(box, xs, series, unit, xName) {
  chart(box, 340, c => Object.assign(base(c, unit), {
    tooltip: Object.assign(base(c, unit).tooltip, { axisPointer: { type: "line" } }),
    legend: { type: "scroll", top: 0, textStyle: { color: c.ink } },
    grid: { left: 18, right: 28, top: 40, bottom: 24, containLabel: true },
    xAxis: { type: "category", data: xs, name: xName, nameLocation: "middle", nameGap: 26,
             axisLabel: { color: c.soft }, axisLine: { lineStyle: { color: c.line } } },
    yAxis: Object.assign(valueAxis(c, unit), { scale: true }),
    series: series.map(s => ({ name: s.name, type: "line", symbol: "circle", symbolSize: s.thin ? 0 : 5, data: s.data,
      lineStyle: { width: s.thin ? 1 : 2.5, opacity: s.thin ? 0.35 : 1 }, silent: !!s.thin })),
  }));
}

function accuracySection(parent) {
  const box = section(parent, "Accuracy by epoch", "on the test set after each epoch; of training samples just before " +
                      "each was learned; thin: single runs");
  const epochs = accuracy.by_epoch;
  const single = accuracy.runs.length > 1 && accuracy.runs.length <= 30 ? accuracy.runs : [];
  lines(box, epochs.map(e => e.epoch), [{ name: "test", data: epochs.map(e => e.test) },
    { name: "training", data: epochs.map(e => e.training) },
    ...single.map(r => ({ name: `seed ${r.seed}, fold ${r.fold}`, data: r.test, thin: true }))],
    v => percent(v, 1), "epoch");
}

function lossSection(parent) {
  const box = section(parent, "Loss by epoch", "mean cross-entropy of training samples, nat");
  lines(box, accuracy.by_epoch.map(e => e.epoch), [{ name: "loss", data: accuracy.by_epoch.map(e => e.loss) }],
        v => Number(v.toPrecision(3)), "epoch");
}

function pulseSection(parent) {
  const box = section(parent, "Pulses by epoch", "on the cells of each layer, by array and direction; first run, in all " +
                      "up to the epoch");
  const series = [];
  layers.forEach(l => ["weights", "fast"].forEach(array => ["up", "down"].forEach(way => {
    const data = l.pulses_by_epoch.map(e => e[array][way]);
    if (data[data.length - 1] > 0) series.push({ name: `${l.name} ${array} ${way}`, data });
  })));
  if (series.length) lines(box, accuracy.by_epoch.map(e => e.epoch), series, v => si(v, ""), "epoch");
}

function costSection(parent) {
  const box = section(parent, "Time on the chip", `${si(time.total_s, "s")} for the first run: layers one after another`);
  bars(box, Object.entries(time.by_activity).filter(e => e[1] > 0), v => si(v, "s"));
  if (!time.machine) return;
  const machine = section(parent, "Simulated time", `${si(time.machine.total_s, "s")} of the learning controller, bus and ` +
                          "digital unit included; cores pulse at the same time; stall update: waiting for them");
  bars(machine, Object.entries(time.machine.by_activity).map(([n, v]) => [words(n), v]), v => si(v, "s"));
}

function energySection(parent) {
  const box = section(parent, "Energy by layer and component", `${si(energy.total_j, "J")} for the first run`);
  const parts = Object.keys(energy.by_component).filter(p => energy.by_component[p] > 0);
  const rows = energy.by_layer.map(l => [l.layer, l.by_component]);
  if (energy.by_component.bus > 0) rows.push(["bus, of all", { bus: energy.by_component.bus }]);
  stacked(box, rows.map(r => r[0]), parts, (row, part) => rows[row][1][part] || 0, v => si(v, "J"));
}

function layerSection() {
  const box = section(page, "Layers", "of the first run's training");
  table(box, ["layer", "cells", "forward reads", "backward reads", "transfer reads", "conversions", "line pulses",
              "pulse slots", "up", "down", "fast up", "fast down", "refresh", "energy"],
    layers.map(l => [l.name, `${l.inputs + 1} x ${l.outputs}`, count(l.forward_reads), count(l.backward_reads),
      count(l.transfer_reads), count(l.conversions), count(l.line_pulses), count(l.pulse_slots), count(l.weights.up),
      count(l.weights.down), count(l.fast.up), count(l.fast.down), count(l.refresh_pulses), si(l.energy_j, "J")]));
}

function provenanceSection() {
  const box = section(page, "Provenance");
  table(box, ["", ""], [["command", provenance.command], ["device", report.device.source],
    ["costs", report.cost_source], ["simulation", si(report.simulation.wall_s, "s")]], [1]);
  const details = make(box, "details");
  make(details, "summary", "Effective experiment");
  make(details, "pre", provenance.experiment);
}

header();
const first = make(page, "div", undefined, "pair");
accuracySection(first);
lossSection(first);
pulseSection(page);
const last = make(page, "div", undefined, "pair");
costSection(last);
energySection(last);
layerSection();
provenanceSection();
