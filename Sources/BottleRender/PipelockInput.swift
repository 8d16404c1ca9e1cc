// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What pipelock's configuration says about a bottle.
package struct PipelockInput: Sendable, Hashable {
    /// A pattern of a secret of the user's own, besides pipelock's.
    package struct Pattern: Sendable, Hashable {
        package enum Severity: String, Sendable, Hashable, CaseIterable { case low, medium, high, critical }
        package var name: String
        /// RE2, case-insensitive.
        package var regex: String
        package var severity: Severity

        package init(name: String, regex: String, severity: Severity) {
            self.name = name
            self.regex = regex
            self.severity = severity
        }
    }

    /// Whom pipelock lets through.
    package enum Policy: Sendable, Hashable {
        /// The allowlist, and nobody else.
        case strict
        /// Everybody, internal addresses included: the open twin.
        case open
        /// Strict with an allowlist that is rendered as it is even when it is empty, which the real pipelock refuses:
        /// for the fault that is about just that.
        case strictAsGiven
    }

    /// Host names the proxy lets through: exact, or `*.suffix`.
    package var allowlist: [String]
    package var policy: Policy
    /// The CA with which TLS is opened, as paths in the bundle; nil passes tunnels through unread.
    package var interception: CertificateFiles?
    /// Hosts whose TLS is passed through unread; without any of pipelock's checks of content, so as a rule none.
    package var passthrough: [String]
    /// Single private addresses to which a listed host may resolve; a suite's own origins, otherwise none.
    package var exemptAddresses: [String]
    package var patterns: [Pattern]
    /// Requests a minute and domain, at least 1; more end in 429.
    package var requestsPerMinute: Int

    package init(
        allowlist: [String], policy: Policy = .strict, interception: CertificateFiles? = nil,
        passthrough: [String] = [], exemptAddresses: [String] = [], patterns: [Pattern] = [],
        requestsPerMinute: Int = 600
    ) {
        self.allowlist = allowlist
        self.policy = policy
        self.interception = interception
        self.passthrough = passthrough
        self.exemptAddresses = exemptAddresses
        self.patterns = patterns
        self.requestsPerMinute = requestsPerMinute
    }
}
