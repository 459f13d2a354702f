"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const coarse = matchMedia("(pointer: coarse)");
  const plots = [...document.querySelectorAll(".plot")];
  const figures = new Map(plots.map((plot) => [plot, JSON.parse(document.getElementById(plot.dataset.figure).textContent)]));

  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };

  /* A figure names its colours "@name"; the style sheet says what that is in this theme. */
  const coloured = (value, style) => {
    if (typeof value === "string") {
      return value.startsWith("@") && value.length < 12 ? style.getPropertyValue("--" + value.slice(1)).trim() || value : value;
    }
    if (Array.isArray(value)) return value.map((one) => coloured(one, style));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one, style)]));
  };
  /* Texts of a run may begin with "@", too: only these may hold colours. */
  const COLOURS = ["line", "marker", "font", "increasing", "decreasing", "totals", "connector"];
  const themed = (node, style) => {
    if (Array.isArray(node)) return node.map((one) => themed(one, style));
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, one]) => [
      key,
      COLOURS.includes(key) || /color$/.test(key) ? coloured(one, style) : key === "shapes" || key === "annotations" ? themed(one, style) : one,
    ]));
  };

  const wrapped = (text) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      if (lines.at(-1) && (lines.at(-1) + word).length > 15) lines.push("");
      lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
    }
    return lines.join("<br>");
  };

  const layoutOf = (layout, plot, style, width) => {
    const colour = (name) => style.getPropertyValue("--" + name).trim();
    const narrow = (width || plot.clientWidth) < 520;
    const full = themed(layout, style);
    for (const [key, given] of Object.entries(full)) {
      if (!/^[xy]axis\d*$/.test(key)) continue;
      full[key] = {
        gridcolor: colour("grid"), zerolinecolor: colour("grid"), linecolor: colour("grid"), automargin: true,
        ...given,
        title: { standoff: 8, ...given.title, font: { size: 12, color: colour("muted") } },
        tickfont: { size: narrow ? 11 : 12 },
        ...(narrow && given.categoryarray ? { tickvals: given.categoryarray, ticktext: given.categoryarray.map(wrapped) } : {}),
      };
    }
    return {
      ...full,
      height: Number(plot.dataset.height),
      ...(width ? { width, autosize: false } : { autosize: true }),
      margin: { l: 8, r: narrow ? 8 : 16, t: 12, b: 8, pad: 2 },
      font: { family: style.fontFamily, size: 12, color: colour("ink") },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("muted"), font: { color: colour("ink") }, namelength: -1 },
      legend: { orientation: "h", x: 0, y: 1.0, yanchor: "bottom", font: { size: 12 }, bgcolor: "rgba(0,0,0,0)" },
      dragmode: coarse.matches ? false : "zoom",
    };
  };

  const drawOne = (plot, style, width) => {
    const figure = figures.get(plot);
    Plotly.react(plot, figure.data.map((trace) => themed(trace, style)), layoutOf(figure.layout, plot, style, width), {
      displaylogo: false,
      responsive: !width,
      displayModeBar: coarse.matches || width ? false : "hover",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    });
  };

  /* One after the other, and the page can be scrolled in between. */
  let drawing = 0;
  const draw = async () => {
    const style = getComputedStyle(document.body);
    const turn = ++drawing;
    for (const plot of plots) {
      await new Promise((next) => setTimeout(next));
      if (turn !== drawing) return;
      drawOne(plot, style);
    }
  };

  const giveUp = () => {
    document.body.classList.add("chartless");
    for (const details of document.querySelectorAll("figure details")) details.open = true;
  };

  const begin = async () => {
    const script = document.createElement("script");
    script.textContent = await unpack(document.getElementById("plotly").textContent);
    document.head.append(script);
    await draw();
    for (const media of [dark, matchMedia("(max-width: 860px)")]) media.addEventListener("change", draw);
    document.body.dataset.drawn = String(plots.length);
  };

  /* Paper is white, as wide as it is, and can be neither unfolded nor hovered over. */
  const PAPER_PX = 640;
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
    document.documentElement.classList.add("printing");
    drawing++;
    const style = getComputedStyle(document.body);
    for (const plot of plots) if (window.Plotly) drawOne(plot, style, PAPER_PX);
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    document.documentElement.classList.remove("printing");
    if (window.Plotly) draw();
  });

  begin().catch((error) => {
    console.warn("the charts cannot be drawn here: " + error);
    giveUp();
  });
})();
