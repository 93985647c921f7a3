// Charts of the office: <canvas data-chart="id-of-json-script"> beside a table of the same numbers.
// The JSON: {type, labels, stacked, horizontal, min, max, unit, series: [{label, data}]}.
const style = getComputedStyle(document.documentElement);
const token = name => style.getPropertyValue(name).trim();
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const colours = dark ? ["#b7a7f7", "#7fdacb", "#f9b27c", "#f2a6d6", "#9cc3fb"] : ["#5638c4", "#0b7a6d", "#b3541e", "#c2407f", "#17558f"];
const dashes = [[], [6, 4], [2, 3], [8, 3, 2, 3], [12, 4]];
const Chart = window.Chart;

Chart.defaults.font.family = "Be Vietnam Pro, system-ui, sans-serif";
Chart.defaults.font.size = 12.5;
Chart.defaults.color = token("--muted");
Chart.defaults.borderColor = token("--line");
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.locale = document.documentElement.lang;
Chart.defaults.animation = matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 250 };

for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const spec = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const line = spec.type === "line";
  const value = spec.horizontal ? "x" : "y";
  const name = spec.horizontal ? "y" : "x";
  const datasets = spec.series.map(({ label, data }, i) => ({
    label, data, borderColor: colours[i % colours.length], backgroundColor: colours[i % colours.length],
    ...(line ? { borderWidth: 2.25, borderDash: dashes[i % dashes.length], pointRadius: 0, pointHitRadius: 16, cubicInterpolationMode: "monotone" } : { borderRadius: 3, maxBarThickness: 26 }),
  }));
  new Chart(canvas, {
    type: spec.type,
    data: { labels: spec.labels, datasets },
    options: {
      indexAxis: spec.horizontal ? "y" : "x",
      interaction: { mode: "index", axis: name, intersect: false },
      scales: {
        [value]: { min: spec.min, max: spec.max, beginAtZero: !line, stacked: !!spec.stacked, ticks: { precision: 0, callback: n => Chart.defaults.locale && new Intl.NumberFormat(Chart.defaults.locale).format(n) + (spec.unit ?? "") } },
        [name]: { stacked: !!spec.stacked, grid: { display: false } },
      },
      plugins: { legend: { display: datasets.length > 1, position: "bottom", labels: line ? { boxWidth: 28, boxHeight: 0, padding: 16 } : { boxWidth: 12, boxHeight: 12, padding: 16 } } },
    },
  });
}
