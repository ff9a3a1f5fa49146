"""Words that code of this project does without, each with the reason."""
import re

from source_tree import line_of

# What is refused, in which files it is refused, where it is allowed nevertheless, and why.
RULES = [
    (r"\b(net|asio)::detached\b|,\s*detached\s*\)", r".", r"$^", "a coroutine is spawned through a TaskGroup, which knows it and hears its errors"),
    (r"<boost/(asio|beast)\.hpp>", r".", r"$^", "name the header that is needed; the whole library costs seconds in each file"),
    (r"<boost/beast", r".", r"^(api/http/codec\.cpp|tests/support/bare_server/main\.cpp|packaging/cmake/boost/beast\.cpp)$", "Beast is api/http/codec.cpp's"),
    (r"<spdlog/", r".", r"^api/core/logging\.cpp$", "spdlog is api/core/logging.cpp's; everybody else has api/core/logging.hpp"),
    (r"<(nlohmann/json\.hpp|boost/beast|spdlog)", r"\.hpp$", r"^(tests/|daemon/vfkit_qemu/|client/)", "a header includes no heavy library"),
    (r"#[ \t]*if[^\n]*\b(__linux__|__APPLE__)\b", r".", r"_(linux|macos)\.(cpp|hpp)$", "platform differences are files: x_linux.cpp, x_macos.cpp"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|[^_\w]sleep\(", r"^tests/(unit|contract|integration|e2e)/", r"$^", "a test waits for an event, never for time"),
    (r"::sig(empty|fill|add|del)set\(|::sigismember\(", r"^(api|daemon|client)/", r"$^", "a macro on macOS: write it without ::"),
    (r"\busing\s+namespace\s+(boost|std|nlohmann)\b", r".", r"$^", "name what is used"),
    (r"(?<!>\()(?<!\w\()\bnew\s+[A-Za-z_:]+[({;<]|\bdelete\s+[a-z_]+;|\bmalloc\(", r"^(api|daemon|client)/", r"$^", "owners are values and smart pointers"),
]
# Anywhere, in comments and scripts as well. Written so that this file does not complain about itself.
EVERYWHERE = [(r"\b(TO[D]O|FIX[M]E|X[X]X)\b", "what is left to do is an issue, not a remark")]
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>)', re.M)


def check(tree) -> list[str]:
    complaints = []
    for path in tree.cpp():
        # The includes are kept as they are; only literals and comments are blank.
        code = tree.code(path)
        for pattern, where, allowed, reason in RULES:
            if re.search(where, path) and not re.search(allowed, path):
                complaints += [f"{path}:{line_of(code, match.start())}: {match.group(0).strip()}: {reason}" for match in re.finditer(pattern, code)]
    for path, text in tree.files.items():
        for pattern, reason in EVERYWHERE:
            complaints += [f"{path}:{line_of(text, match.start())}: {match.group(0)}: {reason}" for match in re.finditer(pattern, text)]
    return complaints


GOOD = [
    {"api/http/codec.cpp": "#include <boost/beast/http/parser.hpp>\n"},
    {"api/core/logging.cpp": "#include <spdlog/spdlog.h>\n"},
    {"daemon/a.cpp": "// a detached child is a new one\nauto x = std::make_unique<A>();\nstd::unique_ptr<A> y(new A(1));\ntyped.detached = true;\n#include <nlohmann/json.hpp>\n"},
    {"daemon/a_linux.cpp": "#ifdef __linux__\n#endif\n"},
    {"daemon/a.hpp": "#include <nlohmann/json_fwd.hpp>\n"},
]
BAD = [
    {"daemon/a.cpp": "net::co_spawn(a, b(), net::detached);\n"},
    {"daemon/a.cpp": "#include <boost/asio.hpp>\n"},
    {"daemon/a.cpp": "#include <boost/beast/http/parser.hpp>\n"},
    {"daemon/a.cpp": "#include <spdlog/spdlog.h>\n"},
    {"daemon/a.hpp": "#include <nlohmann/json.hpp>\n"},
    {"daemon/a.cpp": "#ifdef __linux__\n#endif\n"},
    {"tests/unit/a_test.cpp": "std::this_thread::sleep_for(1ms);\n"},
    {"daemon/a.cpp": "using namespace std;\n"},
    {"daemon/a.cpp": "auto x = new Vm(1);\n"},
    {"daemon/a.cpp": "::sigemptyset(&none);\n"},
    {"docs/a.md": "TO" "DO: write\n"},
]
