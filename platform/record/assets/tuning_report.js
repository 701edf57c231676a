// ---- the parts of a report of target-weight tuning --------------------------------------------------------------------
const { accuracy, energy, time, provenance, trajectories } = report;

function header() {
  make(page, "h1", `Target-weight tuning: ${report.name}`);
  make(page, "p", report.description, "note");
  make(page, "p", `version ${provenance.version} \u00b7 task ${report.task} \u00b7 device ${report.device} \u00b7 ` +
       `${report.seeds} seeds x ${report.draws} draws`, "note");
  const cards = make(page, "div", undefined, "cards");
  const card = (value, name) => { const box = make(cards, "div", undefined, "card"); make(box, "b", value);
                                  make(box, "span", name); };
  card(percent(accuracy.mean), `accuracy at ${percent(accuracy.by_flips[0].flips, 0)} flips, mean of all draws`);
  card(percent(accuracy.bayes), "the Bayes limit there");
  card(count(Math.round(report.pulses.mean)), "pulses a network, mean");
  card(si(time.mean_s, "s"), "to tune a network, mean");
  if (time.machine) card(si(time.machine.mean_s, "s"), "the same simulated, with bus, drivers and converters");
  card(si(energy.mean_j, "J"), "to tune a network, mean");
  card(count(report.cells.unreached), `of ${count(report.cells.tuned)} devices unreached`);
}

function lines(box, series, unit, xName, xUnit) {
  chart(box, 340, c => Object.assign(base(c, unit), {
    tooltip: Object.assign(base(c, unit).tooltip, { axisPointer: { type: "line" } }),
    legend: { type: "scroll", top: 0, show: series.length < 12, textStyle: { color: c.ink } },
    grid: { left: 18, right: 28, top: series.length < 12 ? 40 : 12, bottom: 24, containLabel: true },
    xAxis: { type: "value", name: xName, nameLocation: "middle", nameGap: 26,
             axisLabel: { color: c.soft, formatter: xUnit || (v => v) }, axisLine: { lineStyle: { color: c.line } } },
    yAxis: Object.assign(valueAxis(c, unit), { scale: true }),
    series: series.map(s => ({ name: s.name, type: "line", step: s.step, symbolSize: 0, data: s.data,
                               lineStyle: { width: series.length < 12 ? 2.5 : 1 } })),
  }));
}

function accuracySections(parent) {
  const software = section(parent, "Software training", "exact accuracy under the training's flips, mean of seeds");
  lines(software, [{ name: "accuracy", data: accuracy.software_by_epoch.map((a, e) => [e + 1, a]) }],
        v => percent(v, 1), "epoch");
  const devices = section(parent, "While devices are tuned", "exact accuracy of the first draw's circuit, and the Bayes limit");
  const bayes = accuracy.after_device.map((a, k) => [k, accuracy.bayes]);
  lines(devices, [{ name: "accuracy", data: accuracy.after_device.map((a, k) => [k, a]), step: "end" },
                  { name: "Bayes limit", data: bayes }], v => percent(v, 1), "devices tuned");
}

function flipsSection() {
  const box = section(page, "Accuracy", "exact, over all 512 images weighted by their probability");
  table(box, ["flips", "network, mean", "standard deviation of draws", "its weights in software", "Bayes limit"],
    accuracy.by_flips.map(a => [percent(a.flips, 1), percent(a.mean), percent(a.sd), percent(a.software), percent(a.bayes)]));
}

function trajectorySection() {
  const box = section(page, "Conductances", "of the first draw's devices, behind every pulse");
  const devices = new Map();
  trajectories.steps.forEach(([layer, cell, second, , g]) => {
    const name = `layer ${layer} cell ${cell}`;
    devices.set(name, [...(devices.get(name) || []), [second, g]]);
  });
  lines(box, [...devices].map(([name, data]) => ({ name, data })), v => si(v, "S"), "time", v => si(v, "s"));
}

function energySection(parent) {
  const box = section(parent, "Energy of tuning", "mean of all draws");
  bars(box, Object.entries(energy.by_part).filter(e => e[1] > 0).map(([n, v]) => [words(n), v]), v => si(v, "J"));
}

function inferenceSection(parent) {
  const { cells_j, references_j, comparators_j } = energy.inference;
  const box = section(parent, "Energy of reading one image", "both layers, mean of images and draws");
  bars(box, [["cells", cells_j], ["references", references_j], ["comparators", comparators_j]], v => si(v, "J"));
}

function settingsSection(parent) {
  const box = section(parent, "Settings");
  table(box, ["", ""], Object.entries(report.settings), [1]);
}

function provenanceSection() {
  const box = section(page, "Provenance");
  table(box, ["", ""], [["command", provenance.command], ["simulation", si(report.simulation.wall_s, "s")]], [1]);
  const details = make(box, "details");
  make(details, "summary", "Effective experiment");
  make(details, "pre", provenance.experiment);
}

header();
accuracySections(make(page, "div", undefined, "pair"));
flipsSection();
trajectorySection();
const last = make(page, "div", undefined, "pair");
energySection(last);
inferenceSection(last);
settingsSection(page);
provenanceSection();
