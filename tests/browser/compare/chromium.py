"""How long a page takes in headless Chromium, and what it needs; over the DevTools protocol on a pipe: no port, no network."""
import dataclasses
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time


class GaveUp(Exception):
    """The page did not get ready; says what happened instead, and how much memory the tab had by then."""

    def __init__(self, reason, peak=0):
        super().__init__(reason)
        self.peak = peak


@dataclasses.dataclass
class Measured:
    seconds: float  # from the start of the navigation to the second frame after the page was ready: what is drawn, is seen
    nodes: float
    heap: float  # bytes of JavaScript, garbage collected
    peak: float  # bytes of the tab's process that no other shares, the most while it loaded


# Runs before the page's own scripts. A frame's callback comes before its layout and painting, so the second one ends them.
PROBE = """(() => {
  const look = () => (%s) ? requestAnimationFrame(() => requestAnimationFrame(() => drawn(String(performance.now())))) :
                            setTimeout(look, 10);
  look();
})()"""


class Chromium:
    """A browser of its own, with one tab of 1280 x 900."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp()
        commands, self.to = os.pipe()
        self.answers, answers = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 100) for end in (commands, answers)]  # 3 and 4 may be ours
        words = [program, "--headless", "--no-sandbox", "--disable-gpu", "--force-device-scale-factor=1", "--no-first-run",
                 "--disable-background-networking", "--remote-debugging-pipe", "--user-data-dir=" + self.folder, "about:blank"]
        log = os.path.join(self.folder, "log")
        self.process = os.posix_spawnp(program, words, os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, high[0], 3), (os.POSIX_SPAWN_DUP2, high[1], 4),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)])
        for end in (commands, answers, *high):
            os.close(end)
        self.bytes, self.last, self.session, self.events = b"", 0, None, []
        self.version = self.call("Browser.getVersion")["product"]
        tab = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ("Inspector", "Page", "Runtime", "Network", "Performance"):
            self.call(domain + ".enable")
        self.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Runtime.addBinding", name="drawn")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """At once, as a tab that is too busy would not close."""
        tabs = self.tabs()
        os.close(self.to)
        for process in (self.process, *tabs):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.waitpid(self.process, 0)
        os.close(self.answers)
        for _ in range(50):  # its helpers may still write there
            shutil.rmtree(self.folder, ignore_errors=True)
            if not os.path.exists(self.folder):
                break
            time.sleep(0.1)

    def send(self, method, session, parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        return self.last

    def receive(self, seconds):
        """The next message, or None when there is none in time."""
        end = time.monotonic() + seconds
        while b"\0" not in self.bytes:
            if not select.select([self.answers], [], [], max(0, end - time.monotonic()))[0]:
                return None
            part = os.read(self.answers, 1 << 16)
            if not part:
                raise GaveUp("the browser ended")
            self.bytes += part
        message, self.bytes = self.bytes.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, browser=False, seconds=60, **parameters):
        number, end = self.send(method, None if browser else self.session, parameters), time.monotonic() + seconds
        while True:
            message = self.receive(max(0, end - time.monotonic()))
            if message is None:
                raise GaveUp(f"no answer to {method} in {seconds} s")
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression, seconds=60):
        result = self.call("Runtime.evaluate", seconds=seconds, expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def tabs(self):
        processes = self.call("SystemInfo.getProcessInfo", browser=True)["processInfo"]
        return [p["id"] for p in processes if p["type"] == "renderer"]

    def load(self, file, ready, limit, most):
        """Measures the page in `file`, ready when the expression is true. Gives up after `limit` seconds or `most` bytes."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=PROBE % ready)
        begin, peak = time.monotonic(), 0
        self.send("Page.navigate", self.session, {"url": "file://" + os.path.abspath(file)})
        tabs = self.tabs()
        while True:
            message = self.receive(0.1)
            peak = max([peak] + [private_memory(tab) for tab in tabs])
            passed = time.monotonic() - begin
            if message and message.get("method") == "Runtime.bindingCalled":
                break
            if message and message.get("method") == "Inspector.targetCrashed":
                raise GaveUp(f"crashed after {passed:.0f} s", peak)
            if peak > most:
                raise GaveUp(f"stopped after {passed:.0f} s, for its memory", peak)
            if passed > limit:
                raise GaveUp(f"did not load in {limit:.0f} s", peak)
        milliseconds = float(message["params"]["payload"])
        self.call("HeapProfiler.collectGarbage", seconds=limit)
        metrics = {m["name"]: m["value"] for m in self.call("Performance.getMetrics", seconds=limit)["metrics"]}
        return Measured(milliseconds / 1000, metrics["Nodes"], metrics["JSHeapUsedSize"], peak)


def private_memory(process):
    try:
        with open(f"/proc/{process}/status") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0
