// OperatorDesk: the operators file, the pending actions and who we are, opened together: what both
// `kill-clear` and a running engine need to take a signed command.
//
// The operators file decides who can raise risk, so it must be one that only its owner writes: root
// or us. One desk an installation: the pending actions' file is locked while it is open.
// Owner: control agent, or the offline command.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/events/control.hpp"
#include "gateways/codec/ed25519.hpp"
#include "risk/operators/pending_store.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tools {

[[nodiscard]] std::string pending_path(const AppConfig& config);
[[nodiscard]] std::string operator_log_path(const AppConfig& config);
/// A line at the end of the operators' log, with time and user; on the disk when this returns true.
[[nodiscard]] bool log_operator(const AppConfig& config, const std::string& line);
/// The clocks of this machine, now.
[[nodiscard]] engine::Result<risk::OperatorTime> operator_time();
/// The name of a user of this machine; empty where there is none.
[[nodiscard]] std::string user_name(uid_t uid);
/// 16 bytes that nobody can foretell.
[[nodiscard]] engine::Result<risk::CommandNonce> make_nonce();

/// The operators file, where it is one that only its owner writes and two risk officers are in it.
[[nodiscard]] engine::Result<risk::Operators> load_operators(const std::string& path);

/// What `check` can tell without a state directory: why nothing could be agreed on. Empty: it can,
/// or one person may (one_person_note).
[[nodiscard]] std::string why_no_operators(const AppConfig& config);

class OperatorDesk {
public:
    /// The error says which of all that is missing, and why.
    [[nodiscard]] static engine::Result<std::unique_ptr<OperatorDesk>> open(
        const AppConfig& config);
    OperatorDesk(const OperatorDesk&) = delete;
    OperatorDesk& operator=(const OperatorDesk&) = delete;

    struct Taken {
        std::string refusal;  ///< empty: taken
        std::uint64_t id{};   ///< of the action
        risk::OperatorAction action;
        const risk::Operator* who{};  ///< null: nobody that is known
        engine::OperatorNote note{};  ///< for the journal
    };
    /// Why what a good frame proposes cannot be done here; empty: it can.
    using Impossible = std::function<std::string(const risk::OperatorAction&)>;
    /// Verifies and takes a frame: durable when this returns.
    [[nodiscard]] Taken take(std::string_view frame, const std::optional<risk::CommandNonce>& nonce,
                             engine::DurationNs nonce_age, const std::string& peer_user,
                             const Impossible& impossible = {});
    /// What was taken or refused, for the operators' log: one line, whatever came in.
    [[nodiscard]] std::string log_text(const Taken& taken) const;

    /// The frame of a person's next command, all but signature and action, good for 30 s.
    [[nodiscard]] engine::Result<risk::CommandFrame> draft(const risk::Ed25519Key& key,
                                                           const risk::CommandNonce& nonce) const;
    [[nodiscard]] risk::PendingStore& store() noexcept { return store_; }
    [[nodiscard]] const risk::PendingStore& store() const noexcept { return store_; }
    [[nodiscard]] const risk::Operators& operators() const noexcept { return *operators_; }

private:
    OperatorDesk(std::unique_ptr<risk::Operators> operators, risk::PendingStore store,
                 const risk::EngineUuid& engine, std::uint32_t epoch)
        : operators_(std::move(operators)),
          store_(std::move(store)),
          engine_(engine),
          epoch_(epoch) {}

    std::unique_ptr<risk::Operators> operators_;  ///< the store refers to it
    risk::PendingStore store_;
    risk::EngineUuid engine_;
    std::uint32_t epoch_;
};

/// Names of those who have signed, "alice, bob".
[[nodiscard]] std::string signers_text(const OperatorDesk& desk, const risk::PendingAction& action);
/// The lines of what is pending, for people.
[[nodiscard]] std::string pending_text(const OperatorDesk& desk, const risk::OperatorTime& now);

/// The kill word of a scope, by its names.
[[nodiscard]] engine::Result<std::uint32_t> read_kill_word(const AppConfig& config,
                                                           const std::string& scope,
                                                           const std::string& name);
/// THE one place where a kill word is opened again: `word` as it was shown to `who`. Gives the new
/// word.
[[nodiscard]] engine::Result<std::uint32_t> clear_kill_word(const AppConfig& config,
                                                            const std::string& scope,
                                                            const std::string& name,
                                                            std::uint32_t word,
                                                            const std::string& who);
/// Lets a pending clear_kill happen that is due: begun on the disk, logged, cleared, ended. Only
/// where the word is still the one that both signed: a kill after the proposal is another. Gives
/// what to say. Requires: the id is no other kind's.
[[nodiscard]] engine::Result<std::string> apply_clear(const AppConfig& config, OperatorDesk& desk,
                                                      std::uint64_t id,
                                                      const risk::OperatorTime& now);

}  // namespace portcullis::tools
