// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims
import Glibc
import Testing

@testable import BottleSystem

struct HypervisorTests {
    @Test(.timeLimit(.minutes(1)))
    func `a look ends, and says the same again`() async {
        let first = await Hypervisor.look()
        #expect(await Hypervisor.look() == first)
        if access("/dev/kvm", F_OK) != 0 { #expect(first == .unusable("has no /dev/kvm")) }
    }

    @Test(arguments: [
        (hypervisor_missing, ENOENT, "no /dev/kvm"), (hypervisor_closed, EACCES, "Permission denied"),
        (hypervisor_no_machine, ENODEV, "makes no machine"), (hypervisor_no_guest, 17, "KVM exit 17"),
        (hypervisor_too_slow, 0, "5.0 seconds"),
    ])
    func `each reason is told`(_ outcome: hypervisor_outcome, _ detail: Int32, _ words: String) {
        guard case .unusable(let reason) = Hypervisor.judge(outcome, detail) else {
            Issue.record("\(outcome) is usable")
            return
        }
        #expect(reason.contains(words))
    }

    @Test func `a guest that ran, or that nobody tried, is no reason`() {
        #expect(Hypervisor.judge(hypervisor_usable, 0) == .usable)
        #expect(Hypervisor.judge(hypervisor_untried, 0) == .untried)
    }
}
