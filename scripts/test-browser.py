#!/usr/bin/python3
"""Drives the demo page of a running `peal serve --dev` in headless Chromium.

    scripts/test-browser.py http://127.0.0.1:8080 [SCREENSHOT-FOLDER]

Needs Debian's chromium, chromium-driver and python3-selenium.
"""

import argparse
import os
import re
import sys
import time
import traceback

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

MARIA, JOAO = "maria", "joao"

# A WebSocket as a strict proxy leaves it: it never opens, and nothing says why.
BLOCKED_WEBSOCKET = """
window.WebSocket = class {
  constructor() { this.readyState = 0; setTimeout(() => { this.readyState = 3; this.onclose?.({ code: 1006, reason: '' }) }, 20) }
  send() {}
  close() {}
}
"""

# A server that was not started for development does not know the page's sessions.
NO_SESSIONS = """
const real = window.fetch
window.fetch = (url, init) => url === '/demo/session' ? Promise.resolve(new Response('{}', { status: 404 })) : real(url, init)
"""

# Text whose contrast with what is behind it is below WCAG AA (4.5; 3 for large text), as [text, ratio].
LOW_CONTRAST = """
const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
const behind = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor)
    if (a > .95) return [r, g, b]
  }
  return [255, 255, 255]
}
const found = []
for (const node of document.querySelectorAll('body *')) {
  const text = [...node.childNodes].filter((c) => c.nodeType === 3).map((c) => c.data.trim()).join('')
  const box = node.getBoundingClientRect()
  if (!text || box.width < 2 || box.height < 2 || node.closest(':disabled, option, [hidden]') || !node.checkVisibility()) continue
  const style = getComputedStyle(node)
  const [x, y] = [light(parse(style.color)), light(behind(node))].sort((a, b) => b - a)
  const size = parseFloat(style.fontSize)
  const ratio = (x + .05) / (y + .05)
  const need = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5
  if (ratio < need) found.push([text.slice(0, 40), Math.round(ratio * 100) / 100])
}
return found
"""


class Failure(Exception):
    """What the page should have shown, and what it showed."""


def eventually(question, what, seconds=5.0):
    """Waits until the question answers with something true; returns it and how long that took. What is to be said if it
    never does may be a function; an element that is not there yet, or not any more, is an answer too: no."""
    start = time.monotonic()
    while True:
        try:
            answer = question()
        except (NoSuchElementException, StaleElementReferenceException):
            answer = None
        if answer:
            return answer, time.monotonic() - start
        if time.monotonic() - start > seconds:
            raise Failure(f"{what() if callable(what) else what} (waited {seconds:g} s)")
        time.sleep(0.02)


class Card:
    """One person's card on the page that is in front."""

    def __init__(self, driver, user):
        self.driver, self.user = driver, user

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, f'[data-user="{self.user}"] {selector}')

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, f'[data-user="{self.user}"] {selector}')

    def part(self, name):
        return self.find(f'[data-part="{name}"]')

    def click(self, selector):
        # A scripted click: at phone width the button may be below the fold, and rows move while they arrive.
        self.driver.execute_script("arguments[0].click()", self.find(selector))

    def act(self, what):
        self.click(f'[data-act="{what}"]')

    def comment(self, text):
        self.part("comment").send_keys(text, Keys.ENTER)

    @property
    def badge(self):
        return int(self.part("badge").get_attribute("textContent") or 0)

    @property
    def phase(self):
        pill = self.part("pill")
        return pill.get_attribute("data-phase"), pill.get_attribute("data-transport")

    @property
    def texts(self):
        script = """return [...document.querySelectorAll(arguments[0])]
          .map((row) => [...row.querySelectorAll('.message, .quote')].map((part) => part.textContent).join(' ').trim())"""
        return self.driver.execute_script(script, f'[data-user="{self.user}"] .row')

    def expect_badge(self, count, seconds=5.0):
        _, took = eventually(lambda: self.badge == count, lambda: f"{self.user}: badge should be {count}, is {self.badge}", seconds)
        return took

    def expect_live(self, transport=None, seconds=8.0):
        eventually(
            lambda: self.phase[0] == "live" and transport in (None, self.phase[1]),
            lambda: f"{self.user}: should be live over {transport or 'anything'}, is {self.phase}", seconds)

    def read_all(self):
        if self.badge:
            self.click('[data-part="read-all"]')
        self.expect_badge(0)


