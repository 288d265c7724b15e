// Lines of pending actions: written, synced, read again. See pending_store.hpp.
#include "risk/operators/pending_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/journal/crc32c.hpp"
#include "engine/journal/file_io.hpp"
#include "engine/types/verify.hpp"
#include "risk/operators/numbers.hpp"

namespace portcullis::risk {
namespace {

constexpr std::string_view header = "portcullis-pending-v1 ";
constexpr std::size_t crc_digits = 8;
/// A frame with its newlines doubled, and what stands before it.
constexpr std::size_t line_max = 2 * command_frame_max + 256;

std::string chained(std::uint32_t before, std::string_view body, std::uint32_t& after) {
    const std::string previous = std::to_string(before) + " ";
    std::uint32_t state =
        engine::journal::crc32c_bytes(~std::uint32_t{0}, previous.data(), previous.size());
    after = ~engine::journal::crc32c_bytes(state, body.data(), body.size());
    std::string text;
    for (int shift = 28; shift >= 0; shift -= 4) {
        text += "0123456789abcdef"[after >> shift & 15U];
    }
    return text;
}

std::string with_newlines_named(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
    }
    return out;
}

std::string with_newlines_back(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '\\' && i + 1 < text.size();
        out += !escaped ? text[i] : text[++i] == 'n' ? '\n' : text[i];
    }
    return out;
}

std::string time_text(const OperatorTime& at) {
    return std::to_string(at.wall.value) + " " + std::to_string(at.mono.value) + " " +
           std::to_string(at.boot);
}

std::string_view next_word(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

template <class Number>
bool next_number(std::string_view& text, Number& number) noexcept {
    const auto read = number_of<Number>(next_word(text));
    number = read.value_or(Number{});
    return read.has_value();
}

bool next_time(std::string_view& text, OperatorTime& at) noexcept {
    return next_number(text, at.wall.value) && next_number(text, at.mono.value) &&
           next_number(text, at.boot);
}

std::string entry(const char* kind, std::uint64_t id, const OperatorTime& now,
                  const std::string& more = "") {
    return std::string(kind) + " " + std::to_string(id) + " " + time_text(now) +
           (more.empty() ? "" : " " + more);
}

}  // namespace

