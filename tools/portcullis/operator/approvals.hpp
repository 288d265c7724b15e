// Approvals: what a running engine does with signed commands: challenge, frame, pending, apply.
//
// On the console socket a frame that does not begin with '{' is a signed command
// (risk/operators/command_frame.hpp). Who signs asks for a challenge first: a nonce that is good
// for one command on this connection, and what stands there now, as the engine has it. What is
// agreed on happens when somebody says `apply` after the delay, once; unused it expires. Every
// step is durable before it is answered, in the operators' log and in the journal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/console/server.hpp"
#include "tools/portcullis/operator/desk.hpp"

namespace portcullis::tools {

/// What only the engine knows or can do.
struct ApprovalHands {
    /// For the journal.
    std::function<void(const engine::OperatorNote&)> note;
    /// What stands there now (OperatorAction::was) for the action to be proposed; the error says
    /// why it cannot be done: nothing is proposed that could not take effect.
    std::function<engine::Result<std::string>(const risk::OperatorAction&)> stands;
    /// Why it must wait although it is due; empty: it need not.
    std::function<std::string(const risk::OperatorAction&)> not_now;
    /// Does what was agreed on. Gives what to say.
    std::function<engine::Result<std::string>(const risk::OperatorAction&, std::uint64_t id,
                                              uid_t uid)>
        perform;
};

// A flood of refused commands costs a bounded number of lines and records: refusals_told in each
// second, then their number. Owner: control agent.
class Approvals {
public:
    static constexpr std::uint32_t refusals_told = 10;

    [[nodiscard]] static engine::Result<std::unique_ptr<Approvals>> open(const AppConfig& config,
                                                                         ApprovalHands hands);

    [[nodiscard]] std::string challenge(ConsoleVisitor& visitor, const ConsoleRequest& request,
                                        engine::MonoNs now);
    [[nodiscard]] std::string on_frame(ConsoleVisitor& visitor, std::string_view frame,
                                       engine::MonoNs now);
    [[nodiscard]] std::string pending_json() const;
    [[nodiscard]] std::string withdraw(const Peer& peer, std::uint64_t id);
    [[nodiscard]] std::string apply(const Peer& peer, std::uint64_t id);
    /// A scope was killed: what was pending was agreed on in another world.
    void on_kill(std::uint32_t uid);
    /// Ends what has expired. Once a second is enough.
    void poll();

    [[nodiscard]] std::size_t pending() const noexcept {
        return desk_->store().pending().all().size();
    }
    [[nodiscard]] const std::vector<std::string>& told() const noexcept {
        return desk_->store().told();
    }
    [[nodiscard]] const risk::Operators& operators() const noexcept { return desk_->operators(); }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
    Approvals(const AppConfig& config, std::unique_ptr<OperatorDesk> desk, ApprovalHands hands)
        : config_(config), desk_(std::move(desk)), hands_(std::move(hands)) {}
    [[nodiscard]] std::string impossible(const risk::OperatorAction& action) const;
    void tell(const std::string& line);
    void note(engine::OperatorAct act, std::uint64_t id, std::uint32_t uid, std::uint8_t kind = 0);
    [[nodiscard]] bool may_tell(engine::MonoNs now);

    const AppConfig& config_;
    std::unique_ptr<OperatorDesk> desk_;
    ApprovalHands hands_;
    std::uint64_t refused_{};
    std::uint64_t untold_{};  ///< refusals since the last line
    std::uint32_t told_now_{};
    std::int64_t told_second_{};
};

}  // namespace portcullis::tools
