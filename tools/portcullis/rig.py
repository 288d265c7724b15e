"""The real processes as a director holds them: the venue with its REST door, the engine with its console.

Shared by the demo and the soak. The venue is asked with a key of its own kind (HMAC, over REST), so that
what it says of the account is no echo of the engine's sessions. Ctrl-C is the director's alone: each program
has a session of its own and ends when the director says so, or when the director is no more.
"""
import base64
import ctypes
import hashlib
import hmac
import json
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import tomllib
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LIBC = ctypes.CDLL(None)


def held(when_director_dies=signal.SIGTERM):
    """For a child: a session of its own, and that signal once the director has died, however it died."""
    return {"start_new_session": True,
            "preexec_fn": lambda: LIBC.prctl(PR_SET_PDEATHSIG, when_director_dies)}


class Ended(BaseException):
    """A signal has ended the director: its `finally` clauses stop what it started."""


def end_on_signals():
    """SIGTERM and a closed terminal end the director as Ctrl-C does: with its children."""
    def end(number, _frame):
        raise Ended(signal.Signals(number).name)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a script started it in the background


def directed(main):
    """Runs a director. Ended by a signal it says so in one line: there is nothing to trace."""
    end_on_signals()
    try:
        return main()
    except (KeyboardInterrupt, Ended) as signalled:
        print(f"\nended by {str(signalled) or 'Ctrl-C'} before it was done; engine and venue have been stopped", flush=True)
        return 130


def anonymous_kib(pid):
    """Memory of a process that no file backs: what a leak grows. The mapped journal is not in it."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise SystemExit(f"no RssAnon of process {pid}: is it still alive?")


class Venue:
    """The simulated exchange, and its REST door as an outsider sees it."""

    def __init__(self, programs, run, speed="1", market=None, beside=None):
        """`market`: one of its own in place of the recording; `beside`: a second one, on the same clock."""
        self.run = run / "venue"
        self.log = open(run / "venue.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [programs / "portcullis-venue", *(("replay", RECORDING, "--loop") if market is None else
                                              ("synthetic", "--preset", market)),
             *(() if beside is None else ("--synthetic", beside)),
             "--dir", self.run, "--port", "0",
             "--speed", speed, "--balance", "BTC=10", "--balance", "USDT=1000000", "--balance", "BNB=100",
             "--fee-asset", "BNB", "--fee-asset-price", "USDT=500", "--maker-fee", "0.0001"],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            **held(signal.SIGKILL))  # also out of a stall, in which it would not hear SIGTERM
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            raise SystemExit(f"the venue did not start: see {run}/venue.log")
        self.ready = json.loads(line)
        self.keys = tomllib.loads((self.run / "keys.toml").read_text())
        self.secret = (self.run / "hmac.secret").read_text().strip()
        self.tls = ssl.create_default_context(cafile=self.ready["ca_file"])

    def signed(self, path, method="GET", **params):
        query = urllib.parse.urlencode({**params, "timestamp": int(time.time() * 1000)})
        signature = hmac.new(self.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"https://localhost:{self.ready['port']}{path}?{query}&signature={signature}",
            method=method, headers={"X-MBX-APIKEY": self.keys["hmac"]["api_key"]})
        with urllib.request.urlopen(request, context=self.tls, timeout=5) as answer:
            return json.load(answer)

    def control(self, line):
        """One line to the control socket. Anything but "ok" is a mistake of ours."""
        self.ask(line)

    def ask(self, line, refused=None):
        """The same, and what the venue says after "ok"; nothing if it refuses with the words `refused`."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(5)
            door.connect(str(self.run / "ctl.sock"))
            door.sendall(line.encode() + b"\n")
            answer = door.makefile().readline().strip()
        if answer == refused:
            return None
        if answer.split(" ", 1)[0] != "ok":
            raise SystemExit(f"the venue refused '{line}': {answer}")
        return answer[3:]

    def open_orders(self):
        return self.signed("/api/v3/openOrders")

    def orders_since(self, time_ms):
        orders = self.signed("/api/v3/allOrders", symbol="BTCUSDT", limit=1000)
        return [order for order in orders if order["time"] > time_ms]

    def all_orders(self):
        return self.paged("/api/v3/allOrders", "orderId", "orderId")

    def all_trades(self):
        return self.paged("/api/v3/myTrades", "fromId", "id")

    def paged(self, path, parameter, key):
        rows, begin = [], 0
        while True:
            page = self.signed(path, symbol="BTCUSDT", limit=1000, **{parameter: begin})
            rows += page
            if len(page) < 1000:
                return rows
            begin = page[-1][key] + 1

    def balances(self):
        """Asset -> (free, locked), as texts."""
        return {row["asset"]: (row["free"], row["locked"])
                for row in self.signed("/api/v3/account")["balances"]}

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return -1


