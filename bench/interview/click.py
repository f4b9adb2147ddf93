"""Clicks through an interview by the WebDriver protocol, and fails where the page does not answer."""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request

ADDRESS, DRIVER = sys.argv[1], f"http://127.0.0.1:{sys.argv[2]}"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(DRIVER + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)["value"]


options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1000,1200"]}
session = ask("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
S = f"/session/{session['sessionId']}"
ask("POST", S + "/timeouts", {"pageLoad": 280_000, "script": 60_000})


def find(css):
    return [one[ELEMENT] for one in ask("POST", S + "/elements", {"using": "css selector", "value": css})]


def click(element):
    ask("POST", f"{S}/element/{element}/click", {})


def press(css):
    """Clicks what leads to another page and waits for that page: a click may return while the old one still stands."""
    script("window.before = true")
    click(find(css)[0])
    arrived = ("return !window.before && document.readyState === 'complete' "
               "&& document.querySelector('nav [aria-current], section.over') !== null")
    end = time.time() + 120
    while True:
        try:
            if script(arrived):
                return
        except urllib.error.HTTPError:
            # Between two pages there is none to ask.
            pass
        assert time.time() < end, f"no page after {css}: " + script("return document.body.innerText")[:2000]
        time.sleep(0.02)


def keys(element, text):
    ask("POST", f"{S}/element/{element}/value", {"text": text})


def text(css):
    return [ask("GET", f"{S}/element/{one}/text") for one in find(css)]


def script(source):
    return ask("POST", S + "/execute/sync", {"script": source, "args": []})


def picture(name):
    if os.environ.get("OUT"):
        with open(os.path.join(os.environ["OUT"], name), "wb") as file:
            file.write(base64.b64decode(ask("GET", S + "/screenshot")))


try:
    ask("POST", S + "/url", {"url": ADDRESS + "/interview"})
    keys(find("input[name=seed]")[0], "11")
    press("form button")
    said = {"clarify": ["how many daily users?", "asdf", "is there a lot of clickbait", "next"]}
    seen, submitted, waits = [], 0, []
    while not find("section.over"):
        phase = text("nav [aria-current]")[0]
        seen.append(phase)
        boxes, line = find("form input[name=choice]"), find("form input[name=line]")[0]
        words, pressed = said.get(phase, []), "form button.main"
        if words:
            keys(line, words.pop(0))
        elif phase == "size":
            keys(line, "10k/s" if seen.count("size") == 1 else "200 GB")
        elif phase == "features":
            for box in boxes[:3]:
                click(box)
        elif phase == "model" and not boxes:
            keys(line, "tie 40, gap 10%")
        elif phase == "model" and seen.count("model") == 1:
            click(boxes[0])
            click(boxes[-1])
        elif phase == "model" and seen.count("model") == 3:
            pressed = "form button[value=r]"
        elif phase == "model":
            click(boxes[-1])
            pressed = "form button[value=pick]"
        elif phase == "serve":
            keys(line, "20 ms" if seen.count("serve") == 1 else "150 MB")
        else:
            click(boxes[0])
        if phase == "features":
            picture("interview-page.png")
        begun = time.time()
        press(pressed)
        waits.append((time.time() - begun, phase))
        submitted += 1
        assert submitted < 40, f"the interview does not come to an end: {seen}"
        wide = script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} pixels too wide in {phase}"
    order = [phase for at, phase in enumerate(seen) if at == 0 or seen[at - 1] != phase]
    assert order == ["clarify", "size", "frame", "features", "model", "serve", "curveball", "close"], order
    score = text("section.over h2")[0]
    assert score.lower().endswith("of 100"), score
    picture("interview-over.png")
    ask("POST", S + "/window/rect", {"width": 390, "height": 844})
    wide = script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"on a phone the page is {wide} pixels too wide"
    picture("interview-phone.png")
    longest = max(waits)
    print(f"{submitted} answers, {score}, the longest wait {longest[0]:.1f} s, in {longest[1]}; all: "
          + ", ".join(f"{wait:.1f}" for wait, _ in waits))
finally:
    ask("DELETE", S)
