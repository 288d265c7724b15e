// FaultLayer: where everything passes that leaves the venue as text, and where faults strike it.
//
// Doors hand each message over with what it is (Outgoing) and the connections that it goes to
// (Way); the layer sends it on, changed, twice, later or not at all. What strikes a stream or an
// account's event draws once and strikes it alike on every connection; what strikes a connection
// draws for that one. What a fault does to a connection's bytes goes out by the same Connections
// and is done by the transport. Requests meet the layer before they are executed (refuse) and
// answers before they are dressed (answer). The same seed and the same messages give the same
// faults. With no fault on, idle() lets doors skip it. One owner: the server's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/faults/fault_spec.hpp"
#include "tools/venue/faults/held_messages.hpp"
#include "tools/venue/faults/random.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

/// What a message is, as targets name it. Views live as long as the call.
struct Outgoing {
    bool market{false};             ///< on a connection of streams
    std::string_view stream{};      ///< market: its name; empty: an answer, of no stream
    std::string_view connection{};  ///< a request of the WebSocket API: "orders" or "second"
    std::string_view account{};     ///< an account event: whose
    std::string_view owner{};       ///< an answer about orders: whose
    std::string_view method{};      ///< an answer: to what
    bool rest{false};
    bool failed{false};  ///< the answer is a refusal, of all that was asked for
    bool trade{false};   ///< the account event tells of a fill
    bool late{false};    ///< to be told behind all that the same call tells
};

/// One message on its way to one connection.
struct Way {
    std::uint64_t connection{};
    std::string_view word{};  ///< of the WebSocket API: "orders" or "second"
    std::string text;
};

/// A fault is counted when it has struck: when a message left changed, twice, late or not at all, a
/// connection was cut, a request met the state. What was asked for or drawn and came to nothing (no
/// successor to change places with, no fill to wait for, a line that ended first) is not counted.
class FaultLayer {
public:
    /// Told when a fault that is a state begins or ends.
    using StateHook = std::function<void(const FaultSpec&, bool on)>;
    /// Whether an answer was made by a fault that is a state: one that no message is struck by.
    using MetHook = std::function<bool(const FaultSpec&, const ApiRequest&, const ApiReply&)>;
    /// Does what has no message of its own; false when there was nothing to do it to.
    using ActHook = std::function<bool(const FaultSpec&)>;
    /// The best ask of a symbol's book in atoms; 0: there is none.
    using BestAskHook = std::function<std::int64_t(const std::string& symbol)>;
    explicit FaultLayer(ClockUs clock) : clock_(std::move(clock)) {}
    FaultLayer(const FaultLayer&) = delete;
    FaultLayer& operator=(const FaultLayer&) = delete;

    void on_state(StateHook hook) { state_hook_ = std::move(hook); }
    void on_act(ActHook hook) { act_hook_ = std::move(hook); }
    void on_best_ask(BestAskHook hook) { best_ask_hook_ = std::move(hook); }
    void on_met(MetHook hook) { met_hook_ = std::move(hook); }
    /// Called with the time at which poll() is next wanted.
    void on_wake(std::function<void(std::int64_t due_us)> wake) { wake_ = std::move(wake); }

    /// `books`: for stale-snapshot, the books as they are now.
    void add(const FaultSpec& spec, std::map<std::string, Exchange::BookCopy> books = {});
    /// Ends those of this kind (none: all) and this name (empty: any); how many.
    std::size_t remove(std::optional<FaultKind> kind, std::string_view name);
    /// A fault that the venue itself made happen.
    void count(FaultKind kind, const std::string& target);
    /// One outside the layer has struck: each of this kind that is on.
    void meet(FaultKind kind);

    [[nodiscard]] bool idle() const { return active_.empty() && held_.empty(); }
    /// The number of a connection that begins; no two have the same.
    [[nodiscard]] std::uint64_t new_connection() { return ++connections_; }
    void pass(const Outgoing& out, Connections& to, std::vector<Way> ways);
    void pass(const Outgoing& out, HttpReply& reply);
    /// While a ban is on: the refusal of whatever comes from `ip`.
    [[nodiscard]] std::optional<ApiError> ban(const std::string& ip, std::int64_t venue_ms);
    /// A request has come: what is told from here to its answer is told before it.
    void asked() { fills_told_.clear(); }
    [[nodiscard]] std::optional<ApiError> refuse(const Outgoing& out);
    void answer(const Outgoing& out, const ApiRequest& request, ApiReply& reply);
    /// An order of `account` is about to be cancelled: `fill_a_lot` is called if one of it is to
    /// trade before, and says whether it did.
    void before_cancel(std::string_view account, const std::function<bool()>& fill_a_lot);

