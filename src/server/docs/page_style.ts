/** The style of the page of the API, in the colours that a reader's system has. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f27;--dim:#5d6675;--line:#dfe3ea;--paper:#fff;--soft:#f5f7fa;
--get:#0b6e4f;--post:#1d5bbf;--put:#8a5a00;--delete:#b3261e;--head:#5d6675;--send:#6b3fa0;--receive:#0b6e7a}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ef;--dim:#98a2b3;--line:#2b323e;--paper:#14171d;
--soft:#1c212a;--get:#5fd3a6;--post:#8db8ff;--put:#f0c265;--delete:#ff9a91;--head:#98a2b3;
--send:#c9a6f5;--receive:#74d3df}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
header{position:sticky;top:0;z-index:1;background:var(--paper);border-bottom:1px solid var(--line)}
header>div,main,footer{max-width:70rem;margin:0 auto;padding:.75rem 1.25rem}
header>div{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:center}
h1{font-size:1.1rem;margin:0}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem}
a{color:inherit;text-underline-offset:.2em}
input{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:6px;
padding:.3rem .6rem;flex:1 1 14rem;min-width:10rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;
overflow-x:auto;margin:.5rem 0}
.op{border:1px solid var(--line);border-radius:8px;margin:.4rem 0;scroll-margin-top:8rem}
.op>summary{display:grid;grid-template-columns:4.8rem minmax(0,1fr) minmax(0,1fr);gap:.75rem;
align-items:baseline;padding:.45rem .8rem;cursor:pointer;list-style:none}
.op>summary::-webkit-details-marker{display:none}
.op[open]>summary{border-bottom:1px solid var(--line)}
.op>div{padding:.25rem 1rem 1rem}
.op .path{overflow-wrap:anywhere}
.op .does{color:var(--dim)}
.method{font-weight:700;font-size:.8rem;letter-spacing:.03em;text-transform:uppercase}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}
.head{color:var(--head)}.send{color:var(--send)}.receive{color:var(--receive)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-top:1px solid var(--line)}
th{font-weight:600;white-space:nowrap}
.dim{color:var(--dim)}
.key{color:var(--dim);font-size:.75rem;border:1px solid var(--line);border-radius:4px;padding:0 .3rem;
white-space:nowrap}
th .dim{font-weight:400}
ul.schema{list-style:none;margin:.1rem 0;padding-left:1rem;border-left:1px solid var(--line)}
ul.schema li{margin:.1rem 0;overflow-wrap:anywhere}
[hidden]{display:none!important}
@media(max-width:46rem){.op>summary{grid-template-columns:4.8rem minmax(0,1fr)}.op .does{grid-column:2}}
`.replaceAll("\n", "");

/** Stands for where the server is, which the page knows best: a proxy may be before it. */
export const ORIGIN = "http://localhost:8000";

/** Opens what the address names, and shows of the operations those that have all words. */
export const SCRIPT = `
const here=location.origin+location.pathname.replace(/\\/docs\\/?$/,"");
for(const each of document.querySelectorAll("pre"))each.textContent=each.textContent.replace("${ORIGIN}",here);
const all=[...document.querySelectorAll("details.op")];
const open=()=>{const at=document.getElementById(decodeURIComponent(location.hash.slice(1)));
if(at&&at.matches("details"))at.open=true;if(at)at.scrollIntoView()};
addEventListener("hashchange",open);open();
const find=document.querySelector("input");find.hidden=false;
find.addEventListener("input",()=>{const words=find.value.toLowerCase().split(/\\s+/);
for(const each of all){const text=each.firstElementChild.textContent.toLowerCase();
each.hidden=!words.every((word)=>text.includes(word))}
for(const part of document.querySelectorAll("section.part"))
part.hidden=![...part.querySelectorAll("details.op")].some((each)=>!each.hidden)});
addEventListener("keydown",(event)=>{if(event.key==="/"&&document.activeElement!==find){
event.preventDefault();find.focus()}});
`.trim();
