#include "tools/report/page.h"

#include "tools/report/format.h"

namespace hone::tools {
namespace {

// Colours of runs: told apart with every common kind of colour blindness, 4.5:1 against the page.
constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--page:#fff;--ink:#16202b;--soft:#566370;--line:#d9dfe5;--card:#f6f8fa;
--band:#f6f8fa;--grid:#e3e8ed;--good:#0b7a50;--warn:#9a5700;
--c0:#1f5fd6;--c1:#c04a00;--c2:#0b7a50;--c3:#9a2fa8;--c4:#6b6400;--c5:#b3123e}
@media(prefers-color-scheme:dark){:root{--page:#10151b;--ink:#e4eaf0;--soft:#9aa8b5;--line:#2c3640;--card:#182028;
--band:#182028;--grid:#27313b;--good:#4fd1a0;--warn:#f0b050;
--c0:#78a9ff;--c1:#ff9a5c;--c2:#4fd1a0;--c3:#d993e6;--c4:#d6cb4a;--c5:#ff7d9c}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1220px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:44px 0 8px}
h3{font-size:1rem;margin:22px 0 8px}
small,.how,figcaption span,header span,summary span{color:var(--soft)}
.how{font-size:.875rem;margin:6px 0 12px;max-width:75ch}
.sub{color:var(--soft);margin:0}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem}
i[class^=r]{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.45em;background:currentColor}
.r0{color:var(--c0)}.r1{color:var(--c1)}.r2{color:var(--c2)}.r3{color:var(--c3)}.r4{color:var(--c4)}.r5{color:var(--c5)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,1fr));gap:12px;margin:22px 0 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.tile b{display:block;font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}
.tile em{font-style:normal;font-weight:500;color:var(--soft)}.tile i{font-style:normal;font-weight:400;color:var(--soft);margin:0 .3em}
.tile span{font-size:.875rem;color:var(--soft);line-height:1.35;display:block;margin-top:4px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%}
#results td,#results th{padding:9px 14px;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
#results thead th{border-top:0;font-size:.8125rem;color:var(--soft);font-weight:600;vertical-align:bottom;line-height:1.25}
#results thead small{display:block;font-weight:400}
#results th:first-child{text-align:left;position:sticky;left:0;background:var(--page);font-weight:600}
#results tr.run th{background:var(--card);font-size:.875rem}
#results .main{text-align:left}#results .main span{display:inline-block;min-width:7.2em}
#results .none{color:var(--soft)}
.bar{width:120px;height:14px;vertical-align:-2px}.bar .rail{fill:var(--grid)}.bar .fill{fill:currentColor}
.bar path{fill:none;stroke-linecap:round}.bar .halo{stroke:var(--page);stroke-width:4}.bar .whisker{stroke:var(--ink);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;font-size:.875rem;position:sticky;top:0;padding:8px 0;background:var(--page);z-index:2}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr));gap:22px 20px;margin-top:8px}
figure{margin:0;position:relative;min-width:0}
figcaption{font-size:.875rem;line-height:1.35}figcaption code{display:block;color:var(--soft);font-size:.75rem;min-height:1.35em;overflow-wrap:anywhere}
.chart svg{display:block;width:100%;height:auto;touch-action:pan-y}
.chart text{font-size:11px;fill:var(--soft)}.chart .stage{fill:var(--ink);font-weight:600}
.band{fill:var(--band)}.gridline{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
.line,.faint{fill:none;stroke:currentColor;stroke-linejoin:round;stroke-linecap:round}
.line{stroke-width:2}.faint{stroke-width:1;opacity:.32}.dot{fill:currentColor}
.cursor{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3;fill:none}
.tip{position:absolute;pointer-events:none;background:var(--ink);color:var(--page);border-radius:6px;padding:4px 8px;font-size:.75rem;line-height:1.4;white-space:nowrap;z-index:3;display:none}
.tip i{width:.6em!important;height:.6em!important}
details{border:1px solid var(--line);border-radius:10px;padding:0 14px;margin:10px 0}
details[open]{padding-bottom:14px}
summary{cursor:pointer;padding:10px 0}summary span{margin-left:.7em;font-size:.875rem}
#curves details{margin-top:22px}.flat{font-size:.875rem;color:var(--soft);padding-left:1.2em}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;background:var(--card);border-radius:8px;padding:10px 12px;max-height:26em;overflow-y:auto;line-height:1.5}
.story{border:1px solid var(--line);border-radius:10px;padding:14px;margin:10px 0 16px}
pre.prompt{background:none;border-left:3px solid var(--line);border-radius:0;padding:2px 12px}
.moments{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(290px,100%),1fr));gap:14px}
article{min-width:0;display:flex;flex-direction:column;gap:6px}article>pre{flex:1}
article header{line-height:1.3}article header span{display:block;font-size:.8125rem}
article u{text-decoration:none;color:var(--c0);font-weight:600}
.rewards{font-size:.8125rem;line-height:1.35}.rewards th,.rewards td{text-align:left;vertical-align:top;padding:3px 10px 3px 0;font-weight:400;border-top:1px solid var(--line)}
.rewards td:nth-child(2){text-align:right;font-weight:600}.rewards td:last-child{color:var(--soft);width:100%;overflow-wrap:anywhere}
.rewards .sum th{font-weight:600}.rewards tr:first-child>*{border-top:0}
ul{padding-left:1.2em}#method li{margin:6px 0;max-width:85ch}.warn{color:var(--warn)}
footer{margin-top:48px;color:var(--soft);font-size:.8125rem;border-top:1px solid var(--line);padding-top:12px}
@media(max-width:560px){main{padding:18px 14px 40px}h1{font-size:1.4rem}h2{margin-top:34px}
#results td,#results th{padding:8px 10px}#results .main span{display:block}.bar{width:84px}.tiles{grid-template-columns:1fr 1fr}.tile{padding:11px 12px}.tile b{font-size:1.2rem}}
@media print{.tip,.cursor{display:none!important}.legend{position:static}}
)css";