    /// Kinds that look for a certain sort of message leave the others alone.
    [[nodiscard]] static bool applies(FaultKind kind, const Outgoing& out);

    /// Sends what was held and is due, ends faults whose time is over.
    void poll();
    /// Does what the dice have asked for since. Not from inside a call of the exchange.
    void act();
    [[nodiscard]] std::optional<std::int64_t> next_due_us() const;

    /// {"active":[{"fault":..,"struck":..}],"injected":{name:count},"byTarget":{"name
    /// target":count}}
    [[nodiscard]] std::string json() const;

private:
    struct Active {
        FaultSpec spec;
        Random random;
        std::uint64_t id;
        std::int64_t until_us;  ///< 0: no end
        std::uint64_t seen{0};
        std::uint64_t struck{0};
        std::int64_t claimed{0};                                ///< strikes that are not shown yet
        std::map<std::string, std::int64_t, std::less<>> gaps;  ///< by stream: how many to go
        std::map<std::string, std::uint64_t> warned;  ///< ban: 429 to an address, so often
        std::map<std::string, Exchange::BookCopy> books;
    };
    class Strike;
    /// What becomes of one message on its way to one connection.
    struct Passage {
        std::uint64_t connection{};
        std::string_view word{};
        std::vector<std::string> texts{};
        std::int64_t delay_us{0};
        bool beside_line{false};
        SharedClaim swap_claim{}, fill_claim{};  ///< it waits for its successor, for a fill
        int status{0};
        std::vector<WireAct> acts{};
    };
    /// Those of one message that a fault strikes together.
    using Passages = std::span<Passage>;
    [[nodiscard]] static bool matches(const FaultSpec& spec, const Outgoing& out);
    /// The dice: whether this message is the one.
    [[nodiscard]] static bool draw(Active& fault);
    void strike(Active& fault);
    [[nodiscard]] SharedClaim claim(Active& fault);
    void prove(std::uint64_t id, FaultKind kind, const std::string& target);
    void give_up(std::uint64_t id);
    [[nodiscard]] std::vector<Passage> travel(const Outgoing& out, std::vector<Way> ways);
    /// Calls `meet` with the passages that this fault strikes together: all, or one by one.
    template <class Meet>
    static void each_struck(const FaultSpec& spec, const Outgoing& out, Passages all,
                            const Meet& meet);
    void meet(Active& fault, const Outgoing& out, Passages some);
    void apply(Active& fault, const Outgoing& out, Passages some);
    /// Whether it has struck by that. `claim`: what later shows it, for all passages together.
    [[nodiscard]] bool change(Active& fault, const Outgoing& out, Passage& passage,
                              SharedClaim& claim);
    [[nodiscard]] bool spoil(Active& fault, const Outgoing& out, Passage& passage) const;
    [[nodiscard]] bool change_line(Active& fault, Passage& passage, SharedClaim& claim);
    [[nodiscard]] bool fall_behind_fill(Active& fault, const Outgoing& out, Passage& passage,
                                        SharedClaim& claim);
    /// When it leaves; none: it does not, or stands aside.
    std::optional<std::int64_t> leave(const Outgoing& out, Connections& to, Passage& passage);
    void end(std::size_t index);
    [[nodiscard]] Active* find(std::uint64_t id);
    void forget_spent();
    void wake() const;
    /// The first fault of this kind whose dice take this message.
    Active* drawn_by(FaultKind kind, const Outgoing& out);
    /// The same, counted.
    Active* struck_by(FaultKind kind, const Outgoing& out);

    ClockUs clock_;
    StateHook state_hook_;
    MetHook met_hook_;
    ActHook act_hook_;
    BestAskHook best_ask_hook_;
    std::function<void(std::int64_t)> wake_;
    std::vector<Active> active_;
    HeldMessages held_;
    /// Since the last request came: when accounts were told of a fill.
    std::map<std::string, std::int64_t, std::less<>> fills_told_;
    std::vector<std::uint64_t> drawn_acts_;  ///< ids of faults
    bool acting_{false};                     ///< what an act tells draws none
    std::uint64_t connections_{0};
    std::uint64_t faults_{0};  ///< how many there have been
    std::map<std::string_view, std::uint64_t> counts_;
    std::map<std::string, std::uint64_t> counts_by_target_;
};

}  // namespace portcullis::tools::venue
