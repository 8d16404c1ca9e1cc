// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct DRIVER01ExecRunsInsideTests {
    private let check = DRIVER01ExecRunsInside()
    @Test func theBundleIsNotTheGuest() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let bundle = try #require(evidence[.bottle]?.probes["bundle-identity"]?.observation)
        evidence.sessions[.bottle]?.probes["identity"]?.observation = bundle
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.hasPrefix("the command ran in the bundle"))
    }

    @Test func standardErrorIsAStreamOfItsOwn() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let result = try #require(evidence[.bottle]?.execs["fail"]?.result)
        var merged = result
        merged.stdout = result.stderr
        merged.stderr = []
        evidence.sessions[.bottle]?.execs["fail"]?.result = merged
        #expect(check.judge(evidence).verdict == .violated)
        merged.stdout = []
        evidence.sessions[.bottle]?.execs["fail"]?.result = merged
        #expect(check.judge(evidence).verdict == .inconclusive, "an empty standard error may be a lost one")
    }

    private func judge(_ change: (inout Evidence) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        change(&evidence)
        return check.judge(evidence)
    }

    @Test func everyByteOfTheOutputCounts() {
        #expect(judge { $0.sessions[.bottle]?.execs["say"]?.result?.stdout.append(0x20) }.verdict == .violated)
        #expect(judge { $0.sessions[.bottle]?.execs["say"]?.result?.stderr = [0x21] }.verdict == .violated)
        #expect(judge { $0.sessions[.bottle]?.execs["say"]?.result?.ending = .exited(1) }.verdict == .violated)
        #expect(judge { $0.sessions[.bottle]?.execs["fail"]?.result?.ending = .exited(0) }.verdict == .violated)
    }

    @Test func aProbeThatDidNotRunProvesNothing() {
        #expect(judge { $0.sessions[.bottle]?.execs["say"]?.result?.ending = .exited(127) }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.execs["say"]?.result?.ending = .signalled(9) }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.execs["fail"]?.result?.ending = .timedOut }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.execs["say"]?.result?.truncated = true }.verdict == .inconclusive)
    }

    @Test func aFileOnTheHostIsProofEnough() {
        let judgement = judge { $0.sessions[.bottle]?.probes["file"]?.observation?.facts["host_file"] = "/tmp/x" }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary == "the command ran on a host: the file it wrote is there at /tmp/x")
    }

    @Test func aMicroVMIsToldByItsBootId() {
        let world = SimulatedWorld(kind: .microvm)
        #expect(world.judge(check).verdict == .pass)
        var evidence = world.evidence(for: check)
        evidence.sessions[.bottle]?.probes["identity"]?.observation?.facts["boot_id"] = SimulatedWorld.host.bootID
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test func theAnswerIsComputedFromTheLine() {
        let line = "00000000000000000000000000000000 18446744073709551615 2\n"
        let digest = SHA256.hex(line.dropLast().utf8)
        #expect(
            DRIVER01ExecRunsInside.answer(to: Array(line.utf8))
                == "00000000000000000000000000000000 18446744073709551613 \(digest)\n")
        #expect(DRIVER01ExecRunsInside.answer(to: Array("x y z\n".utf8)) == nil)
    }
}
