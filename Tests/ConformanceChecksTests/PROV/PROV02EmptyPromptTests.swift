// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROV02EmptyPromptTests {
    private let check = PROV02EmptyPrompt()

    private func judge(_ change: (inout Evidence) -> Void) -> Verdict {
        var evidence = SimulatedWorld().evidence(for: check)
        change(&evidence)
        return check.judge(evidence).verdict
    }

    /// What a stand-in says that was called with these arguments.
    private func called(_ arguments: [String], in session: Session) -> Verdict {
        judge { evidence in
            guard var outcome = evidence[session]?.execs["agent"] else { return }
            let request = ExecRequest(["claude"] + arguments, stdin: outcome.step.request.stdin)
            outcome.result = SimulatedExec(bottle: SimulatedBottle(session: session, faults: [], kind: .container))
                .run(request)
            evidence.sessions[session]?.execs["agent"] = outcome
        }
    }

    @Test func theFlagFollowsThePrompt() {
        let flag = ["--append-system-prompt-file", Contract.promptPath]
        #expect(called(flag, in: .bottle) == .pass)
        #expect(called([], in: .bottle) == .violated)
        #expect(called(flag + ["more"], in: .bottle) == .violated)
        #expect(called(["--append-system-prompt-file", "/elsewhere"], in: .bottle) == .violated)
        #expect(called(flag, in: .variant) == .violated)
        #expect(called([""], in: .variant) == .violated)
        #expect(called([], in: .variant) == .pass)
    }

    @Test func anEmptyFileIsAFile() {
        func prompt(_ change: (inout Observation) -> Void) -> Verdict {
            judge { evidence in
                guard var observation = evidence[.variant]?.probes["prompt"]?.observation else { return }
                change(&observation)
                evidence.sessions[.variant]?.probes["prompt"]?.observation = observation
            }
        }
        #expect(prompt { $0.errno = "ENOENT" } == .violated)
        #expect(prompt { $0.facts["size"] = "1" } == .violated)
        #expect(prompt { $0.facts["mode"] = "0644" } == .violated)
        #expect(prompt { $0.errno = "EIO" } == .inconclusive)
    }

    @Test func withoutACommandLineNothingIsKnown() {
        let bottle = SimulatedBottle(session: .variant, faults: [], kind: .container)
        var declaration = Declaration(
            session: .variant, plan: bottle.plan, description: bottle.description, field: bottle.field,
            hello: Hello(name: "x", version: "0", kind: .container, capabilities: [], maxParallel: 1),
            agentCommand: ["/usr/bin/claude"], sources: bottle.sources)
        check.declare(&declaration)
        #expect(declaration.execs.isEmpty, "a program of the image has no stand-in")
        #expect(judge { $0.sessions[.variant]?.execs = [:] } == .inconclusive)
        #expect(judge { $0.sessions[.variant]?.plan?.prompt = "words" } == .inconclusive)
    }
}
