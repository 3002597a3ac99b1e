// The tests of the console. Usage: node drive.cjs TEST URL MOCK_ECS
//
// CHROMIUM_PATH names the browser; NODE_PATH has playwright-core.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { createHash, createHmac, randomUUID } = require("node:crypto");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [, , name, url, binary] = process.argv;
const SHOT = path.join(__dirname, "../../docs/images/mock-ecs-console.png");

const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Makes a signed call (RPC 1.0). `garble` changes the signed query. Returns the signed text and the response. */
async function call(action, parameters = {}, { secret = "mock-secret-key", garble = (query) => query, base = url, agent = "example-client/1.0" } = {}) {
  const all = {
    Action: action, Version: action === "AssumeRole" ? "2015-04-01" : "2014-05-26", Format: "JSON", RegionId: "cn-hangzhou",
    AccessKeyId: "mock-access-key", SignatureMethod: "HMAC-SHA1", SignatureVersion: "1.0", SignatureNonce: randomUUID(),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`, ...parameters,
  };
  const query = garble(Object.keys(all).sort().map((key) => `${encode(key)}=${encode(all[key])}`).join("&"));
  const signed = `GET&%2F&${encode(query)}`;
  all.Signature = createHmac("sha1", `${secret}&`).update(signed).digest("base64");
  const search = Object.entries(all).map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
  const answer = await fetch(`${base}/?${search}`, { headers: { "user-agent": agent } });
  return { signed, status: answer.status, body: await answer.text() };
}

/** The same with ACS3-HMAC-SHA256; `signed` is both texts, the canonical request and the string to sign. */
async function call3(action, parameters = {}, { secret = "mock-secret-key", garble = (query) => query } = {}) {
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const all = { RegionId: "cn-hangzhou", ...parameters };
  const query = Object.keys(all).sort().map((key) => `${encode(key)}=${encode(all[key])}`).join("&");
  const headers = {
    host: new URL(url).host, "x-acs-action": action, "x-acs-content-sha256": sha256(""),
    "x-acs-date": `${new Date().toISOString().slice(0, 19)}Z`, "x-acs-signature-nonce": randomUUID(), "x-acs-version": "2014-05-26",
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([key, value]) => `${key}:${value}\n`).join("");
  const canonical = `POST\n/\n${garble(query)}\n${lines}\n${names}\n${sha256("")}`;
  const text = `ACS3-HMAC-SHA256\n${sha256(canonical)}`;
  const signature = createHmac("sha256", secret).update(text).digest("hex");
  const authorization = `ACS3-HMAC-SHA256 Credential=mock-access-key,SignedHeaders=${names},Signature=${signature}`;
  const answer = await fetch(`${url}/?${query}`, { method: "POST", headers: { ...headers, authorization } });
  return { signed: [canonical, text], status: answer.status, body: await answer.text() };
}

/** A page that fails the test when it logs an error, breaks its policy, or asks another origin for anything. */
async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(error.stack));
  page.on("console", (message) => {
    // The browser itself logs a refused call of the admin API.
    if (message.type() === "error" && !/status of 4\d\d|ERR_CONNECTION/.test(message.text())) page.wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("data:") && new URL(request.url()).origin !== new URL(options.base ?? url).origin) page.wrong.push(request.url());
  });
  await page.goto(`${options.base ?? url}${options.path ?? "/"}`);
  return page;
}

const row = (page, text) => page.locator("#call-list .call", { hasText: text });
const see = (locator) => locator.first().waitFor();
const gone = (locator) => locator.first().waitFor({ state: "detached" });

const tests = {
  async a_call_appears_with_its_parameters_and_its_response(browser) {
    const page = await open(browser, { path: "/_mock/" });
    await see(page.getByText("Waiting for the first call"));
    await call("DescribeImages", { ImageName: "ubuntu*", PageSize: "7" });
    await see(row(page, "ImageName=ubuntu*"));
    await row(page, "ImageName=ubuntu*").click();
    const detail = page.locator("#detail");
    await see(detail.getByText("mock-access-key").first());
    const facts = await detail.locator("dl.facts").last().innerText();
    assert.match(facts, /PageSize\s+7/);
    assert.match(facts, /Signature\s+\*\*\*/);
    assert.match(await detail.locator("pre").last().innerText(), /"TotalCount": \d+/);
    assert.equal(await page.locator("#n-calls").innerText(), "1", "the page itself is not a call");
    await call("DescribeRegions", { Format: "XML" });
    await row(page, "DescribeRegions").click();
    await see(detail.locator("pre", { hasText: "<DescribeRegionsResponse>\n" }));
  },

  async a_fault_is_added_takes_effect_and_is_removed(browser) {
    const page = await open(browser);
    await page.click("#tab-faults");
    await see(page.getByText("None: every call gets its normal response."));
    await page.selectOption("#s-times", "");
    await page.click("#presets [data-step='throttle']");
    await see(page.locator("#rules code", { hasText: "action=DescribeImages do=error:Throttling.User" }));
    const throttled = await call("DescribeImages");
    assert.deepEqual([throttled.status, JSON.parse(throttled.body).Code], [400, "Throttling.User"]);
    await see(page.locator("#rules", { hasText: "hit 1 call" }));
    await page.click("#tab-calls");
    await see(row(page, "Throttling.User").locator(".pill.odd"));
    await page.click("#tab-faults");
    await page.click("#rules button");
    await see(page.getByText("None: every call gets its normal response."));
    assert.equal((await call("DescribeImages")).status, 200);
  },

  async a_restart_of_the_mock_is_detected(browser) {
    const start = (port) => new Promise((resolve, reject) => {
      const mock = spawn(binary, ["--port", port]);
      mock.on("error", reject);
      mock.stdout.once("data", (line) => resolve([mock, String(line).trim().split(" ").pop()]));
    });
    const stop = (mock) => new Promise((resolve) => { mock.on("exit", resolve); mock.kill(); });
    let [mock, base] = await start("0");
    try {
      const page = await open(browser, { base });
      for (let i = 0; i < 3; i += 1) await call("DescribeImages", { PageNumber: String(i + 1) }, { base });
      await see(row(page, "PageNumber=3"));
      await stop(mock);
      await see(page.getByText("Not reachable"));
      [mock] = await start(new URL(base).port);
      await call("DescribeRegions", {}, { base });
      await see(row(page, "DescribeRegions"));
      await gone(row(page, "PageNumber=3"));
      await see(page.getByText("Live"));
      assert.deepEqual(page.wrong, []);
    } finally {
      await stop(mock);
    }
  },

  async a_token_is_requested_once(browser) {
    const page = await open(browser);
    const dialog = page.locator("#ask-token");
    await page.fill("#token", "wrong");
    await page.keyboard.press("Enter");
    await see(dialog.getByText("That token was not accepted."));
    await page.fill("#token", "letmein");
    await page.keyboard.press("Enter");
    await see(page.getByText("Live"));
    await call("DescribeImages");
    await see(row(page, "DescribeImages"));
    await page.reload();
    await see(row(page, "DescribeImages"));
    const other = await open(browser, { path: "/#token=letmein" });
    await see(row(other, "DescribeImages"));
    assert.ok(!other.url().includes("letmein"), other.url());
    assert.deepEqual(other.wrong, []);
  },

  async a_wrong_acs3_secret_is_told_from_another_text(browser) {
    const page = await open(browser);
    const { signed: [canonical, text] } = await call3("DescribeImages", { ImageName: "x" }, { secret: "wrong" });
    await row(page, "SignatureDoesNotMatch").click();
    await see(page.locator(".why", { hasText: "the secret is wrong, or the client signed another text" }));
    // Of the two texts that the mock signed, the page compares the one that the client printed.
    const input = page.getByLabel("The text that the client signed");
    const same = page.getByText("Both signed the same text, so the secret is wrong.");
    const first = page.locator(".diff tr.first");
    for (const [printed, other, client, mock] of [
      [canonical, canonical.replace("ImageName=x", "ImageName=y"), "ImageName=y", "ImageName=x"],
      [text, `ACS3-HMAC-SHA256\n${"0".repeat(64)}`, "0".repeat(64), text.split("\n")[1]],
    ]) {
      await input.fill(printed);
      await see(same);
      await input.fill(other);
      await gone(same);
      assert.deepEqual(await first.locator("td").allInnerTexts(), [client, mock]);
    }
  },

  async a_wrong_acs3_signature_is_explained(browser) {
    assert.equal((await call3("DescribeImages", { ImageName: "my image" })).status, 200, "the right signature is accepted");
    const page = await open(browser);
    await call3("DescribeImages", { ImageName: "my image", OSType: "linux" }, { garble: (query) => query.replaceAll("%20", "+") });
    await row(page, "SignatureDoesNotMatch").click();
    await see(page.locator(".why", { hasText: "A space became + instead of %20." }));
    await see(page.locator(".why", { hasText: "They differ in the canonical request." }));
    const first = page.locator(".diff tr.first");
    assert.equal(await first.count(), 1);
    assert.deepEqual(await first.locator("td").allInnerTexts(), ["ImageName=my+image", "ImageName=my%20image"]);
    assert.deepEqual(await first.locator("mark").allInnerTexts(), ["+", "%20"]);
    // All other lines are equal: the rest of the query, the headers, and the hash of the body.
    const rest = page.locator(".diff tr.same");
    for (const line of ["&OSType=linux", "x-acs-action:DescribeImages", "x-acs-version:2014-05-26"]) {
      await see(rest.filter({ hasText: line }));
    }
    assert.equal(await page.locator(".diff tbody tr:not(.same):not(.first)").count(), 0);
  },

  async a_wrong_secret_is_distinguished_from_another_text(browser) {
    const page = await open(browser);
    const { signed } = await call("DescribeImages", { ImageName: "x" }, { secret: "wrong" });
    await row(page, "SignatureDoesNotMatch").click();
    await see(page.locator(".why", { hasText: "the secret is wrong, or the client signed another text" }));
    const input = page.getByLabel("The text that the client signed");
    await input.fill(signed);
    await see(page.getByText("Both signed the same text, so the secret is wrong."));
    await input.fill(signed.replace("ImageName%3Dx", "ImageName%3Dy"));
    await see(page.locator(".diff .first td:first-child mark", { hasText: /^y$/ }));
    await see(page.locator(".diff .first td:last-child mark", { hasText: /^x$/ }));
  },

  async a_wrong_signature_is_explained(browser) {
    const page = await open(browser);
    await call("DescribeImages", { ImageName: "my image" }, { garble: (query) => query.replaceAll("%20", "+") });
    await row(page, "SignatureDoesNotMatch").click();
    await see(page.locator(".why", { hasText: "A space became + instead of %20." }));
    await see(page.locator(".diff th", { hasText: "The client signed" }));
    const first = page.locator(".diff tr.first");
    assert.equal(await first.count(), 1);
    assert.deepEqual(await first.locator("td").allInnerTexts(), ["%26ImageName%3Dmy%2Bimage", "%26ImageName%3Dmy%2520image"]);
    assert.deepEqual(await first.locator("mark").allInnerTexts(), ["%2B", "%2520"]);
    const rows = page.locator(".diff tbody tr");
    const before = await rows.count();
    await page.getByRole("button", { name: /equal parts/ }).click();
    assert.ok(await rows.count() > before, "the equal parts are shown on request");
  },

  async calls_are_filtered(browser) {
    await call("DescribeImages", { ImageName: "first" });
    await call("DescribeImages", { ImageName: "second", PageSize: "0" });
    await call("DescribeRegions", { RegionId: "cn-beijing" });
    await call("DescribeImages", { Typo: "1" });
    const page = await open(browser);
    await see(row(page, "ImageName=first"));
    const shown = async (expected) => {
      await see(page.locator("#found", { hasText: expected === 4 ? "4 calls" : `${expected} of 4 calls` }));
      assert.equal(await page.locator(".call").count(), expected);
    };
    await shown(4);
    for (const [select, value, expected] of [
      ["#f-action", "DescribeRegions", 1], ["#f-region", "cn-beijing", 1], ["#f-outcome", "ok", 3],
      ["#f-outcome", "refused", 1], ["#f-outcome", "noted", 1], ["#f-outcome", "fault", 0],
    ]) {
      await page.selectOption(select, value);
      await shown(expected);
      await page.selectOption(select, "");
    }
    await page.fill("#f-text", "imagename=SECOND pagesize");
    await shown(1);
    await page.fill("#f-text", "");
    await page.click("#pause");
    await call("DescribeTags");
    await see(page.getByText("Paused"));
    await page.waitForTimeout(1500);
    await shown(4);
    await page.click("#pause");
    await see(row(page, "DescribeTags"));
    await page.click("#clear");
    await see(page.getByText("Waiting for the first call"));
  },

  async charts_show_counts_latency_and_quota(browser) {
    const page = await open(browser);
    await fetch(`${url}/_mock/faults`, { method: "POST", body: JSON.stringify("action=DescribeTags do=latency:40ms") });
    await call("DescribeTags");
    const { body } = await call("DescribeImages", { PageSize: "0" });
    assert.equal(JSON.parse(body).Code, "InvalidParameter");
    await see(page.locator("#chart-rate", { hasText: /2\s*calls in all/ }));
    await see(page.locator("#chart-codes li", { hasText: "InvalidParameter" }));
    await see(page.locator("#chart-delay", { hasText: "40 ms at most" }));
    await see(page.locator("#chart-quota li", { hasText: /DescribeTags\s*1 \/ 4/ }));
    assert.match(await page.locator("#chart-rate svg").getAttribute("aria-label"), /2 calls/);
    assert.equal(await page.locator("#chart-rate rect.no").count(), 1);
  },

  async everything_can_be_reached_with_the_keyboard(browser) {
    await call("DescribeImages", { ImageName: "first" });
    await call("DescribeImages", { ImageName: "second" });
    const page = await open(browser);
    await see(row(page, "second"));
    const press = (key) => page.keyboard.press(key);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    const reach = async (id) => {
      for (let i = 0; i < 60 && (await focused()) !== id; i += 1) await press("Tab");
      assert.equal(await focused(), id);
    };
    await press("Tab");
    assert.equal(await focused(), "Skip to content");
    await press("j");
    await see(page.locator("#detail dd", { hasText: "second" }));
    await press("ArrowDown");
    await see(page.locator("#detail dd", { hasText: "first" }));
    await press("Escape");
    await see(page.getByText("Select a call to see"));
    await press("/");
    assert.equal(await focused(), "f-text");
    await page.keyboard.type("nothing like it");
    await see(page.locator("#found", { hasText: "0 of 2 calls" }));
    await press("Escape");
    await page.keyboard.press("Shift+Tab");
    await reach("tab-calls");
    await press("ArrowRight");
    assert.equal(await focused(), "tab-faults");
    await reach("s-times");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await press("Enter");
    await see(page.locator("#rules code", { hasText: "times=1 do=error:Throttling.User" }));
    await page.evaluate(() => document.activeElement.blur());
    await reach("tab-faults");
    await press("ArrowRight");
    await see(page.locator("#c-rows tr"));
    await reach("c-text");
    await press("Tab");
    await press("Enter");
    await see(page.locator("#image-json", { hasText: '"ImageId"' }));
    await press("Escape");
    await page.locator("#image").waitFor({ state: "hidden" });
  },

  async every_preset_is_a_rule_and_rules_are_checked(browser) {
    const page = await open(browser, { path: "/#/faults" });
    const presets = page.locator("#presets button");
    const count = await presets.count();
    assert.ok(count >= 12);
    for (const [times, page_] of [["1", ""], ["p", "2.."]]) {
      await page.selectOption("#s-times", times);
      await page.selectOption("#s-page", page_);
      for (let i = 0; i < count; i += 1) await presets.nth(i).click();
    }
    await page.locator("#rules li").nth(2 * count - 1).waitFor();
    assert.equal(await page.locator("#own-wrong").innerText(), "");
    await page.fill("#own-rule", "do=explode");
    await page.keyboard.press("Enter");
    await see(page.locator("#own-wrong", { hasText: '"explode" is not an action of a rule' }));
    assert.equal(await page.inputValue("#own-rule"), "do=explode");
    await page.fill("#own-rule", 'do="error:Odd:400:one, two"');
    await page.keyboard.press("Enter");
    await see(page.locator("#rules code", { hasText: "one, two" }));
    assert.equal(await page.locator("#own-wrong").innerText(), "");
  },

  async the_page_is_readable_at_all_widths_in_light_and_dark(browser) {
    await scene();
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1280, 400]) {
        const page = await open(browser, { colorScheme, viewport: { width, height: 860 } });
        await row(page, "my image").click();
        await see(page.locator(".diff mark"));
        for (const tab of ["calls", "faults", "catalog"]) {
          await page.click(`#tab-${tab}`);
          if (tab === "catalog") await see(page.locator("#c-rows tr"));
          const where = `${tab} at ${width} pixels, ${colorScheme}`;
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${where}: the page is ${wide} pixels wide`);
          assert.deepEqual(await page.evaluate(faint), [], where);
        }
        assert.deepEqual(page.wrong, []);
        if (process.env.UPDATE_DOCS === "1" && width === 1280 && colorScheme === "light") {
          await page.click("#tab-calls");
          await page.screenshot({ path: SHOT });
        }
        await page.close();
      }
    }
  },

  async it_works_over_tls(browser) {
    assert.match(url, /^https:/);
    const page = await open(browser);
    await call("DescribeImages");
    await see(row(page, "DescribeImages"));
    await page.click("#tab-faults");
    await page.click("#presets [data-step='throttle']");
    await see(page.locator("#rules code"));
  },

  async reset_clears(browser) {
    const page = await open(browser);
    await call("DescribeImages");
    await page.click("#tab-faults");
    await page.click("#presets [data-step='reset']");
    await see(page.locator("#rules code"));
    await page.click("[data-advance='86400']");
    await page.click("#tab-calls");
    await row(page, "DescribeImages").click();
    await see(page.locator("#detail pre"));
    await page.click("#reset");
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await row(page, "DescribeImages").count(), 1);
    await page.click("#reset");
    await page.click("#reset-now");
    await see(page.getByText("Waiting for the first call"));
    assert.equal(await page.locator("#n-calls").innerText(), "0");
    assert.equal(await page.locator("#n-faults").innerText(), "0");
    const shown = await page.locator("#clock").innerText();
    assert.ok(Math.abs(Date.parse(shown.replace(" UTC", "Z").replace(" ", "T")) - Date.now()) < 60_000, shown);
    const { rules } = await (await fetch(`${url}/_mock/faults`)).json();
    assert.deepEqual(rules, []);
    await call("DescribeTags");
    await see(row(page, "DescribeTags"));
  },

  async the_catalog_can_be_searched_and_paged(browser) {
    const page = await open(browser, { path: "/#/catalog" });
    await see(page.locator("#c-rows tr"));
    const first = await page.locator("#c-rows tr").first().innerText();
    await page.click("#c-next");
    await see(page.locator("#c-page", { hasText: "Page 2 of" }));
    assert.notEqual(await page.locator("#c-rows tr").first().innerText(), first);
    await page.fill("#c-text", "ubuntu arm64");
    await see(page.locator("#c-found", { hasText: /images? found in cn-hangzhou/ }));
    await see(page.locator("#c-page", { hasText: "Page 1 of" }));
    for (const text of await page.locator("#c-rows tr").allInnerTexts()) assert.match(text, /arm64/);
    await page.selectOption("#c-region", "cn-beijing");
    await see(page.locator("#c-found", { hasText: "found in cn-beijing" }));
    await page.fill("#c-text", "nothing-is-called-this");
    await see(page.locator("#c-found", { hasText: "0 images found" }));
  },

  async the_clock_can_be_advanced(browser) {
    const page = await open(browser);
    await see(page.locator("#clock", { hasText: "UTC" }));
    await page.click("[data-advance='86400']");
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    await see(page.locator("#clock", { hasText: tomorrow }));
    assert.equal(JSON.parse((await call("DescribeImages")).body).Code, "InvalidTimeStamp.Expired");
    await see(row(page, "InvalidTimeStamp.Expired"));
  },

  async what_clients_send_is_shown_as_text(browser) {
    const page = await open(browser);
    const evil = "<img src=x onerror=\"document.title='gone'\"><script>document.title='gone'</script>";
    const image = { ImageId: "m-evil", ImageName: evil, ImageOwnerAlias: "self", OSName: evil, CreationTime: "2999-01-01T00:00:00Z" };
    await fetch(`${url}/_mock/images?region=cn-hangzhou`, { method: "POST", body: JSON.stringify([image]) });
    await call("DescribeImages", { [`Odd${evil}`]: evil, ImageName: evil }, { agent: evil });
    await call("DescribeImages", { ImageName: evil }, { secret: "wrong" });
    for (const at of [0, 1]) {
      await page.locator(".call").nth(1).waitFor();
      await page.locator(".call").nth(at).click();
      await see(page.locator("#detail h2", { hasText: `#${2 - at} ` }));
      await see(page.locator("#detail pre"));
    }
    await see(page.locator("#detail dd", { hasText: "<img src=x" }));
    await page.click("#tab-catalog");
    await page.getByRole("button", { name: "<img src=x" }).click();
    await see(page.locator("#image-json", { hasText: "<img src=x" }));
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.title(), "mock-ecs");
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    const policy = answer.headers.get("content-security-policy");
    assert.match(policy, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/);
    assert.ok(!policy.includes("unsafe"), policy);
    await page.evaluate(() => document.head.append(Object.assign(document.createElement("script"), { textContent: "document.title='gone'" })));
    assert.equal(await page.title(), "mock-ecs", "the policy lets no other script run");
    assert.match(page.wrong.pop(), /Content Security Policy/);
  },
};

