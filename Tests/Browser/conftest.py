"""One Chromium for all tests."""

import base64
import json
import os
import shutil
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import hub

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PHOTOGRAPHS = Path(os.environ.get("HUB_PAGES", ".build/pages"))

# Before any script of the page.
WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", event =>
    violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Browser:
    def __init__(self, driver):
        self.driver = driver
        self.script = driver.execute_script
        self.cdp = driver.execute_cdp_cmd
        self.cdp("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        self.cdp("Emulation.setFocusEmulationEnabled", {"enabled": True})

    def open(self, path, width=1440, theme=None, javascript=True, session=None):
        """Opens a page as a new reader would, or with the cookie of a session, and waits until it is complete."""
        self.cdp("Network.clearBrowserCookies", {})
        self.cdp("Storage.clearDataForOrigin", {"origin": hub.ORIGIN, "storageTypes": "local_storage"})
        if theme:
            self.cdp("Network.setCookie", {"url": hub.ORIGIN, "name": "theme", "value": theme})
        if session:
            self.cdp("Network.setCookie", session)
        self.cdp("Emulation.setScriptExecutionDisabled", {"value": not javascript})
        # Not as `mobile`, which would widen the window instead of letting the page overflow.
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.follow(path)

    def follow(self, path):
        """Opens a page as the same reader, with what the browser remembers."""
        self.driver.get(hub.ORIGIN + path)
        self.until(lambda: self.script(
            "return !document.querySelector('#swagger-ui') || !!document.querySelector('#swagger-ui .opblock')"))

    def until(self, condition, seconds=10):
        """Waits for what a condition returns."""
        return WebDriverWait(self.driver, seconds, poll_frequency=0.02).until(lambda _: condition())

    def find(self, selector):
        """The elements that are shown."""
        return [found for found in self.driver.find_elements(By.CSS_SELECTOR, selector) if found.is_displayed()]

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    @property
    def path(self):
        """Of the page, with the query and the fragment."""
        return self.driver.current_url.removeprefix(hub.ORIGIN)

    @property
    def focused(self):
        return self.driver.switch_to.active_element

    def text(self):
        """The words of the page, without the copy buttons."""
        return self.script(
            "for (const copy of document.querySelectorAll('button.copy')) copy.hidden = true;"
            "return document.querySelector('main').innerText").split()

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.script(
            "const root = document.documentElement;"
            "return Math.max(root.scrollWidth, document.body.scrollWidth) - root.clientWidth")

    def complaints(self):
        """What the console shows, and what the Content-Security-Policy refused."""
        # Chromium reports each answer of 400 or more; requests() has them with their addresses.
        console = [entry["message"] for entry in self.driver.get_log("browser")
                   if not (entry["source"] == "network" and "Failed to load resource: the server" in entry["message"])]
        return console + self.script("return violations")

    def requests(self):
        """The requests since the page was opened: (url, status), with the status 0 where no answer came."""
        requests = {}

        def ended():
            for entry in self.driver.get_log("performance"):
                message = json.loads(entry["message"])["message"]
                event, parameters = message["method"], message["params"]
                if event == "Network.requestWillBeSent":
                    requests[parameters["requestId"]] = [parameters["request"]["url"], 0, False]
                elif parameters.get("requestId") in requests:
                    request = requests[parameters["requestId"]]
                    if event == "Network.responseReceived":
                        request[1] = parameters["response"]["status"]
                    elif event in ["Network.loadingFinished", "Network.loadingFailed"]:
                        request[2] = True
                    if event == "Network.loadingFailed":
                        request[1] = 0
            return requests and all(request[2] for request in requests.values())

        self.until(ended)
        return [(url, status) for url, status, _ in requests.values() if urlsplit(url).scheme != "data"]

    def faults(self, *rules, without=()):
        """What axe finds, by these rules or by all but some. Swagger UI's own part of a page is not ours to mend."""
        # Not as an element <script>, which the Content-Security-Policy would refuse.
        self.script(AXE)
        results = self.driver.execute_async_script(
            "const [options, done] = arguments; axe.run({exclude: ['#swagger-ui']}, options).then(done)",
            {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in without},
             **({"runOnly": rules} if rules else {})})
        assert results["passes"] or results["violations"], "axe looked at nothing"
        return [f"{fault['id']}: {node['html'][:200]} {node['failureSummary']}"
                for fault in results["violations"] for node in fault["nodes"]]

    def photograph(self, name):
        width, height = self.script("return [innerWidth, document.documentElement.scrollHeight]")
        image = self.cdp("Page.captureScreenshot", {
            "format": "jpeg", "quality": 85, "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
        file = PHOTOGRAPHS / f"{name}.jpeg"
        file.write_bytes(base64.b64decode(image["data"]))
        return file


@pytest.fixture(scope="session")
def browser():
    PHOTOGRAPHS.mkdir(parents=True, exist_ok=True)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    options.add_argument("--headless=new")
    options.add_argument("--force-prefers-reduced-motion")
    options.add_argument("--disable-dev-shm-usage")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_page_load_timeout(20)
    driver.set_script_timeout(20)
    yield Browser(driver)
    driver.quit()
