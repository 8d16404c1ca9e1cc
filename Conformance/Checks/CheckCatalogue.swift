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
        DNS03DecidesBeforeResolving(),
        DNS04LabelsCarryNothing(),
        PROXY02AllowedHostWorks(),
        PROXY03DeniedHostBlocked(),
        PROXY04NoAddressLiterals(),
        PROXY05NoInternalTargets(),
        PROXY06AddressChecked(),
        PROXY07OneNameOnly(),
        PROXY08NamesParsedOnce(),
        PROXY09EachRequestJudged(),
        PROXY11NoAdminSurface(),
        PROXY12SecretsStopped(),
        PROXY14VerifiesUpstream(),
        EGRESS02NoOtherRoute(),
        EGRESS03TokenInjected(),
        EGRESS04CredentialsStripped(),
        EGRESS05BoundToRoute(),
        EGRESS06TokenStaysOut(),
        EGRESS07ThroughPipelock(),
        ENV05EveryExec(),
        NET04OnlyDeclaredPorts(),
        NET05NoHostAlias(),
        NET14NoVsock(),
        NET15NoHostSocket(),
        PRIV02NoCapabilities(),
        PRIV07RealMachine(),
        FS04KernelSurfacesClosed(),
        DRIVER04PreflightFirst(),
        PROV03PrivateFromCreation(),
        PROV05MissingSkillFails(),
        SECRET02NeverOnArgv(),
        SECRET03NeverPersisted(),
        MULTI01NeighbourOutOfReach(),
        MULTI02NetworksNeverShared(),
        LIFE01MetadataAndIdentity(),
        LIFE02NothingLeft(),
        LIFE05ImageByDigest(),
        LIFE06WholeArtefacts(),
        LIFE07NoArchiveLeft(),
        LIFE08ConversionPrivate(),
        RENDER01AddressesFromSlug(),
        RENDER02AllowlistIsBundle(),
        RENDER03PlanIsWhole(),
        RENDER04DaemonsAndMounts(),
        RENDER05FilesRoundTrip(),
        RENDER06ProxyConfiguration(),
        RENDER07NoWeakerNetwork(),
        ENV01ProxyAndTrust(),
        ENV02ServicesIffEnabled(),
        ENV03ComputedKeysWin(),
        ENV04LoginPlaceholder(),
        EGRESS08CredentialsIffRoutes(),
        SECRET04EnvironmentIsPublic(),
        PROV02EmptyPrompt(),
        PROV04SkillsLand(),
        PROV06CopiedNotShared(),
        PROV07TrustsBottle(),
        PROV09HomeAndTmp(),
        ENV06NoHostEnvironment(),
        ENV07ValuesVerbatim(),
        SECRET01NowhereInGuest(),
        SECRET05KeysStayOutside(),
        SECRET06EgressAlone(),
    ]

    /// Every check there is, with goldens of the user's own for those that compare plans with goldens.
    package static func all(goldens: GoldenSet) -> [any Check] {
        all.map { check in
            switch check {
            case is RENDER03PlanIsWhole: RENDER03PlanIsWhole(goldens: goldens)
            case is RENDER05FilesRoundTrip: RENDER05FilesRoundTrip(goldens: goldens)
            default: check
            }
        }
    }

    /// The checks that compare with goldens of the user's own.
    package static let comparing: Set<String> = ["RENDER-03", "RENDER-05"]
}
