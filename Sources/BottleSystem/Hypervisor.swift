// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import CBottleShims
    import Glibc
#endif

/// Whether microVMs can run on this machine, found out by running the smallest one.
package enum Hypervisor: Sendable, Hashable {
    case usable
    /// Why not: completes "this machine ...", without a full stop.
    case unusable(String)
    /// Nobody knows how to find out on this kind of machine.
    case untried

    /// What a guest of a few instructions gets: far more than it needs, for a machine may have much else to do.
    private static let patience = Duration.seconds(5)

    /// Looks; takes as long as the patience at most.
    package static func look() async -> Hypervisor {
        #if os(Linux)
            let milliseconds = Int32(patience / .milliseconds(1))
            // The child dies with the thread that made it, which waits for it.
            let (outcome, detail) = await DedicatedThread.run("hypervisor") { () -> (hypervisor_outcome, Int32) in
                var detail: Int32 = 0
                let outcome = hypervisor_attempt(milliseconds, &detail)
                return (outcome, detail)
            }
            return judge(outcome, detail)
        #else
            return .untried
        #endif
    }

    #if os(Linux)
        static func judge(_ outcome: hypervisor_outcome, _ detail: Int32) -> Hypervisor {
            let reason = String(cString: strerror(detail))
            return switch outcome {
            case hypervisor_usable: .usable
            case hypervisor_missing: .unusable("has no /dev/kvm")
            case hypervisor_closed: .unusable("does not let this user open /dev/kvm (\(reason))")
            case hypervisor_no_machine: .unusable("has a /dev/kvm that makes no machine (\(reason))")
            case hypervisor_no_guest:
                .unusable("has a /dev/kvm that does not run ordinary guests (KVM exit \(detail) instead of a halt)")
            case hypervisor_too_slow:
                .unusable("has a /dev/kvm on which a guest of a few instructions does not end in \(patience)")
            case hypervisor_no_attempt: .unusable("does not let anybody try its /dev/kvm (\(reason))")
            default: .untried
            }
        }
    #endif
}
