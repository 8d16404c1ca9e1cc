// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PRIV02NoCapabilitiesTests {
    private let check = PRIV02NoCapabilities()
    private let world = SimulatedWorld(capabilities: ["bundle-exec", "guest-root"])

    private func verdict(_ key: String, _ fact: String, _ value: String?) throws -> Judgement {
        var evidence = world.evidence(for: check)
        try #require(evidence.sessions[.bottle]?.probes[key]?.observation?.facts[fact] != nil)
        evidence.sessions[.bottle]?.probes[key]?.observation?.facts[fact] = value
        return check.judge(evidence)
    }

    @Test(arguments: ["cap_eff", "cap_prm", "cap_inh", "cap_amb"], PRIV02NoCapabilities.forbidden.map(\.bit))
    func everyDangerousCapabilityOfEverySetIsALeak(set: String, bit: Int) throws {
        for user in ["agent", "root"] {
            let judgement = try verdict("identity-\(user)", set, String(UInt64(1) << bit, radix: 16))
            #expect(judgement.verdict == .violated)
        }
    }

    @Test func anotherCapabilityIsNone() throws {
        // CHOWN and SETUID are of no use outside of the guest's own files.
        #expect(try verdict("identity-root", "cap_eff", "0000000000000081").verdict == .pass)
    }

    @Test(arguments: ["0": Verdict.violated, "1": .pass, "2": .inconclusive])
    func newPrivilegesMustBeOff(value: String, expected: Verdict) throws {
        #expect(try verdict("identity-agent", "no_new_privs", value).verdict == expected)
    }

    @Test(arguments: PRIV02NoCapabilities.powers)
    func whatWorksIsALeakWhateverTheMasksSay(power: String) throws {
        for (answer, expected) in [
            ("ok", Verdict.violated), ("EPERM", .pass), ("ENOSYS", .pass), ("EINVAL", .inconclusive),
        ] {
            #expect(try verdict("powers-root", "power.\(power)", answer).verdict == expected, "\(answer)")
        }
        #expect(try verdict("powers-agent", "power.\(power)", nil).verdict == .inconclusive)
    }

    @Test func aGuestThatMayNothingProvesNothing() throws {
        #expect(try verdict("powers-agent", "power.none", "EPERM").verdict == .inconclusive)
    }

    @Test(arguments: ["cap_eff", "cap_prm", "cap_inh", "cap_amb", "no_new_privs"])
    func aMaskThatIsNotReportedProvesNothing(fact: String) throws {
        #expect(try verdict("identity-agent", fact, nil).verdict == .inconclusive)
        #expect(try verdict("identity-agent", fact, "x").verdict == .inconclusive)
    }

    @Test(arguments: ["identity-agent", "identity-root", "powers-agent", "powers-root"])
    func silenceProvesNothing(key: String) {
        var evidence = world.evidence(for: check)
        evidence.sessions[.bottle]?.probes[key]?.observation = nil
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
