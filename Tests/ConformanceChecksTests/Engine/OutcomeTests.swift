// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

struct OutcomeTests {
    private static let banner = "run-abc"

    @Test(arguments: [
        ("ECONNREFUSED", Observation.Stage.connect, Outcome.refused), ("ECONNREFUSED", .receive, .refused),
        ("ECONNRESET", .connect, .refused), ("ECONNRESET", .receive, .halfOpen), ("EPIPE", .send, .halfOpen),
        ("ENETUNREACH", .connect, .unreachable), ("EHOSTUNREACH", .receive, .unreachable),
        ("EADDRNOTAVAIL", .connect, .unreachable), ("EACCES", .connect, .denied), ("EPERM", .socket, .denied),
        ("ETIMEDOUT", .connect, .timeout), ("ETIMEDOUT", .receive, .timeout), ("EAI_NONAME", .socket, .nameFail),
        ("EMFILE", .socket, .noRun), ("ENOSYS", .socket, .noRun), ("EPROTO", .receive, .halfOpen),
        ("ENOENT", .receive, .noRun),
    ])
    func errno(name: String, stage: Observation.Stage, outcome: Outcome) {
        let observation = Observation(stage: stage, errno: name)
        #expect(Outcome.classify(observation, banner: Self.banner, witnessHits: 0) == outcome)
        #expect(Outcome.classify(observation, banner: Self.banner, witnessHits: 1) == .reached)
    }

    @Test func onlyTheBannerOrTheWitnessIsReached() {
        func classify(_ received: [[UInt8]], banner: String = Self.banner, killed: Bool = false) -> Outcome {
            Outcome.classify(
                Observation(stage: .done, received: received, killed: killed), banner: banner, witnessHits: 0)
        }
        #expect(classify([Array("hello run-abc".utf8)]) == .reached)
        #expect(classify([Array("run-".utf8), Array("abc".utf8)]) == .reached)
        #expect(classify([Array("hello".utf8)]) == .halfOpen)
        #expect(classify([[]], banner: "") == .halfOpen)
        #expect(classify([], killed: true) == .noRun)
        #expect(Outcome.classify(nil, banner: Self.banner, witnessHits: 0) == .noRun)
        #expect(Outcome.classify(nil, banner: Self.banner, witnessHits: 2) == .reached)
        #expect(
            Outcome.classify(Observation(stage: .receive), banner: Self.banner, witnessHits: 0) == .noRun,
            "an exchange that ended nowhere did not run")
    }

    @Test(arguments: [
        ("HTTP/1.1 403 Forbidden\r\nx-pipelock-SERVICE: x\r\n\r\nblocked", Outcome.denied),
        ("HTTP/1.1 403 Forbidden\r\n\r\nblocked", .halfOpen),
        ("HTTP/1.1 502 Bad\r\nX-Pipelock-Service: x\r\n\r\n", .halfOpen),
        (
            "HTTP/1.1 403 Forbidden\r\nX-Pipelock-Service: x\r\n\r\nSSRF check failed: DNS resolution error for h",
            .nameFail
        ),
        ("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 403 Forbidden\r\nX-Pipelock-Service: x\r\n\r\nblocked", .denied),
        ("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\nblocked", .halfOpen),
        ("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 502 Bad\r\nX-Pipelock-Service: x\r\n\r\n", .halfOpen),
    ])
    func proxyAnswers(text: String, outcome: Outcome) {
        let observation = Observation(stage: .done, received: [Array(text.utf8)])
        #expect(Outcome.classify(observation, banner: Self.banner, witnessHits: 0) == outcome)
    }

    @Test func aRefusalInATunnelOutweighsHowItEnded() {
        // The proxy closes without the word that ends TLS.
        let turns = ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 403 No\r\nX-Pipelock-Service: x\r\n\r\nblocked"]
        var observation = Observation(
            stage: .receive, errno: "ECONNRESET", received: turns.map { Array($0.utf8) })
        #expect(Outcome.classify(observation, banner: Self.banner, witnessHits: 0) == .denied)
        observation.received.append(Array(Self.banner.utf8))
        #expect(Outcome.classify(observation, banner: Self.banner, witnessHits: 0) == .reached)
        observation.received = [Array(turns[0].utf8)]
        observation.errno = "EPROTO"
        #expect(Outcome.classify(observation, banner: Self.banner, witnessHits: 0) == .halfOpen)
    }
}
