// FaultLayer, what strikes messages: one that leaves, on its way to one connection or to many.
#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/faults/corruption.hpp"
#include "tools/venue/faults/fault_layer.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

constexpr std::int64_t swap_us_max = 1'000'000;
constexpr std::int64_t late_us = 20'000;

bool is_depth(std::string_view stream) {
    return stream.find("@depth") != std::string_view::npos;
}

/// Of changes, each with the ids that it spans; a partial book is whole by itself.
bool is_depth_of_changes(std::string_view stream) {
    const std::size_t at = stream.find("@depth");
    return at != std::string_view::npos && (at + 6 == stream.size() || stream[at + 6] == '@');
}

/// Those that change what leaves. The others wait for a request, and are asked for by name.
bool strikes_messages(FaultKind kind) {
    switch (kind) {
        case FaultKind::lost_ack:
        case FaultKind::error_before_accept:
        case FaultKind::error_after_accept:
        case FaultKind::stale_snapshot:
        case FaultKind::fill_after_cancel:
            return false;
        default:
            return row_of(kind).dose == FaultDose::each;
    }
}

}  // namespace

bool FaultLayer::applies(FaultKind kind, const Outgoing& out) {
    switch (kind) {
        case FaultKind::gap:
            return is_depth_of_changes(out.stream);
        case FaultKind::crossed_book:
            return is_depth(out.stream) || out.stream.ends_with("@bookTicker");
        case FaultKind::ack_after_fill:
            return Api::makes_orders(out.method) && !out.failed;
        case FaultKind::lost_ack:
        case FaultKind::error_after_accept:
            return Api::changes_orders(out.method) && !out.failed;
        case FaultKind::error_before_accept:
            return Api::changes_orders(out.method);
        case FaultKind::stale_snapshot:
            return out.method == "depth" && !out.failed;
        case FaultKind::duplicate_reports:
        case FaultKind::reorder_reports:
            return !out.account.empty();
        default:
            return true;
    }
}

/// False where the message has nothing to spoil.
bool FaultLayer::spoil(Active& fault, const Outgoing& out, Passage& passage) const {
    const FaultKind kind = fault.spec.kind;
    std::int64_t argument = fault.spec.argument;
    if (kind == FaultKind::crossed_book) {
        const std::string symbol = upper_case(out.stream.substr(0, out.stream.find('@')));
        argument = best_ask_hook_ ? best_ask_hook_(symbol) : 0;
    }
    for (std::string& text : passage.texts) {
        auto spoiled = corrupted(kind, text, argument, fault.random);
        if (!spoiled) {
            return false;
        }
        text = std::move(*spoiled);
    }
    passage.status = kind == FaultKind::html ? static_cast<int>(argument) : passage.status;
    return true;
}

/// One strike, alike on each connection: each is changed by the same dice.
void FaultLayer::apply(Active& fault, const Outgoing& out, Passages some) {
    const Random dice = fault.random;
    bool struck = false;
    SharedClaim claim;
    for (Passage& passage : some) {
        if (!passage.texts.empty()) {
            fault.random = dice;
            struck = change(fault, out, passage, claim) || struck;
        }
    }
    if (struck) {
        strike(fault);
    }
}

bool FaultLayer::change(Active& fault, const Outgoing& out, Passage& passage, SharedClaim& claim) {
    const FaultSpec& spec = fault.spec;
    switch (spec.kind) {
        case FaultKind::drop:
        case FaultKind::gap:
            passage.texts.clear();
            return true;
        case FaultKind::delay:
            passage.delay_us += spec.argument * 1000;
            return true;
        case FaultKind::jitter: {
            const auto late_by_us = static_cast<std::int64_t>(
                fault.random.below(static_cast<std::uint64_t>(spec.argument) * 1000 + 1));
            passage.delay_us += late_by_us;
            return late_by_us > 0;
        }
        case FaultKind::duplicate:
        case FaultKind::duplicate_reports:
            passage.texts.push_back(passage.texts.front());
            return true;
        case FaultKind::reorder:
        case FaultKind::reorder_reports:
            claim = claim ? claim : this->claim(fault);
            passage.swap_claim = passage.swap_claim ? passage.swap_claim : claim;
            return false;
        case FaultKind::ack_after_fill:
            return fall_behind_fill(fault, out, passage, claim);
        default:
            return corrupts(spec.kind) ? spoil(fault, out, passage)
                                       : change_line(fault, passage, claim);
    }
}

/// The answer waits for the next fill of its owner, if none has been told since it was asked for.
bool FaultLayer::fall_behind_fill(Active& fault, const Outgoing& out, Passage& passage,
                                  SharedClaim& claim) {
    if (const auto told = fills_told_.find(out.owner); told != fills_told_.end()) {
        passage.delay_us = std::max(passage.delay_us, told->second - clock_());
        return true;
    }
    claim = claim ? claim : this->claim(fault);
    passage.fill_claim = passage.fill_claim ? passage.fill_claim : claim;
    passage.delay_us += fault.spec.argument * 1000;
    return false;
}

/// What a fault does to the connection instead of the message, or behind it.
bool FaultLayer::change_line(Active& fault, Passage& passage, SharedClaim& claim) {
    using Kind = WireAct::Kind;
    const FaultKind kind = fault.spec.kind;
    if (kind == FaultKind::disconnect_at) {
        const auto bytes = fault.random.below(static_cast<std::uint64_t>(fault.spec.argument) + 1);
        claim = claim ? claim : this->claim(fault);
        passage.acts.push_back(
            {Kind::cut_after, static_cast<std::int64_t>(bytes), [cut = claim] { cut->prove(); }});
        return false;
    }
    verify(kind == FaultKind::disconnect || kind == FaultKind::tear ||
           kind == FaultKind::half_open);
    passage.texts.clear();
    passage.acts.push_back({kind == FaultKind::disconnect ? Kind::cut
                            : kind == FaultKind::tear     ? Kind::tear
                                                          : Kind::half_open});
    return true;
}