// Reads off a chart where the pointer is. The data is text in an attribute; nothing of it becomes
// markup: textContent only.
constexpr const char* kScript = R"js(
for (const figure of document.querySelectorAll('.chart')) {
  const svg = figure.querySelector('svg'), cursor = figure.querySelector('.cursor');
  const tip = figure.appendChild(document.createElement('div'));
  let bands;
  tip.className = 'tip';
  const number = v => figure.dataset.share ? (100 * v).toFixed(1) + '%' : String(Number(v.toPrecision(4)));
  const hide = () => { tip.style.display = 'none'; cursor.setAttribute('d', ''); };
  const show = event => {
    bands ??= JSON.parse(figure.dataset.points);
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    const band = bands.find(b => x >= b[1] - 4 && x <= b[2] + 4);
    if (!band) return hide();
    const [label, x0, x1, s0, s1, lines] = band;
    const step = s0 + (x - x0) / (x1 - x0) * (s1 - s0);
    const nearest = points => points.reduce((a, b) => Math.abs(b[0] - step) < Math.abs(a[0] - step) ? b : a);
    const at = nearest(lines.flatMap(l => l[1]))[0];
    tip.replaceChildren(`${label}, step ${at}`);
    for (const [run, points] of lines) {
      const row = tip.appendChild(document.createElement('div'));
      if (bands.some(b => b[5].length > 1)) row.appendChild(document.createElement('i')).className = 'r' + run;
      row.append(number(nearest(points)[1]));
    }
    const cx = x0 + (at - s0) / (s1 - s0) * (x1 - x0);
    cursor.setAttribute('d', `M${cx} 24V190`);
    tip.style.display = 'block';
    const left = cx / scale + 10;
    tip.style.left = Math.max(0, left + tip.offsetWidth > box.width ? left - tip.offsetWidth - 20 : left) + 'px';
    tip.style.top = svg.getBoundingClientRect().top - figure.getBoundingClientRect().top + 30 + 'px';
  };
  svg.addEventListener('pointermove', show);
  svg.addEventListener('pointerdown', show);
  svg.addEventListener('pointerleave', hide);
}
)js";

}  // namespace

std::string html_page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         // The page holds text that a model wrote: whatever it may contain, nothing is fetched or
         // sent.
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         escape_html(title) + "</title>\n<style>" + kStyle + "</style></head>\n<body><main>\n" +
         body + "</main>\n<script>" + kScript + "</script></body></html>\n";
}

}  // namespace hone::tools