def backup_pin(run):
    """The pin of a key that no certificate has yet, as an operator makes one (RFC 7469: the key is kept offline)."""
    key = run / "backup-key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
                   check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


# By kind of key: a session that is logged on, or every request signed.
KEY_FILES = {"ed25519": "ed25519.pem", "hmac": "hmac.secret"}


class Engine:
    """portcullis trade, and its console as the risk officer uses it."""

    def __init__(self, programs, run, venue, placement, snapshots="rest", key="ed25519"):
        self.program = programs / "portcullis"
        self.run = run
        self.config = run / "portcullis.toml"
        template = (ROOT / "tools/portcullis/demo.toml.in").read_text()
        for name, value in {
                "RUN": run, "PLACEMENT": placement, "PORT": venue.ready["port"],
                "API_KEY": venue.keys[key]["api_key"], "KEY_FILE": venue.run / KEY_FILES[key],
                "PIN_LEAF": venue.ready["pins"]["leaf"], "PIN_BACKUP": backup_pin(run)}.items():
            template = template.replace(f"@{name}@", str(value))
        if snapshots != "rest":  # then nobody reads [venue.rest], and a key that nobody reads is an error
            template = template.replace('snapshots = "rest"', f'snapshots = "{snapshots}"')
            template = re.sub(r"\[venue\.rest\]\n(?:.+\n)+", "", template)
        self.config.write_text(template)
        self.call("check")
        self.call("init")
        self.log = open(run / "engine.log", "w", encoding="utf-8")
        self.process = subprocess.Popen([self.program, "trade", "--config", self.config],
                                        stdout=self.log, stderr=subprocess.STDOUT, **held())

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--config", self.config], capture_output=True,
                              text=True, check=False, **held())
        if done.returncode != 0:
            raise SystemExit(f"portcullis {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, command, *more):
        done = subprocess.run([self.program, "console", "--socket", self.run / "engine/console.sock",
                               "--json", command, *more], capture_output=True, text=True, check=False,
                              **held())
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None

    def show(self, *arguments):
        subprocess.run([self.program, "console", "--socket", self.run / "engine/console.sock", *arguments],
                       check=False, **held())
        sys.stdout.flush()

    def wait_for(self, what, seconds, holds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.ask("status")
            if status is not None and holds(status):
                return status
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"the engine did not become {what} in {seconds} s: see {self.run}/engine.log")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return -1

    def replay(self, *more):
        done = subprocess.run([self.program, "replay", self.run / "engine/journal", "--json", *more],
                              capture_output=True, text=True, check=False, **held())
        return json.loads(done.stdout) if done.stdout else {"equal": False, "error": done.stderr.strip()}

    def journal_lines(self):
        with subprocess.Popen([self.program, "journal", "cat", self.run / "engine/journal"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **held()) as cat:
            yield from cat.stdout
        if cat.returncode != 0:
            raise SystemExit(f"portcullis journal cat ended with {cat.returncode}")
