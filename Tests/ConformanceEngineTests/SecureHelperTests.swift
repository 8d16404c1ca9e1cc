// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

/// The executable with which the probe speaks TLS is brought to those who need it, and to nobody else.
@Suite(.timeLimit(.minutes(1)))
struct SecureHelperTests {
    private static let helper: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 0]

    private static func check(_ id: String, in sessions: Set<Session>, target: ExecTarget = .guest) -> StubCheck {
        StubCheck(
            id,
            declare: { declaration in
                declaration.probe("identity", .identity)
                guard sessions.contains(declaration.session) else { return }
                declaration.probe(
                    "secure", target: target,
                    .exchange(
                        Exchange(
                            .tcp, "10.77.1.2", 443, turns: [.init(send: [65], until: .close)],
                            secured: .init(serverName: "a.test", trust: .anybody))))
            })
    }

    private func run(
        _ checks: [StubCheck], _ driver: FakeDriver, helper: (@Sendable () throws -> [UInt8])? = { Self.helper }
    ) async -> (summary: RunSummary, trial: Trial) {
        let trial = Trial()
        return (await trial.run(checks, driver: driver, configure: { $0.secureHelper = helper }), trial)
    }

    private static func warnings(_ trial: Trial) -> [String] {
        trial.events.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    }

    @Test func itIsCopiedOnceIntoEachGuestThatSpeaksTLS() async throws {
        let driver = FakeDriver()
        let checks = [Self.check("A-01", in: [.bottle, .twin]), Self.check("B-01", in: [.bottle])]
        let summary = await run(checks, driver).summary
        #expect(summary.results.map(\.judgement.verdict) == [.pass, .pass])
        let copies = driver.snapshot.copies
        #expect(copies.compactMap(\.session).sorted { $0.rawValue < $1.rawValue } == [.bottle, .twin])
        for copy in copies {
            #expect(
                copy.request
                    == CopyRequest(path: Contract.secureHelperPath, bytes: Self.helper, mode: 0o755))
        }
        // A helper that comes behind the steps is none.
        let operations = driver.snapshot.operations
        let copied = try #require(operations.firstIndex(of: "bottle copy"))
        #expect(operations[copied...].contains("bottle exec"))
        let batch = try #require(
            driver.snapshot.execs.first { String(decoding: $0.request.stdin, as: UTF8.self).contains("helper ") })
        #expect(batch.request.argv.last == "batch")
    }

    @Test func whoNeedsNoneIsBroughtNone() async {
        let driver = FakeDriver()
        // A bundle's probe has nobody to talk to over TLS; its files are nobody's to write.
        let checks = [StubCheck("A-01"), Self.check("B-01", in: [.bottle], target: .bundle)]
        let (_, trial) = await run(checks, driver, helper: { throw BottleError(.io, "nobody was to read this") })
        #expect(driver.snapshot.copies.isEmpty)
        #expect(Self.warnings(trial).isEmpty)
    }

    @Test func withoutOneTheStepsAreTriedAllTheSame() async {
        let driver = FakeDriver()
        let (summary, trial) = await run([Self.check("A-01", in: [.bottle])], driver, helper: nil)
        #expect(driver.snapshot.copies.isEmpty)
        #expect(summary.results.map(\.judgement.verdict) == [.pass], "the fake probe answers without a helper")
        #expect(Self.warnings(trial).isEmpty)
    }

    @Test func aCopyThatFailsIsReported() async {
        let driver = FakeDriver(refusesCopy: BottleError(.io, "No space left."))
        let (summary, trial) = await run([Self.check("A-01", in: [.bottle])], driver)
        #expect(
            summary.harnessErrors.contains {
                $0.contains("copy of the probe's helper for TLS into ") && $0.contains("No space left.")
            }, "\(summary.harnessErrors)")
        #expect(Self.warnings(trial).contains { $0.contains("No space left.") })
        #expect(driver.snapshot.execs.contains { $0.request.argv.last == "batch" }, "the other steps are tried")
    }

    @Test func aHelperThatCannotBeReadIsReported() async {
        let (summary, _) = await run(
            [Self.check("A-01", in: [.bottle])], FakeDriver(), helper: { throw BottleError(.io, "Build it again.") })
        #expect(summary.harnessErrors.contains { $0.contains("Build it again.") })
    }

    @Test func aDriverThatCopiesNothingMayDoSo() async {
        let driver = FakeDriver(refusesCopy: BottleError(.unsupported, "This driver copies nothing."))
        let (summary, trial) = await run([Self.check("A-01", in: [.bottle])], driver)
        #expect(summary.harnessErrors.isEmpty)
        #expect(Self.warnings(trial).contains { $0.contains("This driver copies nothing.") })
    }
}