engine::Result<PendingStore> PendingStore::open(const Setup& setup, const OperatorTime& now) {
    PendingStore store(setup);
    store.file_ =
        ::open(setup.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (store.file_ < 0) {
        return engine::journal::system_error("cannot open", setup.path, errno);
    }
    if (::flock(store.file_, LOCK_EX | LOCK_NB) != 0) {
        return engine::Error{setup.path + ": is in use by another process"};
    }
    auto bytes = engine::journal::read_file(setup.path, bytes_max);
    if (!bytes) {
        return engine::Error{bytes.error()};
    }
    std::size_t good = 0;
    if (auto read = store.read(bytes.value(), good); !read) {
        return engine::Error{read.error()};
    }
    if (auto settled = store.settle(bytes.value(), good, now); !settled) {
        return engine::Error{settled.error()};
    }
    return store;
}

PendingStore::PendingStore(PendingStore&& other) noexcept
    : setup_(std::move(other.setup_)),
      pending_(std::move(other.pending_)),
      counters_(std::move(other.counters_)),
      frames_(std::move(other.frames_)),
      begun_(std::move(other.begun_)),
      told_(std::move(other.told_)),
      size_(other.size_),
      chain_(other.chain_),
      file_(std::exchange(other.file_, -1)),
      broken_(other.broken_) {}

PendingStore::~PendingStore() {
    if (file_ >= 0) {
        ::close(file_);  // and the lock with it
    }
}

// Reads good lines from the front; what follows the last of them must be one line without its end.
engine::Outcome PendingStore::read(std::string_view bytes, std::size_t& good) {
    std::size_t line = 0;
    while (good < bytes.size()) {
        ++line;
        const std::size_t end = bytes.find('\n', good);
        const std::string_view text =
            bytes.substr(good, end == std::string_view::npos ? end : end - good);
        const bool ended = end != std::string_view::npos;
        const std::size_t body_size =
            text.size() > crc_digits ? text.size() - crc_digits - 1 : std::size_t{0};
        const std::string_view body = text.substr(0, body_size);
        std::uint32_t after = 0;
        const bool sound = ended && body_size > 0 && text[body_size] == ' ' &&
                           text.substr(body_size + 1) == chained(chain_, body, after);
        if (!sound) {
            const std::string_view rest = bytes.substr(good);
            const bool one_line = rest.find('\n') >= rest.size() - 1;
            const bool torn = !ended || rest.find('\0') != std::string_view::npos;
            if (one_line && torn && rest.size() <= line_max) {
                return engine::Done{};
            }
            return engine::Error{setup_.path + ":" + std::to_string(line) +
                                 ": damaged, expected an unbroken chain of lines"};
        }
        const std::string first = std::string(header) + hex_of(setup_.engine);
        if (line == 1 ? body != first : !apply(body)) {
            return engine::Error{setup_.path + ":" + std::to_string(line) +
                                 (line == 1
                                      ? ": is another installation's, expected \"" + first + "\""
                                      : ": does not follow from the lines before")};
        }
        chain_ = after;
        good = end + 1;
    }
    return engine::Done{};
}

// Cuts off what is torn, begins a new file, and lets stand only what holds today.
engine::Outcome PendingStore::settle(std::string_view bytes, std::size_t good,
                                     const OperatorTime& now) {
    size_ = good;
    const bool torn = good < bytes.size();
    if (torn && ::ftruncate(file_, static_cast<off_t>(good)) != 0) {
        return fail("cannot cut off its torn end");
    }
    if (good == 0) {
        if (auto made = append(std::string(header) + hex_of(setup_.engine)); !made) {
            return made;
        }
        const std::size_t slash = setup_.path.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : setup_.path.substr(0, slash);
        if (auto named = engine::journal::sync_directory(folder); !named) {
            return named;
        }
    }
    if (torn) {
        told_.push_back(setup_.path + ": its end was torn: " + std::to_string(bytes.size() - good) +
                        " bytes cut off, and the " + std::to_string(pending_.all().size()) +
                        " pending actions withdrawn: propose them again");
        if (auto cut = withdraw_all(nobody, now); !cut) {
            return cut;
        }
    }
    for (const auto& [id, action] : begun_) {
        told_.push_back(setup_.path + ": action " + std::to_string(id) + " (" +
                        std::string(action_name(action.kind)) +
                        ") had begun when the process ended; look whether it took effect, and "
                        "propose it again if not");
    }
    return judge_signers(now);
}

bool PendingStore::holds(const CommandFrame& frame) const {
    return frame.engine == setup_.engine &&
           verify_strictly(frame.key, signed_bytes(command_text(frame)), frame.signature,
                           setup_.equation);
}

engine::Outcome PendingStore::judge_signers(const OperatorTime& now) {
    std::vector<std::uint64_t> gone;
    for (const PendingAction& each : pending_.all()) {
        for (const CommandFrame& frame : frames_[each.id]) {
            if (!holds(frame)) {
                return engine::Error{setup_.path + ": action " + std::to_string(each.id) +
                                     ": a signature does not hold: the file was not written by us"};
            }
        }
        const bool all_officers =
            std::all_of(each.signers.begin(), each.signers.end(), [this](const Ed25519Key& key) {
                const Operator* const who = setup_.operators.find(key);
                return who != nullptr && who->role == OperatorRole::risk_officer;
            });
        if (!all_officers) {
            gone.push_back(each.id);
        }
    }
    for (const std::uint64_t id : gone) {
        told_.push_back(setup_.path + ": action " + std::to_string(id) +
                        " withdrawn: one who signed it is no risk officer any more");
        if (auto withdrawn = withdraw(id, nobody, now); !withdrawn) {
            return withdrawn;
        }
    }
    return engine::Done{};
}

// One line's effect; the same when it is written and when it is read again. False: it cannot be.
bool PendingStore::apply(std::string_view body) {
    const std::string_view kind = next_word(body);
    if (kind == "spend") {
        const auto key = bytes_of_hex<32>(next_word(body));
        std::uint64_t counter = 0;
        if (!key || !next_number(body, counter) || !body.empty() || counter <= counters_[*key]) {
            return false;
        }
        counters_[*key] = counter;
        return true;
    }
    std::uint64_t id = 0;
    OperatorTime at;
    if (!next_number(body, id) || !next_time(body, at)) {
        return false;
    }
    if (kind == "propose" || kind == "approve") {
        return apply_frame(kind, id, body, at);
    }
    if (kind == "withdraw" && id == 0) {
        pending_.remove_all();
        frames_.clear();
        return true;
    }
    if (kind == "end") {
        return begun_.erase(id) == 1;
    }
    const PendingAction* const found = pending_.find(id);
    if (found == nullptr || (kind != "withdraw" && kind != "expire" && kind != "begin")) {
        return false;
    }
    if (kind == "begin") {
        if (found->signers.size() < PendingActions::quorum) {
            return false;  // the delay was that run's rule, and may be another now
        }
        begun_[id] = found->action;
    }
    frames_.erase(id);
    return pending_.remove(id);
}

bool PendingStore::apply_frame(std::string_view kind, std::uint64_t id, std::string_view rest,
                               const OperatorTime& at) {
    const bool counts = next_word(rest) == "1";
    ParsedFrame parsed = parse_frame(with_newlines_back(rest));
    const CommandFrame& frame = parsed.frame;
    if (parsed.fault != FrameFault::none || frame.counter <= counters_[frame.key]) {
        return false;
    }
    if (kind == "propose") {
        if (frame.verb != CommandVerb::propose || id != pending_.next_id() ||
            pending_.may_propose(frame.action) != PendingRefusal::none) {
            return false;
        }
        pending_.propose(frame.action, frame.key, counts, at);
    } else {
        if (frame.verb != CommandVerb::approve || frame.id != id || !counts ||
            pending_.may_approve(id, frame.action, frame.key) != PendingRefusal::none) {
            return false;
        }
        pending_.approve(id, frame.key, at);
    }
    counters_[frame.key] = frame.counter;
    frames_[id].push_back(frame);
    return true;
}

engine::Error PendingStore::fail(const std::string& what) {
    broken_ = true;
    return engine::Error{setup_.path + ": " + what + ": " + std::strerror(errno) +
                         "; nothing that raises risk is taken until the engine is started again"};
}

// Durable, then in force.
engine::Outcome PendingStore::append(const std::string& body) {
    if (broken_) {
        return engine::Error{setup_.path + ": could not be written before: start the engine again"};
    }
    std::uint32_t after = 0;
    const std::string line = body + " " + chained(chain_, body, after) + "\n";
    if (size_ + line.size() > bytes_max) {
        return engine::Error{setup_.path + ": is full (16 MiB): keep it elsewhere and begin anew"};
    }
    std::size_t written = 0;
    while (written < line.size()) {
        const ssize_t wrote = ::write(file_, line.data() + written, line.size() - written);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            const engine::Error error = fail("cannot be written");
            (void)!::ftruncate(file_,
                               static_cast<off_t>(size_));  // else the next start cuts it off
            return error;
        }
        written += static_cast<std::size_t>(wrote);
    }
    if (::fsync(file_) != 0) {
        return fail("is not durable");  // what is on the disk is not known any more
    }
    size_ += line.size();
    chain_ = after;
    // The header's own line has no effect.
    engine::verify(body.starts_with(header) || apply(body));
    return engine::Done{};
}