void FaultLayer::meet(Active& fault, const Outgoing& out, Passages some) {
    const FaultKind kind = fault.spec.kind;
    if (row_of(kind).dose == FaultDose::act) {
        if (!acting_ && draw(fault)) {
            drawn_acts_.push_back(fault.id);
        }
        return;
    }
    const bool leaves = std::any_of(some.begin(), some.end(),
                                    [](const Passage& passage) { return !passage.texts.empty(); });
    if (!leaves || !applies(kind, out)) {
        return;
    }
    const auto gap = fault.gaps.find(out.stream);
    const bool begins = gap == fault.gaps.end() && strikes_messages(kind) && draw(fault);
    if (kind == FaultKind::silence || gap != fault.gaps.end()) {
        for (Passage& passage : some) {
            passage.texts.clear();
        }
    }
    if (kind == FaultKind::silence) {
        strike(fault);
    } else if (gap != fault.gaps.end() && --gap->second == 0) {
        fault.gaps.erase(gap);
    } else if (begins) {
        apply(fault, out, some);
        if (kind == FaultKind::gap && fault.spec.argument > 1) {
            fault.gaps.emplace(out.stream, fault.spec.argument - 1);
        }
    }
}

template <class Meet>
void FaultLayer::each_struck(const FaultSpec& spec, const Outgoing& out, Passages all,
                             const Meet& meet) {
    if (matches(spec, out)) {
        meet(all);
        return;
    }
    Outgoing on_connection = out;
    for (Passage& passage : all) {
        on_connection.connection = passage.word;
        if (matches(spec, on_connection)) {
            meet(Passages(&passage, 1));
        }
    }
}

std::vector<FaultLayer::Passage> FaultLayer::travel(const Outgoing& out, std::vector<Way> ways) {
    std::vector<Passage> passages;
    for (Way& way : ways) {
        passages.push_back({way.connection, way.word, {std::move(way.text)}});
    }
    for (Active& fault : active_) {
        each_struck(fault.spec, out, passages, [&](Passages some) { meet(fault, out, some); });
    }
    for (Active& fault : active_) {  // of what leaves after all
        if (fault.spec.kind != FaultKind::one_byte_writes) {
            continue;
        }
        each_struck(fault.spec, out, passages, [&](Passages some) {
            bool struck = false;
            for (Passage& passage : some) {
                if (!passage.texts.empty()) {
                    passage.acts.push_back({WireAct::Kind::one_byte, 1});
                    struck = true;
                }
            }
            if (struck) {
                strike(fault);
            }
        });
    }
    forget_spent();
    return passages;
}

std::optional<std::int64_t> FaultLayer::leave(const Outgoing& out, Connections& to,
                                              Passage& passage) {
    for (const WireAct& act : passage.acts) {
        to.act(passage.connection, act);
    }
    std::optional<std::int64_t> leaves_us;
    const std::int64_t due_us = clock_() + passage.delay_us;
    for (std::string& text : passage.texts) {
        HeldMessage message{&to, passage.connection, std::string(out.stream), std::move(text)};
        if (passage.fill_claim) {
            held_.until_fill(std::move(message), due_us, passage.fill_claim, out.owner);
        } else if (passage.swap_claim) {
            held_.until_successor(std::move(message), due_us + swap_us_max, passage.swap_claim);
        } else if (passage.beside_line) {
            held_.out_of_line(std::move(message), due_us);
            leaves_us = due_us;
        } else if (passage.delay_us > 0 || held_.waits(passage.connection)) {
            leaves_us = held_.in_line(std::move(message), due_us);
        } else {
            to.send(passage.connection, out.stream, std::move(message.text));
            leaves_us = due_us;
        }
    }
    if (leaves_us && !passage.beside_line) {
        held_.successor_leaves(passage.connection, out.stream, *leaves_us);
    }
    return leaves_us;
}

void FaultLayer::pass(const Outgoing& out, Connections& to, std::vector<Way> ways) {
    std::vector<Passage> passages = travel(out, std::move(ways));
    std::optional<std::int64_t> told_us;
    for (Passage& passage : passages) {
        if (out.late) {
            passage.delay_us += late_us;
            passage.beside_line = true;
        }
        if (const auto leaves_us = leave(out, to, passage)) {
            told_us = std::max(told_us.value_or(*leaves_us), *leaves_us);
        }
    }
    if (out.trade && told_us) {
        fills_told_.insert_or_assign(std::string(out.account), *told_us);
        held_.fill_leaves(out.account, *told_us);
    }
    poll();
    wake();
}

void FaultLayer::pass(const Outgoing& out, HttpReply& reply) {
    std::vector<Passage> passages = travel(out, {{0, {}, std::move(reply.body)}});
    Passage& passage = passages.front();
    reply.silent = reply.silent || (passage.texts.empty() && passage.acts.empty());
    reply.body = passage.texts.empty() ? "" : std::move(passage.texts.front());
    reply.html = passage.status != 0;
    reply.status = passage.status != 0 ? passage.status : reply.status;
    reply.delay_us = passage.delay_us;
    reply.acts = std::move(passage.acts);
    wake();
}

}  // namespace portcullis::tools::venue
