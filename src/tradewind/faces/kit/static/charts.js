// A crosshair through charts, by pointer or by the arrow keys; what it shows is also spoken. The texts are the
// server's: it knows language and currency. A chart that htmx brings is found when it is first touched.
const charts = new WeakMap();

function chartOf(figure) {
  if (!charts.has(figure)) {
    const walk = JSON.parse(figure.dataset.walk);
    charts.set(figure, { ...walk, at: walk.labels.length - 1 });
  }
  return charts.get(figure);
}

function line(name, value) {
  const row = document.createElement("p");
  const text = document.createElement("b");
  text.textContent = value;
  row.append(name, text);
  return row;
}

function show(figure, index, spoken) {
  const chart = chartOf(figure);
  const last = chart.labels.length - 1;
  if (last < 0) return;
  chart.at = Math.max(0, Math.min(last, index));
  const percent = last ? (chart.at / last) * 100 : 50;
  const cross = figure.querySelector(".cross");
  const tip = figure.querySelector(".tip");
  cross.hidden = tip.hidden = false;
  cross.style.insetInlineStart = tip.style.insetInlineStart = `${percent}%`;
  cross.style.setProperty("--y", `${100 - chart.heights[chart.at]}%`);
  tip.classList.toggle("left", percent > 60);
  const title = document.createElement("strong");
  title.textContent = chart.labels[chart.at];
  tip.replaceChildren(title, line(chart.names[0], chart.values[chart.at]));
  const before = chart.before[chart.at];
  if (before) tip.append(line(chart.names[1], before));
  if (spoken) {
    const said = [chart.labels[chart.at], chart.names[0], chart.values[chart.at]];
    if (before) said.push(chart.names[1], before);
    figure.querySelector("[data-spoken]").textContent = said.join(" ");
  }
}

function hide(figure) {
  figure.querySelector(".cross").hidden = figure.querySelector(".tip").hidden = true;
}

addEventListener("pointermove", (event) => {
  const plot = event.target.closest?.(".chart .plot");
  if (!plot) return;
  const figure = plot.closest(".chart");
  const box = plot.getBoundingClientRect();
  const last = chartOf(figure).labels.length - 1;
  show(figure, Math.round(((event.clientX - box.left) / box.width) * last), false);
});
addEventListener("pointerout", (event) => {
  const figure = event.target.closest?.(".chart");
  if (figure && !figure.contains(event.relatedTarget)) hide(figure);
});
addEventListener("focusin", (event) => {
  if (event.target.matches(".chart")) show(event.target, chartOf(event.target).at, true);
});
addEventListener("focusout", (event) => event.target.matches(".chart") && hide(event.target));
addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".chart")) return;
  const chart = chartOf(event.target);
  const to = { ArrowLeft: chart.at - 1, ArrowRight: chart.at + 1, Home: 0, End: chart.labels.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  show(event.target, to, true);
});
