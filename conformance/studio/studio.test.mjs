// The studio in a real browser.
//
//   ISCHIA=PATH/ischia ISCHIA_HOME=EMPTY_FOLDER CHROMIUM=/usr/bin/chromium node --test
//
// The tests build on each other, in the order in which they stand. With SHOTS,
// pictures of all pages are left in that folder.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse, pipeline, run, serve, start, stop, until, violations, watched } from "./harness.mjs";

let server, browser, page, faults;

before(async () => {
  await run("run", pipeline("good"), "--name", "good_job");
  await run("run", pipeline("bad"), "--name", "bad_job");
  await run("publish", "-f", pipeline("bad"), "--workspace_name", "local", "--env", "devbox");
  server = await serve();
  browser = await browse();
  ({ page, faults } = await watched(browser, server.origin));
});

after(async () => {
  stop();
  await browser?.close();
  await server?.end();
});

const text = (selector) => page.$eval(selector, (e) => e.innerText);
const go = async (path) => {
  const answer = await page.goto(server.origin + path, { waitUntil: "load" });
  assert.equal(answer.status(), 200, path);
};
/** quiet: nothing was complained about since the last time. */
const quiet = () => assert.deepEqual(faults.splice(0), []);

test("a link signs in, and leads home", async () => {
  await page.goto(server.link);
  await page.waitForSelector("main#main");
  assert.equal(new URL(page.url()).pathname, "/");
  quiet();
});

test("home says what failed and why, and what was recent", async () => {
  const main = await text("main");
  assert.match(main, /1 failed/);
  assert.match(main, /Needs attention/);
  assert.match(main, /birds that fail/);
  assert.match(main, /birds\b/);
  quiet();
});

test("a job that failed opens on the step that failed", async () => {
  await go("/");
  await Promise.all([page.waitForNavigation(), page.click("section[aria-labelledby=h-a] a.strong")]);
  assert.equal(new URL(page.url()).pathname, "/jobs/bad_job");
  assert.equal(await text("#job-head .badge"), "Failed");
  assert.match(await text("#job-head .note-bad"), /count.*exit code 3/);
  assert.equal(await text("#panel-head h2"), "count");
  assert.equal(await text(".log li.bad"), "ValueError: no birds were seen");
  assert.match(await text(".log"), /<script>alert\(1\)<\/script>/);
  const seen = await page.$eval(".log li.bad", (line) => {
    const a = line.getBoundingClientRect(), b = line.closest(".log").getBoundingClientRect();
    return a.top >= b.top && a.bottom <= b.bottom;
  });
  assert.ok(seen, "the error stands within the log's pane");
  quiet();
});

test("both names of a log lead to it", async () => {
  await go("/jobs/bad_job");
  const links = await page.$$eval(".log-bar a", (all) => all.map((a) => [a.innerText, a.getAttribute("href")]));
  assert.deepEqual(links.map(([name]) => name), ["user_logs/std_log.txt", "azureml-logs/70_driver_log.txt"]);
  for (const [, href] of links) {
    await go(href);
    assert.match(await text("body"), /no birds were seen/);
  }
  quiet();
});

test("steps are chosen in the graph and the timeline, with the keyboard too", async () => {
  await go("/jobs/bad_job");
  await Promise.all([page.waitForNavigation(), page.click("#job-steps .tl-r")]);
  assert.equal(await text("#panel-head h2"), "look");
  await page.$$eval("#job-graph a.node", (all) => all.at(-1).focus());
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.equal(await text("#panel-head h2"), "count");
  for (const tab of ["Overview", "Logs", "Inputs & outputs", "Models"]) {
    const [link] = await page.$$(`xpath/.//nav[contains(@class,"tabs")]/a[normalize-space()="${tab}"]`);
    await Promise.all([page.waitForNavigation(), link.click()]);
    assert.equal(await text(".tab[aria-current]"), tab);
  }
  quiet();
});

test("the first key leads to the content", async () => {
  await go("/jobs/bad_job");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  quiet();
});

