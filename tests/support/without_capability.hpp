// WithoutCapability: this thread without one of root's powers for a while, so that a test run as
// root meets the refusals that a service's user meets. As another user it changes nothing: there
// the power is missing anyway.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace portcullis::test {

class WithoutCapability {
public:
    explicit WithoutCapability(unsigned capability) {
        (void)::syscall(SYS_capget, &header_, before_);
        __user_cap_data_struct now[2] = {before_[0], before_[1]};
        now[capability / 32].effective &= ~(1U << capability % 32);
        (void)::syscall(SYS_capset, &header_, now);
    }
    ~WithoutCapability() { (void)::syscall(SYS_capset, &header_, before_); }
    WithoutCapability(const WithoutCapability&) = delete;
    WithoutCapability& operator=(const WithoutCapability&) = delete;

private:
    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct before_[2]{};
};

}  // namespace portcullis::test
