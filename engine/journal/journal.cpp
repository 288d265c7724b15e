#include "engine/journal/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/journal/epoch_keys.hpp"
#include "engine/journal/file_io.hpp"
#include "engine/journal/recovery.hpp"

namespace portcullis::engine::journal {
namespace {

/// Takes the directory for this process, or says who has it. The lock belongs to the open file and
/// not to the process, so that a second open in the same process is refused as well.
Result<int> lock_directory(const std::string& directory) {
    const std::string path = directory + "/lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) {
        return system_error("open", path, errno);
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file, F_OFD_SETLK, &whole) != 0) {
        const int number = errno;
        ::close(file);
        if (number != EAGAIN && number != EACCES) {
            return system_error("lock", path, number);
        }
        auto holder = read_file(path, 256);
        return Error{directory + " is in use by " +
                     (holder ? holder.value() : std::string("another process"))};
    }
    char host[65] = "?";
    (void)::gethostname(host, sizeof(host) - 1);
    const std::string holder =
        "process " + std::to_string(::getpid()) + " on " + static_cast<const char*>(host);
    const auto* bytes = reinterpret_cast<const unsigned char*>(holder.data());
    if (::ftruncate(file, 0) != 0 || !write_at(file, {bytes, holder.size()}, 0)) {
        const int number = errno;
        ::close(file);
        return system_error("write", path, number);
    }
    return file;
}

Outcome make_directory(const std::string& directory) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return system_error("make", directory, errno);
    }
    return Done{};
}

BuildId build_id_of(const std::string& text) {
    BuildId id{};
    std::memcpy(id.data(), text.data(), std::min(text.size(), id.size()));
    return id;
}

Outcome check_mode(OpenMode mode, const std::string& directory, const EpochFiles& epochs,
                   const Found& found) {
    const bool empty = epochs.keys.empty() && found.segment_files == 0;
    if (mode == OpenMode::existing && empty) {
        return Error{directory + ": no journal here (portcullis init makes one)"};
    }
    if (mode == OpenMode::create && !empty) {
        return Error{directory + ": there is a journal already"};
    }
    if (found.chain.number == 0) {
        return Done{};
    }
    if (epochs.keys.empty() || epochs.uuid != found.chain.uuid ||
        epochs.keys.back().epoch.value < found.chain.epoch) {
        return Error{directory +
                     ": the epoch keys are older than the segments, or of another "
                     "journal"};
    }
    return Done{};
}

}  // namespace

std::string segment_name(std::uint32_t number) {
    return numbered("segment-", number, ".pcj");
}

Outcome store_config(const std::string& directory, Epoch epoch, std::string_view text) {
    return write_durably(directory, numbered("config-", epoch.value, ".toml"), text, 0640);
}

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options) {
    if (options.segment_bytes < segment_bytes_min || options.segment_bytes % header_bytes != 0 ||
        options.segment_bytes > capacity::journal_segment_bytes) {
        return Error{"journal segments of " + std::to_string(options.segment_bytes) +
                     " bytes: expected a multiple of 4096 up to 64 MiB"};
    }
    if (options.mode == OpenMode::create) {
        const Outcome made = make_directory(options.directory);
        if (!made) {
            return Error{made.error()};
        }
    }
    std::unique_ptr<Journal> journal(new Journal());
    journal->directory_ = options.directory;
    auto lock = lock_directory(options.directory);
    if (!lock) {
        return Error{lock.error()};
    }
    journal->lock_ = lock.value();

    // Look at everything; write nothing yet.
    auto boot_id = read_boot_id();
    if (!boot_id) {
        return Error{boot_id.error()};
    }
    auto epochs = read_epochs(options.directory);
    if (!epochs) {
        return Error{epochs.error()};
    }
    auto found = examine(options.directory, boot_id.value());
    if (!found) {
        return Error{found.error()};
    }
    const Outcome fits = check_mode(options.mode, options.directory, epochs.value(), found.value());
    if (!fits) {
        return Error{fits.error()};
    }
    // Decided.
    const Outcome recovered = recover(options.directory, found.value());
    if (!recovered) {
        return Error{recovered.error()};
    }
    const Outcome added = add_epoch(options.directory, epochs.value());
    if (!added) {
        return Error{added.error()};
    }
    journal->recovery_ = found.value().recovery;
    journal->uuid_ = epochs.value().uuid;
    journal->keys_ = std::move(epochs.value().keys);
    const Outcome begun = journal->begin(options, found.value().chain, boot_id.value());
    if (!begun) {
        return Error{begun.error()};
    }
    return journal;
}

Outcome Journal::begin(const JournalOptions& options, const ChainState& chain,
                       const Uuid& boot_id) {
    shared_ = std::make_unique<JournalShared>();
    shared_->segment_bytes = options.segment_bytes;
    shared_->reserve_records = options.reserve_records;
    shared_->start.uuid = uuid_;
    shared_->start.epoch = epoch().value;
    shared_->start.config_hash = options.config_hash;
    shared_->start.build_id = build_id_of(options.build_id);
    shared_->start.boot_id = boot_id;
    agent_ = std::make_unique<JournalAgent>(
        *shared_, AgentOptions{directory_, options.sync_period, options.retry_period},
        chain.number + 1);
    // Twice: the first segment becomes the writer's, the second lies ready behind it.
    (void)agent_->do_work(MonoNs{});
    if (agent_->error() != AgentError::none) {
        return system_error(describe(agent_->error()), directory_, agent_->error_number());
    }
    writer_ = std::make_unique<JournalWriter>(*shared_, chain.seq, chain.crc);
    (void)agent_->do_work(MonoNs{});
    return Done{};
}

Outcome Journal::close(MonoNs mono, WallNs wall) {
    verify(!closed_);
    closed_ = true;
    Event end;
    end.header.type = EventType::session_end;
    end.header.mono = mono;
    end.header.wall = wall;
    const bool said = writer_->append(end);
    if (!agent_->close()) {
        return system_error(describe(agent_->error()), directory_, agent_->error_number());
    }
    if (!said) {
        return Error{directory_ + ": sealed, but there was no room to say that it ended well"};
    }
    return Done{};
}

Journal::~Journal() {
    writer_.reset();
    agent_.reset();
    if (lock_ >= 0) {
        ::close(lock_);
    }
}

}  // namespace portcullis::engine::journal
