// Keeps the page of a job that runs up to date, and remembers the theme. No
// page needs this script to be read.

const switcher = document.querySelector("[data-theme-switch]");
switcher?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

const job = document.getElementById("job");
if (job?.dataset.live) follow(job.dataset.live);

/** follow renews the parts of the page whenever the server says that something changed. */
function follow(address) {
  const source = new EventSource(address);
  let busy = false, again = false;
  const renew = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } finally {
      busy = false;
      if (again) { again = false; renew(); }
    }
  };
  source.addEventListener("change", renew);
  source.addEventListener("end", () => { source.close(); clearInterval(timer); more().then(renew); });
  const timer = setInterval(more, 500);
}

/** swap puts the new parts in the place of the old ones; the log only grows. */
function swap(page) {
  for (const id of ["job-head", "job-graph", "job-steps"]) {
    const old = document.getElementById(id), now = page.getElementById(id);
    if (old && now && old.innerHTML !== now.innerHTML) old.replaceWith(now);
  }
  const panel = document.getElementById("job-panel"), now = page.getElementById("job-panel");
  if (!panel || !now) return;
  const log = panel.querySelector(".log"), same = panel.getAttribute("data-of") === now.getAttribute("data-of");
  if (log && same && now.querySelector(".log")) document.getElementById("panel-head")?.replaceWith(now.querySelector("#panel-head"));
  else panel.replaceWith(now);
}

let asking = false;

/** more fetches what was written to the log since. */
async function more() {
  const log = document.querySelector("[data-log]");
  if (!log || asking) return;
  asking = true;
  try {
    const size = Number(log.dataset.size);
    const answer = await fetch(log.dataset.log, { headers: { range: `bytes=${size}-` } });
    if (answer.status !== 206) return;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const end = bytes.lastIndexOf(10) + 1; // whole lines only
    const list = log.querySelector("ol");
    if (!end || !list) return;
    const atEnd = log.scrollTop + log.clientHeight > log.scrollHeight - 24;
    const text = new TextDecoder().decode(bytes.subarray(0, end - 1)).replace(/\u001b\[[0-9;]*m/g, "");
    for (const line of text.split("\n")) {
      const item = document.createElement("li");
      item.textContent = line;
      list.append(item);
    }
    log.dataset.size = String(size + end);
    if (atEnd) log.scrollTop = log.scrollHeight;
  } finally {
    asking = false;
  }
}
