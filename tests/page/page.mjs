// What a reader does with the pages, in a browser: node page.mjs CHROMIUM FOLDER.  One JSON object a line: {ok, name, got}.
//
// playwright-core and axe-core are found by NODE_PATH; the pages are made by page_test.py.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NODE_PATH, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [program, folder] = process.argv.slice(2);

const check = (ok, name, got) => console.log(JSON.stringify({ ok: Boolean(ok), name, got: got ?? null }));
const equal = (got, want, name) => check(JSON.stringify(got) === JSON.stringify(want), name, got);

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });

async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const url = pathToFileURL(join(folder, name)).href;
  page.wrong = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && page.wrong.push(m.text()));
  page.on("pageerror", (e) => page.wrong.push(String(e)));
  page.on("dialog", (d) => { page.wrong.push("dialog: " + d.message()); d.dismiss(); });
  page.on("request", (r) => r.url() !== url && !r.url().startsWith("data:") && page.wrong.push("request: " + r.url()));
  await page.goto(url);
  if (options.javaScriptEnabled !== false && name !== "index.html")
    await page.waitForSelector("html[data-ready=yes]");
  return page;
}

async function close(page, name) {
  equal(page.wrong, [], `${name}: no console error, no dialog, nothing is loaded`);
  await page.context().close();
}

const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
const found = (page) => page.textContent("#found");
const column = (page, n) => page.$$eval(`#body tr > :nth-child(${n})`, (cells) => cells.map((c) => c.innerText));

async function accessible(page, name) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  equal(result.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120))]), [], `${name}: axe finds nothing`);
  check(result.passes.length > 15, `${name}: axe has looked`, result.passes.length);
}

