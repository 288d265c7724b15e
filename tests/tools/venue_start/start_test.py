#!/usr/bin/env python3
"""portcullis-venue from the command line, as a newcomer types it: what is wrong is named by its option; one folder has
one venue; a start that is refused leaves the folder of a good one as it was.

    start_test.py PATH/TO/portcullis-venue
"""
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
RECORDING = ROOT / "tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"
PROGRAM = ""


def call(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.run_dir = pathlib.Path(holder.name) / "run"

    def start(self, *arguments):
        venue = subprocess.Popen([PROGRAM, *map(str, arguments), "--dir", str(self.run_dir)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, venue)
        return venue, json.loads(venue.stdout.readline())

    @staticmethod
    def end(venue):
        venue.kill()
        venue.communicate()

    def ctl(self, *words):
        return call("ctl", "--dir", self.run_dir, *words)


class Options(Folder):
    def test_each_is_refused_by_its_name_with_what_was_found_and_expected(self):
        thin = ("synthetic", "--preset", "thin")
        most = 2**63 - 1
        for arguments, told in (
                ((*thin, "--maker-fee", "x"), "--maker-fee 'x': expected a rate from 0 to 0.99999999, as 0.001"),
                ((*thin, "--taker-fee", "1"), "--taker-fee '1': expected a rate from 0 to 0.99999999, as 0.001"),
                ((*thin, "--port", "65536"), "--port '65536': expected a whole number from 0 to 65535"),
                ((*thin, "--port", "-1"), "--port '-1': expected a whole number from 0 to 65535"),
                ((*thin, "--port", "http"), "--port 'http': expected a whole number from 0 to 65535"),
                ((*thin, "--seed", "-1"), f"--seed '-1': expected a whole number from 0 to {most}"),
                ((*thin, "--seed", most + 1), f"--seed '{most + 1}': expected a whole number from 0 to {most}"),
                ((*thin, "--script", "war"), "--script 'war': expected flash-crash, news"),
                ((*thin, "--speed", "max"), "--speed 'max': expected at most 1000 beside a synthetic market"),
                ((*thin, "--balance", "BTC"), "--balance 'BTC=': expected ASSET=AMOUNT with an amount from 0 to "),
                ((*thin, "--balance", "btc=1"), "--balance 'btc=1': expected ASSET=AMOUNT with an asset of capital"),
                ((*thin, "--balance", "BTC=1", "--balance", "BTC=2"),
                 "--balance 'BTC=2': expected each asset once, found another BTC"),
                ((*thin, "--fee-asset", "BNB"), "--fee-asset 'BNB': expected --fee-asset-price beside it, as USDT=500"),
                (("synthetic", "--preset", ""), "--preset '': preset: expected btc-like, thin, wide, or a file"),
                (("synthetic", "--preset", "thin,base=USDT"), "--preset 'thin,base=USDT': base: expected another asset"),
                (("replay", RECORDING, "--synthetic", "thin,seed=1,seed=2"),
                 "--synthetic 'thin,seed=1,seed=2': expected each key once, found 'seed=2' after another"),
                ((*thin, "--overlay"), "--overlay"), ((*thin, "--loop"), "--loop")):
            code, text = call(*arguments, "--dir", self.run_dir)
            self.assertNotEqual(code, 0, arguments)
            self.assertIn(told, text)
            self.assertFalse(self.run_dir.exists(), "nothing is made for a start that its options refuse")

    def test_a_recording_without_its_filters_or_twice_leaves_no_folder(self):
        alone = self.run_dir.with_name("alone.tsjsonl.gz")
        alone.write_bytes(b"")
        for recordings, told in (((alone,), "alone.filters.json"), ((RECORDING, RECORDING), "a second recording of BTCUSDT")):
            code, text = call("replay", *recordings, "--dir", self.run_dir)
            self.assertNotEqual(code, 0)
            self.assertIn(told, text)
            self.assertFalse(self.run_dir.exists())

    def test_a_mistake_is_told_with_a_line_that_is_right(self):
        for arguments, told, example in (
                ((), "expected --config FILE, replay or synthetic", "Example: portcullis-venue replay "),
                (("replay",), "is required", "Example: portcullis-venue replay "),
                (("synthetic", "--dir", "x"), "--preset is required", "Example: portcullis-venue synthetic --preset "),
                (("ctl", "--dir", "x"), "command is required", "Example: portcullis-venue ctl --dir run/venue fault on "),
                (("fit", RECORDING), "--out is required", "Example: portcullis-venue fit "),
                (("replay", "nowhere.gz", "--dir", "x"), "nowhere.gz", "Example: portcullis-venue replay "),
                (("dance",), "dance", "Example: portcullis-venue replay ")):
            code, text = call(*arguments)
            self.assertNotEqual(code, 0, arguments)
            self.assertIn(told, text)
            self.assertIn(example, text)

    def test_a_folder_without_a_name_is_none(self):
        for arguments in (("synthetic", "--preset", "thin"), ("ctl", "status")):
            code, text = call(arguments[0], "--dir", "", *arguments[1:])
            self.assertNotEqual(code, 0)
            self.assertIn("--dir '': expected the", text)

    def test_a_config_stands_alone(self):
        config = self.run_dir.with_name("venue.toml")
        config.write_text("")
        code, text = call("--config", config, "synthetic", "--preset", "thin", "--dir", self.run_dir)
        self.assertNotEqual(code, 0)
        self.assertIn("venue.toml: expected no synthetic beside it", text)

    def test_largest_seed_and_port_of_any_kind_are_taken(self):
        _, ready = self.start("synthetic", "--preset", "thin", "--preset", "thin,base=ABC", "--seed", 2**63 - 1)
        self.assertEqual(ready["symbols"], ["ABCUSDT", "NEXOUSDT"])
        self.assertIn(f"seed = {2**63 - 1}\n", (self.run_dir / "venue.toml").read_text())


class OneVenue(Folder):
    def test_the_second_is_refused_and_leaves_the_first_as_it_was(self):
        first, ready = self.start("synthetic", "--preset", "thin")
        config = (self.run_dir / "venue.toml").read_text()
        for arguments in (("synthetic", "--preset", "wide", "--dir", self.run_dir),
                          ("--config", self.run_dir / "venue.toml")):
            code, text = call(*arguments)
            self.assertNotEqual(code, 0)
            self.assertIn(f"ctl.sock.lock: held by process {first.pid}; expected no other venue at", text)
        self.assertEqual((self.run_dir / "venue.toml").read_text(), config)
        self.assertEqual(json.loads((self.run_dir / "venue.json").read_text()), ready)
        self.assertIn("NEXOUSDT", self.ctl("status")[1])

    def test_a_start_that_is_refused_leaves_the_config_that_listened(self):
        first, _ = self.start("synthetic", "--preset", "thin")
        self.end(first)
        config = (self.run_dir / "venue.toml").read_text()
        code, text = call("replay", RECORDING, RECORDING, "--dir", self.run_dir)
        self.assertNotEqual(code, 0)
        self.assertIn("a second recording of BTCUSDT", text)
        self.assertEqual((self.run_dir / "venue.toml").read_text(), config)

    def test_a_start_by_config_says_where_it_listens_too(self):
        first, ready = self.start("synthetic", "--preset", "thin")
        self.end(first)
        (self.run_dir / "venue.json").write_text("of a port that nobody listens on")
        second = subprocess.Popen([PROGRAM, "--config", self.run_dir / "venue.toml"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, second)
        told = json.loads(second.stdout.readline())
        self.assertEqual(told["symbols"], ready["symbols"])
        self.assertEqual(json.loads((self.run_dir / "venue.json").read_text()), told)

    def test_neither_a_kill_nor_a_quick_restart_stands_in_the_way(self):
        killed, _ = self.start("synthetic", "--preset", "thin")
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)
        second, _ = self.start("synthetic", "--preset", "thin")
        self.assertEqual(self.ctl("quit"), (0, "ok"))
        _, third = self.start("synthetic", "--preset", "wide")
        self.assertEqual(second.wait(10), 0)
        self.assertEqual(third["symbols"], ["WIDEUSDT"])
        self.assertIn("WIDEUSDT", self.ctl("status")[1], "the socket is the new one's")


class Cut(Folder):
    def test_a_recording_that_is_cut_short_is_never_said_to_have_ended(self):
        cut = self.run_dir.with_name("cut.tsjsonl.gz")
        cut.write_bytes(RECORDING.read_bytes()[:2_000_000])
        filters = RECORDING.with_name(RECORDING.name.replace(".tsjsonl.gz", ".filters.json"))
        cut.with_name("cut.filters.json").write_text(filters.read_text())
        venue, _ = self.start("replay", cut, "--speed", "max")
        told = venue.stderr.readline()
        where, _, why = told.partition(": cannot be read")
        self.assertRegex(where, rf"^portcullis-venue: the replay failed: {re.escape(str(cut))}:\d+$")
        self.assertEqual(why, ": the gzip stream is cut short; the book stands\n")
        failure = told.removeprefix("portcullis-venue: the replay failed: ").removesuffix("; the book stands\n")
        status = json.loads(self.ctl("--json", "status")[1])
        self.assertEqual((status["replay"]["state"], status["replay"]["error"]), ("failed", failure))
        self.assertGreater(status["replay"]["messages"], 1000)
        code, text = self.ctl("replay", "loop", "on")
        self.assertEqual((code, failure in text, "replay seek" in text), (1, True, True), text)
        self.assertEqual(self.ctl("replay", "seek", 0), (0, "ok"))
        self.assertEqual(venue.stderr.readline(), told, "played again, to the same end")
        self.assertEqual(self.ctl("quit"), (0, "ok"))
        self.assertNotIn("ended", venue.communicate()[1])


class Ctl(Folder):
    def test_answers_are_json_where_it_is_asked_for_and_refusals_say_why(self):
        self.start("replay", RECORDING, "--paused")
        self.assertEqual(json.loads(self.ctl("--json", "replay", "status")[1])["state"], "paused")
        self.assertIn("state     paused", self.ctl("replay", "status")[1])
        for words, told in ((("script", self.run_dir), "a folder; expected a file with lines T_SECONDS COMMAND"),
                            (("replay", "speed", "x"), "replay speed 'x': expected a number from 0.001 to"),
                            (("tear", "moon"), "tear 'moon': expected streams, orders, second, wsapi or all"),
                            (("account", "fees", "maker", "x", "0"), "MAKER 'x': expected a rate from 0 to")):
            code, text = self.ctl(*words)
            self.assertEqual(code, 1, words)
            self.assertIn(told, text)

    def test_a_script_with_a_bad_line_does_nothing_and_one_may_use_what_it_adds(self):
        self.start("replay", RECORDING, "--paused")
        script = self.run_dir.with_name("script.txt")
        before = self.ctl("--json", "accounts")
        for second, told in (("balance maker USDT 1e5", "DELTA '1e5': expected a decimal"), ("clock skew abc", "found 'abc'"),
                             ("replay seek x", "replay seek 'x': expected seconds"), ("replay speed fast", "replay speed 'fast'"),
                             ("foreign-order maker BTCUSDT UP 1 1", "SIDE 'UP'"), ("disconnect nonsense", "disconnect 'nonsense'"),
                             ("key add nobody hmac short s read", "unknown account nobody"),
                             ("balance carol USDT 1", "unknown account carol")):
            script.write_text(f"0 balance maker USDT 7\n0.1 {second}\n")
            code, text = self.ctl("script", script)
            self.assertEqual(code, 1, second)
            self.assertIn(f"{script}:2: error: ", text)
            self.assertIn(told, text)
            self.assertEqual(self.ctl("--json", "accounts"), before, "nothing is half done")
        script.write_text("0 replay seek 30\n0 account add carol\n0 balance carol USDT 7\n0 balance carol USDT -7\n0 balances carol\n")
        code, text = self.ctl("script", script)
        self.assertEqual(code, 0, text)
        self.assertIn("asset  free        locked\nUSDT   0.00000000  0.00000000", text)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    unittest.main()
