"""The table of what may not stand in a line of code: rule, pattern, folders, reason. check.py applies it.

A new rule gets a row here and a bad snippet in tests/tools/style/style_test.py, which fails until the rule bites.
"""
import re

LEVEL = {"engine": 1, "risk": 2, "strategies": 2, "gateways": 3, "tools": 4, "bench": 4, "tests": 4}
MAY_INCLUDE = {
    "engine": {"engine"},
    "risk": {"engine", "risk"},
    "strategies": {"engine", "strategies"},
    "gateways": {"engine", "risk", "gateways"},
    "tools": {"engine", "risk", "strategies", "gateways", "tools"},
    "bench": {"engine", "risk", "strategies", "gateways", "tools", "bench"},
    "tests": {"engine", "risk", "strategies", "gateways", "tools", "bench", "tests"},
}
ALL = tuple(LEVEL)
CORE = ("engine", "risk", "strategies")
SHIPPED = (*CORE, "gateways", "tools", "bench")
HEADERS = (".hpp", ".ipp")
CPP = (".hpp", ".ipp", ".cpp")


class Rule:
    """A pattern that may not occur in the code of some folders, but for the files that `allowed` begins."""

    def __init__(self, name, pattern, folders, why, allowed=(), suffixes=CPP):
        self.name, self.pattern, self.folders, self.why = name, re.compile(pattern), folders, why
        self.allowed, self.suffixes = allowed, suffixes


RULES = [
    Rule("no-double", r"\b(double|float)\b", ("engine", "risk", "gateways"),
         "no floating point for price, size or money below strategies/",
         ("engine/math/", "engine/config/", "engine/types/state_hash.hpp")),
    Rule("sized-integers", r"\b(long|short)\b|\bunsigned\s+int\b", CORE, "integers say their size: std::int64_t"),
    Rule("no-clock", r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday|__rdtsc\w*|rdtsc)\b",
         CORE, "time comes in as an argument", ("engine/time/", "engine/journal/")),
    Rule("no-random", r"\b(random_device|mt19937\w*|rand\(|getrandom|getentropy)\b", CORE,
         "chance comes in as an argument", ("engine/journal/",)),
    Rule("no-thread", r"\bstd::(thread|jthread|mutex|shared_mutex|recursive_mutex|condition_variable\w*|async)\b", CORE,
         "no thread and no lock in the core", ("engine/time/",)),
    Rule("no-sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\b", CORE, "nothing waits in the core",
         ("engine/time/",)),
    Rule("no-environment", r"\b(getenv|setenv|secure_getenv)\b", CORE, "no environment in the core"),
    Rule("no-exceptions", r"\b(throw|try|catch)\b\s*[({;\w]", CORE, "a refusal is a value in the core"),
    Rule("no-assert", r"\bassert\s*\(", ALL, "assert() vanishes from release builds: verify()"),
    Rule("no-static-state", r"^\s*(static|thread_local)\s+(?!constexpr|const\b|_assert|std::size_t\s+\w+\()[\w:<>,\s*&]+\s+\w+(_)?\s*(=|\{|;)",
         CORE, "no static mutable state", ("engine/types/verify.cpp",)),
    Rule("no-forged-approval", r"(mem(cpy|move|set)|bit_cast|reinterpret_cast|static_cast|start_lifetime_as|construct_at|launder"
                               r"|new\s*\(|\bunion\b)[^;]*\bApproved\b|\(\s*(\w+::)*Approved<[^;]*>\s*\*\s*\)"
                               r"|mem(cpy|move|set)\([^;]*\bapprov", SHIPPED, "only the gate makes an approval"),
    Rule("no-specialized-approval", r"template\s*<>\s*(class|struct)\s+(\w+::)*(Approved|ApprovalKey|Verdict)\b"
                                    r"|template\s*<>[^;]*\b(Approved|Verdict)\s*<[^;]*>\s*::", ALL, "Approved is specialized nowhere"),
    Rule("gate-member", r"\bRiskGate::\w+\s*(<[^>]*>)?\s*\(", ALL, "a member of the gate defined elsewhere could mint approvals",
         ("risk/risk_gate",)),
    Rule("no-bit-cast", r"\b(std::bit_cast|reinterpret_cast)\b", ("risk", "strategies"),
         "bytes are reinterpreted only at the wire and in the journal", ("risk/kill_switch",)),
    Rule("no-bypass", r"bypass|(skip|disable|ignore)_(risk|gate|check|limit)|no_risk|test_only|for_tests?\b",
         (*CORE, "gateways", "tools"), "no way past the gate, not even for a test"),
    Rule("no-todo", r"\b(TODO|FIXME|XXX|HACK)\b", ALL, "what is left is an issue, not a comment"),
    Rule("no-machine-path", r"/(work|home|root)/\w", ALL, "no path of somebody's machine"),
    Rule("no-libm", r"\bstd::(exp|log|pow|sin|cos|tan|exp2|log2|log10|expm1|log1p)\s*\(", CORE,
         "libm differs between machines: engine/math replays bit for bit"),
    Rule("using-namespace", r"^\s*using\s+namespace\b", ALL, "a header's names are asked for, not spilled",
         suffixes=HEADERS),
    Rule("heavy-header", r"^\s*#\s*include\s+<(boost/|websocketpp/|toml\+\+|CLI/|nlohmann/|rapidjson/|fmt/format|benchmark/)",
         SHIPPED, "templates of third parties stay in few translation units",
         ("tools/venue/server/gathering_stream.hpp", "tools/venue/server/accept_loop.hpp", "tools/venue/server/farewell.hpp", "tools/venue/server/shaped_stream.hpp"), suffixes=HEADERS),
    Rule("type-name", r"^\s*(template\s*<.*>\s*)?(class|struct|enum class|enum struct|enum|union|concept)\s+"
                      r"((\[\[\w+\]\]|alignas\([^)]*\))\s+)*[a-z]\w*\s*(final\s*)?(:(?!:)|\{|=|$)",
         ALL, "types and concepts are PascalCase", ("gateways/net/websocketpp/",)),
    Rule("snake-case", r"(?<![\w.:>])(?!gzFile\b)[a-z][a-z0-9]*[A-Z]\w*\s*[({;=,)]", SHIPPED,
         "functions, variables and enumerators are snake_case"),
    Rule("units-last", r"\b(ns|us|ms|bps)_(?!per_|max\b|min\b)[a-z]\w*", SHIPPED, "units come last: quote_age_ns"),
]
TEXT_RULES = ("no-todo", "no-machine-path", "heavy-header")  # these read comments and strings too
