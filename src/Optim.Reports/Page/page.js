"use strict";
(() => {
  const narrow = matchMedia("(max-width: 40rem)");

  // Each table is in the page once; a chart names those that it is drawn from.
  const tables = {};
  for (const script of document.querySelectorAll("script.data")) {
    const { name, columns, rows } = JSON.parse(script.textContent);
    tables[name] = { columns, rows, objects: rows.map(row => Object.fromEntries(columns.map((column, i) => [column, row[i]]))) };
  }

  function csv({ columns, rows }) {
    const quoted = text => text.length > 0 && !/[",\r\n]/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
    const cell = value => value === null ? "" : typeof value === "string" ? quoted(value) : String(value);
    return [columns, ...rows].map(row => row.map(cell).join(",") + "\r\n").join("");
  }

  function save(name, content, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // What is saved is dark on white, however the page is shown: the ink of a chart is its surroundings' colour.
  async function svg(view) {
    return (await view.toSVG()).replace("<svg ", '<svg style="background:#ffffff;color:#1b1f24" ');
  }

  async function png(view) {
    const drawn = await view.toCanvas(2);
    const canvas = document.createElement("canvas");
    canvas.width = drawn.width;
    canvas.height = drawn.height;
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(drawn, 0, 0);
    return await new Promise(done => canvas.toBlob(done, "image/png"));
  }

  function withData(specification, names) {
    if (specification.$schema.includes("/vega-lite/")) {
      specification.datasets = Object.fromEntries(names.map(name => [name, tables[name].objects]));
    } else {
      for (const set of specification.data) {
        if (tables[set.name]) set.values = tables[set.name].objects;
      }
    }
    return specification;
  }

  function config() {
    const ink = "currentColor";
    const axis = { labelColor: ink, titleColor: ink, gridColor: ink, gridOpacity: 0.13, domainColor: ink, domainOpacity: 0.4, tickColor: ink, tickOpacity: 0.4, labelFontSize: 12, titleFontSize: 13 };
    return {
      background: null, font: "system-ui, sans-serif", view: { stroke: null }, axis,
      legend: { labelColor: ink, titleColor: ink, labelFontSize: 13, columns: narrow.matches ? 3 : 7 },
      title: { color: ink, subtitleColor: ink, anchor: "start" },
      rule: { color: ink }
    };
  }

  const charts = [...document.querySelectorAll("figure")].map(figure => ({
    figure, view: null,
    place: figure.querySelector(".chart"),
    specification: withData(JSON.parse(figure.querySelector("script.specification").textContent), figure.dataset.tables.split(" ").filter(name => name))
  }));

  // What the reader has set: sliders, and what was chosen in a legend.
  function settings({ view, specification }) {
    if (!view) return null;
    const bound = (specification.signals ?? []).filter(signal => signal.bind).map(signal => signal.name);
    return view.getState({ signals: name => bound.includes(name), data: name => name === "chosen_store" });
  }

  async function draw(chart) {
    const kept = settings(chart);
    chart.view?.finalize();
    const { view } = await vegaEmbed(chart.place, chart.specification, { config: config(), actions: false, renderer: "svg", tooltip: { theme: "custom" } });
    chart.view = view;
    if (kept) await view.setState(kept).runAsync();
  }

  async function drawAll() {
    // One after the other: a second change may come while the first is being drawn.
    for (const chart of charts) await draw(chart);
    document.documentElement.dataset.drawn = "true";
  }

  for (const chart of charts) {
    const [main] = chart.figure.dataset.tables.split(" ");
    const line = chart.figure.querySelector(".downloads");
    const offer = (text, act) => {
      const link = document.createElement("a");
      link.href = "#";
      link.textContent = text;
      link.addEventListener("click", event => { event.preventDefault(); act(); });
      line.append(link);
    };
    const name = main || "chart";
    if (typeof vegaEmbed !== "undefined") {
      offer("SVG", async () => save(`${name}.svg`, await svg(chart.view), "image/svg+xml"));
      offer("PNG", async () => save(`${name}.png`, await png(chart.view), "image/png"));
    }
    if (main) offer("CSV", () => save(`${main}.csv`, csv(tables[main]), "text/csv"));
    line.hidden = line.childElementCount === 0;
  }

  if (typeof vegaEmbed === "undefined") return;
  let drawing = drawAll();
  narrow.addEventListener("change", () => { drawing = drawing.then(drawAll); });

  // For tests, and for the curious.
  window.optimReport = { charts, tables, csv, drawn: () => drawing };
})();
