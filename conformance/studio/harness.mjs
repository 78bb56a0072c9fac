// A served home, and a browser that tells everything it does.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import puppeteer from "puppeteer-core";

const { ISCHIA: ischia, CHROMIUM: chromium = "/usr/bin/chromium" } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** pipeline is the path of a definition of this folder. */
export const pipeline = (name) => new URL(`pipelines/${name}.yml`, import.meta.url).pathname;

/** run runs ischia to its end; a job that fails is no fault here. */
export async function run(...args) {
  try {
    return (await promisify(execFile)(ischia, args)).stdout;
  } catch (fault) {
    if (args[0] === "run" && fault.code === 1) return fault.stdout;
    throw fault;
  }
}

const started = [];

/** start runs ischia beside the tests. */
export function start(...args) {
  const child = spawn(ischia, args, { stdio: "ignore" });
  started.push(child);
  return child;
}

/** stop ends what was started and still runs. */
export const stop = () => started.filter((child) => child.exitCode === null).forEach((child) => child.kill("SIGINT"));

/** serve serves the home of $ISCHIA_HOME: its address, a link to sign in, how to end it. */
export async function serve() {
  const server = spawn(ischia, ["serve"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => { said += text; });
  const link = await until(() => {
    assert.equal(server.exitCode, null, `the server has ended: ${said}`);
    return said.match(/^ {2}(http:\S+)$/m)?.[1];
  });
  const end = () => new Promise((resolve) => { server.once("exit", resolve); server.kill("SIGINT"); });
  return { link, origin: new URL(link).origin, end };
}

/** until waits for something to hold, 20 seconds at most. */
export async function until(holds) {
  for (let i = 0; i < 200; i++) {
    const value = await holds();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`does not come to hold: ${holds}`);
}

export const browse = () => puppeteer.launch({
  executablePath: chromium, headless: true,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server"],
});

/** watched is a new page, with a list of all that a page of ours must not do. */
export async function watched(browser, origin) {
  const page = await browser.newPage();
  const faults = [];
  // A violated policy is an error of the console, too.
  page.on("console", (m) => { if (["error", "warn"].includes(m.type())) faults.push(`console: ${m.text()}`); });
  page.on("pageerror", (e) => faults.push(`script: ${e.message}`));
  page.on("dialog", (d) => { faults.push(`dialog: ${d.message()}`); d.dismiss(); });
  page.on("request", (r) => { if (!r.url().startsWith(origin) && !r.url().startsWith("data:")) faults.push(`request to ${r.url()}`); });
  page.on("response", (r) => { if (r.status() >= 400) faults.push(`${r.status()} ${r.url()}`); });
  await page.evaluateOnNewDocument(() => addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
  page.setDefaultTimeout(15_000);
  return { page, faults };
}

/** violations are what axe-core finds on a page, in a line each. */
export async function violations(page) {
  await page.evaluate(axe); // over the debugger, which no policy hinders
  const found = await page.evaluate(async () => (await globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  })).violations);
  return found.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 120)} (${n.failureSummary.split("\n")[1]?.trim().slice(0, 160)})`).slice(0, 3).join(" | ")}`);
}