engine::Result<std::uint64_t> PendingStore::take(const CommandFrame& frame,
                                                 const OperatorTime& now) {
    const bool proposes = frame.verb == CommandVerb::propose;
    auto expired = expire(now);
    if (!expired) {
        return engine::Error{expired.error()};
    }
    const Operator* const who = setup_.operators.find(frame.key);
    engine::verify(who != nullptr);
    const PendingRefusal refusal = proposes
                                       ? pending_.may_propose(frame.action)
                                       : pending_.may_approve(frame.id, frame.action, frame.key);
    if (refusal != PendingRefusal::none) {
        if (auto spent = append("spend " + hex_of(frame.key) + " " + std::to_string(frame.counter));
            !spent) {
            return engine::Error{spent.error()};
        }
        return engine::Error{std::string(refusal_text(refusal))};
    }
    const std::uint64_t id = proposes ? pending_.next_id() : frame.id;
    const bool counts = who->role == OperatorRole::risk_officer;
    const std::string more =
        std::string(counts ? "1 " : "0 ") + with_newlines_named(frame_bytes(frame));
    auto durable = append(entry(proposes ? "propose" : "approve", id, now, more));
    if (!durable) {
        return engine::Error{durable.error()};
    }
    return id;
}

engine::Outcome PendingStore::withdraw(std::uint64_t id, std::uint32_t uid,
                                       const OperatorTime& now) {
    if (pending_.find(id) == nullptr) {
        return engine::Error{std::string(refusal_text(PendingRefusal::unknown_id))};
    }
    return append(entry("withdraw", id, now, std::to_string(uid)));
}

engine::Outcome PendingStore::withdraw_all(std::uint32_t uid, const OperatorTime& now) {
    if (pending_.all().empty()) {
        return engine::Done{};
    }
    return append(entry("withdraw", 0, now, std::to_string(uid)));
}

engine::Result<std::vector<std::uint64_t>> PendingStore::expire(const OperatorTime& now) {
    std::vector<std::uint64_t> ids;
    for (const PendingAction& each : pending_.all()) {
        if (pending_.expired(each, now)) {
            ids.push_back(each.id);
        }
    }
    for (const std::uint64_t id : ids) {
        if (auto ended = append(entry("expire", id, now)); !ended) {
            return engine::Error{ended.error()};
        }
    }
    return ids;
}

engine::Result<OperatorAction> PendingStore::begin(std::uint64_t id, const OperatorTime& now) {
    auto expired = expire(now);
    if (!expired) {
        return engine::Error{expired.error()};
    }
    const PendingAction* const found = pending_.find(id);
    const PendingRefusal refusal = found == nullptr ? PendingRefusal::unknown_id
                                   : pending_.stage(*found, now) == PendingStage::due
                                       ? PendingRefusal::none
                                       : PendingRefusal::not_due;
    if (refusal != PendingRefusal::none) {
        return engine::Error{std::string(refusal_text(refusal))};
    }
    OperatorAction action = found->action;
    auto durable = append(entry("begin", id, now));
    if (!durable) {
        return engine::Error{durable.error()};
    }
    return action;
}

engine::Outcome PendingStore::end(std::uint64_t id, bool done, const OperatorTime& now) {
    engine::verify(begun_.contains(id));
    return append(entry("end", id, now, done ? "ok" : "failed"));
}

}  // namespace portcullis::risk
