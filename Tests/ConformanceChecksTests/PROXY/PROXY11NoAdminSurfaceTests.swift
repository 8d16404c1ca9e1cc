// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY11NoAdminSurfaceTests {
    private let check = PROXY11NoAdminSurface()

    private func judge(_ change: (inout SessionEvidence) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        if var own = evidence[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        return check.judge(evidence)
    }

    private static func answer(_ text: String) -> Observation {
        Observation(stage: .done, elapsedMilliseconds: 1, received: [Array(text.utf8)])
    }

    @Test func namesTheSurface() {
        let judgement = SimulatedWorld(faults: [.adminopen]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(leaks.contains { $0.hasPrefix("GET /metrics was answered with HTTP 200") })
        #expect(leaks.contains { $0.hasPrefix("POST /api/v1/killswitch was answered") })
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\n", Verdict.violated), ("HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", .violated),
        ("HTTP/1.1 401 Unauthorized\r\n\r\n", .pass), ("HTTP/1.1 404 No\r\n\r\n", .pass), ("", .pass),
    ]) func anythingButARefusalIsALeak(text: String, verdict: Verdict) {
        #expect(judge { $0.probes["POST /config"]?.observation = Self.answer(text) }.verdict == verdict)
    }

    @Test(arguments: ["ETIMEDOUT", "ENETUNREACH"]) func whatWasNotAskedIsNotRefused(errno: String) {
        let judgement = judge {
            $0.probes["GET /metrics"]?.observation = Observation(stage: .connect, errno: errno)
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func aStateThatChangedIsAViolation() {
        let health = "HTTP/1.1 200 OK\r\nX-Pipelock-Service: x\r\n\r\n"
        func both(_ before: String, _ after: String) -> Verdict {
            judge {
                $0.probes["health-before"]?.observation = Self.answer(health + before)
                $0.probes["health-after"]?.observation = Self.answer(health + after)
            }.verdict
        }
        let healthy = "\"status\":\"healthy\""
        #expect(both("{\(healthy),\"mode\":\"strict\"}", "{\(healthy),\"mode\":\"audit\"}") == .violated)
        #expect(
            both("{\(healthy),\"kill_switch_active\":false}", "{\(healthy),\"kill_switch_active\":true}") == .violated)
        // Numbers grow by themselves.
        #expect(both("{\(healthy),\"uptime\":1.5}", "{\(healthy),\"uptime\":2.5}") == .pass)
        #expect(both("{\(healthy)}", "nothing") == .inconclusive)
    }

    @Test func aDeniedHostHasToStayDenied() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let banner = try #require(evidence[.bottle]?.field?.banner)
        evidence.sessions[.bottle]?.probes["denied"]?.observation = Self.answer("HTTP/1.1 200 OK\r\n\r\n\(banner)")
        #expect(check.judge(evidence).verdict == .violated)
        #expect(
            judge { $0.probes["denied"]?.observation = Self.answer("HTTP/1.1 502 Bad\r\n\r\n") }.verdict
                == .inconclusive)
    }

    @Test(arguments: ["127.0.0.1:9", "somebody-else"]) func theGuestsWordForItselfIsNotTaken(client: String) {
        let judgement = judge { own in
            let nonce = own.probes["posing"]?.step.nonce.text
            for index in own.logs.indices where own.logs[index].nonce == nonce { own.logs[index].client = client }
        }
        #expect(judgement.verdict == .violated)
    }

    @Test(arguments: ["posing", "health-before"]) func aLogThatDoesNotShowItProvesNothing(key: String) {
        let judgement = judge { own in
            let nonce = own.probes[key]?.step.nonce.text
            own.logs.removeAll { $0.nonce == nonce }
        }
        #expect(judgement.verdict == .inconclusive)
    }
}