class Suite:
    def __init__(self, base, screenshots):
        self.base, self.screenshots = base.rstrip("/"), screenshots
        self.passed, self.failed = 0, 0
        self.driver = self.start()
        self.maria, self.joao = Card(self.driver, MARIA), Card(self.driver, JOAO)

    def start(self):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)

    def view(self, width, height, dark=False):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def shoot(self, name):
        if self.screenshots:
            os.makedirs(self.screenshots, exist_ok=True)
            self.driver.save_screenshot(os.path.join(self.screenshots, f"{name}.png"))

    def open(self, path="/demo"):
        self.driver.get(self.base + path)
        self.maria.expect_live()
        eventually(lambda: self.driver.execute_script("return document.readyState") == "complete", "the page should load")

    def run(self, case):
        name = case.__doc__.rstrip(".")
        try:
            case(self)
        except Exception as error:
            self.failed += 1
            print(f"FAIL  {name}\n      {error if isinstance(error, Failure) else traceback.format_exc()}")
            self.shoot(f"failed-{case.__name__}")
        else:
            self.passed += 1
            print(f"ok    {name}")

    def expect(self, condition, what):
        if not condition:
            raise Failure(what)

    def expect_quiet_console(self):
        entries = [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        self.expect(not entries, f"the console should be quiet: {entries}")

    def second_window(self, path, before=None):
        """Opens a window of its own and returns how to get back."""
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        if before:
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": before})
        self.view(1180, 1000)
        self.driver.get(self.base + path)
        return first, self.driver.current_window_handle


def loads(suite):
    """Both people are live over a WebSocket."""
    suite.view(1180, 1000)
    suite.open()
    suite.maria.expect_live("websocket")
    suite.joao.expect_live("websocket")
    suite.maria.read_all()
    suite.joao.read_all()
    suite.shoot("start")


def like(suite):
    """A like is there within a second, with count, text and tab title."""
    suite.joao.act("like")
    took = suite.maria.expect_badge(1, seconds=1.0)
    suite.expect("João" in suite.maria.texts[0], f"the text should name João: {suite.maria.texts[0]!r}")
    suite.expect(suite.driver.title.startswith("(1)"), f"the title should show the count: {suite.driver.title!r}")
    suite.expect(suite.joao.badge == 0, "João should not be told of his own like")
    print(f"      like to badge: {took * 1000:.0f} ms")


def announces(suite):
    """A notification is announced by a toast, and by a sound where that is switched on."""
    maria, toggle = suite.maria, suite.driver.find_element(By.CSS_SELECTOR, "#sound")
    suite.driver.execute_script("""
      window.plays = 0
      HTMLMediaElement.prototype.play = () => { window.plays += 1; return Promise.resolve() }""")
    plays = lambda: suite.driver.execute_script("return window.plays")

    def announced(what, word):
        suite.joao.act(what)
        eventually(lambda: any("João" in toast.text and word in toast.text for toast in maria.all(".toast")),
                   f"a toast should tell of João's {what}")

    suite.expect(toggle.get_attribute("aria-pressed") == "false", "the sound should be off at first")
    announced("mention", "mencionou")
    suite.expect(plays() == 0, "nothing should sound while the sound is off")
    toggle.click()
    suite.expect(toggle.get_attribute("aria-pressed") == "true" and toggle.text == "Sound on", f"the toggle says {toggle.text!r}")
    suite.expect(plays() == 1, "switching it on should let it be heard")
    announced("reply", "respondeu")
    eventually(lambda: plays() == 2, lambda: f"the notification should sound once, and did {plays() - 1} times")
    toggle.click()
    suite.expect(toggle.get_attribute("aria-pressed") == "false" and toggle.text == "Sound off", f"the toggle says {toggle.text!r}")
    announced("follow", "seguir")
    suite.expect(plays() == 2, "nothing should sound any more")
    maria.read_all()


def crowd(suite):
    """Eleven people liking it make one grouped notification, and still one unread."""
    suite.joao.act("burst")
    grouped = re.compile(r"mais 1[01] pessoas|1[01] others")
    eventually(lambda: grouped.search(suite.maria.texts[0]), lambda: f"the likes should be grouped: {suite.maria.texts[:2]}")
    suite.maria.expect_badge(1)
    suite.shoot("crowd")


def read(suite):
    """A click reads; it can be unread again, archived, and brought back."""
    maria = suite.maria
    maria.click(".row .row-main")
    maria.expect_badge(0)
    maria.click('.row [data-part="toggle"]')
    maria.expect_badge(1)
    text, rows = maria.texts[0], len(maria.texts)
    maria.click('.row [data-part="archive"]')
    eventually(lambda: len(maria.texts) == rows - 1, "the archived row should leave")
    maria.expect_badge(0)
    maria.click(".toast button")
    eventually(lambda: text in maria.texts, "undo should bring the row back")
    maria.expect_badge(0)


def unlike(suite):
    """An unlike takes the actor out of the text, and the last one the notification with its unread."""
    suite.maria.act("like")
    suite.joao.expect_badge(1)
    rows = len(suite.joao.texts)
    suite.maria.act("unlike")
    suite.joao.expect_badge(0)
    eventually(lambda: len(suite.joao.texts) == rows - 1, "nobody likes it any more")
    suite.joao.act("burst")
    eventually(lambda: re.search(r"mais 10 pessoas", suite.maria.texts[0]), lambda: f"eleven people: {suite.maria.texts[0]!r}")
    suite.joao.act("like")
    eventually(lambda: re.search(r"João e mais 11 pessoas", suite.maria.texts[0]), lambda: f"and João: {suite.maria.texts[0]!r}")
    suite.joao.act("unlike")
    eventually(lambda: re.search(r"mais 10 pessoas", suite.maria.texts[0]), lambda: f"without João: {suite.maria.texts[0]!r}")
    suite.maria.expect_badge(1)
    suite.maria.read_all()


def snooze(suite):
    """What is snoozed leaves with its unread, and is back on top, unread."""
    maria = suite.maria
    suite.joao.act("mention")
    maria.expect_badge(1)
    text, rows = maria.texts[0], len(maria.texts)
    maria.click('.row [data-part="snooze"]')
    maria.expect_badge(0)
    suite.expect(len(maria.texts) == rows - 1, "the snoozed row should leave")
    maria.click(".toast button")
    maria.expect_badge(1)
    maria.click('.row [data-part="snooze"]')
    maria.expect_badge(0)
    maria.expect_badge(1, seconds=20)
    suite.expect(maria.texts[0] == text, f"it should be on top again: {maria.texts[:2]}")
    maria.read_all()


def kinds(suite):
    """Comment, reply, follow and mention each count; mark all read clears them."""
    suite.joao.comment("Ótima foto!")
    for what in ("reply", "follow", "mention"):
        suite.joao.act(what)
    suite.maria.expect_badge(4)
    suite.expect(any("Ótima foto!" in text for text in suite.maria.texts), f"the comment should be quoted: {suite.maria.texts}")
    suite.shoot("kinds")
    suite.maria.read_all()
    suite.expect(suite.driver.title == "Peal demo", f"the title should be plain again: {suite.driver.title!r}")


def keyboard(suite):
    """A row is read by keyboard alone."""
    suite.joao.act("mention")
    suite.maria.expect_badge(1)
    suite.maria.find('[data-part="read-all"]').send_keys(Keys.TAB)
    suite.driver.switch_to.active_element.send_keys(Keys.ENTER)
    suite.maria.expect_badge(0)


def two_tabs(suite):
    """A second tab of the same person stays in step."""
    first, second = suite.second_window(f"/demo?user={MARIA}")
    suite.maria.expect_live("websocket")
    suite.driver.switch_to.window(first)
    suite.joao.act("like")
    suite.maria.expect_badge(1)
    suite.driver.switch_to.window(second)
    suite.maria.expect_badge(1)
    suite.maria.click(".row .row-main")
    suite.maria.expect_badge(0)
    suite.driver.switch_to.window(first)
    suite.maria.expect_badge(0)
    suite.driver.switch_to.window(second)
    suite.expect_quiet_console()
    suite.driver.close()
    suite.driver.switch_to.window(first)


def offline(suite):
    """What happens while someone is offline is there when they are back."""
    suite.maria.click('[data-part="offline"]')
    eventually(lambda: suite.maria.phase[0] == "idle", "Maria should be offline")
    suite.joao.act("burst")
    suite.joao.act("mention")
    suite.joao.comment("Cadê você?")
    time.sleep(0.5)
    suite.expect(suite.maria.badge == 0, "nothing should arrive offline")
    suite.maria.click('[data-part="offline"]')
    suite.maria.expect_live("websocket")
    suite.maria.expect_badge(3)
    suite.maria.read_all()


def dropped(suite):
    """A dropped connection comes back by itself and loses nothing."""
    suite.maria.click('[data-part="drop"]')
    suite.joao.act("follow")
    suite.maria.expect_badge(1)
    suite.maria.expect_live("websocket")
    suite.maria.read_all()


def transports(suite):
    """Every transport delivers, marks, and hands over without a loss."""
    for value, transport in (("sse", "sse"), ("longpoll", "longpoll"), ("poll", "poll"), ("websocket", "websocket")):
        Select(suite.maria.part("transport")).select_by_value(value)
        suite.maria.expect_live(transport)
        suite.joao.act("mention")
        suite.joao.act("follow")
        suite.maria.expect_badge(2, seconds=8)
        suite.maria.click(".row.unread .row-main")
        suite.maria.expect_badge(1)
        suite.maria.read_all()
    Select(suite.maria.part("transport")).select_by_index(0)
    suite.maria.expect_live("websocket")


def blocked(suite):
    """Where the WebSocket is blocked, the long poll takes over."""
    first, second = suite.second_window(f"/demo?user={MARIA}", before=BLOCKED_WEBSOCKET)
    suite.maria.expect_live("longpoll", seconds=15)
    suite.driver.switch_to.window(first)
    suite.joao.act("reply")
    suite.maria.expect_badge(1)
    suite.driver.switch_to.window(second)
    suite.maria.expect_badge(1)
    suite.maria.read_all()
    suite.driver.close()
    suite.driver.switch_to.window(first)
    suite.maria.expect_badge(0)


def explains(suite):
    """Without --dev the page says how to get it."""
    first, _ = suite.second_window("/demo", before=NO_SESSIONS)
    notice = suite.driver.find_element(By.CSS_SELECTOR, "#notice")
    eventually(lambda: "peal serve --dev" in notice.text, f"the page should explain itself: {notice.text!r}")
    suite.shoot("not-dev")
    suite.driver.close()
    suite.driver.switch_to.window(first)


def locale(suite):
    """The texts follow the person's language."""
    Select(suite.maria.part("locale")).select_by_value("en")
    time.sleep(0.3)
    suite.joao.act("reply")
    suite.maria.expect_badge(1)
    suite.expect("replied" in suite.maria.texts[0], f"the text should be English: {suite.maria.texts[0]!r}")
    Select(suite.maria.part("locale")).select_by_value("pt-BR")
    time.sleep(0.3)
    suite.maria.read_all()


def preferences(suite):
    """A type is switched off and on, a thread is muted and heard again, and silence is kept."""
    maria, joao = suite.maria, suite.joao
    maria.read_all()
    joao.act("like")
    maria.expect_badge(1)
    maria.click('[data-part="settings"] summary')
    box = lambda: maria.find('[data-part="types"] input[value="like"]')
    eventually(lambda: box().is_selected(), "likes should be on")

    def settled(what):
        eventually(lambda: suite.driver.execute_async_script("""
          const [done] = arguments
          fetch('/demo/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"user_id":"maria"}'})
            .then((answer) => answer.json())
            .then(({token}) => fetch('/v1/preferences', {headers: {Authorization: `Bearer ${token}`}}))
            .then((answer) => answer.json()).then(done)""")["effective"].get("like", {}).get("in_app", {}).get("value") == what,
            f"the server should know that likes are {what}")

    maria.click('[data-part="types"] input[value="like"]')
    settled(False)
    count = len(maria.texts)
    joao.act("burst")
    joao.act("mention")
    maria.expect_badge(2)
    suite.expect(len(maria.texts) == count + 1, f"only the mention should come: {maria.texts}")
    maria.click('[data-part="types"] input[value="like"]')
    settled(True)
    maria.click('.row [data-part="mute"]')
    eventually(lambda: maria.all('[data-part="mutes"] li'), "the muted post should be listed")
    suite.expect(maria.find(".toast").text.startswith("Nothing more of this post"), "a toast should say so")
    for what in ("like", "mention", "reply"):
        joao.act(what)
    time.sleep(0.5)
    maria.expect_badge(2)
    suite.shoot("settings")
    maria.click('[data-part="mutes"] button')
    eventually(lambda: not maria.all('[data-part="mutes"] li'), "nothing should be muted any more")
    Select(maria.part("silence")).select_by_value("8")
    eventually(lambda: maria.find('[data-part="silence-on"]').get_attribute("textContent").startswith("Until "), "it should say until when")
    joao.act("reply")
    maria.expect_badge(3)
    Select(maria.part("silence")).select_by_value("0")
    eventually(lambda: maria.part("silence-on").get_attribute("hidden") is not None, "silence should be over")
    maria.read_all()


def names(suite):
    """Every control has a name for a screen reader."""
    suite.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = suite.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = ("button", "link", "textbox", "combobox", "group", "region", "list")
    controls = [node for node in nodes if not node.get("ignored") and node.get("role", {}).get("value") in roles[:4]]
    nameless = [node["role"]["value"] for node in controls if not node.get("name", {}).get("value", "").strip()]
    suite.expect(len(controls) > 20, f"there should be controls to check, found {len(controls)}")
    suite.expect(not nameless, f"controls without a name: {nameless}")


def looks(suite):
    """Contrast is AA in light and dark, and nothing overflows from 360 px up."""
    suite.joao.act("like")
    suite.joao.act("follow")
    suite.maria.act("like")
    suite.maria.expect_badge(2)
    suite.driver.execute_script("document.querySelector('#wire').open = true")
    for dark in (False, True):
        for width, height in ((1180, 1000), (820, 1000), (390, 844), (360, 740)):
            suite.view(width, height, dark)
            time.sleep(0.3)
            suite.driver.execute_script("scrollTo(0, 0)")
            suite.shoot(f"{'dark' if dark else 'light'}-{width}")
            widest = suite.driver.execute_script("return document.documentElement.scrollWidth")
            suite.expect(widest <= width, f"at {width} px the page is {widest} px wide")
            low = suite.driver.execute_script(LOW_CONTRAST)
            suite.expect(not low, f"{'dark' if dark else 'light'}, {width} px: low contrast {low}")
    suite.view(1180, 1000)
    suite.maria.read_all()


def console(suite):
    """The console stayed quiet."""
    suite.expect_quiet_console()


CASES = (
    loads, announces, like, crowd, read, unlike, snooze, kinds, keyboard, two_tabs, offline, dropped, transports, blocked, explains, locale,
    preferences, names, looks, console)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("base", help="address of a running `peal serve --dev`")
    arguments.add_argument("screenshots", nargs="?", help="folder to save what the page looked like")
    options = arguments.parse_args()
    suite = Suite(options.base, options.screenshots)
    try:
        for case in CASES:
            suite.run(case)
            if suite.failed and case is loads:
                break
    finally:
        suite.driver.quit()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
