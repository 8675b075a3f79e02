// As much of WebDriver as the check needs, over plain HTTP. https://www.w3.org/TR/webdriver2/
import { spawn, spawnSync } from "node:child_process";

const found = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

/** The driver prints the port it was given by the system. */
function portOf(driver) {
  return new Promise((resolve, reject) => {
    let text = "";
    driver.stdout.on("data", (piece) => {
      text += String(piece);
      const port = /successfully on port (\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    driver.on("exit", () => reject(new Error("chromedriver ended before it listened")));
  });
}

/** @returns undefined when there is no Chromium or no driver for it. */
export async function openBrowser() {
  if (!found("chromium") || !found("chromedriver")) return undefined;
  const driver = spawn("chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
  const port = await portOf(driver);
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.message.split("\n")[0]}`);
    return value;
  };
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
  const options = { alwaysMatch: { "goog:chromeOptions": { args } } };
  const { sessionId } = await call("POST", "/session", { capabilities: options });
  return session((method, path, body) => call(method, `/session/${sessionId}${path}`, body), driver);
}

function session(call, driver) {
  const run = (script) => call("POST", "/execute/sync", { script, args: [] });
  const cdp = (cmd, params) => call("POST", "/goog/cdp/execute", { cmd, params });
  const element = async (selector) => {
    const reference = await call("POST", "/element", { using: "css selector", value: selector });
    return Object.values(reference)[0];
  };
  const emulate = async ({ width, dark, height = 900 }) => {
    await cdp("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    const value = dark ? "dark" : "light";
    await cdp("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
  };
  const keys = async (list) => {
    const actions = list.flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    await call("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  };
  return {
    run,
    emulate,
    keys,
    open: (url) => call("POST", "/url", { url }),
    click: async (selector) => call("POST", `/element/${await element(selector)}/click`, {}),
    type: async (selector, text) => {
      const id = await element(selector);
      await call("POST", `/element/${id}/clear`, {});
      await call("POST", `/element/${id}/value`, { text });
    },
    until: async (script, limitMs = 30_000) => {
      const end = Date.now() + limitMs;
      while (!(await run(script))) {
        if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${script}`);
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
    },
    /** The whole page, however long. */
    screenshot: async ({ width, dark }) => {
      const height = await run("return document.documentElement.scrollHeight");
      await emulate({ width, dark, height });
      const { data } = await cdp("Page.captureScreenshot", { format: "png" });
      await emulate({ width, dark });
      return Buffer.from(data, "base64");
    },
    close: async () => {
      await call("DELETE", "").catch(() => undefined);
      driver.kill();
    },
  };
}