/** Makes calls of all kinds, for the screenshot. */
async function scene() {
  const fault = (rule) => fetch(`${url}/_mock/faults`, { method: "POST", body: JSON.stringify(rule) });
  await fault("probability=0.5 do=latency:lognormal:60ms/0.7");
  for (let page = 1; page <= 6; page += 1) await call("DescribeImages", { ImageOwnerAlias: "system", PageNumber: String(page), PageSize: "50" });
  await call("DescribeRegions");
  await fault("action=DescribeImages times=2 do=throttle");
  for (let i = 0; i < 4; i += 1) await call("DescribeImages", { ImageName: "ubuntu*", OSType: "linux" });
  await call("DescribeImages", { PageSize: "1000" });
  await call("AssumeRole", { RoleArn: "acs:ram::1234567890123456:role/reader", RoleSessionName: "ci" });
  await call("DescribeImages", { ImageFamily: "acs:ubuntu_22_04_x64", Typo: "x" });
  await call("DescribeImages", { ImageName: "my image *", OSType: "linux" }, { garble: (query) => query.replaceAll("%20", "+") });
  await call("DescribeImages", { ImageId: "m-bp1jtjqcuydykg14vw9g" });
}

/** Runs in the page: returns the texts with a contrast to their background below 4.5 (WCAG 2, level AA). */
function faint() {
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const out = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.disabled || element.closest(".skip, noscript")) continue;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(background(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) out.add(`${element.tagName}.${element.className} "${element.textContent.slice(0, 30)}": ${contrast.toFixed(2)}`);
  }
  return [...out];
}

async function main() {
  const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH, args: flags });
  try {
    await tests[name](browser);
    for (const context of browser.contexts()) for (const page of context.pages()) assert.deepEqual(page.wrong, []);
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
setTimeout(() => {
  console.error("the test took longer than two minutes");
  process.exit(1);
}, 120_000).unref();