async function looks(name) {
  const grounds = [];
  for (const [how, options] of [["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 360, height: 740 } }], ["dark phone", { viewport: { width: 320, height: 640 }, colorScheme: "dark" }],
    ["still, forced colours", { reducedMotion: "reduce", forcedColors: "active" }]]) {
    const page = await open(name, options);
    check(await fits(page), `${name}, ${how}: nothing is wider than the window`);
    for (const details of await page.$$("details > summary"))
      await details.click();
    check(await fits(page), `${name}, ${how}: nor with the numbers shown`);
    await accessible(page, `${name}, ${how}`);
    grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    await close(page, `${name}, ${how}`);
  }
  check(grounds[0] !== grounds[1], `${name}: dark is not light`, grounds);
}

async function mixed() {
  const page = await open("mixed.html");
  equal(await page.title(), "Run 1 of mixed.csv", "the title");
  equal(await page.textContent(".sentence"), "7 of 10 rows need a person. The rest: 2 issued, 1 duplicate.", "the sentence");
  equal(await page.$$eval(".counts li", (all) => all.map((li) => li.innerText.split("\n")[0])),
    ["10 rows", "2 success", "2 failed", "1 duplicate", "5 invalid"], "the counts");
  equal(await page.$$eval("h1, h2", (all) => all.map((h) => h.tagName[1] + " " + h.textContent)),
    ["1 Run 1 of mixed.csv", "2 Rows by status", "2 What to do now", "2 Timeline", "2 Why rows are not done", "2 Rows that need a person"],
    "the headings");
  equal(await page.$$eval("svg[role=img]", (all) => all.map((s) => s.querySelector("title").textContent)),
    ["Issued and failed over time", "Requests over time, against the limit"], "pictures have names");
  check((await page.$$eval("svg[role=img] desc", (all) => all.map((d) => d.textContent))).every((d) => /\d/.test(d)), "… and say what is to be seen");
  check((await page.textContent("pre")).endsWith("--retry-failed"), "the command that goes on", await page.textContent("pre"));
  equal(await page.$$eval(".times tbody td", (all) => all.reduce((n, td) => n + Number(td.textContent), 0) > 4), true, "the numbers of the pictures");

  equal(await found(page), "7 rows", "all are found at first");
  equal(await column(page, 1), ["3", "4", "5", "6", "7", "9", "11"], "… by their lines");
  const shown = (await page.$$eval("#body tr", (all) => all.map((tr) => tr.textContent))).join("\n");
  check(shown.includes("</script><script>alert(1)</script>") && shown.includes("<img src=x onerror=alert(2)>"), "markup is text", shown);
  check(shown.includes("\\u202e") && shown.includes("\\u2028") && shown.includes("\\xff"), "what can't be seen is made visible", shown);
  check(!/[\u0000-\u0008\u202a-\u202e\u2066-\u2069\u2028\u2029\ufffd]/.test(await page.content()), "… and does not come to the page");
  check(shown.includes("שלום \"quoted\" 'too' &amp;"), "other scripts, quotes and entities are as they were", shown);

  await page.fill("#search", "ONERROR");
  equal([await found(page), (await column(page, 1)).length], ["1 row of 7 is found", 1], "searched in any case");
  await page.fill("#search", "nowhere to be found");
  equal([await found(page), (await column(page, 1)).length], ["No row is found", 0], "nothing is found");
  await page.fill("#search", "");
  await page.click("#statuses button:has-text('invalid')");
  equal([await found(page), await page.getAttribute("#statuses button:has-text('invalid')", "aria-pressed")], ["5 rows of 7 are found", "true"],
    "one status");
  await page.click("#statuses button:has-text('all')");
  await page.click("[data-sort=who]");
  const up = await column(page, 3);
  equal(up, [...up].sort(), "sorted by who");
  equal(await page.$eval("[data-sort=who]", (b) => b.parentNode.getAttribute("aria-sort")), "ascending", "… and it says so");
  await page.click("[data-sort=who]");
  equal(await column(page, 3), [...up].sort().reverse(), "sorted the other way");
  equal(await page.$$eval("[aria-sort]", (all) => all.map((th) => th.getAttribute("aria-sort"))), ["descending"], "only one column is sorted");
  await page.click(".reasons tr:first-child button.find");
  equal([await found(page), await page.evaluate(() => document.activeElement.id)], ["2 rows of 7 are found", "people"], "the rows of a reason");
  check(await page.$eval("#pages", (nav) => nav.hidden), "one page needs no turning");
  await close(page, "mixed.html");
}

async function keyboard() {
  const page = await open("mixed.html");
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop is the skip link");
  check(await page.$eval(".skip", (a) => a.getBoundingClientRect().left >= 0), "… which is seen then");
  await page.keyboard.press("Enter");
  equal(await page.evaluate(() => document.activeElement.id), "main", "… and leads to how it went");
  const stops = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement, style = getComputedStyle(e);
      return e === document.body ? null : { what: e.id || e.dataset.sort || e.textContent, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
    });
    if (!stop)
      break;
    stops.push(stop);
  }
  for (const what of ["search", "line", "status", "who", "reason", "The same in numbers", "Show these rows"])
    check(stops.some((s) => s.what === what), `the keyboard comes to: ${what}`, stops);
  equal(stops.filter((s) => !s.seen), [], "where the keyboard is can be seen");
  await page.focus("[data-sort=reason]");
  await page.keyboard.press("Space");
  equal(await page.$eval("[data-sort=reason]", (b) => b.parentNode.getAttribute("aria-sort")), "ascending", "sorted by the keyboard");
  await page.focus("#search");
  await page.keyboard.type("alert(1)");
  await page.keyboard.press("Enter");
  equal(await found(page), "1 row of 7 is found", "searched by the keyboard; Enter sends nothing");
  await close(page, "keyboard");
}

