// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The proof that something was not reached: five legs (P, T, N, W, O), all of which must hold for every attempt.
///
/// A leak in any leg is a violation, whatever else is missing; a missing leg leaves the verdict inconclusive.
public struct Denial: Sendable {
    /// What proves to the guest's probe that it got through.
    public enum Sign: Sendable, Hashable {
        /// The session's secret banner.
        case banner
        /// An HTTP answer that carries this header.
        case header(String)
        /// An HTTP answer of status 200 that carries this header: where the proxy on the way marks its refusals alike.
        case success(String)
    }

    /// One try, named by the probe key it has in its session.
    public struct Attempt: Sendable {
        public var key: String
        public var session: Session
        /// What the guest would have done had it got through, as the object of "the guest reached":
        /// `the off-host canary 203.0.113.10:443 directly over TCP, without the proxy`.
        public var deed: String
        /// The canaries that watch this attempt: each must be alive before and after, and fenced.
        public var canaries: [Canary]
        /// The key of the same probe in the open twin; nil where nothing in a twin could answer, so that only the
        /// canaries judge.
        public var twinKey: String?
        /// The classes in which the attempt may end.
        public var accepted: Set<Outcome>
        /// The neighbour that the attempt aims at, whose canaries and daemons are then its witnesses; nil is nobody's but
        /// the session's own.
        public var neighbour: Session?
        /// What proves that this attempt got through; nil is what the denial says.
        public var sign: Sign?
        /// The daemon whose log is a witness of this attempt; nil is the one that the denial names, if any.
        public var logDaemon: String?

        public init(
            key: String, session: Session = .bottle, deed: String, canaries: [Canary], twinKey: String?,
            accepted: Set<Outcome> = Outcome.denials, neighbour: Session? = nil, sign: Sign? = nil,
            logDaemon: String? = nil
        ) {
            self.neighbour = neighbour
            self.sign = sign
            self.logDaemon = logDaemon
            self.key = key
            self.session = session
            self.deed = deed
            self.canaries = canaries
            self.twinKey = twinKey
            self.accepted = accepted
        }
    }

    /// A probe of the same make that had to succeed.
    public struct Permitted: Sendable {
        public enum Proof: Sendable, Hashable {
            /// The banner came back, and the canary saw the nonce come from somebody else than the guest.
            case bannerThroughBundle
            /// HTTP 200 with this header.
            case header(String)
        }
        public var key: String
        public var session: Session
        /// What was to be reached, for example `pipelock at 10.77.3.2:8888`.
        public var what: String
        public var proof: Proof

        public init(key: String, session: Session = .bottle, what: String, proof: Proof) {
            self.key = key
            self.session = session
            self.what = what
            self.proof = proof
        }
    }

    public var attempts: [Attempt]
    public var permitted: [Permitted]
    public var sign: Sign
    /// The daemon whose own log is a witness beside the canaries.
    public var logDaemon: String?
    /// Whether attempts without canaries are allowed, because the check proves its target alive by other means.
    public var targetProvenElsewhere: Bool
    /// Whether nothing need be repeated in the open twin, because the check proves by other means that it reached such a
    /// thing.
    public var twinProvenElsewhere: Bool
    /// Attempts that could not be made at all, each as a sentence.
    public var gaps: [String]

    public init(
        attempts: [Attempt], permitted: [Permitted], sign: Sign = .banner, logDaemon: String? = nil,
        targetProvenElsewhere: Bool = false, twinProvenElsewhere: Bool = false, gaps: [String] = []
    ) {
        self.attempts = attempts
        self.permitted = permitted
        self.sign = sign
        self.logDaemon = logDaemon
        self.targetProvenElsewhere = targetProvenElsewhere
        self.twinProvenElsewhere = twinProvenElsewhere
        self.gaps = gaps
    }

    /// The legs in the order P, T, N, W, O.
    public func findings(_ evidence: Evidence) -> [Finding] { DenialLegs(denial: self, evidence: evidence).all }

    /// The verdict, other findings of the check included.
    public func judge(_ evidence: Evidence, with others: [Finding] = [], pass: String) -> Judgement {
        .concluding(findings(evidence) + others, pass: pass)
    }
}
