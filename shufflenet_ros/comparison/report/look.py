# Copyright 2026 shufflenet_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""The look of the page, and the script that draws its charts when they come into view."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2126; --soft: #5c6670; --line: #dfe3e8; --page: #fff;
  --card: #f6f7f9; --good: #0b7a4b; --bad: #b3261e; --neutral: #3b5f8a; --grid: #e8ebef }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa5b0; --line: #343b43;
  --page: #15181c; --card: #1e2329; --good: #3ecf8e; --bad: #ff7b72; --neutral: #8ab4f8;
  --grid: #2a3037 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--page); max-width: 1180px; margin: 0 auto; padding: 1.2rem 1rem 4rem }
h1 { font-size: 1.35rem; margin: 0 0 .2rem; overflow-wrap: anywhere; line-height: 1.3 }
h2 { font-size: 1.12rem; margin: 2.6rem 0 .6rem; padding-top: .7rem;
  border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; overflow-wrap: anywhere }
p { margin: .4rem 0 .8rem; max-width: 75ch } .soft { color: var(--soft) }
.names { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere }
.names b { color: var(--ink); display: inline-block; min-width: 1.1em }
.verdict { border-radius: 10px; padding: .9rem 1.1rem; background: var(--card); margin: 1rem 0;
  border-left: 6px solid var(--neutral) }
.verdict.good { border-color: var(--good) } .verdict.bad { border-color: var(--bad) }
.verdict strong { font-size: 1.25rem; display: block } .good strong, .yes { color: var(--good) }
.bad strong, .no { color: var(--bad) } .verdict span { overflow-wrap: anywhere }
.yes, .no { font-weight: 600; white-space: nowrap }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); gap: .7rem }
.tile { background: var(--card); border-radius: 10px; padding: .7rem .9rem }
.tile b { display: block; font-size: 1.2rem; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; line-height: 1.25 }
.tile span { color: var(--soft); font-size: .84rem; display: block; line-height: 1.35 }
.wide { overflow-x: auto; margin: .4rem 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .32rem 1.1rem .32rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 3.2rem }
th:first-child, td:first-child { min-width: 8.5rem } th.n { white-space: normal }
th { font-weight: 600; color: var(--soft); font-size: .86rem; white-space: nowrap;
  overflow-wrap: normal }
.n { text-align: right } td.n { white-space: nowrap } td.who, th.who { min-width: 1.6rem }
.dot { display: inline-block; width: .72em; height: .72em; border-radius: 3px; margin-right: .45em;
  flex: none }
.meter { display: inline-block; width: 110px; height: .6em; background: var(--line);
  border-radius: 4px; overflow: hidden; vertical-align: middle }
.meter span { display: block; height: 100% }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); gap: .8rem;
  margin: .6rem 0 }
.card { margin: 0; background: var(--card); border-radius: 10px; overflow: hidden;
  display: flex; flex-direction: column }
.card img, .blank { width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: cover;
  display: block; background: var(--line) }
.blank { display: grid; place-items: center; color: var(--soft); font-size: .84rem;
  aspect-ratio: 4 / 1 }
.card figcaption { padding: .5rem .7rem .65rem; font-size: .87rem; line-height: 1.4;
  overflow-wrap: anywhere }
.answer { display: flex; gap: .4rem; align-items: baseline } .answer > :first-child {
  min-width: 0 } .answer > :last-child { margin-left: auto; flex: none; padding-left: .4rem;
  font-variant-numeric: tabular-nums }
.label { display: inline-flex; align-items: baseline }
.chart { width: 100%; margin: .2rem 0 .4rem } .chart.side { max-width: 640px }
.note { border-left: 4px solid #e69f00; padding: .1rem 0 .1rem .8rem; margin: .5rem 0;
  overflow-wrap: anywhere }
details summary { cursor: pointer; color: var(--soft); margin: .6rem 0 }
@media (max-width: 560px) { body { padding: .9rem .7rem 3rem } .tiles {
  grid-template-columns: repeat(2, 1fr) } .sheet { grid-template-columns: repeat(2, 1fr);
  gap: .55rem } th, td { padding-right: .8rem } .tile b { font-size: 1.1rem } .meter {
  width: 64px }
  .words th { display: none } .words tr { display: block; padding: .45rem 0;
    border-bottom: 1px solid var(--line) } .words td { display: block; border: 0;
    padding: .05rem 0 } .words td:first-child { font-weight: 600 }
  .words td[data-head]:not([data-head=""]):not(:empty)::before { content: attr(data-head) ": ";
    color: var(--soft) } }
@media print { .chart { break-inside: avoid } }
"""
SCRIPT = """
(function () {
  'use strict';
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  function theme(layout) {
    var css = getComputedStyle(document.documentElement);
    var ink = css.getPropertyValue('--ink').trim(), grid = css.getPropertyValue('--grid').trim();
    var page = css.getPropertyValue('--card').trim();
    layout.paper_bgcolor = layout.plot_bgcolor = 'rgba(0,0,0,0)';
    layout.font = {color: ink, size: 12, family: getComputedStyle(document.body).fontFamily};
    layout.modebar = {bgcolor: 'rgba(0,0,0,0)', color: grid, activecolor: ink};
    layout.hoverlabel = {bgcolor: page, bordercolor: grid, font: {color: ink}, align: 'left'};
    Object.keys(layout).forEach(function (name) {
      if (/^[xy]axis/.test(name)) {
        layout[name].gridcolor = grid; layout[name].linecolor = grid;
      }
    });
    return layout;
  }
  function draw(place) {
    var figure = JSON.parse(document.getElementById(place.id + '-data').textContent);
    figure.data.forEach(function (trace) {
      if (trace.type === 'heatmap') {
        trace.textfont = {color: getComputedStyle(document.body).color};
      }
    });
    Plotly.newPlot(place, figure.data, theme(figure.layout),
                   {responsive: true, displaylogo: false, displayModeBar: 'hover',
                    modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d']});
    place.dataset.drawn = '1';
  }
  var places = Array.prototype.slice.call(document.querySelectorAll('.chart'));
  if ('IntersectionObserver' in window) {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { seen.unobserve(entry.target); draw(entry.target); }
      });
    }, {rootMargin: '600px'});
    places.forEach(function (place) { seen.observe(place); });
  } else { places.forEach(draw); }
  window.addEventListener('beforeprint', function () {
    places.forEach(function (place) { if (!place.dataset.drawn) { draw(place); } });
  });
  dark.addEventListener('change', function () {
    places.forEach(function (place) {
      if (place.dataset.drawn) { Plotly.relayout(place, theme(place.layout)); }
    });
  });
})();
"""
POLICY = ("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
          "img-src data: blob:")
"""What the page may load: nothing that is not in it."""
