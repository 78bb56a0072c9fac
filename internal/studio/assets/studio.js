// Keeps the page of a job that runs up to date, and remembers the theme. No
// page needs this script to be read.

const switcher = document.querySelector("[data-theme-switch]");
switcher?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

/** follow renews the parts of the page whenever the server says that something changed. */
function follow(address) {
  const source = new EventSource(address);
  let busy = false, again = false;
  const renew = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const page = await load(location.href);
      const read = document.getElementById("job-panel")?.dataset.step;
      const moves = read && page && !page.getElementById("job-panel")?.dataset.step;
      const now = moves ? await load(staying(read)) : page; // the last step has ended: its log is still being read
      if (now) await swap(now);
    } finally {
      busy = false;
      if (again) { again = false; renew(); }
    }
  };
  const timer = setInterval(() => { if (!reading) more(); }, 500);
  source.addEventListener("change", renew);
  source.addEventListener("end", () => { source.close(); clearInterval(timer); renew(); });
}

/** load is the page at an address, or nothing. */
async function load(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : undefined;
}

/** staying is the address of this page with a step that is named. */
function staying(step) {
  const address = new URL(location.href);
  address.searchParams.set("step", step);
  return address.href;
}

/** swap puts the new parts in the place of the old ones; the log only grows. */
async function swap(page) {
  for (const id of ["job-head", "job-graph", "job-steps"]) {
    const old = document.getElementById(id), now = page.getElementById(id);
    if (old && now && old.innerHTML !== now.innerHTML) put(old, now);
  }
  const panel = document.getElementById("job-panel"), now = page.getElementById("job-panel");
  if (!panel || !now) return;
  const log = panel.querySelector(".log"), newer = now.querySelector(".log");
  if (!log || !newer || panel.dataset.of !== now.dataset.of) { put(panel, now); return; }
  put(document.getElementById("panel-head"), now.querySelector("#panel-head"));
  if (!log.dataset.log || newer.dataset.log) return;
  await more(true); // the step has ended: what it wrote last, then no more
  log.removeAttribute("data-log");
}

const stops = "a, button, summary, [tabindex]";

/** put replaces a part of the page; panes stay scrolled, and the focus stays where it was. */
function put(old, now) {
  const at = [...old.querySelectorAll(stops)].indexOf(document.activeElement);
  const scrolled = [".canvas", ".tl"].map((pane) => [pane, old.querySelector(pane)?.scrollLeft ?? 0, old.querySelector(pane)?.scrollTop ?? 0]);
  const open = old.querySelector("details")?.open;
  old.replaceWith(now);
  for (const [pane, left, top] of scrolled) now.querySelector(pane)?.scrollTo(left, top);
  if (open) now.querySelector("details")?.setAttribute("open", "");
  if (at >= 0) now.querySelectorAll(stops)[at]?.focus({ preventScroll: true });
}

let reading = 0, last = Promise.resolve();

/** more adds what was written to the log since; one after the other. */
function more(ended = false) {
  reading++;
  last = last.then(() => readOn(ended)).catch(() => {}).finally(() => { reading--; });
  return last;
}

/** readOn asks from the last known byte on, for an empty range is an error. Whole lines only, until the end. */
async function readOn(ended) {
  const log = document.querySelector("[data-log]"), list = log?.querySelector("ol");
  if (!list) return;
  const size = Number(log.dataset.size), known = Math.min(size, 1);
  const answer = await fetch(log.dataset.log, { headers: { range: `bytes=${size - known}-` } });
  if (answer.status !== 206) return;
  const bytes = new Uint8Array(await answer.arrayBuffer()).subarray(known);
  const end = ended ? bytes.length : bytes.lastIndexOf(10) + 1;
  if (!end) return;
  const atEnd = log.scrollTop + log.clientHeight > log.scrollHeight - 24;
  const text = new TextDecoder().decode(bytes.subarray(0, end)).replace(/\u001b\[[0-9;]*m/g, "").replace(/\r?\n$/, "");
  for (const line of text.split(/\r?\n/)) {
    const item = document.createElement("li");
    item.textContent = line;
    list.append(item);
  }
  log.dataset.size = String(size + end);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// A log opens where it matters: at its first error, else, while it grows, at its end.
const opened = document.querySelector(".log"), error = opened?.querySelector("li.bad");
if (error) opened.scrollTop += error.getBoundingClientRect().top - opened.getBoundingClientRect().top - opened.clientHeight * 0.6;
else if (opened?.dataset.log) opened.scrollTop = opened.scrollHeight;

const job = document.getElementById("job");
if (job?.dataset.live) follow(job.dataset.live);
