// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// How an attempt to reach something ended, in the classes of evidence rule E2.
public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// The canary's banner was read, or a witness saw the nonce.
    case reached = "REACHED"
    /// Something took the connection and gave no banner: userspace gateways do so before they dial.
    case halfOpen = "HALF-OPEN"
    case refused = "REFUSED"
    case unreachable = "UNREACHABLE"
    /// Enforcement itself spoke: EACCES, EPERM, or the proxy's own 403.
    case denied = "DENIED"
    case timeout = "TIMEOUT"
    /// The name was not resolved, so nothing was tried.
    case nameFail = "NAME-FAIL"
    /// The probe did not run to its end: nothing is known.
    case noRun = "NO-RUN"

    /// The classes in which an attempt that reached nothing may end.
    public static let denials: Set<Outcome> = [.halfOpen, .refused, .unreachable, .denied, .timeout]

    /// Classifies one attempt.
    ///
    /// - Parameters:
    ///   - banner: what only the target answers; an empty one is never recognised.
    ///   - witnessHits: how often a witness saw the attempt's nonce.
    public static func classify(_ observation: Observation?, banner: String, witnessHits: Int) -> Outcome {
        if witnessHits > 0 { return .reached }
        guard let observation else { return .noRun }
        let received = Array(observation.received.joined())
        if !banner.isEmpty, received.firstRange(of: Array(banner.utf8)) != nil { return .reached }
        guard !observation.killed else { return .noRun }
        if let answer = HTTPAnswer(received), answer.isMarkedDenial {
            // The proxy also says 403 when it cannot resolve a name it would have let through.
            return answer.body.firstRange(of: Array("DNS resolution error".utf8)) == nil ? .denied : .nameFail
        }
        // In a tunnel the first answer is the tunnel's own.
        if HTTPAnswer.any(in: received, carries: HTTPAnswer.pipelockMarker, status: 403) { return .denied }
        guard let errno = observation.errno else { return observation.stage == .done ? .halfOpen : .noRun }
        return of(errno: errno, stage: observation.stage)
    }

    private static func of(errno: String, stage: Observation.Stage) -> Outcome {
        switch errno {
        case "ECONNREFUSED": .refused
        // EPROTO is a handshake of TLS that came to nothing: the connection was there.
        case "ECONNRESET", "EPIPE", "ECONNABORTED", "EPROTO": stage == .connect ? .refused : .halfOpen
        case "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "ENETDOWN", "EHOSTDOWN", "EAFNOSUPPORT": .unreachable
        case "EACCES", "EPERM": .denied
        case "ETIMEDOUT": .timeout
        default: errno.hasPrefix("EAI") ? .nameFail : .noRun
        }
    }
}
