// Charts from JSON in the page: <canvas data-chart="bar|line|doughnut" data-source="id-of-json">.
// {labels: [...], series: [{name, color: "accent|second|muted|cat-3", values: [numbers], texts: ["€1,234.00"], urls: ["…"]}],
//  colors: ["cat-1", …] (doughnut), stacked: false}. Values are only drawn; what people read are the texts.
// data-chart="band" is a line in a band: each series has a role, "likely" (its "marks" name what is known of a day: {place: [text]}),
//  "before", "known", and the band's edges "high" and "low".
(() => {
  const charts = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (name) => token({ accent: "--hb-accent", second: "--hb-second", muted: "--hb-muted" }[name] || `--${name}`);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // How the lines of a band are drawn, by role.
  const bandLine = (series) => {
    const held = { stepped: "before" }; // a balance holds until the day that changes it
    const edge = { ...held, borderWidth: 0, pointRadius: 0, pointHoverRadius: 0 };
    const marked = Object.keys(series.marks || {});
    return {
      likely: { ...held, borderColor: token("--hb-accent"), pointBackgroundColor: token("--hb-accent"), pointRadius: series.values.map((_, place) => (marked.includes(String(place)) ? 3 : 0)) },
      before: { ...held, borderColor: token("--hb-second"), borderDash: [2, 3] },
      known: { ...held, borderColor: token("--hb-muted"), borderWidth: 1, borderDash: [5, 4] },
      high: { ...edge, fill: "+1", backgroundColor: `${token("--hb-accent")}2e` },
      low: edge,
    }[series.role];
  };

  function draw(canvas) {
    charts.get(canvas)?.destroy();
    const source = document.getElementById(canvas.dataset.source);
    if (!source) return;
    const data = JSON.parse(source.textContent);
    const band = canvas.dataset.chart === "band";
    const kind = band ? "line" : canvas.dataset.chart;
    const round = kind === "doughnut";
    const datasets = data.series.map((series) => ({
      label: series.name,
      data: series.values,
      backgroundColor: round ? data.colors.map(colour) : kind === "line" ? "transparent" : colour(series.color),
      borderColor: round ? token("--hb-surface") : colour(series.color),
      borderWidth: round ? 2 : kind === "line" ? 2 : 0,
      borderRadius: kind === "bar" ? 3 : 0,
      maxBarThickness: 22,
      stepped: kind === "line" ? "after" : false,
      pointRadius: 0,
      pointHitRadius: 12,
      pointHoverRadius: 4,
      pointHoverBackgroundColor: colour(series.color || "accent"),
      ...(band ? bandLine(series) : {}),
    }));
    const text = (context) => data.series[context.datasetIndex].texts[context.dataIndex];
    const tip = (context) => (band && data.series[context.datasetIndex].role === "high"
      ? ` ${context.dataset.label}: ${data.series[context.datasetIndex + 1].texts[context.dataIndex]} – ${text(context)}`
      : ` ${round ? context.label : context.dataset.label}: ${text(context)}`);
    const marks = (items) => (band && data.series[0].marks[items[0]?.dataIndex]) || [];
    const axis = { grid: { color: token("--hb-line"), drawTicks: false }, border: { display: false }, ticks: { color: token("--hb-muted"), font: { size: 12 }, maxTicksLimit: 6, padding: 8 } };
    charts.set(canvas, new window.Chart(canvas, {
      type: kind,
      data: { labels: data.labels, datasets },
      options: {
        animation: still ? false : { duration: 140 },
        responsive: true,
        maintainAspectRatio: false,
        cutout: "68%",
        interaction: { mode: round ? "nearest" : "index", intersect: round },
        plugins: {
          legend: { display: !round && datasets.length > 1, position: "bottom", labels: { color: token("--hb-text"), boxWidth: 10, boxHeight: 10, useBorderRadius: true, borderRadius: 3, padding: 16, font: { size: 12.5, family: "Inter" }, filter: (item) => item.text !== "" } },
          tooltip: { filter: (item) => item.dataset.label !== "", callbacks: { label: tip, afterBody: marks }, backgroundColor: token("--hb-text"), titleColor: token("--hb-page"), bodyColor: token("--hb-page"), padding: 10, cornerRadius: 8, displayColors: !round },
        },
        scales: round ? {} : {
          x: { ...axis, grid: { display: false }, ticks: { ...axis.ticks, maxTicksLimit: 12, autoSkipPadding: 12, maxRotation: 0 } },
          y: { ...axis, grid: { ...axis.grid, ...(band ? { color: (line) => token(line.tick.value === 0 ? "--hb-text" : "--hb-line") } : {}) }, beginAtZero: kind === "bar", ticks: { ...axis.ticks, callback: (value) => Intl.NumberFormat(document.documentElement.lang, { notation: "compact" }).format(value) } },
        },
        onClick: (event, found) => {
          const hit = found[0];
          const url = hit && data.series[hit.datasetIndex].urls?.[hit.index];
          if (url) window.location.assign(url);
        },
        onHover: (event, found) => {
          const hit = found[0];
          event.native.target.classList.toggle("is-link", Boolean(hit && data.series[hit.datasetIndex].urls?.[hit.index]));
        },
      },
    }));
  }
  const drawAll = () => document.querySelectorAll("canvas[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => {
    window.Chart.defaults.font.family = "Inter, system-ui, sans-serif";
    document.fonts.ready.then(drawAll);
  });
  document.addEventListener("themechange", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
})();
