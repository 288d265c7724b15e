// Segments put together: numbers, order, and what may lie behind the last record.
#include "engine/journal/reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/journal/file_io.hpp"
#include "engine/journal/journal.hpp"

namespace portcullis::engine::journal {

struct JournalReader::Mapping {
    explicit Mapping(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) {
            return;
        }
        struct stat about {};
        if (::fstat(file, &about) == 0) {
            size = static_cast<std::size_t>(about.st_size);
            if (size > 0) {
                void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
                base = at == MAP_FAILED ? nullptr : static_cast<unsigned char*>(at);
            }
            readable = size == 0 || base != nullptr;
        }
        ::close(file);
    }
    ~Mapping() {
        if (base != nullptr) {
            ::munmap(base, size);
        }
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    unsigned char* base{};
    std::size_t size{};
    bool readable{};
};

JournalReader::JournalReader() = default;
JournalReader::JournalReader(JournalReader&&) noexcept = default;
JournalReader& JournalReader::operator=(JournalReader&&) noexcept = default;
JournalReader::~JournalReader() = default;

Result<JournalReader> JournalReader::open(const std::string& directory) {
    auto names = list_files(directory, "segment-", ".pcj");
    if (!names) {
        return Error{names.error()};
    }
    JournalReader reader;
    for (const std::string& name : names.value()) {
        const std::uint32_t number = number_in(name, "segment-", ".pcj");
        reader.files_.push_back(File{directory + "/" + name, number});
    }
    if (reader.files_.empty()) {
        reader.verdict_ = Verdict::complete;
    }
    return reader;
}

Result<JournalReader> JournalReader::open_segment(const std::string& file) {
    JournalReader reader;
    const std::size_t slash = file.rfind('/');
    const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
    reader.files_.push_back(File{file, number_in(name, "segment-", ".pcj")});
    reader.single_ = true;
    const Mapping probe(file);
    if (!probe.readable) {
        return Error{"cannot read " + file};
    }
    return reader;
}

std::string JournalReader::where() const {
    const std::string path = index_ < files_.size() ? files_[index_].path : std::string("nothing");
    return path + " at byte " + std::to_string(offset_);
}

bool JournalReader::next(Event& out) {
    while (verdict_ == Verdict::more) {
        if (!segment_ && !enter(index_)) {
            return false;
        }
        if (segment_->next(out)) {
            chain_ = segment_->chain();
            offset_ = segment_->offset();
            ++records_;
            return true;
        }
        offset_ = segment_->offset();
        if (!leave(segment_->verdict())) {
            return false;
        }
    }
    return false;
}

/// Opens segment `index`. False: reading ends here, verdict set.
bool JournalReader::enter(std::size_t index) {
    const File& file = files_[index];
    offset_ = 0;
    if (!single_ && file.number != index + 1) {
        verdict_ = file.number == 0 ? Verdict::misplaced_segment : Verdict::missing_segment;
        return false;
    }
    mapping_ = std::make_unique<Mapping>(file.path);
    if (!mapping_->readable) {
        verdict_ = Verdict::unreadable;
        return false;
    }
    const std::span<const unsigned char> bytes(mapping_->base, mapping_->size);
    std::uint32_t number = file.number;
    if (single_ && number == 0 && bytes.size() >= header_bytes) {
        std::memcpy(&number, bytes.data() + offsetof(SegmentStart, number), sizeof(number));
    }
    segment_ = std::make_unique<SegmentReader>(bytes, index == 0 ? nullptr : &chain_, number);
    switch (segment_->start()) {
        case SegmentReader::Start::begun:
            header_ = segment_->header();
            chain_ = segment_->chain();
            offset_ = segment_->offset();
            last_begun_ = number;
            return true;
        case SegmentReader::Start::prepared:
        case SegmentReader::Start::unfinished:
            verdict_ = after(index == 0            ? Verdict::complete
                             : ends_.back().sealed ? Verdict::complete
                                                   : Verdict::open_end,
                             index);
            return false;
        case SegmentReader::Start::damaged:
            verdict_ = segment_->verdict();
            return false;
    }
    return false;
}

/// The records of this segment have ended so. True: the next segment goes on.
bool JournalReader::leave(Verdict end) {
    if (is_damage(end) && end != Verdict::lost_tail) {
        verdict_ = end;
        return false;
    }
    ends_.push_back(SegmentEnd{header_.number, segment_->sealed(), header_.first_seq,
                               segment_->chain().seq, segment_->chain().crc, segment_->offset()});
    chain_ = segment_->chain();
    const bool may_go_on =
        end == Verdict::complete || (end == Verdict::open_end && segment_->full());
    if (may_go_on && index_ + 1 < files_.size()) {
        ++index_;
        segment_.reset();
        return true;
    }
    verdict_ = after(end, index_ + 1);
    return false;
}

/// Nothing but prepared segments may lie from `from` on; the first of them may have been about to
/// begin, where the one before had no room left or was sealed.
Verdict JournalReader::after(Verdict end, std::size_t from) {
    Verdict verdict = end;
    for (std::size_t i = from; i < files_.size(); ++i) {
        if (!single_ && files_[i].number != i + 1) {
            return Verdict::missing_segment;
        }
        const Mapping mapping(files_[i].path);
        if (!mapping.readable) {
            return Verdict::unreadable;
        }
        const SegmentReader rest({mapping.base, mapping.size}, &chain_, files_[i].number);
        const bool beginning = rest.start() == SegmentReader::Start::unfinished && i == from &&
                               segment_ != nullptr && i == index_;
        if (beginning) {
            verdict = Verdict::torn_tail;
        } else if (rest.start() != SegmentReader::Start::prepared) {
            index_ = i;
            offset_ = 0;
            if (rest.start() == SegmentReader::Start::begun) {
                const bool torn = end == Verdict::torn_tail || end == Verdict::lost_tail;
                return torn ? Verdict::bad_record : Verdict::segment_after_end;
            }
            return rest.start() == SegmentReader::Start::unfinished ? Verdict::segment_after_end
                                                                    : rest.verdict();
        }
    }
    return verdict;
}

}  // namespace portcullis::engine::journal