async function many() {
  const page = await open("many.html");
  equal([await found(page), (await column(page, 1)).length, await page.textContent("#where")], ["100,000 rows", 100, "Page 1 of 1,000"],
    "100,000 failed rows, a hundred at a time");
  await page.click("#last");
  equal([(await column(page, 1)).at(-1), await page.textContent("#where")], ["100002", "Page 1,000 of 1,000"], "the last page");
  equal(await page.evaluate(() => [document.activeElement.id, document.activeElement.disabled]), ["previous", false], "the focus is not lost");
  check(await page.$eval("#next-page", (b) => b.disabled), "there is none behind it");
  await page.click("#previous");
  equal(await page.textContent("#where"), "Page 999 of 1,000", "the one before it");
  await page.click("#first");
  await page.click("#next-page");
  equal((await column(page, 1))[0], "103", "the second page");
  await page.fill("#search", "p77777@");
  equal([await found(page), await column(page, 3)], ["1 row of 100,000 is found", ["p77777@example.org"]], "one of 100,000");
  await page.fill("#search", "p9999");
  equal(await found(page), "11 rows of 100,000 are found", "eleven of them");
  await page.fill("#search", "");
  await page.click("[data-sort=who]");
  await page.click("[data-sort=who]");
  equal((await column(page, 3)).slice(0, 2), ["p9@example.org", "p99@example.org"], "100,000 sorted");
  check(await page.evaluate(() => document.querySelectorAll("*").length) < 3000, "the document stays small");
  check(await fits(page), "and narrow");
  await close(page, "many.html");
}

async function printed() {
  const page = await open("many.html", { colorScheme: "dark" });
  await page.evaluate(() => {
    addEventListener("beforeprint", () => {
      window.printed = [document.querySelectorAll("#body tr").length, document.querySelector("details").open,
        document.getElementById("found").textContent];
    });
  });
  const pdf = await page.pdf({ format: "A4" });
  equal(await page.evaluate(() => window.printed), [2000, true, "100,000 rows; the first 2,000 are printed"], "paper shows more, and all that is folded");
  check(pdf.length > 20000, "there is paper", pdf.length);
  equal([await found(page), (await column(page, 1)).length], ["100,000 rows", 100], "afterwards all is as it was");
  await page.emulateMedia({ media: "print" });
  equal(await page.$$eval("form, nav, .skip, button.find", (all) => all.map((e) => getComputedStyle(e).display).filter((d) => d !== "none")), [],
    "nothing to press is on paper");
  equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)", "paper is white");
  await close(page, "printed");
}

async function plain() {
  for (const [name, rows] of [["mixed.html", 7], ["many.html", 200]]) {
    const page = await open(name, { javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
    const frame = page.locator("noscript");
    check((await frame.innerText()).includes("Without scripts"), `${name} without scripts: it says so`);
    equal(await page.locator("noscript tbody tr").count(), rows, `${name} without scripts: the first rows`);
    check(!(await page.locator("#table").isVisible()), `${name} without scripts: no search that does nothing`);
    await close(page, name + " without scripts");
  }
}

async function others() {
  for (const [name, sentence, people] of [
    ["done.html", "The one row is done: 1 issued.", "No row needs a person."],
    ["dry.html", "A dry run, in which nothing was issued. The one row was tried: 1 would succeed.", "No row needs a person."],
    ["stopped.html", /^The run stopped early\. 2[5-9] of 60 rows need a person; 3[1-5] were not sent\.$/, null]]) {
    const page = await open(name);
    const said = await page.textContent(".sentence");
    check(sentence instanceof RegExp ? sentence.test(said) : said === sentence, `${name}: the sentence`, said);
    if (people)
      check((await page.textContent("#people-section")).includes(people), `${name}: nobody is needed`);
    else
      check((await page.textContent("p.stopped")).startsWith("Why it stopped: "), `${name}: why it stopped`);
    await accessible(page, name);
    await close(page, name);
  }
}

try {
  await mixed();
  await keyboard();
  await many();
  await printed();
  await plain();
  await others();
  await looks("mixed.html");
  await looks("index.html");
  await looks("many.html");
} catch (e) {
  check(false, "the browser's part went through", String(e.stack || e));
} finally {
  await browser.close();
}
