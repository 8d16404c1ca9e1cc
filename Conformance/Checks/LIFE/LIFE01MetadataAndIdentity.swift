// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// LIFE-01: who launched what is on record before anything is brought up, and an identity is used again as it is.
package struct LIFE01MetadataAndIdentity: Check {
    package init() {}

    package let requirement = Requirement(
        id: "LIFE-01",
        title: "metadata comes before bring-up, identities are kept",
        statement:
            "A bottle's metadata MUST be written before its bring-up, whole from the first moment, with the keys identity, "
            + "agent_name, cwd (empty unless copy_cwd), copy_cwd, started_at (UTC, ISO 8601) and compose_project; a launch "
            + "with an identity that was used before MUST use that slug again, hence its names, network and address.",
        why:
            "Whatever a crash leaves is found by its metadata. Written later it is missing just when it is needed, and a "
            + "half-written one is as good as none.",
        probed:
            "A launch whose bring-up fails at its first step must have written metadata by then; every content that file was "
            + "ever seen with must be whole and have just these keys. One identity is launched twice and must have the same "
            + "slug and address both times; two others must differ.",
        remedy:
            "Write metadata.json to a temporary name and rename it, before the first network, container or machine.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["nometa": .violated, "localtime": .violated, "newslug": .violated]
    )

    private static let keys: Set<String> = [
        "identity", "agent_name", "cwd", "copy_cwd", "started_at", "compose_project",
    ]

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run("plain", .plain)
        declaration.run("failing", .failingBringUp)
        declaration.run("networks", .networks)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["plain", "failing", "networks"],
            pass: "metadata is whole and there before the bring-up, and an identity keeps its slug and address"
        ) { outcomes in
            guard let plain = outcomes["plain"], let failing = outcomes["failing"] else { return [] }
            return before(failing) + (plain.metadata + failing.metadata).flatMap(schema) + same(plain)
                + different(outcomes["networks"]) + HostFindings.decoys(["mode"], failing)
                + [HostFindings.launched("first", plain), HostFindings.nothingLeft(failing)]
        }
    }

    private func before(_ failing: HostTrialOutcome) -> [Finding] {
        guard let launch = failing.launch("first"), launch.launched == nil else {
            return [
                Finding(
                    .fact, .missing,
                    "a launch whose bring-up had to fail came up, so nothing is known of what comes first")
            ]
        }
        return [
            failing.metadata.isEmpty
                ? Finding(
                    .fact, .leak,
                    "a launch that failed at the first step of its bring-up (\(launch.error ?? "")) had written no metadata"
                )
                : Finding(.fact, .holds, "metadata was there when the first step of a bring-up failed")
        ]
    }

    private func schema(_ text: String) -> [Finding] {
        guard let value = try? JSONValue.parse(text.utf8), case .object(let members) = value else {
            return [Finding(.fact, .leak, "metadata.json was seen with half its content: \(text.prefix(80))")]
        }
        var problems: [String] = []
        let keys = Set(members.keys)
        if keys != Self.keys {
            let missing = Self.keys.subtracting(keys).sorted()
            let extra = keys.subtracting(Self.keys).sorted()
            problems.append(
                "it has \(missing.isEmpty ? "" : "no \(missing.joined(separator: ", ")) ")"
                    + "\(extra.isEmpty ? "" : "\(extra.joined(separator: ", ")) besides")")
        }
        if case .string(let time)? = members["started_at"] {
            if !Self.isUTC(time) { problems.append("started_at is '\(time)', which is no UTC time in ISO 8601") }
        }
        if members["copy_cwd"] == .bool(false), members["cwd"] != .string("") {
            problems.append("cwd is set though nothing is copied")
        }
        return problems.isEmpty
            ? [Finding(.fact, .holds, "metadata.json is whole and has its six keys")]
            : problems.map { Finding(.fact, .leak, "metadata.json is not what it should be: \($0)") }
    }

    /// `2026-01-31T12:00:00Z`, fractions and `+00:00` allowed.
    private static func isUTC(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, text.hasSuffix("Z") || text.hasSuffix("+00:00") else { return false }
        let pattern = Array("dddd-dd-ddTdd:dd:dd".utf8)
        return zip(bytes, pattern).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == wanted
        }
    }

    private func same(_ plain: HostTrialOutcome) -> [Finding] {
        guard let first = plain.launch("first"), let again = plain.launch("again"), let one = first.launched,
            let other = again.launched, let before = first.bundleAddress, let after = again.bundleAddress
        else {
            return [Finding(.fact, .missing, "one identity was not launched twice, so nothing is known of a resume")]
        }
        guard one == first.slug, other == first.slug else {
            return [Finding(.fact, .leak, "the identity \(first.slug) was launched as \(one) and then as \(other)")]
        }
        return [
            before == after
                ? Finding(.fact, .holds, "an identity that was launched again kept its slug and its address \(before)")
                : Finding(.fact, .leak, "the identity \(first.slug) had the address \(before) and then \(after)")
        ]
    }

    private func different(_ networks: HostTrialOutcome?) -> [Finding] {
        guard let first = networks?.launch("first")?.bundleAddress, let other = networks?.launch("free")?.bundleAddress
        else {
            return [
                Finding(.fact, .missing, "two identities were not up at once, so that one keeps its own proves little")
            ]
        }
        return [
            first != other
                ? Finding(.fact, .holds, "two identities have two addresses")
                : Finding(.fact, .leak, "two identities have the one address \(first)")
        ]
    }
}
