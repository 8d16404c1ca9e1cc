// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ConformanceEngine

/// Every check there is, in the order reports show them.
package enum CheckCatalogue {
    package static let all: [any Check] = [
        DRIVER01ExecRunsInside(),
        NET01NoHostLoopback(),
        EGRESS01NotReachableFromGuest(),
        PROV01PromptLands(),
        PROXY01PipelockAnswers(),
        NET02NoDirectTCP(),
        NET03NoHostAddress(),
        NET16EffectivePolicy(),
        DNS01NoQueryLeaves(),
        PROXY02AllowedHostWorks(),
        PROXY03DeniedHostBlocked(),
        EGRESS02NoOtherRoute(),
        EGRESS03TokenInjected(),
        ENV05EveryExec(),
        DRIVER04PreflightFirst(),
        PROV03PrivateFromCreation(),
        PROV05MissingSkillFails(),
        SECRET02NeverOnArgv(),
        SECRET03NeverPersisted(),
        MULTI02NetworksNeverShared(),
        LIFE01MetadataAndIdentity(),
    ]
}