test("a job that runs is followed without a reload", async () => {
  const job = start("run", pipeline("slow"), "--name", "slow_job", "--input", "seconds=4");
  await until(async () => (await page.goto(`${server.origin}/jobs/slow_job`)).status() === 200);
  faults.length = 0; // until it was there, it was not
  await page.evaluate(() => { globalThis.stays = true; });
  const lines = () => page.$$eval(".log li", (all) => all.map((li) => li.innerText));
  const first = await until(async () => { const l = await lines(); return l.length > 0 && l; });
  assert.ok(first.length < 4, `the page was opened too late: ${first}`);
  assert.match(await text("#job-head .badge"), /Running/);
  await until(async () => (await text("#job-head .badge")) === "Completed");
  await until(async () => (await lines()).length === 4);
  assert.deepEqual(await lines(), ["saw bird 1", "saw bird 2", "saw bird 3", "saw bird 4"]);
  assert.equal(await page.$("form[action$='/cancel']"), null, "what has ended cannot be canceled");
  assert.ok(await page.evaluate(() => globalThis.stays), "the page was loaded anew");
  if (job.exitCode === null) await new Promise((resolve) => job.once("exit", resolve));
  quiet();
});

test("a job that runs is canceled by its button", async () => {
  start("run", pipeline("slow"), "--name", "long_job", "--input", "seconds=60");
  await until(async () => (await page.goto(`${server.origin}/jobs/long_job`)).status() === 200);
  faults.length = 0;
  await until(async () => (await text("#job-head .badge")) === "Running");
  await Promise.all([page.waitForNavigation(), page.click("form[action$='/cancel'] button")]);
  await until(async () => (await text("#job-head .badge")) === "Canceled");
  quiet();
});

test("a model leads to its files, and to the job that made it", async () => {
  await go("/models");
  await Promise.all([page.waitForNavigation(), page.click("main tbody th a")]);
  assert.equal(new URL(page.url()).pathname, "/models/birds/1");
  assert.match(await text("main"), /good_job/);
  await Promise.all([page.waitForNavigation(), page.click("main a[href^='/datastores/']")]);
  assert.match(await text("main"), /model\.txt/);
  const file = await page.evaluate(async () => {
    const answer = await fetch(document.querySelector("main tbody th a").href);
    return [answer.headers.get("content-disposition"), await answer.text()];
  });
  assert.match(file[0], /^attachment/);
  assert.equal(file[1], "one\n");
  quiet();
});

test("endpoints list what was published", async () => {
  await go(`/endpoints?wsid=${encodeURIComponent(published)}`);
  assert.match(await text("main"), /Active/);
  assert.match(await text("main tbody code"), /^[0-9a-f]{8}-/);
  quiet();
});

test("the theme is kept", async () => {
  await go("/");
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const ground = () => page.$eval("body", (e) => getComputedStyle(e).backgroundColor);
  const was = await ground();
  await page.click("[data-theme-switch]");
  const chosen = await theme();
  assert.notEqual(await ground(), was);
  await go("/jobs");
  assert.equal(await theme(), chosen);
  await browser.deleteCookie(...(await browser.cookies()).filter((c) => c.name === "theme"));
  quiet();
});

// publish makes a workspace whose resource group has its name.
const published = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/local";
const views = {
  home: "/", jobs: "/jobs", none: "/jobs?experiment=none", good: "/jobs/good_job", failed: "/jobs/bad_job", step: "/jobs/good_job?step=train_one&tab=logs",
  overview: "/jobs/good_job?step=prepare&tab=overview", io: "/jobs/good_job?step=train_one&tab=io", canceled: "/jobs/long_job",
  registered: "/jobs/good_job?tab=models", models: "/models", model: "/models/birds/1", endpoints: `/endpoints?wsid=${encodeURIComponent(published)}`,
  datastore: "/datastores/workspaceblobstore/", missing: "/jobs/no_such_job",
};

test("pages can be read with scripts off", async () => {
  await page.setJavaScriptEnabled(false);
  try {
    for (const path of Object.values(views).filter((path) => path !== views.missing)) {
      await go(path);
      assert.ok((await text("h1")).length > 0, path);
      assert.ok((await text("main")).length > 20, path);
    }
    await go("/jobs/bad_job");
    assert.equal(await text(".log li.bad"), "ValueError: no birds were seen");
  } finally {
    await page.setJavaScriptEnabled(true);
  }
  quiet();
});

for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const theme of ["light", "dark"]) {
    test(`axe-core finds nothing at ${width}x${height}, ${theme}, and nothing scrolls sideways`, async () => {
      await page.setViewport({ width, height });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      for (const [name, path] of Object.entries(views)) {
        await page.goto(server.origin + path);
        assert.deepEqual(await violations(page), [], `${name} ${path}`);
        const [wide, pane] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= pane, `${name} scrolls sideways: ${wide} of ${pane}`);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${theme}-${width}.png` });
      }
      assert.deepEqual(faults.splice(0).filter((f) => !/no_such_job|status of 404/.test(f)), []);
    });
  }
}
