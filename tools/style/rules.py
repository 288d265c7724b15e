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
SEALED = r"\b(Approved|ApprovalKey|Verdict|Outbound)\b"
APPROVED = r"(\w+::)*Approved\s*<[^<>]*>"


class Rule:
    """A pattern that may not occur in a line of code of some folders, but for the files that `allowed` begins.

    With `whole` it is sought in the code of the whole file, since clang-format breaks lines where it likes.
    """

    def __init__(self, name, pattern, folders, why, allowed=(), suffixes=CPP, whole=False):
        self.name, self.pattern, self.folders, self.why = name, re.compile(pattern, re.M), folders, why
        self.allowed, self.suffixes, self.whole = allowed, suffixes, whole


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
    Rule("no-forged-approval", r"(\bmem(cpy|move|set)|bit_cast|reinterpret_cast|static_cast|const_cast|start_lifetime_as"
                               r"|construct_at|launder|\bnew\s*\()[^;]*" + SEALED + r"|\bunion\b[^;{]*\{[^}]*" + SEALED +
                               r"|\(\s*(const\s+)?" + APPROVED + r"[\s*&]+\)\s*(?!(noexcept|const|override|final|requires)\b)[\w(&*]"
                               r"|\bmem(cpy|move|set)\s*\([^;]*\bapprov", SHIPPED, "only the gate makes an approval", whole=True),
    Rule("approval-by-reference", r"(?<!get_if<)(?<!get<)(?<!holds_alternative<)(?<![\w:])(\w+::)*Approved\b(?!\s*<[^<>]*>\s*&)"
                                  r"|\bApprovalKey\b", ("gateways", "tools", "bench"),
         "outside the gate an approval is a reference, never a value, a pointer or a scope", ("gateways/outbound.hpp",), whole=True),
    Rule("no-approval-alias", r"\busing\s+\w+\s*(\[\[[^\]]*\]\]\s*)?=([^;]*(\b(Approved|ApprovalKey|Verdict)\b"
                              r"|\bdecltype\s*\([^;]*(approv|verdict|outbound|\btake\b))|\s*(\w+::)*Outbound\s*;)"
                              r"|\btypedef\b[^;]*" + SEALED + r"|#\s*define\b(\\\n|[^\n])*" + SEALED +
                              r"|\bvariant_alternative\w*\s*<[^;]*\bOutbound\b", ("gateways", "tools", "bench"),
         "an approval under another name escapes these rules", ("gateways/outbound.hpp",), whole=True),
    Rule("no-specialized-approval", r"\btemplate\s*<\s*>[^;{}]*\b(Approved|ApprovalKey|Verdict)\b"
                                    r"|\b(class|struct)\s+(\[\[[^\]]*\]\]\s*)?(\w+::)*(Approved|Verdict)\s*<"
                                    r"|\btemplate\s+(class|struct)\s+(\w+::)*(Approved|Verdict)\b", ALL,
         "Approved is specialized nowhere", whole=True),
    Rule("no-opened-class", r"#\s*define\s+(private|protected|public|class|struct|union|friend|final|const|delete|explicit|using)\b"
                            r"|(^|[;}])\s*(extern\s+)?template\s+(?!<)[^;]*[<,]\s*&\s*(\w+\s*(<[^;()]*>)?\s*::\s*)+\w", ALL,
         "private stays private: no keyword is redefined, no explicit instantiation reaches a member", whole=True),
    Rule("no-conversion-to-any", r"\boperator\s+(auto|decltype)\b|\btemplate\s*<(?=[^;{}]*\boperator\s)[^;{}()]*"
                                 r"\boperator\s+(?!bool\b)(const\s+)?\w[\w:]*\s*(const\s*)?[&*]*\s*\(\s*\)", SHIPPED,
         "what converts to any type converts to the gate's key", whole=True),
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
         ("tools/venue/server/gathering_stream.hpp", "tools/venue/server/accept_loop.hpp", "tools/venue/server/farewell.hpp", "tools/venue/server/shaped_stream.hpp",
          "tools/venue/server/websocket_connection.hpp"), suffixes=HEADERS),
    Rule("type-name", r"^\s*(template\s*<.*>\s*)?(class|struct|enum class|enum struct|enum|union|concept)\s+"
                      r"((\[\[\w+\]\]|alignas\([^)]*\))\s+)*[a-z]\w*\s*(final\s*)?(:(?!:)|\{|=|$)",
         ALL, "types and concepts are PascalCase", ("gateways/net/websocketpp/",)),
    Rule("snake-case", r"(?<![\w.:>])(?!gzFile\b)[a-z][a-z0-9]*[A-Z]\w*\s*[({;=,)]", SHIPPED,
         "functions, variables and enumerators are snake_case"),
    Rule("units-last", r"\b(ns|us|ms|bps)_(?!per_|max\b|min\b)[a-z]\w*", SHIPPED, "units come last: quote_age_ns"),
]
# What makes an object out of bytes (memcpy onto one the compiler refuses, but for a cast to void*); check.py forbids it in every file that can see an approval.
BYTES = re.compile(r"\b(reinterpret_cast|bit_cast|const_cast|start_lifetime_as\w*|construct_at|launder|as_writable_bytes)\b"
                   r"|\bnew\s*\(|\bstatic_cast\s*<[^;()]*\*\s*(const\s*)?>|\bvoid\s*(const\s*)?\*"
                   r"|\(\s*(const\s+)?[\w:]+(<[^;()]*>)?\s*(const\s*)?\*+\s*\)\s*[\w(&]")
OPENED_BUILD = re.compile(r"fno-access-control|fpermissive|(\b|-D)(private|protected|class)=\w")
TEXT_RULES = ("no-todo", "no-machine-path", "heavy-header")  # these read comments and strings too
